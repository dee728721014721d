//! What AWS reads out of a document's content.

use aws_sdk_ssm::types::{DocumentParameter, DocumentParameterType, PlatformType};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Version;

/// What the content says about itself.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) schema_version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) parameters: Vec<DocumentParameter>,
}

/// Reads what a version's content says about itself. Text says nothing.
pub(super) fn outline(version: &Version) -> Outline {
    let value = parsed(&version.format, &version.content).unwrap_or_default();
    let text = |key: &str| value.get(key).map(plain);
    let parameters = value.get("parameters").and_then(Value::as_object).into_iter().flatten();
    let parameters = parameters.map(|(name, parameter)| {
        DocumentParameter::builder()
            .name(name)
            .set_type(parameter.get("type").map(|kind| DocumentParameterType::from(plain(kind).as_str())))
            .set_description(parameter.get("description").map(plain))
            .set_default_value(parameter.get("default").map(plain))
            .build()
    });
    Outline {
        schema_version: text("schemaVersion"),
        description: text("description"),
        parameters: parameters.collect(),
    }
}

/// The content's mapping; `None` where it is none in this format. Text has none.
pub(super) fn parsed(format: &str, content: &str) -> Option<Value> {
    let value = match format {
        "JSON" => serde_json::from_str(content).ok()?,
        "YAML" => outline_of_yaml(content),
        _ => return None,
    };
    value.as_object().is_some_and(|fields| !fields.is_empty()).then_some(value)
}

/// The platforms that the steps of a document run on; all of them where no step tells.
pub(super) fn platforms(version: &Version) -> Vec<PlatformType> {
    let (shell, power) = ("aws:runShellScript", "aws:runPowerShellScript");
    match (version.content.contains(shell), version.content.contains(power)) {
        (true, false) => vec![PlatformType::Linux, PlatformType::Macos],
        (false, true) => vec![PlatformType::Windows],
        _ => vec![PlatformType::Windows, PlatformType::Linux, PlatformType::Macos],
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A scalar as text, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The nested mappings of a YAML text with their one-line scalars: enough for the parts that AWS tells. Lists and
/// block texts are passed over.
fn outline_of_yaml(text: &str) -> Value {
    let mut root = Value::Object(serde_json::Map::new());
    // The keys that lead to the current line, each with its indentation.
    let mut path: Vec<(usize, String)> = vec![];
    for line in text.lines() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if trimmed.is_empty() || trimmed.starts_with(['#', '-']) {
            continue;
        }
        let Some((key, value)) = trimmed.split_once(':') else { continue };
        if !(value.is_empty() || value.starts_with(' ')) {
            continue;
        }
        while path.last().is_some_and(|(outer, _)| *outer >= indent) {
            path.pop();
        }
        let parent = path.iter().try_fold(&mut root, |at, (_, key)| at.get_mut(key.as_str()));
        if let Some(Value::Object(parent)) = parent {
            let key = unquoted(key);
            let value = match value.trim() {
                "" => Value::Object(serde_json::Map::new()),
                scalar => Value::String(unquoted(scalar)),
            };
            parent.insert(key.clone(), value);
            path.push((indent, key));
        }
    }
    root
}

fn unquoted(scalar: &str) -> String {
    let scalar = scalar.trim();
    let inner = ['"', '\''].into_iter().find_map(|quote| scalar.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(scalar).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yaml_document_tells_its_schema_description_and_parameters() {
        let text = "---\nschemaVersion: '0.3'\ndescription: Starts it: now\nparameters:\n  Image:\n    type: String\n    \
                    default: \"latest\"\n  Wait:\n    type: Boolean\nmainSteps:\n- name: x\n  action: aws:sleep\n";
        let outline = outline(&Version::new("YAML", text));
        assert_eq!(outline.schema_version.as_deref(), Some("0.3"));
        assert_eq!(outline.description.as_deref(), Some("Starts it: now"));
        let names: Vec<_> =
            outline.parameters.iter().map(|it| (it.name().unwrap(), it.default_value())).collect();
        assert_eq!(names, [("Image", Some("latest")), ("Wait", None)]);
    }

    #[test]
    fn platforms_follow_from_the_steps() {
        let of = |content| platforms(&Version::new("JSON", content));
        assert_eq!(of("aws:runShellScript"), [PlatformType::Linux, PlatformType::Macos]);
        assert_eq!(of("aws:runPowerShellScript"), [PlatformType::Windows]);
        assert_eq!(of("aws:sleep").len(), 3);
    }
}

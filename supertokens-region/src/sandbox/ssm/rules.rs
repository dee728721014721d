//! What AWS has against a new document or version.

use aws_sdk_ssm::types::{DocumentType, Tag};
use serde_json::Value;

use super::{content, validation};
use crate::sandbox::call::{Fault, tag_problem};

/// The longest content, in bytes.
const LONGEST: usize = 64 * 1024;
/// Names that begin so are AWS's own.
const RESERVED: [&str; 3] = ["aws", "amazon", "amzn"];

pub(super) fn name(name: &str) -> Result<(), Fault> {
    if !(3..=128).contains(&name.len()) || !name.chars().all(plain) {
        return Err(validation(format!("Value '{name}' at 'name' failed to satisfy constraint")));
    }
    let lower = name.to_lowercase();
    match RESERVED.iter().find(|prefix| lower.starts_with(**prefix)) {
        Some(prefix) => Err(validation(format!("Invalid document name {name}: {prefix} is reserved"))),
        None => Ok(()),
    }
}

pub(super) fn version_name(name: Option<&str>) -> Result<(), Fault> {
    match name {
        Some(name) if !(1..=128).contains(&name.len()) || !name.chars().all(plain) => {
            Err(validation(format!("Value '{name}' at 'versionName' failed to satisfy constraint")))
        }
        _ => Ok(()),
    }
}

pub(super) fn display_name(name: Option<&str>) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-:/ ".contains(c);
    match name {
        Some(name) if name.len() > 1024 || !name.chars().all(allowed) => {
            Err(validation(format!("Value '{name}' at 'displayName' failed to satisfy constraint")))
        }
        _ => Ok(()),
    }
}

pub(super) fn target_type(target: Option<&str>) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-:/".contains(c);
    match target {
        Some(target) if !target.starts_with('/') || target.len() > 200 || !target.chars().all(allowed) => {
            Err(validation(format!("Value '{target}' at 'targetType' failed to satisfy constraint")))
        }
        _ => Ok(()),
    }
}

pub(super) fn document_type(kind: &str) -> Result<(), Fault> {
    match DocumentType::values().contains(&kind) {
        true => Ok(()),
        false => Err(validation(format!("Value '{kind}' at 'documentType' failed to satisfy constraint"))),
    }
}

/// AWS reads the content, and refuses what doesn't fit its format, its type, or its schema version.
pub(super) fn content(kind: &str, format: &str, text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(validation("Value '' at 'content' failed to satisfy constraint: at least 1 character"));
    }
    if text.len() > LONGEST {
        return Err(Fault::new("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB."));
    }
    let invalid = |why: &str| Fault::new("InvalidDocumentContent", why);
    let value = match format {
        "JSON" | "YAML" => content::parsed(format, text)
            .ok_or_else(|| invalid(&format!("The content for the document is not valid {format}.")))?,
        "TEXT" if ["ChangeCalendar", "ApplicationConfiguration"].contains(&kind) => return Ok(()),
        "TEXT" => return Err(invalid("Documents of this type can't be text.")),
        _ => {
            let text = format!("Value '{format}' at 'documentFormat' failed to satisfy constraint");
            return Err(validation(text));
        }
    };
    let Some(schemas) = schemas(kind) else { return Ok(()) };
    let Some(schema) = value.get("schemaVersion").and_then(Value::as_str) else {
        return Err(invalid("The content has no schemaVersion."));
    };
    if !schemas.contains(&schema) {
        let text = format!("The schema version {schema} is not supported for documents of the type {kind}.");
        return Err(Fault::new("InvalidDocumentSchemaVersion", text));
    }
    let steps = match (kind, schema) {
        ("Command", "1.2") => "runtimeConfig",
        ("Command" | "Automation", _) => "mainSteps",
        _ => return Ok(()),
    };
    match value.get(steps) {
        Some(_) => Ok(()),
        None => Err(invalid(&format!("The content has no {steps}."))),
    }
}

/// The schema versions of the types that have one.
fn schemas(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Command" => &["1.2", "2.0", "2.2"],
        "Automation" => &["0.3"],
        "Session" => &["1.0"],
        "Package" | "Policy" => &["2.0"],
        _ => return None,
    })
}

pub(super) fn tags(tags: &[Tag]) -> Result<(), Fault> {
    for (at, tag) in tags.iter().enumerate() {
        if let Some(problem) = tag_problem(tag.key(), tag.value()) {
            return Err(validation(problem));
        }
        if tags[..at].iter().any(|other| other.key() == tag.key()) {
            return Err(validation(format!("The tag key '{}' is given twice", tag.key())));
        }
    }
    Ok(())
}

fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.".contains(c)
}

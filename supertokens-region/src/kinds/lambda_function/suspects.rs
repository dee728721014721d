//! Texts that still name the region that a function was copied from.

use serde_json::Value;

use super::LambdaFunction;
use crate::findings::Finding;
use crate::region::label;

/// A finding for each field that names the region. Of a variable only the field is told, never the value.
pub(super) fn suspects(function: &LambdaFunction, region: &str) -> Vec<Finding> {
    let spellings = [region.to_owned(), label(region), region.replace('-', "_")];
    let names = |text: &str| spellings.iter().any(|spelling| text.contains(spelling));
    let mut fields = vec![];
    for (key, value) in &function.environment {
        if names(key) || value.expose().is_some_and(names) {
            fields.push(format!("environment.{key}"));
        }
    }
    let told = serde_json::to_value(function).unwrap_or(Value::Null);
    leaves("", &told, &mut |field, text| {
        if names(text) {
            fields.push(field.to_owned());
        }
    });
    let finding = |field: &String| {
        let text = format!("`{field}` still names {region}");
        Finding::warning("names-region", text)
            .hint("see whether it is right in the new region, or set it in the script")
    };
    fields.iter().map(finding).collect()
}

fn leaves(path: &str, value: &Value, found: &mut impl FnMut(&str, &str)) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::String(text) => found(path, text),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| leaves(&below(key), value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(path, value, found)),
        _ => {}
    }
}

//! What differs between the wanted and the live, leaf by leaf; pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One leaf that is not as wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The path to it: `tags.VantaOwner`.
    pub field: String,
    /// What is there; `null` for nothing.
    pub live: Value,
    /// What is wanted.
    pub wanted: Value,
    /// Where the wanted value comes from: a script line, a reference region, or `default`.
    pub from: String,
}

/// Compares a wanted value with a live one by the one rule: objects by the keys that are wanted, everything else exactly.
/// `from` tells the source of each leaf; a leaf that isn't in it comes from `otherwise`.
pub fn diff(wanted: &Value, live: &Value, from: &BTreeMap<String, String>, otherwise: &str) -> Vec<Change> {
    let mut changes = vec![];
    leaves("", wanted, live, &mut |field, wanted, live| {
        let from = from.get(&field).map_or(otherwise, String::as_str).to_owned();
        changes.push(Change { field, live: live.clone(), wanted: wanted.clone(), from });
    });
    changes
}

fn leaves(path: &str, wanted: &Value, live: &Value, found: &mut impl FnMut(String, &Value, &Value)) {
    match wanted {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, wanted) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&path, wanted, live.get(key).unwrap_or(&Value::Null), found);
            }
        }
        Value::Object(_) if live.is_object() => {}
        Value::Number(a) if live.as_f64().is_some() && a.as_f64() == live.as_f64() => {}
        _ if wanted == live => {}
        _ => found(path.to_owned(), wanted, live),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(wanted: &Value, live: &Value) -> Vec<String> {
        diff(wanted, live, &BTreeMap::new(), "default").into_iter().map(|change| change.field).collect()
    }

    #[test]
    fn what_is_not_wanted_is_not_compared() {
        let live = json!({"tags": {"a": "1", "theirs": "x"}, "size": 3});
        assert_eq!(fields(&json!({"tags": {"a": "1"}}), &live), Vec::<String>::new());
        assert_eq!(fields(&json!({"tags": {"a": "2", "b": "3"}}), &live), ["tags.a", "tags.b"]);
        assert_eq!(fields(&json!({"tags": {}}), &live), Vec::<String>::new());
    }

    #[test]
    fn lists_are_compared_as_a_whole_and_numbers_by_value() {
        assert_eq!(fields(&json!({"l": [1, 2]}), &json!({"l": [2, 1]})), ["l"]);
        assert_eq!(fields(&json!({"n": 80}), &json!({"n": 80.0})), Vec::<String>::new());
    }
}

//! Policy documents, compared as AWS compares them, and changed one statement at a time: what we don't know survives to
//! the letter.

use serde_json::{Map, Value, json};

/// A policy document as AWS stores it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document(Value);

impl Document {
    /// A document without statements.
    pub(crate) fn empty() -> Self {
        Self(json!({ "Version": "2012-10-17", "Statement": [] }))
    }

    /// Reads a document that AWS holds.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => Ok(Self(value)),
            Ok(_) => Err("it is not an object".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Its `Id`.
    pub(crate) fn id(&self) -> Option<&str> {
        self.0["Id"].as_str()
    }

    /// The same with this `Id`.
    #[must_use]
    pub(crate) fn with_id(mut self, id: &str) -> Self {
        self.0["Id"] = json!(id);
        self
    }

    /// Its statements, also where it holds a single one without a list.
    pub(crate) fn statements(&self) -> Vec<&Value> {
        match &self.0["Statement"] {
            Value::Array(all) => all.iter().collect(),
            Value::Null => vec![],
            one => vec![one],
        }
    }

    /// The statement with this `Sid`.
    pub(crate) fn statement(&self, sid: &str) -> Option<&Value> {
        self.statements().into_iter().find(|statement| statement["Sid"] == sid)
    }

    /// The same with this statement in place of the one with its `Sid`, or after all others where none has it.
    #[must_use]
    pub(crate) fn with(mut self, statement: Value) -> Self {
        let mut all: Vec<Value> = self.statements().into_iter().cloned().collect();
        match all.iter_mut().find(|old| old["Sid"].is_string() && old["Sid"] == statement["Sid"]) {
            Some(old) => *old = statement,
            None => all.push(statement),
        }
        self.0["Statement"] = Value::Array(all);
        self
    }
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Whether AWS treats these two statements alike.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    canonical(a) == canonical(b)
}

/// A statement in the one form of all that mean the same: lists of one for single values, sorted, `"Principal": "*"` for
/// everyone, condition operators and keys without regard to case.
pub(crate) fn canonical(statement: &Value) -> Value {
    let Value::Object(fields) = statement else { return statement.clone() };
    let mut out = Map::new();
    for (key, value) in fields {
        let value = match key.as_str() {
            "Action" | "NotAction" => set(value, true),
            "Resource" | "NotResource" => set(value, false),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    out.sort_keys();
    Value::Object(out)
}

/// A value or list of values as a sorted list.
fn set(value: &Value, lower_case: bool) -> Value {
    let one = |value: &Value| match value {
        Value::String(text) if lower_case => text.to_lowercase(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut all: Vec<String> = match value {
        Value::Array(all) => all.iter().map(one).collect(),
        single => vec![one(single)],
    };
    all.sort();
    all.dedup();
    json!(all)
}

fn is_everyone(value: &Value) -> bool {
    set(value, false) == json!(["*"])
}

fn principal(value: &Value) -> Value {
    match value {
        Value::Object(kinds) if kinds.len() == 1 && kinds.get("AWS").is_some_and(is_everyone) => json!("*"),
        Value::Object(kinds) => {
            let mut kinds: Map<_, _> =
                kinds.iter().map(|(kind, who)| (kind.clone(), set(who, false))).collect();
            kinds.sort_keys();
            Value::Object(kinds)
        }
        other => other.clone(),
    }
}

fn condition(value: &Value) -> Value {
    let Value::Object(operators) = value else { return value.clone() };
    let mut out = Map::new();
    for (operator, keys) in operators {
        let tests = match keys {
            Value::Object(keys) => {
                let mut tests = Map::new();
                keys.iter().for_each(|(key, values)| insert(&mut tests, key, set(values, false)));
                tests.sort_keys();
                Value::Object(tests)
            }
            other => other.clone(),
        };
        insert(&mut out, operator, tests);
    }
    out.sort_keys();
    Value::Object(out)
}

/// Puts in a value without regard to the name's case. Two spellings side by side are two tests: neither takes the other's
/// place.
fn insert(into: &mut Map<String, Value>, name: &str, value: Value) {
    let mut name = name.to_lowercase();
    while into.contains_key(&name) {
        name.push('\'');
    }
    into.insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_values_and_lists_of_one_mean_the_same() {
        let a = json!({"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": ["b", "a"],
            "Condition": {"StringEquals": {"aws:sourceVpc": "vpc-1"}}});
        let b = json!({"Effect": "Allow", "Sid": "s", "Principal": {"AWS": ["*"]}, "Action": ["S3:getobject"],
            "Resource": ["a", "b"], "Condition": {"stringEquals": {"aws:SourceVpc": ["vpc-1"]}}});
        assert!(same(&a, &b));
    }

    #[test]
    fn a_service_is_not_everyone() {
        let service = json!({"Principal": {"Service": "logging.s3.amazonaws.com"}});
        assert!(same(&service, &json!({"Principal": {"Service": ["logging.s3.amazonaws.com"]}})));
        assert!(!same(&service, &json!({"Principal": "*"})));
    }

    #[test]
    fn other_resources_values_and_effects_are_other_statements() {
        let a = json!({"Effect": "Allow", "Resource": "a", "Condition": {"StringEquals": {"k": "v"}}});
        for (field, value) in [
            ("Effect", json!("Deny")),
            ("Resource", json!("A")),
            ("Condition", json!({"StringEquals": {"k": "V"}})),
        ] {
            let mut b = a.clone();
            b[field] = value;
            assert!(!same(&a, &b), "{field}");
        }
    }

    #[test]
    fn a_condition_that_is_spelled_twice_is_two_and_one_that_is_none_is_itself() {
        let twice = json!({"Condition": {"StringEquals": {"k": "a"}, "stringequals": {"k": "b", "K": "c"}}});
        for once in [json!({"stringequals": {"k": "b", "K": "c"}}), json!({"StringEquals": {"k": "a"}})] {
            assert!(!same(&twice, &json!({ "Condition": once })), "{once}");
        }
        assert!(!same(&json!({"Condition": {"Bool": "x"}}), &json!({"Condition": {"Bool": "y"}})));
    }

    #[test]
    fn a_statement_takes_the_place_of_its_sid_and_leaves_the_others_to_the_letter() {
        let text = r#"{"Version":"2008-10-17","Statement":[{"Sid":"theirs","Unknown":{"z":1,"a":2}},{"Sid":"ours","Effect":"Deny"}]}"#;
        let document = Document::parse(text).unwrap().with(json!({"Sid": "ours", "Effect": "Allow"}));
        assert_eq!(document.to_string(), text.replace("Deny", "Allow"));
    }

    #[test]
    fn a_single_statement_without_a_list_is_kept() {
        let document =
            Document::parse(r#"{"Statement":{"Sid":"theirs"}}"#).unwrap().with(json!({"Sid": "ours"}));
        assert_eq!(document.statements().len(), 2);
    }
}

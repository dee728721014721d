//! The policy of a topic: what AWS accepts, and how it writes it down.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::invalid;
use crate::sandbox::Fault;

/// What a policy of a topic can allow. Wildcards are not among it.
const ACTIONS: [&str; 12] = [
    "gettopicattributes",
    "settopicattributes",
    "addpermission",
    "removepermission",
    "deletetopic",
    "subscribe",
    "listsubscriptionsbytopic",
    "publish",
    "receive",
    "listtagsforresource",
    "getdataprotectionpolicy",
    "putdataprotectionpolicy",
];
const MOST_BYTES: usize = 30 * 1024;
const MOST_STATEMENTS: usize = 100;
/// The parts of a statement, in the order in which AWS writes them.
const PARTS: [&str; 6] = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

/// The policy of a new topic, letter by letter: everybody of the account may do everything.
pub(super) fn default(arn: &str, account: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        }],
    })
    .to_string()
}

/// The policy as AWS keeps it, if the topic can have it: parts in one order, lists of one without the list, accounts as
/// ARNs. So what is read is not the text that was written, only the same policy.
pub(super) fn checked(text: &str, topic: &str) -> Result<String, Fault> {
    if text.len() > MOST_BYTES {
        return Err(invalid("Policy Reason: the policy is longer than 30 KB"));
    }
    if !text.is_ascii() {
        return Err(invalid("Policy Reason: the policy has characters that are not ASCII"));
    }
    let Ok(Value::Object(whole)) = serde_json::from_str(text) else {
        return Err(malformed("failed to parse JSON"));
    };
    if let Some(part) = whole.keys().find(|part| !["Version", "Id", "Statement"].contains(&part.as_str())) {
        return Err(malformed(&format!("unknown element {part}")));
    }
    let version = whole.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17");
    if !["2008-10-17", "2012-10-17"].contains(&version) {
        return Err(malformed("unknown Version"));
    }
    let statements = match whole.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => vec![],
    };
    if statements.is_empty() {
        // This is what AWS says, literally.
        return Err(malformed("null"));
    }
    if statements.len() > MOST_STATEMENTS {
        return Err(malformed("more than 100 statements"));
    }
    let mut sids = BTreeSet::new();
    let mut kept = vec![];
    for statement in &statements {
        kept.push(statement_checked(statement, topic, &mut sids)?);
    }
    let mut policy = Map::new();
    policy.insert("Version".to_owned(), json!(version));
    if let Some(id) = whole.get("Id") {
        policy.insert("Id".to_owned(), id.clone());
    }
    policy.insert("Statement".to_owned(), Value::Array(kept));
    Ok(Value::Object(policy).to_string())
}

fn malformed(why: &str) -> Fault {
    invalid(format!("Policy Error: {why}"))
}

fn statement_checked(statement: &Value, topic: &str, sids: &mut BTreeSet<String>) -> Result<Value, Fault> {
    let Value::Object(statement) = statement else { return Err(malformed("a statement is no object")) };
    if let Some(part) = statement.keys().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(malformed(&format!("unknown element {part}")));
    }
    if let Some(sid) = statement.get("Sid").and_then(Value::as_str)
        && !sids.insert(sid.to_owned())
    {
        return Err(malformed(&format!("two statements have the Sid {sid}")));
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(malformed("Effect must be Allow or Deny"));
    }
    let actions = texts(statement.get("Action"))?;
    for action in &actions {
        let (service, name) = action.split_once(':').unwrap_or_default();
        if !service.eq_ignore_ascii_case("sns") || !ACTIONS.contains(&name.to_lowercase().as_str()) {
            return Err(invalid("Policy statement action out of service scope!"));
        }
    }
    if texts(statement.get("Resource"))?.iter().any(|resource| resource != topic) {
        return Err(invalid("Policy statement resource must be the topic's own ARN"));
    }
    let mut kept = statement.clone();
    kept.insert("Principal".to_owned(), principal_checked(statement.get("Principal"))?);
    if let Some(condition) = statement.get("Condition") {
        kept.insert("Condition".to_owned(), condition_checked(condition)?);
    }
    Ok(PARTS.iter().filter_map(|part| Some(((*part).to_owned(), single(kept.get(*part)?.clone())))).collect())
}

/// A text or a list of texts, at least one.
fn texts(value: Option<&Value>) -> Result<Vec<String>, Fault> {
    let texts: Option<Vec<String>> = match value {
        Some(Value::String(text)) => Some(vec![text.clone()]),
        Some(Value::Array(list)) => list.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    texts.filter(|texts| !texts.is_empty()).ok_or_else(|| malformed("an element is missing, or no text"))
}

/// A list of one is written without the list.
fn single(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        other => other,
    }
}

fn principal_checked(principal: Option<&Value>) -> Result<Value, Fault> {
    let not_found = || malformed("PrincipalNotFound");
    let Some(Value::Object(principal)) = principal else {
        return if principal == Some(&json!("*")) { Ok(json!("*")) } else { Err(not_found()) };
    };
    let mut kept = Map::new();
    for (kind, who) in principal {
        let mut names = texts(Some(who))?;
        for name in &mut names {
            let account = name.len() == 12 && name.bytes().all(|digit| digit.is_ascii_digit());
            let fits = match kind.as_str() {
                "AWS" => {
                    account
                        || name == "*"
                        || name.starts_with("arn:aws:iam::")
                        || name.starts_with("arn:aws:sts::")
                }
                "Service" => name.ends_with(".amazonaws.com"),
                "Federated" | "CanonicalUser" => true,
                _ => false,
            };
            if !fits {
                return Err(not_found());
            }
            if account {
                *name = format!("arn:aws:iam::{name}:root");
            }
        }
        kept.insert(kind.clone(), single(json!(names)));
    }
    if kept.is_empty() { Err(not_found()) } else { Ok(Value::Object(kept)) }
}

fn condition_checked(condition: &Value) -> Result<Value, Fault> {
    let bad = || malformed("a Condition is an object of operators, each an object of keys");
    let Value::Object(operators) = condition else { return Err(bad()) };
    let mut kept = Map::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else { return Err(bad()) };
        let keys: Map<String, Value> =
            keys.iter().map(|(key, value)| (key.clone(), single(value.clone()))).collect();
        kept.insert(operator.clone(), Value::Object(keys));
    }
    Ok(Value::Object(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:ap-south-1:123456789012:t";

    fn with(change: impl Fn(&mut Map<String, Value>)) -> String {
        let mut statement = Map::new();
        statement.insert("Action".to_owned(), json!(["SNS:Publish"]));
        statement.insert("Effect".to_owned(), json!("Allow"));
        statement.insert("Principal".to_owned(), json!({"AWS": "123456789012"}));
        statement.insert("Resource".to_owned(), json!(TOPIC));
        change(&mut statement);
        json!({"Statement": [statement]}).to_string()
    }

    #[test]
    fn the_default_policy_is_one_that_can_be_set() {
        let policy = default(TOPIC, "123456789012");
        assert_eq!(checked(&policy, TOPIC).unwrap(), policy);
    }

    #[test]
    fn a_policy_is_kept_in_aws_own_form() {
        let kept = checked(&with(|_| ()), TOPIC).unwrap();
        assert_eq!(
            kept,
            format!(
                r#"{{"Version":"2008-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::123456789012:root"}},"Action":"SNS:Publish","Resource":"{TOPIC}"}}]}}"#
            )
        );
        assert_eq!(checked(&kept, TOPIC).unwrap(), kept);
    }

    #[test]
    fn what_does_not_fit_a_topic_is_refused() {
        for (part, value) in [
            ("Action", json!("SNS:CreateTopic")),
            ("Action", json!("sns:*")),
            ("Action", json!("s3:GetObject")),
            ("Action", json!([])),
            ("Resource", json!("*")),
            ("Resource", json!([TOPIC, "arn:aws:sns:us-east-1:123456789012:t"])),
            ("Effect", json!("Maybe")),
            ("Principal", json!({"Service": "cloudwatch"})),
            ("Principal", json!({"AWS": "somebody"})),
            ("Condition", json!({"StringEquals": "x"})),
            ("Comment", json!("x")),
        ] {
            let policy = with(|statement| {
                statement.insert(part.to_owned(), value.clone());
            });
            assert_eq!(checked(&policy, TOPIC).unwrap_err().code, "InvalidParameter", "{part}: {value}");
        }
        for part in ["Action", "Resource", "Effect", "Principal"] {
            let policy = with(|statement| {
                statement.remove(part);
            });
            assert!(checked(&policy, TOPIC).is_err(), "without {part}");
        }
    }

    #[test]
    fn a_policy_has_limits() {
        let one: Value = serde_json::from_str(&with(|_| ())).unwrap();
        let many = |count: usize| json!({"Statement": vec![one["Statement"][0].clone(); count]}).to_string();
        assert!(checked(&many(100), TOPIC).is_ok());
        assert!(checked(&many(101), TOPIC).is_err());
        assert!(
            checked(&with(|s| drop(s.insert("Sid".to_owned(), json!("x".repeat(31_000))))), TOPIC).is_err()
        );
        assert!(checked(&with(|s| drop(s.insert("Sid".to_owned(), json!("é")))), TOPIC).is_err());
        let twins = json!({"Statement": [one["Statement"][0], one["Statement"][0]]}).to_string();
        let twins = twins.replace(r#""Effect""#, r#""Sid":"a","Effect""#);
        assert!(checked(&twins, TOPIC).is_err());
        for text in ["", "[]", "{}", r#"{"Statement":[]}"#, r#"{"Version":"2020-01-01"}"#, r#"{"Who":1}"#] {
            assert!(checked(text, TOPIC).is_err(), "{text}");
        }
    }
}

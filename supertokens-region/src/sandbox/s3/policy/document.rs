//! What AWS demands of a bucket policy's text.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::super::Fault;
use super::words::{
    BUCKET_ACTIONS, OBJECT_ACTIONS, actions_of_key, base_operator, known_key, known_operator,
};
use crate::text::matches;

/// The longest policy, in bytes.
const LONGEST: usize = 20 * 1024;
const MEMBERS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_MEMBERS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The policy as AWS keeps it, where AWS takes it for this bucket.
pub(super) fn check(text: &str, bucket: &str) -> Result<Value, Fault> {
    if text.len() > LONGEST {
        return Err(Fault::new("PolicyTooLarge", "Policy exceeds the maximum allowed document size."));
    }
    if !text.starts_with('{') {
        return Err(malformed("Policies must be valid JSON and the first byte must be '{'"));
    }
    let mut policy: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if let Some((member, _)) = each(&policy).find(|(member, _)| !MEMBERS.contains(member)) {
        return Err(malformed(format!("Unknown field {member}")));
    }
    // Without a version AWS takes the older one.
    if !matches!(policy.get("Version").map(Value::as_str), None | Some(Some("2012-10-17" | "2008-10-17"))) {
        return Err(malformed("The policy must contain a valid version string"));
    }
    if policy.get("Statement").is_none() {
        return Err(malformed("Missing required field Statement"));
    }
    if statements(&policy).is_empty() {
        return Err(malformed("Could not parse the policy: Statement is empty!"));
    }
    let mut ids = BTreeSet::new();
    for statement in statements(&policy) {
        let members = statement.as_object().ok_or_else(|| malformed("This policy contains invalid Json"))?;
        check_statement(members, bucket)?;
        let id = members.get("Sid").and_then(Value::as_str).unwrap_or_default();
        if !id.is_empty() && !ids.insert(id) {
            return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    match policy.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().for_each(spell_out),
        Some(statement) => spell_out(statement),
        None => {}
    }
    Ok(policy)
}

/// AWS keeps an account in a principal as the ARN of its root user.
fn spell_out(statement: &mut Value) {
    let one = |who: &mut Value| {
        if let Some(account) = who.as_str().filter(|who| is_account(who)) {
            *who = format!("arn:aws:iam::{account}:root").into();
        }
    };
    for member in ["Principal", "NotPrincipal"] {
        match statement.get_mut(member).and_then(|principal| principal.get_mut("AWS")) {
            Some(Value::Array(list)) => list.iter_mut().for_each(one),
            Some(who) => one(who),
            None => {}
        }
    }
}

fn check_statement(statement: &Map<String, Value>, bucket: &str) -> Result<(), Fault> {
    if let Some(member) = statement.keys().find(|member| !STATEMENT_MEMBERS.contains(&member.as_str())) {
        return Err(malformed(format!("Unknown field {member}")));
    }
    if statement.get("Sid").is_some_and(|id| !id.is_string()) {
        return Err(malformed("This policy contains invalid Json"));
    }
    match statement.get("Effect").map(Value::as_str) {
        None => return Err(malformed("Missing required field Effect")),
        Some(Some("Allow" | "Deny")) => {}
        Some(other) => return Err(malformed(format!("Invalid effect: {}", other.unwrap_or_default()))),
    }
    check_principal(one_of(statement, "Principal", "NotPrincipal")?)?;
    let actions = list(one_of(statement, "Action", "NotAction")?, "Policy has invalid action")?;
    for action in &actions {
        if known_actions(action).is_empty() {
            return Err(malformed("Policy has invalid action"));
        }
    }
    let resources = list(one_of(statement, "Resource", "NotResource")?, "Policy has invalid resource")?;
    let reached = resources.iter().map(|resource| reach(resource, bucket)).collect::<Result<Vec<_>, _>>()?;
    // What is excluded need not fit together.
    if statement.contains_key("Action") && statement.contains_key("Resource") {
        let of_bucket = reached.iter().any(|(of_bucket, _)| *of_bucket);
        let of_objects = reached.iter().any(|(_, of_objects)| *of_objects);
        for action in &actions {
            let fits = |known: &&str| {
                (of_bucket && BUCKET_ACTIONS.contains(known))
                    || (of_objects && OBJECT_ACTIONS.contains(known))
            };
            if !known_actions(action).iter().any(fits) {
                return Err(malformed("Action does not apply to any resource(s) in statement"));
            }
        }
    }
    match statement.get("Condition") {
        Some(condition) => check_condition(condition, &actions),
        None => Ok(()),
    }
}

fn one_of<'a>(statement: &'a Map<String, Value>, member: &str, opposite: &str) -> Result<&'a Value, Fault> {
    match (statement.get(member), statement.get(opposite)) {
        (Some(value), None) | (None, Some(value)) => Ok(value),
        (None, None) => Err(malformed(format!("Missing required field {member}"))),
        (Some(_), Some(_)) => Err(malformed(format!("{member} and {opposite} cannot be in one statement"))),
    }
}

/// A string, or a list of strings that is not empty.
fn list<'a>(value: &'a Value, otherwise: &str) -> Result<Vec<&'a str>, Fault> {
    let found = strings(value);
    let given = value.as_array().map_or(1, Vec::len);
    if found.is_empty() || found.len() != given { Err(malformed(otherwise)) } else { Ok(found) }
}

fn check_principal(principal: &Value) -> Result<(), Fault> {
    let invalid = "Invalid principal in policy";
    if principal == "*" {
        return Ok(());
    }
    if each(principal).len() == 0 {
        return Err(malformed(invalid));
    }
    for (kind, who) in each(principal) {
        for who in list(who, invalid)? {
            let known = match kind {
                "AWS" => who == "*" || is_account(who) || is_identity(who),
                "Service" => who.ends_with(".amazonaws.com") && !who.contains('*'),
                "Federated" | "CanonicalUser" => !who.is_empty(),
                _ => false,
            };
            if !known {
                return Err(malformed(invalid));
            }
        }
    }
    Ok(())
}

fn is_account(who: &str) -> bool {
    who.len() == 12 && who.bytes().all(|byte| byte.is_ascii_digit())
}

/// `arn:aws:iam::<account>:root`, or a user, a role or a session in place of the root user. No wildcards.
fn is_identity(who: &str) -> bool {
    let parts: Vec<&str> = who.splitn(6, ':').collect();
    let ["arn", "aws", service, "", account, name] = parts[..] else {
        return false;
    };
    let kinds: &[&str] = match service {
        "iam" => &["user/", "role/"],
        "sts" => &["assumed-role/", "federated-user/"],
        _ => return false,
    };
    let named = kinds.iter().any(|kind| name.starts_with(kind) && name.len() > kind.len());
    is_account(account) && !who.contains('*') && (named || (service == "iam" && name == "root"))
}

/// The actions that a pattern such as `s3:Get*` stands for.
fn known_actions(pattern: &str) -> Vec<&'static str> {
    let pattern = pattern.to_lowercase();
    let name = if pattern == "*" { "*" } else { pattern.strip_prefix("s3:").unwrap_or_default() };
    let actions = BUCKET_ACTIONS.iter().chain(&OBJECT_ACTIONS).copied();
    actions.filter(|action| matches(name, &action.to_lowercase(), |_| true)).collect()
}

/// Whether a resource stands for the bucket and for its objects. It must be this bucket's.
fn reach(resource: &str, bucket: &str) -> Result<(bool, bool), Fault> {
    let rest = resource.strip_prefix("arn:aws:s3:::").and_then(|name| name.strip_prefix(bucket));
    match rest {
        Some("") => Ok((true, false)),
        Some(rest) if rest.starts_with('/') => Ok((false, true)),
        Some(rest) if rest.starts_with('*') => Ok((true, true)),
        _ => Err(malformed("Policy has invalid resource")),
    }
}

fn check_condition(condition: &Value, actions: &[&str]) -> Result<(), Fault> {
    if !condition.is_object() {
        return Err(malformed("This policy contains invalid Json"));
    }
    for (operator, keys) in each(condition) {
        if !known_operator(operator) {
            return Err(malformed(format!("Invalid Condition type : {operator}")));
        }
        if !keys.is_object() {
            return Err(malformed("This policy contains invalid Json"));
        }
        for (key, values) in each(keys) {
            let key = key.to_lowercase();
            if !known_key(&key) {
                return Err(malformed("Policy has an invalid condition key"));
            }
            let applies = |only: &[&str]| {
                actions.iter().flat_map(|action| known_actions(action)).any(|action| only.contains(&action))
            };
            if actions_of_key(&key).is_some_and(|only| !applies(only)) {
                let text = "Conditions do not apply to combination of actions and resources in statement";
                return Err(malformed(text));
            }
            let by_address = base_operator(operator).ends_with("IpAddress");
            if by_address && !strings(values).into_iter().all(is_range) {
                return Err(malformed("Invalid IP address in Conditions"));
            }
        }
    }
    Ok(())
}

fn is_range(range: &str) -> bool {
    let (address, bits) = range.split_once('/').unwrap_or((range, "0"));
    match (address.parse::<IpAddr>(), bits.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(bits)) => bits <= 32,
        (Ok(IpAddr::V6(_)), Ok(bits)) => bits <= 128,
        _ => false,
    }
}

/// The statements, also where a single one stands without a list.
pub(super) fn statements(policy: &Value) -> Vec<&Value> {
    match policy.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => vec![],
    }
}

/// The strings of a string or of a list.
pub(super) fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

/// The members of an object; none of anything else.
pub(super) fn each(value: &Value) -> std::vec::IntoIter<(&str, &Value)> {
    let members = value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
    members.collect::<Vec<_>>().into_iter()
}

fn malformed(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicy", message)
}

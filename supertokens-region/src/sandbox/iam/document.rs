//! What AWS demands of the text of a policy that is somebody's: managed, or part of a role.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::validation;
use crate::sandbox::Fault;

/// The longest text that is looked at, blanks included.
const LONGEST_TEXT: usize = 131_072;
const STATEMENT_MEMBERS: [&str; 7] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// How long a document is by IAM's count: blanks are free.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// A text that may be a document at all.
pub(super) fn plausible(text: Option<&str>) -> Result<&str, Fault> {
    let text = text.unwrap_or_default();
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if text.is_empty() || text.chars().count() > LONGEST_TEXT || !text.chars().all(allowed) {
        let message = "The specified value for policyDocument is invalid. It must contain only printable ASCII \
                       characters.";
        return Err(validation(message));
    }
    Ok(text)
}

/// Whether AWS takes it.
pub(super) fn check(text: &str) -> Result<(), Fault> {
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed("Syntax errors in policy."))?;
    let policy = policy.as_object().ok_or_else(|| malformed("Syntax errors in policy."))?;
    if policy.keys().any(|member| !["Version", "Id", "Statement"].contains(&member.as_str())) {
        return Err(malformed("Syntax errors in policy."));
    }
    // Without a version AWS takes the older one.
    if !matches!(policy.get("Version").map(Value::as_str), None | Some(Some("2012-10-17" | "2008-10-17"))) {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = match policy.get("Statement") {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => vec![],
    };
    if statements.is_empty() {
        return Err(malformed("Syntax errors in policy."));
    }
    let mut ids = BTreeSet::new();
    for statement in statements {
        let members = statement.as_object().ok_or_else(|| malformed("Syntax errors in policy."))?;
        check_statement(members)?;
        let id = members.get("Sid").and_then(Value::as_str).unwrap_or_default();
        if !id.is_empty() && !ids.insert(id) {
            return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>) -> Result<(), Fault> {
    if statement.contains_key("Principal") || statement.contains_key("NotPrincipal") {
        return Err(malformed("Policy document should not specify a principal."));
    }
    if statement.keys().any(|member| !STATEMENT_MEMBERS.contains(&member.as_str())) {
        return Err(malformed("Syntax errors in policy."));
    }
    match statement.get("Sid").map(Value::as_str) {
        None => {}
        Some(Some(id)) if id.chars().all(|c| c.is_ascii_alphanumeric()) => {}
        Some(_) => return Err(malformed("Statement IDs (SID) must be alpha-numeric.")),
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(malformed("Syntax errors in policy."));
    }
    for action in texts(statement, "Action", "Policy statement must contain actions.")? {
        if action != "*"
            && !action.split_once(':').is_some_and(|(vendor, rest)| plain(vendor) && !rest.is_empty())
        {
            let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(malformed(message));
        }
    }
    for resource in texts(statement, "Resource", "Policy statement must contain resources.")? {
        if resource != "*" && (!resource.starts_with("arn:") || resource.split(':').count() < 6) {
            return Err(malformed(format!("Resource {resource} must be in ARN format or \"*\".")));
        }
    }
    match statement.get("Condition") {
        None => Ok(()),
        Some(Value::Object(operators)) if operators.values().all(Value::is_object) => Ok(()),
        Some(_) => Err(malformed("Syntax errors in policy.")),
    }
}

fn plain(vendor: &str) -> bool {
    !vendor.is_empty() && vendor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The texts of a member or of its opposite (`Action`, `NotAction`): one of the two is there, with a text or several.
fn texts<'a>(statement: &'a Map<String, Value>, member: &str, missing: &str) -> Result<Vec<&'a str>, Fault> {
    let value = match (statement.get(member), statement.get(&format!("Not{member}"))) {
        (Some(value), None) | (None, Some(value)) => value,
        (None, None) => return Err(malformed(missing)),
        (Some(_), Some(_)) => return Err(malformed("Syntax errors in policy.")),
    };
    let all = match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    if all.is_empty() {
        return Err(malformed(missing));
    }
    let texts = all.into_iter().map(Value::as_str).collect::<Option<_>>();
    texts.ok_or_else(|| malformed("Syntax errors in policy."))
}

fn malformed(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocument", message)
}

//! What may be changed of a cluster that is there, and what is only told.

use serde_json::Value;

use super::RdsCluster;
use crate::findings::Finding;

/// What is to be done about a field that differs.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    /// It can't hurt.
    Always,
    /// It may hurt, or somebody may have meant it: with leave only.
    WithLeave,
    /// AWS can't change it, or only with a restart.
    Never,
}

/// The fields that can be changed while the cluster runs.
const MODIFIABLE: [&str; 16] = [
    "auto_minor_version_upgrade",
    "backup_retention_days",
    "backup_window",
    "copy_tags_to_snapshot",
    "database_insights",
    "deletion_protection",
    "iam_authentication",
    "instance_parameter_groups",
    "instances",
    "log_exports",
    "maintenance_window",
    "parameter_group",
    "parameters",
    "performance_insights_days",
    "scaling",
    "security_groups",
];

fn judge(path: &[&str], live: &Value) -> Verdict {
    match path {
        ["status" | "allow_modify"] | ["tags", ..] => Verdict::Always,
        ["instances", _, "status"] | ["instances", _, "tags", ..] => Verdict::Always,
        // What isn't there yet is in nobody's way.
        ["instances" | "instance_parameter_groups", _] if live.is_null() => Verdict::Always,
        ["instances" | "instance_parameter_groups"] => Verdict::Always,
        [field, ..] if MODIFIABLE.contains(field) => Verdict::WithLeave,
        _ => Verdict::Never,
    }
}

/// Tells each difference that stays, and puts what is wanted in its place: so the plan shows what will be done.
pub(super) fn settle(wanted: &RdsCluster, live: &mut RdsCluster) -> Vec<Finding> {
    let (Ok(asked), Ok(mut there)) = (serde_json::to_value(wanted), serde_json::to_value(&*live)) else {
        return vec![];
    };
    let mut findings = vec![];
    if wanted.is_only_named() {
        return findings;
    }
    walk(&mut vec![], &asked, &mut there, wanted.allow_modify, &mut findings);
    if let Ok(told) = serde_json::from_value::<RdsCluster>(there) {
        *live = RdsCluster { every: wanted.every.clone(), ..told };
    }
    findings
}

fn walk<'w>(
    path: &mut Vec<&'w str>,
    wanted: &'w Value,
    live: &mut Value,
    leave: bool,
    findings: &mut Vec<Finding>,
) {
    if let (Value::Object(wanted), Value::Object(there)) = (wanted, &mut *live) {
        for (key, wanted) in wanted {
            path.push(key);
            let mut value = there.get(key).cloned().unwrap_or(Value::Null);
            walk(path, wanted, &mut value, leave, findings);
            if !value.is_null() {
                there.insert(key.clone(), value);
            }
            path.pop();
        }
        return;
    }
    let same_number = wanted.as_f64().is_some() && wanted.as_f64() == live.as_f64();
    if same_number || wanted == live {
        return;
    }
    let verdict = judge(path, live);
    if verdict == Verdict::Always || verdict == Verdict::WithLeave && leave {
        return;
    }
    let hint = match verdict {
        Verdict::Never => "the tool doesn't change this of a cluster that is there",
        _ => "want what is there, or say `.allow_modify()`",
    };
    let field = path.join(".");
    if field == "encrypted" {
        let text = "its storage is not encrypted, and AWS can't change that";
        findings
            .push(Finding::error("not-encrypted", text).hint("copy it to an encrypted one by a snapshot"));
        *live = wanted.clone();
        return;
    }
    // Sets of names tell by their keys which one is missing.
    let text = match (short(live), short(wanted)) {
        (None, Some(wanted)) => format!("`{field}` is not set, where {wanted} is wanted"),
        (Some(live), Some(wanted)) => format!("`{field}` is {live}, where {wanted} is wanted"),
        _ => format!("`{field}` is not there"),
    };
    findings.push(Finding::warning("differs", text).hint(hint));
    *live = wanted.clone();
}

/// A value as a sentence has it; what is made of more than one, or only says that it is there, is none.
fn short(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::String(text) if text == "there" => None,
        Value::String(text) => Some(format!("`{text}`")),
        other => Some(other.to_string()),
    }
}

//! What a published version keeps: code and configuration.

use std::collections::BTreeMap;

use serde_json::Value;

use super::LambdaFunction;
use crate::diff::diff;

/// The fields of a version. Its description may be its own.
const FIELDS: [&str; 14] = [
    "code",
    "runtime",
    "handler",
    "role",
    "timeout_secs",
    "memory_mib",
    "ephemeral_storage_mib",
    "architecture",
    "tracing",
    "snap_start",
    "logging",
    "environment",
    "layers",
    "network",
];

/// The fields of the configuration and code that differ from what is there.
pub(super) fn differs(wanted: &LambdaFunction, there: &LambdaFunction) -> Vec<String> {
    let mut fields: Vec<String> = changed(wanted, there);
    fields.retain(|field| FIELDS.contains(&field.as_str()));
    fields
}

/// All fields that differ, the first part of each.
pub(super) fn changed(wanted: &LambdaFunction, there: &LambdaFunction) -> Vec<String> {
    let fields = |function: &LambdaFunction| serde_json::to_value(function).unwrap_or(Value::Null);
    let changes = diff(&fields(wanted), &fields(there), &BTreeMap::new(), "");
    let first = |field: &str| field.split('.').next().unwrap_or_default().to_owned();
    let mut fields: Vec<String> = changes.iter().map(|change| first(&change.field)).collect();
    fields.dedup();
    fields
}

//! What AWS would refuse, without asking it.

use std::ops::RangeInclusive;

use super::parts::{LATEST, PUBLISHED};
use super::{LambdaFunction, Layer};
use crate::kind::Invalid;
use crate::tags;

/// Bytes of all variables together.
const ENVIRONMENT: usize = 4096;
/// Variables that Lambda sets itself.
const RESERVED: [&str; 17] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

fn plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// Whether it is one of those that there are, if it is said.
fn one_of(invalid: &mut Vec<Invalid>, what: &str, value: Option<&String>, known: &[&str]) {
    if let Some(value) = value.filter(|value| !known.contains(&value.as_str())) {
        let text = format!("`{value}` is no {what} that AWS has");
        invalid.push(Invalid::new(text).hint(format!("one of {}", known.join(", "))));
    }
}

fn between(invalid: &mut Vec<Invalid>, what: &str, value: Option<i64>, range: RangeInclusive<i64>) {
    if let Some(value) = value.filter(|value| !range.contains(value)) {
        let text = format!("{value} {what}, where AWS takes {} to {}", range.start(), range.end());
        invalid.push(Invalid::new(text));
    }
}

pub(super) fn check(function: &LambdaFunction) -> Vec<Invalid> {
    let mut invalid = tags::check(&function.tags);
    let name = &function.name;
    if name.is_empty() || name.len() > 64 || !plain(name) {
        let text = format!("`{name}` is not a name that a function can have");
        invalid.push(Invalid::new(text).hint("1-64 letters, digits, `-` or `_`"));
    }
    let out = &mut invalid;
    between(out, "seconds", function.timeout_secs, 1..=900);
    between(out, "mebibytes of memory", function.memory_mib, 128..=10_240);
    between(out, "mebibytes of /tmp", function.ephemeral_storage_mib, 512..=10_240);
    between(out, "runs set aside", function.reserved_concurrency, 0..=i64::from(i32::MAX));
    one_of(out, "architecture", function.architecture.as_ref(), &["x86_64", "arm64"]);
    one_of(out, "tracing mode", function.tracing.as_ref(), &["Active", "PassThrough"]);
    if let Some(logging) = &function.logging {
        one_of(out, "log format", Some(&logging.format), &["Text", "JSON"]);
        if logging.format == "Text" && (logging.application_level.is_some() || logging.system_level.is_some())
        {
            let text = "log levels are for the format `JSON` only";
            out.push(Invalid::new(text).hint("say `log_format(\"JSON\")`"));
        }
    }
    if function.description.as_ref().is_some_and(|text| text.chars().count() > 256) {
        out.push(Invalid::new("its description has more than 256 characters"));
    }
    if function.role.as_ref().is_some_and(|role| role.starts_with("arn:") || role.starts_with("foreign:")) {
        let text = "a role is named without its ARN, and is of this account";
        out.push(Invalid::new(text).hint("such as `role(\"service-role/name\")`"));
    }
    if let Some(handler) = &function.handler
        && (handler.is_empty() || handler.len() > 128 || handler.contains(char::is_whitespace))
    {
        out.push(Invalid::new(format!("`{handler}` is no handler")).hint("such as `index.handler`"));
    }
    check_environment(function, out);
    check_around(function, out);
    invalid
}

fn check_environment(function: &LambdaFunction, invalid: &mut Vec<Invalid>) {
    let mut size = 2;
    for (key, value) in &function.environment {
        // As JSON, which is how AWS measures it.
        let text = value.expose().unwrap_or_default();
        size += key.len() + serde_json::to_string(text).unwrap_or_default().len() + 4;
        let letters = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if key.len() < 2 || !key.starts_with(|c: char| c.is_ascii_alphabetic()) || !letters {
            let text = format!("`{key}` is not a name that a variable can have");
            invalid.push(Invalid::new(text).hint("two or more letters, digits or `_`, a letter first"));
        } else if RESERVED.contains(&key.as_str()) {
            invalid.push(Invalid::new(format!("the variable `{key}` is set by Lambda itself")));
        }
    }
    if size > ENVIRONMENT + 1 {
        let text = format!("its variables have {} bytes together, where AWS takes {ENVIRONMENT}", size - 1);
        invalid.push(Invalid::new(text).hint("put long ones into Systems Manager or Secrets Manager"));
    }
}

fn check_around(function: &LambdaFunction, invalid: &mut Vec<Invalid>) {
    let layers = function.layers.as_deref().unwrap_or_default();
    if layers.len() > 5 {
        invalid.push(Invalid::new(format!("{} layers, where AWS takes 5", layers.len())));
    }
    for layer in layers {
        if let Layer::Given(arn) = layer
            && (arn.split(':').count() != 8 || !arn.contains(":layer:"))
        {
            let text = format!("`{arn}` is not the ARN of a layer's version");
            invalid.push(Invalid::new(text).hint("arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION"));
        }
    }
    if let Some(network) = &function.network {
        if network.vpc.is_none() {
            let text = "it is in a VPC, and nothing says in which here";
            invalid.push(Invalid::new(text).hint("say `in_vpc(vpc)`, or `no_vpc()` for none"));
        }
        if network.groups.is_empty() {
            invalid.push(Invalid::new("in a VPC it needs a security group").hint("say `group(name)`"));
        }
    }
    for (name, alias) in &function.aliases {
        if name.is_empty() || name.len() > 128 || !plain(name) || name.bytes().all(|c| c.is_ascii_digit()) {
            let text = format!("`{name}` is not a name that an alias can have");
            invalid.push(Invalid::new(text).hint("1-128 letters, digits, `-` or `_`, not digits alone"));
        }
        if ![LATEST, PUBLISHED].contains(&alias.leads_to.as_str()) {
            invalid.push(Invalid::new(format!("the alias `{name}` leads to {}", alias.leads_to)));
        }
    }
    for (of, url) in &function.urls {
        one_of(invalid, "authentication of URLs", Some(&url.auth), &["NONE", "AWS_IAM"]);
        if of != LATEST && !function.aliases.contains_key(of) {
            let text = format!("a URL leads to `{of}`, which is no alias of it");
            invalid.push(Invalid::new(text).hint("add the alias with `alias(name)`, or say `$LATEST`"));
        }
    }
    for config in function.asynchronous.values() {
        between(invalid, "tries more", config.retries, 0..=2);
        between(invalid, "seconds to try", config.max_age_secs, 60..=21_600);
    }
}

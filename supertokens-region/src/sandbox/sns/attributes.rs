//! What the attributes of a topic may be.

use serde_json::{Map, Value, json};

use super::{invalid, policy};
use crate::sandbox::Fault;

/// The services whose deliveries a topic can log, and what it can be told about each.
const FEEDBACK: [&str; 5] = ["HTTP", "Firehose", "Lambda", "Application", "SQS"];
const FEEDBACK_ROLES: [&str; 2] = ["SuccessFeedbackRoleArn", "FailureFeedbackRoleArn"];
const FEEDBACK_RATE: &str = "SuccessFeedbackSampleRate";

/// The value as AWS keeps it, if it may be set on this topic; empty where setting it removes it.
pub(super) fn checked(topic_arn: &str, name: &str, value: &str) -> Result<String, Fault> {
    let fifo = topic_arn.ends_with(".fifo");
    let one_of = |allowed: &[&str]| {
        if allowed.contains(&value) { Ok(value.to_owned()) } else { Err(invalid(format!("{name}: {value}"))) }
    };
    let number = |least: u32, most: u32| match value.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(value.to_owned()),
        _ => Err(invalid(format!("{name} Reason: must be a number between {least} and {most}"))),
    };
    match name {
        "Policy" => policy::checked(value, topic_arn),
        "DisplayName" => display_name(value),
        "DeliveryPolicy" => delivery_policy(value),
        "KmsMasterKeyId" if value.len() <= 2048 => Ok(value.to_owned()),
        "TracingConfig" if !fifo => one_of(&["PassThrough", "Active"]),
        "SignatureVersion" => one_of(&["1", "2"]),
        "MaximumMessageSize" => number(1024, 1_048_576),
        "FifoTopic" => one_of(&["true"]),
        "ContentBasedDeduplication" if fifo => one_of(&["true", "false"]),
        "FifoThroughputScope" if fifo => one_of(&["Topic", "MessageGroup"]),
        _ => match FEEDBACK.iter().find_map(|service| name.strip_prefix(service)) {
            Some(FEEDBACK_RATE) => number(0, 100),
            Some(what) if FEEDBACK_ROLES.contains(&what) => {
                if value.is_empty() || value.starts_with("arn:aws:iam::") && value.contains(":role/") {
                    Ok(value.to_owned())
                } else {
                    Err(invalid(format!("{name} Reason: not the ARN of a role")))
                }
            }
            _ => Err(invalid("AttributeName")),
        },
    }
}

fn display_name(name: &str) -> Result<String, Fault> {
    if name.chars().count() > 100 {
        return Err(invalid("DisplayName Reason: must be at most 100 characters long"));
    }
    if name.chars().any(char::is_control) {
        return Err(invalid("DisplayName Reason: must not contain control characters"));
    }
    Ok(name.to_owned())
}

/// How often and how fast AWS tries to deliver to an HTTP endpoint when nobody says anything else.
fn default_delivery_policy() -> Value {
    json!({"http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    }})
}

const DELIVERY_PARTS: [&str; 4] = [
    "defaultHealthyRetryPolicy",
    "disableSubscriptionOverrides",
    "defaultThrottlePolicy",
    "defaultRequestPolicy",
];

fn delivery_policy(text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let unreadable = || invalid("DeliveryPolicy: failed to parse JSON.");
    let Ok(Value::Object(whole)) = serde_json::from_str(text) else { return Err(unreadable()) };
    let Some(Value::Object(http)) = whole.get("http") else { return Err(unreadable()) };
    if let Some(name) = whole.keys().find(|name| *name != "http") {
        return Err(invalid(format!("DeliveryPolicy: unexpected JSON member: {name}")));
    }
    if let Some(name) = http.keys().find(|name| !DELIVERY_PARTS.contains(&name.as_str())) {
        return Err(invalid(format!("DeliveryPolicy: unexpected JSON member: http.{name}")));
    }
    let mut kept: Map<String, Value> = http.clone().into_iter().filter(|(_, part)| !part.is_null()).collect();
    check_retries(&kept)?;
    kept.entry("disableSubscriptionOverrides").or_insert(Value::Bool(false));
    Ok(json!({"http": kept}).to_string())
}

fn check_retries(http: &Map<String, Value>) -> Result<(), Fault> {
    let Some(retries) = http.get("defaultHealthyRetryPolicy") else { return Ok(()) };
    let number = |name: &str, absent: i64| match retries.get(name) {
        None => Ok(absent),
        Some(value) => {
            value.as_i64().ok_or_else(|| invalid(format!("DeliveryPolicy: {name} must be a number")))
        }
    };
    let count = number("numRetries", 3)?;
    if !(0..=100).contains(&count) {
        return Err(invalid("DeliveryPolicy: numRetries must be between 0 and 100"));
    }
    let (least, most) = (number("minDelayTarget", 20)?, number("maxDelayTarget", 20)?);
    if !(1..=3600).contains(&least) || !(least..=3600).contains(&most) {
        return Err(invalid(
            "DeliveryPolicy: minDelayTarget and maxDelayTarget must be between 1 and 3600, in order",
        ));
    }
    Ok(())
}

/// AWS's own delivery policy with what was set in place of its parts.
pub(super) fn effective_delivery_policy(set: Option<&String>) -> String {
    let mut whole = default_delivery_policy();
    if let Some(set) = set.and_then(|text| serde_json::from_str(text).ok()) {
        merge(&mut whole, set);
    }
    whole.to_string()
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

//! Subscriptions: Subscribe, ConfirmSubscription, ListSubscriptions, ListSubscriptionsByTopic,
//! GetSubscriptionAttributes.

use std::collections::BTreeMap;

use aws_sdk_sns::operation::confirm_subscription::{ConfirmSubscriptionInput, ConfirmSubscriptionOutput};
use aws_sdk_sns::operation::get_subscription_attributes::{
    GetSubscriptionAttributesInput, GetSubscriptionAttributesOutput,
};
use aws_sdk_sns::operation::list_subscriptions::{ListSubscriptionsInput, ListSubscriptionsOutput};
use aws_sdk_sns::operation::list_subscriptions_by_topic::{
    ListSubscriptionsByTopicInput, ListSubscriptionsByTopicOutput,
};
use aws_sdk_sns::operation::subscribe::{SubscribeInput, SubscribeOutput};
use aws_sdk_sns::types::Subscription as ListedSubscription;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{PAGE, Subscription, SubscriptionState, arn_parts, existing_topic, invalid, not_found, prefix};
use crate::sandbox::{Call, Fault, page};

/// How long a link that confirms is good, and how long AWS lists what was deleted: 48 hours.
const KEPT_SECONDS: i64 = 48 * 60 * 60;
const PROTOCOLS: [&str; 9] =
    ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];

/// Lets go of the subscriptions that nobody confirmed in time, and of those that were deleted long ago.
pub(super) fn forget_expired(call: &mut Call<'_>) {
    let now = call.world.clock;
    let kept =
        |one: &Subscription| one.state == SubscriptionState::Confirmed || now - one.since < KEPT_SECONDS;
    call.world.sns.subscriptions.retain(|_, one| kept(one));
}

pub(super) fn subscribe(call: &mut Call<'_>, input: &SubscribeInput) -> Result<SubscribeOutput, Fault> {
    let protocol = input.protocol().unwrap_or_default();
    if !PROTOCOLS.contains(&protocol) {
        return Err(invalid(format!("Amazon SNS does not support this protocol string: {protocol}")));
    }
    let topic = existing_topic(call, input.topic_arn())?;
    if topic.ends_with(".fifo") && !["sqs", "lambda", "firehose"].contains(&protocol) {
        return Err(invalid(format!("Invalid protocol type: {protocol}")));
    }
    let endpoint = input.endpoint().unwrap_or_default();
    check_endpoint(protocol, endpoint)?;
    let attributes = checked_attributes(protocol, input)?;
    forget_expired(call);

    let now = call.world.clock;
    let arn = subscription_arn(&topic, protocol, endpoint);
    let before = call.world.sns.subscriptions.get(&arn);
    if let Some(before) = before
        && attributes.iter().any(|(name, value)| before.attributes.get(name) != Some(value))
    {
        return Err(invalid("Attributes Reason: Subscription already exists with different attributes"));
    }
    let asked = ["http", "https", "email", "email-json"].contains(&protocol);
    let mut one = match before {
        Some(before) if before.state != SubscriptionState::Deleted => before.clone(),
        _ => Subscription {
            topic,
            protocol: protocol.to_owned(),
            endpoint: endpoint.to_owned(),
            state: if asked { SubscriptionState::Pending } else { SubscriptionState::Confirmed },
            since: now,
            mails: before.map_or(0, |before| before.mails),
            token: if asked { token(&arn, now) } else { String::new() },
            authenticated: !asked,
            attributes,
        },
    };
    let mut answer = arn.clone();
    if one.state == SubscriptionState::Pending {
        // Each call has another mail sent, also when the last one has not been answered yet.
        one.mails += 1;
        one.since = now;
        if input.return_subscription_arn() != Some(true) {
            answer = "pending confirmation".to_owned();
        }
    }
    call.world.sns.subscriptions.insert(arn, one);
    Ok(SubscribeOutput::builder().subscription_arn(answer).build())
}

fn hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The topic's ARN and an id that looks random, but is always the same for the same address.
fn subscription_arn(topic: &str, protocol: &str, endpoint: &str) -> String {
    let digits = hex(&format!("{topic}\n{protocol}\n{endpoint}"));
    let [a, b, c, d, e] = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]];
    format!("{topic}:{a}-{b}-{c}-{d}-{e}")
}

/// What a link that confirms has in it: long, and another one after the first has expired.
fn token(arn: &str, now: i64) -> String {
    (0..4).map(|part| hex(&format!("{arn}\n{now}\n{part}"))).collect()
}

/// A subscription that its address has confirmed, and its ARN.
pub(super) fn confirmed(topic: &str, protocol: &str, endpoint: &str, since: i64) -> (String, Subscription) {
    let arn = subscription_arn(topic, protocol, endpoint);
    let one = Subscription {
        topic: topic.to_owned(),
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        state: SubscriptionState::Confirmed,
        since,
        mails: 1,
        token: token(&arn, since),
        authenticated: false,
        attributes: BTreeMap::new(),
    };
    (arn, one)
}

fn check_endpoint(protocol: &str, endpoint: &str) -> Result<(), Fault> {
    if endpoint.is_empty() {
        return Err(invalid("Endpoint Reason: no value for required parameter"));
    }
    let problem = match protocol {
        "email" | "email-json" => (!is_address(endpoint)).then_some("Email address"),
        "http" | "https" => {
            let host = endpoint.strip_prefix(protocol).and_then(|rest| rest.strip_prefix("://"));
            host.is_none_or(str::is_empty).then_some("Endpoint must match the specified protocol")
        }
        "sqs" => (!endpoint.starts_with("arn:aws:sqs:")).then_some("SQS endpoint ARN"),
        "lambda" => (!endpoint.starts_with("arn:aws:lambda:")).then_some("Lambda endpoint ARN"),
        "sms" => {
            let digits = endpoint.strip_prefix('+').unwrap_or(endpoint);
            let fits = (5..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
            (!fits).then_some("Endpoint Reason: Invalid SMS endpoint")
        }
        // There are neither mobile applications nor Firehose streams here.
        _ => Some("Endpoint Reason: Endpoint does not exist for endpoint arn"),
    };
    problem.map_or(Ok(()), |problem| Err(invalid(problem)))
}

/// Whether a text can be an e-mail address: one `@`, a host name behind it, no blanks.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let strange = |c: char| c.is_whitespace() || c.is_control() || "@,;<>()[]\\\"".contains(c);
    let dotted = |part: &str| !part.is_empty() && part.split('.').all(|piece| !piece.is_empty());
    text.len() <= 256
        && !local.contains(strange)
        && dotted(local)
        && host.contains('.')
        && dotted(host)
        && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

fn checked_attributes(protocol: &str, input: &SubscribeInput) -> Result<BTreeMap<String, String>, Fault> {
    let mut checked = BTreeMap::new();
    for (name, value) in input.attributes().into_iter().flatten() {
        let bad = |why: &str| Err(invalid(format!("Attributes Reason: {name}: {why}")));
        let object = matches!(serde_json::from_str(value), Ok(Value::Object(_)));
        match name.as_str() {
            "FilterPolicy" | "RedrivePolicy" | "DeliveryPolicy" if !object => {
                return bad("failed to parse JSON.");
            }
            "FilterPolicy" | "RedrivePolicy" | "SubscriptionRoleArn" => {}
            "DeliveryPolicy" if protocol.starts_with("http") => {}
            "FilterPolicyScope" if ["MessageAttributes", "MessageBody"].contains(&value.as_str()) => {}
            "RawMessageDelivery" if !["true", "false"].contains(&value.to_lowercase().as_str()) => {
                return bad(&format!("Invalid value [{value}]. Must be true or false."));
            }
            "RawMessageDelivery" if ["http", "https", "sqs", "firehose"].contains(&protocol) => {}
            "RawMessageDelivery" => {
                return bad(&format!(
                    "Delivery protocol [{protocol}] does not support raw message delivery."
                ));
            }
            _ => return bad("is not a valid attribute of this subscription"),
        }
        checked.insert(name.clone(), value.clone());
    }
    Ok(checked)
}

pub(super) fn confirm_subscription(
    call: &mut Call<'_>,
    input: &ConfirmSubscriptionInput,
) -> Result<ConfirmSubscriptionOutput, Fault> {
    let topic = arn_parts("TopicArn", input.topic_arn())?.join(":");
    if !topic.starts_with(&prefix(call)) {
        return Err(invalid("Topic"));
    }
    let token = input.token().unwrap_or_default();
    if token.is_empty() || !token.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Fault::new("InvalidParameter", "Invalid token"));
    }
    let authenticated = match input.authenticate_on_unsubscribe().map(str::to_lowercase).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(invalid("AuthenticateOnUnsubscribe")),
    };
    forget_expired(call);
    let now = call.world.clock;
    let mut all = call.world.sns.subscriptions.iter_mut();
    let found = all
        .find(|(_, one)| one.topic == topic && one.token == token && one.state != SubscriptionState::Deleted);
    let Some((arn, one)) = found else { return Err(invalid("Token")) };
    // Following a link twice is fine, and changes nothing.
    if one.state == SubscriptionState::Pending {
        one.state = SubscriptionState::Confirmed;
        one.since = now;
        one.authenticated = authenticated;
    }
    Ok(ConfirmSubscriptionOutput::builder().subscription_arn(arn).build())
}

fn listed(arn: &str, one: &Subscription, owner: &str) -> ListedSubscription {
    let shown = match one.state {
        SubscriptionState::Pending => "PendingConfirmation",
        SubscriptionState::Confirmed => arn,
        SubscriptionState::Deleted => "Deleted",
    };
    ListedSubscription::builder()
        .subscription_arn(shown)
        .owner(owner)
        .protocol(&one.protocol)
        .endpoint(&one.endpoint)
        .topic_arn(&one.topic)
        .build()
}

pub(super) fn list_subscriptions(
    call: &mut Call<'_>,
    input: &ListSubscriptionsInput,
) -> Result<ListSubscriptionsOutput, Fault> {
    forget_expired(call);
    let (prefix, owner) = (prefix(call), call.account());
    let all = call.world.sns.subscriptions.iter().filter(|(arn, _)| arn.starts_with(&prefix));
    let rows = all.map(|(arn, one)| listed(arn, one, &owner));
    let (rows, next) = page(rows, input.next_token(), PAGE, "InvalidParameter")?;
    Ok(ListSubscriptionsOutput::builder().set_subscriptions(Some(rows)).set_next_token(next).build())
}

pub(super) fn list_subscriptions_by_topic(
    call: &mut Call<'_>,
    input: &ListSubscriptionsByTopicInput,
) -> Result<ListSubscriptionsByTopicOutput, Fault> {
    let topic = existing_topic(call, input.topic_arn())?;
    forget_expired(call);
    let owner = call.account();
    let all = call.world.sns.subscriptions.iter().filter(|(_, one)| one.topic == topic);
    let rows = all.map(|(arn, one)| listed(arn, one, &owner));
    let (rows, next) = page(rows, input.next_token(), PAGE, "InvalidParameter")?;
    Ok(ListSubscriptionsByTopicOutput::builder().set_subscriptions(Some(rows)).set_next_token(next).build())
}

pub(super) fn get_subscription_attributes(
    call: &mut Call<'_>,
    input: &GetSubscriptionAttributesInput,
) -> Result<GetSubscriptionAttributesOutput, Fault> {
    let arn = arn_parts("SubscriptionArn", input.subscription_arn())?.join(":");
    forget_expired(call);
    let (prefix, account) = (prefix(call), call.account());
    let found = call
        .world
        .sns
        .subscriptions
        .get(&arn)
        .filter(|one| arn.starts_with(&prefix) && one.state != SubscriptionState::Deleted);
    let Some(one) = found else { return Err(not_found("Subscription")) };
    let mut attributes = one.attributes.clone();
    attributes.entry("RawMessageDelivery".to_owned()).or_insert_with(|| "false".to_owned());
    if attributes.contains_key("FilterPolicy") {
        attributes.entry("FilterPolicyScope".to_owned()).or_insert_with(|| "MessageAttributes".to_owned());
    }
    let pending = one.state == SubscriptionState::Pending;
    for (name, value) in [
        ("SubscriptionArn", arn.clone()),
        ("TopicArn", one.topic.clone()),
        ("Protocol", one.protocol.clone()),
        ("Endpoint", one.endpoint.clone()),
        ("SubscriptionPrincipal", format!("arn:aws:iam::{account}:user/sandbox")),
        ("Owner", account),
        ("PendingConfirmation", pending.to_string()),
        ("ConfirmationWasAuthenticated", (!pending && one.authenticated).to_string()),
    ] {
        attributes.insert(name.to_owned(), value);
    }
    let attributes = attributes.into_iter().collect();
    Ok(GetSubscriptionAttributesOutput::builder().set_attributes(Some(attributes)).build())
}

#[cfg(test)]
mod tests;

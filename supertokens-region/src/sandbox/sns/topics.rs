//! Topics: CreateTopic, ListTopics, GetTopicAttributes, SetTopicAttributes.

use std::collections::BTreeMap;

use aws_sdk_sns::operation::create_topic::{CreateTopicInput, CreateTopicOutput};
use aws_sdk_sns::operation::get_topic_attributes::{GetTopicAttributesInput, GetTopicAttributesOutput};
use aws_sdk_sns::operation::list_topics::{ListTopicsInput, ListTopicsOutput};
use aws_sdk_sns::operation::set_topic_attributes::{SetTopicAttributesInput, SetTopicAttributesOutput};
use aws_sdk_sns::types::Topic as ListedTopic;

use super::{
    PAGE, SubscriptionState, Topic, attributes, existing_topic, invalid, policy, prefix, subscriptions, tags,
};
use crate::sandbox::{Call, Fault, page};

pub(super) fn create_topic(
    call: &mut Call<'_>,
    input: &CreateTopicInput,
) -> Result<CreateTopicOutput, Fault> {
    let name = input.name().unwrap_or_default();
    let fifo = input.attributes().and_then(|all| all.get("FifoTopic")).is_some_and(|value| value == "true");
    check_name(name, fifo)?;
    if input.data_protection_policy().is_some() {
        return Err(invalid("DataProtectionPolicy Reason: the embedded AWS has no data protection"));
    }
    let arn = format!("{}{name}", prefix(call));
    let tags = tags::checked(input.tags())?;
    let mut attributes = BTreeMap::new();
    for (name, value) in input.attributes().into_iter().flatten() {
        // Said of an ordinary topic it changes nothing, and AWS doesn't keep it.
        if name == "FifoTopic" && value == "false" {
            continue;
        }
        attributes.insert(name.clone(), attributes::checked(&arn, name, value)?);
    }
    if let Some(topic) = call.world.sns.topics.get(&arn) {
        check_same(topic, &attributes, &tags)?;
    } else {
        attributes.retain(|_, value| !value.is_empty());
        attributes.entry("Policy".to_owned()).or_insert_with(|| policy::default(&arn, &call.account()));
        call.world.sns.topics.insert(arn.clone(), Topic { attributes, tags });
    }
    Ok(CreateTopicOutput::builder().topic_arn(arn).build())
}

fn check_name(name: &str, fifo: bool) -> Result<(), Fault> {
    let stem = if fifo { name.strip_suffix(".fifo").unwrap_or_default() } else { name };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if stem.is_empty() || name.len() > 256 || !stem.chars().all(allowed) {
        return Err(invalid("Topic Name"));
    }
    Ok(())
}

/// Asking for a topic that is there is fine, unless what is asked for is not what is there. What isn't asked for may be
/// as it likes.
fn check_same(
    topic: &Topic,
    attributes: &BTreeMap<String, String>,
    tags: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    let empty = String::new();
    for (name, value) in attributes {
        if topic.attributes.get(name).unwrap_or(&empty) != value {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
    }
    if tags.iter().any(|(key, value)| topic.tags.get(key) != Some(value)) {
        return Err(invalid("Tags Reason: Topic already exists with different tags"));
    }
    Ok(())
}

pub(super) fn list_topics(call: &mut Call<'_>, input: &ListTopicsInput) -> Result<ListTopicsOutput, Fault> {
    let prefix = prefix(call);
    let arns = call.world.sns.topics.keys().filter(|arn| arn.starts_with(&prefix));
    let (arns, next) = page(arns, input.next_token(), PAGE, "InvalidParameter")?;
    let topics = arns.into_iter().map(|arn| ListedTopic::builder().topic_arn(arn).build()).collect();
    Ok(ListTopicsOutput::builder().set_topics(Some(topics)).set_next_token(next).build())
}

pub(super) fn get_topic_attributes(
    call: &mut Call<'_>,
    input: &GetTopicAttributesInput,
) -> Result<GetTopicAttributesOutput, Fault> {
    let arn = existing_topic(call, input.topic_arn())?;
    subscriptions::forget_expired(call);
    let count = |state| {
        let all = call.world.sns.subscriptions.values();
        all.filter(|one| one.topic == arn && one.state == state).count().to_string()
    };
    let mut attributes =
        call.world.sns.topics.get(&arn).map(|topic| topic.attributes.clone()).unwrap_or_default();
    attributes.entry("DisplayName".to_owned()).or_default();
    let delivery = attributes::effective_delivery_policy(attributes.get("DeliveryPolicy"));
    for (name, value) in [
        ("TopicArn", arn.clone()),
        ("Owner", call.account()),
        ("EffectiveDeliveryPolicy", delivery),
        ("SubscriptionsPending", count(SubscriptionState::Pending)),
        ("SubscriptionsConfirmed", count(SubscriptionState::Confirmed)),
        ("SubscriptionsDeleted", count(SubscriptionState::Deleted)),
    ] {
        attributes.insert(name.to_owned(), value);
    }
    if arn.ends_with(".fifo") {
        attributes.entry("ContentBasedDeduplication".to_owned()).or_insert_with(|| "false".to_owned());
    }
    Ok(GetTopicAttributesOutput::builder().set_attributes(Some(attributes.into_iter().collect())).build())
}

pub(super) fn set_topic_attributes(
    call: &mut Call<'_>,
    input: &SetTopicAttributesInput,
) -> Result<SetTopicAttributesOutput, Fault> {
    let arn = existing_topic(call, input.topic_arn())?;
    let name = input.attribute_name().unwrap_or_default();
    if name == "FifoTopic" {
        return Err(invalid("AttributeName"));
    }
    let value = attributes::checked(&arn, name, input.attribute_value().unwrap_or_default())?;
    if let Some(topic) = call.world.sns.topics.get_mut(&arn) {
        if value.is_empty() {
            topic.attributes.remove(name);
        } else {
            topic.attributes.insert(name.to_owned(), value);
        }
    }
    Ok(SetTopicAttributesOutput::builder().build())
}

#[cfg(test)]
mod tests;

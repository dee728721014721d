//! SNS: topics, their subscriptions, their tags.

mod attributes;
mod policy;
mod subscriptions;
mod tags;
mod topics;

use std::collections::BTreeMap;

use aws_sdk_sns::operation::{
    confirm_subscription::ConfirmSubscriptionError, create_topic::CreateTopicError,
    get_subscription_attributes::GetSubscriptionAttributesError,
    get_topic_attributes::GetTopicAttributesError, list_subscriptions::ListSubscriptionsError,
    list_subscriptions_by_topic::ListSubscriptionsByTopicError,
    list_tags_for_resource::ListTagsForResourceError, list_topics::ListTopicsError,
    set_topic_attributes::SetTopicAttributesError, subscribe::SubscribeError, tag_resource::TagResourceError,
    untag_resource::UntagResourceError,
};
use serde::{Deserialize, Serialize};

use super::door::Handlers;
use super::{Call, Fault};

/// What is in SNS, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sns {
    /// The topics, by ARN.
    pub topics: BTreeMap<String, Topic>,
    /// The subscriptions, by ARN: that of their topic and an id.
    pub subscriptions: BTreeMap<String, Subscription>,
}

impl Sns {
    /// Puts in a topic as AWS makes it, with a policy of AWS's own.
    pub fn add_topic(&mut self, arn: &str) {
        let account = arn.split(':').nth(4).unwrap_or_default();
        let attributes = [("Policy".to_owned(), policy::default(arn, account))].into();
        self.topics.insert(arn.to_owned(), Topic { attributes, ..Topic::default() });
    }

    /// Puts in a subscription that its address has confirmed, by the link in the mail.
    pub fn add_confirmed(&mut self, topic: &str, protocol: &str, endpoint: &str, since: i64) {
        let (arn, one) = subscriptions::confirmed(topic, protocol, endpoint, since);
        self.subscriptions.insert(arn, one);
    }
}

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// The attributes that somebody set, by name. `Policy` is always there: without another one it is AWS's own.
    pub attributes: BTreeMap<String, String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// A subscription to a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// The topic's ARN.
    pub topic: String,
    /// `email`, `https`, `sqs` ...
    pub protocol: String,
    /// The address that gets the messages.
    pub endpoint: String,
    /// Whether the address gets them.
    pub state: SubscriptionState,
    /// Since when it is in this state, or when it was last asked to confirm; seconds since 1970.
    pub since: i64,
    /// How often the address was asked to confirm: for `email`, how many mails it got.
    pub mails: u32,
    /// What is in the link that confirms it; empty where nobody has to.
    pub token: String,
    /// Whether only its owner may end it.
    pub authenticated: bool,
    /// The attributes that it was made with.
    pub attributes: BTreeMap<String, String>,
}

impl Subscription {
    /// The link in the mail that asks the address to confirm.
    #[must_use]
    pub fn confirmation_link(&self) -> String {
        let region = self.topic.split(':').nth(3).unwrap_or_default();
        let Self { topic, token, endpoint, .. } = self;
        format!(
            "https://sns.{region}.amazonaws.com/confirmation.html?TopicArn={topic}&Token={token}&Endpoint={endpoint}"
        )
    }
}

/// Whether a subscription's address gets the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// Not yet: its owner has to follow a link, within 48 hours.
    Pending,
    /// Yes.
    Confirmed,
    /// Not any more; AWS still lists it for a while.
    Deleted,
}

/// Topics and subscriptions come in pages of 100, and no call changes that.
const PAGE: usize = 100;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("sns:CreateTopic", topics::create_topic, CreateTopicError::generic);
    handlers.on("sns:ListTopics", topics::list_topics, ListTopicsError::generic);
    handlers.on("sns:GetTopicAttributes", topics::get_topic_attributes, GetTopicAttributesError::generic);
    handlers.on("sns:SetTopicAttributes", topics::set_topic_attributes, SetTopicAttributesError::generic);
    handlers.on("sns:Subscribe", subscriptions::subscribe, SubscribeError::generic);
    handlers.on(
        "sns:ConfirmSubscription",
        subscriptions::confirm_subscription,
        ConfirmSubscriptionError::generic,
    );
    handlers.on("sns:ListSubscriptions", subscriptions::list_subscriptions, ListSubscriptionsError::generic);
    handlers.on(
        "sns:ListSubscriptionsByTopic",
        subscriptions::list_subscriptions_by_topic,
        ListSubscriptionsByTopicError::generic,
    );
    handlers.on(
        "sns:GetSubscriptionAttributes",
        subscriptions::get_subscription_attributes,
        GetSubscriptionAttributesError::generic,
    );
    handlers.on("sns:TagResource", tags::tag_resource, TagResourceError::generic);
    handlers.on("sns:UntagResource", tags::untag_resource, UntagResourceError::generic);
    handlers.on("sns:ListTagsForResource", tags::list_tags_for_resource, ListTagsForResourceError::generic);
}

fn invalid(what: impl std::fmt::Display) -> Fault {
    Fault::new("InvalidParameter", format!("Invalid parameter: {what}"))
}

fn not_found(what: &str) -> Fault {
    Fault::new("NotFound", format!("{what} does not exist")).status(404)
}

/// The prefix of everything of this account in the call's region.
fn prefix(call: &Call<'_>) -> String {
    format!("arn:aws:sns:{}:{}:", call.region, call.account())
}

/// The parts of an ARN that the parameter `name` holds.
fn arn_parts<'a>(name: &str, arn: Option<&'a str>) -> Result<Vec<&'a str>, Fault> {
    let Some(arn) = arn.filter(|arn| !arn.is_empty()) else {
        return Err(invalid(format!("{name} Reason: no value for required parameter")));
    };
    let parts: Vec<&str> = arn.split(':').collect();
    if parts.len() < 6 {
        let count = parts.len();
        return Err(invalid(format!("{name} Reason: An ARN must have at least 6 elements, not {count}")));
    }
    Ok(parts)
}

/// The ARN, if it could be that of a topic of this account in this region.
fn topic_arn(call: &Call<'_>, arn: Option<&str>) -> Result<String, Fault> {
    let parts = arn_parts("TopicArn", arn)?;
    if parts[..4] != ["arn", "aws", "sns", call.region.as_str()] || parts.len() != 6 {
        return Err(invalid("TopicArn"));
    }
    if parts[4] != call.account() {
        let text = format!("User is not authorized to access the topic {}", parts.join(":"));
        return Err(Fault::new("AuthorizationError", text).status(403));
    }
    Ok(parts.join(":"))
}

/// The ARN, if there is a topic of that ARN.
fn existing_topic(call: &Call<'_>, arn: Option<&str>) -> Result<String, Fault> {
    let arn = topic_arn(call, arn)?;
    if call.world.sns.topics.contains_key(&arn) { Ok(arn) } else { Err(not_found("Topic")) }
}

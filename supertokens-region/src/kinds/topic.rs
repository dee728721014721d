//! SNS topics with email subscriptions, and a policy that lets this account's alarms publish.

mod listed;
mod subscriptions;

use std::collections::BTreeMap;

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::subscriptions::{Subscribers, Subscriptions};
use crate::aws::Aws;
use crate::email::Email;
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::policy::{Document, canonical};
use crate::tags::{self, Tags};

/// A Standard SNS topic. Made with [`topic`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    emails: BTreeMap<Email, Subscription>,
    alarms_may_publish: bool,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// An email subscription counts as there when the address was asked, confirmed or not: it is asked once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subscription {
    Asked,
}

/// A Standard topic of this name: 1-256 letters, digits, `_` and `-`. This account's CloudWatch alarms may publish to it.
#[must_use]
pub fn topic(name: &str) -> Topic {
    Topic {
        name: name.to_owned(),
        display_name: None,
        emails: BTreeMap::new(),
        alarms_may_publish: true,
        tags: Tags::new(),
    }
}

impl Topic {
    /// Subscribes this address: AWS mails it a link once, and it is pending until somebody follows the link. One that
    /// nobody followed within 48 hours is gone, and asked for anew.
    #[must_use]
    pub fn email(mut self, address: &str) -> Self {
        self.emails.insert(Email::new(address), Subscription::Asked);
        self
    }

    /// The same with another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The sender's name in mails, up to 100 characters. Default: as it is.
    #[must_use]
    pub fn display_name(mut self, name: &str) -> Self {
        self.display_name = Some(name.to_owned());
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("Topic");
        words.word("topic", topic);
        words.word("email", Self::email);
        words.word("display_name", Self::display_name);
        words.word("tag", Self::tag);
    }
}

/// The rule of the finding that an address has not confirmed yet.
pub(crate) const PENDING: &str = "subscription-pending";

impl Kind for Topic {
    const WORD: &'static str = "topic";

    fn name(&self) -> String {
        self.name.clone()
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = tags::check(&self.tags);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.name.is_empty() || self.name.len() > 256 || !self.name.chars().all(plain) {
            let text = format!("`{}` is not a name that SNS takes", self.name);
            invalid.push(Invalid::new(text).hint("1-256 letters, digits, `_` or `-`"));
        }
        for email in self.emails.keys().filter(|email| !email.is_plausible()) {
            invalid.push(Invalid::new(format!("`{email}` is not an email address")).hint("name@host"));
        }
        if self.display_name.as_ref().is_some_and(|name| name.chars().count() > 100) {
            invalid.push(Invalid::new("the display name is longer than 100 characters"));
        }
        invalid
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<Subscriptions>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let list = cx.aws.list::<Subscriptions>(cx.region);
        let (subscriptions, attributes) =
            tokio::join!(list, join_all(wanted.iter().map(|topic| topic.attributes(cx))));
        let subscriptions = match subscriptions {
            Ok(subscriptions) => subscriptions,
            Err(error) => return all_failed(wanted, &error),
        };
        let live = wanted.iter().zip(attributes).map(|(topic, attributes)| async {
            let Some(attributes) = attributes? else { return Ok(None) };
            let arn = topic.arn(cx);
            let tags = if topic.tags.is_empty() { Tags::new() } else { tags_of(&arn, cx).await? };
            Ok(Some(topic.told(&attributes, subscriptions.0.get(&arn), tags, cx)))
        });
        join_all(live).await
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let (sns, arn) = (cx.aws.sns(cx.region), self.arn(cx));
        if live.is_none() {
            // Without attributes and tags: with others than an existing topic has, AWS refuses.
            sns.create_topic().name(&self.name).send().await?;
        }
        let is_new = live.is_none() && cx.aws.looked_lately();
        let fresh = Topic { alarms_may_publish: true, ..topic(&self.name) };
        let live = live.map_or(&fresh, |live| &live.is);
        if let Some(name) = &self.display_name
            && live.display_name.as_ref() != Some(name)
        {
            set(&arn, "DisplayName", name, cx).await?;
        }
        if !live.alarms_may_publish {
            self.allow_alarms(&arn, cx).await?;
        }
        self.subscribe(&arn, live, is_new, cx).await?;
        let missing = tags::missing(&self.tags, &live.tags);
        if !missing.is_empty() {
            let tag = |(key, value)| aws_sdk_sns::types::Tag::builder().key(key).value(value).build().ok();
            let tags = missing.into_iter().filter_map(tag).collect();
            sns.tag_resource().resource_arn(&arn).set_tags(Some(tags)).send().await?;
        }
        Ok(arn)
    }
}

impl Topic {
    /// Whether any address was asked.
    pub(crate) fn has_subscribers(&self) -> bool {
        !self.emails.is_empty()
    }

    fn arn(&self, cx: &Cx<'_>) -> String {
        cx.arn("sns", cx.region, &self.name)
    }

    async fn attributes(&self, cx: &Cx<'_>) -> Result<Option<Attributes>, Error> {
        let answer = cx.aws.sns(cx.region).get_topic_attributes().topic_arn(self.arn(cx)).send().await;
        let answer = answer.absent(&["NotFound", "NotFoundException"])?;
        Ok(answer.map(|answer| answer.attributes.unwrap_or_default().into_iter().collect()))
    }

    fn told(
        &self,
        attributes: &Attributes,
        subscriptions: Option<&Subscribers>,
        tags: Tags,
        cx: &Cx<'_>,
    ) -> Live<Self> {
        let text = |name: &str| attributes.get(name).map_or("", String::as_str);
        let none = Subscribers::new();
        let subscriptions = subscriptions.unwrap_or(&none);
        let is = Topic {
            name: self.name.clone(),
            display_name: Some(text("DisplayName").to_owned()),
            emails: subscriptions.keys().map(|email| (email.clone(), Subscription::Asked)).collect(),
            alarms_may_publish: Document::parse(text("Policy"))
                .is_ok_and(|policy| lets_alarms_publish(&policy, cx.account())),
            tags,
        };
        let mut live = Live::new(is, self.arn(cx));
        for (email, _) in
            subscriptions.iter().filter(|(email, confirmed)| !**confirmed && self.emails.contains_key(email))
        {
            live.findings.push(
                Finding::warning(PENDING, format!("{email} has not confirmed the subscription"))
                    .hint("follow the link in AWS's mail; it is good for 48 hours"),
            );
        }
        if text("KmsMasterKeyId") == "alias/aws/sns" {
            live.findings.push(
                Finding::error(
                    "alarms-cannot-encrypt",
                    "the topic is encrypted with a key that alarms can't use",
                )
                .hint("use a key of your own whose policy lets cloudwatch.amazonaws.com use it"),
            );
        }
        live
    }

    /// Adds a statement for alarms to the topic's policy; the others stay to the letter.
    async fn allow_alarms(&self, arn: &str, cx: &Cx<'_>) -> Result<(), Error> {
        let attributes = self.attributes(cx).await?.unwrap_or_default();
        let policy = attributes.get("Policy").and_then(|text| Document::parse(text).ok());
        let policy = policy.unwrap_or_else(Document::empty).with(json!({
            "Sid": "AllowCloudWatchAlarms",
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": "SNS:Publish",
            "Resource": arn,
            "Condition": {
                "ArnLike": { "aws:SourceArn": cx.arn("cloudwatch", cx.region, "alarm:*") },
                "StringEquals": { "aws:SourceAccount": cx.account() },
            },
        }));
        set(arn, "Policy", &policy.to_string(), cx).await
    }
}

type Attributes = BTreeMap<String, String>;

/// Whether some statement lets this account's alarms publish: CloudWatch by name, or everybody on behalf of this account,
/// which is what AWS writes into a new topic's policy.
fn lets_alarms_publish(policy: &Document, account: &str) -> bool {
    let has =
        |list: &Value, one: &str| list.as_array().is_some_and(|all| all.iter().any(|value| value == one));
    policy.statements().into_iter().map(canonical).any(|statement| {
        let publishes = ["sns:publish", "sns:*", "*"].iter().any(|action| has(&statement["Action"], action));
        let service = has(&statement["Principal"]["Service"], "cloudwatch.amazonaws.com");
        let everyone = statement["Principal"] == "*";
        let tests = &statement["Condition"]["stringequals"];
        let ours = has(&tests["aws:sourceowner"], account) || has(&tests["aws:sourceaccount"], account);
        let untied = statement.get("Condition").is_none();
        statement["Effect"] == "Allow" && publishes && (service && (ours || untied) || everyone && ours)
    })
}

async fn tags_of(arn: &str, cx: &Cx<'_>) -> Result<Tags, Error> {
    let answer = cx.aws.sns(cx.region).list_tags_for_resource().resource_arn(arn).send().await?;
    Ok(answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

async fn set(arn: &str, name: &str, value: &str, cx: &Cx<'_>) -> Result<(), Error> {
    let sns = cx.aws.sns(cx.region);
    sns.set_topic_attributes().topic_arn(arn).attribute_name(name).attribute_value(value).send().await?;
    Ok(())
}

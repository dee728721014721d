//! Who was asked, and asking.

use std::collections::BTreeMap;

use super::Topic;
use crate::aws::{Aws, Listing};
use crate::email::Email;
use crate::error::Error;
use crate::kind::Cx;

/// Addresses that were asked, and whether they confirmed.
pub(super) type Subscribers = BTreeMap<Email, bool>;

/// All email subscriptions of the region, by topic: one list for all topics.
pub(super) struct Subscriptions(pub(super) BTreeMap<String, Subscribers>);

impl Listing for Subscriptions {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let mut all = BTreeMap::<String, Subscribers>::new();
        let mut pages = aws.sns(region).list_subscriptions().into_paginator().send();
        while let Some(page) = pages.try_next().await? {
            for row in page.subscriptions() {
                note(row, all.entry(row.topic_arn().unwrap_or_default().to_owned()).or_default());
            }
        }
        Ok(Self(all))
    }
}

fn note(row: &aws_sdk_sns::types::Subscription, subscribers: &mut Subscribers) {
    let arn = row.subscription_arn().unwrap_or_default();
    if row.protocol() == Some("email") && arn != "Deleted" {
        subscribers.insert(Email::new(row.endpoint().unwrap_or_default()), arn != "PendingConfirmation");
    }
}

impl Topic {
    /// Asks the addresses that nobody asked yet. Looks once more just before: asking twice mails twice.
    pub(super) async fn subscribe(
        &self,
        arn: &str,
        live: &Self,
        is_new: bool,
        cx: &Cx<'_>,
    ) -> Result<(), Error> {
        if self.emails.keys().all(|email| live.emails.contains_key(email)) {
            return Ok(());
        }
        let sns = cx.aws.sns(cx.region);
        let mut there = Subscribers::new();
        if !is_new {
            let mut pages = sns.list_subscriptions_by_topic().topic_arn(arn).into_paginator().send();
            while let Some(page) = pages.try_next().await? {
                page.subscriptions().iter().for_each(|row| note(row, &mut there));
            }
        }
        for email in self.emails.keys().filter(|email| !there.contains_key(email)) {
            sns.subscribe().topic_arn(arn).protocol("email").endpoint(email.reveal()).send().await?;
        }
        Ok(())
    }
}

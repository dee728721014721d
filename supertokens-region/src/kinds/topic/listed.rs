//! The topics of a region as wanted values, to be made in another one.

use super::{Topic, tags_of, topic};
use crate::error::Error;
use crate::kind::{Cx, Listed};
use crate::kinds::carried::{IN_FLIGHT, fields_of, left_behind, not_copied, own, side_by_side, suspects};
use crate::wanted::{Found, Wanted};

impl Listed for Topic {
    /// SNS tells names in pages, attributes and tags of one topic a call.
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        let mut found = Found::default();
        let (fifo, names): (Vec<_>, Vec<_>) =
            names(cx).await?.into_iter().partition(|name| name.ends_with(".fifo"));
        for name in fifo {
            let what = format!("the topic `{name}`");
            let why = "it is a FIFO topic, which takes no mails";
            found.findings.push(not_copied(&what, cx.region, why, "make it by hand if it is needed"));
        }
        let read = names.iter().map(|name| carried(name, cx));
        for topic in side_by_side(IN_FLIGHT, read.collect()).await {
            found.all.extend(topic?);
        }
        Ok(found)
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        let standard = names(cx).await?.into_iter().filter(|name| !name.ends_with(".fifo"));
        Ok(standard.map(|name| topic(&name)).collect())
    }
}

async fn names(cx: &Cx<'_>) -> Result<Vec<String>, Error> {
    let mut pages = cx.aws.sns(cx.region).list_topics().into_paginator().send();
    let mut names = vec![];
    while let Some(page) = pages.try_next().await? {
        let arns = page.topics().iter().filter_map(|topic| topic.topic_arn());
        names.extend(arns.filter_map(|arn| arn.rsplit(':').next().map(str::to_owned)));
    }
    Ok(names)
}

/// One topic, unless it is gone by now.
async fn carried(name: &str, cx: &Cx<'_>) -> Result<Option<Wanted<Topic>>, Error> {
    let wanted = topic(name);
    let Some(attributes) = wanted.attributes(cx).await? else { return Ok(None) };
    let text = |name: &str| attributes.get(name).map_or("", String::as_str);
    let tags = own(tags_of(&wanted.arn(cx), cx).await?);
    let display_name = Some(text("DisplayName").to_owned()).filter(|name| !name.is_empty());
    let mut told = Wanted::new(Topic { display_name, tags, ..wanted });
    let number = |name: &str| text(name).parse::<usize>().unwrap_or_default();
    let subscribers = number("SubscriptionsConfirmed") + number("SubscriptionsPending");
    for (what, hint) in [
        (
            subscribers > 0,
            ("who is subscribed to the topic", "subscribe those who are to hear of it with `email`"),
        ),
        (
            !text("KmsMasterKeyId").is_empty(),
            (
                "the key of the topic",
                "keys don't leave their region: encrypt the new one by hand if it has to be",
            ),
        ),
        (!text("DeliveryPolicy").is_empty(), ("the delivery policy of the topic", "it is for HTTP only")),
    ]
    .into_iter()
    .filter_map(|(is, told)| is.then_some(told))
    {
        told.findings.push(left_behind(what, cx.region, hint));
    }
    let name = [("name".to_owned(), told.value.name.as_str())];
    let shown = told.value.display_name.iter().map(|name| ("display_name".to_owned(), name.as_str()));
    let suspects = suspects(name.into_iter().chain(shown).chain(fields_of(&told.value.tags)), cx.region);
    told.findings.extend(suspects);
    Ok(Some(told))
}

//! Settings of a bucket that are not carried over: that they are there is told.

use aws_sdk_s3::types::{BucketAccelerateStatus, Payer};
use futures::future::{BoxFuture, FutureExt, join_all};

use super::place::{At, on};
use crate::error::{Absent, Error};
use crate::findings::Finding;

/// The rule of what stays behind.
pub(super) const STAYS: &str = "not-carried-over";

/// A setting, and whether the bucket has it.
type Look<'a> = (&'static str, BoxFuture<'a, Result<bool, Error>>);

/// Looks for each of them. What can't be read keeps nothing from being copied: it is told.
pub(super) async fn look(at: &At<'_>) -> Vec<Finding> {
    let looks = looks(at).map(async |(what, look)| match look.await {
        Ok(there) => there.then(|| has(at.name, what)),
        Err(error) => Some(not_looked_at(at.name, what, &error)),
    });
    join_all(looks).await.into_iter().flatten().collect()
}

/// That the bucket has settings which stay behind.
pub(super) fn has(name: &str, what: &str) -> Finding {
    let text = format!("`{name}` has {what}, which are not copied");
    Finding::warning(STAYS, text).hint("set them here by hand, if they are needed")
}

/// That it can't be told whether the bucket has something.
pub(super) fn not_looked_at(name: &str, what: &str, error: &Error) -> Finding {
    let why = error.code().unwrap_or("no answer");
    let text = format!("whether `{name}` has {what} could not be read: {why}");
    let hint = error.hint().unwrap_or_else(|| "look at it in the console".to_owned());
    Finding::warning("not-looked-at", text).hint(hint)
}

fn looks<'a>(at: &'a At<'a>) -> impl Iterator<Item = Look<'a>> {
    let all: [Look<'a>; 10] = [
        ("settings of a website", website(at).boxed()),
        ("accelerated transfers", accelerated(at).boxed()),
        ("requesters who pay", requesters_pay(at).boxed()),
        ("notifications", notifications(at).boxed()),
        ("locks of objects", locks(at).boxed()),
        ("replication rules", replication(at).boxed()),
        ("inventories", inventories(at).boxed()),
        ("analytics", analytics(at).boxed()),
        ("metrics", metrics(at).boxed()),
        ("intelligent tiers", tiers(at).boxed()),
    ];
    all.into_iter()
}

async fn website(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, get_bucket_website).send().await;
    Ok(answer.absent(&["NoSuchWebsiteConfiguration"])?.is_some())
}

async fn accelerated(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, get_bucket_accelerate_configuration).send().await?;
    Ok(answer.status() == Some(&BucketAccelerateStatus::Enabled))
}

async fn requesters_pay(at: &At<'_>) -> Result<bool, Error> {
    Ok(on!(at, get_bucket_request_payment).send().await?.payer() == Some(&Payer::Requester))
}

async fn notifications(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, get_bucket_notification_configuration).send().await?;
    let to = answer.topic_configurations().len() + answer.queue_configurations().len();
    let to = to + answer.lambda_function_configurations().len();
    Ok(to > 0 || answer.event_bridge_configuration().is_some())
}

async fn locks(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, get_object_lock_configuration).send().await;
    Ok(answer.absent(&["ObjectLockConfigurationNotFoundError"])?.is_some())
}

async fn replication(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, get_bucket_replication).send().await;
    Ok(answer.absent(&["ReplicationConfigurationNotFoundError"])?.is_some())
}

async fn inventories(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, list_bucket_inventory_configurations).send().await?;
    Ok(!answer.inventory_configuration_list().is_empty())
}

async fn analytics(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, list_bucket_analytics_configurations).send().await?;
    Ok(!answer.analytics_configuration_list().is_empty())
}

async fn metrics(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, list_bucket_metrics_configurations).send().await?;
    Ok(!answer.metrics_configuration_list().is_empty())
}

async fn tiers(at: &At<'_>) -> Result<bool, Error> {
    let answer = on!(at, list_bucket_intelligent_tiering_configurations).send().await?;
    Ok(!answer.intelligent_tiering_configuration_list().is_empty())
}

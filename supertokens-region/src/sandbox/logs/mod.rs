//! CloudWatch Logs: log groups, their retention and tags.

mod groups;
mod tags;

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::operation::{
    create_log_group::CreateLogGroupError, delete_retention_policy::DeleteRetentionPolicyError,
    describe_log_groups::DescribeLogGroupsError, list_tags_for_resource::ListTagsForResourceError,
    put_retention_policy::PutRetentionPolicyError, tag_resource::TagResourceError,
    untag_resource::UntagResourceError,
};
use serde::{Deserialize, Serialize};

use super::door::Handlers;
use super::{Call, Fault};

/// What is in CloudWatch Logs, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Logs {
    /// The log groups, by ARN (the one that doesn't end in `:*`).
    pub groups: BTreeMap<String, LogGroup>,
}

/// A log group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    /// When it was made, milliseconds since 1970.
    pub created: i64,
    /// Its class, which nobody can change.
    pub class: LogClass,
    /// For how many days its events are kept; none is for ever.
    pub retention: Option<i32>,
    /// How much is in it.
    pub stored_bytes: i64,
    /// The ARN of the key that its events are encrypted with.
    pub kms_key: Option<String>,
    /// Whether it can't be deleted.
    pub deletion_protection: bool,
    /// How many metric filters read it.
    pub metric_filters: i32,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// What a log group can do, and what it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogClass {
    /// `STANDARD`.
    #[default]
    Standard,
    /// `INFREQUENT_ACCESS`.
    InfrequentAccess,
    /// `DELIVERY`: on its way to S3 or Firehose, its events are kept for two days and nobody can change that.
    Delivery,
}

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("logs:DescribeLogGroups", groups::describe_log_groups, DescribeLogGroupsError::generic);
    handlers.on("logs:CreateLogGroup", groups::create_log_group, CreateLogGroupError::generic);
    handlers.on("logs:PutRetentionPolicy", groups::put_retention_policy, PutRetentionPolicyError::generic);
    handlers.on(
        "logs:DeleteRetentionPolicy",
        groups::delete_retention_policy,
        DeleteRetentionPolicyError::generic,
    );
    handlers.on("logs:TagResource", tags::tag_resource, TagResourceError::generic);
    handlers.on("logs:UntagResource", tags::untag_resource, UntagResourceError::generic);
    handlers.on("logs:ListTagsForResource", tags::list_tags_for_resource, ListTagsForResourceError::generic);
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", text)
}

/// What AWS says where a parameter doesn't fit the service's model.
fn constraint(value: &str, name: &str, rule: &str) -> Fault {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"
    ))
}

fn not_found(text: &str) -> Fault {
    Fault::new("ResourceNotFoundException", text)
}

/// The prefix of the ARN of every log group of this account in the call's region; the name follows.
fn prefix(call: &Call<'_>) -> String {
    format!("arn:aws:logs:{}:{}:log-group:", call.region, call.account())
}

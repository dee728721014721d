//! Where a bucket's objects are copied to.

mod convert;

use std::collections::BTreeSet;

use aws_sdk_s3::operation::{
    get_bucket_replication::{
        GetBucketReplicationError, GetBucketReplicationInput, GetBucketReplicationOutput,
    },
    put_bucket_replication::{
        PutBucketReplicationError, PutBucketReplicationInput, PutBucketReplicationOutput,
    },
};
use aws_sdk_s3::types::StorageClass;

use super::{
    Call, Fault, Handlers, Replication, ReplicationRule, S3, Timed, body, bucket, invalid_argument,
    invalid_request, malformed_xml, set,
};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketReplication", get_replication, GetBucketReplicationError::generic);
    handlers.on("s3:PutBucketReplication", put_replication, PutBucketReplicationError::generic);
}

fn get_replication(
    call: &mut Call<'_>,
    input: &GetBucketReplicationInput,
) -> Result<GetBucketReplicationOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let replication = set(
        bucket.replication.as_ref(),
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    )?;
    let configuration = convert::write(replication)?;
    Ok(GetBucketReplicationOutput::builder().replication_configuration(configuration).build())
}

fn put_replication(
    call: &mut Call<'_>,
    input: &PutBucketReplicationInput,
) -> Result<PutBucketReplicationOutput, Fault> {
    let source = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let (versioned, locked) = (source.versioned(), source.object_lock);
    let configuration = body(input.replication_configuration())?;
    let name = input.bucket().unwrap_or_default();
    let made_up = |index: usize| call.id("replication-", &format!("{name} {index}"));
    let replication = convert::read(configuration, made_up)?;
    check_rules(&replication)?;
    if !versioned {
        let text = "Versioning must be 'Enabled' on the bucket to apply a replication configuration";
        return Err(invalid_request(text));
    }
    let account = call.account();
    for rule in &replication.rules {
        check_rule(rule)?;
        check_destination(rule, &call.world.s3, name, locked, &account)?;
    }
    bucket(call, input.bucket(), input.expected_bucket_owner())?.replication = Some(replication);
    Ok(PutBucketReplicationOutput::builder().build())
}

/// What the rules mean for one another. AWS knows two forms of rules, the old with a prefix and the new with a filter,
/// and mixes neither their members nor the rules themselves.
fn check_rules(replication: &Replication) -> Result<(), Fault> {
    let rules = &replication.rules;
    let mut parts = replication.role.splitn(6, ':');
    let arn = [parts.next(), parts.next(), parts.next(), parts.next()];
    let account = parts.next().unwrap_or_default();
    let is_role = parts.next().is_some_and(|role| role.len() > "role/".len() && role.starts_with("role/"));
    if arn != [Some("arn"), Some("aws"), Some("iam"), Some("")] || account.len() != 12 || !is_role {
        return Err(invalid_argument("Invalid Role specified in replication configuration"));
    }
    let mut ids = BTreeSet::new();
    if !rules.iter().all(|rule| ids.insert(&rule.id)) {
        return Err(invalid_argument("Rule ID must be unique. Found same ID for more than one rule"));
    }
    let new_form = rules.iter().any(|rule| rule.filter.is_some());
    if new_form && rules.iter().any(|rule| rule.prefix.is_some()) {
        return Err(invalid_request(
            "Rules with Filter and rules with Prefix cannot be in one configuration",
        ));
    }
    let mut priorities = BTreeSet::new();
    if new_form && !rules.iter().all(|rule| priorities.insert(rule.priority)) {
        return Err(invalid_request("Priority must be unique for each rule"));
    }
    let destinations: BTreeSet<_> = rules.iter().map(|rule| &rule.bucket).collect();
    if !new_form && destinations.len() > 1 {
        return Err(invalid_request("Number of distinct destination bucket ARNs cannot exceed 1"));
    }
    let prefixes: Vec<_> = rules.iter().filter_map(|rule| rule.prefix.as_deref()).collect();
    let overlaps = |(index, one): (usize, &&str)| {
        let others = prefixes.iter().enumerate().filter(move |(other, _)| *other != index);
        others.into_iter().any(|(_, other)| other.starts_with(*one))
    };
    if prefixes.iter().enumerate().any(overlaps) {
        return Err(invalid_request("Found overlapping prefixes in the rules"));
    }
    Ok(())
}

/// What the members of a rule mean for one another.
fn check_rule(rule: &ReplicationRule) -> Result<(), Fault> {
    let members =
        [("Priority", rule.priority.is_some()), ("DeleteMarkerReplication", rule.delete_markers.is_some())];
    for (member, given) in members {
        let must = if rule.filter.is_some() { "must be specified" } else { "cannot be used" };
        if given != rule.filter.is_some() {
            let text = format!(
                "{member} {must} for this version of Cross Region Replication configuration schema. Please refer to \
                 S3 Developer Guide for more information."
            );
            return Err(invalid_request(text));
        }
    }
    if rule.priority.is_some_and(|priority| priority < 0) {
        return Err(invalid_argument("Priority must not be negative"));
    }
    let by_tag = rule.filter.as_ref().is_some_and(|filter| !filter.tags.is_empty());
    if by_tag && rule.delete_markers.as_deref() == Some("Enabled") {
        let text = "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 \
                    Developer Guide for more information.";
        return Err(invalid_request(text));
    }
    if rule.kms_key.is_some() && rule.sse_kms_objects.as_deref() != Some("Enabled") {
        let text = "SseKmsEncryptedObjects must be Enabled if EncryptionConfiguration is present.";
        return Err(invalid_request(text));
    }
    if rule.sse_kms_objects.as_deref() == Some("Enabled") && rule.kms_key.is_none() {
        let text = "EncryptionConfiguration must be specified if SseKmsEncryptedObjects tag is present.";
        return Err(invalid_request(text));
    }
    let in_time = |it: &Option<Timed>| it.as_ref().is_some_and(|it| it.status == "Enabled");
    if in_time(&rule.replication_time) && !in_time(&rule.metrics) {
        return Err(invalid_request("Metrics must be enabled if ReplicationTime is enabled"));
    }
    for timed in [&rule.replication_time, &rule.metrics].into_iter().flatten() {
        if timed.minutes.is_some_and(|minutes| minutes != 15) {
            return Err(invalid_request("Minutes must be 15"));
        }
    }
    if rule.replication_time.as_ref().is_some_and(|it| it.minutes.is_none()) {
        return Err(malformed_xml());
    }
    if rule.owner_override && rule.account.is_none() {
        return Err(invalid_request("Account must be specified if AccessControlTranslation is present"));
    }
    let class = rule.storage_class.as_deref();
    if class.is_some_and(|class| !StorageClass::values().contains(&class)) {
        return Err(malformed_xml());
    }
    Ok(())
}

fn check_destination(
    rule: &ReplicationRule,
    s3: &S3,
    source: &str,
    locked: bool,
    account: &str,
) -> Result<(), Fault> {
    let name =
        rule.bucket.strip_prefix("arn:aws:s3:::").filter(|name| !name.is_empty() && !name.contains('/'));
    let name = name.ok_or_else(|| invalid_argument("Invalid bucket ARN"))?;
    if name == source {
        return Err(invalid_request("Destination bucket cannot be the same as the source bucket"));
    }
    let Some(destination) = s3.buckets.get(name) else {
        return Err(invalid_request("Destination bucket must exist."));
    };
    if rule.account.as_deref().is_some_and(|owner| owner != account) {
        return Err(invalid_request("Account does not own the destination bucket"));
    }
    if !destination.versioned() {
        return Err(invalid_request("Destination bucket must have versioning enabled."));
    }
    if locked && !destination.object_lock {
        return Err(invalid_request("Destination bucket must have Object Lock enabled."));
    }
    Ok(())
}

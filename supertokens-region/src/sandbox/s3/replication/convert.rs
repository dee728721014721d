//! Replication as the SDK has it, and as the world has it.

use aws_sdk_s3::types::{
    self, AccessControlTranslation, DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination,
    EncryptionConfiguration, Metrics, MetricsStatus, OwnerOverride, ReplicaModifications,
    ReplicaModificationsStatus, ReplicationConfiguration, ReplicationRuleAndOperator, ReplicationRuleFilter,
    ReplicationRuleStatus, ReplicationTime, ReplicationTimeStatus, ReplicationTimeValue,
    SourceSelectionCriteria, SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus, Tag,
};

use super::super::lifecycle::read_tags;
use super::super::{
    Fault, Filter, Replication, ReplicationRule, Timed, built, invalid_argument, malformed_xml, tagging,
};

pub(super) fn read(
    given: &ReplicationConfiguration,
    made_up_id: impl Fn(usize) -> String,
) -> Result<Replication, Fault> {
    if !(1..=1000).contains(&given.rules().len()) {
        return Err(malformed_xml());
    }
    let rules = given.rules().iter().enumerate().map(|(index, rule)| read_rule(rule, made_up_id(index)));
    Ok(Replication { role: given.role().to_owned(), rules: rules.collect::<Result<_, _>>()? })
}

#[expect(deprecated, reason = "old rules have a prefix in place of a filter")]
fn read_rule(rule: &types::ReplicationRule, made_up_id: String) -> Result<ReplicationRule, Fault> {
    let id = rule.id().filter(|id| !id.is_empty()).map_or(made_up_id, str::to_owned);
    if id.chars().count() > 255 {
        return Err(invalid_argument("ID length should not exceed allowed limit of 255"));
    }
    // AWS took the replication of existing objects back.
    if rule.filter().is_some() == rule.prefix().is_some() || rule.existing_object_replication().is_some() {
        return Err(malformed_xml());
    }
    let criteria = rule.source_selection_criteria();
    let destination = rule.destination().ok_or_else(malformed_xml)?;
    Ok(ReplicationRule {
        id,
        priority: rule.priority(),
        prefix: rule.prefix().map(str::to_owned),
        filter: rule.filter().map(read_filter).transpose()?,
        status: known(rule.status().as_str(), ReplicationRuleStatus::values())?,
        sse_kms_objects: criteria
            .and_then(|it| it.sse_kms_encrypted_objects())
            .map(|it| known(it.status().as_str(), SseKmsEncryptedObjectsStatus::values()))
            .transpose()?,
        replica_modifications: criteria
            .and_then(|it| it.replica_modifications())
            .map(|it| known(it.status().as_str(), ReplicaModificationsStatus::values()))
            .transpose()?,
        delete_markers: rule
            .delete_marker_replication()
            .map(|it| {
                let status = it.status().ok_or_else(malformed_xml)?;
                known(status.as_str(), DeleteMarkerReplicationStatus::values())
            })
            .transpose()?,
        bucket: destination.bucket().to_owned(),
        account: destination.account().map(str::to_owned),
        storage_class: destination.storage_class().map(|class| class.as_str().to_owned()),
        owner_override: destination
            .access_control_translation()
            .map(|it| known(it.owner().as_str(), OwnerOverride::values()))
            .transpose()?
            .is_some(),
        kms_key: destination
            .encryption_configuration()
            .map(|it| it.replica_kms_key_id().map(str::to_owned).ok_or_else(malformed_xml))
            .transpose()?,
        replication_time: destination
            .replication_time()
            .map(|it| {
                let status = known(it.status().as_str(), ReplicationTimeStatus::values())?;
                Ok::<_, Fault>(Timed { status, minutes: it.time().and_then(|time| time.minutes()) })
            })
            .transpose()?,
        metrics: destination
            .metrics()
            .map(|it| {
                let status = known(it.status().as_str(), MetricsStatus::values())?;
                Ok::<_, Fault>(Timed {
                    status,
                    minutes: it.event_threshold().and_then(|time| time.minutes()),
                })
            })
            .transpose()?,
    })
}

fn known(word: &str, words: &[&str]) -> Result<String, Fault> {
    if words.contains(&word) { Ok(word.to_owned()) } else { Err(malformed_xml()) }
}

/// One condition stands alone, several stand in `And`.
fn read_filter(given: &ReplicationRuleFilter) -> Result<Filter, Fault> {
    let tags: Vec<Tag> = given.tag().cloned().into_iter().collect();
    let plain =
        Filter { prefix: given.prefix().map(str::to_owned), tags: read_tags(&tags)?, ..Filter::default() };
    let Some(and) = given.and() else {
        return if plain.parts() <= 1 { Ok(plain) } else { Err(malformed_xml()) };
    };
    let several =
        Filter { prefix: and.prefix().map(str::to_owned), tags: read_tags(and.tags())?, ..Filter::default() };
    if plain.parts() > 0 || several.parts() < 2 { Err(malformed_xml()) } else { Ok(several) }
}

pub(super) fn write(replication: &Replication) -> Result<ReplicationConfiguration, Fault> {
    let rules = replication.rules.iter().map(write_rule).collect::<Result<Vec<_>, _>>()?;
    built(ReplicationConfiguration::builder().role(&replication.role).set_rules(Some(rules)).build())
}

#[expect(deprecated, reason = "old rules have a prefix in place of a filter")]
fn write_rule(rule: &ReplicationRule) -> Result<types::ReplicationRule, Fault> {
    let sse_kms = rule
        .sse_kms_objects
        .as_deref()
        .map(|status| built(SseKmsEncryptedObjects::builder().status(status.into()).build()));
    let modifications = rule
        .replica_modifications
        .as_deref()
        .map(|status| built(ReplicaModifications::builder().status(status.into()).build()));
    let criteria = SourceSelectionCriteria::builder()
        .set_sse_kms_encrypted_objects(sse_kms.transpose()?)
        .set_replica_modifications(modifications.transpose()?)
        .build();
    let given = rule.sse_kms_objects.is_some() || rule.replica_modifications.is_some();
    let delete_markers = rule
        .delete_markers
        .as_deref()
        .map(|status| DeleteMarkerReplication::builder().status(status.into()).build());
    built(
        types::ReplicationRule::builder()
            .id(&rule.id)
            .set_priority(rule.priority)
            .set_prefix(rule.prefix.clone())
            .set_filter(rule.filter.as_ref().map(write_filter).transpose()?)
            .status(rule.status.as_str().into())
            .set_source_selection_criteria(given.then_some(criteria))
            .destination(write_destination(rule)?)
            .set_delete_marker_replication(delete_markers)
            .build(),
    )
}

fn write_filter(filter: &Filter) -> Result<ReplicationRuleFilter, Fault> {
    let mut tags = tagging::write(&filter.tags)?;
    let prefix = filter.prefix.clone();
    if filter.parts() <= 1 {
        return Ok(ReplicationRuleFilter::builder().set_prefix(prefix).set_tag(tags.pop()).build());
    }
    let and = ReplicationRuleAndOperator::builder().set_prefix(prefix).set_tags(Some(tags)).build();
    Ok(ReplicationRuleFilter::builder().and(and).build())
}

fn write_destination(rule: &ReplicationRule) -> Result<Destination, Fault> {
    let minutes =
        |timed: &Timed| timed.minutes.map(|minutes| ReplicationTimeValue::builder().minutes(minutes).build());
    let owner = rule
        .owner_override
        .then(|| built(AccessControlTranslation::builder().owner(OwnerOverride::Destination).build()));
    let time = rule.replication_time.as_ref().map(|it| {
        built(ReplicationTime::builder().status(it.status.as_str().into()).set_time(minutes(it)).build())
    });
    let metrics = rule.metrics.as_ref().map(|it| {
        built(Metrics::builder().status(it.status.as_str().into()).set_event_threshold(minutes(it)).build())
    });
    let encryption =
        rule.kms_key.as_ref().map(|key| EncryptionConfiguration::builder().replica_kms_key_id(key).build());
    built(
        Destination::builder()
            .bucket(&rule.bucket)
            .set_account(rule.account.clone())
            .set_storage_class(rule.storage_class.as_deref().map(Into::into))
            .set_access_control_translation(owner.transpose()?)
            .set_encryption_configuration(encryption)
            .set_replication_time(time.transpose()?)
            .set_metrics(metrics.transpose()?)
            .build(),
    )
}

//! The parts of a rule as S3 has them, in its old form and in its new one.

use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, MetricsStatus, ReplicaModificationsStatus,
    ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus,
    ReplicationTimeStatus, SourceSelectionCriteria,
};

/// Whether the rule copies into this bucket.
pub(in crate::kinds) fn goes_to(rule: &ReplicationRule, bucket: &str) -> bool {
    let arn = rule.destination().map(|destination| destination.bucket()).unwrap_or_default();
    arn.rsplit_once(":::").is_some_and(|(_, name)| name == bucket)
}

/// Where among the rules the one to this bucket is: one that is enabled, if there are several.
pub(super) fn place_of(all: &ReplicationConfiguration, bucket: &str) -> Option<usize> {
    let places = || all.rules().iter().enumerate().filter(|(_, rule)| goes_to(rule, bucket));
    let enabled = places().find(|(_, rule)| *rule.status() == ReplicationRuleStatus::Enabled);
    enabled.or_else(|| places().next()).map(|(place, _)| place)
}

/// Whether the rule is of S3's old form, which has a prefix in place of a filter.
pub(super) fn is_old(rule: &ReplicationRule) -> bool {
    rule.filter().is_none()
}

/// Makes old rules new ones that do the same: the old ones replicate deletions without saying so.
#[expect(deprecated, reason = "old rules have a prefix in place of a filter")]
pub(in crate::kinds) fn in_new_form(rules: &mut [ReplicationRule]) {
    for place in 0..rules.len() {
        if is_old(&rules[place]) {
            let priority = rules[place].priority.unwrap_or_else(|| free_priority(rules));
            let rule = &mut rules[place];
            let prefix = rule.prefix.take().unwrap_or_default();
            rule.filter = Some(ReplicationRuleFilter::builder().prefix(prefix).build());
            rule.priority = Some(priority);
            let on = || delete_markers(DeleteMarkerReplicationStatus::Enabled);
            rule.delete_marker_replication.get_or_insert_with(on);
        }
    }
}

pub(super) fn delete_markers(status: DeleteMarkerReplicationStatus) -> DeleteMarkerReplication {
    DeleteMarkerReplication::builder().status(status).build()
}

/// A priority above all others; where that is S3's highest, the lowest that is free.
pub(super) fn free_priority(rules: &[ReplicationRule]) -> i32 {
    let taken: Vec<_> = rules.iter().filter_map(ReplicationRule::priority).collect();
    let next = taken.iter().max().map_or(Some(1), |highest| highest.checked_add(1));
    next.or_else(|| (1..i32::MAX).find(|free| !taken.contains(free))).unwrap_or(1)
}

/// Whether the rule says something of keys of KMS.
pub(super) fn has_key(rule: &ReplicationRule) -> bool {
    let criteria = rule.source_selection_criteria();
    rule.destination().is_some_and(|destination| destination.encryption_configuration().is_some())
        || criteria.is_some_and(|criteria| criteria.sse_kms_encrypted_objects().is_some())
}

/// Gives the rule what this one says of keys of KMS, and nothing else of them.
pub(super) fn key_of(from: Option<&ReplicationRule>, rule: &mut ReplicationRule) {
    let key = from.and_then(|from| from.destination()?.encryption_configuration().cloned());
    let objects =
        from.and_then(|from| from.source_selection_criteria()?.sse_kms_encrypted_objects().cloned());
    if let Some(destination) = &mut rule.destination {
        destination.encryption_configuration = key;
    }
    let old = rule.source_selection_criteria.take().and_then(|criteria| criteria.replica_modifications);
    rule.source_selection_criteria = (old.is_some() || objects.is_some()).then(|| {
        let criteria = SourceSelectionCriteria::builder().set_sse_kms_encrypted_objects(objects);
        criteria.set_replica_modifications(old).build()
    });
}

/// What two rules do differently, beside where they copy to, their ids, priorities, states and keys.
pub(super) fn differences(one: &ReplicationRule, other: &ReplicationRule) -> Vec<&'static str> {
    let (one, other) = (parts(one), parts(other));
    let names =
        ["filter", "storage class", "delete markers", "metrics", "time control", "replica changes", "owner"];
    let differs = names.into_iter().zip(one.iter().zip(&other));
    differs.filter(|(_, (one, other))| one != other).map(|(name, _)| name).collect()
}

/// The parts of a rule, each as a text; what says nothing, or that it is off, is empty.
fn parts(rule: &ReplicationRule) -> [String; 7] {
    let mut rule = rule.clone();
    in_new_form(std::slice::from_mut(&mut rule));
    let destination = rule.destination();
    let on = |on: bool, more: &dyn std::fmt::Debug| if on { format!("{more:?}") } else { String::new() };
    let filter = rule.filter().map(|filter| {
        let prefix = filter.prefix().unwrap_or_default();
        on(
            !prefix.is_empty() || filter.tag().is_some() || filter.and().is_some(),
            &(prefix, filter.tag(), filter.and()),
        )
    });
    let class = destination.and_then(|it| it.storage_class()).map(|class| class.as_str().to_owned());
    let markers = rule.delete_marker_replication().and_then(|it| it.status());
    let metrics = destination.and_then(|it| it.metrics());
    let time = destination.and_then(|it| it.replication_time());
    let changes = rule.source_selection_criteria().and_then(|it| it.replica_modifications());
    let owner = destination.and_then(|it| it.access_control_translation());
    [
        filter.unwrap_or_default(),
        class.unwrap_or_default(),
        on(markers == Some(&DeleteMarkerReplicationStatus::Enabled), &()),
        on(metrics.is_some_and(|it| *it.status() == MetricsStatus::Enabled), &metrics),
        on(time.is_some_and(|it| *it.status() == ReplicationTimeStatus::Enabled), &time),
        on(changes.is_some_and(|it| *it.status() == ReplicaModificationsStatus::Enabled), &()),
        on(owner.is_some(), &owner),
    ]
}

#[cfg(test)]
#[expect(deprecated, reason = "the old form of rules")]
mod tests {
    use super::*;
    use aws_sdk_s3::types::{Destination, StorageClass};

    fn rule(priority: Option<i32>) -> ReplicationRule {
        let destination = Destination::builder().bucket("arn:aws:s3:::one").build().unwrap();
        let rule = ReplicationRule::builder().status(ReplicationRuleStatus::Enabled).destination(destination);
        let rule = match priority {
            Some(priority) => {
                rule.priority(priority).filter(ReplicationRuleFilter::builder().prefix("a/").build())
            }
            None => rule.prefix("a/"),
        };
        rule.build().unwrap()
    }

    #[test]
    fn rules_go_to_buckets_of_exactly_this_name() {
        assert!(goes_to(&rule(None), "one"));
        assert!(!goes_to(&rule(None), "on") && !goes_to(&rule(None), "ne") && !goes_to(&rule(None), ""));
    }

    #[test]
    fn old_rules_become_new_ones_that_do_the_same() {
        let mut rules = vec![rule(None), rule(Some(7)), rule(None)];
        let kept = rules[1].clone();
        in_new_form(&mut rules);
        assert_eq!(rules.iter().map(|rule| rule.priority).collect::<Vec<_>>(), [Some(8), Some(7), Some(9)]);
        assert_eq!(rules[1], kept);
        assert_eq!((rules[0].prefix(), rules[0].filter()), (None, kept.filter()));
        let on = delete_markers(DeleteMarkerReplicationStatus::Enabled);
        assert_eq!(rules[0].delete_marker_replication, Some(on));
        assert_eq!(differences(&rule(None), &rules[0]), [] as [&str; 0]);
        assert_eq!(differences(&rule(None), &kept), ["delete markers"]);
    }

    #[test]
    fn a_free_priority_is_above_all_others() {
        assert_eq!(free_priority(&[]), 1);
        assert_eq!(free_priority(&[rule(Some(3)), rule(Some(1))]), 4);
        assert_eq!(free_priority(&[rule(Some(i32::MAX)), rule(Some(1))]), 2);
    }

    #[test]
    fn what_is_said_of_nothing_and_that_it_is_off_mean_the_same() {
        let mut other = rule(Some(1));
        other.delete_marker_replication = Some(delete_markers(DeleteMarkerReplicationStatus::Disabled));
        assert_eq!(differences(&rule(Some(2)), &other), [] as [&str; 0]);
        other.filter = Some(ReplicationRuleFilter::builder().build());
        other.destination.as_mut().unwrap().storage_class = Some(StorageClass::StandardIa);
        assert_eq!(differences(&rule(Some(2)), &other), ["filter", "storage class"]);
    }
}

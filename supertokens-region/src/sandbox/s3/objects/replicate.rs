//! Copies of new objects, as the bucket's rules say: as soon as the object is there, which AWS takes minutes for.

use super::super::{Filter, ReplicationRule};
use super::{Object, S3, Version};

/// Copies a version that was just stored to wherever it goes, and tells what its replication status is then. What came by
/// replication itself goes nowhere.
pub(super) fn replicate(s3: &mut S3, bucket: &str, key: &str, version: &Version) -> Option<String> {
    let source = s3.buckets.get(bucket)?;
    let object = version.object.as_ref()?;
    let mut rules: Vec<ReplicationRule> = source.replication.as_ref()?.rules.clone();
    rules.retain(|rule| rule.status == "Enabled" && covers(rule, key, object));
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    // Of several rules to one bucket, the one with the highest priority counts.
    let mut done: Vec<&str> = vec![];
    let mut failed = false;
    for rule in &rules {
        let name = rule.bucket.rsplit(':').next().unwrap_or_default();
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        match s3.buckets.get_mut(name).filter(|destination| destination.versioned()) {
            Some(destination) => {
                let replica = replica(rule, object, destination.encryption.clone());
                let versions = destination.objects.versions.entry(key.to_owned()).or_default();
                versions.push(Version { object: Some(replica), ..version.clone() });
            }
            None => failed = true,
        }
    }
    let status = if failed { "FAILED" } else { "COMPLETED" };
    (!done.is_empty()).then(|| status.to_owned())
}

/// Whether the rule is about this object. Objects with keys of KMS are only copied where the rule says so.
fn covers(rule: &ReplicationRule, key: &str, object: &Object) -> bool {
    let filter = rule.filter.clone().unwrap_or_default();
    let Filter { prefix, tags, .. } = filter;
    let prefix = prefix.or_else(|| rule.prefix.clone()).unwrap_or_default();
    let with_kms = object.encryption.as_ref().is_some_and(|it| it.algorithm.starts_with("aws:kms"));
    key.starts_with(&prefix)
        && tags.iter().all(|(name, value)| object.tags.get(name) == Some(value))
        && (!with_kms || rule.sse_kms_objects.as_deref() == Some("Enabled"))
}

fn replica(rule: &ReplicationRule, object: &Object, default: Option<super::Encryption>) -> Object {
    let class = rule.storage_class.clone().unwrap_or_else(|| object.storage_class.clone());
    let with_key = rule.kms_key.clone().map(|key| super::Encryption {
        algorithm: "aws:kms".to_owned(),
        kms_key: Some(key),
        bucket_key: false,
        blocked: vec![],
    });
    Object {
        storage_class: class,
        encryption: with_key.or(default),
        replication: Some("REPLICA".to_owned()),
        ..object.clone()
    }
}

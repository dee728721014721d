use aws_sdk_s3::types::builders::{DestinationBuilder, ReplicationRuleBuilder};
use aws_sdk_s3::types::{
    AccessControlTranslation, DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination,
    EncryptionConfiguration, ExistingObjectReplication, ExistingObjectReplicationStatus, Metrics,
    MetricsStatus, OwnerOverride, ReplicationConfiguration, ReplicationRule, ReplicationRuleAndOperator,
    ReplicationRuleFilter, ReplicationRuleStatus, ReplicationTime, ReplicationTimeStatus,
    ReplicationTimeValue, SourceSelectionCriteria, SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus,
    StorageClass, Tag, VersioningConfiguration,
};

use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/s3crr";

/// `ssl` in us-east-1 and `one` and `two` in [`R`], all with versions.
async fn with_three() -> (Sandbox, Aws) {
    let (sandbox, aws) = with_one().await;
    make(&aws, R, "two").await;
    make(&aws, FIRST, "ssl").await;
    for (region, name) in [(R, "one"), (R, "two"), (FIRST, "ssl")] {
        version(&aws, region, name, "Enabled").await.unwrap();
    }
    (sandbox, aws)
}

async fn version(aws: &Aws, region: &str, name: &str, status: &str) -> Result<(), crate::Error> {
    let configuration = VersioningConfiguration::builder().status(status.into()).build();
    let call = aws.s3(region).put_bucket_versioning().bucket(name);
    call.versioning_configuration(configuration).send().await?;
    Ok(())
}

fn to(bucket: &str) -> DestinationBuilder {
    Destination::builder().bucket(format!("arn:aws:s3:::{bucket}"))
}

fn delete_markers(status: DeleteMarkerReplicationStatus) -> DeleteMarkerReplication {
    DeleteMarkerReplication::builder().status(status).build()
}

fn rule(bucket: &str, priority: i32) -> ReplicationRuleBuilder {
    ReplicationRule::builder()
        .id(bucket)
        .priority(priority)
        .status(ReplicationRuleStatus::Enabled)
        .filter(ReplicationRuleFilter::builder().prefix("").build())
        .delete_marker_replication(delete_markers(DeleteMarkerReplicationStatus::Disabled))
        .destination(to(bucket).build().unwrap())
}

async fn put_with(aws: &Aws, role: &str, rules: Vec<ReplicationRuleBuilder>) -> Result<(), crate::Error> {
    let rules = rules.into_iter().map(|rule| rule.build().unwrap()).collect();
    let configuration =
        ReplicationConfiguration::builder().role(role).set_rules(Some(rules)).build().unwrap();
    let call = aws.s3(FIRST).put_bucket_replication().bucket("ssl");
    call.replication_configuration(configuration).send().await?;
    Ok(())
}

async fn put(aws: &Aws, rules: Vec<ReplicationRuleBuilder>) -> Result<(), crate::Error> {
    put_with(aws, ROLE, rules).await
}

async fn get(aws: &Aws) -> Vec<ReplicationRule> {
    let answer = aws.s3(FIRST).get_bucket_replication().bucket("ssl").send().await.unwrap();
    let configuration = answer.replication_configuration.unwrap();
    assert_eq!(configuration.role(), ROLE);
    configuration.rules
}

fn message(error: &crate::Error) -> String {
    assert_eq!(error.code(), Some("InvalidRequest"));
    error.to_string()
}

#[tokio::test]
async fn put_bucket_replication_without_versioning_is_refused() {
    let (_, aws) = with_three().await;
    version(&aws, FIRST, "ssl", "Suspended").await.unwrap();
    let error = put(&aws, vec![rule("one", 1)]).await.unwrap_err();
    assert!(message(&error).contains("Versioning must be 'Enabled' on the bucket"));
}

#[tokio::test]
async fn replication_to_an_unversioned_destination_is_refused() {
    let (_, aws) = with_three().await;
    version(&aws, R, "one", "Suspended").await.unwrap();
    let error = put(&aws, vec![rule("one", 1)]).await.unwrap_err();
    assert!(message(&error).contains("Destination bucket must have versioning enabled"));
}

#[tokio::test]
async fn replication_to_a_missing_destination_is_refused() {
    let (_, aws) = with_three().await;
    let error = put(&aws, vec![rule("one", 1), rule("none", 2)]).await.unwrap_err();
    assert!(message(&error).contains("Destination bucket must exist"));
    let absent = aws.s3(FIRST).get_bucket_replication().bucket("ssl").send().await;
    assert_eq!(code(absent), "ReplicationConfigurationNotFoundError");
}

#[tokio::test]
async fn put_bucket_replication_with_one_rule_reads_back() {
    let (_, aws) = with_three().await;
    put(&aws, vec![rule("one", 1)]).await.unwrap();
    assert_eq!(get(&aws).await, [rule("one", 1).build().unwrap()]);
    // While it is on, the source keeps its versions.
    let error = version(&aws, FIRST, "ssl", "Suspended").await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidBucketState"));
}

#[tokio::test]
async fn put_bucket_replication_with_several_rules_replaces_all_and_reads_back() {
    let (_, aws) = with_three().await;
    put(&aws, vec![rule("one", 1)]).await.unwrap();
    let fifteen = ReplicationTimeValue::builder().minutes(15).build();
    let time = ReplicationTime::builder().status(ReplicationTimeStatus::Enabled).time(fifteen.clone());
    let metrics = Metrics::builder().status(MetricsStatus::Enabled).event_threshold(fifteen);
    let override_owner = AccessControlTranslation::builder().owner(OwnerOverride::Destination).build();
    let full = to("two")
        .account("123456789012")
        .storage_class(StorageClass::StandardIa)
        .access_control_translation(override_owner.unwrap())
        .encryption_configuration(EncryptionConfiguration::builder().replica_kms_key_id("key").build())
        .replication_time(time.build().unwrap())
        .metrics(metrics.build().unwrap());
    let kms =
        SseKmsEncryptedObjects::builder().status(SseKmsEncryptedObjectsStatus::Enabled).build().unwrap();
    let tag = Tag::builder().key("k").value("v").build().unwrap();
    let and = ReplicationRuleAndOperator::builder().prefix("a/").tags(tag).build();
    let two = || {
        rule("two", 2)
            .filter(ReplicationRuleFilter::builder().and(and.clone()).build())
            .source_selection_criteria(
                SourceSelectionCriteria::builder().sse_kms_encrypted_objects(kms.clone()).build(),
            )
            .destination(full.clone().build().unwrap())
    };
    let one =
        || rule("one", 1).delete_marker_replication(delete_markers(DeleteMarkerReplicationStatus::Enabled));
    put(&aws, vec![one(), two()]).await.unwrap();
    assert_eq!(get(&aws).await, [one().build().unwrap(), two().build().unwrap()]);
}

#[tokio::test]
#[expect(deprecated, reason = "the old form of rules")]
async fn rules_of_the_old_form_go_to_one_bucket_and_do_not_mix_with_the_new() {
    let (_, aws) = with_three().await;
    let old = |bucket: &str, prefix: &str| {
        let rule = ReplicationRule::builder().id(format!("{bucket}-{prefix}")).prefix(prefix);
        rule.status(ReplicationRuleStatus::Enabled).destination(to(bucket).build().unwrap())
    };
    put(&aws, vec![old("one", "a"), old("one", "b")]).await.unwrap();
    assert_eq!(get(&aws).await[0], old("one", "a").build().unwrap());
    let two_buckets = put(&aws, vec![old("one", "a"), old("two", "b")]).await.unwrap_err();
    assert!(message(&two_buckets).contains("Number of distinct destination bucket ARNs cannot exceed 1"));
    let overlapping = put(&aws, vec![old("one", "a"), old("one", "ab")]).await.unwrap_err();
    assert!(message(&overlapping).contains("overlapping prefixes"));
    message(&put(&aws, vec![old("one", "a"), rule("two", 1)]).await.unwrap_err());
    let with_priority = put(&aws, vec![old("one", "a").priority(1)]).await.unwrap_err();
    assert!(message(&with_priority).contains("Priority cannot be used for this version"));
    let markers = delete_markers(DeleteMarkerReplicationStatus::Enabled);
    let with_markers = put(&aws, vec![old("one", "a").delete_marker_replication(markers)]).await.unwrap_err();
    assert!(message(&with_markers).contains("DeleteMarkerReplication cannot be used for this version"));
}

#[tokio::test]
async fn bad_replication_rules_are_refused_and_change_nothing() {
    let (sandbox, aws) = with_three().await;
    let before = sandbox.world().s3.clone();
    let tag = Tag::builder().key("k").value("v").build().unwrap();
    let by_tag = ReplicationRuleFilter::builder().tag(tag).build();
    let existing = ExistingObjectReplication::builder()
        .status(ExistingObjectReplicationStatus::Enabled)
        .build()
        .unwrap();
    let encryption = EncryptionConfiguration::builder().replica_kms_key_id("key").build();
    let ten = ReplicationTimeValue::builder().minutes(10).build();
    let time = ReplicationTime::builder().status(ReplicationTimeStatus::Enabled).time(ten).build().unwrap();
    let enabled = || delete_markers(DeleteMarkerReplicationStatus::Enabled);
    let destined = |destination: DestinationBuilder| rule("one", 1).destination(destination.build().unwrap());
    for (bad, expected) in [
        (rule("one", 1).set_priority(None), "InvalidRequest"),
        (rule("one", -1), "InvalidArgument"),
        (rule("one", 1).set_delete_marker_replication(None), "InvalidRequest"),
        (rule("one", 1).filter(by_tag).delete_marker_replication(enabled()), "InvalidRequest"),
        (rule("one", 1).set_filter(None), "MalformedXML"),
        (rule("one", 1).set_destination(None), "MalformedXML"),
        (rule("one", 1).existing_object_replication(existing), "MalformedXML"),
        (rule("one", 1).status("On".into()), "MalformedXML"),
        (rule("ssl", 1), "InvalidRequest"),
        (destined(Destination::builder().bucket("one")), "InvalidArgument"),
        (destined(to("one").storage_class("ICE".into())), "MalformedXML"),
        (destined(to("one").account("210987654321")), "InvalidRequest"),
        (destined(to("one").encryption_configuration(encryption)), "InvalidRequest"),
        (destined(to("one").replication_time(time)), "InvalidRequest"),
    ] {
        let error = put(&aws, vec![bad.clone()]).await.unwrap_err();
        assert_eq!(error.code(), Some(expected), "{bad:?}");
    }
    message(&put(&aws, vec![rule("one", 1), rule("two", 1)]).await.unwrap_err());
    let same_id = put(&aws, vec![rule("one", 1), rule("two", 2).id("one")]).await.unwrap_err();
    assert_eq!(same_id.code(), Some("InvalidArgument"));
    let no_role = put_with(&aws, "s3crr", vec![rule("one", 1)]).await.unwrap_err();
    assert_eq!(no_role.code(), Some("InvalidArgument"));
    assert_eq!(put(&aws, vec![]).await.unwrap_err().code(), Some("MalformedXML"));
    assert_eq!(sandbox.world().s3, before);
}

use aws_sdk_s3::types::builders::LifecycleRuleBuilder;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
    NoncurrentVersionTransition, Tag, Transition, TransitionStorageClass,
};
use aws_smithy_types::DateTime;

use super::*;

async fn put(aws: &Aws, rules: Vec<LifecycleRule>) -> Result<(), crate::Error> {
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().unwrap();
    let call = aws.s3(R).put_bucket_lifecycle_configuration().bucket("one");
    call.lifecycle_configuration(configuration).send().await?;
    Ok(())
}

async fn get(aws: &Aws) -> Vec<LifecycleRule> {
    let answer = aws.s3(R).get_bucket_lifecycle_configuration().bucket("one").send().await.unwrap();
    assert_eq!(answer.transition_default_minimum_object_size().unwrap().as_str(), "all_storage_classes_128K");
    answer.rules.unwrap()
}

fn rule(id: &str) -> LifecycleRuleBuilder {
    let filter = LifecycleRuleFilter::builder().prefix("logs/").build();
    LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).filter(filter)
}

fn days(days: i32) -> LifecycleExpiration {
    LifecycleExpiration::builder().days(days).build()
}

fn transition(days: i32, class: TransitionStorageClass) -> Transition {
    Transition::builder().days(days).storage_class(class).build()
}

#[tokio::test]
async fn put_bucket_lifecycle_configuration_reads_back() {
    let (_, aws) = with_one().await;
    let and = LifecycleRuleAndOperator::builder()
        .prefix("a/")
        .tags(Tag::builder().key("k").value("v").build().unwrap())
        .object_size_greater_than(1)
        .build();
    let several = LifecycleRuleFilter::builder().and(and).build();
    let everything = LifecycleRuleFilter::builder().build();
    let noncurrent = NoncurrentVersionTransition::builder()
        .noncurrent_days(30)
        .newer_noncurrent_versions(3)
        .storage_class(TransitionStorageClass::GlacierIr)
        .build();
    let rules = vec![
        rule("one")
            .transitions(transition(30, TransitionStorageClass::StandardIa))
            .transitions(transition(90, TransitionStorageClass::Glacier))
            .expiration(days(365))
            .abort_incomplete_multipart_upload(
                AbortIncompleteMultipartUpload::builder().days_after_initiation(7).build(),
            )
            .build()
            .unwrap(),
        rule("two")
            .filter(several)
            .status(ExpirationStatus::Disabled)
            .noncurrent_version_transitions(noncurrent)
            .noncurrent_version_expiration(
                NoncurrentVersionExpiration::builder()
                    .noncurrent_days(60)
                    .newer_noncurrent_versions(2)
                    .build(),
            )
            .build()
            .unwrap(),
        rule("three")
            .filter(everything)
            .expiration(LifecycleExpiration::builder().expired_object_delete_marker(true).build())
            .build()
            .unwrap(),
        rule("four")
            .expiration(LifecycleExpiration::builder().date(DateTime::from_secs(1_767_225_600)).build())
            .build()
            .unwrap(),
    ];
    put(&aws, rules.clone()).await.unwrap();
    assert_eq!(get(&aws).await, rules);
}

#[tokio::test]
#[expect(deprecated, reason = "the old form of rules")]
async fn rules_of_the_old_form_read_back_but_do_not_mix_with_the_new() {
    let (_, aws) = with_one().await;
    let old = LifecycleRule::builder().id("old").prefix("").status(ExpirationStatus::Enabled);
    let old = old.expiration(days(1)).build().unwrap();
    put(&aws, vec![old.clone()]).await.unwrap();
    assert_eq!(get(&aws).await, std::slice::from_ref(&old));
    let new = rule("new").expiration(days(1)).build().unwrap();
    let mixed = put(&aws, vec![old, new]).await.unwrap_err();
    assert_eq!(mixed.code(), Some("InvalidRequest"));
}

#[tokio::test]
async fn a_rule_without_a_name_gets_one() {
    let (_, aws) = with_one().await;
    let nameless = || rule("").expiration(days(1)).build().unwrap();
    put(&aws, vec![nameless(), nameless()]).await.unwrap();
    let rules = get(&aws).await;
    assert!(rules[0].id().is_some_and(|id| !id.is_empty()) && rules[0].id() != rules[1].id());
}

#[tokio::test]
async fn bad_lifecycle_rules_are_refused_and_change_nothing() {
    let (sandbox, aws) = with_one().await;
    let before = sandbox.world().s3.clone();
    let by_tag = || {
        let tag = Tag::builder().key("k").value("v").build().unwrap();
        LifecycleRuleFilter::builder().tag(tag)
    };
    let lonely = LifecycleRuleFilter::builder().and(LifecycleRuleAndOperator::builder().prefix("a").build());
    let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(7).build();
    let noon = LifecycleExpiration::builder().date(DateTime::from_secs(1_767_225_600 + 43_200)).build();
    let twice = LifecycleExpiration::builder().days(1).expired_object_delete_marker(true).build();
    for (bad, expected) in [
        (rule("x"), "InvalidRequest"),
        (rule("x").set_filter(None).expiration(days(1)), "MalformedXML"),
        (rule("x").status("On".into()).expiration(days(1)), "MalformedXML"),
        (rule(&"x".repeat(256)).expiration(days(1)), "InvalidArgument"),
        (rule("x").expiration(days(0)), "InvalidArgument"),
        (rule("x").expiration(noon), "InvalidArgument"),
        (rule("x").expiration(twice), "MalformedXML"),
        (rule("x").transitions(transition(29, TransitionStorageClass::StandardIa)), "InvalidArgument"),
        (rule("x").transitions(transition(-1, TransitionStorageClass::Glacier)), "InvalidArgument"),
        (rule("x").transitions(transition(1, "ICE".into())), "MalformedXML"),
        (
            rule("x").transitions(transition(30, TransitionStorageClass::Glacier)).expiration(days(30)),
            "InvalidArgument",
        ),
        (rule("x").filter(by_tag().build()).abort_incomplete_multipart_upload(abort), "InvalidRequest"),
        (rule("x").filter(by_tag().prefix("a").build()).expiration(days(1)), "MalformedXML"),
        (rule("x").filter(lonely.build()).expiration(days(1)), "MalformedXML"),
    ] {
        let bad = bad.build().unwrap();
        let error = put(&aws, vec![bad.clone()]).await.unwrap_err();
        assert_eq!(error.code(), Some(expected), "{bad:?}");
    }
    let good = || rule("x").expiration(days(1)).build().unwrap();
    assert_eq!(put(&aws, vec![good(), good()]).await.unwrap_err().code(), Some("InvalidArgument"));
    assert_eq!(put(&aws, vec![]).await.unwrap_err().code(), Some("MalformedXML"));
    assert_eq!(sandbox.world().s3, before);
}

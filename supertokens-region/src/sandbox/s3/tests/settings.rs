use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketLoggingStatus, CorsConfiguration, CorsRule, LoggingEnabled, PartitionedPrefix, Payer, Tag, Tagging,
    TargetGrant, TargetObjectKeyFormat,
};

use super::*;

#[tokio::test]
async fn what_was_never_set_has_aws_answers() {
    let (_, aws) = with_one().await;
    let s3 = aws.s3(R);
    assert_eq!(code(s3.get_bucket_tagging().bucket("one").send().await), "NoSuchTagSet");
    assert_eq!(code(s3.get_bucket_cors().bucket("one").send().await), "NoSuchCORSConfiguration");
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket("one").send().await;
    assert_eq!(code(lifecycle), "NoSuchLifecycleConfiguration");
    let replication = s3.get_bucket_replication().bucket("one").send().await;
    assert_eq!(code(replication), "ReplicationConfigurationNotFoundError");
    assert_eq!(code(s3.get_bucket_website().bucket("one").send().await), "NoSuchWebsiteConfiguration");
    let lock = s3.get_object_lock_configuration().bucket("one").send().await;
    assert_eq!(lock.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(lock), "ObjectLockConfigurationNotFoundError");
}

#[tokio::test]
async fn notification_accelerate_and_request_payment_answer_their_defaults() {
    let (_, aws) = with_one().await;
    let s3 = aws.s3(R);
    let notification = s3.get_bucket_notification_configuration().bucket("one").send().await.unwrap();
    assert!(
        notification.topic_configurations().is_empty() && notification.event_bridge_configuration().is_none()
    );
    let accelerate = s3.get_bucket_accelerate_configuration().bucket("one").send().await.unwrap();
    assert_eq!(accelerate.status(), None);
    let payment = s3.get_bucket_request_payment().bucket("one").send().await.unwrap();
    assert_eq!(payment.payer(), Some(&Payer::BucketOwner));
    assert_eq!(code(s3.get_bucket_website().bucket("none").send().await), "NoSuchBucket");
}

fn to(bucket: &str, prefix: &str) -> LoggingEnabled {
    LoggingEnabled::builder().target_bucket(bucket).target_prefix(prefix).build().unwrap()
}

async fn log(aws: &Aws, enabled: Option<LoggingEnabled>) -> Result<(), crate::Error> {
    let status = BucketLoggingStatus::builder().set_logging_enabled(enabled).build();
    aws.s3(R).put_bucket_logging().bucket("one").bucket_logging_status(status).send().await?;
    Ok(())
}

async fn logging(aws: &Aws) -> Option<LoggingEnabled> {
    aws.s3(R).get_bucket_logging().bucket("one").send().await.unwrap().logging_enabled
}

#[tokio::test]
async fn get_bucket_logging_when_absent_is_empty() {
    let (_, aws) = with_one().await;
    assert_eq!(logging(&aws).await, None);
}

#[tokio::test]
async fn put_bucket_logging_with_a_missing_target_or_somebody_elses_is_refused() {
    let (sandbox, aws) = with_one().await;
    sandbox.world().s3.foreign.insert("hijacked".to_owned(), R.to_owned());
    for target in ["none", "hijacked"] {
        let error = log(&aws, Some(to(target, "saas/"))).await.unwrap_err();
        assert_eq!(error.code(), Some("InvalidTargetBucketForLogging"));
    }
}

#[tokio::test]
async fn put_bucket_logging_with_a_target_in_another_region_is_refused() {
    let (_, aws) = with_one().await;
    make(&aws, FIRST, "logs").await;
    let error = log(&aws, Some(to("logs", "saas/"))).await.unwrap_err();
    assert_eq!(error.code(), Some("CrossLocationLoggingProhibited"));
    assert_eq!(logging(&aws).await, None);
}

#[tokio::test]
async fn put_bucket_logging_without_a_policy_of_the_target_is_accepted_and_reads_back() {
    let (sandbox, aws) = with_one().await;
    make(&aws, R, "logs").await;
    log(&aws, Some(to("logs", "saas/"))).await.unwrap();
    assert_eq!(logging(&aws).await, Some(to("logs", "saas/")));
    assert_eq!(sandbox.world().s3.buckets["logs"].policy, None, "AWS leaves the target's policy alone");
    log(&aws, None).await.unwrap();
    assert_eq!(logging(&aws).await, None);
}

#[tokio::test]
async fn put_bucket_logging_is_indifferent_to_how_the_target_policy_is_worded() {
    let (_, aws) = with_one().await;
    make(&aws, R, "logs").await;
    for (action, resource) in [
        (r#""s3:PutObject""#, r#""arn:aws:s3:::logs/saas/*""#),
        (r#"["s3:PutObject"]"#, r#"["arn:aws:s3:::logs/saas/*"]"#),
        (r#"["s3:PutObject"]"#, r#""arn:aws:s3:::logs/*""#),
    ] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":{action},"Resource":{resource}}}]}}"#
        );
        aws.s3(R).put_bucket_policy().bucket("logs").policy(policy).send().await.unwrap();
        log(&aws, Some(to("logs", "saas/"))).await.unwrap();
        assert_eq!(logging(&aws).await, Some(to("logs", "saas/")));
    }
}

#[tokio::test]
async fn put_bucket_logging_keeps_the_key_format_and_refuses_grants_where_acls_are_off() {
    let (_, aws) = with_one().await;
    make(&aws, R, "logs").await;
    let partitioned = PartitionedPrefix::builder().partition_date_source("EventTime".into()).build();
    let mut enabled = to("logs", "");
    enabled.target_object_key_format =
        Some(TargetObjectKeyFormat::builder().partitioned_prefix(partitioned).build());
    log(&aws, Some(enabled.clone())).await.unwrap();
    assert_eq!(logging(&aws).await, Some(enabled));
    let mut granting = to("logs", "");
    granting.target_grants = Some(vec![TargetGrant::builder().permission("READ".into()).build()]);
    let error = log(&aws, Some(granting)).await.unwrap_err();
    assert_eq!(error.code(), Some("AccessControlListNotSupported"));
}

async fn tag(aws: &Aws, tags: &[(&str, &str)]) -> Result<(), crate::Error> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build().unwrap());
    let tagging = Tagging::builder().set_tag_set(Some(tags.collect())).build().unwrap();
    aws.s3(R).put_bucket_tagging().bucket("one").tagging(tagging).send().await?;
    Ok(())
}

async fn tags(aws: &Aws) -> BTreeMap<String, String> {
    let answer = aws.s3(R).get_bucket_tagging().bucket("one").send().await.unwrap();
    answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

#[tokio::test]
async fn put_bucket_tagging_replaces_all_and_reads_back() {
    let (_, aws) = with_one().await;
    tag(&aws, &[("VantaOwner", "rishabh@supertokens.com"), ("b", "")]).await.unwrap();
    assert_eq!(tags(&aws).await["VantaOwner"], "rishabh@supertokens.com");
    tag(&aws, &[("c", "d e+f-g=h.i_j:k/l@m")]).await.unwrap();
    assert_eq!(tags(&aws).await.into_keys().collect::<Vec<_>>(), ["c"]);
    tag(&aws, &[]).await.unwrap();
    assert_eq!(code(aws.s3(R).get_bucket_tagging().bucket("one").send().await), "NoSuchTagSet");
}

#[tokio::test]
async fn put_bucket_tagging_with_bad_tags_is_refused_and_changes_nothing() {
    let (_, aws) = with_one().await;
    tag(&aws, &[("a", "b")]).await.unwrap();
    let (long_key, long_value) = ("k".repeat(129), "v".repeat(257));
    let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
    let many: Vec<_> = many.iter().map(|key| (key.as_str(), "")).collect();
    let bad: [&[(&str, &str)]; 10] = [
        &[("a", "R&D")],
        &[("a", "<b")],
        &[("a", "b>")],
        &[("a,b", "c")],
        &[("", "c")],
        &[(&long_key, "c")],
        &[("c", &long_value)],
        &[("c", "1"), ("c", "2")],
        &[("aws:mine", "c")],
        &many,
    ];
    for tags in bad {
        assert_eq!(tag(&aws, tags).await.unwrap_err().code(), Some("InvalidTag"), "{tags:?}");
    }
    assert_eq!(tags(&aws).await.into_keys().collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn put_bucket_tagging_must_keep_the_tags_of_aws() {
    let (sandbox, aws) = with_one().await;
    let stack = ("aws:cloudformation:stack-name", "s");
    let own = [(stack.0.to_owned(), stack.1.to_owned())];
    sandbox.world().s3.buckets.get_mut("one").unwrap().tags.extend(own);
    assert_eq!(tag(&aws, &[("a", "b")]).await.unwrap_err().code(), Some("InvalidTag"));
    assert_eq!(tag(&aws, &[(stack.0, "other")]).await.unwrap_err().code(), Some("InvalidTag"));
    tag(&aws, &[("a", "b"), stack]).await.unwrap();
    assert_eq!(tags(&aws).await.len(), 2);
}

#[tokio::test]
async fn put_bucket_cors_reads_back() {
    let (_, aws) = with_one().await;
    let rule = || CorsRule::builder().allowed_methods("GET").allowed_origins("https://*.example.com");
    let put = |rules: Vec<CorsRule>| {
        let configuration = CorsConfiguration::builder().set_cors_rules(Some(rules)).build().unwrap();
        aws.s3(R).put_bucket_cors().bucket("one").cors_configuration(configuration).send()
    };
    let full = rule().id("r").allowed_headers("*").expose_headers("ETag").max_age_seconds(3000);
    let rules = vec![full.build().unwrap(), rule().build().unwrap()];
    put(rules.clone()).await.unwrap();
    let answer = aws.s3(R).get_bucket_cors().bucket("one").send().await.unwrap();
    assert_eq!(answer.cors_rules(), rules);

    assert_eq!(code(put(vec![]).await), "MalformedXML");
    for bad in [rule().allowed_methods("PATCH"), rule().allowed_origins("*.*"), rule().expose_headers("x-*")]
    {
        assert_eq!(code(put(vec![bad.build().unwrap()]).await), "InvalidRequest");
    }
    let answer = aws.s3(R).get_bucket_cors().bucket("one").send().await.unwrap();
    assert_eq!(answer.cors_rules(), rules);
}

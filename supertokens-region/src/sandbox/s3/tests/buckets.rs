use aws_sdk_s3::types::{CreateBucketConfiguration, Tag};

use super::*;
use crate::sandbox::s3::{Bucket, Grant, Grantee};

#[tokio::test]
async fn create_bucket_in_its_region_and_find_it() {
    let (_, aws) = sandbox();
    let s3 = aws.s3(R);
    let made = s3.create_bucket().bucket("one").create_bucket_configuration(located(R)).send().await.unwrap();
    assert_eq!(made.location(), Some("http://one.s3.amazonaws.com/"));
    let head = s3.head_bucket().bucket("one").expected_bucket_owner("123456789012").send().await.unwrap();
    assert_eq!((head.bucket_region(), head.access_point_alias()), (Some(R), Some(false)));
    let location = s3.get_bucket_location().bucket("one").send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), R);
}

#[tokio::test]
async fn create_bucket_in_us_east_1_takes_no_location_and_tells_an_empty_one() {
    let (_, aws) = sandbox();
    let s3 = aws.s3(FIRST);
    let named = s3.create_bucket().bucket("one").create_bucket_configuration(located(FIRST)).send().await;
    assert_eq!(code(named), "InvalidLocationConstraint");
    let elsewhere = s3.create_bucket().bucket("one").create_bucket_configuration(located(R)).send().await;
    assert_eq!(code(elsewhere), "IllegalLocationConstraintException");
    let made = s3.create_bucket().bucket("one").send().await.unwrap();
    assert_eq!(made.location(), Some("/one"));
    let location = s3.get_bucket_location().bucket("one").send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), "");
}

#[tokio::test]
async fn create_bucket_elsewhere_without_or_with_a_wrong_location_is_refused() {
    let (sandbox, aws) = sandbox();
    let call = || aws.s3(R).create_bucket().bucket("one");
    assert_eq!(code(call().send().await), "IllegalLocationConstraintException");
    let wrong = call().create_bucket_configuration(located("eu-west-1")).send().await;
    assert_eq!(code(wrong), "IllegalLocationConstraintException");
    let unknown = call().create_bucket_configuration(located("mars-1")).send().await;
    assert_eq!(code(unknown), "InvalidLocationConstraint");
    let tags_alone = CreateBucketConfiguration::builder().build();
    let without = call().create_bucket_configuration(tags_alone).send().await;
    assert_eq!(code(without), "IllegalLocationConstraintException");
    assert!(sandbox.world().s3.buckets.is_empty());
}

#[tokio::test]
async fn create_bucket_in_a_region_that_the_sdk_does_not_know_yet() {
    let (sandbox, aws) = sandbox();
    make(&aws, "ap-future-9", "one").await;
    assert_eq!(sandbox.world().s3.buckets["one"].region, "ap-future-9");
}

#[tokio::test]
async fn create_bucket_with_the_old_word_for_ireland() {
    let (_, aws) = sandbox();
    let s3 = aws.s3("eu-west-1");
    s3.create_bucket().bucket("one").create_bucket_configuration(located("EU")).send().await.unwrap();
    let location = s3.get_bucket_location().bucket("one").send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), "EU");
    let head = s3.head_bucket().bucket("one").send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("eu-west-1"));
}

#[tokio::test]
async fn create_bucket_again_is_refused_because_it_is_ones_own() {
    let (_, aws) = with_one().await;
    let again = aws.s3(R).create_bucket().bucket("one").create_bucket_configuration(located(R)).send().await;
    let error = again.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 409);
    assert!(error.as_service_error().unwrap().is_bucket_already_owned_by_you());
}

#[tokio::test]
async fn create_bucket_again_in_us_east_1_succeeds_and_resets_the_acl_alone() {
    let (sandbox, aws) = sandbox();
    let mut old = Bucket::old(FIRST, 1_600_000_000);
    let log_delivery = Grantee::Group("http://acs.amazonaws.com/groups/s3/LogDelivery".to_owned());
    old.acl.push(Grant { grantee: log_delivery, permission: "WRITE".to_owned() });
    sandbox.world().s3.buckets.insert("one".to_owned(), old.clone());
    make(&aws, FIRST, "one").await;
    assert_eq!(sandbox.world().s3.buckets["one"].acl.len(), 1);
    old.acl.pop();
    assert_eq!(sandbox.world().s3.buckets["one"], old);
}

#[tokio::test]
async fn bucket_names_are_global() {
    let (sandbox, aws) = with_one().await;
    let elsewhere = "eu-west-1";
    let again = aws.s3(elsewhere).create_bucket().bucket("one");
    let again = again.create_bucket_configuration(located(elsewhere)).send().await;
    assert_eq!(code(again), "BucketAlreadyOwnedByYou");
    assert_eq!(code(aws.s3(FIRST).create_bucket().bucket("one").send().await), "BucketAlreadyOwnedByYou");
    sandbox.world().s3.foreign.insert("hijacked".to_owned(), elsewhere.to_owned());
    let taken =
        aws.s3(R).create_bucket().bucket("hijacked").create_bucket_configuration(located(R)).send().await;
    assert!(taken.as_ref().unwrap_err().as_service_error().unwrap().is_bucket_already_exists());
    assert_eq!(code(taken), "BucketAlreadyExists");
}

#[tokio::test]
async fn create_bucket_with_a_bad_name_is_refused() {
    let (_, aws) = sandbox();
    for name in ["ab", "With_Capitals", "a..b", "192.168.5.4"] {
        let answer = aws.s3(FIRST).create_bucket().bucket(name).send().await;
        assert_eq!(code(answer), "InvalidBucketName", "{name}");
    }
}

#[tokio::test]
async fn create_bucket_with_tags() {
    let (sandbox, aws) = sandbox();
    let tag = |value: &str| Tag::builder().key("Owner").value(value).build().unwrap();
    let with = |value: &str| {
        let configuration = CreateBucketConfiguration::builder().tags(tag(value)).build();
        aws.s3(FIRST).create_bucket().bucket("one").create_bucket_configuration(configuration).send()
    };
    assert_eq!(code(with("a & b").await), "InvalidTag");
    assert!(sandbox.world().s3.buckets.is_empty());
    with("somebody").await.unwrap();
    let tags = aws.s3(FIRST).get_bucket_tagging().bucket("one").send().await.unwrap();
    assert_eq!(tags.tag_set(), [tag("somebody")]);
}

#[tokio::test]
async fn what_the_sandbox_lacks_is_refused() {
    let (_, aws) = sandbox();
    let grant = aws.s3(FIRST).create_bucket().bucket("one").object_ownership("ObjectWriter".into());
    assert_eq!(code(grant.grant_read("id=1").send().await), "NotImplemented");
    let namespace = aws.s3(FIRST).create_bucket().bucket("one").bucket_namespace("account-regional".into());
    assert_eq!(code(namespace.send().await), "NotImplemented");
}

#[tokio::test]
async fn head_bucket_missing_is_not_found() {
    let (_, aws) = sandbox();
    let answer = aws.s3(R).head_bucket().bucket("none").send().await;
    let error = answer.as_ref().unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 404);
    assert!(error.as_service_error().unwrap().is_not_found());
    assert_eq!(code(answer), "NotFound");
    let answer = aws.s3(R).get_bucket_location().bucket("none").send().await;
    assert_eq!(code(answer), "NoSuchBucket");
}

#[tokio::test]
async fn head_bucket_from_elsewhere_and_of_others_tells_the_region_but_no_code() {
    let (sandbox, aws) = with_one().await;
    sandbox.world().s3.foreign.insert("hijacked".to_owned(), R.to_owned());
    for (from, bucket, status) in [("eu-west-1", "one", 301), (R, "hijacked", 403), (FIRST, "hijacked", 301)]
    {
        let answer = aws.s3(from).head_bucket().bucket(bucket).send().await;
        let response = answer.as_ref().unwrap_err().raw_response().unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers().get("x-amz-bucket-region"), Some(R));
        assert_eq!(code(answer), format!("HTTP {status}"));
    }
}

#[tokio::test]
async fn access_from_a_wrong_region_is_redirected() {
    let (_, aws) = with_one().await;
    let answer = aws.s3("eu-west-1").get_bucket_policy().bucket("one").send().await;
    let response = answer.as_ref().unwrap_err().raw_response().unwrap();
    assert_eq!(response.status().as_u16(), 301);
    assert_eq!(response.headers().get("x-amz-bucket-region"), Some(R));
    assert_eq!(code(answer), "PermanentRedirect");
}

#[tokio::test]
async fn access_of_others_buckets_or_with_a_wrong_owner_is_denied() {
    let (sandbox, aws) = with_one().await;
    sandbox.world().s3.foreign.insert("hijacked".to_owned(), R.to_owned());
    let call = || aws.s3(R).get_bucket_versioning();
    assert_eq!(code(call().bucket("hijacked").send().await), "AccessDenied");
    let wrong = call().bucket("one").expected_bucket_owner("210987654321").send().await;
    assert_eq!(wrong.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 403);
    assert_eq!(code(wrong), "AccessDenied");
    let bad = call().bucket("one").expected_bucket_owner("me").send().await;
    assert_eq!(code(bad), "InvalidBucketOwnerAWSAccountID");
    call().bucket("one").expected_bucket_owner("123456789012").send().await.unwrap();
}

#[tokio::test]
async fn a_denied_head_bucket_has_no_code_either() {
    let (sandbox, aws) = with_one().await;
    sandbox.world().settings.denied.insert("s3:HeadBucket".to_owned());
    assert_eq!(code(aws.s3(R).head_bucket().bucket("one").send().await), "HTTP 403");
}

#[tokio::test]
async fn list_buckets_sees_all_regions() {
    let (_, aws) = with_one().await;
    make(&aws, FIRST, "two").await;
    let list = aws.s3(R).list_buckets().send().await.unwrap();
    let names: Vec<_> = list.buckets().iter().map(|bucket| bucket.name().unwrap()).collect();
    assert_eq!(names, ["one", "two"]);
    // Without any parameter AWS leaves the regions out.
    assert!(list.buckets().iter().all(|bucket| bucket.bucket_region().is_none()));
    assert_eq!(list.owner().unwrap().id().unwrap().len(), 64);
}

#[tokio::test]
async fn list_buckets_by_prefix_and_region() {
    let (_, aws) = with_one().await;
    make(&aws, R, "other").await;
    make(&aws, FIRST, "only").await;
    let list = aws.s3(R).list_buckets().prefix("on").bucket_region(R).send().await.unwrap();
    let [bucket] = list.buckets() else { panic!("{list:?}") };
    assert_eq!((bucket.name(), bucket.bucket_region()), (Some("one"), Some(R)));
    assert_eq!(list.prefix(), Some("on"));
    let elsewhere = aws.s3(R).list_buckets().bucket_region(FIRST).send().await;
    assert_eq!(code(elsewhere), "InvalidArgument");
}

#[tokio::test]
async fn list_buckets_in_pages() {
    let (_, aws) = sandbox();
    for name in ["aaa", "bbb", "ccc"] {
        make(&aws, FIRST, name).await;
    }
    let s3 = aws.s3(FIRST);
    let mut pages = s3.list_buckets().max_buckets(2).into_paginator().send();
    let mut sizes = vec![];
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().buckets().len());
    }
    assert_eq!(sizes, [2, 1]);
    assert_eq!(code(s3.list_buckets().max_buckets(0).send().await), "InvalidArgument");
    assert_eq!(code(s3.list_buckets().continuation_token("made up").send().await), "InvalidArgument");
}

#[tokio::test]
async fn a_bucket_survives_being_saved() {
    let (sandbox, _) = with_one().await;
    let s3 = sandbox.world().s3.clone();
    let text = serde_json::to_string(&s3).unwrap();
    assert_eq!(serde_json::from_str::<crate::sandbox::s3::S3>(&text).unwrap(), s3);
}

use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};

use crate::aws::Aws;
use crate::sandbox::testing::*;

async fn create(aws: &Aws, name: &str) {
    aws.logs(R).create_log_group().log_group_name(name).send().await.unwrap();
}

async fn described(aws: &Aws, region: &str) -> Vec<LogGroup> {
    aws.logs(region).describe_log_groups().send().await.unwrap().log_groups.unwrap()
}

async fn retention(aws: &Aws) -> Option<i32> {
    described(aws, R).await.first().unwrap().retention_in_days()
}

#[tokio::test]
async fn a_new_group_is_described_with_what_aws_gives_it() {
    let (_, aws) = sandbox();
    create(&aws, "/aws/lambda/f").await;
    let arn = "arn:aws:logs:ap-south-1:123456789012:log-group:/aws/lambda/f";
    let expected = LogGroup::builder()
        .log_group_name("/aws/lambda/f")
        .arn(format!("{arn}:*"))
        .log_group_arn(arn)
        .creation_time(1_767_225_600_000)
        .log_group_class(LogGroupClass::Standard)
        .metric_filter_count(0)
        .stored_bytes(0)
        .deletion_protection_enabled(false)
        .build();
    assert_eq!(described(&aws, R).await, [expected]);
}

#[tokio::test]
async fn create_log_group_again_is_refused() {
    let (sandbox, aws) = sandbox();
    create(&aws, "g").await;
    let before = sandbox.world().logs.clone();
    let again = aws.logs(R).create_log_group().log_group_name("g").tags("a", "1").send().await;
    assert_eq!(code(again), "ResourceAlreadyExistsException");
    assert_eq!(sandbox.world().logs, before);
}

#[tokio::test]
async fn create_log_group_with_a_bad_name_is_refused() {
    let (sandbox, aws) = sandbox();
    for name in ["", &"g".repeat(513), "a group", "group:1", "gruppé", "aws/lambda/f", "AWS/f"] {
        let answer = aws.logs(R).create_log_group().log_group_name(name).send().await;
        assert_eq!(code(answer), "InvalidParameterException", "{name}");
    }
    let create = aws.logs(R).create_log_group().log_group_name("g");
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    assert_eq!(code(create.clone().kms_key_id(key).send().await), "InvalidParameterException");
    assert_eq!(code(create.clone().log_group_class("COLD".into()).send().await), "InvalidParameterException");
    assert!(sandbox.world().logs.groups.is_empty());
    aws.logs(R).create_log_group().log_group_name("g".repeat(512)).send().await.unwrap();
}

#[tokio::test]
async fn groups_are_seen_in_their_own_region_only() {
    let (_, aws) = sandbox();
    create(&aws, "g").await;
    assert_eq!(described(&aws, R).await.len(), 1);
    assert_eq!(described(&aws, "us-east-1").await, []);
    let put = aws.logs("us-east-1").put_retention_policy().log_group_name("g").retention_in_days(365);
    assert_eq!(code(put.send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn describe_log_groups_gives_pages_of_50() {
    let (_, aws) = sandbox();
    for number in 0..120 {
        create(&aws, &format!("g{number:03}")).await;
    }
    let describe = |token: Option<String>| aws.logs(R).describe_log_groups().set_next_token(token).send();
    let (mut names, mut sizes, mut token) = (vec![], vec![], None);
    loop {
        let answer = describe(token).await.unwrap();
        sizes.push(answer.log_groups().len());
        names.extend(answer.log_groups().iter().filter_map(|group| group.log_group_name.clone()));
        token = answer.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [50, 50, 20]);
    names.dedup();
    assert_eq!((names.len(), names.is_sorted()), (120, true));
    let few = aws.logs(R).describe_log_groups().limit(7).send().await.unwrap();
    assert_eq!(few.log_groups().len(), 7);
    assert_eq!(code(describe(Some("made up".to_owned())).await), "InvalidParameterException");
}

#[tokio::test]
async fn describe_log_groups_with_a_limit_over_50_is_refused() {
    let (_, aws) = sandbox();
    for limit in [51, 0, -1] {
        let answer = aws.logs(R).describe_log_groups().limit(limit).send().await;
        assert_eq!(code(answer), "InvalidParameterException", "{limit}");
    }
}

#[tokio::test]
async fn groups_are_found_by_the_start_of_the_name_or_by_a_part_of_it() {
    let (_, aws) = sandbox();
    for name in ["/aws/lambda/a", "/aws/lambda/b", "/other/lambda/a"] {
        create(&aws, name).await;
    }
    let logs = aws.logs(R);
    let start = logs.describe_log_groups().log_group_name_prefix("/aws/").send().await.unwrap();
    assert_eq!(start.log_groups().len(), 2);
    let case = logs.describe_log_groups().log_group_name_pattern("Lambda").send().await.unwrap();
    assert_eq!(case.log_groups().len(), 0);
    logs.put_retention_policy().log_group_name("/other/lambda/a").retention_in_days(7).send().await.unwrap();
    let part = logs.describe_log_groups().log_group_name_pattern("lambda/a").send().await.unwrap();
    let tells: Vec<_> =
        part.log_groups().iter().map(|one| (one.retention_in_days, one.stored_bytes)).collect();
    assert_eq!(tells, [(None, None), (None, None)], "a search by a part tells less");

    let both = logs.describe_log_groups().log_group_name_prefix("a").log_group_name_pattern("a");
    assert_eq!(code(both.send().await), "InvalidParameterException");
    let empty = logs.describe_log_groups().log_group_name_prefix("");
    assert_eq!(code(empty.send().await), "InvalidParameterException");
    let odd = logs.describe_log_groups().log_group_name_pattern("*");
    assert_eq!(code(odd.send().await), "InvalidParameterException");
}

#[tokio::test]
async fn groups_are_found_by_class_name_and_account() {
    let (_, aws) = sandbox();
    let logs = aws.logs(R);
    create(&aws, "standard").await;
    let rare = LogGroupClass::InfrequentAccess;
    logs.create_log_group().log_group_name("rare").log_group_class(rare.clone()).send().await.unwrap();
    let found = logs.describe_log_groups().log_group_class(rare.clone()).send().await.unwrap();
    assert_eq!(found.log_groups()[0].log_group_name(), Some("rare"));
    let named = logs.describe_log_groups().log_group_identifiers("standard");
    let found = named.clone().send().await.unwrap();
    assert_eq!((found.log_groups().len(), found.log_groups()[0].log_group_name()), (1, Some("standard")));
    assert_eq!(code(named.log_group_class(rare).send().await), "InvalidParameterException");
    let others = logs.describe_log_groups().account_identifiers("999999999999");
    assert_eq!(code(others.clone().send().await), "InvalidParameterException");
    assert_eq!(others.include_linked_accounts(true).send().await.unwrap().log_groups(), []);
}

#[tokio::test]
async fn a_retention_policy_that_is_put_is_read_back_and_can_be_deleted() {
    let (_, aws) = sandbox();
    create(&aws, "g").await;
    assert_eq!(retention(&aws).await, None);
    for days in [365, 400] {
        let put = aws.logs(R).put_retention_policy().log_group_name("g").retention_in_days(days);
        put.send().await.unwrap();
        assert_eq!(retention(&aws).await, Some(days));
    }
    aws.logs(R).delete_retention_policy().log_group_name("g").send().await.unwrap();
    assert_eq!(retention(&aws).await, None);
    aws.logs(R).delete_retention_policy().log_group_name("g").send().await.unwrap();
}

#[tokio::test]
async fn a_retention_of_360_days_is_refused() {
    let (_, aws) = sandbox();
    create(&aws, "g").await;
    for days in [360, 0, -1, 366] {
        let put = aws.logs(R).put_retention_policy().log_group_name("g").retention_in_days(days);
        assert_eq!(code(put.send().await), "InvalidParameterException", "{days}");
    }
    assert_eq!(retention(&aws).await, None);
}

#[tokio::test]
async fn the_retention_of_a_missing_group_is_not_found() {
    let (_, aws) = sandbox();
    let put = aws.logs(R).put_retention_policy().log_group_name("g").retention_in_days(365);
    assert_eq!(code(put.send().await), "ResourceNotFoundException");
    let delete = aws.logs(R).delete_retention_policy().log_group_name("g");
    assert_eq!(code(delete.send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn the_retention_of_a_delivery_group_is_two_days_and_stays_so() {
    let (_, aws) = sandbox();
    let create = aws.logs(R).create_log_group().log_group_name("g");
    create.log_group_class(LogGroupClass::Delivery).send().await.unwrap();
    let put = aws.logs(R).put_retention_policy().log_group_name("g").retention_in_days(365);
    assert_eq!(code(put.send().await), "ValidationException");
    let delete = aws.logs(R).delete_retention_policy().log_group_name("g");
    assert_eq!(code(delete.send().await), "ValidationException");
    assert_eq!(retention(&aws).await, Some(2));
}

use std::collections::HashMap;

use aws_sdk_sns::types::Tag;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::sandbox::testing::*;

const T: &str = "arn:aws:sns:ap-south-1:123456789012:t";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn topic(aws: &Aws, region: &str, name: &str) -> String {
    aws.sns(region).create_topic().name(name).send().await.unwrap().topic_arn.unwrap()
}

async fn attributes(aws: &Aws, arn: &str) -> HashMap<String, String> {
    aws.sns(R).get_topic_attributes().topic_arn(arn).send().await.unwrap().attributes.unwrap()
}

async fn listed(aws: &Aws, region: &str) -> Vec<String> {
    let answer = aws.sns(region).list_topics().send().await.unwrap();
    answer.topics().iter().filter_map(|topic| topic.topic_arn.clone()).collect()
}

#[tokio::test]
async fn create_topic_gives_its_arn_and_again_the_same_one() {
    let (_, aws) = sandbox();
    assert_eq!(topic(&aws, R, "t").await, T);
    assert_eq!(topic(&aws, R, "t").await, T);
    assert_eq!(listed(&aws, R).await, [T]);
}

#[tokio::test]
async fn create_topic_with_other_tags_is_refused() {
    let (sandbox, aws) = sandbox();
    let create = |tags: &[Tag]| aws.sns(R).create_topic().name("t").set_tags(Some(tags.to_vec())).send();
    create(&[tag("a", "1"), tag("b", "2")]).await.unwrap();
    let before = sandbox.world().sns.clone();
    for fine in [&[][..], &[tag("a", "1")], &[tag("b", "2"), tag("a", "1")]] {
        create(fine).await.unwrap();
    }
    for other in [&[tag("a", "2")][..], &[tag("c", "3")], &[tag("a", "1"), tag("c", "3")]] {
        assert_eq!(code(create(other).await), "InvalidParameter");
    }
    assert_eq!(sandbox.world().sns, before);
}

#[tokio::test]
async fn create_topic_with_other_attributes_is_refused() {
    let (sandbox, aws) = sandbox();
    let create = |name: &str, value: &str| aws.sns(R).create_topic().name("t").attributes(name, value).send();
    create("DisplayName", "one").await.unwrap();
    let before = sandbox.world().sns.clone();
    create("DisplayName", "one").await.unwrap();
    create("FifoTopic", "false").await.unwrap();
    topic(&aws, R, "t").await;
    for (name, value) in [("DisplayName", "two"), ("SignatureVersion", "2"), ("TracingConfig", "Active")] {
        assert_eq!(code(create(name, value).await), "InvalidParameter", "{name}");
    }
    assert_eq!(sandbox.world().sns, before);
}

#[tokio::test]
async fn create_topic_with_a_bad_name_is_refused() {
    let (_, aws) = sandbox();
    topic(&aws, R, &"a".repeat(256)).await;
    for name in ["", &"a".repeat(257), "bad name", "bad:name", "bäd", "t.fifo", "a.b"] {
        assert_eq!(code(aws.sns(R).create_topic().name(name).send().await), "InvalidParameter", "{name}");
    }
    assert_eq!(code(aws.sns(R).create_topic().send().await), "InvalidParameter");
    let fifo = |name: &str| aws.sns(R).create_topic().name(name).attributes("FifoTopic", "true").send();
    assert_eq!(code(fifo("t").await), "InvalidParameter");
    let arn = fifo("t.fifo").await.unwrap().topic_arn.unwrap();
    assert_eq!(attributes(&aws, &arn).await["FifoTopic"], "true");
}

#[tokio::test]
async fn topics_are_seen_in_their_own_region_only() {
    let (_, aws) = sandbox();
    let (here, there) = (topic(&aws, R, "t").await, topic(&aws, "us-east-1", "t").await);
    assert_ne!(here, there);
    assert_eq!(listed(&aws, R).await, [here]);
    assert_eq!(listed(&aws, "us-east-1").await, std::slice::from_ref(&there));
    assert_eq!(listed(&aws, "eu-west-1").await, [""; 0]);
    assert_eq!(code(aws.sns(R).get_topic_attributes().topic_arn(there).send().await), "InvalidParameter");
}

#[tokio::test]
async fn list_topics_gives_pages_of_100() {
    let (_, aws) = sandbox();
    for number in 0..120 {
        topic(&aws, R, &format!("t{number}")).await;
    }
    let first = aws.sns(R).list_topics().send().await.unwrap();
    assert_eq!(first.topics().len(), 100);
    let second = aws.sns(R).list_topics().set_next_token(first.next_token.clone()).send().await.unwrap();
    assert_eq!((second.topics().len(), second.next_token()), (20, None));
    assert!(first.topics().iter().all(|one| !second.topics().contains(one)));
    assert_eq!(code(aws.sns(R).list_topics().next_token("made up").send().await), "InvalidParameter");
}

#[tokio::test]
async fn a_new_topic_has_the_attributes_that_aws_gives_it() {
    let (_, aws) = sandbox();
    let arn = topic(&aws, R, "t").await;
    let read = attributes(&aws, &arn).await;
    let counts = ["SubscriptionsPending", "SubscriptionsConfirmed", "SubscriptionsDeleted"];
    assert!(counts.iter().all(|count| read[*count] == "0"));
    assert_eq!((read["TopicArn"].as_str(), read["Owner"].as_str()), (T, "123456789012"));
    assert_eq!(read["DisplayName"], "");
    let delivery: Value = serde_json::from_str(&read["EffectiveDeliveryPolicy"]).unwrap();
    assert_eq!(delivery["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    assert_eq!(read.len(), 8);
}

#[tokio::test]
async fn a_new_topic_has_the_default_policy() {
    let (_, aws) = sandbox();
    let arn = topic(&aws, R, "t").await;
    let policy = r#"{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"arn:aws:sns:ap-south-1:123456789012:t","Condition":{"StringEquals":{"AWS:SourceOwner":"123456789012"}}}]}"#;
    assert_eq!(attributes(&aws, &arn).await["Policy"], policy);
}

fn alarm_policy(resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "AllowAlarms", "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "SNS:Publish", "Resource": resource,
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }]})
}

#[tokio::test]
async fn a_policy_that_is_set_is_read_back() {
    let (_, aws) = sandbox();
    let arn = topic(&aws, R, "t").await;
    let set = |policy: String| {
        aws.sns(R)
            .set_topic_attributes()
            .topic_arn(&arn)
            .attribute_name("Policy")
            .attribute_value(policy)
            .send()
    };
    let policy = alarm_policy(&arn);
    set(policy.to_string()).await.unwrap();
    let read: Value = serde_json::from_str(&attributes(&aws, &arn).await["Policy"]).unwrap();
    assert_eq!(read, policy);
}

#[tokio::test]
async fn a_bad_policy_is_refused_and_the_old_one_stays() {
    let (sandbox, aws) = sandbox();
    let arn = topic(&aws, R, "t").await;
    let before = sandbox.world().sns.clone();
    let other = alarm_policy("arn:aws:sns:us-east-1:123456789012:t").to_string();
    let long = alarm_policy(&arn).to_string().replace("AllowAlarms", &"x".repeat(31_000));
    for policy in ["", "{", "[]", "{}", &other, &long] {
        let set = aws.sns(R).set_topic_attributes().topic_arn(&arn).attribute_name("Policy");
        assert_eq!(code(set.attribute_value(policy).send().await), "InvalidParameter");
    }
    assert_eq!(sandbox.world().sns, before);
}

#[tokio::test]
async fn attributes_that_are_set_are_read_back_and_empty_ones_are_gone() {
    let (_, aws) = sandbox();
    let arn = topic(&aws, R, "t").await;
    let set = |name: &str, value: &str| {
        aws.sns(R).set_topic_attributes().topic_arn(&arn).attribute_name(name).attribute_value(value).send()
    };
    for (name, value) in [
        ("DisplayName", "Alarms"),
        ("TracingConfig", "Active"),
        ("KmsMasterKeyId", "alias/alarms"),
        ("SignatureVersion", "2"),
        ("SQSSuccessFeedbackSampleRate", "100"),
        ("SQSFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/feedback"),
    ] {
        set(name, value).await.unwrap();
        assert_eq!(attributes(&aws, &arn).await[name], value);
    }
    set("DisplayName", "").await.unwrap();
    set("KmsMasterKeyId", "").await.unwrap();
    let read = attributes(&aws, &arn).await;
    assert_eq!((read["DisplayName"].as_str(), read.get("KmsMasterKeyId")), ("", None));

    set(
        "DeliveryPolicy",
        r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6}}}"#,
    )
    .await
    .unwrap();
    let read: Value = serde_json::from_str(&attributes(&aws, &arn).await["EffectiveDeliveryPolicy"]).unwrap();
    let retries = &read["http"]["defaultHealthyRetryPolicy"];
    assert_eq!((&retries["minDelayTarget"], &retries["numRetries"]), (&json!(5), &json!(3)));
}

#[tokio::test]
async fn attributes_that_aws_refuses_change_nothing() {
    let (sandbox, aws) = sandbox();
    let arn = topic(&aws, R, "t").await;
    let before = sandbox.world().sns.clone();
    for (name, value) in [
        ("Owner", "me"),
        ("TopicArn", "x"),
        ("FifoTopic", "true"),
        ("ContentBasedDeduplication", "true"),
        ("displayname", "wrong case"),
        ("DisplayName", &"x".repeat(101)),
        ("DisplayName", "two\nlines"),
        ("TracingConfig", "On"),
        ("SignatureVersion", "3"),
        ("LambdaSuccessFeedbackSampleRate", "101"),
        ("LambdaFailureFeedbackRoleArn", "role"),
        ("DeliveryPolicy", "{"),
        ("DeliveryPolicy", r#"{"http":{"retries":1}}"#),
        ("DeliveryPolicy", r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}"#),
        ("MaximumMessageSize", "1"),
        ("", ""),
    ] {
        let set = aws.sns(R).set_topic_attributes().topic_arn(&arn).attribute_name(name);
        assert_eq!(code(set.attribute_value(value).send().await), "InvalidParameter", "{name}");
    }
    assert_eq!(sandbox.world().sns, before);
}

#[tokio::test]
async fn attributes_of_a_missing_topic_are_not_found() {
    let (_, aws) = sandbox();
    let sns = aws.sns(R);
    assert_eq!(code(sns.get_topic_attributes().topic_arn(T).send().await), "NotFound");
    let set = sns.set_topic_attributes().topic_arn(T).attribute_name("DisplayName").attribute_value("x");
    assert_eq!(code(set.send().await), "NotFound");
    assert_eq!(code(sns.get_topic_attributes().topic_arn("t").send().await), "InvalidParameter");
    assert_eq!(code(sns.get_topic_attributes().send().await), "InvalidParameter");
    let strange = "arn:aws:sns:ap-south-1:999999999999:t";
    assert_eq!(code(sns.get_topic_attributes().topic_arn(strange).send().await), "AuthorizationError");
}

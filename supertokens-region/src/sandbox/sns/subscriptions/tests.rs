use std::collections::HashMap;

use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::sns::{Subscription, SubscriptionState};
use crate::sandbox::testing::*;

const ADDRESS: &str = "x-aaaa1234@team.slack.com";
const HOUR: i64 = 3600;

async fn topic(aws: &Aws) -> String {
    aws.sns(R).create_topic().name("t").send().await.unwrap().topic_arn.unwrap()
}

/// Subscribes the address, and gives the subscription's ARN.
async fn subscribe(aws: &Aws, topic: &str) -> String {
    let call = aws.sns(R).subscribe().topic_arn(topic).protocol("email").endpoint(ADDRESS);
    call.return_subscription_arn(true).send().await.unwrap().subscription_arn.unwrap()
}

/// ARN and endpoint of each row.
async fn rows(aws: &Aws, topic: &str) -> Vec<(String, String)> {
    let answer = aws.sns(R).list_subscriptions_by_topic().topic_arn(topic).send().await.unwrap();
    let rows = answer.subscriptions().iter();
    rows.map(|row| (row.subscription_arn.clone().unwrap(), row.endpoint.clone().unwrap())).collect()
}

/// Pending, confirmed, deleted.
async fn counts(aws: &Aws, topic: &str) -> [String; 3] {
    let read = aws.sns(R).get_topic_attributes().topic_arn(topic).send().await.unwrap().attributes.unwrap();
    ["Pending", "Confirmed", "Deleted"].map(|count| read[&format!("Subscriptions{count}")].clone())
}

fn only(sandbox: &Sandbox) -> Subscription {
    let world = sandbox.world();
    assert_eq!(world.sns.subscriptions.len(), 1);
    world.sns.subscriptions.values().next().unwrap().clone()
}

async fn attributes(aws: &Aws, arn: &str) -> HashMap<String, String> {
    let call = aws.sns(R).get_subscription_attributes().subscription_arn(arn);
    call.send().await.unwrap().attributes.unwrap()
}

#[tokio::test]
async fn an_email_subscription_is_pending_until_it_is_confirmed() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let call = aws.sns(R).subscribe().topic_arn(&topic).protocol("email").endpoint(ADDRESS);
    assert_eq!(call.send().await.unwrap().subscription_arn(), Some("pending confirmation"));
    assert_eq!(rows(&aws, &topic).await, [("PendingConfirmation".to_owned(), ADDRESS.to_owned())]);
    assert_eq!(counts(&aws, &topic).await, ["1", "0", "0"]);
    assert_eq!(only(&sandbox).state, SubscriptionState::Pending);
}

#[tokio::test]
async fn subscribe_gives_the_arn_of_a_pending_subscription_when_asked_to() {
    let (_, aws) = sandbox();
    let topic = topic(&aws).await;
    let arn = subscribe(&aws, &topic).await;
    assert_eq!(arn.strip_prefix(&topic).unwrap().len(), ":f81d4fae-7dec-11d0-a765-00a0c91e6bf6".len());
}

#[tokio::test]
async fn subscribing_again_makes_no_second_row_but_sends_a_second_mail() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let arn = subscribe(&aws, &topic).await;
    assert_eq!(only(&sandbox).mails, 1);
    assert_eq!(subscribe(&aws, &topic).await, arn);
    assert_eq!(rows(&aws, &topic).await.len(), 1);
    assert_eq!(only(&sandbox).mails, 2);
}

#[tokio::test]
async fn two_addresses_are_two_pending_subscriptions() {
    let (_, aws) = sandbox();
    let topic = topic(&aws).await;
    for address in ["a@example.com", "b@example.com"] {
        aws.sns(R).subscribe().topic_arn(&topic).protocol("email").endpoint(address).send().await.unwrap();
    }
    assert_eq!(counts(&aws, &topic).await, ["2", "0", "0"]);
}

#[tokio::test]
async fn whoever_follows_the_link_confirms_and_is_not_asked_again() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let arn = subscribe(&aws, &topic).await;
    let link = only(&sandbox).confirmation_link();
    let token = link.split("&Token=").nth(1).unwrap().split('&').next().unwrap();
    let confirm = || aws.sns(R).confirm_subscription().topic_arn(&topic).token(token).send();
    assert_eq!(confirm().await.unwrap().subscription_arn(), Some(arn.as_str()));
    assert_eq!(confirm().await.unwrap().subscription_arn(), Some(arn.as_str()));
    assert_eq!(rows(&aws, &topic).await, [(arn.clone(), ADDRESS.to_owned())]);
    assert_eq!(counts(&aws, &topic).await, ["0", "1", "0"]);
    let call = aws.sns(R).subscribe().topic_arn(&topic).protocol("email").endpoint(ADDRESS);
    assert_eq!(call.send().await.unwrap().subscription_arn(), Some(arn.as_str()));
    assert_eq!(only(&sandbox).mails, 1);
}

#[tokio::test]
async fn confirm_subscription_with_a_bad_token_is_refused() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    subscribe(&aws, &topic).await;
    let before = only(&sandbox);
    let confirm = |topic: &str, token: &str| aws.sns(R).confirm_subscription().topic_arn(topic).token(token);
    for token in ["", "no hex", &"0".repeat(256)] {
        assert_eq!(code(confirm(&topic, token).send().await), "InvalidParameter", "{token}");
    }
    let elsewhere = topic.replace(R, "us-east-1");
    for topic in [elsewhere.as_str(), &topic.replace(":t", ":other"), "t"] {
        assert_eq!(code(confirm(topic, &before.token).send().await), "InvalidParameter", "{topic}");
    }
    let odd = confirm(&topic, &before.token).authenticate_on_unsubscribe("perhaps");
    assert_eq!(code(odd.send().await), "InvalidParameter");
    assert_eq!(only(&sandbox), before);
}

#[tokio::test]
async fn the_attributes_of_a_pending_subscription_say_so() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let arn = subscribe(&aws, &topic).await;
    let read = attributes(&aws, &arn).await;
    assert_eq!((read["PendingConfirmation"].as_str(), read["Endpoint"].as_str()), ("true", ADDRESS));
    assert_eq!((read["RawMessageDelivery"].as_str(), read["TopicArn"].as_str()), ("false", topic.as_str()));
    assert_eq!(read["ConfirmationWasAuthenticated"], "false");
    let confirm = aws.sns(R).confirm_subscription().topic_arn(&topic).token(only(&sandbox).token);
    confirm.authenticate_on_unsubscribe("true").send().await.unwrap();
    let read = attributes(&aws, &arn).await;
    assert_eq!(
        (read["PendingConfirmation"].as_str(), read["ConfirmationWasAuthenticated"].as_str()),
        ("false", "true")
    );
}

#[tokio::test]
async fn attributes_of_a_missing_subscription_are_not_found() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let arn = subscribe(&aws, &topic).await;
    let read =
        |region: &str, arn: &str| aws.sns(region).get_subscription_attributes().subscription_arn(arn).send();
    assert_eq!(code(read(R, &format!("{topic}:missing")).await), "NotFound");
    assert_eq!(code(read("us-east-1", &arn).await), "NotFound");
    assert_eq!(code(read(R, "PendingConfirmation").await), "InvalidParameter");
    sandbox.world().sns.subscriptions.get_mut(&arn).unwrap().state = SubscriptionState::Deleted;
    assert_eq!(code(read(R, &arn).await), "NotFound");
}

#[tokio::test]
async fn a_subscription_that_nobody_confirms_is_gone_after_48_hours() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    subscribe(&aws, &topic).await;
    let first = only(&sandbox);
    sandbox.world().clock += 48 * HOUR - 1;
    assert_eq!(rows(&aws, &topic).await.len(), 1);
    sandbox.world().clock += 1;
    assert_eq!(rows(&aws, &topic).await, []);
    assert_eq!(counts(&aws, &topic).await, ["0", "0", "0"]);
    let confirm = |token: &str| aws.sns(R).confirm_subscription().topic_arn(&topic).token(token).send();
    assert_eq!(code(confirm(&first.token).await), "InvalidParameter");

    subscribe(&aws, &topic).await;
    let second = only(&sandbox);
    assert_eq!(second.mails, 1);
    assert_eq!(code(confirm(&first.token).await), "InvalidParameter");
    confirm(&second.token).await.unwrap();
    sandbox.world().clock += 1000 * HOUR;
    assert_eq!(counts(&aws, &topic).await, ["0", "1", "0"]);
}

#[tokio::test]
async fn a_deleted_subscription_is_listed_as_such_and_can_be_made_again() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let arn = subscribe(&aws, &topic).await;
    sandbox.world().sns.subscriptions.get_mut(&arn).unwrap().state = SubscriptionState::Deleted;
    assert_eq!(rows(&aws, &topic).await, [("Deleted".to_owned(), ADDRESS.to_owned())]);
    assert_eq!(counts(&aws, &topic).await, ["0", "0", "1"]);
    subscribe(&aws, &topic).await;
    assert_eq!((only(&sandbox).state, only(&sandbox).mails), (SubscriptionState::Pending, 2));
}

#[tokio::test]
async fn subscribe_to_a_missing_topic_is_not_found() {
    let (_, aws) = sandbox();
    let topic = topic(&aws).await;
    let subscribe = |region: &str, topic: &str| {
        aws.sns(region).subscribe().topic_arn(topic).protocol("email").endpoint(ADDRESS).send()
    };
    assert_eq!(code(subscribe(R, &format!("{topic}x")).await), "NotFound");
    assert_eq!(code(subscribe("us-east-1", &topic).await), "InvalidParameter");
    assert_eq!(code(subscribe(R, "t").await), "InvalidParameter");
    let list = aws.sns(R).list_subscriptions_by_topic().topic_arn(format!("{topic}x"));
    assert_eq!(code(list.send().await), "NotFound");
}

#[tokio::test]
async fn subscribe_with_a_bad_address_is_refused() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    for (protocol, endpoint) in [
        ("email", "nobody"),
        ("email", ""),
        ("email", "@example.com"),
        ("email", "a@b@example.com"),
        ("email", "a b@example.com"),
        ("email", "a@localhost"),
        ("email", "a@example..com"),
        ("email", "Name <a@example.com>"),
        ("https", "http://example.com"),
        ("sqs", "https://sqs.ap-south-1.amazonaws.com/123456789012/q"),
        ("lambda", "f"),
        ("sms", "call me"),
        ("carrier pigeon", "coo"),
        ("application", "arn:aws:sns:ap-south-1:123456789012:endpoint/GCM/a/b"),
    ] {
        let call = aws.sns(R).subscribe().topic_arn(&topic).protocol(protocol).endpoint(endpoint);
        assert_eq!(code(call.send().await), "InvalidParameter", "{protocol} {endpoint}");
    }
    assert!(sandbox.world().sns.subscriptions.is_empty());
}

#[tokio::test]
async fn endpoints_of_the_account_need_no_confirmation() {
    let (_, aws) = sandbox();
    let topic = topic(&aws).await;
    let queue = "arn:aws:sqs:ap-south-1:123456789012:q";
    let call = aws.sns(R).subscribe().topic_arn(&topic).protocol("sqs").endpoint(queue);
    let arn = call.attributes("FilterPolicy", "{}").send().await.unwrap().subscription_arn.unwrap();
    assert_eq!(counts(&aws, &topic).await, ["0", "1", "0"]);
    assert_eq!(attributes(&aws, &arn).await["FilterPolicyScope"], "MessageAttributes");
}

#[tokio::test]
async fn attributes_of_a_subscription_are_checked_and_may_not_differ() {
    let (sandbox, aws) = sandbox();
    let topic = topic(&aws).await;
    let subscribe = |name: &str, value: &str| {
        let call = aws.sns(R).subscribe().topic_arn(&topic).protocol("email").endpoint(ADDRESS);
        call.attributes(name, value).send()
    };
    for (name, value) in [
        ("FilterPolicy", "x"),
        ("FilterPolicyScope", "Everything"),
        ("RawMessageDelivery", "true"),
        ("DeliveryPolicy", "{}"),
        ("Color", "red"),
    ] {
        assert_eq!(code(subscribe(name, value).await), "InvalidParameter", "{name}");
    }
    assert!(sandbox.world().sns.subscriptions.is_empty());
    subscribe("FilterPolicy", "{}").await.unwrap();
    assert_eq!(code(subscribe("FilterPolicy", r#"{"a":["b"]}"#).await), "InvalidParameter");
    assert_eq!(only(&sandbox).mails, 1);
}

#[tokio::test]
async fn list_subscriptions_gives_pages_of_100_of_its_own_region() {
    let (_, aws) = sandbox();
    let topic = topic(&aws).await;
    for number in 0..120 {
        let address = format!("a{number}@example.com");
        aws.sns(R).subscribe().topic_arn(&topic).protocol("email").endpoint(address).send().await.unwrap();
    }
    let first = aws.sns(R).list_subscriptions().send().await.unwrap();
    assert_eq!(first.subscriptions().len(), 100);
    let next = aws.sns(R).list_subscriptions().set_next_token(first.next_token).send().await.unwrap();
    assert_eq!((next.subscriptions().len(), next.next_token()), (20, None));
    let first = aws.sns(R).list_subscriptions_by_topic().topic_arn(&topic).send().await.unwrap();
    assert_eq!((first.subscriptions().len(), first.next_token().is_some()), (100, true));
    let there = aws.sns("us-east-1").list_subscriptions().send().await.unwrap();
    assert!(there.subscriptions().is_empty());
}

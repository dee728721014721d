use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Dimension, StateValue, Statistic};

use crate::aws::Aws;
use crate::sandbox::testing::*;

const TOPIC: &str = "arn:aws:sns:ap-south-1:123456789012:alarms";

async fn put(aws: &Aws, name: &str) {
    let call = aws.cloudwatch(R).put_metric_alarm().alarm_name(name).alarm_actions(TOPIC);
    call.namespace("AWS/Lambda")
        .metric_name("Errors")
        .dimensions(Dimension::builder().name("FunctionName").value("f").build())
        .statistic(Statistic::Maximum)
        .period(900)
        .evaluation_periods(1)
        .threshold(1.0)
        .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
        .send()
        .await
        .unwrap();
}

fn describe(aws: &Aws) -> DescribeAlarmsFluentBuilder {
    aws.cloudwatch(R).describe_alarms()
}

fn names(answer: &DescribeAlarmsOutput) -> Vec<&str> {
    answer.metric_alarms().iter().filter_map(|alarm| alarm.alarm_name()).collect()
}

#[tokio::test]
async fn alarms_are_found_by_name_and_by_the_start_of_the_name() {
    let (_, aws) = sandbox();
    for name in ["db-a CPUUtilization", "db-b CPUUtilization", "f Errors"] {
        put(&aws, name).await;
    }
    let found = describe(&aws).alarm_names("f Errors").alarm_names("missing").send().await.unwrap();
    assert_eq!(names(&found), ["f Errors"]);
    let found = describe(&aws).alarm_name_prefix("db-").send().await.unwrap();
    assert_eq!(names(&found), ["db-a CPUUtilization", "db-b CPUUtilization"]);
    let both = describe(&aws).alarm_names("f Errors").alarm_name_prefix("f");
    assert_eq!(code(both.send().await), "ValidationError");
}

#[tokio::test]
async fn a_missing_alarm_is_not_in_the_answer() {
    let (_, aws) = sandbox();
    let found = describe(&aws).alarm_names("missing").send().await.unwrap();
    assert_eq!((names(&found).len(), found.next_token()), (0, None));
}

#[tokio::test]
async fn a_list_of_no_names_asks_for_all_alarms() {
    let (_, aws) = sandbox();
    put(&aws, "a").await;
    let found = describe(&aws).set_alarm_names(Some(vec![])).send().await.unwrap();
    assert_eq!(names(&found), ["a"]);
}

#[tokio::test]
async fn alarms_are_seen_in_their_own_region_only() {
    let (_, aws) = sandbox();
    put(&aws, "a").await;
    let there = aws.cloudwatch("us-east-1").describe_alarms().send().await.unwrap();
    assert_eq!(there.metric_alarms(), []);
}

#[tokio::test]
async fn alarms_are_found_by_state_and_by_action() {
    let (_, aws) = sandbox();
    for name in ["a", "b"] {
        put(&aws, name).await;
    }
    let set = aws.cloudwatch(R).set_alarm_state().alarm_name("b").state_value(StateValue::Ok);
    set.state_reason("fine").send().await.unwrap();
    let found = describe(&aws).state_value(StateValue::Ok).send().await.unwrap();
    assert_eq!(names(&found), ["b"]);
    let found = describe(&aws).action_prefix("arn:aws:sns:").send().await.unwrap();
    assert_eq!(names(&found), ["a", "b"]);
    let found = describe(&aws).action_prefix("arn:aws:lambda:").send().await.unwrap();
    assert_eq!(names(&found), [""; 0]);
    assert_eq!(code(describe(&aws).state_value("HOT".into()).send().await), "ValidationError");
}

#[tokio::test]
async fn describe_alarms_gives_pages_of_50_and_at_most_of_100() {
    let (_, aws) = sandbox();
    for number in 0..250 {
        put(&aws, &format!("a{number:03}")).await;
    }
    let first = describe(&aws).send().await.unwrap();
    assert_eq!((names(&first).len(), first.next_token().is_some()), (50, true));
    let (mut all, mut sizes, mut token) = (vec![], vec![], None);
    loop {
        let answer = describe(&aws).max_records(100).set_next_token(token).send().await.unwrap();
        sizes.push(names(&answer).len());
        all.extend(names(&answer).into_iter().map(str::to_owned));
        token = answer.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [100, 100, 50]);
    all.dedup();
    assert_eq!(all.len(), 250);
    // Also names that were asked for come in pages.
    let asked = describe(&aws).set_alarm_names(Some(all[..100].to_vec()));
    let answer = asked.clone().send().await.unwrap();
    assert_eq!((names(&answer).len(), answer.next_token().is_some()), (50, true));
    assert_eq!(names(&asked.max_records(100).send().await.unwrap()).len(), 100);
    assert_eq!(code(describe(&aws).next_token("made up").send().await), "InvalidNextToken");
    for records in [0, 101] {
        assert_eq!(code(describe(&aws).max_records(records).send().await), "ValidationError");
    }
}

#[tokio::test]
async fn more_than_100_names_are_refused() {
    let (_, aws) = sandbox();
    let names = |count: usize| Some((0..count).map(|number| number.to_string()).collect::<Vec<_>>());
    describe(&aws).set_alarm_names(names(100)).send().await.unwrap();
    assert_eq!(code(describe(&aws).set_alarm_names(names(101)).send().await), "ValidationError");
}

#[tokio::test]
async fn composite_alarms_are_told_only_to_who_asks_for_them() {
    let (sandbox, aws) = sandbox();
    put(&aws, "a").await;
    sandbox.world().cloudwatch.composite_alarms.entry(R.to_owned()).or_default().insert("both".to_owned());
    let found = describe(&aws).send().await.unwrap();
    assert_eq!((names(&found), found.composite_alarms().len()), (vec!["a"], 0));
    let of = |kind: AlarmType| describe(&aws).alarm_types(kind);
    let found = of(AlarmType::CompositeAlarm).send().await.unwrap();
    assert_eq!((names(&found).len(), found.composite_alarms()[0].alarm_name()), (0, Some("both")));
    let found = of(AlarmType::CompositeAlarm).alarm_types(AlarmType::MetricAlarm).send().await.unwrap();
    assert_eq!((names(&found), found.composite_alarms().len()), (vec!["a"], 1));
    assert_eq!(code(of("Loud".into()).send().await), "ValidationError");
    assert_eq!(code(describe(&aws).children_of_alarm_name("both").send().await), "ValidationError");
}

#[tokio::test]
async fn alarms_are_found_by_exactly_their_metric() {
    let (_, aws) = sandbox();
    put(&aws, "a").await;
    let of = |metric: &str, function: &str| {
        let call = aws.cloudwatch(R).describe_alarms_for_metric().namespace("AWS/Lambda").metric_name(metric);
        call.dimensions(Dimension::builder().name("FunctionName").value(function).build())
    };
    assert_eq!(of("Errors", "f").send().await.unwrap().metric_alarms().len(), 1);
    assert_eq!(of("Errors", "f").period(900).send().await.unwrap().metric_alarms().len(), 1);
    for other in [
        of("Errors", "g"),
        of("Throttles", "f"),
        of("Errors", "f").period(60),
        of("Errors", "f").statistic(Statistic::Sum),
    ] {
        assert_eq!(other.send().await.unwrap().metric_alarms(), []);
    }
    let without =
        aws.cloudwatch(R).describe_alarms_for_metric().namespace("AWS/Lambda").metric_name("Errors");
    assert_eq!(without.send().await.unwrap().metric_alarms(), []);
    let nameless = aws.cloudwatch(R).describe_alarms_for_metric().namespace("AWS/Lambda");
    assert_eq!(code(nameless.send().await), "ValidationError");
}

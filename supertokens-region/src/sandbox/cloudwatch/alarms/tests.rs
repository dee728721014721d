use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, StateValue, Statistic,
    Tag,
};

use crate::aws::Aws;
use crate::sandbox::testing::*;

const TOPIC: &str = "arn:aws:sns:ap-south-1:123456789012:alarms";
const ARN: &str = "arn:aws:cloudwatch:ap-south-1:123456789012:alarm:a";

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// A call that AWS accepts, of the alarm `a`.
fn put(aws: &Aws) -> PutMetricAlarmFluentBuilder {
    aws.cloudwatch(R)
        .put_metric_alarm()
        .alarm_name("a")
        .namespace("AWS/RDS")
        .metric_name("CPUUtilization")
        .dimensions(dimension("DBClusterIdentifier", "db"))
        .statistic(Statistic::Maximum)
        .period(900)
        .evaluation_periods(1)
        .threshold(80.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .alarm_actions(TOPIC)
}

async fn only(aws: &Aws) -> MetricAlarm {
    let answer = aws.cloudwatch(R).describe_alarms().alarm_names("a").send().await.unwrap();
    assert_eq!(answer.metric_alarms().len(), 1);
    answer.metric_alarms()[0].clone()
}

/// Each call must be refused, and nothing be there afterwards.
async fn all_refused(calls: Vec<(&str, PutMetricAlarmFluentBuilder)>) {
    for (what, call) in calls {
        let code = code(call.send().await);
        assert!(["ValidationError", "InvalidParameterValue"].contains(&code.as_str()), "{what}: {code}");
    }
}

#[tokio::test]
async fn an_alarm_that_is_put_is_described_with_insufficient_data() {
    let (_, aws) = sandbox();
    put(&aws).send().await.unwrap();
    let read = only(&aws).await;
    assert_eq!(read.alarm_arn(), Some(ARN));
    assert_eq!(read.state_value(), Some(&StateValue::InsufficientData));
    assert_eq!(read.state_reason(), Some("Unchecked: Initial alarm creation"));
    assert_eq!((read.actions_enabled(), read.alarm_actions()), (Some(true), &[TOPIC.to_owned()][..]));
    assert_eq!(read.dimensions(), [dimension("DBClusterIdentifier", "db")]);
    assert_eq!(
        (read.statistic(), read.threshold(), read.period()),
        (Some(&Statistic::Maximum), Some(80.0), Some(900))
    );
    // AWS tells no defaults.
    assert_eq!((read.treat_missing_data(), read.datapoints_to_alarm(), read.unit()), (None, None, None));
}

#[tokio::test]
async fn putting_an_alarm_again_overwrites_all_but_its_state_and_its_tags() {
    let (sandbox, aws) = sandbox();
    let first = put(&aws).alarm_description("old").treat_missing_data("ignore").tags(tag("a", "1"));
    first.send().await.unwrap();
    let set = aws.cloudwatch(R).set_alarm_state().alarm_name("a").state_value(StateValue::Ok);
    set.state_reason("fine").send().await.unwrap();
    sandbox.world().clock += 60;
    put(&aws).threshold(90.0).tags(tag("a", "2")).tags(tag("b", "3")).send().await.unwrap();
    let read = only(&aws).await;
    assert_eq!(
        (read.threshold(), read.alarm_description(), read.treat_missing_data()),
        (Some(90.0), None, None)
    );
    assert_eq!((read.state_value(), read.state_reason()), (Some(&StateValue::Ok), Some("fine")));
    assert!(read.alarm_configuration_updated_timestamp() > read.state_updated_timestamp());
    let tags = aws.cloudwatch(R).list_tags_for_resource().resource_arn(ARN).send().await.unwrap();
    assert_eq!(tags.tags(), [tag("a", "1")]);
    assert_eq!(sandbox.world().cloudwatch.alarms.len(), 1);
}

#[tokio::test]
async fn a_period_of_7_seconds_is_refused() {
    let (sandbox, aws) = sandbox();
    let period = |seconds| put(&aws).period(seconds);
    all_refused(vec![
        ("7", period(7)),
        ("0", period(0)),
        ("90", period(90)),
        ("none", put(&aws).set_period(None)),
    ])
    .await;
    assert!(sandbox.world().cloudwatch.alarms.is_empty());
}

#[tokio::test]
async fn an_alarm_looks_back_a_day_or_with_long_periods_a_week() {
    let (_, aws) = sandbox();
    let of = |period, periods| put(&aws).period(period).evaluation_periods(periods);
    for (period, periods) in [(900, 96), (60, 1440), (3600, 168), (86_400, 7)] {
        of(period, periods).send().await.unwrap();
    }
    all_refused(vec![
        ("a day and a bit", of(900, 97)),
        ("a week and a bit", of(3600, 169)),
        ("too many", of(86_400, i32::MAX)),
        ("no period", of(900, 0)),
        ("no periods", put(&aws).set_evaluation_periods(None)),
    ])
    .await;
}

#[tokio::test]
async fn an_alarm_without_a_statistic_is_refused() {
    let (_, aws) = sandbox();
    let without = || put(&aws).set_statistic(None);
    all_refused(vec![
        ("none", without()),
        ("both", put(&aws).extended_statistic("p99")),
        ("unknown", put(&aws).statistic("Median".into())),
        ("unknown extended", without().extended_statistic("q99")),
    ])
    .await;
    without().extended_statistic("p99.9").send().await.unwrap();
    assert_eq!(only(&aws).await.extended_statistic(), Some("p99.9"));
}

#[tokio::test]
async fn an_action_in_another_region_is_refused() {
    let (_, aws) = sandbox();
    let only = |action: &str| put(&aws).set_alarm_actions(None).alarm_actions(action);
    all_refused(vec![
        ("alarm", only("arn:aws:sns:us-east-1:123456789012:alarms")),
        ("ok", put(&aws).ok_actions("arn:aws:sns:us-east-1:123456789012:alarms")),
        ("no data", put(&aws).insufficient_data_actions("arn:aws:sns:us-east-1:123456789012:alarms")),
        ("partition", only("arn:aws-cn:sns:ap-south-1:123456789012:alarms")),
        ("name", only("alarms")),
        ("service", only("arn:aws:sqs:ap-south-1:123456789012:alarms")),
        ("account", only("arn:aws:sns:ap-south-1:me:alarms")),
    ])
    .await;
    for fine in [
        "arn:aws:sns:ap-south-1:999999999999:theirs",
        "arn:aws:automate:ap-south-1:ec2:recover",
        "arn:aws:ssm-incidents::123456789012:responseplan/p",
    ] {
        only(fine).send().await.unwrap();
    }
}

#[tokio::test]
async fn more_than_five_actions_are_refused() {
    let (_, aws) = sandbox();
    let actions = |count: usize| put(&aws).set_ok_actions(Some(vec![TOPIC.to_owned(); count]));
    actions(5).send().await.unwrap();
    all_refused(vec![("six", actions(6))]).await;
}

#[tokio::test]
async fn what_does_not_make_an_alarm_is_refused() {
    let (sandbox, aws) = sandbox();
    let many = (0..31).map(|number| dimension(&format!("d{number}"), "x")).collect();
    all_refused(vec![
        ("no name", put(&aws).set_alarm_name(None)),
        ("empty name", put(&aws).alarm_name("")),
        ("long name", put(&aws).alarm_name("n".repeat(256))),
        ("name of two lines", put(&aws).alarm_name("a\nb")),
        ("long description", put(&aws).alarm_description("d".repeat(1025))),
        ("no metric", put(&aws).set_metric_name(None)),
        ("no namespace", put(&aws).set_namespace(None)),
        ("odd namespace", put(&aws).namespace(":x")),
        ("dimension twice", put(&aws).dimensions(dimension("DBClusterIdentifier", "x"))),
        ("dimension without value", put(&aws).dimensions(dimension("Role", ""))),
        ("too many dimensions", put(&aws).set_dimensions(Some(many))),
        ("no operator", put(&aws).set_comparison_operator(None)),
        ("odd operator", put(&aws).comparison_operator("Equal".into())),
        ("operator for bands", put(&aws).comparison_operator(ComparisonOperator::LessThanLowerThreshold)),
        ("no threshold", put(&aws).set_threshold(None)),
        ("threshold that is none", put(&aws).threshold(f64::NAN)),
        ("points of periods", put(&aws).datapoints_to_alarm(2)),
        ("no points", put(&aws).datapoints_to_alarm(0)),
        ("missing data", put(&aws).treat_missing_data("Missing")),
        ("few samples", put(&aws).evaluate_low_sample_count_percentile("guess")),
        ("unit", put(&aws).unit("Parsecs".into())),
        ("tag", put(&aws).tags(tag("aws:x", ""))),
        ("tag twice", put(&aws).tags(tag("x", "")).tags(tag("x", ""))),
        ("what is not known here", put(&aws).evaluation_interval(10)),
    ])
    .await;
    assert!(sandbox.world().cloudwatch.alarms.is_empty());
    put(&aws).alarm_name("n".repeat(255)).send().await.unwrap();
}

#[tokio::test]
async fn an_alarm_of_the_name_of_a_composite_one_is_refused() {
    let (sandbox, aws) = sandbox();
    for region in ["us-east-1", R] {
        let mut world = sandbox.world();
        world.cloudwatch.composite_alarms.entry(region.to_owned()).or_default().insert(region.to_owned());
    }
    put(&aws).alarm_name("us-east-1").send().await.unwrap();
    all_refused(vec![("same region", put(&aws).alarm_name(R))]).await;
}

fn query(id: &str) -> aws_sdk_cloudwatch::types::builders::MetricDataQueryBuilder {
    MetricDataQuery::builder().id(id)
}

fn errors() -> MetricDataQuery {
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name("Errors");
    let metric = metric.dimensions(dimension("FunctionName", "f")).build();
    let stat = MetricStat::builder().metric(metric).period(300).stat("Sum").build();
    query("errors").metric_stat(stat).return_data(false).build()
}

fn computed(aws: &Aws, queries: Vec<MetricDataQuery>) -> PutMetricAlarmFluentBuilder {
    aws.cloudwatch(R)
        .put_metric_alarm()
        .alarm_name("a")
        .evaluation_periods(1)
        .threshold(1.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .set_metrics(Some(queries))
}

#[tokio::test]
async fn an_alarm_on_a_computation_is_read_back() {
    let (_, aws) = sandbox();
    let queries = vec![errors(), query("rate").expression("errors / 300").build()];
    computed(&aws, queries.clone()).send().await.unwrap();
    let read = only(&aws).await;
    assert_eq!((read.metrics(), read.metric_name(), read.period()), (&queries[..], None, None));
    let band = vec![
        query("m").metric_stat(errors().metric_stat.unwrap()).build(),
        query("band").expression("ANOMALY_DETECTION_BAND(m, 2)").build(),
    ];
    let call = computed(&aws, band).set_threshold(None).threshold_metric_id("band");
    call.comparison_operator(ComparisonOperator::GreaterThanUpperThreshold).send().await.unwrap();
    assert_eq!(only(&aws).await.threshold_metric_id(), Some("band"));
}

#[tokio::test]
async fn a_computation_that_is_none_is_refused() {
    let (_, aws) = sandbox();
    let rate = || query("rate").expression("errors / 300").build();
    all_refused(vec![
        ("with a metric", computed(&aws, vec![rate()]).metric_name("Errors")),
        ("with a period", computed(&aws, vec![rate()]).period(60)),
        ("nothing watched", computed(&aws, vec![errors()])),
        ("two watched", computed(&aws, vec![rate(), query("other").expression("1").build()])),
        ("id twice", computed(&aws, vec![errors(), errors(), rate()])),
        ("odd id", computed(&aws, vec![query("Rate").expression("1").build()])),
        ("nothing in it", computed(&aws, vec![query("rate").build()])),
        ("unknown band", computed(&aws, vec![rate()]).set_threshold(None).threshold_metric_id("band")),
    ])
    .await;
}

#[tokio::test]
async fn a_state_that_is_set_is_read_back_with_its_reason() {
    let (sandbox, aws) = sandbox();
    put(&aws).send().await.unwrap();
    sandbox.world().clock += 60;
    let set = |state: StateValue, reason: &str| {
        aws.cloudwatch(R).set_alarm_state().alarm_name("a").state_value(state).state_reason(reason)
    };
    set(StateValue::Alarm, "hot").state_reason_data("{}").send().await.unwrap();
    let read = only(&aws).await;
    assert_eq!((read.state_value(), read.state_reason()), (Some(&StateValue::Alarm), Some("hot")));
    assert_eq!(read.state_reason_data(), Some("{}"));
    sandbox.world().clock += 60;
    set(StateValue::Alarm, "still hot").send().await.unwrap();
    let read = only(&aws).await;
    assert!(read.state_updated_timestamp() > read.state_transitioned_timestamp());

    assert_eq!(code(set("HOT".into(), "x").send().await), "ValidationError");
    assert_eq!(code(set(StateValue::Ok, "x").set_state_reason(None).send().await), "ValidationError");
    assert_eq!(code(set(StateValue::Ok, "x").state_reason_data("{").send().await), "InvalidFormat");
    assert_eq!(only(&aws).await, read);
}

#[tokio::test]
async fn the_state_of_a_missing_alarm_is_not_found() {
    let (_, aws) = sandbox();
    put(&aws).send().await.unwrap();
    let set = |region: &str, name: &str| {
        let call = aws.cloudwatch(region).set_alarm_state().alarm_name(name);
        call.state_value(StateValue::Ok).state_reason("x").send()
    };
    assert_eq!(code(set(R, "b").await), "ResourceNotFound");
    assert_eq!(code(set("us-east-1", "a").await), "ResourceNotFound");
}

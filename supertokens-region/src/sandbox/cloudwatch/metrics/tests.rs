use aws_sdk_cloudwatch::operation::list_metrics::builders::ListMetricsFluentBuilder;
use aws_sdk_cloudwatch::operation::put_metric_data::builders::PutMetricDataFluentBuilder;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::builders::MetricDatumBuilder;
use aws_sdk_cloudwatch::types::{Dimension, DimensionFilter, MetricDatum, RecentlyActive, StatisticSet};

use crate::aws::Aws;
use crate::sandbox::cloudwatch::Metric;
use crate::sandbox::testing::*;

const NOW: i64 = 1_767_225_600;
const HOUR: i64 = 3600;

fn list(aws: &Aws) -> ListMetricsFluentBuilder {
    aws.cloudwatch(R).list_metrics()
}

async fn count(call: ListMetricsFluentBuilder) -> usize {
    call.send().await.unwrap().metrics().len()
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

fn filter(name: &str, value: Option<&str>) -> DimensionFilter {
    DimensionFilter::builder().name(name).set_value(value.map(str::to_owned)).build()
}

fn datum() -> MetricDatumBuilder {
    MetricDatum::builder().metric_name("jobs")
}

fn put(aws: &Aws, datum: MetricDatum) -> PutMetricDataFluentBuilder {
    aws.cloudwatch(R).put_metric_data().namespace("Own").metric_data(datum)
}

/// A metric that AWS publishes.
fn rds(name: &str, dimensions: &[(&str, &str)]) -> Metric {
    let dimensions =
        dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Metric { namespace: "AWS/RDS".to_owned(), name: name.to_owned(), dimensions, published: None }
}

#[tokio::test]
async fn metrics_that_are_put_are_listed_with_their_dimensions() {
    let (_, aws) = sandbox();
    for queue in ["a", "b", "a"] {
        put(&aws, datum().dimensions(dimension("Queue", queue)).value(1.0).build()).send().await.unwrap();
    }
    let found = list(&aws).namespace("Own").send().await.unwrap();
    let queues: Vec<_> = found.metrics().iter().map(|metric| metric.dimensions().to_vec()).collect();
    assert_eq!(queues, [[dimension("Queue", "a")], [dimension("Queue", "b")]]);
    assert_eq!(found.metrics()[0].metric_name(), Some("jobs"));
    let there = aws.cloudwatch("us-east-1").list_metrics().send().await.unwrap();
    assert_eq!(there.metrics(), []);
}

#[tokio::test]
async fn a_filter_by_dimension_finds_metrics_with_more_dimensions_too() {
    let (sandbox, aws) = sandbox();
    sandbox.world().cloudwatch.metrics.insert(
        R.to_owned(),
        vec![
            rds("CPUUtilization", &[]),
            rds("CPUUtilization", &[("DBClusterIdentifier", "db")]),
            rds("CPUUtilization", &[("DBClusterIdentifier", "db"), ("Role", "WRITER")]),
            rds("CPUUtilization", &[("DBClusterIdentifier", "other")]),
            rds("VolumeReadIOPs", &[("DbClusterIdentifier", "db"), ("EngineName", "aurora-postgresql")]),
        ],
    );
    let by = |name: &str, value| list(&aws).dimensions(filter(name, value));
    assert_eq!(count(by("DBClusterIdentifier", Some("db"))).await, 2);
    assert_eq!(count(by("DBClusterIdentifier", None)).await, 3);
    assert_eq!(count(by("DbClusterIdentifier", Some("db"))).await, 1, "case matters");
    let both = by("DBClusterIdentifier", Some("db")).dimensions(filter("Role", None));
    assert_eq!(count(both).await, 1);
    assert_eq!(count(list(&aws).namespace("AWS/RDS").metric_name("CPUUtilization")).await, 4);
    assert_eq!(count(list(&aws).metric_name("CPU")).await, 0);
    assert_eq!(count(list(&aws).namespace("AWS")).await, 0);
}

#[tokio::test]
async fn metrics_are_listed_for_two_weeks_and_as_recent_for_three_hours() {
    let (sandbox, aws) = sandbox();
    sandbox.world().cloudwatch.metrics.insert(R.to_owned(), vec![rds("CPUUtilization", &[])]);
    put(&aws, datum().value(1.0).build()).send().await.unwrap();
    let recent = || list(&aws).recently_active(RecentlyActive::Pt3H);
    assert_eq!(count(recent()).await, 2);
    sandbox.world().clock += 3 * HOUR + 1;
    assert_eq!((count(recent()).await, count(list(&aws)).await), (1, 2));
    sandbox.world().clock += 14 * 24 * HOUR;
    assert_eq!((count(recent()).await, count(list(&aws)).await), (1, 1));
    assert_eq!(code(list(&aws).recently_active("PT1H".into()).send().await), "ValidationError");
}

#[tokio::test]
async fn list_metrics_gives_pages_of_500() {
    let (sandbox, aws) = sandbox();
    let metrics = (0..1200).map(|number| rds(&format!("m{number:04}"), &[])).collect();
    sandbox.world().cloudwatch.metrics.insert(R.to_owned(), metrics);
    let (mut sizes, mut token) = (vec![], None);
    loop {
        let answer = list(&aws).set_next_token(token).send().await.unwrap();
        sizes.push(answer.metrics().len());
        token = answer.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [500, 500, 200]);
    assert_eq!(code(list(&aws).next_token("made up").send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn metrics_are_those_of_this_account() {
    let (sandbox, aws) = sandbox();
    sandbox.world().cloudwatch.metrics.insert(R.to_owned(), vec![rds("CPUUtilization", &[])]);
    let linked = list(&aws).include_linked_accounts(true);
    assert_eq!(linked.clone().send().await.unwrap().owning_accounts(), ["123456789012"]);
    assert_eq!(count(linked.owning_account("999999999999")).await, 0);
    assert_eq!(code(list(&aws).owning_account("999999999999").send().await), "InvalidParameterValue");
    let many = (0..11).map(|number| filter(&number.to_string(), None)).collect();
    assert_eq!(code(list(&aws).set_dimensions(Some(many)).send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn data_that_aws_refuses_publish_nothing() {
    let (sandbox, aws) = sandbox();
    let set = StatisticSet::builder().sample_count(1.0).sum(1.0).minimum(1.0).maximum(1.0).build();
    let at = |seconds| datum().value(1.0).timestamp(DateTime::from_secs(NOW + seconds));
    for (expected, datum) in [
        ("ValidationError", MetricDatum::builder().value(1.0)),
        ("InvalidParameterCombination", datum()),
        ("InvalidParameterCombination", datum().value(1.0).values(2.0)),
        ("InvalidParameterCombination", datum().value(1.0).statistic_values(set)),
        ("InvalidParameterValue", datum().values(1.0).counts(1.0).counts(2.0)),
        ("InvalidParameterValue", datum().value(f64::NAN)),
        ("InvalidParameterValue", datum().value(1.0).storage_resolution(5)),
        ("InvalidParameterValue", at(2 * HOUR + 1)),
        ("InvalidParameterValue", at(-14 * 24 * HOUR - 1)),
        ("ValidationError", datum().value(1.0).dimensions(dimension("Queue", ""))),
        ("ValidationError", datum().value(1.0).unit("Parsecs".into())),
    ] {
        let datum = datum.build();
        let call = put(&aws, MetricDatum::builder().metric_name("fine").value(1.0).build());
        assert_eq!(code(call.metric_data(datum.clone()).send().await), expected, "{datum:?}");
    }
    let fine = || datum().value(1.0).build();
    assert_eq!(code(put(&aws, fine()).namespace("AWS/RDS").send().await), "InvalidParameterValue");
    assert_eq!(code(put(&aws, fine()).set_metric_data(None).send().await), "MissingParameter");
    let many = put(&aws, fine()).set_metric_data(Some(vec![fine(); 1001]));
    assert_eq!(code(many.send().await), "InvalidParameterValue");
    assert!(sandbox.world().cloudwatch.metrics.is_empty());
}

#[tokio::test]
async fn data_of_a_metric_that_aws_publishes_do_not_end_its_being_published() {
    let (sandbox, aws) = sandbox();
    let own = Metric { namespace: "Own".to_owned(), ..rds("jobs", &[]) };
    sandbox.world().cloudwatch.metrics.insert(R.to_owned(), vec![own.clone()]);
    put(&aws, datum().value(1.0).build()).send().await.unwrap();
    assert_eq!(sandbox.world().cloudwatch.metrics[R], [own]);
}

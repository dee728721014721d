//! CloudWatch: alarms and their tags, and which metrics somebody publishes.

mod alarms;
mod checks;
mod describe;
mod metrics;
mod tags;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::operation::{
    describe_alarms::DescribeAlarmsError, describe_alarms_for_metric::DescribeAlarmsForMetricError,
    list_metrics::ListMetricsError, list_tags_for_resource::ListTagsForResourceError,
    put_metric_alarm::PutMetricAlarmError, put_metric_data::PutMetricDataError,
    set_alarm_state::SetAlarmStateError, tag_resource::TagResourceError, untag_resource::UntagResourceError,
};
use serde::{Deserialize, Serialize};

use super::Call;
use super::door::Handlers;

/// What is in CloudWatch, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CloudWatch {
    /// The metric alarms, by ARN.
    pub alarms: BTreeMap<String, Alarm>,
    /// The names of the composite alarms, by region. All that is known of them is that a metric alarm can't be called
    /// the same.
    pub composite_alarms: BTreeMap<String, BTreeSet<String>>,
    /// The metrics that somebody publishes, by region.
    pub metrics: BTreeMap<String, Vec<Metric>>,
}

/// An alarm on a metric, or on what is computed from some.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// The name, which no other alarm of the region has.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// Whether anything is done when the state changes.
    pub actions_enabled: bool,
    /// What is done when the state becomes `OK`; ARNs.
    pub ok_actions: Vec<String>,
    /// What is done when the state becomes `ALARM`; ARNs.
    pub alarm_actions: Vec<String>,
    /// What is done when the state becomes `INSUFFICIENT_DATA`; ARNs.
    pub insufficient_data_actions: Vec<String>,
    /// The metric's namespace; none where the alarm watches something computed.
    pub namespace: Option<String>,
    /// The metric's name.
    pub metric_name: Option<String>,
    /// The metric's dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// `Minimum`, `Maximum` ...
    pub statistic: Option<String>,
    /// `p99` and the like, in place of a statistic.
    pub extended_statistic: Option<String>,
    /// Seconds.
    pub period: Option<i32>,
    /// The unit in which the metric is published.
    pub unit: Option<String>,
    /// What the alarm computes, in place of a metric.
    pub queries: Vec<Query>,
    /// How many periods are looked at.
    pub evaluation_periods: i32,
    /// How many of them must be bad; none is all of them.
    pub datapoints_to_alarm: Option<i32>,
    /// What the statistic is compared with.
    pub threshold: Option<f64>,
    /// The query that gives the band, in place of a threshold.
    pub threshold_metric_id: Option<String>,
    /// `GreaterThanThreshold` ...
    pub comparison_operator: String,
    /// What a period without data counts as; none is `missing`.
    pub treat_missing_data: Option<String>,
    /// Whether a percentile of few samples counts.
    pub evaluate_low_sample_count_percentile: Option<String>,
    /// The state. It changes when somebody sets it: nothing is measured here.
    pub state: AlarmState,
    /// Why it is in that state, for people.
    pub state_reason: String,
    /// Why it is in that state, as JSON.
    pub state_reason_data: Option<String>,
    /// When its state was last set, seconds since 1970.
    pub state_updated: i64,
    /// When its state last became another one, seconds since 1970.
    pub state_transitioned: i64,
    /// When it was last put, seconds since 1970.
    pub configuration_updated: i64,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// One of the things that an alarm on a computation computes with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The name that other expressions use.
    pub id: String,
    /// The expression; or else there is a metric.
    pub expression: Option<String>,
    /// The metric; or else there is an expression.
    pub metric: Option<QueriedMetric>,
    /// The label.
    pub label: Option<String>,
    /// Seconds, of an expression.
    pub period: Option<i32>,
    /// Whether it is what the alarm watches.
    pub return_data: Option<bool>,
    /// The account that publishes the metric.
    pub account: Option<String>,
}

/// A metric in a query, with the statistic that is taken of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueriedMetric {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// Seconds.
    pub period: i32,
    /// `Maximum`, `p99` ...
    pub statistic: String,
    /// The unit.
    pub unit: Option<String>,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmState {
    /// `INSUFFICIENT_DATA`, as all alarms start.
    #[default]
    InsufficientData,
    /// `OK`.
    Ok,
    /// `ALARM`.
    Alarm,
}

/// A metric that somebody publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// All its dimensions: with others it is another metric.
    pub dimensions: BTreeMap<String, String>,
    /// When it was last published, seconds since 1970; none is all the time, as AWS's own services do.
    pub published: Option<i64>,
}

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("cloudwatch:PutMetricAlarm", alarms::put_metric_alarm, PutMetricAlarmError::generic);
    handlers.on("cloudwatch:SetAlarmState", alarms::set_alarm_state, SetAlarmStateError::generic);
    handlers.on("cloudwatch:DescribeAlarms", describe::describe_alarms, DescribeAlarmsError::generic);
    handlers.on(
        "cloudwatch:DescribeAlarmsForMetric",
        describe::describe_alarms_for_metric,
        DescribeAlarmsForMetricError::generic,
    );
    handlers.on("cloudwatch:ListMetrics", metrics::list_metrics, ListMetricsError::generic);
    handlers.on("cloudwatch:PutMetricData", metrics::put_metric_data, PutMetricDataError::generic);
    handlers.on("cloudwatch:TagResource", tags::tag_resource, TagResourceError::generic);
    handlers.on("cloudwatch:UntagResource", tags::untag_resource, UntagResourceError::generic);
    handlers.on(
        "cloudwatch:ListTagsForResource",
        tags::list_tags_for_resource,
        ListTagsForResourceError::generic,
    );
}

/// The prefix of the ARN of every alarm of this account in the call's region; the name follows.
fn prefix(call: &Call<'_>) -> String {
    format!("arn:aws:cloudwatch:{}:{}:alarm:", call.region, call.account())
}

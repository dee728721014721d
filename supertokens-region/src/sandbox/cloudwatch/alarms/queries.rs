//! What an alarm on a computation computes.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::operation::put_metric_alarm::PutMetricAlarmInput;
use aws_sdk_cloudwatch::types::{MetricStat, StandardUnit, Statistic};

use crate::sandbox::Fault;
use crate::sandbox::cloudwatch::checks::{
    dimensions, extended_statistic, invalid, namespace, one_of, period, required,
};
use crate::sandbox::cloudwatch::{QueriedMetric, Query};

const MOST: usize = 20;

/// The queries, if they make an alarm; none where the alarm is on a metric.
pub(super) fn checked(input: &PutMetricAlarmInput) -> Result<Vec<Query>, Fault> {
    if input.metrics().is_empty() {
        return Ok(vec![]);
    }
    let alone = input.metric_name().is_none()
        && input.namespace().is_none()
        && input.dimensions().is_empty()
        && input.period().is_none()
        && input.unit().is_none()
        && input.statistic().is_none()
        && input.extended_statistic().is_none();
    if !alone {
        let text = "Metrics can't be specified with MetricName, Namespace, Dimensions, Period, Unit, Statistic or \
                    ExtendedStatistic.";
        return Err(invalid(text));
    }
    if input.metrics().len() > MOST {
        return Err(invalid(format!("Metrics can hold {MOST} queries at the most.")));
    }
    let mut ids = BTreeSet::new();
    let mut queries = vec![];
    for query in input.metrics() {
        let id = required(query.id(), "metrics.member.id", 255)?;
        let word = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !word || !ids.insert(id) {
            return Err(invalid(format!("The id {id} is no lower-case word, or there twice.")));
        }
        if query.expression().is_some() == query.metric_stat().is_some() {
            return Err(invalid(format!("The query {id} needs an Expression or a MetricStat, not both.")));
        }
        queries.push(Query {
            id: id.to_owned(),
            expression: query.expression().map(str::to_owned),
            metric: query.metric_stat().map(metric).transpose()?,
            label: query.label().map(str::to_owned),
            period: query.period().map(period).transpose()?,
            return_data: query.return_data(),
            account: query.account_id().map(str::to_owned),
        });
    }
    // With a band, both the band and what is compared with it are returned.
    let watched = if input.threshold_metric_id().is_some() { 2 } else { 1 };
    if queries.iter().filter(|query| query.return_data.unwrap_or(true)).count() != watched {
        return Err(invalid(format!("Exactly {watched} of the Metrics must return data.")));
    }
    Ok(queries)
}

fn metric(stat: &MetricStat) -> Result<QueriedMetric, Fault> {
    let metric = stat.metric();
    let statistic = required(stat.stat(), "metricStat.stat", 255)?;
    if !Statistic::values().contains(&statistic) {
        extended_statistic(statistic)?;
    }
    let unit = stat.unit().map(StandardUnit::as_str);
    one_of(unit, "metricStat.unit", StandardUnit::values())?;
    Ok(QueriedMetric {
        namespace: namespace(metric.and_then(|metric| metric.namespace()))?.to_owned(),
        name: required(metric.and_then(|metric| metric.metric_name()), "metricName", 255)?.to_owned(),
        dimensions: dimensions(metric.map(|metric| metric.dimensions()).unwrap_or_default())?,
        period: period(stat.period().unwrap_or_default())?,
        statistic: statistic.to_owned(),
        unit: unit.map(str::to_owned),
    })
}

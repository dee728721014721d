//! What alarms there are: DescribeAlarms, DescribeAlarmsForMetric.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::operation::describe_alarms::{DescribeAlarmsInput, DescribeAlarmsOutput};
use aws_sdk_cloudwatch::operation::describe_alarms_for_metric::{
    DescribeAlarmsForMetricInput, DescribeAlarmsForMetricOutput,
};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmType, CompositeAlarm, Dimension, Metric as SdkMetric, MetricAlarm, MetricDataQuery, MetricStat,
    StandardUnit, StateValue, Statistic,
};

use super::checks::{alarm_name, constraint, dimensions, invalid, namespace, one_of, optional, required};
use super::{Alarm, AlarmState, QueriedMetric, Query, prefix};
use crate::sandbox::{Call, Fault, page};

const MOST_NAMES: usize = 100;
const MOST_RECORDS: i32 = 100;
const DEFAULT_RECORDS: i32 = 50;

/// A row of the answer.
enum Row<'w> {
    Composite(&'w str),
    Metric(&'w str, &'w Alarm),
}

pub(super) fn describe_alarms(
    call: &mut Call<'_>,
    input: &DescribeAlarmsInput,
) -> Result<DescribeAlarmsOutput, Fault> {
    let size = checked_size(input)?;
    let (names, start) = (input.alarm_names(), input.alarm_name_prefix());
    // Without a list of kinds, and with an empty one, it is only alarms on metrics.
    let kinds = input.alarm_types();
    let metric = kinds.is_empty() || kinds.contains(&AlarmType::MetricAlarm);
    let composite = kinds.contains(&AlarmType::CompositeAlarm);
    let state = input.state_value();
    let action = input.action_prefix();
    let named = |name: &str| {
        // A list of no names doesn't ask for nothing, it doesn't ask.
        (names.is_empty() || names.iter().any(|one| one == name))
            && start.is_none_or(|start| name.starts_with(start))
    };
    let with_action = |alarm: &Alarm| {
        let mut all =
            alarm.ok_actions.iter().chain(&alarm.alarm_actions).chain(&alarm.insufficient_data_actions);
        action.is_none_or(|start| all.any(|action| action.starts_with(start)))
    };

    let prefix = prefix(call);
    let here = &call.world.cloudwatch;
    let composites = here.composite_alarms.get(&call.region).into_iter().flatten();
    // Nothing but the name is known of these, so neither a state nor an action is found in them.
    let composites = composites
        .filter(|name| composite && named(name) && state.is_none() && action.is_none())
        .map(|name| Row::Composite(name));
    let metrics = here.alarms.iter().filter(|(arn, alarm)| {
        metric
            && arn.starts_with(&prefix)
            && named(&alarm.name)
            && state.is_none_or(|state| *state == state_value(alarm.state))
            && with_action(alarm)
    });
    let rows = composites.chain(metrics.map(|(arn, alarm)| Row::Metric(arn, alarm)));
    let (rows, next) = page(rows, input.next_token(), size, "InvalidNextToken")?;
    let (mut metric_alarms, mut composite_alarms) = (vec![], vec![]);
    for row in rows {
        match row {
            Row::Metric(arn, alarm) => metric_alarms.push(described(arn, alarm)),
            Row::Composite(name) => composite_alarms.push(
                CompositeAlarm::builder().alarm_name(name).alarm_arn(format!("{prefix}{name}")).build(),
            ),
        }
    }
    Ok(DescribeAlarmsOutput::builder()
        .set_metric_alarms(Some(metric_alarms))
        .set_composite_alarms(Some(composite_alarms))
        .set_next_token(next)
        .build())
}

/// How many rows an answer holds, if the call is one that AWS answers.
fn checked_size(input: &DescribeAlarmsInput) -> Result<usize, Fault> {
    let names = input.alarm_names();
    if names.len() > MOST_NAMES {
        let rule = format!("Member must have length less than or equal to {MOST_NAMES}");
        return Err(constraint(names.len(), "alarmNames", &rule));
    }
    for name in names {
        alarm_name(Some(name), "alarmNames")?;
    }
    if !names.is_empty() && input.alarm_name_prefix().is_some() {
        return Err(invalid("AlarmNamePrefix can't be specified together with AlarmNames."));
    }
    if let Some(start) = input.alarm_name_prefix() {
        required(Some(start), "alarmNamePrefix", 255)?;
    }
    if let Some(start) = input.action_prefix() {
        required(Some(start), "actionPrefix", 1024)?;
    }
    for kind in input.alarm_types() {
        one_of(Some(kind.as_str()), "alarmTypes", AlarmType::values())?;
    }
    one_of(input.state_value().map(StateValue::as_str), "stateValue", StateValue::values())?;
    if input.children_of_alarm_name().is_some() || input.parents_of_alarm_name().is_some() {
        return Err(invalid("The embedded AWS does not know what composite alarms are made of."));
    }
    let size = input.max_records().unwrap_or(DEFAULT_RECORDS);
    match usize::try_from(size) {
        Ok(records @ 1..) if size <= MOST_RECORDS => Ok(records),
        _ => {
            let rule = format!("Member must have value between 1 and {MOST_RECORDS}");
            Err(constraint(size, "maxRecords", &rule))
        }
    }
}

pub(super) fn describe_alarms_for_metric(
    call: &mut Call<'_>,
    input: &DescribeAlarmsForMetricInput,
) -> Result<DescribeAlarmsForMetricOutput, Fault> {
    let name = required(input.metric_name(), "metricName", 255)?;
    let namespace = namespace(input.namespace())?;
    let dimensions = dimensions(input.dimensions())?;
    let statistic = input.statistic().map(Statistic::as_str);
    one_of(statistic, "statistic", Statistic::values())?;
    let unit = input.unit().map(StandardUnit::as_str);
    one_of(unit, "unit", StandardUnit::values())?;
    optional(input.extended_statistic(), "extendedStatistic", 255)?;
    let same = |wanted: Option<&str>, found: &Option<String>| wanted.is_none() || wanted == found.as_deref();

    let prefix = prefix(call);
    let found = call.world.cloudwatch.alarms.iter().filter(|(arn, alarm)| {
        arn.starts_with(&prefix)
            && alarm.metric_name.as_deref() == Some(name)
            && alarm.namespace.as_deref() == Some(namespace)
            && alarm.dimensions == dimensions
            && same(statistic, &alarm.statistic)
            && same(input.extended_statistic(), &alarm.extended_statistic)
            && same(unit, &alarm.unit)
            && input.period().is_none_or(|period| alarm.period == Some(period))
    });
    let alarms = found.map(|(arn, alarm)| described(arn, alarm)).collect();
    Ok(DescribeAlarmsForMetricOutput::builder().set_metric_alarms(Some(alarms)).build())
}

fn state_value(state: AlarmState) -> StateValue {
    match state {
        AlarmState::InsufficientData => StateValue::InsufficientData,
        AlarmState::Ok => StateValue::Ok,
        AlarmState::Alarm => StateValue::Alarm,
    }
}

/// Dimensions as the SDK has them.
pub(super) fn sdk_dimensions(all: &BTreeMap<String, String>) -> Vec<Dimension> {
    all.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

fn described(arn: &str, alarm: &Alarm) -> MetricAlarm {
    let alarm = alarm.clone();
    MetricAlarm::builder()
        .alarm_arn(arn)
        .alarm_name(alarm.name)
        .set_alarm_description(alarm.description)
        .alarm_configuration_updated_timestamp(DateTime::from_secs(alarm.configuration_updated))
        .actions_enabled(alarm.actions_enabled)
        .set_ok_actions(Some(alarm.ok_actions))
        .set_alarm_actions(Some(alarm.alarm_actions))
        .set_insufficient_data_actions(Some(alarm.insufficient_data_actions))
        .state_value(state_value(alarm.state))
        .state_reason(alarm.state_reason)
        .set_state_reason_data(alarm.state_reason_data)
        .state_updated_timestamp(DateTime::from_secs(alarm.state_updated))
        .state_transitioned_timestamp(DateTime::from_secs(alarm.state_transitioned))
        .set_namespace(alarm.namespace)
        .set_metric_name(alarm.metric_name)
        .set_dimensions(Some(sdk_dimensions(&alarm.dimensions)))
        .set_statistic(alarm.statistic.map(|name| name.as_str().into()))
        .set_extended_statistic(alarm.extended_statistic)
        .set_period(alarm.period)
        .set_unit(alarm.unit.map(|name| name.as_str().into()))
        .set_metrics((!alarm.queries.is_empty()).then(|| alarm.queries.into_iter().map(sdk_query).collect()))
        .evaluation_periods(alarm.evaluation_periods)
        .set_datapoints_to_alarm(alarm.datapoints_to_alarm)
        .set_threshold(alarm.threshold)
        .set_threshold_metric_id(alarm.threshold_metric_id)
        .comparison_operator(alarm.comparison_operator.as_str().into())
        .set_treat_missing_data(alarm.treat_missing_data)
        .set_evaluate_low_sample_count_percentile(alarm.evaluate_low_sample_count_percentile)
        .build()
}

fn sdk_query(query: Query) -> MetricDataQuery {
    MetricDataQuery::builder()
        .id(query.id)
        .set_expression(query.expression)
        .set_metric_stat(query.metric.map(sdk_metric_stat))
        .set_label(query.label)
        .set_period(query.period)
        .set_return_data(query.return_data)
        .set_account_id(query.account)
        .build()
}

fn sdk_metric_stat(metric: QueriedMetric) -> MetricStat {
    let named = SdkMetric::builder()
        .namespace(metric.namespace)
        .metric_name(metric.name)
        .set_dimensions(Some(sdk_dimensions(&metric.dimensions)))
        .build();
    MetricStat::builder()
        .metric(named)
        .period(metric.period)
        .stat(metric.statistic)
        .set_unit(metric.unit.map(|name| name.as_str().into()))
        .build()
}

#[cfg(test)]
mod tests;

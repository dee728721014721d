//! Alarms: PutMetricAlarm, SetAlarmState.

use aws_sdk_cloudwatch::operation::put_metric_alarm::{PutMetricAlarmInput, PutMetricAlarmOutput};
use aws_sdk_cloudwatch::operation::set_alarm_state::{SetAlarmStateInput, SetAlarmStateOutput};
use aws_sdk_cloudwatch::types::{ComparisonOperator, StandardUnit, StateValue, Statistic};

use super::checks::{alarm_name, constraint, dimensions, invalid, one_of, optional, required};
use super::{Alarm, AlarmState, Query, checks, prefix, tags};
use crate::sandbox::{Call, Fault};

mod queries;

const MOST_ACTIONS: usize = 5;
const DAY: i64 = 86_400;
/// The services that an alarm can have do something.
const ACTION_SERVICES: [&str; 8] =
    ["sns", "autoscaling", "automate", "swf", "lambda", "ssm", "ssm-incidents", "aiops"];
const BAND_OPERATORS: [&str; 3] =
    ["LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"];
const MISSING_DATA: [&str; 4] = ["breaching", "notBreaching", "ignore", "missing"];

pub(super) fn put_metric_alarm(
    call: &mut Call<'_>,
    input: &PutMetricAlarmInput,
) -> Result<PutMetricAlarmOutput, Fault> {
    let name = alarm_name(input.alarm_name(), "alarmName")?;
    optional(input.alarm_description(), "alarmDescription", 1024)?;
    for (parameter, actions) in [
        ("okActions", input.ok_actions()),
        ("alarmActions", input.alarm_actions()),
        ("insufficientDataActions", input.insufficient_data_actions()),
    ] {
        check_actions(call, parameter, actions)?;
    }
    check_unsupported(input)?;
    let queries = queries::checked(input)?;
    let dimensions = dimensions(input.dimensions())?;
    if queries.is_empty() {
        check_metric(input)?;
    }
    check_evaluation(input, &queries)?;
    let tags = tags::checked(input.tags())?;
    if call.world.cloudwatch.composite_alarms.get(&call.region).is_some_and(|all| all.contains(name)) {
        return Err(invalid(format!("There is a composite alarm of the name {name}.")));
    }

    let arn = format!("{}{name}", prefix(call));
    let now = call.world.clock;
    let text = |text: Option<&str>| text.map(str::to_owned);
    let new = Alarm {
        name: name.to_owned(),
        description: text(input.alarm_description()),
        actions_enabled: input.actions_enabled().unwrap_or(true),
        ok_actions: input.ok_actions().to_vec(),
        alarm_actions: input.alarm_actions().to_vec(),
        insufficient_data_actions: input.insufficient_data_actions().to_vec(),
        namespace: text(input.namespace()),
        metric_name: text(input.metric_name()),
        dimensions,
        statistic: text(input.statistic().map(Statistic::as_str)),
        extended_statistic: text(input.extended_statistic()),
        period: input.period(),
        unit: text(input.unit().map(StandardUnit::as_str)),
        queries,
        evaluation_periods: input.evaluation_periods().unwrap_or_default(),
        datapoints_to_alarm: input.datapoints_to_alarm(),
        threshold: input.threshold(),
        threshold_metric_id: text(input.threshold_metric_id()),
        comparison_operator: text(input.comparison_operator().map(ComparisonOperator::as_str))
            .unwrap_or_default(),
        treat_missing_data: text(input.treat_missing_data()),
        evaluate_low_sample_count_percentile: text(input.evaluate_low_sample_count_percentile()),
        state: AlarmState::InsufficientData,
        state_reason: "Unchecked: Initial alarm creation".to_owned(),
        state_reason_data: None,
        state_updated: now,
        state_transitioned: now,
        configuration_updated: now,
        tags,
    };
    // Putting it again replaces all that was put before, but neither the state nor the tags.
    let alarm = match call.world.cloudwatch.alarms.remove(&arn) {
        None => new,
        Some(old) => Alarm {
            state: old.state,
            state_reason: old.state_reason,
            state_reason_data: old.state_reason_data,
            state_updated: old.state_updated,
            state_transitioned: old.state_transitioned,
            tags: old.tags,
            ..new
        },
    };
    call.world.cloudwatch.alarms.insert(arn, alarm);
    Ok(PutMetricAlarmOutput::builder().build())
}

/// Alarms can only use what is in their own region. Whether it exists is not asked.
fn check_actions(call: &Call<'_>, parameter: &str, actions: &[String]) -> Result<(), Fault> {
    if actions.len() > MOST_ACTIONS {
        let rule = format!("Member must have length less than or equal to {MOST_ACTIONS}");
        return Err(constraint(format!("[{}]", actions.join(", ")), parameter, &rule));
    }
    for action in actions {
        required(Some(action), parameter, 1024)?;
        let parts: Vec<&str> = action.splitn(6, ':').collect();
        let [arn, partition, service, region, account, what] = parts[..] else {
            return Err(invalid(format!("Invalid arn syntax: {action}")));
        };
        if arn != "arn" || what.is_empty() || !ACTION_SERVICES.contains(&service) {
            return Err(invalid(format!("Invalid arn syntax: {action}")));
        }
        if partition != "aws" {
            return Err(invalid(format!("Invalid partition {partition} specified. Only aws is supported.")));
        }
        // Incident plans are global, and what is done to an instance names no account.
        if service != "ssm-incidents" && region != call.region {
            let here = &call.region;
            return Err(invalid(format!("Invalid region {region} specified. Only {here} is supported.")));
        }
        if service != "automate"
            && (account.len() != 12 || !account.bytes().all(|digit| digit.is_ascii_digit()))
        {
            return Err(invalid(format!("Invalid arn syntax: {action}")));
        }
    }
    Ok(())
}

fn check_unsupported(input: &PutMetricAlarmInput) -> Result<(), Fault> {
    for (name, given) in [
        ("EvaluationCriteria", input.evaluation_criteria().is_some()),
        ("EvaluationInterval", input.evaluation_interval().is_some()),
        ("EvaluationWindow", input.evaluation_window().is_some()),
        ("WarmUpConfiguration", input.warm_up_configuration().is_some()),
        ("ActionConfiguration", input.action_configuration().is_some()),
    ] {
        if given {
            return Err(invalid(format!("The embedded AWS does not know {name}.")));
        }
    }
    Ok(())
}

/// Of an alarm on a metric.
fn check_metric(input: &PutMetricAlarmInput) -> Result<(), Fault> {
    if input.metric_name().is_none() {
        return Err(invalid("Exactly one of MetricName and Metrics must be specified."));
    }
    required(input.metric_name(), "metricName", 255)?;
    checks::namespace(input.namespace())?;
    one_of(input.statistic().map(Statistic::as_str), "statistic", Statistic::values())?;
    one_of(input.unit().map(StandardUnit::as_str), "unit", StandardUnit::values())?;
    match (input.statistic(), input.extended_statistic()) {
        (None, None) => return Err(invalid("One of Statistic and ExtendedStatistic must be specified.")),
        (Some(_), Some(_)) => {
            return Err(invalid("Statistic and ExtendedStatistic can't be specified both."));
        }
        (Some(_), None) => {}
        (None, Some(statistic)) => checks::extended_statistic(statistic)?,
    }
    match input.period() {
        None => Err(constraint("null", "period", "Member must not be null")),
        Some(seconds) => checks::period(seconds).map(|_| ()),
    }
}

/// When it is an alarm.
fn check_evaluation(input: &PutMetricAlarmInput, queries: &[Query]) -> Result<(), Fault> {
    let Some(periods) = input.evaluation_periods() else {
        return Err(constraint("null", "evaluationPeriods", "Member must not be null"));
    };
    let least = "Member must have value greater than or equal to 1";
    if periods < 1 {
        return Err(constraint(periods, "evaluationPeriods", least));
    }
    if let Some(points) = input.datapoints_to_alarm() {
        if points < 1 {
            return Err(constraint(points, "datapointsToAlarm", least));
        }
        if points > periods {
            return Err(invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods"));
        }
    }
    let queried = queries.iter().filter_map(|query| query.metric.as_ref().map(|metric| metric.period));
    let period = i64::from(input.period().or_else(|| queried.max()).unwrap_or_default());
    // Periods of an hour and more may look back a week.
    let (most, words) = if period < 3600 { (DAY, "a day") } else { (7 * DAY, "seven days") };
    if period * i64::from(periods) > most {
        return Err(invalid(format!(
            "Metrics cannot be checked across more than {words} (EvaluationPeriods * Period must be <= {most})."
        )));
    }

    let operator = input.comparison_operator().map(ComparisonOperator::as_str);
    let Some(operator) = operator else {
        return Err(constraint("null", "comparisonOperator", "Member must not be null"));
    };
    one_of(Some(operator), "comparisonOperator", ComparisonOperator::values())?;
    let band = BAND_OPERATORS.contains(&operator);
    match (input.threshold(), input.threshold_metric_id()) {
        (Some(threshold), None) if !band => {
            if !threshold.is_finite() {
                return Err(invalid("Threshold must be a number."));
            }
        }
        (None, Some(id)) if band => {
            if !queries.iter().any(|query| query.id == id) {
                return Err(invalid(format!("ThresholdMetricId {id} is none of the Metrics.")));
            }
        }
        _ => {
            let text = "Threshold must be specified, or ThresholdMetricId with an operator for bands.";
            return Err(invalid(text));
        }
    }
    if let Some(missing) = input.treat_missing_data()
        && !MISSING_DATA.contains(&missing)
    {
        return Err(invalid(format!(
            "The value {missing} is not supported for TreatMissingData parameter. Supported values are [{}].",
            MISSING_DATA.join(", ")
        )));
    }
    if let Some(option) = input.evaluate_low_sample_count_percentile()
        && !["evaluate", "ignore"].contains(&option)
    {
        return Err(invalid(format!(
            "Option {option} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile \
             are evaluate and ignore."
        )));
    }
    Ok(())
}

pub(super) fn set_alarm_state(
    call: &mut Call<'_>,
    input: &SetAlarmStateInput,
) -> Result<SetAlarmStateOutput, Fault> {
    let name = alarm_name(input.alarm_name(), "alarmName")?;
    let state = match input.state_value() {
        Some(StateValue::Ok) => AlarmState::Ok,
        Some(StateValue::Alarm) => AlarmState::Alarm,
        Some(StateValue::InsufficientData) => AlarmState::InsufficientData,
        other => {
            let value = other.map_or("null", StateValue::as_str);
            let rule = "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]";
            return Err(constraint(value, "stateValue", rule));
        }
    };
    if input.state_reason().is_none() {
        return Err(constraint("null", "stateReason", "Member must not be null"));
    }
    optional(input.state_reason(), "stateReason", 1023)?;
    optional(input.state_reason_data(), "stateReasonData", 4000)?;
    if let Some(data) = input.state_reason_data()
        && serde_json::from_str::<serde_json::Value>(data).is_err()
    {
        return Err(Fault::new("InvalidFormat", "StateReasonData is no JSON."));
    }
    let arn = format!("{}{name}", prefix(call));
    let now = call.world.clock;
    let Some(alarm) = call.world.cloudwatch.alarms.get_mut(&arn) else {
        return Err(Fault::new("ResourceNotFound", "").status(404));
    };
    if alarm.state != state {
        alarm.state_transitioned = now;
    }
    alarm.state = state;
    alarm.state_updated = now;
    alarm.state_reason = input.state_reason().unwrap_or_default().to_owned();
    alarm.state_reason_data = input.state_reason_data().map(str::to_owned);
    Ok(SetAlarmStateOutput::builder().build())
}

#[cfg(test)]
mod tests;

//! Metrics: ListMetrics, PutMetricData.

use aws_sdk_cloudwatch::operation::list_metrics::{ListMetricsInput, ListMetricsOutput};
use aws_sdk_cloudwatch::operation::put_metric_data::{PutMetricDataInput, PutMetricDataOutput};
use aws_sdk_cloudwatch::types::{Metric as ListedMetric, MetricDatum, RecentlyActive, StandardUnit};

use super::describe::sdk_dimensions;
use super::{Metric, checks};
use crate::sandbox::{Call, Fault, page};

const PAGE: usize = 500;
const MOST_FILTERS: usize = 10;
const MOST_DATA: usize = 1000;
const HOUR: i64 = 3600;
/// A metric is listed until nobody has published it for two weeks.
const LISTED: i64 = 14 * 24 * HOUR;

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", text)
}

pub(super) fn list_metrics(
    call: &mut Call<'_>,
    input: &ListMetricsInput,
) -> Result<ListMetricsOutput, Fault> {
    if let Some(text) = input.namespace() {
        checks::namespace(Some(text))?;
    }
    if let Some(text) = input.metric_name() {
        checks::required(Some(text), "metricName", 255)?;
    }
    if input.dimensions().len() > MOST_FILTERS {
        return Err(invalid(format!("Dimensions can hold {MOST_FILTERS} filters at the most.")));
    }
    let mut filters = vec![];
    for filter in input.dimensions() {
        let name = checks::required(filter.name(), "dimensions.member.name", 255)?;
        filters.push((name, filter.value()));
    }
    let recent = input.recently_active().map(RecentlyActive::as_str);
    checks::one_of(recent, "recentlyActive", RecentlyActive::values())?;
    let linked = input.include_linked_accounts().unwrap_or_default();
    if input.owning_account().is_some() && !linked {
        return Err(invalid("OwningAccount needs IncludeLinkedAccounts to be true."));
    }

    let account = call.account();
    let own = input.owning_account().is_none_or(|owner| owner == account);
    let youngest = call.world.clock - if recent.is_some() { 3 * HOUR } else { LISTED };
    let all = call.world.cloudwatch.metrics.get(&call.region).into_iter().flatten();
    let found = all.filter(|metric| {
        own && metric.published.is_none_or(|published| published >= youngest)
            && input.namespace().is_none_or(|namespace| namespace == metric.namespace)
            && input.metric_name().is_none_or(|name| name == metric.name)
            // Metrics that have other dimensions besides those that were asked for are found as well.
            && filters.iter().all(|(name, value)| {
                let found = metric.dimensions.get(*name);
                found.is_some_and(|found| value.is_none_or(|value| value == found))
            })
    });
    let (found, next) = page(found, input.next_token(), PAGE, "InvalidParameterValue")?;
    let owners = linked.then(|| vec![account; found.len()]);
    let metrics = found.into_iter().map(|metric| {
        ListedMetric::builder()
            .namespace(&metric.namespace)
            .metric_name(&metric.name)
            .set_dimensions(Some(sdk_dimensions(&metric.dimensions)))
            .build()
    });
    Ok(ListMetricsOutput::builder()
        .set_metrics(Some(metrics.collect()))
        .set_owning_accounts(owners)
        .set_next_token(next)
        .build())
}

pub(super) fn put_metric_data(
    call: &mut Call<'_>,
    input: &PutMetricDataInput,
) -> Result<PutMetricDataOutput, Fault> {
    let namespace = checks::namespace(input.namespace())?;
    if namespace.starts_with("AWS/") {
        return Err(invalid("The value AWS/ for parameter Namespace is invalid."));
    }
    let of_entities = input.entity_metric_data().iter().flat_map(|entity| entity.metric_data());
    let data: Vec<&MetricDatum> = input.metric_data().iter().chain(of_entities).collect();
    if data.is_empty() {
        return Err(Fault::new("MissingParameter", "The parameter MetricData is required."));
    }
    if data.len() > MOST_DATA {
        let text = format!("The collection MetricData must not have a size greater than {MOST_DATA}.");
        return Err(invalid(text));
    }
    let now = call.world.clock;
    let mut published = vec![];
    for (index, datum) in data.into_iter().enumerate() {
        published.push(checked_datum(namespace, datum, &format!("MetricData.member.{}", index + 1), now)?);
    }
    let metrics = call.world.cloudwatch.metrics.entry(call.region.clone()).or_default();
    for new in published {
        let known = metrics.iter_mut().find(|old| {
            old.namespace == new.namespace && old.name == new.name && old.dimensions == new.dimensions
        });
        match known {
            Some(old) => old.published = old.published.zip(new.published).map(|(old, new)| old.max(new)),
            None => metrics.push(new),
        }
    }
    metrics.sort();
    Ok(PutMetricDataOutput::builder().build())
}

/// The metric that a value belongs to, if AWS takes the value.
fn checked_datum(namespace: &str, datum: &MetricDatum, at: &str, now: i64) -> Result<Metric, Fault> {
    let name = checks::required(datum.metric_name(), &format!("{at}.metricName"), 255)?;
    let dimensions = checks::dimensions(datum.dimensions())?;
    let given: Vec<&str> = [
        ("Value", datum.value().is_some()),
        ("Values", !datum.values().is_empty()),
        ("StatisticValues", datum.statistic_values().is_some()),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect();
    let combination = |text| Fault::new("InvalidParameterCombination", text);
    if let [one, other, ..] = given[..] {
        return Err(combination(format!(
            "The parameters {at}.{one} and {at}.{other} are mutually exclusive and you have specified both."
        )));
    }
    if given.is_empty() {
        return Err(combination(format!(
            "At least one of the parameters {at}.Value, {at}.Values or {at}.StatisticValues must be specified."
        )));
    }
    if !datum.counts().is_empty() && datum.counts().len() != datum.values().len() {
        return Err(invalid(format!("The parameters {at}.Values and {at}.Counts must be of the same size.")));
    }
    if datum.values().len() > 150 {
        return Err(invalid(format!("The collection {at}.Values must not have a size greater than 150.")));
    }
    if datum.value().iter().chain(datum.values()).any(|value| !value.is_finite()) {
        return Err(invalid(format!("The value of {at} is no number.")));
    }
    checks::one_of(datum.unit().map(StandardUnit::as_str), "unit", StandardUnit::values())?;
    if ![None, Some(1), Some(60)].contains(&datum.storage_resolution()) {
        return Err(invalid(format!("The parameter {at}.StorageResolution must be 1 or 60.")));
    }
    let time = datum.timestamp().map_or(now, |time| time.secs());
    if time < now - LISTED || time > now + 2 * HOUR {
        return Err(invalid(format!(
            "The parameter {at}.Timestamp must specify a time within the past two weeks, and no more than two hours \
             in the future."
        )));
    }
    Ok(Metric { namespace: namespace.to_owned(), name: name.to_owned(), dimensions, published: Some(time) })
}

#[cfg(test)]
mod tests;

//! The alarms of databases and functions, and the metrics that AWS publishes of them.

use std::collections::BTreeMap;

use super::{AUDITED, CHANGED, clusters, functions, map, topics};
use crate::sandbox::World;
use crate::sandbox::cloudwatch::{Alarm, AlarmState, Metric};
use crate::sandbox::rds::published;

/// What a cluster is watched for: metric, statistic, comparison, threshold.
const OF_CLUSTERS: [(&str, &str, &str, f64); 4] = [
    ("FreeableMemory", "Minimum", "LessThanThreshold", 52_428_800.0),
    ("FreeLocalStorage", "Minimum", "LessThanThreshold", 1_073_741_824.0),
    ("CPUUtilization", "Maximum", "GreaterThanThreshold", 80.0),
    ("ReadIOPS", "Maximum", "GreaterThanThreshold", 1000.0),
];

pub(super) fn add(world: &mut World, region: &str) {
    let mut metrics = vec![];
    let databases = topics::arn(world, region, "RDS");
    for cluster in clusters::of(region) {
        let dimensions = map(&[("DBClusterIdentifier", cluster.name)]);
        let published = of_cluster(world, region, cluster.name);
        for (metric, statistic, comparison, threshold) in OF_CLUSTERS {
            let watched = published.iter().any(|it| it.name == metric && it.dimensions == dimensions);
            if watched {
                let name = format!("db-{} {metric}", cluster.name);
                let alarm = Alarm {
                    statistic: Some(statistic.to_owned()),
                    threshold: Some(threshold),
                    comparison_operator: comparison.to_owned(),
                    ..alarm(&name, "AWS/RDS", metric, &dimensions, &databases)
                };
                put(world, region, alarm);
            }
        }
        metrics.extend(published);
    }
    let errors = topics::arn(world, region, "Lambda");
    for function in functions::names(region) {
        let dimensions = map(&[("FunctionName", function)]);
        let alarm = Alarm {
            statistic: Some("Maximum".to_owned()),
            threshold: Some(1.0),
            comparison_operator: "GreaterThanOrEqualToThreshold".to_owned(),
            ..alarm(&format!("{function} Errors"), "AWS/Lambda", "Errors", &dimensions, &errors)
        };
        put(world, region, alarm);
        metrics.extend(of_function(function));
    }
    metrics.sort();
    metrics.dedup();
    world.cloudwatch.metrics.insert(region.to_owned(), metrics);
}

fn put(world: &mut World, region: &str, alarm: Alarm) {
    let arn = format!("arn:aws:cloudwatch:{region}:{}:alarm:{}", world.account, alarm.name);
    world.cloudwatch.alarms.insert(arn, alarm);
}

/// An alarm that looks at fifteen minutes and is content; what it compares is still to be filled in.
fn alarm(
    name: &str,
    namespace: &str,
    metric: &str,
    dimensions: &BTreeMap<String, String>,
    topic: &str,
) -> Alarm {
    Alarm {
        name: name.to_owned(),
        actions_enabled: true,
        alarm_actions: vec![topic.to_owned()],
        namespace: Some(namespace.to_owned()),
        metric_name: Some(metric.to_owned()),
        dimensions: dimensions.clone(),
        period: Some(900),
        evaluation_periods: 1,
        datapoints_to_alarm: Some(1),
        treat_missing_data: Some("missing".to_owned()),
        state: AlarmState::Ok,
        state_reason: "Threshold Crossed: no datapoints were outside of the threshold.".to_owned(),
        state_updated: CHANGED,
        state_transitioned: CHANGED,
        configuration_updated: AUDITED,
        ..Alarm::default()
    }
}

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Metric {
    Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: map(dimensions),
        published: None,
    }
}

/// What Aurora publishes of it.
fn of_cluster(world: &World, region: &str, name: &str) -> Vec<Metric> {
    let Some(here) = world.rds.regions.get(region) else { return vec![] };
    let Some(cluster) = here.clusters.get(name) else { return vec![] };
    let members = here.instances.iter().filter(|(_, instance)| instance.cluster.as_deref() == Some(name));
    let members: Vec<_> = members.map(|(member, instance)| (member.as_str(), instance)).collect();
    published(name, cluster, &members)
}

fn of_function(function: &str) -> Vec<Metric> {
    let dimension_sets: [&[(&str, &str)]; 3] =
        [&[], &[("FunctionName", function)], &[("FunctionName", function), ("Resource", function)]];
    let names = ["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"];
    let of = |name| dimension_sets.map(|dimensions| metric("AWS/Lambda", name, dimensions));
    names.into_iter().flat_map(of).collect()
}

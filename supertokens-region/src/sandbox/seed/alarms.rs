//! The alarms of databases and functions, and the metrics that AWS publishes of them.

use std::collections::BTreeMap;

use super::{AUDITED, CHANGED, clusters, functions, map, topics};
use crate::sandbox::World;
use crate::sandbox::cloudwatch::{Alarm, AlarmState, Metric};

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
        let published = of_cluster(cluster);
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

/// What Aurora publishes: most by instance, by cluster and by role. Under the spelling `DbClusterIdentifier`, with the
/// engine's name, it publishes what the storage of the whole cluster does, and nothing else.
fn of_cluster(cluster: &clusters::Planned) -> Vec<Metric> {
    let (name, engine) = (cluster.name, "aurora-postgresql");
    let rds = |metrics: &[&str], dimensions: &[(&str, &str)]| -> Vec<Metric> {
        metrics.iter().map(|name| metric("AWS/RDS", name, dimensions)).collect()
    };
    let storage = ["VolumeBytesUsed", "VolumeReadIOPs", "VolumeWriteIOPs"];
    let everywhere = ["CPUUtilization", "DatabaseConnections", "FreeableMemory"];
    let mut by_role = everywhere.to_vec();
    if cluster.classes.contains(&clusters::SERVERLESS) {
        by_role.extend(["ACUUtilization", "ServerlessDatabaseCapacity"]);
    } else {
        by_role.push("FreeLocalStorage");
    }
    let operations = ["ReadIOPS", "ReadLatency", "WriteIOPS", "WriteLatency"];

    let mut published = rds(&storage, &[("DbClusterIdentifier", name), ("EngineName", engine)]);
    published.extend(rds(&storage, &[("DBClusterIdentifier", name)]));
    published.extend(rds(&operations, &[("DBClusterIdentifier", name)]));
    published.extend(rds(&by_role, &[("DBClusterIdentifier", name)]));
    published.extend(rds(&everywhere, &[("EngineName", engine)]));
    for (number, class) in (1..).zip(cluster.classes) {
        let role = if number == 1 { "WRITER" } else { "READER" };
        let instance = clusters::instance_name(name, number);
        published.extend(rds(&by_role, &[("DBClusterIdentifier", name), ("Role", role)]));
        published.extend(rds(&by_role, &[("DBInstanceIdentifier", &instance)]));
        published.extend(rds(&operations, &[("DBInstanceIdentifier", &instance)]));
        published.extend(rds(&everywhere, &[("DatabaseClass", class)]));
    }
    published
}

fn of_function(function: &str) -> Vec<Metric> {
    let dimension_sets: [&[(&str, &str)]; 3] =
        [&[], &[("FunctionName", function)], &[("FunctionName", function), ("Resource", function)]];
    let names = ["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"];
    let of = |name| dimension_sets.map(|dimensions| metric("AWS/Lambda", name, dimensions));
    names.into_iter().flat_map(of).collect()
}

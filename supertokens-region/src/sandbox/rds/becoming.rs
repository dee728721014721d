//! How something new becomes available, and what Aurora publishes of it then.

use std::collections::BTreeMap;

use super::{Cluster, Instance, RdsRegion};
use crate::sandbox::Call;
use crate::sandbox::cloudwatch::Metric;
use crate::sandbox::logs::LogGroup;

/// The class of instances that grow and shrink by themselves.
pub(super) const SERVERLESS: &str = "db.serverless";

const AVAILABLE: &str = "available";

/// What is coming comes nearer; tells whether it is there now.
fn nearer(coming: &mut Option<u32>, status: &mut String) -> bool {
    match coming {
        Some(0) => {
            (*coming, *status) = (None, AVAILABLE.to_owned());
            true
        }
        Some(looks) => {
            *looks -= 1;
            false
        }
        None => false,
    }
}

/// Somebody looks at the clusters.
pub(super) fn look_at_clusters(call: &mut Call<'_>) {
    let Some(here) = call.world.rds.regions.get_mut(&call.region) else { return };
    for cluster in here.clusters.values_mut() {
        nearer(&mut cluster.coming, &mut cluster.status);
    }
}

/// Somebody looks at the instances: of those that are there by now metrics are published, and logs written.
pub(super) fn look_at_instances(call: &mut Call<'_>) {
    let Some(here) = call.world.rds.regions.get_mut(&call.region) else { return };
    let mut new = vec![];
    for instance in here.instances.values_mut() {
        if nearer(&mut instance.coming, &mut instance.status) {
            new.extend(instance.cluster.clone());
        }
    }
    let mut groups = vec![];
    for name in new {
        let Some(cluster) = here.clusters.get(&name) else { continue };
        let of_cluster = published(&name, cluster, &members(here, &name));
        let logs = cluster.log_exports.iter().filter(|log| *log != "instance");
        groups.extend(logs.map(|log| (format!("/aws/rds/cluster/{name}/{log}"), None)));
        if members(here, &name).iter().any(|(_, instance)| instance.monitoring_interval > 0) {
            groups.push(("RDSOSMetrics".to_owned(), Some(30)));
        }
        let metrics = call.world.cloudwatch.metrics.entry(call.region.clone()).or_default();
        metrics.extend(of_cluster);
        metrics.sort();
        metrics.dedup();
    }
    for (name, retention) in groups {
        let arn = format!("arn:aws:logs:{}:{}:log-group:{name}", call.region, call.account());
        let created = call.world.clock * 1000;
        let group = LogGroup { created, retention, ..LogGroup::default() };
        call.world.logs.groups.entry(arn).or_insert(group);
    }
}

fn members<'r>(here: &'r RdsRegion, cluster: &str) -> Vec<(&'r str, &'r Instance)> {
    let of_cluster = |(_, instance): &(&String, &Instance)| {
        instance.cluster.as_deref() == Some(cluster) && instance.coming.is_none()
    };
    here.instances.iter().filter(of_cluster).map(|(name, instance)| (name.as_str(), instance)).collect()
}

fn metric(name: &str, dimensions: &[(&str, &str)]) -> Metric {
    let dimensions: BTreeMap<String, String> =
        dimensions.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Metric { namespace: "AWS/RDS".to_owned(), name: name.to_owned(), dimensions, published: None }
}

/// What Aurora publishes: most by instance, by cluster and by role. Under the spelling `DbClusterIdentifier`, with the
/// engine's name, it publishes what the storage of the whole cluster does, and nothing else.
pub(in crate::sandbox) fn published(
    name: &str,
    cluster: &Cluster,
    members: &[(&str, &Instance)],
) -> Vec<Metric> {
    let engine = cluster.engine.as_str();
    let of = |metrics: &[&str], dimensions: &[(&str, &str)]| -> Vec<Metric> {
        metrics.iter().map(|name| metric(name, dimensions)).collect()
    };
    let storage = ["VolumeBytesUsed", "VolumeReadIOPs", "VolumeWriteIOPs"];
    let everywhere = ["CPUUtilization", "DatabaseConnections", "FreeableMemory"];
    let mut by_role = everywhere.to_vec();
    if members.iter().any(|(_, instance)| instance.class == SERVERLESS) {
        by_role.extend(["ACUUtilization", "ServerlessDatabaseCapacity"]);
    } else {
        by_role.push("FreeLocalStorage");
    }
    let operations = ["ReadIOPS", "ReadLatency", "WriteIOPS", "WriteLatency"];

    let mut published = of(&storage, &[("DbClusterIdentifier", name), ("EngineName", engine)]);
    published.extend(of(&storage, &[("DBClusterIdentifier", name)]));
    published.extend(of(&operations, &[("DBClusterIdentifier", name)]));
    published.extend(of(&by_role, &[("DBClusterIdentifier", name)]));
    published.extend(of(&everywhere, &[("EngineName", engine)]));
    let writer = cluster.writer.as_deref().or(members.first().map(|(name, _)| *name));
    for (instance, member) in members {
        let role = if Some(*instance) == writer { "WRITER" } else { "READER" };
        published.extend(of(&by_role, &[("DBClusterIdentifier", name), ("Role", role)]));
        published.extend(of(&by_role, &[("DBInstanceIdentifier", instance)]));
        published.extend(of(&operations, &[("DBInstanceIdentifier", instance)]));
        published.extend(of(&everywhere, &[("DatabaseClass", &member.class)]));
    }
    published
}

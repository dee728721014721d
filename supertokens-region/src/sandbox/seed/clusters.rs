//! The databases.

use super::access::DATABASE_MONITORING;
use super::{AUDITED, OWNER, map, network, parameters};
use crate::sandbox::World;
use crate::sandbox::call::id;
use crate::sandbox::rds::{Cluster, Instance, ServerlessScaling, SubnetGroup};

/// What there is in a cluster.
pub(super) struct Planned {
    pub(super) name: &'static str,
    version: &'static str,
    /// The class of each instance; the first one writes.
    pub(super) classes: &'static [&'static str],
}

/// The class of instances that grow and shrink by themselves.
pub(super) const SERVERLESS: &str = "db.serverless";

/// The clusters of a region.
pub(super) fn of(region: &str) -> &'static [Planned] {
    match region {
        "us-east-1" => &[
            Planned {
                name: "supertokens-prod-us-east-1",
                version: "16.4",
                classes: &["db.r6g.large", "db.r6g.large"],
            },
            Planned { name: "supertokens-dev-us-east-1", version: "16.4", classes: &[SERVERLESS] },
        ],
        "eu-west-1" => &[Planned {
            name: "supertokens-prod-eu-west-1",
            version: "15.8",
            classes: &["db.r6g.large", "db.t4g.medium"],
        }],
        _ => &[],
    }
}

/// The name of the cluster's instance of this number.
pub(super) fn instance_name(cluster: &str, number: usize) -> String {
    format!("{cluster}-instance-{number}")
}

pub(super) fn add(world: &mut World, region: &str) {
    let subnet_group = SubnetGroup {
        description: "all zones of the region".to_owned(),
        vpc_id: network::default_vpc(world, region),
        subnets: network::subnets(world, region).into_iter().collect(),
        tags: map(&[]),
    };
    let name = subnet_group_name(region);
    world.rds.regions.entry(region.to_owned()).or_default().subnet_groups.insert(name, subnet_group);
    for planned in of(region) {
        add_cluster(world, region, planned);
    }
}

fn subnet_group_name(region: &str) -> String {
    format!("supertokens-{region}")
}

fn add_cluster(world: &mut World, region: &str, planned: &Planned) {
    let Planned { name, version, classes } = planned;
    let (dev, serverless) = (name.contains("-dev-"), classes.contains(&SERVERLESS));
    let groups: &[&str] = if dev { &["default", "dev-postgresql"] } else { &["default"] };
    let zones: Vec<String> = network::subnets(world, region).into_iter().map(|(_, zone)| zone).collect();
    let security_groups = groups.iter().map(|group| network::group(world, region, group)).collect();
    let key = format!("arn:aws:kms:{region}:{}:key/{}", world.account, key_id(region));
    let monitoring = format!("arn:aws:iam::{}:role/{DATABASE_MONITORING}", world.account);

    let mut cluster = Cluster::new("aurora-postgresql", version);
    let family = cluster.parameter_group.trim_start_matches("default.").to_owned();
    cluster = Cluster {
        database_name: Some("supertokens".to_owned()),
        master_username: "root".to_owned(),
        backup_retention_period: if dev { 7 } else { 35 },
        preferred_backup_window: "02:10-02:40".to_owned(),
        preferred_maintenance_window: "sun:04:20-sun:04:50".to_owned(),
        storage_encrypted: true,
        kms_key_id: Some(key.clone()),
        log_exports: vec!["postgresql".to_owned()],
        deletion_protection: !dev,
        copy_tags_to_snapshot: true,
        auto_minor_version_upgrade: !dev,
        serverless_scaling: serverless.then_some(ServerlessScaling {
            min_capacity: 0.5,
            max_capacity: 4.0,
            seconds_until_auto_pause: None,
        }),
        subnet_group: subnet_group_name(region),
        security_groups,
        availability_zones: sorted(zones.clone()),
        writer: Some(instance_name(name, 1)),
        resource_id: resource_id("cluster-", region, name),
        created_at: AUDITED,
        tags: database_tags(),
        ..cluster
    };

    let here = world.rds.regions.entry(region.to_owned()).or_default();
    let mut instance_group = None;
    if !dev {
        let (group, of_instances) = (format!("{name}-cluster"), format!("{name}-instance"));
        here.cluster_parameter_groups.insert(group.clone(), parameters::of_cluster(&family));
        here.parameter_groups.insert(of_instances.clone(), parameters::of_instances(&family));
        cluster.parameter_group = group;
        instance_group = Some(of_instances);
    }
    let zones = sorted(zones);
    for (number, (class, zone)) in (1..).zip(classes.iter().zip(&zones)) {
        let member = instance_name(name, number);
        let plain = Instance::new(class, name, &cluster);
        let instance = Instance {
            availability_zone: zone.clone(),
            promotion_tier: i32::from(number > 1),
            // The API, which is in another network, reaches it by its address.
            publicly_accessible: true,
            monitoring_interval: if dev { 0 } else { 60 },
            monitoring_role_arn: (!dev).then(|| monitoring.clone()),
            performance_insights_enabled: !dev,
            performance_insights_kms_key_id: (!dev).then(|| key.clone()),
            performance_insights_retention_period: (!dev).then_some(7),
            parameter_group: instance_group.clone().unwrap_or_else(|| plain.parameter_group.clone()),
            auto_minor_version_upgrade: cluster.auto_minor_version_upgrade,
            copy_tags_to_snapshot: true,
            resource_id: resource_id("db-", region, &member),
            created_at: AUDITED,
            tags: database_tags(),
            ..plain
        };
        here.instances.insert(member, instance);
    }
    here.clusters.insert((*name).to_owned(), cluster);
}

fn database_tags() -> std::collections::BTreeMap<String, String> {
    map(&[
        ("VantaContainsUserData", "true"),
        ("VantaDescription", "db cluster to store development/production containers data"),
        ("VantaOwner", OWNER),
    ])
}

fn sorted(mut zones: Vec<String>) -> Vec<String> {
    zones.sort_unstable();
    zones
}

fn resource_id(prefix: &str, region: &str, name: &str) -> String {
    format!("{prefix}{}", id(region, prefix, name).trim_start_matches(prefix).to_uppercase())
}

/// The id of AWS's own key for databases, in the form of a UUID.
fn key_id(region: &str) -> String {
    let digits = id(region, "", "aws/rds");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(1, 5), part(4, 16))
}

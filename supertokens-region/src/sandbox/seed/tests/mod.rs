//! The reference world, as a caller sees it.

mod again;
mod services;

use std::collections::BTreeSet;

use aws_sdk_ssm::types::DocumentKeyValuesFilter;

use super::{REGIONS, buckets, in_names, network, seeded};
use crate::aws::Aws;
use crate::sandbox::ec2::{Ec2, Region};
use crate::sandbox::testing::R;
use crate::sandbox::{Sandbox, World};

/// The reference world, and the door to it.
fn reference() -> (Sandbox, Aws) {
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    (sandbox, aws)
}

#[test]
fn it_is_the_same_each_time() {
    assert!(seeded() == seeded());
    assert!(*Sandbox::seeded().world() == seeded());
}

#[test]
fn it_can_be_saved_and_loaded() {
    let path = std::env::temp_dir().join(format!("seeded-{}.json", std::process::id()));
    Sandbox::seeded().save(&path).unwrap();
    let loaded = Sandbox::load(&path);
    std::fs::remove_file(&path).unwrap();
    assert!(*loaded.unwrap().world() == seeded());
}

#[test]
fn names_have_the_region_as_people_write_it() {
    let names = ["us-east-1", "eu-west-1", "ap-southeast-2"].map(in_names);
    assert_eq!(names, ["US_East_1", "EU_West_1", "AP_Southeast_2"]);
}

#[test]
fn all_other_regions_are_untouched() {
    let mut world = seeded();
    let empty = Ec2::default();
    for (name, region) in &world.ec2.regions {
        assert_eq!(*region == empty.regions[name], !REGIONS.contains(&name.as_str()), "{name}");
        if name == R {
            assert_eq!(*region, Region::new(R));
        }
    }
    assert!(world.ec2.regions.keys().eq(empty.regions.keys()));
    world.ec2.regions.clear();
    let text = serde_json::to_string(&world).unwrap();
    for name in empty.regions.keys().filter(|name| !REGIONS.contains(&name.as_str())) {
        assert!(!text.contains(name), "{name}");
    }
}

#[tokio::test]
async fn the_target_region_has_nothing_but_its_default_vpc() {
    let (_, aws) = reference();
    assert!(aws.sns(R).list_topics().send().await.unwrap().topics().is_empty());
    assert!(aws.rds(R).describe_db_clusters().send().await.unwrap().db_clusters().is_empty());
    assert!(aws.rds(R).describe_db_instances().send().await.unwrap().db_instances().is_empty());
    assert!(aws.cloudwatch(R).describe_alarms().send().await.unwrap().metric_alarms().is_empty());
    assert!(aws.cloudwatch(R).list_metrics().send().await.unwrap().metrics().is_empty());
    assert!(aws.logs(R).describe_log_groups().send().await.unwrap().log_groups().is_empty());
    let own = DocumentKeyValuesFilter::builder().key("Owner").values("Self").build();
    let documents = aws.ssm(R).list_documents().filters(own).send().await.unwrap();
    assert!(documents.document_identifiers().is_empty());
    assert!(aws.lambda(R).list_functions().send().await.unwrap().functions().is_empty());
    assert!(aws.ec2(R).describe_vpc_endpoints().send().await.unwrap().vpc_endpoints().is_empty());
    assert!(aws.ec2(R).describe_flow_logs().send().await.unwrap().flow_logs().is_empty());
    assert_eq!(aws.ec2(R).describe_vpcs().send().await.unwrap().vpcs().len(), 1);
    let groups = aws.ec2(R).describe_security_groups().send().await.unwrap();
    assert_eq!(groups.security_groups().len(), 1);
}

/// The ids of the EC2 things of a region that other things name.
fn ids(world: &World, region: &str) -> BTreeSet<String> {
    let here = &world.ec2.regions[region];
    here.vpcs.keys().chain(here.subnets.keys()).chain(here.groups.keys()).cloned().collect()
}

#[test]
fn what_names_something_names_something_that_is_there() {
    let world = seeded();
    let own_policy = |arn: &String| {
        let name = arn.rsplit('/').next().unwrap();
        world.iam.policies.get(name).is_some_and(|policy| {
            *arn == format!("arn:aws:iam::{}:policy{}{name}", world.account, policy.path)
        })
    };
    for attached in world.iam.roles.values().flat_map(|role| &role.attached_policies) {
        assert!(attached.starts_with("arn:aws:iam::aws:policy/") || own_policy(attached), "{attached}");
    }
    assert!(world.iam.users.values().flat_map(|user| &user.attached_policies).all(own_policy));
    let role = |arn: &str| {
        let (path, name) = arn.split_once(":role").unwrap().1.rsplit_once('/').unwrap();
        assert_eq!(world.iam.roles[name].path, format!("{path}/"));
    };
    role(&world.s3.buckets[buckets::CERTIFICATES].replication.as_ref().unwrap().role);
    for region in REGIONS {
        let ids = ids(&world, region);
        let databases = &world.rds.regions[region];
        for cluster in databases.clusters.values() {
            assert!(cluster.security_groups.iter().all(|id| ids.contains(id)));
            let group = &databases.subnet_groups[&cluster.subnet_group];
            assert_eq!((&group.vpc_id, group.subnets.len()), (&network::default_vpc(&world, region), 3));
            assert!(group.subnets.keys().all(|id| ids.contains(id)));
            let own = databases.cluster_parameter_groups.contains_key(&cluster.parameter_group);
            assert!(own || cluster.parameter_group.starts_with("default."));
            assert!(databases.instances.contains_key(cluster.writer.as_ref().unwrap()));
        }
        for instance in databases.instances.values() {
            instance.monitoring_role_arn.as_deref().map(role);
            assert!(databases.clusters.contains_key(instance.cluster.as_ref().unwrap()));
        }
        let lambda = &world.lambda.regions[region];
        for function in lambda.functions.values() {
            let configuration = &function.latest.configuration;
            role(&configuration.role);
            let vpc = configuration.vpc.iter();
            let mut named = vpc.flat_map(|vpc| vpc.subnets.iter().chain(&vpc.security_groups));
            assert!(named.all(|id| ids.contains(id)));
            for arn in &configuration.layers {
                let [name, version] = arn.split(':').skip(6).collect::<Vec<_>>()[..] else { panic!("{arn}") };
                assert!(lambda.layers[name].versions.contains_key(&version.parse().unwrap()));
            }
            for alias in function.aliases.values() {
                assert!(function.versions.contains_key(&alias.version.parse().unwrap()));
            }
        }
    }
    for alarm in world.cloudwatch.alarms.values() {
        assert!(alarm.alarm_actions.iter().all(|topic| world.sns.topics.contains_key(topic)));
    }
}

#[test]
fn every_secret_has_the_mark_that_leaks_are_told_by() {
    let world = seeded();
    let functions = world.lambda.regions.values().flat_map(|region| region.functions.values());
    let variables = functions.flat_map(|function| &function.latest.configuration.environment);
    let secret = |name: &str| ["KEY", "PASSWORD", "WEBHOOK"].iter().any(|end| name.ends_with(end));
    let mut secrets = 0;
    for (name, value) in variables {
        assert_eq!(secret(name), value.contains("planted-secret-"), "{name}");
        secrets += usize::from(secret(name));
    }
    assert_eq!(secrets, 8);
}

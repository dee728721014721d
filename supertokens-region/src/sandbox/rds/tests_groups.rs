//! Groups, parameters and tags, as a caller sees them.

use aws_sdk_rds::types::{ApplyMethod, Filter};

use super::{Cluster, ParameterGroup, SetParameter, SubnetGroup};
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

fn group(name: &str, value: &str) -> ParameterGroup {
    let set = SetParameter { value: value.to_owned(), apply_method: "pending-reboot".to_owned() };
    ParameterGroup {
        family: "aurora-postgresql16".to_owned(),
        description: "ours".to_owned(),
        parameters: [(name.to_owned(), set)].into(),
        tags: [("owner".to_owned(), "team".to_owned())].into(),
    }
}

fn seed(sandbox: &Sandbox) {
    let mut world = sandbox.world();
    let here = world.rds.regions.entry(R.to_owned()).or_default();
    here.cluster_parameter_groups.insert("ours".to_owned(), group("rds.force_ssl", "1"));
    here.parameter_groups.insert("ours".to_owned(), group("log_min_duration_statement", "500"));
    let subnets = [("subnet-1".to_owned(), format!("{R}a")), ("subnet-2".to_owned(), format!("{R}b"))];
    let subnet_group =
        SubnetGroup { vpc_id: "vpc-1".to_owned(), subnets: subnets.into(), ..SubnetGroup::default() };
    here.subnet_groups.insert("private".to_owned(), subnet_group);
    here.clusters.insert("prod".to_owned(), Cluster::new("aurora-postgresql", "16.4"));
}

#[tokio::test]
async fn describe_db_subnet_groups_tells_vpc_subnets_and_zones() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let describe = aws.rds(R).describe_db_subnet_groups();
    let answer = describe.clone().db_subnet_group_name("Private").send().await.unwrap();
    let [group] = answer.db_subnet_groups() else { panic!("one") };
    assert_eq!((group.vpc_id(), group.subnet_group_status()), (Some("vpc-1"), Some("Complete")));
    let zone = group.subnets()[1].subnet_availability_zone().unwrap();
    assert_eq!(
        (group.subnets()[1].subnet_identifier(), zone.name()),
        (Some("subnet-2"), Some("ap-south-1b"))
    );
    assert_eq!(code(describe.db_subnet_group_name("none").send().await), "DBSubnetGroupNotFoundFault");
    let elsewhere = aws.rds("us-east-1").describe_db_subnet_groups().send().await.unwrap();
    assert!(elsewhere.db_subnet_groups().is_empty());
}

#[tokio::test]
async fn parameter_groups_of_both_kinds_are_described_apart() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let rds = aws.rds(R);
    let of_clusters = rds.describe_db_cluster_parameter_groups();
    let answer = of_clusters.clone().db_cluster_parameter_group_name("ours").send().await.unwrap();
    let group = &answer.db_cluster_parameter_groups()[0];
    assert_eq!(group.db_parameter_group_family(), Some("aurora-postgresql16"));
    let arn = "arn:aws:rds:ap-south-1:123456789012:cluster-pg:ours";
    assert_eq!((group.description(), group.db_cluster_parameter_group_arn()), (Some("ours"), Some(arn)));
    let missing = of_clusters.db_cluster_parameter_group_name("none").send().await;
    assert_eq!(code(missing), "DBParameterGroupNotFound");
    let of_instances = rds.describe_db_parameter_groups();
    let answer = of_instances.clone().send().await.unwrap();
    assert_eq!(answer.db_parameter_groups()[0].db_parameter_group_name(), Some("ours"));
    assert_eq!(code(of_instances.db_parameter_group_name("none").send().await), "DBParameterGroupNotFound");
}

#[tokio::test]
async fn describe_db_cluster_parameters_of_source_user_gives_what_was_set() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let describe = aws.rds(R).describe_db_cluster_parameters().db_cluster_parameter_group_name("ours");
    let answer = describe.clone().source("user").send().await.unwrap();
    let [parameter] = answer.parameters() else { panic!("one") };
    assert_eq!((parameter.parameter_name(), parameter.parameter_value()), (Some("rds.force_ssl"), Some("1")));
    assert_eq!(parameter.apply_method(), Some(&ApplyMethod::PendingReboot));
    assert_eq!(code(describe.clone().source("nobody").send().await), "InvalidParameterValue");
    let missing = describe.db_cluster_parameter_group_name("none").send().await;
    assert_eq!(code(missing), "DBParameterGroupNotFound");
}

#[tokio::test]
async fn describe_db_parameters_of_source_user_gives_what_was_set() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let describe = aws.rds(R).describe_db_parameters().db_parameter_group_name("ours");
    let answer = describe.clone().source("user").send().await.unwrap();
    let parameters: Vec<_> =
        answer.parameters().iter().map(|it| (it.parameter_name(), it.parameter_value())).collect();
    assert_eq!(parameters, [(Some("log_min_duration_statement"), Some("500"))]);
    assert_eq!(code(describe.db_parameter_group_name("none").send().await), "DBParameterGroupNotFound");
}

#[tokio::test]
async fn parameters_of_the_engine_are_listed_page_by_page() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let describe = aws.rds(R).describe_db_parameters().db_parameter_group_name("ours");
    let all = describe.clone().send().await.unwrap();
    assert!(all.parameters().len() > 20 && all.marker().is_none());
    assert!(all.parameters().is_sorted_by_key(|parameter| parameter.parameter_name()));
    let defaults = describe.clone().source("engine-default").send().await.unwrap().parameters.unwrap();
    let system = describe.clone().source("system").send().await.unwrap().parameters.unwrap();
    assert_eq!(defaults.len() + system.len() + 1, all.parameters().len());
    assert!(system.iter().all(|parameter| parameter.is_modifiable() == Some(false)));
    let first = describe.clone().max_records(20).send().await.unwrap();
    let rest = describe.clone().max_records(20).set_marker(first.marker.clone()).send().await.unwrap();
    assert_eq!(first.parameters().len() + rest.parameters().len(), all.parameters().len());
    let by_name = Filter::builder().name("parameter-name").values("max_connections").build();
    let one = describe.filters(by_name).send().await.unwrap().parameters.unwrap();
    assert_eq!((one.len(), one[0].apply_type()), (1, Some("static")));
}

#[tokio::test]
async fn list_tags_works_by_arn_and_knows_what_is_missing() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let list = |name: &str| {
        let arn = format!("arn:aws:rds:{R}:123456789012:{name}");
        aws.rds(R).list_tags_for_resource().resource_name(arn).send()
    };
    assert!(list("cluster:prod").await.unwrap().tag_list().is_empty());
    assert_eq!(list("cluster-pg:ours").await.unwrap().tag_list()[0].value(), Some("team"));
    assert_eq!(list("pg:ours").await.unwrap().tag_list().len(), 1);
    for (name, error) in [
        ("cluster:none", "DBClusterNotFoundFault"),
        ("db:none", "DBInstanceNotFound"),
        ("pg:none", "DBParameterGroupNotFound"),
        ("cluster-pg:none", "DBParameterGroupNotFound"),
        ("subgrp:none", "DBSubnetGroupNotFoundFault"),
        ("odd:none", "InvalidParameterValue"),
    ] {
        assert_eq!(code(list(name).await), error, "{name}");
    }
    let elsewhere = aws.rds("us-east-1").list_tags_for_resource();
    let arn = "arn:aws:rds:ap-south-1:123456789012:cluster:prod";
    assert_eq!(code(elsewhere.clone().resource_name(arn).send().await), "InvalidParameterValue");
    assert_eq!(code(elsewhere.resource_name("prod").send().await), "InvalidParameterValue");
}

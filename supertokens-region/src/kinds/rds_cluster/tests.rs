use super::settle::settle;
use super::{RdsCluster, Ref, rds_cluster};
use crate::kind::Kind;

fn cluster() -> RdsCluster {
    rds_cluster("Prod").engine_version("16.4").in_vpc(Ref::new("default")).instance("Prod-1", "db.r6g.large")
}

/// What is wrong with it, in short.
fn wrong(cluster: &RdsCluster) -> String {
    let told = cluster.check().into_iter().map(|problem| match problem.hint {
        Some(hint) => format!("{}; {hint}", problem.message),
        None => problem.message,
    });
    told.collect::<Vec<_>>().join(" | ")
}

#[test]
fn names_are_in_lower_case_as_rds_keeps_them() {
    assert_eq!(cluster().name(), "prod");
    assert!(cluster().instances.contains_key("prod-1"));
    assert_eq!(wrong(&cluster()), "");
}

#[test]
fn what_aws_refuses_is_told_without_asking_it() {
    for (cluster, told) in [
        (cluster().named("1prod"), "`1prod` is not an identifier"),
        (cluster().named("prod--a"), "`prod--a` is not an identifier"),
        (cluster().instance("prod-", "db.t4g.medium"), "`prod-` is not an identifier"),
        (cluster().instance("a", "r6g.large"), "`r6g.large` is no class"),
        (cluster().instance("a", "db.serverless"), "nobody said how it scales"),
        (rds_cluster("a").in_vpc(Ref::new("default")), "it has no engine version"),
        (cluster().engine_version("16"), "`16` is no version"),
        (rds_cluster("a").engine_version("16.4"), "it belongs to no VPC"),
        (cluster().subnet_group("default"), "`default` is not a subnet group"),
        (cluster().master_username("rdsadmin"), "can't be the master user's name"),
        (cluster().kms_alias("mine"), "`mine` is not an alias of a key"),
        (cluster().database_name("1st"), "is not a database's name"),
        (cluster().port(80), "the port is 80"),
        (cluster().backup_retention_days(0), "the days that backups are kept is 0"),
        (cluster().backup_window("3-4"), "`3-4` is no backup window"),
        (cluster().maintenance_window("sunday:04:20-sunday:04:50"), "is no maintenance window"),
        (cluster().serverless(4, 2), "it can't scale from 4 to 2"),
        (cluster().serverless(0.3, 2), "it can't scale from 0.3 to 2"),
        (cluster().storage_type("gp3"), "`gp3` is no storage type"),
        (cluster().promotion_tier("prod-1", 16), "a promotion tier is 16"),
        (cluster().monitoring(7, "r"), "enhanced monitoring every 7 seconds"),
        (cluster().monitoring(60, ""), "enhanced monitoring without a role"),
        (cluster().performance_insights_days(30), "Performance Insights kept for 30 days"),
        (cluster().tag("aws:a", ""), "the tag key"),
        (cluster().tag_instances("aws:a", ""), "the tag key"),
    ] {
        let wrong = wrong(&cluster);
        assert!(wrong.contains(told) && !wrong.contains('|'), "{told}: {wrong}");
    }
}

#[test]
fn what_is_said_of_all_instances_holds_for_those_to_come() {
    let cluster = cluster().tag_instances("owner", "team").instance("prod-2", "db.r6g.large");
    let owners: Vec<_> = cluster.instances.values().map(|member| member.tags["owner"].as_str()).collect();
    assert_eq!(owners, ["team", "team"]);
}

#[test]
fn all_names_are_renamed_and_nothing_else() {
    let cluster = rds_cluster("prod-us-east-1")
        .subnet_group("all-us-east-1")
        .parameter("log_statement", "us-east-1")
        .instance("prod-us-east-1-a", "db.r6g.large")
        .instance_parameter("lock_timeout", "1")
        .tag("home", "us-east-1")
        .renamed("us-east-1", "ap-south-1");
    assert_eq!(cluster.name, "prod-ap-south-1");
    assert_eq!(cluster.subnet_group, "all-ap-south-1");
    assert_eq!(cluster.parameter_group.as_deref(), Some("prod-ap-south-1-cluster"));
    let member = &cluster.instances["prod-ap-south-1-a"];
    assert_eq!(member.parameter_group.as_deref(), Some("prod-ap-south-1-instance"));
    assert!(cluster.instance_parameter_groups.contains_key("prod-ap-south-1-instance"));
    assert_eq!(cluster.parameters.unwrap()["log_statement"], "us-east-1");
    assert_eq!(cluster.tags["home"], "us-east-1");
}

#[test]
fn only_what_cannot_hurt_differs_without_leave() {
    let wanted = cluster().tag("a", "1").instance("prod-2", "db.r6g.large").backup_retention_days(35);
    let there = || cluster().backup_retention_days(7).port(5433).instance_class("db.t4g.medium");
    let mut live = there();
    let told: Vec<_> = settle(&wanted, &mut live).into_iter().map(|finding| finding.message).collect();
    assert_eq!(
        told,
        [
            "`port` is 5433, where 5432 is wanted",
            "`backup_retention_days` is 7, where 35 is wanted",
            "`instances.prod-1.class` is `db.t4g.medium`, where `db.r6g.large` is wanted",
        ]
    );
    assert_eq!((live.port, live.backup_retention_days), (5432, 35));
    assert!(live.tags.is_empty() && !live.instances.contains_key("prod-2"), "these will be added");

    let mut live = there();
    let told: Vec<_> = settle(&wanted.allow_modify(), &mut live).into_iter().map(|it| it.message).collect();
    assert_eq!(told, ["`port` is 5433, where 5432 is wanted"]);
    assert_eq!((live.port, live.backup_retention_days), (5432, 7));
}

#[test]
fn log_groups_of_exported_logs_and_of_monitoring_are_to_come() {
    let cluster = cluster().export_log("postgresql").monitoring(60, "role");
    assert_eq!(cluster.log_groups(), ["/aws/rds/cluster/prod/postgresql", "RDSOSMetrics"]);
}

//! Clusters, instances and groups are made and changed, as strictly as AWS does it.

use aws_sdk_rds::client::Client;
use aws_sdk_rds::operation::create_db_cluster::builders::CreateDBClusterFluentBuilder;
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder;
use aws_sdk_rds::types::{
    ApplyMethod, CloudwatchLogsExportConfiguration, Parameter, ServerlessV2ScalingConfiguration, Tag,
};

use crate::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

const FAMILY: &str = "aurora-postgresql16";

fn subnets(sandbox: &Sandbox) -> Vec<String> {
    sandbox.world().ec2.regions[R].subnets.keys().cloned().collect()
}

async fn subnet_group(sandbox: &Sandbox, rds: &Client) {
    let create = rds.create_db_subnet_group().db_subnet_group_name("Private");
    let create = create.db_subnet_group_description("all zones").set_subnet_ids(Some(subnets(sandbox)));
    create.send().await.unwrap();
}

fn cluster(rds: &Client) -> CreateDBClusterFluentBuilder {
    rds.create_db_cluster()
        .db_cluster_identifier("Prod")
        .engine("aurora-postgresql")
        .engine_version("16.4")
        .master_username("root")
        .manage_master_user_password(true)
}

fn instance(rds: &Client, name: &str) -> CreateDBInstanceFluentBuilder {
    rds.create_db_instance()
        .db_instance_identifier(name)
        .db_cluster_identifier("prod")
        .engine("aurora-postgresql")
        .db_instance_class("db.r6g.large")
}

fn parameter(name: &str, value: &str, method: ApplyMethod) -> Parameter {
    Parameter::builder().parameter_name(name).parameter_value(value).apply_method(method).build()
}

async fn status(aws: &Aws) -> (String, Vec<String>) {
    let rds = aws.rds(R);
    let clusters = rds.describe_db_clusters().send().await.unwrap();
    let instances = rds.describe_db_instances().send().await.unwrap();
    let of = instances.db_instances().iter().map(|it| it.db_instance_status().unwrap().to_owned());
    (clusters.db_clusters()[0].status().unwrap().to_owned(), of.collect())
}

#[tokio::test]
async fn a_subnet_group_covers_two_zones_and_is_made_once() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    subnet_group(&sandbox, &rds).await;
    let answer = rds.describe_db_subnet_groups().db_subnet_group_name("private").send().await.unwrap();
    assert_eq!(answer.db_subnet_groups()[0].subnets().len(), 3);
    let create = || rds.create_db_subnet_group().db_subnet_group_name("x").db_subnet_group_description("x");
    let again = create().db_subnet_group_name("PRIVATE").set_subnet_ids(Some(subnets(&sandbox))).send().await;
    assert_eq!(code(again), "DBSubnetGroupAlreadyExists");
    let one = create().subnet_ids(&subnets(&sandbox)[0]).send().await;
    assert_eq!(code(one), "DBSubnetGroupDoesNotCoverEnoughAZs");
    assert_eq!(code(create().subnet_ids("subnet-0").send().await), "InvalidSubnet");
    assert_eq!(code(create().db_subnet_group_name("default").send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn parameter_groups_are_of_a_known_family_and_made_once() {
    let (_sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    let of_cluster = |name: &str, family: &str| {
        rds.create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(name)
            .db_parameter_group_family(family)
            .description("ours")
            .send()
    };
    of_cluster("ours", FAMILY).await.unwrap();
    assert_eq!(code(of_cluster("Ours", FAMILY).await), "DBParameterGroupAlreadyExists");
    assert_eq!(code(of_cluster("other", "aurora-postgresql99").await), "InvalidParameterValue");
    assert_eq!(code(of_cluster("default.aurora-postgresql16", FAMILY).await), "InvalidParameterValue");
    let of_instance = |family: &str| {
        rds.create_db_parameter_group()
            .db_parameter_group_name("ours")
            .db_parameter_group_family(family)
            .description("ours")
            .send()
    };
    assert_eq!(code(of_instance("mysql").await), "InvalidParameterValue");
    of_instance(FAMILY).await.unwrap();
    assert_eq!(code(of_instance(FAMILY).await), "DBParameterGroupAlreadyExists");
}

#[tokio::test]
async fn parameters_are_set_twenty_at_a_time_and_static_ones_wait_for_a_reboot() {
    let (_sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    let group = rds.create_db_cluster_parameter_group().db_cluster_parameter_group_name("ours");
    group.db_parameter_group_family(FAMILY).description("ours").send().await.unwrap();
    let set = |parameters: Vec<Parameter>| {
        let modify = rds.modify_db_cluster_parameter_group().db_cluster_parameter_group_name("ours");
        modify.set_parameters(Some(parameters)).send()
    };
    set(vec![parameter("rds.force_ssl", "1", ApplyMethod::Immediate)]).await.unwrap();
    let read = rds.describe_db_cluster_parameters().db_cluster_parameter_group_name("ours");
    let read = read.source("user").send().await.unwrap();
    let told: Vec<_> =
        read.parameters().iter().map(|it| (it.parameter_name(), it.parameter_value())).collect();
    assert_eq!(told, [(Some("rds.force_ssl"), Some("1"))]);
    for (parameters, refused) in [
        (vec![parameter("max_connections", "100", ApplyMethod::Immediate)], "InvalidParameterCombination"),
        (vec![parameter("nothing", "1", ApplyMethod::Immediate)], "InvalidParameterValue"),
        (vec![parameter("rds.force_ssl", "2", ApplyMethod::Immediate)], "InvalidParameterValue"),
        (vec![parameter("max_connections", "5", ApplyMethod::PendingReboot)], "InvalidParameterValue"),
        (vec![parameter("block_size", "1", ApplyMethod::PendingReboot)], "InvalidParameterValue"),
        (vec![parameter("timezone", "UTC", ApplyMethod::Immediate); 21], "InvalidParameterValue"),
        (vec![], "InvalidParameterValue"),
    ] {
        assert_eq!(code(set(parameters).await), refused);
    }
    let default = rds.modify_db_parameter_group().db_parameter_group_name("default.aurora-postgresql16");
    let default = default.parameters(parameter("lock_timeout", "1", ApplyMethod::Immediate)).send().await;
    assert_eq!(code(default), "InvalidParameterValue");
}

#[tokio::test]
async fn a_cluster_is_made_with_all_its_options_and_a_managed_password() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    subnet_group(&sandbox, &rds).await;
    let made = cluster(&rds)
        .db_subnet_group_name("private")
        .database_name("supertokens")
        .backup_retention_period(35)
        .preferred_backup_window("03:00-04:00")
        .preferred_maintenance_window("Sun:05:00-Sun:05:30")
        .storage_encrypted(true)
        .enable_cloudwatch_logs_exports("postgresql")
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .tags(Tag::builder().key("owner").value("team").build())
        .send()
        .await
        .unwrap();
    let made = made.db_cluster().unwrap();
    assert_eq!((made.status(), made.db_cluster_identifier()), (Some("creating"), Some("prod")));
    let there = rds.describe_db_clusters().db_cluster_identifier("prod").send().await.unwrap();
    let there = &there.db_clusters()[0];
    assert_eq!((there.status(), there.preferred_backup_window()), (Some("available"), Some("03:00-04:00")));
    assert_eq!(there.preferred_maintenance_window(), Some("sun:05:00-sun:05:30"));
    assert!(there.master_user_secret().unwrap().secret_arn().unwrap().contains("rds!cluster-"));
    assert_eq!((there.backup_retention_period(), there.database_name()), (Some(35), Some("supertokens")));
    assert_eq!(code(cluster(&rds).send().await), "DBClusterAlreadyExistsFault");
}

#[tokio::test]
async fn what_aws_refuses_of_a_new_cluster() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    let combination = "InvalidParameterCombination";
    let value = "InvalidParameterValue";
    let scaling =
        |min, max| ServerlessV2ScalingConfiguration::builder().min_capacity(min).max_capacity(max).build();
    for (create, refused) in [
        (cluster(&rds).engine_version("99.1"), combination),
        (cluster(&rds).engine("oracle"), value),
        (cluster(&rds).db_subnet_group_name("none"), "DBSubnetGroupNotFoundFault"),
        (cluster(&rds).db_cluster_parameter_group_name("none"), "DBClusterParameterGroupNotFound"),
        (cluster(&rds).vpc_security_group_ids("sg-0"), value),
        (cluster(&rds).db_cluster_identifier("1prod"), value),
        (cluster(&rds).db_cluster_identifier("prod--a"), value),
        (cluster(&rds).master_username("rdsadmin"), value),
        (cluster(&rds).master_user_password("not-so-secret"), combination),
        (cluster(&rds).manage_master_user_password(false), value),
        (cluster(&rds).manage_master_user_password(false).master_user_password("a@b/c d\"e"), value),
        (cluster(&rds).backup_retention_period(36), value),
        (cluster(&rds).preferred_backup_window("3-4"), value),
        (
            cluster(&rds)
                .preferred_backup_window("03:00-04:00")
                .preferred_maintenance_window("mon:03:30-mon:04:30"),
            combination,
        ),
        (cluster(&rds).enable_cloudwatch_logs_exports("audit"), value),
        (cluster(&rds).monitoring_interval(60), combination),
        (cluster(&rds).kms_key_id("alias/x"), combination),
        (cluster(&rds).serverless_v2_scaling_configuration(scaling(4.0, 2.0)), value),
        (cluster(&rds).serverless_v2_scaling_configuration(scaling(0.3, 2.0)), value),
    ] {
        assert_eq!(code(create.send().await), refused);
    }
    sandbox.world().rds.regions.entry(R.to_owned()).or_default().quotas.insert("DBClusters".to_owned(), 0);
    assert_eq!(code(cluster(&rds).send().await), "DBClusterQuotaExceededFault");
    let quotas = rds.describe_account_attributes().send().await.unwrap();
    let clusters = quotas.account_quotas().iter().find(|it| it.account_quota_name() == Some("DBClusters"));
    assert_eq!(clusters.and_then(|quota| quota.max()), Some(0));
    assert!(sandbox.world().rds.regions[R].clusters.is_empty());
}

#[tokio::test]
async fn instances_come_up_and_the_first_one_writes_and_their_metrics_are_published() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    sandbox.world().rds.looks_until_available = 1;
    cluster(&rds).enable_cloudwatch_logs_exports("postgresql").send().await.unwrap();
    instance(&rds, "prod-2").send().await.unwrap();
    instance(&rds, "prod-1").promotion_tier(0).send().await.unwrap();
    let two = |status: &str| vec![status.to_owned(); 2];
    assert_eq!(status(&aws).await, ("creating".to_owned(), two("creating")));
    assert!(!sandbox.world().cloudwatch.metrics.contains_key(R));
    assert_eq!(status(&aws).await, ("available".to_owned(), two("available")));
    let answer = rds.describe_db_clusters().send().await.unwrap();
    let members = answer.db_clusters()[0].db_cluster_members();
    let writers: Vec<_> =
        members.iter().map(|it| (it.db_instance_identifier(), it.is_cluster_writer())).collect();
    assert_eq!(writers, [(Some("prod-1"), Some(false)), (Some("prod-2"), Some(true))]);
    let metrics = aws.cloudwatch(R).list_metrics().metric_name("FreeLocalStorage").send().await.unwrap();
    assert_eq!(metrics.metrics().len(), 1 + 2 + 2, "by cluster, by role, by instance");
    let logs = aws.logs(R).describe_log_groups().send().await.unwrap();
    assert_eq!(logs.log_groups()[0].log_group_name(), Some("/aws/rds/cluster/prod/postgresql"));
    assert_eq!(code(instance(&rds, "Prod-1").send().await), "DBInstanceAlreadyExists");
}

#[tokio::test]
async fn what_aws_refuses_of_a_new_instance() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    cluster(&rds).send().await.unwrap();
    let combination = "InvalidParameterCombination";
    let new = || instance(&rds, "prod-1");
    for (create, refused) in [
        (new().db_cluster_identifier("none"), "DBClusterNotFoundFault"),
        (new().db_instance_class("db.huge"), combination),
        (new().engine("mysql"), combination),
        (new().master_username("root"), combination),
        (new().db_instance_class("db.serverless"), "InvalidDBClusterStateFault"),
        (new().monitoring_interval(60), combination),
        (new().monitoring_interval(60).monitoring_role_arn("arn:aws:iam::1:role/x"), "InvalidParameterValue"),
        (new().ca_certificate_identifier("rds-ca-2019"), "CertificateNotFound"),
        (new().db_parameter_group_name("none"), "DBParameterGroupNotFound"),
        (new().promotion_tier(16), "InvalidParameterValue"),
    ] {
        assert_eq!(code(create.send().await), refused);
    }
    sandbox.world().rds.regions.get_mut(R).unwrap().quotas.insert("DBInstances".to_owned(), 0);
    assert_eq!(code(new().send().await), "InstanceQuotaExceeded");
}

#[tokio::test]
async fn a_cluster_is_modified_once_it_is_available_and_keeps_the_rest() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    sandbox.world().rds.looks_until_available = 1;
    cluster(&rds).send().await.unwrap();
    let modify = || rds.modify_db_cluster().db_cluster_identifier("prod").apply_immediately(true);
    let early = modify().backup_retention_period(7).send().await;
    assert_eq!(code(early), "InvalidDBClusterStateFault");
    status(&aws).await;
    status(&aws).await;
    let logs = CloudwatchLogsExportConfiguration::builder().enable_log_types("postgresql").build();
    let modify = modify().backup_retention_period(7).deletion_protection(true);
    modify.cloudwatch_logs_export_configuration(logs).send().await.unwrap();
    let there = rds.describe_db_clusters().send().await.unwrap();
    let there = &there.db_clusters()[0];
    assert_eq!((there.backup_retention_period(), there.deletion_protection()), (Some(7), Some(true)));
    assert_eq!(there.enabled_cloudwatch_logs_exports(), ["postgresql"]);
    assert_eq!(there.engine_version(), Some("16.4"));
    let none = rds.modify_db_cluster().db_cluster_identifier("none").send().await;
    assert_eq!(code(none), "DBClusterNotFoundFault");
}

#[tokio::test]
async fn another_class_comes_at_once_or_is_pending() {
    let (_sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    cluster(&rds).send().await.unwrap();
    instance(&rds, "prod-1").send().await.unwrap();
    status(&aws).await;
    let modify = |class: &str, now: bool| {
        let modify = rds.modify_db_instance().db_instance_identifier("prod-1").apply_immediately(now);
        modify.db_instance_class(class).send()
    };
    modify("db.r6g.xlarge", true).await.unwrap();
    modify("db.r6g.2xlarge", false).await.unwrap();
    let there = rds.describe_db_instances().send().await.unwrap();
    let there = &there.db_instances()[0];
    let pending = there.pending_modified_values().unwrap().db_instance_class();
    assert_eq!((there.db_instance_class(), pending), (Some("db.r6g.xlarge"), Some("db.r6g.2xlarge")));
    assert_eq!(code(modify("db.huge", true).await), "InvalidParameterCombination");
}

#[tokio::test]
async fn tags_are_added_to_clusters_and_instances_and_others_stay() {
    let (_sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    cluster(&rds).tags(Tag::builder().key("a").value("1").build()).send().await.unwrap();
    let arn = format!("arn:aws:rds:{R}:123456789012:cluster:prod");
    let add = |arn: &str, key: &str, value: &str| {
        let tag = Tag::builder().key(key).value(value).build();
        rds.add_tags_to_resource().resource_name(arn).tags(tag).send()
    };
    add(&arn, "b", "2").await.unwrap();
    add(&arn, "a", "3").await.unwrap();
    let told = rds.list_tags_for_resource().resource_name(&arn).send().await.unwrap();
    let told: Vec<_> = told.tag_list().iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())).collect();
    assert_eq!(told, [("a", "3"), ("b", "2")]);
    assert_eq!(code(add(&arn, "aws:a", "1").await), "InvalidParameterValue");
    assert_eq!(code(add(&arn.replace("cluster:", "db:"), "a", "1").await), "DBInstanceNotFound");
}

#[tokio::test]
async fn versions_and_classes_are_those_of_the_region() {
    let (sandbox, aws) = sandbox();
    let rds = aws.rds(R);
    let versions = async |given: &str| {
        let ask = rds.describe_db_engine_versions().engine("aurora-postgresql").engine_version(given);
        let answer = ask.send().await.unwrap();
        let told = answer.db_engine_versions().iter().map(|it| it.engine_version().unwrap().to_owned());
        told.collect::<Vec<_>>()
    };
    assert_eq!(versions("16.4").await, ["16.4"]);
    assert_eq!(versions("16").await, ["16.3", "16.4", "16.6"]);
    let lacks = ["16.4", "db.r6g.large"].map(str::to_owned);
    sandbox.world().rds.regions.entry(R.to_owned()).or_default().not_offered.extend(lacks);
    assert!(versions("16.4").await.is_empty());
    let options = |class: &str| {
        let ask = rds.describe_orderable_db_instance_options().engine("aurora-postgresql");
        ask.engine_version("16.6").db_instance_class(class).vpc(true).send()
    };
    assert!(options("db.r6g.large").await.unwrap().orderable_db_instance_options().is_empty());
    let found = options("db.r6g.xlarge").await.unwrap();
    assert_eq!(found.orderable_db_instance_options().len(), 2, "one for each type of storage");
    assert_eq!(found.orderable_db_instance_options()[0].availability_zones().len(), 3);
    let bare = rds.describe_orderable_db_instance_options().send().await;
    assert_eq!(code(bare), "InvalidParameterValue");
}

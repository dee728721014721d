//! Clusters and instances, as a caller sees them.

use aws_sdk_rds::types::Filter;

use super::{Alone, AssociatedRole, Cluster, Instance, MasterSecret, ServerlessScaling, SubnetGroup};
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

/// Two clusters, the first with two instances, and an instance of its own.
fn seed(sandbox: &Sandbox) {
    let mut world = sandbox.world();
    let here = world.rds.regions.entry(R.to_owned()).or_default();
    let mut cluster = Cluster {
        preferred_backup_window: "03:00-04:00".to_owned(),
        database_name: Some("supertokens".to_owned()),
        log_exports: vec!["postgresql".to_owned()],
        subnet_group: "private".to_owned(),
        security_groups: vec!["sg-1".to_owned()],
        storage_encrypted: true,
        kms_key_id: Some("arn:aws:kms:ap-south-1:123456789012:key/k".to_owned()),
        deletion_protection: true,
        resource_id: "cluster-ABC".to_owned(),
        ..Cluster::new("aurora-postgresql", "16.4")
    };
    cluster.tags.insert("owner".to_owned(), "team".to_owned());
    for (name, tier) in [("prod-a", 1), ("prod-b", 0)] {
        let instance = Instance {
            promotion_tier: tier,
            availability_zone: format!("{R}{}", &name[5..]),
            ..Instance::new("db.r6g.large", "prod", &cluster)
        };
        here.instances.insert(name.to_owned(), instance);
    }
    cluster.writer = Some("prod-b".to_owned());
    here.clusters.insert("prod".to_owned(), cluster);
    here.clusters.insert("documents".to_owned(), Cluster::new("docdb", "5.0.0"));
    let alone = Alone { allocated_storage: 20, port: 3306, ..Alone::default() };
    let mysql = Instance {
        status: "creating".to_owned(),
        engine: "mysql".to_owned(),
        engine_version: "8.0.39".to_owned(),
        alone: Some(alone),
        ..Instance::default()
    };
    here.instances.insert("api".to_owned(), mysql);
    let subnets = [("subnet-1".to_owned(), format!("{R}a")), ("subnet-2".to_owned(), format!("{R}b"))];
    let group = SubnetGroup { vpc_id: "vpc-1".to_owned(), subnets: subnets.into(), ..SubnetGroup::default() };
    here.subnet_groups.insert("private".to_owned(), group);
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

#[tokio::test]
async fn describe_db_clusters_keeps_every_option() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let answer = aws.rds(R).describe_db_clusters().db_cluster_identifier("PROD").send().await.unwrap();
    let [cluster] = answer.db_clusters() else { panic!("one") };
    assert_eq!(cluster.preferred_backup_window(), Some("03:00-04:00"));
    assert_eq!((cluster.status(), cluster.engine_version()), (Some("available"), Some("16.4")));
    assert_eq!((cluster.port(), cluster.database_name()), (Some(5432), Some("supertokens")));
    assert_eq!(cluster.enabled_cloudwatch_logs_exports(), ["postgresql"]);
    assert_eq!(cluster.db_cluster_parameter_group(), Some("default.aurora-postgresql16"));
    assert_eq!(cluster.vpc_security_groups()[0].vpc_security_group_id(), Some("sg-1"));
    assert_eq!((cluster.storage_encrypted(), cluster.deletion_protection()), (Some(true), Some(true)));
    assert_eq!((cluster.storage_type(), cluster.multi_az()), (None, Some(true)));
    assert_eq!(cluster.db_cluster_arn(), Some("arn:aws:rds:ap-south-1:123456789012:cluster:prod"));
    assert_eq!((cluster.tag_list().len(), cluster.tag_list()[0].key()), (1, Some("owner")));
}

#[tokio::test]
async fn a_cluster_has_a_writer_and_a_reader_endpoint() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let answer = aws.rds(R).describe_db_clusters().db_cluster_identifier("prod").send().await.unwrap();
    let cluster = &answer.db_clusters()[0];
    let (writer, reader) = (cluster.endpoint().unwrap(), cluster.reader_endpoint().unwrap());
    assert!(writer.starts_with("prod.cluster-c") && writer.ends_with(".ap-south-1.rds.amazonaws.com"));
    assert_eq!(reader, writer.replace(".cluster-", ".cluster-ro-"));
}

#[tokio::test]
async fn a_managed_password_is_told_as_a_secret_and_never_as_text() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let secret =
        MasterSecret { arn: "arn:s".to_owned(), status: "active".to_owned(), kms_key_id: "k".to_owned() };
    let role = AssociatedRole { role_arn: "arn:r".to_owned(), feature: "s3Import".to_owned() };
    {
        let mut world = sandbox.world();
        let cluster = world.rds.regions.get_mut(R).unwrap().clusters.get_mut("prod").unwrap();
        (cluster.master_secret, cluster.associated_roles) = (Some(secret), vec![role]);
        cluster.storage_type = "aurora-iopt1".to_owned();
    }
    let answer = aws.rds(R).describe_db_clusters().db_cluster_identifier("prod").send().await.unwrap();
    let cluster = &answer.db_clusters()[0];
    assert_eq!(cluster.master_user_secret().unwrap().secret_arn(), Some("arn:s"));
    assert_eq!(cluster.associated_roles()[0].feature_name(), Some("s3Import"));
    assert_eq!(cluster.storage_type(), Some("aurora-iopt1"));
}

#[tokio::test]
async fn the_serverless_scaling_configuration_is_kept() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let scaling =
        ServerlessScaling { min_capacity: 0.0, max_capacity: 4.5, seconds_until_auto_pause: Some(300) };
    sandbox.world().rds.regions.get_mut(R).unwrap().clusters.get_mut("prod").unwrap().serverless_scaling =
        Some(scaling);
    let answer = aws.rds(R).describe_db_clusters().db_cluster_identifier("prod").send().await.unwrap();
    let scaling = answer.db_clusters()[0].serverless_v2_scaling_configuration().unwrap();
    assert_eq!((scaling.min_capacity(), scaling.max_capacity()), (Some(0.0), Some(4.5)));
    assert_eq!(scaling.seconds_until_auto_pause(), Some(300));
}

#[tokio::test]
async fn cluster_members_list_the_instances_and_the_writer() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let answer = aws.rds(R).describe_db_clusters().db_cluster_identifier("prod").send().await.unwrap();
    let members = answer.db_clusters()[0].db_cluster_members().iter();
    let members: Vec<_> =
        members.map(|member| (member.db_instance_identifier(), member.is_cluster_writer())).collect();
    assert_eq!(members, [(Some("prod-a"), Some(false)), (Some("prod-b"), Some(true))]);
}

#[tokio::test]
async fn a_cluster_that_is_missing_or_elsewhere_is_not_found() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let missing = aws.rds(R).describe_db_clusters().db_cluster_identifier("none").send().await;
    assert_eq!(missing.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(missing), "DBClusterNotFoundFault");
    let elsewhere = aws.rds("us-east-1");
    let by_name = elsewhere.describe_db_clusters().db_cluster_identifier("prod").send().await;
    assert_eq!(code(by_name), "DBClusterNotFoundFault");
    assert!(elsewhere.describe_db_clusters().send().await.unwrap().db_clusters().is_empty());
    let arn = "arn:aws:rds:us-east-1:123456789012:cluster:prod";
    assert_eq!(
        code(aws.rds(R).describe_db_clusters().db_cluster_identifier(arn).send().await),
        "DBClusterNotFoundFault"
    );
}

#[tokio::test]
async fn describe_db_clusters_gives_other_engines_too_and_filters_them() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let describe = aws.rds(R).describe_db_clusters();
    assert_eq!(describe.clone().send().await.unwrap().db_clusters().len(), 2);
    for by in [filter("engine", "aurora-postgresql"), filter("db-cluster-id", "prod")] {
        let answer = describe.clone().filters(by).send().await.unwrap();
        assert_eq!(answer.db_clusters().len(), 1);
        assert_eq!(answer.db_clusters()[0].db_cluster_identifier(), Some("prod"));
    }
    assert_eq!(code(describe.clone().filters(filter("name", "x")).send().await), "InvalidParameterValue");
    let without_values = Filter::builder().name("engine").set_values(Some(vec![])).build();
    assert_eq!(code(describe.filters(without_values).send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn describe_db_clusters_pages_by_max_records_of_20_to_100() {
    let (sandbox, aws) = sandbox();
    for number in 0..25 {
        let mut world = sandbox.world();
        let here = world.rds.regions.entry(R.to_owned()).or_default();
        here.clusters.insert(format!("c{number:02}"), Cluster::new("aurora-postgresql", "16.4"));
    }
    let describe = aws.rds(R).describe_db_clusters();
    let first = describe.clone().max_records(20).send().await.unwrap();
    assert_eq!((first.db_clusters().len(), first.marker().is_some()), (20, true));
    let rest = describe.clone().max_records(20).set_marker(first.marker).send().await.unwrap();
    assert_eq!((rest.db_clusters().len(), rest.marker()), (5, None));
    for size in [19, 101] {
        assert_eq!(code(describe.clone().max_records(size).send().await), "InvalidParameterValue");
    }
    assert_eq!(code(describe.marker("made up").send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn an_instance_has_its_own_fields_and_its_clusters() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let answer = aws.rds(R).describe_db_instances().db_instance_identifier("prod-a").send().await.unwrap();
    let [instance] = answer.db_instances() else { panic!("one") };
    assert_eq!((instance.engine_version(), instance.db_instance_status()), (Some("16.4"), Some("available")));
    assert_eq!((instance.db_instance_class(), instance.promotion_tier()), (Some("db.r6g.large"), Some(1)));
    assert_eq!(instance.endpoint().unwrap().port(), Some(5432));
    assert!(instance.endpoint().unwrap().address().unwrap().starts_with("prod-a.c"));
    assert_eq!((instance.storage_encrypted(), instance.master_username()), (Some(true), Some("postgres")));
    let group = instance.db_subnet_group().unwrap();
    assert_eq!((group.db_subnet_group_name(), group.subnets().len()), (Some("private"), 2));
    assert_eq!(
        instance.db_parameter_groups()[0].db_parameter_group_name(),
        Some("default.aurora-postgresql16")
    );
    let answer = aws.rds(R).describe_db_instances().db_instance_identifier("api").send().await.unwrap();
    let alone = &answer.db_instances()[0];
    assert_eq!((alone.allocated_storage(), alone.engine_version()), (Some(20), Some("8.0.39")));
    assert!(alone.endpoint().is_none() && alone.db_cluster_identifier().is_none());
}

#[tokio::test]
async fn describe_db_instances_filters_by_cluster_and_misses_what_is_not_there() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let describe = aws.rds(R).describe_db_instances();
    let members = describe.clone().filters(filter("db-cluster-id", "prod")).send().await.unwrap();
    assert_eq!(members.db_instances().len(), 2);
    let none = describe.clone().filters(filter("db-cluster-id", "none")).send().await.unwrap();
    assert!(none.db_instances().is_empty());
    let mysql = describe.clone().filters(filter("engine", "mysql")).send().await.unwrap();
    assert_eq!(mysql.db_instances().len(), 1);
    assert_eq!(code(describe.db_instance_identifier("none").send().await), "DBInstanceNotFound");
}

//! The databases of the second judge.

use supertokens_region::Aws;

use super::R;

/// The cluster of us-east-1 that the script copies. It has AWS's own parameter groups: those of moto know none of the
/// engine's parameters.
pub async fn seed(aws: &Aws) {
    let (rds, ec2) = (aws.rds("us-east-1"), aws.ec2("us-east-1"));
    let subnets = ec2.describe_subnets().send().await.unwrap();
    let subnets = subnets.subnets().iter().filter_map(|subnet| subnet.subnet_id.clone()).collect();
    let group = rds.create_db_subnet_group().db_subnet_group_name("all-us-east-1");
    group.db_subnet_group_description("all zones").set_subnet_ids(Some(subnets)).send().await.unwrap();
    let vpcs = ec2.describe_security_groups().group_names("default").send().await.unwrap();
    let make = rds.create_db_cluster().db_cluster_identifier("prod-us-east-1").engine("aurora-postgresql");
    make.engine_version("16.4")
        .db_subnet_group_name("all-us-east-1")
        .vpc_security_group_ids(vpcs.security_groups()[0].group_id().unwrap())
        .master_username("root")
        .manage_master_user_password(true)
        .backup_retention_period(35)
        .storage_encrypted(true)
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .enable_cloudwatch_logs_exports("postgresql")
        .send()
        .await
        .unwrap();
    let make = rds.create_db_instance().db_instance_identifier("prod-us-east-1-1");
    let make = make.db_cluster_identifier("prod-us-east-1").engine("aurora-postgresql");
    make.db_instance_class("db.r6g.large")
        .ca_certificate_identifier("rds-ca-rsa2048-g1")
        .send()
        .await
        .unwrap();
}

/// The copy, with its instance.
pub async fn read_back(aws: &Aws) {
    let rds = aws.rds(R);
    let clusters = rds.describe_db_clusters().send().await.unwrap();
    let [cluster] = clusters.db_clusters() else { panic!("one cluster, not {clusters:?}") };
    assert_eq!(cluster.db_cluster_identifier(), Some("prod-ap-south-1"));
    assert_eq!((cluster.engine_version(), cluster.status()), (Some("16.4"), Some("available")));
    assert_eq!((cluster.backup_retention_period(), cluster.storage_encrypted()), (Some(35), Some(true)));
    assert_eq!(cluster.db_subnet_group(), Some("all-ap-south-1"));
    assert!(cluster.master_user_secret().is_some());
    let instances = rds.describe_db_instances().send().await.unwrap();
    let [instance] = instances.db_instances() else { panic!("one instance, not {instances:?}") };
    assert_eq!(instance.db_instance_identifier(), Some("prod-ap-south-1-1"));
    assert_eq!(instance.db_instance_class(), Some("db.r6g.large"));
    let mut tags: Vec<_> = instance.tag_list().iter().map(|tag| (tag.key(), tag.value())).collect();
    tags.sort();
    assert_eq!(
        tags,
        [
            (Some("VantaContainsUserData"), Some("true")),
            (Some("VantaDescription"), Some("db cluster to store development/production containers data")),
            (Some("VantaOwner"), Some("rishabh@supertokens.com")),
        ]
    );
}

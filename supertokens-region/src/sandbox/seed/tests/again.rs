//! What is in the reference world is what AWS takes: put again through the SDK, it is taken, and nothing changes.

use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, Statistic};
use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, TrafficType};
use aws_sdk_route53::types::{Vpc, VpcRegion};
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus, Tagging,
    VersioningConfiguration,
};

use super::super::{REGIONS, network, seeded};
use super::reference;
use crate::sandbox::testing::code;

#[tokio::test]
async fn policies_of_topics_and_buckets() {
    let (sandbox, aws) = reference();
    let before = seeded();
    for (arn, topic) in &before.sns.topics {
        let region = arn.split(':').nth(3).unwrap();
        let set = aws.sns(region).set_topic_attributes().topic_arn(arn).attribute_name("Policy");
        set.attribute_value(&topic.attributes["Policy"]).send().await.unwrap();
    }
    for (name, bucket) in &before.s3.buckets {
        if let Some(policy) = &bucket.policy {
            let put = aws.s3(&bucket.region).put_bucket_policy().bucket(name).policy(policy);
            put.send().await.unwrap();
        }
    }
    assert_eq!(sandbox.world().sns, before.sns);
    assert_eq!(sandbox.world().s3, before.s3);
}

#[test]
fn policies_of_iam_are_within_its_limits() {
    let world = seeded();
    for (name, policy) in &world.iam.policies {
        assert!((1..=5).contains(&policy.versions.len()), "{name}");
        assert!(policy.versions.contains_key(&policy.default_version));
        assert!(policy.versions.keys().all(|number| *number <= policy.last_version));
        for version in policy.versions.values() {
            let document: serde_json::Value = serde_json::from_str(&version.document).unwrap();
            assert_eq!(document["Version"], "2012-10-17");
            let written = version.document.chars().filter(|c| !c.is_whitespace()).count();
            assert!(written <= 6144 && version.document.chars().all(|c| c <= '\u{ff}'), "{name}");
        }
    }
    for role in world.iam.roles.values() {
        let trust: serde_json::Value = serde_json::from_str(&role.trust_policy).unwrap();
        assert_eq!(trust["Statement"][0]["Action"], "sts:AssumeRole");
        assert!(role.attached_policies.len() <= 10);
    }
}

#[tokio::test]
async fn settings_of_buckets() {
    let (sandbox, aws) = reference();
    let before = seeded();
    for (name, bucket) in &before.s3.buckets {
        let s3 = aws.s3(&bucket.region);
        let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = s3.put_bucket_versioning().bucket(name).versioning_configuration(versioning);
        put.send().await.unwrap();
        let block = s3.get_public_access_block().bucket(name).send().await.unwrap();
        let put = s3.put_public_access_block().bucket(name);
        put.set_public_access_block_configuration(block.public_access_block_configuration)
            .send()
            .await
            .unwrap();
        let encryption = s3.get_bucket_encryption().bucket(name).send().await.unwrap();
        let put = s3.put_bucket_encryption().bucket(name);
        put.set_server_side_encryption_configuration(encryption.server_side_encryption_configuration)
            .send()
            .await
            .unwrap();
        let tags = s3.get_bucket_tagging().bucket(name).send().await.unwrap();
        let tags = Tagging::builder().set_tag_set(Some(tags.tag_set)).build().unwrap();
        s3.put_bucket_tagging().bucket(name).tagging(tags).send().await.unwrap();
        let logging = s3.get_bucket_logging().bucket(name).send().await.unwrap();
        let logging = BucketLoggingStatus::builder().set_logging_enabled(logging.logging_enabled).build();
        s3.put_bucket_logging().bucket(name).bucket_logging_status(logging).send().await.unwrap();
        if bucket.lifecycle.is_some() {
            let rules = s3.get_bucket_lifecycle_configuration().bucket(name).send().await.unwrap();
            let lifecycle = BucketLifecycleConfiguration::builder().set_rules(rules.rules).build().unwrap();
            s3.put_bucket_lifecycle_configuration()
                .bucket(name)
                .lifecycle_configuration(lifecycle)
                .set_transition_default_minimum_object_size(rules.transition_default_minimum_object_size)
                .send()
                .await
                .unwrap();
        }
        if bucket.replication.is_some() {
            let rules = s3.get_bucket_replication().bucket(name).send().await.unwrap();
            let put = s3.put_bucket_replication().bucket(name);
            put.set_replication_configuration(rules.replication_configuration).send().await.unwrap();
        }
    }
    assert_eq!(sandbox.world().s3, before.s3);
}

#[tokio::test]
async fn rules_of_groups() {
    let (sandbox, aws) = reference();
    for region in REGIONS {
        let ec2 = aws.ec2(region);
        let groups = ec2.describe_security_groups().send().await.unwrap();
        for group in groups.security_groups() {
            let authorize = ec2.authorize_security_group_ingress().group_id(group.group_id().unwrap());
            let authorize = authorize.set_ip_permissions(group.ip_permissions.clone());
            assert_eq!(code(authorize.clone().send().await), "InvalidPermission.Duplicate");
            let rules = |id: &str| {
                let mut world = sandbox.world();
                let here = world.ec2.regions.get_mut(region).unwrap();
                here.groups.get_mut(id).unwrap().rules.retain(|_, rule| rule.egress);
            };
            rules(group.group_id().unwrap());
            authorize.send().await.unwrap();
        }
    }
    assert_eq!(sandbox.world().ec2, seeded().ec2);
}

#[tokio::test]
async fn what_is_there_is_not_made_twice() {
    let (sandbox, aws) = reference();
    for region in REGIONS {
        let (ec2, vpc) = (aws.ec2(region), network::default_vpc(&seeded(), region));
        for name in ["boxyhq", "dev-postgresql", "ping-ssh", "supertokens-nginx-port"] {
            let create = ec2.create_security_group().group_name(name).description("again").vpc_id(&vpc);
            assert_eq!(code(create.send().await), "InvalidGroup.Duplicate");
        }
        let endpoints = ec2.describe_vpc_endpoints().send().await.unwrap();
        let [endpoint] = endpoints.vpc_endpoints() else { panic!("one") };
        let create = ec2.create_vpc_endpoint().vpc_id(&vpc).service_name(endpoint.service_name().unwrap());
        let create = create.set_route_table_ids(endpoint.route_table_ids.clone());
        assert_eq!(code(create.send().await), "RouteAlreadyExists");
        let create = ec2
            .create_flow_logs()
            .resource_ids(&vpc)
            .resource_type(FlowLogsResourceType::Vpc)
            .traffic_type(TrafficType::All)
            .log_destination_type(LogDestinationType::S3)
            .log_destination(format!("arn:aws:s3:::supertokens-s3-access-logs-{region}/vpc-flow-logs/"));
        assert_eq!(code(create.send().await), "FlowLogAlreadyExists");
        let here = Vpc::builder().vpc_region(VpcRegion::from(region)).vpc_id(&vpc).build();
        let create = aws.route53(region).create_hosted_zone().name(format!("{region}.dns")).vpc(here);
        assert_eq!(code(create.caller_reference("again").send().await), "ConflictingDomainExists");
    }
    let mut world = sandbox.world().clone();
    world.requests = 0;
    assert!(world == seeded());
}

#[tokio::test]
async fn policies_of_endpoints() {
    let (sandbox, aws) = reference();
    for region in REGIONS {
        let ec2 = aws.ec2(region);
        let policy = || {
            let world = sandbox.world();
            let (id, endpoint) = world.ec2.regions[region].vpc_endpoints.iter().next().unwrap();
            let policy: serde_json::Value = serde_json::from_str(&endpoint.policy).unwrap();
            (id.clone(), policy)
        };
        let (id, before) = policy();
        let modify = ec2.modify_vpc_endpoint().vpc_endpoint_id(id).policy_document(before.to_string());
        modify.send().await.unwrap();
        assert_eq!(policy().1, before);
    }
}

#[tokio::test]
async fn alarms() {
    let (sandbox, aws) = reference();
    let before = seeded();
    for (arn, alarm) in &before.cloudwatch.alarms {
        let region = arn.split(':').nth(3).unwrap();
        let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
        aws.cloudwatch(region)
            .put_metric_alarm()
            .alarm_name(&alarm.name)
            .actions_enabled(true)
            .set_alarm_actions(Some(alarm.alarm_actions.clone()))
            .set_namespace(alarm.namespace.clone())
            .set_metric_name(alarm.metric_name.clone())
            .set_dimensions(Some(alarm.dimensions.iter().map(dimension).collect()))
            .set_statistic(alarm.statistic.as_deref().map(Statistic::from))
            .set_period(alarm.period)
            .evaluation_periods(alarm.evaluation_periods)
            .set_datapoints_to_alarm(alarm.datapoints_to_alarm)
            .set_threshold(alarm.threshold)
            .comparison_operator(ComparisonOperator::from(alarm.comparison_operator.as_str()))
            .set_treat_missing_data(alarm.treat_missing_data.clone())
            .send()
            .await
            .unwrap();
        let mut put = sandbox.world().cloudwatch.alarms[arn].clone();
        put.configuration_updated = alarm.configuration_updated;
        assert_eq!(put, *alarm);
    }
    assert_eq!(sandbox.world().cloudwatch.alarms.len(), before.cloudwatch.alarms.len());
}

#[tokio::test]
async fn retentions_of_log_groups() {
    let (sandbox, aws) = reference();
    let before = seeded();
    for (arn, group) in &before.logs.groups {
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        if let Some(days) = group.retention {
            let put = aws.logs(parts[3]).put_retention_policy().log_group_name(parts[6]);
            put.retention_in_days(days).send().await.unwrap();
        }
    }
    assert_eq!(sandbox.world().logs, before.logs);
}

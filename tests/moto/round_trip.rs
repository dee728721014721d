//! Whether the fixture holds what it promises: each service is asked over the wire, and what was written is read back.

use std::process::Command;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, Statistic, Tag};
use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, TrafficType};
use aws_sdk_route53::types::{HostedZoneConfig, Vpc, VpcRegion};
use supertokens_region::Aws;

use super::{ACCOUNT, Moto, venv};

const R: &str = "ap-south-1";

async fn default_vpc(aws: &Aws) -> String {
    let vpcs = aws.ec2(R).describe_vpcs().send().await.expect("the VPCs");
    let vpc = vpcs.vpcs().iter().find(|vpc| vpc.is_default() == Some(true)).expect("a default VPC");
    vpc.vpc_id().expect("its id").to_owned()
}

#[tokio::test]
async fn an_alarm_survives_the_translation_from_cbor_and_back() {
    let moto = Moto::start();
    let cloudwatch = Aws::new(moto.config(R)).cloudwatch(R);
    cloudwatch
        .put_metric_alarm()
        .alarm_name("cpu is high")
        .namespace("AWS/RDS")
        .metric_name("CPUUtilization")
        .dimensions(Dimension::builder().name("DBInstanceIdentifier").value("db-1").build())
        .statistic(Statistic::Average)
        .period(300)
        .evaluation_periods(3)
        .datapoints_to_alarm(2)
        .threshold(80.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .treat_missing_data("breaching")
        .alarm_actions(format!("arn:aws:sns:{R}:{ACCOUNT}:alerts"))
        .send()
        .await
        .expect("the alarm is put");

    let answer = cloudwatch.describe_alarms().alarm_names("cpu is high").send().await.expect("the alarms");
    let [alarm] = answer.metric_alarms() else { panic!("expected one alarm, got {answer:?}") };
    let dimensions: Vec<_> = alarm.dimensions().iter().map(|d| (d.name(), d.value())).collect();
    assert_eq!(dimensions, [(Some("DBInstanceIdentifier"), Some("db-1"))]);
    // A whole number to JSON, a double to CBOR: without the model's types the SDK couldn't read the answer.
    assert_eq!(alarm.threshold(), Some(80.0));
    assert_eq!(alarm.namespace(), Some("AWS/RDS"));
    assert_eq!(alarm.metric_name(), Some("CPUUtilization"));
    assert_eq!(alarm.statistic(), Some(&Statistic::Average));
    assert_eq!(
        (alarm.period(), alarm.evaluation_periods(), alarm.datapoints_to_alarm()),
        (Some(300), Some(3), Some(2))
    );
    assert_eq!(alarm.comparison_operator(), Some(&ComparisonOperator::GreaterThanThreshold));
    assert_eq!(alarm.treat_missing_data(), Some("breaching"));
    assert_eq!(alarm.alarm_actions(), [format!("arn:aws:sns:{R}:{ACCOUNT}:alerts")]);
    assert_eq!(
        alarm.alarm_arn(),
        Some(format!("arn:aws:cloudwatch:{R}:{ACCOUNT}:alarm:cpu is high").as_str())
    );
    assert!(alarm.alarm_configuration_updated_timestamp().is_some(), "{alarm:?}");
}

#[tokio::test]
async fn an_error_of_cloudwatch_stays_that_error_in_cbor() {
    let moto = Moto::start();
    let cloudwatch = Aws::new(moto.config(R)).cloudwatch(R);
    let alarm = format!("arn:aws:cloudwatch:{R}:{ACCOUNT}:alarm:never made");
    let tag = Tag::builder().key("region").value(R).build();
    let refused = cloudwatch.tag_resource().resource_arn(alarm).tags(tag).send().await;
    let refused = refused.expect_err("there is no such alarm").into_service_error();
    assert!(refused.is_resource_not_found_exception(), "{refused:?}");
}

#[tokio::test]
async fn a_flow_log_keeps_the_folder_of_its_destination() {
    let moto = Moto::start();
    let aws = Aws::new(moto.config(R));
    aws.s3("us-east-1").create_bucket().bucket("logs").send().await.expect("the bucket");
    let buckets = aws.s3("us-east-1").list_buckets().send().await.expect("the buckets");
    assert_eq!(buckets.buckets().iter().map(|b| b.name()).collect::<Vec<_>>(), [Some("logs")]);

    let vpc = default_vpc(&aws).await;
    let flow_log = |destination| {
        aws.ec2(R)
            .create_flow_logs()
            .resource_type(FlowLogsResourceType::Vpc)
            .resource_ids(&vpc)
            .traffic_type(TrafficType::All)
            .log_destination_type(LogDestinationType::S3)
            .log_destination(destination)
            .send()
    };
    let made = flow_log("arn:aws:s3:::logs/vpc-flow-logs/").await.expect("an answer");
    assert_eq!(made.unsuccessful(), []);
    let refused = flow_log("arn:aws:s3:::no-such-bucket/vpc-flow-logs/").await.expect("an answer");
    assert_eq!(refused.unsuccessful().len(), 1, "{refused:?}");

    let flow_logs = aws.ec2(R).describe_flow_logs().send().await.expect("the flow logs");
    let [read] = flow_logs.flow_logs() else { panic!("expected one flow log, got {flow_logs:?}") };
    assert_eq!(read.resource_id(), Some(vpc.as_str()));
    assert_eq!(read.log_destination(), Some("arn:aws:s3:::logs/vpc-flow-logs/"));
}

#[tokio::test]
async fn a_topic_a_log_group_and_a_private_zone_are_read_back_as_written() {
    let moto = Moto::start();
    let aws = Aws::new(moto.config(R));

    let topic = aws.sns(R).create_topic().name("alerts").send().await.expect("the topic");
    assert_eq!(topic.topic_arn(), Some(format!("arn:aws:sns:{R}:{ACCOUNT}:alerts").as_str()));
    let topics = aws.sns(R).list_topics().send().await.expect("the topics");
    assert_eq!(topics.topics().iter().map(|t| t.topic_arn()).collect::<Vec<_>>(), [topic.topic_arn()]);
    let elsewhere = aws.sns("eu-west-1").list_topics().send().await.expect("the topics elsewhere");
    assert_eq!(elsewhere.topics(), []);

    let logs = aws.logs(R);
    logs.create_log_group().log_group_name("/app").send().await.expect("the log group");
    logs.put_retention_policy()
        .log_group_name("/app")
        .retention_in_days(30)
        .send()
        .await
        .expect("the retention");
    let groups = logs.describe_log_groups().log_group_name_prefix("/app").send().await.expect("the groups");
    let read: Vec<_> =
        groups.log_groups().iter().map(|g| (g.log_group_name(), g.retention_in_days())).collect();
    assert_eq!(read, [(Some("/app"), Some(30))]);

    let vpc = default_vpc(&aws).await;
    let made =
        aws.route53("us-east-1").create_hosted_zone().name("internal.example.").caller_reference("once");
    let made = made
        .vpc(Vpc::builder().vpc_id(&vpc).vpc_region(VpcRegion::from(R)).build())
        .hosted_zone_config(HostedZoneConfig::builder().private_zone(true).build())
        .send()
        .await
        .expect("the zone");
    let id = made.hosted_zone().expect("the zone").id().to_owned();
    let read = aws.route53("us-east-1").get_hosted_zone().id(id).send().await.expect("the zone");
    let zone = read.hosted_zone().expect("the zone");
    assert_eq!(zone.name(), "internal.example.");
    assert!(zone.config().is_some_and(HostedZoneConfig::private_zone), "{zone:?}");
    let vpcs: Vec<_> = read.vpcs().iter().map(|v| (v.vpc_id(), v.vpc_region())).collect();
    assert_eq!(vpcs, [(Some(vpc.as_str()), Some(&VpcRegion::from(R)))]);
}

#[tokio::test]
async fn an_operation_that_moto_lacks_is_an_error() {
    let moto = Moto::start();
    let lacking = Aws::new(moto.config(R)).rds(R).describe_certificates().send().await;
    assert_eq!(lacking.expect_err("moto can't").raw_response().map(|r| r.status().as_u16()), Some(501));
}

#[test]
fn its_environment_leads_a_program_to_it() {
    let moto = Moto::start();
    let who = "import boto3, os; print(boto3.client('sts', os.environ['AWS_REGION']).get_caller_identity()['Account'])";
    let program = Command::new(venv::python()).args(["-I", "-c", who]).env_clear().envs(moto.env()).output();
    let program = program.expect("python runs");
    assert_eq!(String::from_utf8_lossy(&program.stdout).trim(), ACCOUNT, "{program:?}");
}

#[test]
fn the_server_ends_with_its_value() {
    let moto = Moto::start();
    let address = moto.endpoint.trim_start_matches("http://").to_owned();
    std::net::TcpStream::connect(&address).expect("it listens");
    drop(moto);
    std::net::TcpStream::connect(&address).expect_err("nobody listens any more");
}

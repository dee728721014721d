use aws_sdk_ec2::operation::create_flow_logs::builders::CreateFlowLogsFluentBuilder;
use aws_sdk_ec2::types::{
    DestinationFileFormat, DestinationOptionsRequest, FlowLog, FlowLogsResourceType, LogDestinationType,
    ResourceType, TrafficType,
};

use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::ec2::testing::*;
use crate::sandbox::s3::Bucket;
use crate::sandbox::testing::{R, code};

const BUCKET: &str = "arn:aws:s3:::logs-ap-south-1";

/// A world with the bucket in it.
fn sandbox() -> (Sandbox, Aws) {
    let (sandbox, aws) = crate::sandbox::testing::sandbox();
    let name = BUCKET.trim_start_matches("arn:aws:s3:::").to_owned();
    sandbox.world().s3.buckets.insert(name, Bucket::new(R, 0));
    (sandbox, aws)
}

fn create(aws: &Aws, vpc: &str, destination: &str) -> CreateFlowLogsFluentBuilder {
    aws.ec2(R)
        .create_flow_logs()
        .resource_ids(vpc)
        .resource_type(FlowLogsResourceType::Vpc)
        .traffic_type(TrafficType::All)
        .log_destination_type(LogDestinationType::S3)
        .log_destination(destination)
}

async fn created(create: CreateFlowLogsFluentBuilder) -> String {
    let answer = create.send().await.unwrap();
    assert!(answer.unsuccessful().is_empty());
    assert_eq!(answer.flow_log_ids().len(), 1);
    answer.flow_log_ids()[0].clone()
}

async fn read(aws: &Aws, id: &str) -> FlowLog {
    let answer = aws.ec2(R).describe_flow_logs().flow_log_ids(id).send().await.unwrap();
    answer.flow_logs.unwrap().remove(0)
}

#[tokio::test]
async fn create_flow_logs_to_a_folder_of_a_bucket() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let folder = format!("{BUCKET}/vpc-flow-logs/");
    let tags = tagged(ResourceType::VpcFlowLog, "Name", "all");
    let log = read(&aws, &created(create(&aws, &vpc, &folder).tag_specifications(tags)).await).await;
    assert_eq!(log.resource_id(), Some(vpc.as_str()));
    assert_eq!(log.log_destination(), Some(folder.as_str()));
    assert_eq!(log.log_destination_type(), Some(&LogDestinationType::S3));
    assert_eq!(log.traffic_type(), Some(&TrafficType::All));
    assert_eq!(log.flow_log_status(), Some("ACTIVE"));
    assert_eq!(log.deliver_logs_status(), Some("SUCCESS"));
    assert_eq!(log.deliver_logs_error_message(), None);
    assert_eq!(log.max_aggregation_interval(), Some(600));
    assert!(log.log_format().unwrap().starts_with("${version} ${account-id}"));
    let options = log.destination_options().unwrap();
    assert_eq!(options.file_format(), Some(&DestinationFileFormat::PlainText));
    assert_eq!(log.tags(), [tag("Name", "all")]);
}

#[tokio::test]
async fn create_flow_logs_to_the_root_of_a_bucket() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let log = read(&aws, &created(create(&aws, &vpc, BUCKET)).await).await;
    assert_eq!(log.log_destination(), Some(BUCKET));
}

#[tokio::test]
async fn create_flow_logs_keeps_format_interval_and_options() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let options = DestinationOptionsRequest::builder()
        .file_format(DestinationFileFormat::Parquet)
        .hive_compatible_partitions(true)
        .per_hour_partition(true)
        .build();
    let create = create(&aws, &vpc, BUCKET).destination_options(options).max_aggregation_interval(60);
    let log = read(&aws, &created(create.log_format("${srcaddr} ${vpc-id}")).await).await;
    assert_eq!(log.log_format(), Some("${srcaddr} ${vpc-id}"));
    assert_eq!(log.max_aggregation_interval(), Some(60));
    let options = log.destination_options().unwrap();
    assert_eq!(options.file_format(), Some(&DestinationFileFormat::Parquet));
    assert_eq!(
        (options.hive_compatible_partitions(), options.per_hour_partition()),
        (Some(true), Some(true))
    );
}

#[tokio::test]
async fn create_flow_logs_of_the_same_to_the_same_place_is_refused() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let first = created(create(&aws, &vpc, &format!("{BUCKET}/flow/"))).await;
    let before = sandbox.world().ec2.clone();
    for destination in ["flow/", "flow"] {
        let again = create(&aws, &vpc, &format!("{BUCKET}/{destination}")).send().await;
        assert_eq!(code(again), "FlowLogAlreadyExists");
    }
    assert_eq!(sandbox.world().ec2, before);
    let other = create(&aws, &vpc, &format!("{BUCKET}/flow/")).traffic_type(TrafficType::Reject);
    assert_ne!(created(other).await, first);
}

#[tokio::test]
async fn create_flow_logs_with_the_same_client_token_is_the_same_log() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let first = created(create(&aws, &vpc, BUCKET).client_token("once")).await;
    assert_eq!(created(create(&aws, &vpc, BUCKET).client_token("once")).await, first);
    let changed = create(&aws, &vpc, BUCKET).client_token("once").traffic_type(TrafficType::Accept);
    assert_eq!(code(changed.send().await), "IdempotentParameterMismatch");
}

#[tokio::test]
async fn describe_flow_logs_filters_with_a_singular_filter() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let other = new_vpc(&aws, R, "10.0.0.0/16").await;
    created(create(&aws, &vpc, BUCKET)).await;
    let id = created(create(&aws, &other, BUCKET).traffic_type(TrafficType::Reject)).await;
    if let Some(log) = sandbox.world().ec2.regions.get_mut(R).and_then(|region| region.flow_logs.get_mut(&id))
    {
        log.deliver_logs_status = "FAILED".to_owned();
        log.deliver_logs_error = Some("Access error".to_owned());
    }
    for (name, value, count) in [
        ("resource-id", other.as_str(), 1),
        ("traffic-type", "REJECT", 1),
        ("deliver-log-status", "FAILED", 1),
        ("log-destination-type", "s3", 2),
        ("log-group-name", "*", 0),
    ] {
        let answer = aws.ec2(R).describe_flow_logs().filter(filter(name, value)).send().await.unwrap();
        assert_eq!(answer.flow_logs().len(), count, "{name}");
    }
    assert_eq!(read(&aws, &id).await.deliver_logs_error_message(), Some("Access error"));
    let there = aws.ec2("us-east-1").describe_flow_logs().flow_log_ids(&id).send().await;
    assert_eq!(code(there), "InvalidFlowLogId.NotFound");
}

#[tokio::test]
async fn create_flow_logs_that_aws_does_not_take_is_refused() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let there = default_vpc(&aws, "us-east-1").await;
    let before = sandbox.world().ec2.clone();
    for destination in [
        format!("{BUCKET}/AWSLogs/"),
        format!("{BUCKET}/flow/AWSLogs"),
        "logs-ap-south-1".to_owned(),
        "arn:aws:s3:::".to_owned(),
        String::new(),
    ] {
        assert_eq!(code(create(&aws, &vpc, &destination).send().await), "InvalidParameter", "{destination}");
    }
    let create = |vpc: &str| create(&aws, vpc, BUCKET);
    assert_eq!(code(create(&there).send().await), "InvalidVpcID.NotFound");
    assert_eq!(code(create(&vpc).max_aggregation_interval(61).send().await), "InvalidParameter");
    assert_eq!(code(create(&vpc).log_format("${made-up}").send().await), "InvalidParameter");
    assert_eq!(code(create(&vpc).log_format("srcaddr").send().await), "InvalidParameter");
    assert_eq!(
        code(create(&vpc).deliver_logs_permission_arn("arn:aws:iam::1:role/x").send().await),
        "InvalidParameter"
    );
    assert_eq!(code(create(&vpc).log_group_name("x").send().await), "InvalidParameter");
    assert_eq!(code(create(&vpc).set_traffic_type(None).send().await), "MissingParameter");
    assert_eq!(code(create(&vpc).set_resource_ids(None).send().await), "MissingParameter");
    assert_eq!(code(create(&vpc).traffic_type("NONE".into()).send().await), "InvalidParameterValue");
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn create_flow_logs_of_a_subnet() {
    let (_, aws) = sandbox();
    let subnets = aws.ec2(R).describe_subnets().send().await.unwrap();
    let subnet = subnets.subnets()[0].subnet_id().unwrap();
    let id = created(
        create(&aws, subnet, BUCKET)
            .set_resource_ids(Some(vec![subnet.to_owned()]))
            .resource_type(FlowLogsResourceType::Subnet),
    )
    .await;
    assert_eq!(read(&aws, &id).await.resource_id(), Some(subnet));
}

#[tokio::test]
async fn create_flow_logs_to_a_bucket_that_is_not_there_answers_with_a_failure() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let answer = create(&aws, &vpc, "arn:aws:s3:::nowhere/flow/").send().await.unwrap();
    assert!(answer.flow_log_ids().is_empty());
    let [failure] = answer.unsuccessful() else { panic!("one") };
    assert_eq!(failure.resource_id(), Some(vpc.as_str()));
    let error = failure.error().unwrap();
    assert_eq!(error.message(), Some("LogDestination: nowhere does not exist."));
    sandbox.world().s3.buckets.insert("nowhere".to_owned(), Bucket::new("us-east-1", 0));
    created(create(&aws, &vpc, "arn:aws:s3:::nowhere/flow/")).await;
}

//! Flow logs: who talked to whom in a network, kept in a bucket.

use std::collections::BTreeSet;

use aws_sdk_ec2::operation::create_flow_logs::{
    CreateFlowLogsError, CreateFlowLogsInput, CreateFlowLogsOutput,
};
use aws_sdk_ec2::operation::describe_flow_logs::{
    DescribeFlowLogsError, DescribeFlowLogsInput, DescribeFlowLogsOutput,
};
use aws_sdk_ec2::types::{
    self, DestinationOptionsResponse, FlowLogsResourceType, LogDestinationType, UnsuccessfulItem,
    UnsuccessfulItemError,
};
use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use super::Tags;
use super::here::{Here, enter, invalid, missing, unsupported};
use super::kind::{FLOW_LOG, SUBNET, VPC};
use super::list::{CAPPED_AT_1000, Question};
use super::tag;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault, World};

/// A flow log. Nothing of it can be changed but its tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowLog {
    /// The id of the VPC or subnet that is watched.
    pub resource: String,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic_type: String,
    /// The bucket's ARN, with a folder or without, as it was given.
    pub destination: String,
    /// The fields of a line.
    pub log_format: String,
    /// Seconds: 60 or 600.
    pub max_aggregation_interval: i32,
    /// `plain-text` or `parquet`.
    pub file_format: String,
    /// Whether folders are named for Hive.
    pub hive_compatible_partitions: bool,
    /// Whether each hour has its folder.
    pub per_hour_partition: bool,
    /// `ACTIVE`.
    pub status: String,
    /// Whether the logs reach the bucket: `SUCCESS` or `FAILED`.
    pub deliver_logs_status: String,
    /// Why they don't, such as `Access error`.
    pub deliver_logs_error: Option<String>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// Its tags.
    pub tags: Tags,
}

impl FlowLog {
    /// A flow log of all traffic as AWS makes it if nothing else is said.
    #[must_use]
    pub fn to_s3(resource: &str, destination: &str) -> Self {
        Self {
            resource: resource.to_owned(),
            traffic_type: "ALL".to_owned(),
            destination: destination.to_owned(),
            log_format: LOG_FORMAT.to_owned(),
            max_aggregation_interval: 600,
            file_format: "plain-text".to_owned(),
            status: "ACTIVE".to_owned(),
            deliver_logs_status: "SUCCESS".to_owned(),
            ..Self::default()
        }
    }
}

/// The fields of a line where no format is given.
const LOG_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} \
    ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// The fields that a format may have.
const FIELDS: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes \
    start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region \
    az-id sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction \
    traffic-path ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id \
    ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn \
    ecs-task-id reject-reason resource-id encryption-status";

const FILTERS: [&str; 6] = [
    "deliver-log-status",
    "flow-log-id",
    "log-destination-type",
    "log-group-name",
    "resource-id",
    "traffic-type",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateFlowLogs", create_flow_logs, CreateFlowLogsError::generic);
    handlers.on("ec2:DescribeFlowLogs", describe_flow_logs, DescribeFlowLogsError::generic);
}

/// Whether there is a bucket with this name, in any region, whoever owns it.
fn bucket_exists(world: &World, name: &str) -> bool {
    world.s3.buckets.contains_key(name) || world.s3.foreign.contains_key(name)
}

fn create_flow_logs(call: &mut Call<'_>, input: &CreateFlowLogsInput) -> Result<CreateFlowLogsOutput, Fault> {
    enter(call, input.dry_run)?;
    let mut wanted = wanted(input)?;
    wanted.created = call.now().secs();
    let bucket = bucket(&wanted.destination)?.to_owned();
    let bucket_exists = bucket_exists(call.world, &bucket);
    let mut here = enter(call, None)?;
    let resources: BTreeSet<&String> = input.resource_ids().iter().collect();
    check_resources(&here, input.resource_type(), &resources)?;
    let (operation, token) = ("CreateFlowLogs", input.client_token());
    // Not the time: the same request is the same later.
    let request = format!("{resources:?}\n{:?}", FlowLog { created: 0, ..wanted.clone() });
    let answer = CreateFlowLogsOutput::builder().set_client_token(token.map(str::to_owned));
    if let Some(ids) = here.made_before(operation, token, &request)? {
        return Ok(answer.set_flow_log_ids(Some(ids)).set_unsuccessful(Some(vec![])).build());
    }
    if !bucket_exists {
        let text = format!("LogDestination: {bucket} does not exist.");
        let failures = resources.into_iter().map(|id| failure(id, &text)).collect();
        return Ok(answer.set_flow_log_ids(Some(vec![])).set_unsuccessful(Some(failures)).build());
    }
    let logs = || resources.iter().map(|id| FlowLog { resource: (*id).clone(), ..wanted.clone() });
    if logs().any(|log| here.region.flow_logs.values().any(|other| is_twin(other, &log))) {
        let text = "Error. There is an existing Flow Log with the same configuration and log destination.";
        return Err(Fault::new("FlowLogAlreadyExists", text));
    }
    let mut ids = vec![];
    for log in logs() {
        let what = FlowLog { created: 0, tags: Tags::new(), ..log.clone() };
        let id = here.free_id("fl-", &format!("{what:?}"), |id| here.region.flow_logs.contains_key(id));
        here.region.flow_logs.insert(id.clone(), log);
        ids.push(id);
    }
    here.remember(operation, token, &request, &ids);
    Ok(answer.set_flow_log_ids(Some(ids)).set_unsuccessful(Some(vec![])).build())
}

/// Answers that are no errors may carry failures, one for each resource.
fn failure(resource: &str, text: &str) -> UnsuccessfulItem {
    let error = UnsuccessfulItemError::builder().code("400").message(text).build();
    UnsuccessfulItem::builder().resource_id(resource).error(error).build()
}

/// Whether two flow logs keep the same of the same in the same place.
fn is_twin(one: &FlowLog, other: &FlowLog) -> bool {
    let what = |log: &FlowLog| FlowLog {
        destination: log.destination.trim_end_matches('/').to_owned(),
        status: String::new(),
        deliver_logs_status: String::new(),
        deliver_logs_error: None,
        created: 0,
        tags: Tags::new(),
        ..log.clone()
    };
    what(one) == what(other)
}

/// The flow log that is asked for, of no resource yet.
fn wanted(input: &CreateFlowLogsInput) -> Result<FlowLog, Fault> {
    let refused = |text: &str| Err(Fault::new("InvalidParameter", text));
    let tags = tag::given(input.tag_specifications(), &FLOW_LOG)?;
    let traffic_type = input.traffic_type().ok_or_else(|| missing("trafficType"))?.as_str();
    if !["ALL", "ACCEPT", "REJECT"].contains(&traffic_type) {
        return Err(invalid("trafficType", traffic_type, "It must be ACCEPT, REJECT or ALL."));
    }
    let destination_type = input.log_destination_type().unwrap_or(&LogDestinationType::CloudWatchLogs);
    unsupported(&[
        ("LogDestinationType other than s3", *destination_type != LogDestinationType::S3),
        ("DeliverCrossAccountRole", input.deliver_cross_account_role.is_some()),
        ("TagFieldSpecifications", !input.tag_field_specifications().is_empty()),
    ])?;
    if input.log_group_name.is_some() {
        return refused("Please only provide LogGroupName or only provide LogDestination.");
    }
    if input.deliver_logs_permission_arn.is_some() {
        return refused("DeliverLogsPermissionArn is not applicable for s3 delivery.");
    }
    let Some(destination) = input.log_destination().filter(|text| !text.is_empty()) else {
        return refused("LogDestination can't be empty if LogGroupName is not provided.");
    };
    let log_format = input.log_format().filter(|text| !text.is_empty()).unwrap_or(LOG_FORMAT);
    if !log_format.split(' ').all(is_field) {
        return refused(
            "The log format is not valid: it must be fields such as ${srcaddr}, with blanks between.",
        );
    }
    let max_aggregation_interval = input.max_aggregation_interval.unwrap_or(600);
    if ![60, 600].contains(&max_aggregation_interval) {
        return refused("Invalid Flow Log Max Aggregation Interval");
    }
    let options = input.destination_options();
    let file_format =
        options.and_then(|options| options.file_format()).map_or("plain-text", |it| it.as_str());
    if !["plain-text", "parquet"].contains(&file_format) {
        return Err(invalid("fileFormat", file_format, "It must be plain-text or parquet."));
    }
    Ok(FlowLog {
        resource: String::new(),
        traffic_type: traffic_type.to_owned(),
        destination: destination.to_owned(),
        log_format: log_format.to_owned(),
        max_aggregation_interval,
        file_format: file_format.to_owned(),
        hive_compatible_partitions: options.and_then(|it| it.hive_compatible_partitions()) == Some(true),
        per_hour_partition: options.and_then(|it| it.per_hour_partition()) == Some(true),
        status: "ACTIVE".to_owned(),
        deliver_logs_status: "SUCCESS".to_owned(),
        deliver_logs_error: None,
        created: 0,
        tags,
    })
}

fn is_field(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| FIELDS.split_whitespace().any(|field| field == name))
}

/// The name of the bucket: `arn:aws:s3:::bucket`, or with a folder, none of whose parts may be AWS's own.
fn bucket(destination: &str) -> Result<&str, Fault> {
    let refused = |why: &str| Fault::new("InvalidParameter", format!("LogDestination: {destination} {why}"));
    let path =
        destination.strip_prefix("arn:aws:s3:::").ok_or_else(|| refused("is not a valid ARN of S3."))?;
    let mut parts = path.split('/');
    let bucket = parts.next().filter(|name| (3..=63).contains(&name.len()));
    let bucket = bucket.ok_or_else(|| refused("names no bucket."))?;
    if parts.any(|part| part == "AWSLogs") {
        return Err(refused("cannot have the folder AWSLogs: this is a reserved term."));
    }
    Ok(bucket)
}

fn check_resources(
    here: &Here<'_>,
    resource_type: Option<&FlowLogsResourceType>,
    ids: &BTreeSet<&String>,
) -> Result<(), Fault> {
    let resource_type = resource_type.ok_or_else(|| missing("resourceType"))?;
    if ids.is_empty() {
        return Err(missing("resourceId"));
    }
    for id in ids {
        match resource_type {
            FlowLogsResourceType::Vpc => VPC.find(&here.region.vpcs, id).map(|_| ())?,
            FlowLogsResourceType::Subnet => SUBNET.find(&here.region.subnets, id).map(|_| ())?,
            other => unsupported(&[(format!("ResourceType {other}").as_str(), true)])?,
        }
    }
    Ok(())
}

fn describe_flow_logs(
    call: &mut Call<'_>,
    input: &DescribeFlowLogsInput,
) -> Result<DescribeFlowLogsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.flow_log_ids.as_deref(),
        filters: input.filter.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let values = |id: &str, log: &FlowLog, filter: &str| match filter {
        "deliver-log-status" => vec![log.deliver_logs_status.clone()],
        "flow-log-id" => vec![id.to_owned()],
        "log-destination-type" => vec!["s3".to_owned()],
        "log-group-name" => vec![],
        "resource-id" => vec![log.resource.clone()],
        _ => vec![log.traffic_type.clone()],
    };
    let things = &here.region.flow_logs;
    let (logs, next_token) =
        question.answer(&FLOW_LOG, CAPPED_AT_1000, things, &FILTERS, |log| &log.tags, values)?;
    let logs = logs.into_iter().map(|(id, log)| shown(id, log)).collect();
    Ok(DescribeFlowLogsOutput::builder().set_flow_logs(Some(logs)).set_next_token(next_token).build())
}

fn shown(id: &str, log: &FlowLog) -> types::FlowLog {
    let options = DestinationOptionsResponse::builder()
        .file_format(log.file_format.as_str().into())
        .hive_compatible_partitions(log.hive_compatible_partitions)
        .per_hour_partition(log.per_hour_partition)
        .build();
    types::FlowLog::builder()
        .flow_log_id(id)
        .flow_log_status(&log.status)
        .resource_id(&log.resource)
        .traffic_type(log.traffic_type.as_str().into())
        .log_destination_type(LogDestinationType::S3)
        .log_destination(&log.destination)
        .log_format(&log.log_format)
        .max_aggregation_interval(log.max_aggregation_interval)
        .destination_options(options)
        .deliver_logs_status(&log.deliver_logs_status)
        .set_deliver_logs_error_message(log.deliver_logs_error.clone())
        .creation_time(DateTime::from_secs(log.created))
        .set_tags(tag::listed(&log.tags))
        .build()
}

#[cfg(test)]
mod tests;

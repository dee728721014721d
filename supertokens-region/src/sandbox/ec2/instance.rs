//! Instances: what they are, and what is told of them.

mod change;
mod run;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::describe_instance_attribute::{
    DescribeInstanceAttributeError, DescribeInstanceAttributeInput, DescribeInstanceAttributeOutput,
};
use aws_sdk_ec2::operation::describe_instances::{
    DescribeInstancesError, DescribeInstancesInput, DescribeInstancesOutput,
};
use aws_sdk_ec2::operation::modify_instance_attribute::ModifyInstanceAttributeError;
use aws_sdk_ec2::operation::modify_instance_metadata_options::ModifyInstanceMetadataOptionsError;
use aws_sdk_ec2::operation::monitor_instances::MonitorInstancesError;
use aws_sdk_ec2::operation::run_instances::RunInstancesError;
use aws_sdk_ec2::operation::start_instances::StartInstancesError;
use aws_sdk_ec2::operation::unmonitor_instances::UnmonitorInstancesError;
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, AttributeValue, EbsInstanceBlockDevice, GroupIdentifier, IamInstanceProfile,
    InstanceAttributeName, InstanceBlockDeviceMapping, InstanceMetadataEndpointState,
    InstanceMetadataOptionsResponse, InstanceState, InstanceStateName, Monitoring, MonitoringState,
    Placement, Reservation, Tenancy,
};
use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use super::here::{Here, enter, required, unsupported};
use super::kind::INSTANCE;
use super::list::{FROM_5_TO_1000, Question};
use super::{Tags, tag};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// An instance. Its disks are [`super::Volume`]s.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// The id of the image that it was made of, which may be gone.
    pub image: String,
    /// `t3.medium`.
    pub instance_type: String,
    /// `pending`, `running`, `stopping`, `stopped`, `shutting-down` or `terminated`.
    pub state: String,
    /// How many more answers tell it as `pending`; then it is running.
    pub pending_for: u32,
    /// The name of its key pair, which may be gone.
    pub key_name: Option<String>,
    /// The id of its VPC.
    pub vpc: String,
    /// The id of its subnet.
    pub subnet: String,
    /// Its zone, such as `ap-south-1a`.
    pub zone: String,
    /// The ids of its security groups.
    pub groups: Vec<String>,
    /// The ARN of its instance profile.
    pub profile: Option<String>,
    /// What it is given at its start, in base64.
    pub user_data: Option<String>,
    /// Whether CloudWatch hears of it each minute.
    pub monitoring: bool,
    /// Whether it can't be terminated by a call.
    pub termination_protection: bool,
    /// Whether its metadata are only told to who has a token (`required`, `optional`).
    pub metadata_tokens: String,
    /// How many hops an answer with a token may go.
    pub hop_limit: i32,
    /// The device that it starts from, such as `/dev/xvda`.
    pub root_device: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Its own address in the VPC.
    pub private_ip: String,
    /// Its address on the internet.
    pub public_ip: Option<String>,
    /// The token of the call that made it.
    pub client_token: Option<String>,
    /// When it was started, seconds since 1970.
    pub launched: i64,
    /// Its tags.
    pub tags: Tags,
}

const FILTERS: [&str; 13] = [
    "availability-zone",
    "client-token",
    "iam-instance-profile.arn",
    "image-id",
    "instance-id",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "key-name",
    "private-ip-address",
    "subnet-id",
    "vpc-id",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:RunInstances", run::run_instances, RunInstancesError::generic);
    handlers.on("ec2:DescribeInstances", describe_instances, DescribeInstancesError::generic);
    handlers.on(
        "ec2:DescribeInstanceAttribute",
        describe_instance_attribute,
        DescribeInstanceAttributeError::generic,
    );
    handlers.on(
        "ec2:ModifyInstanceAttribute",
        change::modify_instance_attribute,
        ModifyInstanceAttributeError::generic,
    );
    handlers.on(
        "ec2:ModifyInstanceMetadataOptions",
        change::modify_instance_metadata_options,
        ModifyInstanceMetadataOptionsError::generic,
    );
    handlers.on("ec2:MonitorInstances", change::monitor_instances, MonitorInstancesError::generic);
    handlers.on("ec2:UnmonitorInstances", change::unmonitor_instances, UnmonitorInstancesError::generic);
    handlers.on("ec2:StartInstances", change::start_instances, StartInstancesError::generic);
}

fn describe_instances(
    call: &mut Call<'_>,
    input: &DescribeInstancesInput,
) -> Result<DescribeInstancesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.instance_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let groups = &here.region.groups;
    let values = |id: &str, instance: &Instance, filter: &str| match filter {
        "availability-zone" => vec![instance.zone.clone()],
        "client-token" => instance.client_token.clone().into_iter().collect(),
        "iam-instance-profile.arn" => instance.profile.clone().into_iter().collect(),
        "image-id" => vec![instance.image.clone()],
        "instance-id" => vec![id.to_owned()],
        "instance-state-name" => vec![instance.state.clone()],
        "instance-type" => vec![instance.instance_type.clone()],
        "instance.group-id" => instance.groups.clone(),
        "instance.group-name" => {
            let names = instance.groups.iter().filter_map(|id| groups.get(id));
            names.map(|group| group.name.clone()).collect()
        }
        "key-name" => instance.key_name.clone().into_iter().collect(),
        "private-ip-address" => vec![instance.private_ip.clone()],
        "subnet-id" => vec![instance.subnet.clone()],
        _ => vec![instance.vpc.clone()],
    };
    let (found, next_token) = question.answer(
        &INSTANCE,
        FROM_5_TO_1000,
        &here.region.instances,
        &FILTERS,
        |instance| &instance.tags,
        values,
    )?;
    let reservation = |(id, instance): &(&String, &Instance)| {
        Reservation::builder()
            .reservation_id(here.id("r-", id))
            .owner_id(&here.account)
            .instances(shown(&here, id, instance))
            .build()
    };
    let told = found.iter().map(reservation).collect();
    let starting: Vec<String> = found.into_iter().map(|(id, _)| id.clone()).collect();
    for id in starting {
        let instance = here.region.instances.get_mut(&id);
        if let Some(instance) = instance.filter(|instance| instance.state == "pending") {
            instance.pending_for = instance.pending_for.saturating_sub(1);
            if instance.pending_for == 0 {
                "running".clone_into(&mut instance.state);
            }
        }
    }
    Ok(DescribeInstancesOutput::builder().set_reservations(Some(told)).set_next_token(next_token).build())
}

/// One attribute a call.
fn describe_instance_attribute(
    call: &mut Call<'_>,
    input: &DescribeInstanceAttributeInput,
) -> Result<DescribeInstanceAttributeOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let id = required(input.instance_id(), "instanceId")?;
    let attribute = required(input.attribute().map(InstanceAttributeName::as_str), "attribute")?;
    let instance = INSTANCE.find(&here.region.instances, id)?;
    let answer = DescribeInstanceAttributeOutput::builder().instance_id(id);
    Ok(match attribute {
        "userData" => {
            let value = AttributeValue::builder().set_value(instance.user_data.clone());
            answer.user_data(value.build()).build()
        }
        "disableApiTermination" => {
            let value = AttributeBooleanValue::builder().value(instance.termination_protection);
            answer.disable_api_termination(value.build()).build()
        }
        other => {
            unsupported(&[(format!("Attribute {other}").as_str(), true)])?;
            answer.build()
        }
    })
}

/// What is needed to tell instances: groups have names, devices are volumes.
fn shown(here: &Here<'_>, id: &str, instance: &Instance) -> types::Instance {
    let groups = instance.groups.iter().map(|id| {
        let name = here.region.groups.get(id).map(|group| group.name.clone());
        GroupIdentifier::builder().group_id(id).set_group_name(name).build()
    });
    let volumes = here.region.volumes.iter().filter(|(_, volume)| volume.instance == id);
    let devices: BTreeMap<_, _> = volumes.map(|(id, volume)| (volume.device.clone(), (id, volume))).collect();
    let devices = devices.into_iter().map(|(device, (id, volume))| {
        let ebs = EbsInstanceBlockDevice::builder()
            .volume_id(id)
            .delete_on_termination(volume.delete_on_termination)
            .attach_time(DateTime::from_secs(volume.created));
        InstanceBlockDeviceMapping::builder().device_name(device).ebs(ebs.build()).build()
    });
    let metadata = InstanceMetadataOptionsResponse::builder()
        .http_tokens(instance.metadata_tokens.as_str().into())
        .http_put_response_hop_limit(instance.hop_limit)
        .http_endpoint(InstanceMetadataEndpointState::Enabled);
    let profile = instance.profile.as_ref().map(|arn| IamInstanceProfile::builder().arn(arn).build());
    types::Instance::builder()
        .instance_id(id)
        .image_id(&instance.image)
        .instance_type(instance.instance_type.as_str().into())
        .state(state(&instance.state))
        .set_key_name(instance.key_name.clone())
        .vpc_id(&instance.vpc)
        .subnet_id(&instance.subnet)
        .placement(Placement::builder().availability_zone(&instance.zone).tenancy(Tenancy::Default).build())
        .set_security_groups(Some(groups.collect()))
        .set_iam_instance_profile(profile)
        .monitoring(monitoring(instance.monitoring))
        .metadata_options(metadata.build())
        .root_device_name(&instance.root_device)
        .set_block_device_mappings(Some(devices.collect()))
        .architecture(instance.architecture.as_str().into())
        .private_ip_address(&instance.private_ip)
        .set_public_ip_address(instance.public_ip.clone())
        .set_client_token(instance.client_token.clone())
        .launch_time(DateTime::from_secs(instance.launched))
        .set_tags(tag::listed(&instance.tags))
        .build()
}

fn state(name: &str) -> InstanceState {
    let code = match name {
        "pending" => 0,
        "running" => 16,
        "shutting-down" => 32,
        "terminated" => 48,
        "stopping" => 64,
        _ => 80,
    };
    InstanceState::builder().name(InstanceStateName::from(name)).code(code).build()
}

fn monitoring(on: bool) -> Monitoring {
    let state = if on { MonitoringState::Enabled } else { MonitoringState::Disabled };
    Monitoring::builder().state(state).build()
}

//! Instances are changed: groups, protection, metadata, monitoring; stopped ones are started.

use aws_sdk_ec2::operation::modify_instance_attribute::{
    ModifyInstanceAttributeInput, ModifyInstanceAttributeOutput,
};
use aws_sdk_ec2::operation::modify_instance_metadata_options::{
    ModifyInstanceMetadataOptionsInput, ModifyInstanceMetadataOptionsOutput,
};
use aws_sdk_ec2::operation::monitor_instances::{MonitorInstancesInput, MonitorInstancesOutput};
use aws_sdk_ec2::operation::start_instances::{StartInstancesInput, StartInstancesOutput};
use aws_sdk_ec2::operation::unmonitor_instances::{UnmonitorInstancesInput, UnmonitorInstancesOutput};
use aws_sdk_ec2::types::{HttpTokensState, InstanceMonitoring, InstanceStateChange};

use super::run::check_groups;
use super::{Instance, monitoring, state};
use crate::sandbox::ec2::here::{Here, enter, invalid, missing, required, unsupported};
use crate::sandbox::ec2::kind::INSTANCE;
use crate::sandbox::{Call, Fault};

/// One attribute a call.
pub(super) fn modify_instance_attribute(
    call: &mut Call<'_>,
    input: &ModifyInstanceAttributeInput,
) -> Result<ModifyInstanceAttributeOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[
        ("Attribute", input.attribute.is_some()),
        ("BlockDeviceMapping", input.block_device_mappings.is_some()),
        ("DisableApiStop", input.disable_api_stop.is_some()),
        ("EbsOptimized", input.ebs_optimized.is_some()),
        ("InstanceInitiatedShutdownBehavior", input.instance_initiated_shutdown_behavior.is_some()),
        ("InstanceType", input.instance_type.is_some()),
        ("SourceDestCheck", input.source_dest_check.is_some()),
        ("UserData", input.user_data.is_some()),
    ])?;
    let id = required(input.instance_id(), "instanceId")?;
    let instance = present(&here, id)?;
    let groups = input.groups();
    match (groups.is_empty(), input.disable_api_termination()) {
        (true, None) => return Err(Fault::new("InvalidRequest", "No attributes specified.")),
        (false, Some(_)) => {
            let text = "Fields for multiple attribute types specified";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
        (false, None) => check_groups(&here, groups, &instance.vpc, &instance.subnet)?,
        (true, Some(_)) => {}
    }
    let instance = INSTANCE.find_mut(&mut here.region.instances, id)?;
    if let Some(protected) = input.disable_api_termination() {
        instance.termination_protection = protected.value() == Some(true);
    } else {
        instance.groups = groups.to_vec();
    }
    Ok(ModifyInstanceAttributeOutput::builder().build())
}

pub(super) fn modify_instance_metadata_options(
    call: &mut Call<'_>,
    input: &ModifyInstanceMetadataOptionsInput,
) -> Result<ModifyInstanceMetadataOptionsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[
        ("HttpEndpoint", input.http_endpoint.is_some()),
        ("HttpProtocolIpv6", input.http_protocol_ipv6.is_some()),
        ("InstanceMetadataTags", input.instance_metadata_tags.is_some()),
    ])?;
    let id = required(input.instance_id(), "instanceId")?;
    present(&here, id)?;
    check_metadata(input.http_tokens(), input.http_put_response_hop_limit())?;
    let instance = INSTANCE.find_mut(&mut here.region.instances, id)?;
    if let Some(tokens) = input.http_tokens() {
        tokens.as_str().clone_into(&mut instance.metadata_tokens);
    }
    if let Some(hops) = input.http_put_response_hop_limit() {
        instance.hop_limit = hops;
    }
    Ok(ModifyInstanceMetadataOptionsOutput::builder().instance_id(id).build())
}

pub(super) fn check_metadata(tokens: Option<&HttpTokensState>, hops: Option<i32>) -> Result<(), Fault> {
    let given = tokens.map_or("optional", HttpTokensState::as_str);
    if !HttpTokensState::values().contains(&given) {
        return Err(invalid("HttpTokens", given, "It must be optional or required."));
    }
    match hops {
        Some(hops) if !(1..=64).contains(&hops) => {
            Err(invalid("HttpPutResponseHopLimit", hops, "Expecting a value between 1 and 64."))
        }
        _ => Ok(()),
    }
}

pub(super) fn monitor_instances(
    call: &mut Call<'_>,
    input: &MonitorInstancesInput,
) -> Result<MonitorInstancesOutput, Fault> {
    let told = monitor(call, input.instance_ids(), input.dry_run, true)?;
    Ok(MonitorInstancesOutput::builder().set_instance_monitorings(Some(told)).build())
}

pub(super) fn unmonitor_instances(
    call: &mut Call<'_>,
    input: &UnmonitorInstancesInput,
) -> Result<UnmonitorInstancesOutput, Fault> {
    let told = monitor(call, input.instance_ids(), input.dry_run, false)?;
    Ok(UnmonitorInstancesOutput::builder().set_instance_monitorings(Some(told)).build())
}

fn monitor(
    call: &mut Call<'_>,
    ids: &[String],
    dry_run: Option<bool>,
    on: bool,
) -> Result<Vec<InstanceMonitoring>, Fault> {
    let here = enter(call, dry_run)?;
    check_ids(&here, ids)?;
    for id in ids {
        INSTANCE.find_mut(&mut here.region.instances, id)?.monitoring = on;
    }
    let told = |id: &String| InstanceMonitoring::builder().instance_id(id).monitoring(monitoring(on)).build();
    Ok(ids.iter().map(told).collect())
}

/// Nothing happens to those that are running.
pub(super) fn start_instances(
    call: &mut Call<'_>,
    input: &StartInstancesInput,
) -> Result<StartInstancesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    check_ids(&here, input.instance_ids())?;
    for id in input.instance_ids() {
        let state = present(&here, id)?.state.as_str();
        if state == "stopping" {
            let text = format!("The instance '{id}' is not in a state from which it can be started.");
            return Err(Fault::new("IncorrectInstanceState", text));
        }
    }
    let mut told = vec![];
    for id in input.instance_ids() {
        let instance = INSTANCE.find_mut(&mut here.region.instances, id)?;
        let change = InstanceStateChange::builder().instance_id(id).previous_state(state(&instance.state));
        if instance.state == "stopped" {
            "pending".clone_into(&mut instance.state);
            instance.pending_for = 1;
        }
        told.push(change.current_state(state(&instance.state)).build());
    }
    Ok(StartInstancesOutput::builder().set_starting_instances(Some(told)).build())
}

fn check_ids(here: &Here<'_>, ids: &[String]) -> Result<(), Fault> {
    if ids.is_empty() {
        return Err(missing("instancesSet"));
    }
    ids.iter().try_for_each(|id| present(here, id).map(|_| ()))
}

/// The instance with this id, which is not terminated.
fn present<'h>(here: &'h Here<'_>, id: &str) -> Result<&'h Instance, Fault> {
    let instance = INSTANCE.find(&here.region.instances, id)?;
    if ["terminated", "shutting-down"].contains(&instance.state.as_str()) {
        let text = format!("The instance '{id}' is not in a valid state for this operation.");
        return Err(Fault::new("IncorrectInstanceState", text));
    }
    Ok(instance)
}

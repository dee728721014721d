//! `RunInstances`: one instance a call.

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::run_instances::{RunInstancesInput, RunInstancesOutput};
use aws_sdk_ec2::types::{BlockDeviceMapping, InstanceType, TagSpecification};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::change::check_metadata;
use super::{Instance, shown};
use crate::sandbox::ec2::here::{Here, enter, invalid, missing, required, unsupported};
use crate::sandbox::ec2::image::{Image, own_key, seen};
use crate::sandbox::ec2::kind::{GROUP, IMAGE, INSTANCE, SUBNET, VOLUME};
use crate::sandbox::ec2::volume::Volume;
use crate::sandbox::ec2::{Tags, instance_type, tag};
use crate::sandbox::{Call, Fault};

/// The longest user data, in bytes.
const USER_DATA: usize = 16 * 1024;
/// How many groups an instance may have.
const GROUPS: usize = 5;

pub(super) fn run_instances(
    call: &mut Call<'_>,
    input: &RunInstancesInput,
) -> Result<RunInstancesOutput, Fault> {
    known_parameters(input)?;
    let profile = profile(call, input)?;
    let mut here = enter(call, input.dry_run)?;
    let (operation, token) = ("RunInstances", input.client_token());
    // Requests are told without the user data, which are secret.
    let request = format!("{input:?}\n{:?}", input.user_data());
    if let Some(made) = here.made_before(operation, token, &request)? {
        let id = made.first().map(String::as_str).unwrap_or_default();
        let gone = |instance: &&Instance| !["terminated", "shutting-down"].contains(&instance.state.as_str());
        let Some(instance) = here.region.instances.get(id).filter(gone) else {
            let text = "The instance that was made with this client token has been terminated.";
            return Err(Fault::new("IdempotentInstanceTerminated", text));
        };
        return Ok(RunInstancesOutput::builder().instances(shown(&here, id, instance)).build());
    }
    let image_id = required(input.image_id(), "ImageId")?;
    IMAGE.check(image_id)?;
    let image = seen(here.region, &here.name).remove(image_id).ok_or_else(|| IMAGE.unknown(image_id))?;
    if image.state != "available" {
        let text = format!("The image id '[{image_id}]' is not available: its state is {}", image.state);
        return Err(Fault::new("InvalidAMIID.Unavailable", text));
    }
    let (own, others): (Vec<TagSpecification>, Vec<_>) =
        input.tag_specifications().iter().cloned().partition(|specification| {
            specification.resource_type().is_some_and(|kind| kind.as_str() == INSTANCE.resource_type)
        });
    let (tags, disk_tags) = (tag::given(&own, &INSTANCE)?, tag::given(&others, &VOLUME)?);
    let mut instance = Instance {
        profile,
        tags,
        client_token: token.map(str::to_owned),
        ..wanted(&here, input, image_id, &image)?
    };
    let what = format!("{:?}\n{:?}", instance.tags.get("Name"), instance.image);
    let id = here.free_id("i-", &what, |id| here.region.instances.contains_key(id));
    instance.private_ip = private_ip(&here, &id, &instance);
    let is_open = here.region.subnets.get(&instance.subnet).is_some_and(|subnet| subnet.map_public_ip);
    instance.public_ip = is_open.then(|| instance.private_ip.replacen("172.31", "203.0", 1));
    let disks = disks(&here, input.block_device_mappings(), &image, &instance, &id, &disk_tags)?;
    here.region.volumes.extend(disks);
    here.region.instances.insert(id.clone(), instance);
    here.remember(operation, token, &request, std::slice::from_ref(&id));
    let told = here.region.instances.get(&id).map(|instance| shown(&here, &id, instance));
    Ok(RunInstancesOutput::builder()
        .reservation_id(here.id("r-", &id))
        .owner_id(&here.account)
        .set_instances(Some(told.into_iter().collect()))
        .build())
}

fn known_parameters(input: &RunInstancesInput) -> Result<(), Fault> {
    let count = |count: Option<i32>, name: &str| count.ok_or_else(|| missing(name));
    let (min, max) = (count(input.min_count(), "MinCount")?, count(input.max_count(), "MaxCount")?);
    if min < 1 || max < min {
        return Err(invalid(
            "MaxCount",
            max,
            "It must be at least as great as MinCount, which is at least 1.",
        ));
    }
    unsupported(&[
        ("MaxCount over 1", max > 1),
        ("CapacityReservationSpecification", input.capacity_reservation_specification.is_some()),
        ("CpuOptions", input.cpu_options.is_some()),
        ("CreditSpecification", input.credit_specification.is_some()),
        ("EbsOptimized", input.ebs_optimized.is_some()),
        ("HibernationOptions", input.hibernation_options.is_some()),
        ("InstanceMarketOptions", input.instance_market_options.is_some()),
        ("LaunchTemplate", input.launch_template.is_some()),
        ("NetworkInterfaces", input.network_interfaces.is_some()),
        ("Placement", input.placement.is_some()),
        ("PrivateIpAddress", input.private_ip_address.is_some()),
        ("SecurityGroups", input.security_groups.is_some()),
    ])
}

/// The ARN of the instance profile, which must be there.
fn profile(call: &Call<'_>, input: &RunInstancesInput) -> Result<Option<String>, Fault> {
    let Some(given) = input.iam_instance_profile() else { return Ok(None) };
    let name = match (given.name(), given.arn()) {
        (Some(name), None) => name,
        (None, Some(arn)) => arn.rsplit('/').next().unwrap_or_default(),
        _ => {
            let text = "The parameter iamInstanceProfile needs one of name and arn";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
    };
    match call.world.iam.instance_profiles.get(name) {
        Some(profile) => {
            Ok(Some(format!("arn:aws:iam::{}:instance-profile{}{name}", call.account(), profile.path)))
        }
        None => Err(invalid("iamInstanceProfile.name", name, "Invalid IAM Instance Profile name")),
    }
}

/// The instance that is asked for, checked.
fn wanted(
    here: &Here<'_>,
    input: &RunInstancesInput,
    image_id: &str,
    image: &Image,
) -> Result<Instance, Fault> {
    let name = input.instance_type().map_or("m1.small", InstanceType::as_str);
    let Some(offered) = instance_type::find(name) else {
        return Err(Fault::new("InvalidParameterValue", format!("Invalid value '{name}' for InstanceType.")));
    };
    if offered.architecture != image.architecture {
        let text = format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{}' of the \
             specified AMI.",
            offered.architecture, image.architecture
        );
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let subnet_id = match input.subnet_id() {
        Some(id) => id.to_owned(),
        None => {
            let default = here.region.subnets.iter().filter(|(_, subnet)| subnet.default_for_zone);
            let default = default.min_by_key(|(_, subnet)| subnet.zone.clone());
            let none = || Fault::new("MissingInput", "No default subnet for this user");
            default.map(|(id, _)| id.clone()).ok_or_else(none)?
        }
    };
    let subnet = SUBNET.find(&here.region.subnets, &subnet_id)?;
    if !offered.is_in_zone(&here.name, &subnet.zone) {
        let text = format!(
            "Your requested instance type ({name}) is not supported in your requested Availability Zone ({}).",
            subnet.zone
        );
        return Err(Fault::new("Unsupported", text));
    }
    let mut groups = input.security_group_ids().to_vec();
    if groups.is_empty() {
        let default =
            here.region.groups.iter().filter(|(_, group)| group.vpc == subnet.vpc && group.name == "default");
        groups.extend(default.map(|(id, _)| id.clone()));
    }
    check_groups(here, &groups, &subnet.vpc, &subnet_id)?;
    if let Some(key) =
        input.key_name().filter(|key| here.region.key_pairs.values().all(|pair| pair.name != *key))
    {
        let text = format!("The key pair '{key}' does not exist");
        return Err(Fault::new("InvalidKeyPair.NotFound", text));
    }
    if let Some(data) = input.user_data() {
        let bytes = STANDARD
            .decode(data)
            .map_err(|_| Fault::new("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data"))?;
        if bytes.len() > USER_DATA {
            let text = "User data is limited to 16384 bytes";
            return Err(Fault::new("InvalidParameterValue", text));
        }
    }
    let metadata = input.metadata_options();
    let (tokens, hops) = (
        metadata.and_then(|options| options.http_tokens()),
        metadata.and_then(|options| options.http_put_response_hop_limit()),
    );
    check_metadata(tokens, hops)?;
    Ok(Instance {
        image: image_id.to_owned(),
        instance_type: name.to_owned(),
        state: "pending".to_owned(),
        pending_for: 1,
        key_name: input.key_name().map(str::to_owned),
        vpc: subnet.vpc.clone(),
        subnet: subnet_id.clone(),
        zone: subnet.zone.clone(),
        groups,
        user_data: input.user_data().map(str::to_owned),
        monitoring: input.monitoring().and_then(|monitoring| monitoring.enabled()) == Some(true),
        termination_protection: input.disable_api_termination() == Some(true),
        metadata_tokens: tokens.map_or("optional", |tokens| tokens.as_str()).to_owned(),
        hop_limit: hops.unwrap_or(1),
        root_device: image.root_device.clone(),
        architecture: image.architecture.clone(),
        launched: here.now.secs(),
        ..Instance::default()
    })
}

/// Groups are of the subnet's VPC, and there are five at the most.
pub(super) fn check_groups(here: &Here<'_>, groups: &[String], vpc: &str, subnet: &str) -> Result<(), Fault> {
    for id in groups {
        if GROUP.find(&here.region.groups, id)?.vpc != vpc {
            let text = format!("Security group {id} and subnet {subnet} belong to different networks.");
            return Err(Fault::new("InvalidParameter", text));
        }
    }
    if groups.len() > GROUPS {
        let text =
            format!("The maximum number of security groups per interface, {GROUPS}, has been reached.");
        return Err(Fault::new("SecurityGroupsPerInterfaceLimitExceeded", text));
    }
    Ok(())
}

/// An address of the subnet that no other instance has.
fn private_ip(here: &Here<'_>, id: &str, instance: &Instance) -> String {
    let cidr = here.region.subnets.get(&instance.subnet).map(|subnet| subnet.cidr.as_str());
    let network = cidr.and_then(|cidr| cidr.split('/').next()).unwrap_or("172.31.0.0");
    let parts: Vec<&str> = network.split('.').take(3).collect();
    let taken = |address: &String| here.region.instances.values().any(|other| other.private_ip == *address);
    let start = id.bytes().fold(0_u32, |sum, byte| sum + u32::from(byte));
    let addresses = (0..200).map(|step| format!("{}.{}", parts.join("."), 10 + (start + step) % 200));
    addresses.into_iter().find(|address| !taken(address)).unwrap_or_default()
}

/// The disks: those of the image, changed as asked for, and further ones.
fn disks(
    here: &Here<'_>,
    asked: &[BlockDeviceMapping],
    image: &Image,
    instance: &Instance,
    id: &str,
    tags: &Tags,
) -> Result<Vec<(String, Volume)>, Fault> {
    let mut asked: BTreeMap<&str, &BlockDeviceMapping> =
        asked.iter().filter_map(|device| Some((device.device_name()?, device))).collect();
    let mut disks = vec![];
    for (name, device) in &image.devices {
        let volume = Volume {
            size: device.size,
            volume_type: device.volume_type.clone(),
            kms_key: device.kms_key.clone(),
            snapshot: Some(device.snapshot.clone()),
            delete_on_termination: device.delete_on_termination,
            ..Volume::default()
        };
        disks.push((name.clone(), changed(here, volume, asked.remove(name.as_str()))?));
    }
    for (name, device) in asked {
        let volume = Volume { volume_type: "gp2".to_owned(), ..Volume::default() };
        disks.push((name.to_owned(), changed(here, volume, Some(device))?));
    }
    let placed = disks.into_iter().map(|(device, volume)| {
        let volume = Volume {
            instance: id.to_owned(),
            device: device.clone(),
            zone: instance.zone.clone(),
            created: here.now.secs(),
            tags: tags.clone(),
            ..volume
        };
        (here.id("vol-", &format!("{id}\n{device}")), volume)
    });
    Ok(placed.collect())
}

/// A disk as it is asked for.
fn changed(here: &Here<'_>, mut volume: Volume, asked: Option<&BlockDeviceMapping>) -> Result<Volume, Fault> {
    let refused = |code: &str, text: String| Err(Fault::new(code, text));
    if let Some(ebs) = asked.and_then(BlockDeviceMapping::ebs) {
        let least = volume.size;
        volume.size = ebs.volume_size().unwrap_or(least);
        if volume.size < least.max(1) {
            let text = format!(
                "Volume of size {}GB is smaller than expected, expect size >= {}GB",
                volume.size,
                least.max(1)
            );
            return refused("InvalidBlockDeviceMapping", text);
        }
        if let Some(kind) = ebs.volume_type() {
            kind.as_str().clone_into(&mut volume.volume_type);
        }
        let kind = volume.volume_type.clone();
        if !["standard", "gp2", "gp3", "io1", "io2", "st1", "sc1"].contains(&kind.as_str()) {
            return refused("InvalidParameterValue", format!("Invalid value '{kind}' for VolumeType."));
        }
        if ebs.iops().is_some() && !["gp3", "io1", "io2"].contains(&kind.as_str()) {
            let text = format!("The parameter iops is not supported for {kind} volumes.");
            return refused("InvalidParameterCombination", text);
        }
        if ebs.throughput().is_some() && kind != "gp3" {
            let text = format!("The parameter throughput is not supported for {kind} volumes.");
            return refused("InvalidParameterCombination", text);
        }
        if ["io1", "io2"].contains(&kind.as_str()) && ebs.iops().is_none() {
            return refused(
                "MissingParameter",
                format!("The parameter iops must be specified for {kind} volumes."),
            );
        }
        if ebs.encrypted() == Some(false) && volume.kms_key.is_some() {
            let text = "The parameter encrypted is not valid: the snapshot is encrypted.".to_owned();
            return refused("InvalidParameterCombination", text);
        }
        unsupported(&[
            ("KmsKeyId", ebs.kms_key_id().is_some()),
            ("SnapshotId", ebs.snapshot_id().is_some()),
        ])?;
        if ebs.encrypted() == Some(true) && volume.kms_key.is_none() {
            volume.kms_key = Some(own_key(&here.name, &here.account));
        }
        volume.iops = ebs.iops();
        volume.throughput = ebs.throughput();
        volume.delete_on_termination = ebs.delete_on_termination().unwrap_or(volume.delete_on_termination);
    }
    // What AWS tells of volumes for which nothing was said.
    let usual = match volume.volume_type.as_str() {
        "gp2" => Some((volume.size * 3).clamp(100, 16_000)),
        "gp3" => Some(3000),
        _ => None,
    };
    volume.iops = volume.iops.or(usual);
    volume.throughput = volume.throughput.or((volume.volume_type == "gp3").then_some(125));
    Ok(volume)
}

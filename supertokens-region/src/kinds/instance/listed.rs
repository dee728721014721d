//! The instances of a region as wanted values, to be made in another one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use aws_sdk_ec2::types::{MonitoringState, Tenancy};
use futures::future::FutureExt;

use super::disk::Disk;
use super::image::{Image, SELF};
use super::making::subnets;
use super::there::{all, bytes, images, is_protected, name_of, profile_of, state_of, user_data};
use super::{Instance, ec2, instance};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Listed};
use crate::kinds::carried::{self, IN_FLIGHT, fields_of, left_behind, own, side_by_side, suspects};
use crate::secret::Secret;
use crate::tags::Tags;
use crate::wanted::{Found, Wanted};

impl Listed for Instance {
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        found(all(None, cx).await?, cx).await
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        let there = all(None, cx).await?;
        let mut names: Vec<&str> = there.iter().filter_map(name_of).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names.into_iter().map(instance).collect())
    }
}

impl Instance {
    /// The instances of this name, as [`Listed::list`] tells them.
    pub(crate) async fn list_named(name: &str, cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        found(all(Some(ec2::filter("tag:Name", [ec2::literal(name)])), cx).await?, cx).await
    }
}

/// These instances, told so that they can be made elsewhere.
async fn found(there: Vec<sdk::Instance>, cx: &Cx<'_>) -> Result<Found<Instance>, Error> {
    let mut found = Found::default();
    let mut by_name: BTreeMap<&str, Vec<&sdk::Instance>> = BTreeMap::new();
    for one in &there {
        match name_of(one).filter(|name| !name.is_empty()) {
            Some(name) => by_name.entry(name).or_default().push(one),
            None => found.findings.push(not_copied(one, cx, "it has no `Name` tag")),
        }
    }
    by_name.retain(|name, same| {
        if same.len() > 1 {
            let why = format!("others are named `{name}`, too");
            found.findings.extend(same.iter().map(|one| not_copied(one, cx, &why)));
        }
        same.len() == 1
    });
    let copied: Vec<&sdk::Instance> = by_name.into_values().flatten().collect();
    let own =
        side_by_side(IN_FLIGHT, copied.iter().map(|one| told_alone(one, cx)).collect()).map(Ok::<_, Error>);
    let (images, disks, zones, own) =
        tokio::try_join!(images(&there, cx.region, cx), disks(&there, cx), zones(&there, cx), own)?;
    for (one, own) in copied.into_iter().zip(own) {
        found.all.push(carried_over(one, own?, &images, &disks, &zones, cx));
    }
    Ok(found)
}

/// User data, and whether it can't be terminated: AWS tells them of one instance a call.
type Own = (Option<Secret>, bool);

async fn told_alone(one: &sdk::Instance, cx: &Cx<'_>) -> Result<Own, Error> {
    let id = one.instance_id().unwrap_or_default();
    tokio::try_join!(user_data(id, cx), is_protected(id, cx))
}

fn not_copied(one: &sdk::Instance, cx: &Cx<'_>, why: &str) -> Finding {
    let what = format!("the instance `{}`", one.instance_id().unwrap_or_default());
    carried::not_copied(&what, cx.region, why, "give it a `Name` tag of its own if it is to be copied")
}

/// The volumes of these instances, by their ids.
async fn disks(there: &[sdk::Instance], cx: &Cx<'_>) -> Result<BTreeMap<String, sdk::Volume>, Error> {
    let ids: Vec<&str> = there.iter().filter_map(sdk::Instance::instance_id).collect();
    let mut found = BTreeMap::new();
    for ids in ids.chunks(ec2::FILTER_VALUES) {
        let ask = cx.aws.ec2(cx.region).describe_volumes();
        let ask = ask.filters(ec2::filter("attachment.instance-id", ids.iter().copied()));
        let mut pages = ask.into_paginator().send();
        while let Some(page) = pages.try_next().await? {
            let volumes = page.volumes.unwrap_or_default().into_iter();
            found.extend(volumes.filter_map(|volume| Some((volume.volume_id.clone()?, volume))));
        }
    }
    Ok(found)
}

/// The zones of the VPCs that these instances are in, in alphabetical order.
async fn zones(there: &[sdk::Instance], cx: &Cx<'_>) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut zones = BTreeMap::new();
    for vpc in there.iter().filter_map(sdk::Instance::vpc_id) {
        if !zones.contains_key(vpc) {
            let of_vpc = subnets(vpc, cx).await?.into_iter().map(|(zone, _)| zone);
            zones.insert(vpc.to_owned(), of_vpc.collect());
        }
    }
    Ok(zones)
}

/// One instance, as it is to be had elsewhere.
fn carried_over(
    one: &sdk::Instance,
    (data, protected): Own,
    images: &BTreeMap<String, sdk::Image>,
    disks: &BTreeMap<String, sdk::Volume>,
    zones: &BTreeMap<String, Vec<String>>,
    cx: &Cx<'_>,
) -> Wanted<Instance> {
    let image = one.image_id().and_then(|id| images.get(id));
    let options = one.metadata_options();
    let zone = zones.get(one.vpc_id().unwrap_or_default());
    let zone = zone.and_then(|zones| {
        let own = one.placement()?.availability_zone()?;
        zones.iter().position(|zone| zone == own)
    });
    let monitoring = one.monitoring().and_then(sdk::Monitoring::state);
    let groups = one.security_groups().iter().filter_map(sdk::GroupIdentifier::group_name);
    let mut wanted = instance(name_of(one).unwrap_or_default())
        .instance_type(one.instance_type().map_or("", |kind| kind.as_str()))
        .monitoring([Some(&MonitoringState::Enabled), Some(&MonitoringState::Pending)].contains(&monitoring))
        .termination_protection(protected)
        .hop_limit(options.and_then(|options| options.http_put_response_hop_limit()).map_or(1, i64::from));
    wanted.image = image.and_then(|image| carried_image(image, cx));
    wanted.zone = zone.and_then(|zone| i64::try_from(zone + 1).ok());
    wanted = groups.fold(wanted, Instance::group_named);
    wanted = one.key_name().into_iter().fold(wanted, Instance::key_pair_named);
    wanted = profile_of(one).into_iter().fold(wanted, Instance::profile);
    wanted.user_data = data;
    wanted.disks = own_disks(one, disks);
    wanted.tags = own_tags(one);
    let mut told = Wanted::new(wanted);
    told.findings = findings(one, image, &told.value, cx);
    told
}

/// An image of our own is copied; one that others publish has the same name everywhere.
fn carried_image(image: &sdk::Image, cx: &Cx<'_>) -> Option<Image> {
    let name = image.name()?;
    Some(if image.owner_id() == Some(cx.account()) {
        Image::own(name, Some(cx.region))
    } else {
        Image::of(name, image.image_owner_alias().or(image.owner_id())?)
    })
}

fn own_tags(one: &sdk::Instance) -> Tags {
    let mut tags = own(ec2::told(one.tags()));
    tags.remove("Name");
    tags
}

fn own_disks(one: &sdk::Instance, disks: &BTreeMap<String, sdk::Volume>) -> BTreeMap<String, Disk> {
    let devices = one.block_device_mappings().iter().filter_map(|device| {
        let ebs = device.ebs()?;
        let disk = Disk::like(disks.get(ebs.volume_id()?)?, ebs.delete_on_termination() == Some(false));
        Some((device.device_name()?.to_owned(), disk))
    });
    devices.collect()
}

/// What is left behind, mapped, or should be looked at.
fn findings(one: &sdk::Instance, image: Option<&sdk::Image>, wanted: &Instance, cx: &Cx<'_>) -> Vec<Finding> {
    let region = cx.region;
    let mut findings = vec![];
    let text = "security groups, key pair and instance profile are those of the same names; the subnet is the one of the \
                zone with the same number";
    findings.push(Finding::info("mapped", text));
    let mut left =
        |what: &str, hint: &str| findings.push(left_behind(&format!("{what} of the instance"), region, hint));
    if image.is_none() {
        left(
            "the image",
            "it is gone there: name one with `image`, or make one of the instance and name that",
        );
    } else if wanted.image.as_ref().is_some_and(|image| image.owner != SELF && image.owner != "amazon") {
        left("who may use the image", "see that its owner offers it in the new region, too");
    }
    let in_image: Vec<&str> = image
        .map(sdk::Image::block_device_mappings)
        .unwrap_or_default()
        .iter()
        .filter_map(sdk::BlockDeviceMapping::device_name)
        .collect();
    for device in wanted.disks.keys().filter(|device| image.is_some() && !in_image.contains(&device.as_str()))
    {
        left(&format!("what is on the disk `{device}`"), "the new one is empty: copy by hand what is needed");
    }
    if wanted.disks.values().any(|disk| disk.encrypted) {
        left("the key of the disks", "they are encrypted with the region's own key of EBS");
    }
    let association =
        |one: &sdk::InstanceNetworkInterface| one.association()?.ip_owner_id().map(str::to_owned);
    if one.network_interfaces().iter().filter_map(association).any(|owner| owner != "amazon") {
        left("the Elastic IP address", "the new one has the address that AWS gives it, until it is stopped");
    }
    if one.network_interfaces().len() > 1 {
        left("the second network interface", "make it by hand if it is needed");
    }
    if one.placement().and_then(sdk::Placement::tenancy).is_some_and(|tenancy| *tenancy != Tenancy::Default) {
        left("the tenancy", "a new one shares its host with others");
    }
    if one.instance_lifecycle().is_some() {
        left("the spot request", "a new one is on demand");
    }
    if let Some(key) = one.tags().iter().filter_map(sdk::Tag::key).find(|key| key.starts_with("aws:")) {
        left(
            &format!("the tag `{key}`"),
            "something else makes that instance: see whether it is to be copied",
        );
    }
    if one.metadata_options().and_then(|it| it.http_tokens()).map(|it| it.as_str()) != Some("required") {
        let text = format!(
            "the instance in {region} tells its metadata without a token, too; here it takes one (IMDSv2)"
        );
        findings
            .push(Finding::info("stricter", text).hint("programs with SDKs from before 2019 can't get one"));
    }
    if state_of(one) != super::RUNNING {
        let text = format!("the instance in {region} is {}; the new one is started", state_of(one));
        findings.push(Finding::info("not-running-there", text));
    }
    findings.extend(suspect_fields(wanted, region));
    findings
}

/// Fields that still name the region.
fn suspect_fields(wanted: &Instance, region: &str) -> Vec<Finding> {
    let data = wanted.user_data.as_ref().and_then(bytes).unwrap_or_default();
    let data = String::from_utf8_lossy(&data);
    let fields = [
        ("name", Some(wanted.name.as_str())),
        ("image.name", wanted.image.as_ref().map(|image| image.name.as_str())),
        ("key_pair", wanted.key_pair.as_ref().map(|pair| pair.name())),
        ("user_data", Some(&*data)),
    ];
    let fields = fields.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?)));
    let groups = wanted.groups.keys().map(|name| (format!("groups.{name}"), name.as_str()));
    suspects(fields.chain(groups).chain(fields_of(&wanted.tags)), region)
}

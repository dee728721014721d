//! An instance is made, once; and what differs of one that is there is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{self as sdk, HttpTokensState, ResourceType};

use super::there::{by_id, state_of};
use super::{Instance, RUNNING, SecurityGroup, Vpc, ec2};
use crate::address::{Address, Ref};
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::ids::Stage;
use crate::kind::{Cx, Kind, Live};
use crate::wait;

/// An instance runs within a minute or two.
const STARTS: Duration = Duration::from_secs(10 * 60);
/// How often it is tried when AWS remembers the token of an instance that was terminated, or of another request.
const TRIES: usize = 5;

impl Instance {
    /// Makes it, unless there is one by now, and waits until it runs.
    pub(super) async fn ensure(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let Some(image) = &self.image else {
            return Err(self.conflict("it has no image", "say which with `image`"));
        };
        let around = self.after();
        let (image, places, ()) =
            tokio::try_join!(image.ready(cx), self.places(cx), cx.reached(&around, Stage::Done))?;
        let mut places = places.into_iter();
        let mut place = places.next().ok_or_else(|| {
            let text = format!("no subnet is in a zone that has the type `{}`", self.instance_type);
            self.conflict(&text, "choose another type, or make a subnet in another zone")
        })?;
        let mut number = 1;
        loop {
            if number > 1 || !cx.aws.looked_lately() {
                let there = Self::read(std::slice::from_ref(self), cx).await.pop().transpose()?.flatten();
                if let Some(live) = there {
                    return Ok(live);
                }
            }
            let run = self.request(&image, &place, number, cx).await?;
            match run.send().await.map_err(Error::from) {
                Ok(made) => {
                    let id = made.instances().first().and_then(sdk::Instance::instance_id);
                    let found = self.started(id.unwrap_or_default(), cx).await?;
                    // It was made with all that is wanted.
                    return Ok(Live::new(self.clone(), found.instance_id().unwrap_or_default()));
                }
                Err(error) if number < TRIES && is_token_spent(&error) => number += 1,
                Err(error) if is_full(&error) => place = places.next().ok_or(error)?,
                Err(error) => return Err(error),
            }
        }
    }

    /// The subnets that it can be in, one a zone, the wanted zone first: those of zones that have the type.
    pub(super) async fn places(&self, cx: &Cx<'_>) -> Result<Vec<String>, Error> {
        let Some(vpc) = &self.vpc else { return Err(Error::Needs(Address::new(Vpc::WORD, "default"))) };
        let vpc = cx.ids.id(vpc)?;
        let (subnets, offered) = tokio::try_join!(subnets(&vpc, cx), zones_with(&self.instance_type, cx))?;
        let wanted = self.zone.and_then(|number| usize::try_from(number - 1).ok()).unwrap_or(0);
        let mut places: Vec<_> = subnets.into_iter().enumerate().collect();
        places.sort_by_key(|(at, _)| (*at != wanted, *at));
        let usable = places.into_iter().filter(|(_, (zone, _))| offered.contains(zone));
        Ok(usable.map(|(_, (_, subnet))| subnet).collect())
    }

    /// The call that makes it: with a token, so that a call whose answer got lost makes no second one.
    async fn request(
        &self,
        image: &str,
        subnet: &str,
        number: usize,
        cx: &Cx<'_>,
    ) -> Result<RunInstancesFluentBuilder, Error> {
        let groups = self.group_ids(self.groups.keys().map(String::as_str), cx).await?;
        let mut data = None;
        if let Some(secret) = &self.user_data {
            let known = secret.expose().ok_or_else(|| {
                let text = "only a hash of its user data is known";
                self.conflict(text, "apply from the script: a plan doesn't hold them")
            })?;
            data = Some(known.to_owned());
        }
        let metadata = sdk::InstanceMetadataOptionsRequest::builder()
            .http_tokens(HttpTokensState::from(self.metadata.tokens.as_str()))
            .set_http_put_response_hop_limit(self.hop_limit_sent());
        let profile = self
            .profile
            .as_ref()
            .map(|name| sdk::IamInstanceProfileSpecification::builder().name(name).build());
        let mut tags = self.tags.clone();
        tags.insert("Name".to_owned(), self.name.clone());
        let disks: Vec<_> = self.disks.iter().map(|(device, disk)| disk.mapping(device)).collect();
        let monitoring = sdk::RunInstancesMonitoringEnabled::builder();
        Ok(cx
            .aws
            .ec2(cx.region)
            .run_instances()
            .min_count(1)
            .max_count(1)
            .image_id(image)
            .instance_type(self.instance_type.as_str().into())
            .subnet_id(subnet)
            .set_security_group_ids(Some(groups.clone()).filter(|groups| !groups.is_empty()))
            .set_key_name(self.key_pair.as_ref().map(|pair| pair.name().to_owned()))
            .set_iam_instance_profile(profile)
            .set_user_data(data)
            .set_block_device_mappings(Some(disks).filter(|disks| !disks.is_empty()))
            .metadata_options(metadata.build())
            .set_monitoring(self.monitoring.map(|on| monitoring.enabled(on).build()))
            .set_disable_api_termination(self.termination_protection)
            .set_tag_specifications(ec2::at_creation(ResourceType::Instance, &tags))
            .client_token(ec2::token(&(image, subnet, groups, self), number)))
    }

    fn hop_limit_sent(&self) -> Option<i32> {
        self.metadata.hop_limit.and_then(|hops| i32::try_from(hops).ok())
    }

    /// Waits until it runs.
    async fn started(&self, id: &str, cx: &Cx<'_>) -> Result<sdk::Instance, Error> {
        wait::until(cx.progress, &format!("the instance `{}` runs", self.name), STARTS, || async {
            // AWS may not know a new one yet.
            let Some(found) = by_id(id, cx).await? else { return Ok(None) };
            match state_of(&found) {
                RUNNING => Ok(Some(found)),
                "terminated" | "shutting-down" | "stopped" => {
                    let why = found.state_reason().and_then(sdk::StateReason::message);
                    let text = format!("AWS ended it at once: {}", why.unwrap_or("it doesn't say why"));
                    Err(self.conflict(&text, "see its state transition reason in the console"))
                }
                _ => Ok(None),
            }
        })
        .await
    }

    /// The ids of the groups with these names in its VPC.
    async fn group_ids<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        cx: &Cx<'_>,
    ) -> Result<Vec<String>, Error> {
        let names: BTreeSet<&str> = names.collect();
        let made = |name: &str| Some((name.to_owned(), cx.ids.id(&Ref::<SecurityGroup>::new(name)).ok()?));
        let mut known: BTreeMap<_, _> = names.iter().filter_map(|name| made(name)).collect();
        if known.len() < names.len() {
            known = self.known_groups(&names, cx).await?;
        }
        let id = |name: &str| {
            known.get(name).cloned().ok_or_else(|| Error::AtOdds {
                message: format!("`{}`: there is no security group `{name}` in its VPC", self.name),
                hint: "add it, or take the instance out of it".to_owned(),
            })
        };
        names.into_iter().map(id).collect()
    }

    /// Those of these groups that are in its VPC: name and id.
    pub(super) async fn known_groups(
        &self,
        names: &BTreeSet<&str>,
        cx: &Cx<'_>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let Some(vpc) = &self.vpc else { return Err(Error::Needs(Address::new(Vpc::WORD, "default"))) };
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (vpc, all) = (cx.ids.id(vpc)?, cx.aws.list::<ec2::Groups>(cx.region).await?);
        let meant = |group: &&sdk::SecurityGroup| {
            group.vpc_id() == Some(&vpc) && group.group_name().is_some_and(|name| names.contains(name))
        };
        let found = all.0.iter().filter(meant);
        Ok(found.filter_map(|group| Some((group.group_name.clone()?, group.group_id.clone()?))).collect())
    }

    /// Changes what can be changed of one that is there.
    pub(super) async fn change(&self, live: &Live<Self>, cx: &Cx<'_>) -> Result<(), Error> {
        let (ec2, id, is) = (cx.aws.ec2(cx.region), live.id.as_str(), &live.is);
        if self.groups.keys().any(|name| !is.groups.contains_key(name)) {
            // The call replaces all groups: those that it is in by now stay.
            let now = by_id(id, cx).await?;
            let now = now.as_ref().map(sdk::Instance::security_groups).unwrap_or_default();
            let mut groups: Vec<String> =
                now.iter().filter_map(|group| group.group_id().map(str::to_owned)).collect();
            let ids = self.group_ids(self.groups.keys().map(String::as_str), cx).await?;
            let more: Vec<_> = ids.into_iter().filter(|id| !groups.contains(id)).collect();
            groups.extend(more);
            ec2.modify_instance_attribute().instance_id(id).set_groups(Some(groups)).send().await?;
        }
        if let Some(on) = self.termination_protection.filter(|on| is.termination_protection != Some(*on)) {
            let value = sdk::AttributeBooleanValue::builder().value(on).build();
            let modify = ec2.modify_instance_attribute().instance_id(id);
            modify.disable_api_termination(value).send().await?;
        }
        let hops = self.metadata.hop_limit.filter(|hops| is.metadata.hop_limit != Some(*hops));
        if self.metadata.tokens != is.metadata.tokens || hops.is_some() {
            let modify = ec2.modify_instance_metadata_options().instance_id(id);
            let modify = modify.http_tokens(HttpTokensState::from(self.metadata.tokens.as_str()));
            modify.set_http_put_response_hop_limit(self.hop_limit_sent()).send().await?;
        }
        match self.monitoring.filter(|on| is.monitoring != Some(*on)) {
            Some(true) => _ = ec2.monitor_instances().instance_ids(id).send().await?,
            Some(false) => _ = ec2.unmonitor_instances().instance_ids(id).send().await?,
            None => {}
        }
        if self.state.is_some() && is.state.as_deref() != Some(RUNNING) {
            self.start(id, cx).await?;
        }
        Ok(())
    }

    /// Starts one that is stopped. One that is being stopped can only be started once it is.
    async fn start(&self, id: &str, cx: &Cx<'_>) -> Result<(), Error> {
        wait::until(cx.progress, &format!("the instance `{}` is stopped", self.name), STARTS, || async {
            let found = by_id(id, cx).await?;
            Ok(found.filter(|found| state_of(found) != "stopping").map(|_| ()))
        })
        .await?;
        cx.aws.ec2(cx.region).start_instances().instance_ids(id).send().await?;
        wait::until(cx.progress, &format!("the instance `{}` runs", self.name), STARTS, || async {
            Ok(by_id(id, cx).await?.filter(|found| state_of(found) == RUNNING).map(|_| ()))
        })
        .await
    }

    fn conflict(&self, message: &str, hint: &str) -> Error {
        Error::Conflict { message: format!("`{}`: {message}", self.name), hint: hint.to_owned() }
    }
}

/// Whether AWS remembers the token: of an instance that is gone, or of another request.
fn is_token_spent(error: &Error) -> bool {
    matches!(error.code(), Some("IdempotentInstanceTerminated" | "IdempotentParameterMismatch"))
}

/// Whether the zone has no more of this type at the moment.
fn is_full(error: &Error) -> bool {
    matches!(error.code(), Some("InsufficientInstanceCapacity" | "Unsupported"))
}

/// The zones of a VPC in alphabetical order, each with a subnet: the default one where there is one.
pub(super) async fn subnets(vpc: &str, cx: &Cx<'_>) -> Result<Vec<(String, String)>, Error> {
    let all = cx.aws.listed_lately::<ec2::Subnets>(cx.region).await?;
    let mut found: Vec<_> = all.0.iter().filter(|subnet| subnet.vpc_id() == Some(vpc)).collect();
    found.sort_by_key(|subnet| (subnet.default_for_az() != Some(true), subnet.cidr_block.clone()));
    let mut zones = BTreeMap::new();
    for subnet in found {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        zones.entry(text(subnet.availability_zone())).or_insert(text(subnet.subnet_id()));
    }
    Ok(zones.into_iter().collect())
}

/// The zones of the region that have this type.
pub(super) async fn zones_with(instance_type: &str, cx: &Cx<'_>) -> Result<BTreeSet<String>, Error> {
    let of = format!("{}/{instance_type}", cx.region);
    Ok(cx.aws.listed_lately::<Offered>(&of).await?.0.clone())
}

/// The zones of a region that have a type: `ap-south-1/t3.small`.
struct Offered(BTreeSet<String>);

impl Listing for Offered {
    async fn read(aws: &Aws, of: &str) -> Result<Self, Error> {
        let (region, instance_type) = of.split_once('/').unwrap_or_default();
        let ask = aws.ec2(region).describe_instance_type_offerings();
        let ask = ask.location_type(sdk::LocationType::AvailabilityZone);
        let mut pages = ask.filters(ec2::filter("instance-type", [instance_type])).into_paginator().send();
        let mut zones = BTreeSet::new();
        while let Some(page) = pages.try_next().await? {
            let offered = page.instance_type_offerings.unwrap_or_default();
            zones.extend(offered.into_iter().filter_map(|offering| offering.location));
        }
        Ok(Self(zones))
    }
}

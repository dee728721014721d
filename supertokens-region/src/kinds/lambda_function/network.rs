//! The VPC that a function is in: told by zones and names of groups, which another region has too.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::Subnet;
use aws_sdk_lambda::types::{VpcConfig, VpcConfigResponse};
use serde::{Deserialize, Serialize};

use crate::address::Ref;
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::kind::Cx;
use crate::kinds::{Vpc, ec2};

/// Where a function has its network interfaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Network {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vpc: Option<Ref<Vpc>>,
    /// The zones of its subnets, counted from 1 in the order of their names; of fewer zones, one begins anew. `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) zones: Option<Vec<usize>>,
    /// Names, sorted.
    pub(super) groups: Vec<String>,
}

/// Subnets and groups of the VPCs of a region.
#[derive(Debug, Default)]
pub(super) struct Networks {
    subnets: BTreeMap<String, Vec<Subnet>>,
    /// Id and name of the groups of each VPC.
    groups: BTreeMap<String, BTreeMap<String, String>>,
}

impl Listing for Networks {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let (all_subnets, all_groups) =
            tokio::try_join!(aws.list::<ec2::Subnets>(region), aws.list::<ec2::Groups>(region))?;
        let (mut subnets, mut groups) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        for subnet in &all_subnets.0 {
            subnets.entry(text(subnet.vpc_id())).or_default().push(subnet.clone());
        }
        for group in &all_groups.0 {
            let names = groups.entry(text(group.vpc_id())).or_default();
            names.insert(text(group.group_id()), text(group.group_name()));
        }
        Ok(Self { subnets, groups })
    }
}

impl Networks {
    /// The zones of a VPC that have subnets, in order.
    fn zones(&self, vpc: &str) -> Vec<&str> {
        let subnets = self.subnets.get(vpc).into_iter().flatten();
        let zones: BTreeSet<_> = subnets.filter_map(Subnet::availability_zone).collect();
        zones.into_iter().collect()
    }

    /// A function's network in our words. Zones that come to the wanted ones are told as these.
    pub(super) fn told(
        &self,
        found: Option<&VpcConfigResponse>,
        wanted: Option<&Network>,
        cx: &Cx<'_>,
    ) -> Option<Network> {
        let found = found.filter(|found| !found.subnet_ids().is_empty())?;
        let vpc = found.vpc_id().unwrap_or_default();
        let zones = self.zones(vpc);
        let of = |id: &String| {
            let mut subnets = self.subnets.get(vpc).into_iter().flatten();
            let subnet = subnets.find(|subnet| subnet.subnet_id() == Some(id))?;
            let position = zones.iter().position(|zone| subnet.availability_zone() == Some(*zone))?;
            Some(position + 1)
        };
        let live: BTreeSet<usize> = found.subnet_ids().iter().filter_map(of).collect();
        let wanted = wanted.and_then(|wanted| wanted.zones.clone());
        let zones = wanted.filter(|wanted| wrapped(wanted, zones.len()) == live);
        let zones = zones.unwrap_or_else(|| live.into_iter().collect());
        let names = self.groups.get(vpc);
        let mut groups: Vec<_> = found
            .security_group_ids()
            .iter()
            .map(|id| {
                names.and_then(|names| names.get(id)).cloned().unwrap_or_else(|| format!("foreign:{id}"))
            })
            .collect();
        groups.sort();
        Some(Network { vpc: Some(cx.ids.name_of(vpc)), zones: Some(zones), groups })
    }
}

/// Zones as they are where there are only so many.
fn wrapped(zones: &[usize], count: usize) -> BTreeSet<usize> {
    zones.iter().map(|zone| zone.saturating_sub(1) % count.max(1) + 1).collect()
}

impl Network {
    pub(super) fn vpc(&self) -> Option<&Ref<Vpc>> {
        self.vpc.as_ref()
    }

    /// Ids of the subnets and groups here.
    pub(super) async fn sent(&self, cx: &Cx<'_>) -> Result<VpcConfig, Error> {
        let Some(reference) = &self.vpc else {
            return Err(conflict(
                "it is in a VPC, and nobody says in which",
                "say `in_vpc(vpc)`, or `no_vpc()`",
            ));
        };
        let vpc = cx.ids.id(reference)?;
        let networks = cx.aws.list::<Networks>(cx.region).await?;
        let zones = networks.zones(&vpc);
        let all = || (1..=zones.len()).collect();
        let wanted = self.zones.as_ref().map_or_else(all, |wanted| wrapped(wanted, zones.len()));
        let mut subnets = vec![];
        for zone in wanted.iter().filter_map(|position| zones.get(position - 1)) {
            let here = networks.subnets.get(&vpc).into_iter().flatten();
            let here = here.filter(|subnet| subnet.availability_zone() == Some(*zone));
            let first = here.min_by_key(|subnet| {
                (subnet.default_for_az() != Some(true), subnet.subnet_id().unwrap_or_default().to_owned())
            });
            subnets.extend(first.and_then(Subnet::subnet_id).map(str::to_owned));
        }
        if subnets.is_empty() {
            let text = format!("`{}` has no subnet", reference.address());
            return Err(conflict(&text, "make one, or name another VPC"));
        }
        let known = networks.groups.get(&vpc).cloned().unwrap_or_default();
        let mut groups = vec![];
        for name in &self.groups {
            let Some((id, _)) = known.iter().find(|(_, known)| *known == name) else {
                return Err(Error::AtOdds {
                    message: format!("`{}` has no security group `{name}`", reference.address()),
                    hint: "add the group to the script, which makes it first".to_owned(),
                });
            };
            groups.push(id.clone());
        }
        Ok(VpcConfig::builder().set_subnet_ids(Some(subnets)).set_security_group_ids(Some(groups)).build())
    }
}

fn conflict(message: &str, hint: &str) -> Error {
    Error::Conflict { message: message.to_owned(), hint: hint.to_owned() }
}

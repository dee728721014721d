//! Where a cluster stands: its VPC's subnets, and its security groups.

use std::collections::{BTreeMap, BTreeSet};

use super::RdsCluster;
use super::there::SubnetGroups;
use crate::address::{Address, Ref};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::kinds::{SecurityGroup, Vpc, ec2};

/// AWS wants this many zones.
pub(super) const ZONES: usize = 2;

impl RdsCluster {
    pub(super) fn vpc_id(&self, cx: &Cx<'_>) -> Result<String, Error> {
        match &self.vpc {
            Some(vpc) => cx.ids.id(vpc),
            None => Err(Error::Needs(Address::new("vpc", "default"))),
        }
    }

    /// The VPC's subnets, each with its zone. Local zones and the like can't hold a cluster: their names go on after the
    /// letter of a zone.
    pub(super) async fn subnets(&self, cx: &Cx<'_>) -> Result<BTreeMap<String, String>, Error> {
        let (vpc, subnets) = (self.vpc_id(cx)?, cx.aws.listed_lately::<ec2::Subnets>(cx.region).await?);
        let plain = |zone: &String| zone.len() == cx.region.len() + 1 && zone.starts_with(cx.region);
        let can_hold = subnets.0.iter().filter(|it| it.vpc_id() == Some(&vpc) && it.outpost_arn.is_none());
        let pairs = can_hold.filter_map(|subnet| {
            Some((subnet.subnet_id.clone()?, subnet.availability_zone.clone().filter(plain)?))
        });
        Ok(pairs.collect())
    }

    /// Makes the subnet group over all subnets of the VPC, unless it is there. One that is there stays as it is.
    pub(super) async fn make_subnet_group(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let (name, vpc) = (self.subnet_group_name(), self.vpc_id(cx)?);
        if let Some(live) = cx.aws.listed_lately::<SubnetGroups>(cx.region).await?.0.get(&name) {
            return self.same_vpc(&name, live, &vpc);
        }
        let subnets: Vec<String> = self.subnets(cx).await?.into_keys().collect();
        let create = cx.aws.rds(cx.region).create_db_subnet_group().db_subnet_group_name(&name);
        let text = format!("all zones of {}", cx.region);
        let create = create.db_subnet_group_description(text).set_subnet_ids(Some(subnets));
        let there = ["DBSubnetGroupAlreadyExists", "DBSubnetGroupAlreadyExistsFault"];
        if create.send().await.absent(&there)?.is_none()
            && let Some(live) = cx.aws.list::<SubnetGroups>(cx.region).await?.0.get(&name)
        {
            return self.same_vpc(&name, live, &vpc);
        }
        Ok(())
    }

    fn same_vpc(&self, name: &str, live: &str, wanted: &str) -> Result<(), Error> {
        if live == wanted {
            return Ok(());
        }
        Err(Error::Conflict {
            message: format!("the subnet group `{name}` is of the VPC {live}, where {wanted} is wanted"),
            hint: "name another with `.subnet_group(..)`".to_owned(),
        })
    }

    /// The ids of its security groups in its VPC; and the names of those that there aren't.
    pub(super) async fn group_ids(&self, cx: &Cx<'_>) -> Result<(Vec<String>, Vec<String>), Error> {
        let (vpc, groups) = (self.vpc_id(cx)?, cx.aws.list::<ec2::Groups>(cx.region).await?);
        let in_vpc = groups.0.iter().filter(|group| group.vpc_id() == Some(&vpc));
        let pairs = in_vpc.filter_map(|it| Some((it.group_name.clone()?, it.group_id.clone()?)));
        let found: BTreeMap<_, _> =
            pairs.filter(|(name, _)| self.security_groups.contains_key(name)).collect();
        let names = self.security_groups.keys();
        let missing = names.filter(|name| !found.contains_key(*name)).cloned().collect();
        Ok((found.into_values().collect(), missing))
    }

    /// The ids of its security groups, all of them.
    pub(super) async fn all_group_ids(&self, cx: &Cx<'_>) -> Result<Vec<String>, Error> {
        let made = self.security_groups.keys().map(|name| cx.ids.id(&Ref::<SecurityGroup>::new(name)));
        if let Ok(ids) = made.collect() {
            return Ok(ids);
        }
        let (ids, missing) = self.group_ids(cx).await?;
        if missing.is_empty() {
            return Ok(ids);
        }
        Err(Error::AtOdds {
            message: format!("the VPC has no security group `{}`", missing.join("`, `")),
            hint: "add it to the same region, or make it".to_owned(),
        })
    }

    /// The VPC as the cluster names it.
    pub(super) fn vpc_name(&self) -> String {
        self.vpc.as_ref().map(|vpc: &Ref<Vpc>| vpc.name().to_owned()).unwrap_or_default()
    }
}

/// How many zones these subnets are in.
pub(super) fn zones(subnets: &BTreeMap<String, String>) -> BTreeSet<&String> {
    subnets.values().collect()
}

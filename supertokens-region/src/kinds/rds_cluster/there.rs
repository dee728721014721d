//! The clusters that are there, as AWS tells them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{DbCluster, DbInstance, DbSubnetGroup, Tag};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::engine::ENGINE;
use super::parameters::{Of, user_set};
use super::parts::{CREATING, Parameters};
use super::{RdsCluster, settle};
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Live};
use crate::kinds::carried::IN_FLIGHT;
use crate::kinds::ec2;
use crate::tags::Tags;

/// As many clusters, instances or groups as AWS tells in one answer.
const PAGE: i32 = 100;
/// The engines of Aurora, and of Multi-AZ clusters.
const POSTGRESQL: [&str; 2] = [ENGINE, "postgres"];

/// What there is in a region, of some clusters or of all.
#[derive(Default)]
pub(super) struct There {
    pub(super) clusters: BTreeMap<String, DbCluster>,
    /// All instances of the region, by identifier.
    pub(super) instances: BTreeMap<String, DbInstance>,
    /// The VPC of each subnet group.
    pub(super) subnet_groups: BTreeMap<String, String>,
    /// The names of security groups, by id.
    pub(super) security_groups: BTreeMap<String, String>,
    /// What somebody set in cluster parameter groups, by name.
    pub(super) cluster_parameters: BTreeMap<String, Parameters>,
    /// What somebody set in parameter groups of instances, by name.
    pub(super) instance_parameters: BTreeMap<String, Parameters>,
}

impl There {
    /// What there is of these clusters, with the parameter groups that are wanted.
    pub(super) async fn read(wanted: &[RdsCluster], cx: &Cx<'_>) -> Result<Self, Error> {
        let mut there = Self::of_region(cx).await?;
        there.clusters.retain(|name, _| wanted.iter().any(|cluster| cluster.name == *name));
        let found = wanted.iter().filter(|it| there.clusters.contains_key(&it.name));
        let of_clusters = found.clone().filter(|it| it.parameters.is_some());
        let of_clusters = of_clusters.filter_map(|it| Some((Of::Cluster, it.parameter_group.clone()?)));
        let of_instances = found.flat_map(|it| it.instance_parameter_groups.keys().cloned());
        let groups: BTreeSet<_> = of_clusters.chain(of_instances.map(|name| (Of::Instances, name))).collect();
        if !groups.is_empty() {
            // Nearly always those that the clusters use.
            let in_use = cx.aws.list::<InUse>(cx.region).await?;
            let (known, others): (BTreeSet<_>, _) =
                groups.into_iter().partition(|it| in_use.0.contains_key(it));
            there.take(in_use.0.iter().filter(|(group, _)| known.contains(group)));
            there.take(&parameters(others, cx.aws, cx.region).await?);
        }
        Ok(there)
    }

    /// All clusters of PostgreSQL, with the parameter groups that they use.
    pub(super) async fn all(cx: &Cx<'_>) -> Result<Self, Error> {
        let (there, in_use) = tokio::join!(Self::of_region(cx), cx.aws.list::<InUse>(cx.region));
        let mut there = there?;
        there.clusters.retain(|_, cluster| is_postgresql(cluster));
        there.take(&in_use?.0);
        Ok(there)
    }

    /// All clusters, and the names of what they use.
    async fn of_region(cx: &Cx<'_>) -> Result<Self, Error> {
        let (aws, region) = (cx.aws, cx.region);
        let (clusters, instances, subnet_groups, groups) = tokio::try_join!(
            aws.list::<Clusters>(region),
            aws.list::<Instances>(region),
            aws.list::<SubnetGroups>(region),
            aws.list::<ec2::Groups>(region),
        )?;
        let names = groups.0.iter().filter_map(|it| Some((it.group_id.clone()?, it.group_name.clone()?)));
        Ok(Self {
            clusters: clusters.0.clone(),
            instances: instances.0.clone(),
            subnet_groups: subnet_groups.0.clone(),
            security_groups: names.collect(),
            ..Self::default()
        })
    }

    /// Takes what is set in these groups, as far as they are there.
    fn take<'a>(&mut self, found: impl IntoIterator<Item = (&'a Group, &'a Option<Parameters>)>) {
        for ((of, name), values) in found {
            let groups = match of {
                Of::Cluster => &mut self.cluster_parameters,
                Of::Instances => &mut self.instance_parameters,
            };
            groups.extend(values.clone().map(|values| (name.clone(), values)));
        }
    }

    /// The instances of a cluster.
    pub(super) fn members(&self, cluster: &str) -> impl Iterator<Item = (&String, &DbInstance)> {
        let of = move |instance: &DbInstance| instance.db_cluster_identifier() == Some(cluster);
        self.instances.iter().filter(move |(_, instance)| of(instance))
    }

    /// What there is of a wanted cluster; where it may not be changed, as it is wanted, and told.
    pub(super) fn settled(
        &self,
        wanted: &RdsCluster,
        cx: &Cx<'_>,
    ) -> Result<Option<Live<RdsCluster>>, Error> {
        let Some(cluster) = self.clusters.get(&wanted.name) else { return Ok(None) };
        if cluster.engine() != Some(ENGINE) {
            return Err(Error::Conflict {
                message: format!(
                    "the cluster `{}` of {} is one of `{}`",
                    wanted.name,
                    cx.region,
                    cluster.engine().unwrap_or_default()
                ),
                hint: "give the wanted cluster another name".to_owned(),
            });
        }
        let mut is = self.told(cluster, Some(wanted), cx);
        let mut findings = self.health(wanted, cluster);
        findings.extend(settle::settle(wanted, &mut is));
        if is.status == CREATING {
            let text = "it is being created: apply waits until it is available";
            findings.push(Finding::info("creating", text));
        }
        Ok(Some(Live { is, id: wanted.arn(cx), findings }))
    }
}

/// The parameter group of an instance.
pub(super) fn parameter_group(instance: &DbInstance) -> Option<&str> {
    instance.db_parameter_groups().first()?.db_parameter_group_name()
}

/// What [`There`] will need, whatever is wanted.
pub(super) async fn ahead(aws: &Aws, region: &str) {
    let _ = tokio::join!(
        aws.list::<InUse>(region),
        aws.list::<SubnetGroups>(region),
        aws.list::<ec2::Groups>(region),
    );
}

/// Lists of all that RDS has of something in a region, by name.
macro_rules! lists {
    ($($(#[$doc:meta])+ $list:ident: $item:ty, $describe:ident, $field:ident, $entry:expr;)+) => {$(
        $(#[$doc])+
        pub(super) struct $list(pub(super) BTreeMap<String, $item>);

        impl Listing for $list {
            async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
                let mut pages = aws.rds(region).$describe().max_records(PAGE).into_paginator().send();
                let mut all = BTreeMap::new();
                while let Some(page) = pages.try_next().await? {
                    all.extend(page.$field.into_iter().flatten().filter_map($entry));
                }
                Ok(Self(all))
            }
        }
    )+};
}

lists! {
    /// Clusters, of any engine.
    Clusters: DbCluster, describe_db_clusters, db_clusters,
        |it: DbCluster| Some((it.db_cluster_identifier.clone()?, it));
    /// Instances, of clusters and others.
    Instances: DbInstance, describe_db_instances, db_instances,
        |it: DbInstance| Some((it.db_instance_identifier.clone()?, it));
    /// Subnet groups, and the VPC of each.
    SubnetGroups: String, describe_db_subnet_groups, db_subnet_groups,
        |it: DbSubnetGroup| Some((it.db_subnet_group_name?, it.vpc_id.unwrap_or_default()));
}

/// A parameter group.
pub(super) type Group = (Of, String);
/// What somebody set in parameter groups; nothing of those that aren't there.
pub(super) type Set = BTreeMap<Group, Option<Parameters>>;

/// What somebody set in the parameter groups that clusters of PostgreSQL and their instances use. AWS's own groups, in which
/// nobody can set anything, are not among them.
struct InUse(Set);

impl Listing for InUse {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let (clusters, instances) =
            tokio::try_join!(aws.list::<Clusters>(region), aws.list::<Instances>(region))?;
        let own = |name: &str| (!name.starts_with("default.")).then(|| name.to_owned());
        let mut groups = BTreeSet::new();
        for (name, cluster) in clusters.0.iter().filter(|(_, cluster)| is_postgresql(cluster)) {
            let group = cluster.db_cluster_parameter_group().and_then(own);
            groups.extend(group.map(|group| (Of::Cluster, group)));
            let members = instances.0.values().filter(|it| it.db_cluster_identifier() == Some(name));
            let of_members = members.filter_map(|it| own(parameter_group(it)?));
            groups.extend(of_members.map(|group| (Of::Instances, group)));
        }
        Ok(Self(parameters(groups, aws, region).await?))
    }
}

fn is_postgresql(cluster: &DbCluster) -> bool {
    cluster.engine().is_some_and(|engine| POSTGRESQL.contains(&engine))
}

pub(super) async fn parameters(groups: BTreeSet<Group>, aws: &Aws, region: &str) -> Result<Set, Error> {
    let read = async |(of, name): Group| {
        Ok::<_, Error>(((of, name.clone()), user_set(of, &name, aws, region).await?))
    };
    stream::iter(groups).map(read).buffer_unordered(IN_FLIGHT).try_collect().await
}

/// Tags as AWS lists them.
pub(super) fn told_tags(tags: &[Tag]) -> Tags {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// Tags for AWS.
pub(super) fn sent_tags(tags: &Tags) -> Option<Vec<Tag>> {
    let all = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    (!tags.is_empty()).then(|| all.collect())
}

/// Adds these tags, if there are any; others stay.
pub(super) async fn tag(arn: &str, tags: &Tags, cx: &Cx<'_>) -> Result<(), Error> {
    if let Some(tags) = sent_tags(tags) {
        cx.aws.rds(cx.region).add_tags_to_resource().resource_name(arn).set_tags(Some(tags)).send().await?;
    }
    Ok(())
}

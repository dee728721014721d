//! The clusters that are there, as AWS tells them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{DbCluster, DbInstance, Tag};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::engine::ENGINE;
use super::parameters::{Of, user_set};
use super::parts::{CREATING, Parameters};
use super::{RdsCluster, settle};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Live};
use crate::kinds::ec2;
use crate::tags::Tags;

/// As many clusters, instances or groups as AWS tells in one answer.
const PAGE: i32 = 100;
/// The engines of Aurora, and of Multi-AZ clusters.
const POSTGRESQL: [&str; 2] = [ENGINE, "postgres"];
/// As many parameter groups are read at a time.
const AT_A_TIME: usize = 8;

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
        let names: BTreeSet<&str> = wanted.iter().map(|cluster| cluster.name.as_str()).collect();
        let mut clusters = clusters(cx).await?;
        clusters.retain(|name, _| names.contains(name.as_str()));
        if clusters.is_empty() {
            return Ok(Self::default());
        }
        let mut there = Self::around(clusters, cx).await?;
        let found: Vec<_> = wanted.iter().filter(|it| there.clusters.contains_key(&it.name)).collect();
        let of_clusters = found.iter().filter(|it| it.parameters.is_some());
        let of_clusters = of_clusters.filter_map(|it| it.parameter_group.clone()).collect();
        let of_instances = found.iter().flat_map(|it| it.instance_parameter_groups.keys().cloned()).collect();
        there.parameters(of_clusters, of_instances, cx).await?;
        Ok(there)
    }

    /// All clusters of PostgreSQL, with the parameter groups that they use.
    pub(super) async fn all(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut clusters = clusters(cx).await?;
        clusters.retain(|_, cluster| cluster.engine().is_some_and(|engine| POSTGRESQL.contains(&engine)));
        let mut there = Self::around(clusters, cx).await?;
        let own = |name: &str| (!name.starts_with("default.")).then(|| name.to_owned());
        let of_clusters = there.clusters.values();
        let of_clusters = of_clusters.filter_map(|it| own(it.db_cluster_parameter_group()?)).collect();
        let members = there.clusters.keys().flat_map(|name| there.members(name));
        let of_instances = members.filter_map(|(_, it)| own(parameter_group(it)?)).collect();
        there.parameters(of_clusters, of_instances, cx).await?;
        Ok(there)
    }

    /// These clusters, their instances, and the names of their groups.
    async fn around(clusters: BTreeMap<String, DbCluster>, cx: &Cx<'_>) -> Result<Self, Error> {
        let ids = clusters.values().flat_map(DbCluster::vpc_security_groups);
        let ids: BTreeSet<String> = ids.filter_map(|it| it.vpc_security_group_id.clone()).collect();
        let (instances, subnet_groups, security_groups) =
            tokio::try_join!(instances(cx), subnet_groups(cx), group_names(&ids, cx))?;
        Ok(Self { clusters, instances, subnet_groups, security_groups, ..Self::default() })
    }

    async fn parameters(
        &mut self,
        of_clusters: BTreeSet<String>,
        of_instances: BTreeSet<String>,
        cx: &Cx<'_>,
    ) -> Result<(), Error> {
        let all = of_clusters.into_iter().map(|name| (Of::Cluster, name));
        let all = all.chain(of_instances.into_iter().map(|name| (Of::Instances, name)));
        let read =
            async |(of, name): (Of, String)| Ok::<_, Error>((of, user_set(of, &name, cx).await?, name));
        let found: Vec<_> = stream::iter(all).map(read).buffer_unordered(AT_A_TIME).try_collect().await?;
        for (of, values, name) in found {
            let groups = match of {
                Of::Cluster => &mut self.cluster_parameters,
                Of::Instances => &mut self.instance_parameters,
            };
            groups.extend(values.map(|values| (name, values)));
        }
        Ok(())
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

/// All clusters of the region, of any engine.
pub(super) async fn clusters(cx: &Cx<'_>) -> Result<BTreeMap<String, DbCluster>, Error> {
    let mut pages = cx.aws.rds(cx.region).describe_db_clusters().max_records(PAGE).into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        let named = |it: DbCluster| Some((it.db_cluster_identifier.clone()?, it));
        all.extend(page.db_clusters.into_iter().flatten().filter_map(named));
    }
    Ok(all)
}

/// All instances of the region.
pub(super) async fn instances(cx: &Cx<'_>) -> Result<BTreeMap<String, DbInstance>, Error> {
    let mut pages = cx.aws.rds(cx.region).describe_db_instances().max_records(PAGE).into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        let named = |it: DbInstance| Some((it.db_instance_identifier.clone()?, it));
        all.extend(page.db_instances.into_iter().flatten().filter_map(named));
    }
    Ok(all)
}

/// All subnet groups of the region, and the VPC of each.
pub(super) async fn subnet_groups(cx: &Cx<'_>) -> Result<BTreeMap<String, String>, Error> {
    let describe = cx.aws.rds(cx.region).describe_db_subnet_groups().max_records(PAGE);
    let mut pages = describe.into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        let groups = page.db_subnet_groups.into_iter().flatten();
        all.extend(groups.filter_map(|it| Some((it.db_subnet_group_name?, it.vpc_id.unwrap_or_default()))));
    }
    Ok(all)
}

async fn group_names(ids: &BTreeSet<String>, cx: &Cx<'_>) -> Result<BTreeMap<String, String>, Error> {
    let mut all = BTreeMap::new();
    let ids: Vec<&String> = ids.iter().collect();
    for some in ids.chunks(ec2::FILTER_VALUES) {
        let filter = ec2::filter("group-id", some.iter().copied());
        let mut pages =
            cx.aws.ec2(cx.region).describe_security_groups().filters(filter).into_paginator().send();
        while let Some(page) = pages.try_next().await? {
            let groups = page.security_groups.into_iter().flatten();
            all.extend(groups.filter_map(|it| Some((it.group_id?, it.group_name?))));
        }
    }
    Ok(all)
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

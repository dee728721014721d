//! Aurora PostgreSQL clusters with their instances, parameter groups and subnet group. Nothing is deleted or restarted, and
//! what is there is changed only where that can't hurt, or where [`RdsCluster::allow_modify`] says so.

mod carried;
mod check;
mod engine;
mod instances;
mod making;
mod modify;
mod network;
mod parameters;
mod parts;
mod password;
mod preflight;
mod setters;
mod settle;
#[cfg(test)]
mod tests;
mod there;
mod told;
#[cfg(feature = "rhai")]
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{SecurityGroup, Threshold, Vpc};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::ids::Stage;
use crate::kind::{Cx, Invalid, Kind, Listed, Live, all_failed};
use crate::tags::{self, Tags};
use crate::wanted::Found;
use parts::{AVAILABLE, CREATING, Is, Member, Monitoring, Parameters, Password, Scaling};

/// An Aurora PostgreSQL cluster. Made with [`rds_cluster`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RdsCluster {
    name: String,
    engine_version: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    vpc: Option<Ref<Vpc>>,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    subnet_group: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    security_groups: BTreeMap<String, Is>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    database_name: Option<String>,
    master_username: String,
    master_password: Password,
    port: i64,
    encrypted: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    kms_alias: Option<String>,
    storage_type: String,
    backup_retention_days: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    backup_window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    maintenance_window: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    log_exports: BTreeMap<String, Is>,
    deletion_protection: bool,
    copy_tags_to_snapshot: bool,
    iam_authentication: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    auto_minor_version_upgrade: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    data_api: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    network_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    extended_support: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    scaling: Option<Scaling>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    database_insights: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    performance_insights_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    parameter_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    parameters: Option<Parameters>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    instance_parameter_groups: BTreeMap<String, Parameters>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    instances: BTreeMap<String, Member>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
    status: String,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    allow_modify: bool,
    /// What was said of all instances, those to come too.
    #[serde(skip)]
    every: Member,
}

/// An Aurora PostgreSQL cluster of this identifier: 1-63 letters, digits and hyphens, in lower case. It needs an
/// [`RdsCluster::engine_version`], a VPC ([`RdsCluster::in_vpc`]) and instances. Its storage is encrypted; Secrets Manager
/// keeps its master password; it is protected from deletion.
///
/// ```
/// use supertokens_region::{Region, default_vpc, rds_cluster};
/// let mut region = Region::new("ap-south-1");
/// let vpc = region.add(default_vpc());
/// let cluster = rds_cluster("prod").engine_version("16.4").in_vpc(vpc).instance("prod-1", "db.r6g.large");
/// region.add(cluster.tag_instances("VantaContainsUserData", "true"));
/// ```
#[must_use]
pub fn rds_cluster(name: &str) -> RdsCluster {
    RdsCluster {
        name: name.to_lowercase(),
        engine_version: String::new(),
        vpc: None,
        subnet_group: String::new(),
        security_groups: BTreeMap::new(),
        database_name: None,
        master_username: "postgres".to_owned(),
        master_password: Password::Managed,
        port: 5432,
        encrypted: true,
        kms_alias: None,
        storage_type: "aurora".to_owned(),
        backup_retention_days: 7,
        backup_window: None,
        maintenance_window: None,
        log_exports: BTreeMap::new(),
        deletion_protection: true,
        copy_tags_to_snapshot: true,
        iam_authentication: false,
        auto_minor_version_upgrade: None,
        data_api: None,
        network_type: None,
        extended_support: None,
        scaling: None,
        database_insights: None,
        performance_insights_days: None,
        parameter_group: None,
        parameters: None,
        instance_parameter_groups: BTreeMap::new(),
        instances: BTreeMap::new(),
        tags: Tags::new(),
        status: AVAILABLE.to_owned(),
        allow_modify: false,
        every: Member { status: AVAILABLE.to_owned(), ..Member::default() },
    }
}

impl Kind for RdsCluster {
    const WORD: &'static str = "rds_cluster";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        self.vpc.iter().map(Ref::address).collect()
    }

    fn after(&self) -> Vec<Address> {
        self.security_groups.keys().map(|group| Address::new(SecurityGroup::WORD, group)).collect()
    }

    /// Its parameter groups, of which AWS wants to hear long before, are made meanwhile.
    fn awaits(&self) -> Vec<Address> {
        self.after()
    }

    fn check(&self) -> Vec<Invalid> {
        check::check(self)
    }

    fn log_groups(&self) -> Vec<String> {
        let exported = self.log_exports.keys().filter(|log| *log != "instance");
        let mut groups: Vec<_> =
            exported.map(|log| format!("/aws/rds/cluster/{}/{log}", self.name)).collect();
        if self.instances.values().any(|it| it.monitoring.as_ref().is_some_and(|it| it.interval_secs > 0)) {
            // One for all databases of the region.
            groups.push("RDSOSMetrics".to_owned());
        }
        groups
    }

    fn remarks(&self, live: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        check::remarks(self, live.is_some(), graph)
    }

    async fn preflight(missing: &[Self], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
        preflight::preflight(missing, cx).await
    }

    async fn ahead(aws: &Aws, region: &str) {
        there::ahead(aws, region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        match there::There::read(wanted, cx).await {
            Ok(there) => wanted.iter().map(|cluster| there.settled(cluster, cx)).collect(),
            Err(error) => all_failed(wanted, &error),
        }
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let there = match live {
            Some(live) => live.is.clone(),
            None => self.make(cx).await?,
        };
        cx.reached(&self.after(), Stage::Done).await?;
        if there.status == CREATING {
            self.cluster_available(cx).await?;
        }
        self.sync_groups(&there, cx).await?;
        self.modify(&there, cx).await?;
        self.sync_instances(&there, cx).await?;
        let arn = self.arn(cx);
        there::tag(&arn, &tags::missing(&self.tags, &there.tags), cx).await?;
        Ok(arn)
    }
}

impl Listed for RdsCluster {
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        carried::all(cx).await
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        let all = cx.aws.list::<there::Clusters>(cx.region).await?;
        let ours = all.0.iter().filter(|(_, cluster)| cluster.engine() == Some(engine::ENGINE));
        Ok(ours.map(|(name, _)| rds_cluster(name)).collect())
    }
}

impl RdsCluster {
    fn arn(&self, cx: &Cx<'_>) -> String {
        cx.arn("rds", cx.region, &format!("cluster:{}", self.name))
    }

    /// Whether it is only referred to, so that nothing of it is wanted.
    fn is_only_named(&self) -> bool {
        self.engine_version.is_empty()
    }

    /// The subnet group's name: the cluster's, unless it is given one.
    fn subnet_group_name(&self) -> String {
        if self.subnet_group.is_empty() { self.name.clone() } else { self.subnet_group.clone() }
    }
}

//! What AWS would refuse of clusters that are to be made, asked before anything changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_rds::types::{AccountQuota, DbInstance, OrderableDbInstanceOption};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::engine::{self, ENGINE, Offered, Versions};
use super::network::{ZONES, zones};
use super::parameters::Of;
use super::there::{Clusters, Instances, Set, SubnetGroups};
use super::{Kind, RdsCluster, SecurityGroup, there};
use crate::address::Address;
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;
use crate::kinds::carried::IN_FLIGHT;
use crate::tags;

/// What is asked once for all clusters.
struct Known {
    offered: Arc<Versions>,
    /// The zones in which a class of a version can be had.
    classes: BTreeMap<(String, String), BTreeSet<String>>,
    subnet_groups: Arc<SubnetGroups>,
    clusters: Arc<Clusters>,
    instances: Arc<Instances>,
    /// What is set in the parameter groups that are there.
    groups: Set,
    /// What is wrong with a role.
    roles: BTreeMap<String, Option<String>>,
}

/// One list of findings a cluster, in order.
pub(super) async fn preflight(missing: &[RdsCluster], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
    if missing.is_empty() {
        return Ok(vec![]);
    }
    let (aws, region) = (cx.aws, cx.region);
    let offered = async {
        let offered = aws.list::<Versions>(region).await?;
        let classes = classes(missing, &offered.0, cx).await?;
        Ok((offered, classes))
    };
    let groups =
        missing.iter().flat_map(RdsCluster::groups).map(|(of, name, _)| (of, name.clone())).collect();
    let ((offered, classes), subnet_groups, clusters, instances, groups, roles, quotas) = tokio::try_join!(
        offered,
        aws.list::<SubnetGroups>(region),
        aws.list::<Clusters>(region),
        aws.list::<Instances>(region),
        there::parameters(groups, aws, region),
        roles(missing, cx),
        quotas(cx),
    )?;
    let known = Known { offered, classes, subnet_groups, clusters, instances, groups, roles };
    let mut all = vec![];
    for cluster in missing {
        all.push(known.judge(cluster, cx).await?);
    }
    // Quotas are of all together: told with the first.
    if let Some(first) = all.first_mut() {
        first.extend(passed(&quotas, missing, &known.subnet_groups.0));
    }
    Ok(all)
}

impl Known {
    async fn judge(&self, it: &RdsCluster, cx: &Cx<'_>) -> Result<Vec<Finding>, Error> {
        let mut findings = vec![];
        let subnets = it.subnets(cx).await?;
        let here = zones(&subnets);
        if here.len() < ZONES {
            let text = format!(
                "the VPC `{}` has subnets in {} zone, where RDS wants {ZONES}",
                it.vpc_name(),
                here.len()
            );
            findings.push(
                Finding::error("too-few-zones", text).hint("make subnets in more zones, or name another VPC"),
            );
        }
        let chosen = engine::choose(&it.engine_version, &self.offered.0);
        match chosen {
            None => {
                let finding = Finding::error("version-not-offered", it.no_version(cx));
                findings.push(finding.hint(engine::other_version(&self.offered.0)));
            }
            Some(chosen) => {
                if chosen.version != it.engine_version {
                    let text = format!(
                        "{} doesn't offer {ENGINE} {}: it will be {}",
                        cx.region, it.engine_version, chosen.version
                    );
                    findings.push(Finding::warning("other-version", text));
                }
                findings.extend(self.members(it, chosen, &here, cx));
            }
        }
        let wanted_vpc = it.vpc_id(cx)?;
        if let Some(vpc) = self.subnet_groups.0.get(&it.subnet_group_name()).filter(|vpc| **vpc != wanted_vpc)
        {
            let text = format!("the subnet group `{}` is of another VPC, {vpc}", it.subnet_group_name());
            findings.push(Finding::error("name-taken", text).hint("name another with `.subnet_group(..)`"));
        }
        // Groups of the same region are made before.
        let wanted = |name: &String| cx.is_wanted(&Address::new(SecurityGroup::WORD, name));
        let (_, unknown) = it.group_ids(cx).await?;
        for name in unknown.iter().filter(|name| !wanted(name)) {
            let text = format!("the VPC has no security group `{name}`, and this region adds none");
            findings.push(Finding::error("no-such-group", text).hint("add it, or make it"));
        }
        if let Some(error) = it.password_problem().await {
            let hint = error.hint();
            let finding = Finding::error("bad-password", error.to_string());
            findings.push(match hint {
                Some(hint) => finding.hint(hint),
                None => finding,
            });
        }
        for (of, name, values) in it.groups() {
            let Some(Some(live)) = self.groups.get(&(of, name.clone())) else { continue };
            let user = self.user(of, name);
            let what = if of == Of::Cluster { "cluster parameter group" } else { "parameter group" };
            let differs = values.iter().any(|(key, value)| live.get(key).is_some_and(|it| it != value));
            if let Some(user) = user.filter(|_| !tags::missing(&values, live).is_empty()) {
                let text = format!("the {what} `{name}` has other values, and `{user}` uses it");
                findings.push(
                    Finding::error("group-in-use", text).hint("name another with `.parameter_group(..)`"),
                );
            } else if differs {
                let text = format!("the {what} `{name}` is there with other values, which will be changed");
                findings.push(
                    Finding::warning("changes-group", text).hint("name another, if it is meant for others"),
                );
            }
        }
        Ok(findings)
    }

    /// Who uses a parameter group.
    fn user(&self, of: Of, group: &str) -> Option<&String> {
        let used = |it: &DbInstance| there::parameter_group(it) == Some(group);
        match of {
            Of::Cluster => {
                let mut all = self.clusters.0.iter();
                all.find(|(_, it)| it.db_cluster_parameter_group() == Some(group)).map(|(name, _)| name)
            }
            Of::Instances => self.instances.0.iter().find(|(_, it)| used(it)).map(|(name, _)| name),
        }
    }

    /// What is wrong with its instances.
    fn members(
        &self,
        it: &RdsCluster,
        chosen: &Offered,
        here: &BTreeSet<&String>,
        cx: &Cx<'_>,
    ) -> Vec<Finding> {
        let mut findings = vec![];
        let classes: BTreeSet<&String> = it.instances.values().map(|member| &member.class).collect();
        for class in classes {
            let offered = self.classes.get(&(chosen.version.clone(), class.clone()));
            if !offered.is_some_and(|zones| zones.iter().any(|zone| here.contains(zone))) {
                let text = format!("{} offers no `{class}` for {ENGINE} {}", cx.region, chosen.version);
                findings.push(
                    Finding::error("class-not-offered", text)
                        .hint("`.instance_class(..)`; see `aws rds describe-orderable-db-instance-options`"),
                );
            }
        }
        for (name, member) in &it.instances {
            if let Some(live) = self.instances.0.get(name)
                && live.db_cluster_identifier() != Some(it.name.as_str())
            {
                let text = format!("there is an instance `{name}` that is not of this cluster");
                findings
                    .push(Finding::error("name-taken", text).hint("give the wanted instance another name"));
            }
            if let Some(wanted) = &member.ca_certificate
                && !chosen.certificates.is_empty()
                && !chosen.certificates.contains(wanted)
            {
                let text = format!("{} has no certificates of `{wanted}`", cx.region);
                let hint = format!("`.ca_certificate(..)`: one of {}", chosen.certificates.join(", "));
                findings.push(Finding::error("certificate-not-offered", text).hint(hint));
            }
        }
        let roles: BTreeSet<&String> = it
            .instances
            .values()
            .filter_map(|member| member.monitoring.as_ref())
            .map(|it| &it.role)
            .collect();
        for why in roles.into_iter().filter_map(|role| self.roles.get(role)?.as_ref()) {
            let hint = "make the role, or choose another with `.monitoring(..)`";
            findings.push(Finding::error("role-not-usable", why).hint(hint));
        }
        findings
    }
}

/// The zones of each class of each version that is wanted.
async fn classes(
    missing: &[RdsCluster],
    offered: &[Offered],
    cx: &Cx<'_>,
) -> Result<BTreeMap<(String, String), BTreeSet<String>>, Error> {
    let pairs = missing.iter().filter_map(|it| Some((it, engine::choose(&it.engine_version, offered)?)));
    let pairs: BTreeSet<(String, String)> = pairs
        .flat_map(|(it, chosen)| it.instances.values().map(|it| (chosen.version.clone(), it.class.clone())))
        .collect();
    let ask = async |(version, class): (String, String)| {
        let ask = cx.aws.rds(cx.region).describe_orderable_db_instance_options().engine(ENGINE);
        let ask = ask.engine_version(&version).db_instance_class(&class).vpc(true).max_records(100);
        let mut pages = ask.into_paginator().send();
        let mut zones = BTreeSet::new();
        while let Some(page) = pages.try_next().await? {
            let options: Vec<OrderableDbInstanceOption> =
                page.orderable_db_instance_options.unwrap_or_default();
            let found = options.into_iter().flat_map(|it| it.availability_zones.unwrap_or_default());
            zones.extend(found.filter_map(|zone| zone.name));
        }
        Ok::<_, Error>(((version, class), zones))
    };
    stream::iter(pairs).map(ask).buffer_unordered(IN_FLIGHT).try_collect().await
}

/// The roles of enhanced monitoring, and what is wrong with each.
async fn roles(missing: &[RdsCluster], cx: &Cx<'_>) -> Result<BTreeMap<String, Option<String>>, Error> {
    let members = missing.iter().flat_map(|it| it.instances.values());
    let names: BTreeSet<String> = members
        .filter_map(|member| member.monitoring.as_ref())
        .filter(|monitoring| monitoring.interval_secs > 0)
        .map(|monitoring| monitoring.role.clone())
        .collect();
    let ask = async |role: String| {
        let name = role.rsplit('/').next().unwrap_or_default();
        let found = cx.aws.iam(cx.region).get_role().role_name(name).send().await;
        let found = found.absent(&["NoSuchEntity", "NoSuchEntityException"])?.and_then(|answer| answer.role);
        let wrong = match found {
            None => Some(format!("there is no role `{role}`")),
            Some(found) => {
                let trust = found.assume_role_policy_document.unwrap_or_default();
                let trusts = trust.contains("monitoring.rds.amazonaws.com");
                (!trusts).then(|| format!("the role `{role}` doesn't trust monitoring.rds.amazonaws.com"))
            }
        };
        Ok::<_, Error>((role, wrong))
    };
    stream::iter(names).map(ask).buffer_unordered(IN_FLIGHT).try_collect().await
}

async fn quotas(cx: &Cx<'_>) -> Result<Vec<AccountQuota>, Error> {
    let answer = cx.aws.rds(cx.region).describe_account_attributes().send().await?;
    Ok(answer.account_quotas.unwrap_or_default())
}

/// The quotas that all of them together would pass.
fn passed(
    quotas: &[AccountQuota],
    missing: &[RdsCluster],
    subnet_groups: &BTreeMap<String, String>,
) -> Vec<Finding> {
    let of = |of: Of| {
        let names = missing.iter().flat_map(RdsCluster::groups).filter(|group| group.0 == of);
        names.map(|(_, name, _)| name.clone()).collect::<BTreeSet<_>>().len()
    };
    let subnets: BTreeSet<String> = missing.iter().map(RdsCluster::subnet_group_name).collect();
    let new = [
        ("DBClusters", missing.len()),
        ("DBInstances", missing.iter().map(|it| it.instances.len()).sum()),
        ("DBClusterParameterGroups", of(Of::Cluster)),
        ("DBParameterGroups", of(Of::Instances)),
        ("DBSubnetGroups", subnets.iter().filter(|name| !subnet_groups.contains_key(*name)).count()),
    ];
    let mut findings = vec![];
    for quota in quotas {
        let (used, most) = (quota.used().unwrap_or_default(), quota.max().unwrap_or(i64::MAX));
        let wanted = new.iter().find(|(name, _)| quota.account_quota_name() == Some(name));
        if let Some((name, count)) = wanted
            && used.saturating_add(i64::try_from(*count).unwrap_or(i64::MAX)) > most
        {
            let text = format!("{count} more of `{name}` are wanted, {used} of {most} are used");
            findings
                .push(Finding::error("quota", text).hint("ask AWS for more in Service Quotas, or want less"));
        }
    }
    findings
}

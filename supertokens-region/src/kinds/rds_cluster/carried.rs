//! The clusters of a region as they are to be made in another one: without what belongs to that region alone.

use aws_sdk_rds::types::{ActivityStreamStatus, ClusterScalabilityType, DbCluster};

use super::RdsCluster;
use super::engine::ENGINE;
use super::parts::{AVAILABLE, Password};
use super::there::There;
use super::told::has_failed;
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;
use crate::wanted::{Found, Wanted};

pub(super) async fn all(cx: &Cx<'_>) -> Result<Found<RdsCluster>, Error> {
    let there = There::all(cx).await?;
    let mut found = Found::default();
    for (name, cluster) in &there.clusters {
        match left_out(cluster) {
            Some((why, hint)) => {
                let text = format!("the cluster `{name}` of {} is not copied: {why}", cx.region);
                found.findings.push(Finding::warning("not-copied", text).hint(hint));
            }
            None => found.all.push(one(&there, cluster, cx)),
        }
    }
    Ok(found)
}

/// Why a cluster can't be had in another region, and what to do instead.
fn left_out(it: &DbCluster) -> Option<(String, &'static str)> {
    let because = |why: &str, hint| Some((why.to_owned(), hint));
    if let Some(global) = it.global_cluster_identifier().filter(|global| !global.is_empty()) {
        let why = format!("it is part of the global cluster `{global}`");
        return Some((why, "add a region to the global cluster, or make one by hand"));
    }
    if it.replication_source_identifier().is_some_and(|source| !source.is_empty()) {
        return because("it is a replica of another cluster", "make one by hand");
    }
    if it.engine() != Some(ENGINE) {
        return because("it is a Multi-AZ cluster, not one of Aurora", "make one by hand");
    }
    if it.engine_mode().is_some_and(|mode| mode != "provisioned" && !mode.is_empty()) {
        return because(
            "it is of a mode that AWS makes no more (Serverless v1 and such)",
            "make one by hand",
        );
    }
    if it.cluster_scalability_type() == Some(&ClusterScalabilityType::Limitless) {
        return because("it is a Limitless Database", "make one by hand");
    }
    let status = it.status().unwrap_or_default();
    if has_failed(status) && status != "stopped" {
        return Some((format!("it is `{status}`"), "look at its events in RDS"));
    }
    None
}

fn one(there: &There, it: &DbCluster, cx: &Cx<'_>) -> Wanted<RdsCluster> {
    let mut told = there.told(it, None, cx);
    let name = told.name.clone();
    let writer = it.db_cluster_members().iter().find(|member| member.is_cluster_writer() == Some(true));
    let first = told.instances.iter().min_by_key(|(name, it)| (it.promotion_tier.unwrap_or(1), *name));
    let writer = writer.and_then(|it| it.db_instance_identifier());
    let layout = first.zip(writer).filter(|((first, _), writer)| first.as_str() != *writer);
    let mut findings = vec![];
    if let Some(((first, _), writer)) = layout {
        let text = format!(
            "`{writer}` writes in {}, by its failovers; in the copy that of `{first}` does",
            cx.region
        );
        findings.push(Finding::info("mapped", text));
    }
    told.vpc = None;
    if ["default", name.as_str()].contains(&told.subnet_group.as_str())
        || told.subnet_group.starts_with("default-vpc-")
    {
        told.subnet_group = String::new();
    }
    let subnets =
        "it stands in all zones of the VPC that it is given: subnets and zones stay in their region";
    findings.push(Finding::info("mapped", subnets));
    if told.encrypted {
        let text = "it is encrypted with AWS's own key for RDS: keys stay in their region";
        findings.push(
            Finding::info("mapped", text).hint("where it is to be another one: `.kms_alias(\"alias/NAME\")`"),
        );
    } else {
        told.encrypted = true;
        let text = format!("in {} it is not encrypted; the copy is", cx.region);
        findings.push(Finding::warning("stricter", text));
    }
    told.master_password = Password::Managed;
    findings
        .push(Finding::info("mapped", "its master user gets another password: secrets stay in their region"));
    if told.backup_window.is_some() || told.maintenance_window.is_some() {
        let windows = [told.backup_window.clone(), told.maintenance_window.clone()];
        let windows: Vec<String> = windows.into_iter().flatten().collect();
        let text = format!("its windows stay what they are in UTC: {}", windows.join(", "));
        findings
            .push(Finding::info("utc-window", text).hint("see whether it is night in the new region then"));
    }
    findings.extend(left_behind(it, cx));
    told.status = AVAILABLE.to_owned();
    told.allow_modify = false;
    // AWS tells defaults that need not be said, and that say nothing of a new cluster.
    told.network_type = told.network_type.filter(|kind| kind != "IPV4");
    told.data_api = told.data_api.filter(|on| *on);
    told.database_insights = told.database_insights.filter(|mode| mode != "standard");
    told.extended_support = told.extended_support.filter(|on| !*on);
    if told.parameter_group.is_none() {
        told.parameters = None;
    }
    let of_cluster = told.performance_insights_days.is_some();
    for member in told.instances.values_mut() {
        member.status = AVAILABLE.to_owned();
        member.tags.retain(|key, _| !key.starts_with("aws:"));
        member.monitoring = member.monitoring.take().filter(|monitoring| monitoring.interval_secs > 0);
        // What is said of the cluster holds for its instances.
        member.performance_insights_days = member.performance_insights_days.filter(|_| !of_cluster);
    }
    told.tags.retain(|key, _| !key.starts_with("aws:"));
    findings.extend(names_region(&told, cx));
    let mut wanted = Wanted::copied(told, &format!("reference {}", cx.region));
    wanted.findings = findings;
    wanted
}

/// What belongs to the region and has no like in another one.
fn left_behind(it: &DbCluster, cx: &Cx<'_>) -> Vec<Finding> {
    let mut findings = vec![];
    let mut left = |what: String, hint: &str| {
        let text = format!("{what} of it in {} is not carried over", cx.region);
        findings.push(Finding::warning("not-carried-over", text).hint(hint));
    };
    for role in it.associated_roles() {
        let feature = role.feature_name().unwrap_or_default();
        let name = role.role_arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
        left(
            format!("the role `{name}` for `{feature}`"),
            "see which buckets and functions it names; add it by hand, if it is needed",
        );
    }
    for endpoint in it.custom_endpoints() {
        let name = endpoint.split('.').next().unwrap_or_default();
        left(format!("the custom endpoint `{name}`"), "make one by hand");
    }
    if it.activity_stream_status().is_some_and(|status| *status != ActivityStreamStatus::Stopped) {
        left("the activity stream".to_owned(), "start one by hand");
    }
    if !it.domain_memberships().is_empty() {
        left("the membership in a directory".to_owned(), "join one by hand");
    }
    if it.local_write_forwarding_status().is_some_and(|status| status.as_str() == "enabled") {
        left("write forwarding".to_owned(), "turn it on by hand");
    }
    findings
}

/// Texts that still name the reference, but for names, which the caller changes.
fn names_region(it: &RdsCluster, cx: &Cx<'_>) -> Vec<Finding> {
    let tags =
        |path: String| move |(key, value): (&String, &String)| (format!("{path}.{key}"), value.clone());
    let mut all: Vec<(String, String)> = vec![];
    all.extend(it.database_name.iter().map(|text| ("database_name".to_owned(), text.clone())));
    all.extend(it.tags.iter().map(tags("tags".to_owned())));
    for (name, member) in &it.instances {
        all.extend(member.tags.iter().map(tags(format!("instances.{name}.tags"))));
    }
    all.extend(it.parameters.iter().flatten().map(tags("parameters".to_owned())));
    for (group, values) in &it.instance_parameter_groups {
        all.extend(values.iter().map(tags(format!("instance_parameter_groups.{group}"))));
    }
    let under = cx.region.replace('-', "_");
    let suspect = |text: &str| {
        let text = text.to_lowercase();
        text.contains(cx.region) || text.contains(&under)
    };
    let suspects = all.iter().filter(|(_, text)| suspect(text));
    suspects
        .map(|(path, text)| {
            let text = format!("`{path}` names {}: `{text}`", cx.region);
            Finding::warning("names-region", text).hint("see whether it is right in the new region")
        })
        .collect()
}

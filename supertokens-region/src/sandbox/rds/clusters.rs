//! Clusters, read.

use aws_sdk_rds::operation::describe_db_clusters::{DescribeDbClustersInput, DescribeDbClustersOutput};
use aws_sdk_rds::types::{
    DatabaseInsightsMode, DbCluster, DbClusterMember, DbClusterRole, Filter, MasterUserSecret,
    ServerlessV2ScalingConfigurationInfo, VpcSecurityGroupMembership,
};
use aws_smithy_types::DateTime;

use super::{
    Cluster, Instance, RdsRegion, arn, bare_name, becoming, check_filters, marker_page, not_found, passes,
    tags,
};
use crate::sandbox::call::{Call, Fault, id, in_region};

pub(super) fn describe_db_clusters(
    call: &mut Call<'_>,
    input: &DescribeDbClustersInput,
) -> Result<DescribeDbClustersOutput, Fault> {
    check_filters(
        input.filters(),
        &["clone-group-id", "db-cluster-id", "db-cluster-resource-id", "domain", "engine"],
    )?;
    becoming::look_at_clusters(call);
    let here = in_region(&call.world.rds.regions, &call.region);
    let wanted = input.db_cluster_identifier().filter(|wanted| !wanted.is_empty());
    let found: Vec<(&String, &Cluster)> = here
        .clusters
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| is_named(call, wanted, "cluster", name)))
        .filter(|(name, cluster)| fits(call, input.filters(), name, cluster))
        .collect();
    if let (Some(wanted), true) = (wanted, found.is_empty()) {
        return Err(not_found("DBClusterNotFoundFault", format!("DBCluster {wanted} not found.")));
    }
    let (clusters, marker) = marker_page(found, wanted.is_some(), input.marker(), input.max_records())?;
    let clusters = clusters.into_iter().map(|(name, cluster)| told(call, &here, name, cluster)).collect();
    Ok(DescribeDbClustersOutput::builder().set_db_clusters(Some(clusters)).set_marker(marker).build())
}

/// Whether a caller who gives `wanted`, an identifier in any case or an ARN, means this thing of this region.
pub(super) fn is_named(call: &Call<'_>, wanted: &str, kind: &str, name: &str) -> bool {
    match wanted.starts_with("arn:") {
        true => wanted == arn(call, kind, name),
        false => bare_name(wanted) == name,
    }
}

fn fits(call: &Call<'_>, filters: &[Filter], name: &str, cluster: &Cluster) -> bool {
    passes(filters, |filter, value| match filter {
        "db-cluster-id" => is_named(call, value, "cluster", name),
        "db-cluster-resource-id" => cluster.resource_id == value,
        "engine" => cluster.engine == value,
        // No cluster of this world is a clone or in a directory.
        _ => false,
    })
}

/// The instances of a cluster, each with whether it is the writer.
pub(super) fn members<'r>(
    here: &'r RdsRegion,
    name: &str,
    cluster: &Cluster,
) -> Vec<(&'r String, &'r Instance, bool)> {
    let mut members: Vec<(&String, &Instance, bool)> = here
        .instances
        .iter()
        .filter(|(_, instance)| instance.cluster.as_deref() == Some(name))
        .map(|(member, instance)| (member, instance, cluster.writer.as_deref() == Some(member.as_str())))
        .collect();
    if !members.iter().any(|(_, _, writer)| *writer)
        && let Some(first) = members.first_mut()
    {
        first.2 = true;
    }
    members
}

/// The host name of an instance, or of a cluster (`cluster-`, `cluster-ro-`): the middle is one an account and region.
pub(super) fn host(call: &Call<'_>, name: &str, kind: &str) -> String {
    let middle = id(&call.region, "c", &call.account());
    format!("{name}.{kind}{}.{}.rds.amazonaws.com", &middle[..12], call.region)
}

/// The hosted zone that the host names of a region are in.
pub(super) fn host_zone(call: &Call<'_>) -> String {
    id(&call.region, "Z", "rds").to_uppercase()
}

pub(super) fn security_groups(ids: &[String]) -> Vec<VpcSecurityGroupMembership> {
    let membership =
        |id| VpcSecurityGroupMembership::builder().vpc_security_group_id(id).status("active").build();
    ids.iter().map(membership).collect()
}

/// How AWS tells whether parameters are in force.
pub(super) fn sync(pending: bool) -> &'static str {
    if pending { "pending-reboot" } else { "in-sync" }
}

/// A cluster as AWS tells it.
pub(super) fn told(call: &Call<'_>, here: &RdsRegion, name: &str, cluster: &Cluster) -> DbCluster {
    let members = members(here, name, cluster);
    let mut zones: Vec<&str> =
        members.iter().map(|(_, instance, _)| instance.availability_zone.as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    let members = members.into_iter().map(|(member, instance, writer)| {
        DbClusterMember::builder()
            .db_instance_identifier(member)
            .is_cluster_writer(writer)
            .db_cluster_parameter_group_status(sync(instance.cluster_parameters_pending))
            .promotion_tier(instance.promotion_tier)
            .build()
    });
    let roles = cluster.associated_roles.iter().map(|role| {
        DbClusterRole::builder().role_arn(&role.role_arn).feature_name(&role.feature).status("ACTIVE").build()
    });
    let secret = cluster.master_secret.as_ref().map(|secret| {
        MasterUserSecret::builder()
            .secret_arn(&secret.arn)
            .secret_status(&secret.status)
            .kms_key_id(&secret.kms_key_id)
            .build()
    });
    let scaling = cluster.serverless_scaling.as_ref().map(|scaling| {
        ServerlessV2ScalingConfigurationInfo::builder()
            .min_capacity(scaling.min_capacity)
            .max_capacity(scaling.max_capacity)
            .set_seconds_until_auto_pause(scaling.seconds_until_auto_pause)
            .build()
    });
    DbCluster::builder()
        .allocated_storage(1)
        .set_availability_zones(Some(cluster.availability_zones.clone()))
        .backup_retention_period(cluster.backup_retention_period)
        .set_database_name(cluster.database_name.clone())
        .db_cluster_identifier(name)
        .db_cluster_parameter_group(&cluster.parameter_group)
        .db_subnet_group(&cluster.subnet_group)
        .status(&cluster.status)
        .endpoint(host(call, name, "cluster-"))
        .reader_endpoint(host(call, name, "cluster-ro-"))
        .multi_az(zones.len() > 1)
        .engine(&cluster.engine)
        .engine_version(&cluster.engine_version)
        .engine_mode(&cluster.engine_mode)
        .port(cluster.port)
        .master_username(&cluster.master_username)
        .set_master_user_secret(secret)
        .preferred_backup_window(&cluster.preferred_backup_window)
        .preferred_maintenance_window(&cluster.preferred_maintenance_window)
        .set_db_cluster_members(Some(members.collect()))
        .set_vpc_security_groups(Some(security_groups(&cluster.security_groups)))
        .hosted_zone_id(host_zone(call))
        .storage_encrypted(cluster.storage_encrypted)
        .set_kms_key_id(cluster.kms_key_id.clone())
        // AWS leaves out the standard type.
        .set_storage_type(Some(cluster.storage_type.clone()).filter(|kind| kind != "aurora"))
        .db_cluster_resource_id(&cluster.resource_id)
        .db_cluster_arn(arn(call, "cluster", name))
        .set_associated_roles(Some(roles.collect()))
        .iam_database_authentication_enabled(cluster.iam_database_authentication)
        .cluster_create_time(DateTime::from_secs(cluster.created_at))
        .set_enabled_cloudwatch_logs_exports(
            Some(cluster.log_exports.clone()).filter(|logs| !logs.is_empty()),
        )
        .deletion_protection(cluster.deletion_protection)
        .http_endpoint_enabled(cluster.http_endpoint_enabled)
        .copy_tags_to_snapshot(cluster.copy_tags_to_snapshot)
        .cross_account_clone(false)
        .auto_minor_version_upgrade(cluster.auto_minor_version_upgrade)
        .set_tag_list(Some(tags::told(&cluster.tags)))
        .set_global_cluster_identifier(cluster.global_cluster.clone())
        .network_type(&cluster.network_type)
        .set_serverless_v2_scaling_configuration(scaling)
        .set_monitoring_interval(cluster.monitoring_interval)
        .set_monitoring_role_arn(cluster.monitoring_role_arn.clone())
        .set_database_insights_mode(cluster.database_insights_mode.as_deref().map(DatabaseInsightsMode::from))
        .set_performance_insights_enabled(cluster.performance_insights_enabled)
        .set_performance_insights_kms_key_id(cluster.performance_insights_kms_key_id.clone())
        .set_performance_insights_retention_period(cluster.performance_insights_retention_period)
        .engine_lifecycle_support(&cluster.engine_lifecycle_support)
        .build()
}

//! Instances, read.

use aws_sdk_rds::operation::describe_db_instances::{DescribeDbInstancesInput, DescribeDbInstancesOutput};
use aws_sdk_rds::types::{
    CertificateDetails, DatabaseInsightsMode, DbInstance, DbParameterGroupStatus, Endpoint, Filter,
    PendingModifiedValues,
};
use aws_smithy_types::DateTime;

use super::clusters::{host, host_zone, is_named, security_groups, sync};
use super::{
    Alone, Cluster, Instance, RdsRegion, arn, becoming, check_filters, groups, marker_page, not_found,
    passes, tags,
};
use crate::sandbox::call::{Call, Fault, in_region};

pub(super) fn describe_db_instances(
    call: &mut Call<'_>,
    input: &DescribeDbInstancesInput,
) -> Result<DescribeDbInstancesOutput, Fault> {
    check_filters(
        input.filters(),
        &["db-cluster-id", "db-instance-id", "dbi-resource-id", "domain", "engine"],
    )?;
    becoming::look_at_instances(call);
    let here = in_region(&call.world.rds.regions, &call.region);
    let wanted = input.db_instance_identifier().filter(|wanted| !wanted.is_empty());
    let found: Vec<(&String, &Instance)> = here
        .instances
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| is_named(call, wanted, "db", name)))
        .filter(|(name, instance)| fits(call, input.filters(), name, instance))
        .collect();
    if let (Some(wanted), true) = (wanted, found.is_empty()) {
        return Err(not_found("DBInstanceNotFound", format!("DBInstance {wanted} not found.")));
    }
    let (instances, marker) = marker_page(found, wanted.is_some(), input.marker(), input.max_records())?;
    let instances = instances.into_iter().map(|(name, instance)| told(call, &here, name, instance)).collect();
    Ok(DescribeDbInstancesOutput::builder().set_db_instances(Some(instances)).set_marker(marker).build())
}

fn fits(call: &Call<'_>, filters: &[Filter], name: &str, instance: &Instance) -> bool {
    passes(filters, |filter, value| match filter {
        "db-cluster-id" => {
            instance.cluster.as_deref().is_some_and(|cluster| is_named(call, value, "cluster", cluster))
        }
        "db-instance-id" => is_named(call, value, "db", name),
        "dbi-resource-id" => instance.resource_id == value,
        "engine" => instance.engine == value,
        // No instance of this world is in a directory.
        _ => false,
    })
}

/// What an instance has from its cluster.
fn from_cluster(cluster: &Cluster) -> Alone {
    Alone {
        allocated_storage: 1,
        storage_type: cluster.storage_type.clone(),
        storage_encrypted: cluster.storage_encrypted,
        multi_az: false,
        database_name: cluster.database_name.clone(),
        master_username: cluster.master_username.clone(),
        port: cluster.port,
        backup_retention_period: cluster.backup_retention_period,
        preferred_backup_window: cluster.preferred_backup_window.clone(),
        subnet_group: cluster.subnet_group.clone(),
        security_groups: cluster.security_groups.clone(),
    }
}

/// An instance as AWS tells it.
pub(super) fn told(call: &Call<'_>, here: &RdsRegion, name: &str, instance: &Instance) -> DbInstance {
    let cluster = instance.cluster.as_ref().and_then(|cluster| here.clusters.get(cluster));
    let rest = cluster.map(from_cluster).or_else(|| instance.alone.clone()).unwrap_or_default();
    let endpoint = Endpoint::builder()
        .address(host(call, name, ""))
        .port(rest.port)
        .hosted_zone_id(host_zone(call))
        .build();
    let parameter_group = DbParameterGroupStatus::builder()
        .db_parameter_group_name(&instance.parameter_group)
        .parameter_apply_status(sync(instance.parameters_pending))
        .build();
    let subnet_group = here
        .subnet_groups
        .get(&rest.subnet_group)
        .map(|group| groups::told_subnet_group(call, &rest.subnet_group, group));
    let engine_version = cluster.map_or(&instance.engine_version, |cluster| &cluster.engine_version);
    let log_exports = cluster.map(|cluster| cluster.log_exports.clone()).filter(|logs| !logs.is_empty());
    DbInstance::builder()
        .db_instance_identifier(name)
        .db_instance_class(&instance.class)
        .engine(&instance.engine)
        .engine_version(engine_version)
        .db_instance_status(&instance.status)
        .master_username(&rest.master_username)
        .set_db_name(rest.database_name)
        // There is no address before the instance is there.
        .set_endpoint(Some(endpoint).filter(|_| instance.status != "creating"))
        .allocated_storage(rest.allocated_storage)
        .instance_create_time(DateTime::from_secs(instance.created_at))
        .preferred_backup_window(rest.preferred_backup_window)
        .backup_retention_period(rest.backup_retention_period)
        .set_vpc_security_groups(Some(security_groups(&rest.security_groups)))
        .db_parameter_groups(parameter_group)
        .availability_zone(&instance.availability_zone)
        .set_db_subnet_group(subnet_group)
        .preferred_maintenance_window(&instance.preferred_maintenance_window)
        .pending_modified_values(
            PendingModifiedValues::builder().set_db_instance_class(instance.pending_class.clone()).build(),
        )
        .multi_az(rest.multi_az)
        .auto_minor_version_upgrade(instance.auto_minor_version_upgrade)
        .publicly_accessible(instance.publicly_accessible)
        .storage_type(rest.storage_type)
        .db_instance_port(0)
        .set_db_cluster_identifier(instance.cluster.clone())
        .storage_encrypted(rest.storage_encrypted)
        .set_kms_key_id(cluster.and_then(|cluster| cluster.kms_key_id.clone()))
        .dbi_resource_id(&instance.resource_id)
        .ca_certificate_identifier(&instance.ca_certificate_identifier)
        .certificate_details(
            CertificateDetails::builder().ca_identifier(&instance.ca_certificate_identifier).build(),
        )
        .copy_tags_to_snapshot(instance.copy_tags_to_snapshot)
        .monitoring_interval(instance.monitoring_interval)
        .set_monitoring_role_arn(instance.monitoring_role_arn.clone())
        .promotion_tier(instance.promotion_tier)
        .db_instance_arn(arn(call, "db", name))
        .iam_database_authentication_enabled(
            cluster.is_some_and(|cluster| cluster.iam_database_authentication),
        )
        .set_database_insights_mode(
            cluster
                .and_then(|cluster| cluster.database_insights_mode.as_deref())
                .map(DatabaseInsightsMode::from),
        )
        .performance_insights_enabled(instance.performance_insights_enabled)
        .set_performance_insights_kms_key_id(instance.performance_insights_kms_key_id.clone())
        .set_performance_insights_retention_period(instance.performance_insights_retention_period)
        .set_enabled_cloudwatch_logs_exports(log_exports)
        .deletion_protection(instance.deletion_protection)
        .set_tag_list(Some(tags::told(&instance.tags)))
        .network_type(cluster.map_or("IPV4", |cluster| cluster.network_type.as_str()))
        .set_engine_lifecycle_support(cluster.map(|cluster| cluster.engine_lifecycle_support.clone()))
        .build()
}

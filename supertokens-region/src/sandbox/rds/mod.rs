//! RDS: Aurora clusters, instances, and the groups that they use.

mod becoming;
mod catalogue;
mod checks;
mod cluster_writes;
mod clusters;
mod group_writes;
mod groups;
mod instance_writes;
mod instances;
mod offered;
mod parameter_writes;
mod parameters;
mod quotas;
mod state;
mod tags;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_groups;
#[cfg(test)]
mod tests_writes;

use aws_sdk_rds::operation::add_tags_to_resource::AddTagsToResourceError;
use aws_sdk_rds::operation::describe_db_cluster_parameter_groups::DescribeDBClusterParameterGroupsError;
use aws_sdk_rds::operation::describe_db_cluster_parameters::DescribeDBClusterParametersError;
use aws_sdk_rds::operation::describe_db_clusters::DescribeDBClustersError;
use aws_sdk_rds::operation::describe_db_instances::DescribeDBInstancesError;
use aws_sdk_rds::operation::describe_db_parameter_groups::DescribeDBParameterGroupsError;
use aws_sdk_rds::operation::describe_db_parameters::DescribeDBParametersError;
use aws_sdk_rds::operation::describe_db_subnet_groups::DescribeDBSubnetGroupsError;
use aws_sdk_rds::operation::list_tags_for_resource::ListTagsForResourceError;
use aws_sdk_rds::types::Filter;
pub(in crate::sandbox) use becoming::published;
pub use state::*;

use super::door::Handlers;
use super::pages::whole;
use super::{Call, Fault, page};

pub(super) fn handlers(handlers: &mut Handlers) {
    cluster_writes::handlers(handlers);
    group_writes::handlers(handlers);
    instance_writes::handlers(handlers);
    offered::handlers(handlers);
    parameter_writes::handlers(handlers);
    quotas::handlers(handlers);
    handlers.on("rds:AddTagsToResource", tags::add_tags_to_resource, AddTagsToResourceError::generic);
    handlers.on("rds:DescribeDBClusters", clusters::describe_db_clusters, DescribeDBClustersError::generic);
    handlers.on(
        "rds:DescribeDBInstances",
        instances::describe_db_instances,
        DescribeDBInstancesError::generic,
    );
    handlers.on(
        "rds:DescribeDBClusterParameterGroups",
        groups::describe_db_cluster_parameter_groups,
        DescribeDBClusterParameterGroupsError::generic,
    );
    handlers.on(
        "rds:DescribeDBParameterGroups",
        groups::describe_db_parameter_groups,
        DescribeDBParameterGroupsError::generic,
    );
    handlers.on(
        "rds:DescribeDBSubnetGroups",
        groups::describe_db_subnet_groups,
        DescribeDBSubnetGroupsError::generic,
    );
    handlers.on(
        "rds:DescribeDBClusterParameters",
        parameters::describe_db_cluster_parameters,
        DescribeDBClusterParametersError::generic,
    );
    handlers.on(
        "rds:DescribeDBParameters",
        parameters::describe_db_parameters,
        DescribeDBParametersError::generic,
    );
    handlers.on("rds:ListTagsForResource", tags::list_tags_for_resource, ListTagsForResourceError::generic);
}

/// The ARN of a thing of this region; `kind` is AWS's word for it, such as `cluster` or `subgrp`.
fn arn(call: &Call<'_>, kind: &str, name: &str) -> String {
    format!("arn:aws:rds:{}:{}:{kind}:{name}", call.region, call.account())
}

/// The name in a name or an ARN, as RDS keeps it: in lower case.
fn bare_name(given: &str) -> String {
    given.rsplit(':').next().unwrap_or_default().to_lowercase()
}

/// A thing that is not there.
fn not_found(code: &str, message: String) -> Fault {
    Fault::new(code, message).status(404)
}

/// A value that RDS refuses.
fn invalid_value(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

/// One page of an RDS list: 100 items, or as many from 20 to 100 as the caller asks for. What is asked for by
/// name comes at once.
fn marker_page<T>(
    items: impl IntoIterator<Item = T>,
    by_name: bool,
    marker: Option<&str>,
    max_records: Option<i32>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let size = max_records.unwrap_or(100);
    match usize::try_from(size) {
        Ok(20..=100) if by_name => Ok(whole(items)),
        Ok(size @ 20..=100) => {
            page(items, marker.filter(|marker| !marker.is_empty()), size, "InvalidParameterValue")
        }
        _ => Err(invalid_value(format!("Invalid value {size} for MaxRecords. Must be between 20 and 100"))),
    }
}

/// The caller's filters, once all of them are known ones with values.
fn check_filters(filters: &[Filter], known: &[&str]) -> Result<(), Fault> {
    for filter in filters {
        let name = filter.name().unwrap_or_default();
        if !known.contains(&name) {
            return Err(invalid_value(format!("Unrecognized filter name: {name}")));
        }
        if filter.values().is_empty() {
            return Err(invalid_value(format!("The filter {name} has no values")));
        }
    }
    Ok(())
}

/// Whether each filter has a value that fits; `fits` is asked with a filter's name and one of its values.
fn passes(filters: &[Filter], fits: impl Fn(&str, &str) -> bool) -> bool {
    filters.iter().all(|filter| {
        let name = filter.name().unwrap_or_default();
        filter.values().iter().any(|value| fits(name, value))
    })
}

//! Subnet groups and parameter groups, made.

use aws_sdk_rds::operation::create_db_cluster_parameter_group::{
    CreateDBClusterParameterGroupError, CreateDbClusterParameterGroupInput,
    CreateDbClusterParameterGroupOutput,
};
use aws_sdk_rds::operation::create_db_parameter_group::{
    CreateDBParameterGroupError, CreateDbParameterGroupInput, CreateDbParameterGroupOutput,
};
use aws_sdk_rds::operation::create_db_subnet_group::{
    CreateDBSubnetGroupError, CreateDbSubnetGroupInput, CreateDbSubnetGroupOutput,
};
use aws_sdk_rds::types::{DbClusterParameterGroup, DbParameterGroup, Tag};

use super::quotas::Quota;
use super::{ParameterGroup, RdsRegion, SubnetGroup, arn, checks, groups, invalid_value, offered};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = CreateDBSubnetGroupError::generic;
    handlers.on("rds:CreateDBSubnetGroup", create_db_subnet_group, error);
    let error = CreateDBClusterParameterGroupError::generic;
    handlers.on("rds:CreateDBClusterParameterGroup", create_db_cluster_parameter_group, error);
    let error = CreateDBParameterGroupError::generic;
    handlers.on("rds:CreateDBParameterGroup", create_db_parameter_group, error);
}

fn here<'w>(call: &'w mut Call<'_>) -> &'w mut RdsRegion {
    call.world.rds.regions.entry(call.region.clone()).or_default()
}

fn create_db_subnet_group(
    call: &mut Call<'_>,
    input: &CreateDbSubnetGroupInput,
) -> Result<CreateDbSubnetGroupOutput, Fault> {
    let name = checks::group_name(input.db_subnet_group_name(), "DBSubnetGroupName", "-_. ")?;
    let description = checks::required(input.db_subnet_group_description(), "DBSubnetGroupDescription")?;
    let tags = checks::tags(input.tags())?;
    let group = subnet_group(call, input.subnet_ids())?;
    let here = here(call);
    if here.subnet_groups.contains_key(&name) {
        let text = format!("The DB subnet group '{name}' already exists.");
        return Err(Fault::new("DBSubnetGroupAlreadyExists", text));
    }
    Quota::SubnetGroups.check_room(here)?;
    let group = SubnetGroup { description: description.to_owned(), tags, ..group };
    here.subnet_groups.insert(name.clone(), group.clone());
    let told = groups::told_subnet_group(call, &name, &group);
    Ok(CreateDbSubnetGroupOutput::builder().db_subnet_group(told).build())
}

/// A group of these subnets, if they are of one network and in two zones at the least.
pub(super) fn subnet_group(call: &Call<'_>, ids: &[String]) -> Result<SubnetGroup, Fault> {
    let network = call.world.ec2.regions.get(&call.region);
    let mut group = SubnetGroup::default();
    for id in ids {
        let Some(subnet) = network.and_then(|network| network.subnets.get(id)) else {
            return Err(Fault::new("InvalidSubnet", format!("Some input subnets in :[{id}] are invalid.")));
        };
        if !group.vpc_id.is_empty() && group.vpc_id != subnet.vpc {
            return Err(Fault::new("InvalidSubnet", "The subnets are in different VPCs."));
        }
        group.vpc_id.clone_from(&subnet.vpc);
        group.subnets.insert(id.clone(), subnet.zone.clone());
    }
    let zones: std::collections::BTreeSet<&String> = group.subnets.values().collect();
    if zones.len() < 2 {
        return Err(Fault::new(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to cover at \
             least 2 AZs.",
        ));
    }
    Ok(group)
}

/// A new parameter group, once all about it is right: its name and itself.
fn parameter_group(
    (name, parameter): (Option<&str>, &str),
    family: Option<&str>,
    description: Option<&str>,
    tags: &[Tag],
) -> Result<(String, ParameterGroup), Fault> {
    let name = checks::group_name(name, parameter, "-")?;
    let family = checks::required(family, "DBParameterGroupFamily")?;
    let description = checks::required(description, "Description")?.to_owned();
    if !offered::has_family(family) {
        return Err(invalid_value(format!(
            "ParameterGroupFamily {family} is not a valid parameter group family"
        )));
    }
    let tags = checks::tags(tags)?;
    Ok((name, ParameterGroup { family: family.to_owned(), description, tags, ..ParameterGroup::default() }))
}

fn exists(name: &str) -> Fault {
    Fault::new("DBParameterGroupAlreadyExists", format!("Parameter group {name} already exists"))
}

fn create_db_cluster_parameter_group(
    call: &mut Call<'_>,
    input: &CreateDbClusterParameterGroupInput,
) -> Result<CreateDbClusterParameterGroupOutput, Fault> {
    let given = (input.db_cluster_parameter_group_name(), "DBClusterParameterGroupName");
    let (name, group) =
        parameter_group(given, input.db_parameter_group_family(), input.description(), input.tags())?;
    let here = here(call);
    if here.cluster_parameter_groups.contains_key(&name) {
        return Err(exists(&name));
    }
    Quota::ClusterParameterGroups.check_room(here)?;
    here.cluster_parameter_groups.insert(name.clone(), group.clone());
    let told = DbClusterParameterGroup::builder()
        .db_cluster_parameter_group_name(&name)
        .db_parameter_group_family(group.family)
        .description(group.description)
        .db_cluster_parameter_group_arn(arn(call, "cluster-pg", &name));
    Ok(CreateDbClusterParameterGroupOutput::builder().db_cluster_parameter_group(told.build()).build())
}

fn create_db_parameter_group(
    call: &mut Call<'_>,
    input: &CreateDbParameterGroupInput,
) -> Result<CreateDbParameterGroupOutput, Fault> {
    let given = (input.db_parameter_group_name(), "DBParameterGroupName");
    let (name, group) =
        parameter_group(given, input.db_parameter_group_family(), input.description(), input.tags())?;
    let here = here(call);
    if here.parameter_groups.contains_key(&name) {
        return Err(exists(&name));
    }
    Quota::ParameterGroups.check_room(here)?;
    here.parameter_groups.insert(name.clone(), group.clone());
    let told = DbParameterGroup::builder()
        .db_parameter_group_name(&name)
        .db_parameter_group_family(group.family)
        .description(group.description)
        .db_parameter_group_arn(arn(call, "pg", &name));
    Ok(CreateDbParameterGroupOutput::builder().db_parameter_group(told.build()).build())
}

//! Parameter groups and subnet groups, read.

use std::collections::BTreeMap;

use aws_sdk_rds::operation::describe_db_cluster_parameter_groups::{
    DescribeDbClusterParameterGroupsInput, DescribeDbClusterParameterGroupsOutput,
};
use aws_sdk_rds::operation::describe_db_parameter_groups::{
    DescribeDbParameterGroupsInput, DescribeDbParameterGroupsOutput,
};
use aws_sdk_rds::operation::describe_db_subnet_groups::{
    DescribeDbSubnetGroupsInput, DescribeDbSubnetGroupsOutput,
};
use aws_sdk_rds::types::{
    AvailabilityZone, DbClusterParameterGroup, DbParameterGroup, DbSubnetGroup, Filter, Subnet,
};

use super::clusters::is_named;
use super::{SubnetGroup, arn, check_filters, marker_page, not_found};
use crate::sandbox::call::{Call, Fault, in_region};

/// What the three lists of groups have in common: one group by its name, or a page of all.
struct Listing<'i> {
    kind: &'static str,
    wanted: Option<&'i str>,
    filters: &'i [Filter],
    marker: Option<&'i str>,
    max_records: Option<i32>,
    missing: (&'static str, &'static str),
}

impl Listing<'_> {
    fn run<T, O>(
        self,
        call: &Call<'_>,
        groups: &BTreeMap<String, T>,
        tell: impl Fn(&str, &T) -> O,
    ) -> Result<(Vec<O>, Option<String>), Fault> {
        check_filters(self.filters, &[])?;
        let wanted = self.wanted.filter(|wanted| !wanted.is_empty());
        let found: Vec<(&String, &T)> = groups
            .iter()
            .filter(|(name, _)| wanted.is_none_or(|wanted| is_named(call, wanted, self.kind, name)))
            .collect();
        if let (Some(wanted), true) = (wanted, found.is_empty()) {
            let (code, what) = self.missing;
            return Err(not_found(code, format!("{what} not found: {wanted}")));
        }
        let (groups, marker) = marker_page(found, wanted.is_some(), self.marker, self.max_records)?;
        Ok((groups.into_iter().map(|(name, group)| tell(name, group)).collect(), marker))
    }
}

pub(super) fn describe_db_cluster_parameter_groups(
    call: &mut Call<'_>,
    input: &DescribeDbClusterParameterGroupsInput,
) -> Result<DescribeDbClusterParameterGroupsOutput, Fault> {
    let here = in_region(&call.world.rds.regions, &call.region);
    let listing = Listing {
        kind: "cluster-pg",
        wanted: input.db_cluster_parameter_group_name(),
        filters: input.filters(),
        marker: input.marker(),
        max_records: input.max_records(),
        missing: ("DBParameterGroupNotFound", "DBClusterParameterGroup"),
    };
    let (groups, marker) = listing.run(call, &here.cluster_parameter_groups, |name, group| {
        DbClusterParameterGroup::builder()
            .db_cluster_parameter_group_name(name)
            .db_parameter_group_family(&group.family)
            .description(&group.description)
            .db_cluster_parameter_group_arn(arn(call, "cluster-pg", name))
            .build()
    })?;
    Ok(DescribeDbClusterParameterGroupsOutput::builder()
        .set_db_cluster_parameter_groups(Some(groups))
        .set_marker(marker)
        .build())
}

pub(super) fn describe_db_parameter_groups(
    call: &mut Call<'_>,
    input: &DescribeDbParameterGroupsInput,
) -> Result<DescribeDbParameterGroupsOutput, Fault> {
    let here = in_region(&call.world.rds.regions, &call.region);
    let listing = Listing {
        kind: "pg",
        wanted: input.db_parameter_group_name(),
        filters: input.filters(),
        marker: input.marker(),
        max_records: input.max_records(),
        missing: ("DBParameterGroupNotFound", "DBParameterGroup"),
    };
    let (groups, marker) = listing.run(call, &here.parameter_groups, |name, group| {
        DbParameterGroup::builder()
            .db_parameter_group_name(name)
            .db_parameter_group_family(&group.family)
            .description(&group.description)
            .db_parameter_group_arn(arn(call, "pg", name))
            .build()
    })?;
    Ok(DescribeDbParameterGroupsOutput::builder()
        .set_db_parameter_groups(Some(groups))
        .set_marker(marker)
        .build())
}

pub(super) fn describe_db_subnet_groups(
    call: &mut Call<'_>,
    input: &DescribeDbSubnetGroupsInput,
) -> Result<DescribeDbSubnetGroupsOutput, Fault> {
    let here = in_region(&call.world.rds.regions, &call.region);
    let listing = Listing {
        kind: "subgrp",
        wanted: input.db_subnet_group_name(),
        filters: input.filters(),
        marker: input.marker(),
        max_records: input.max_records(),
        missing: ("DBSubnetGroupNotFoundFault", "DBSubnetGroup"),
    };
    let (groups, marker) =
        listing.run(call, &here.subnet_groups, |name, group| told_subnet_group(call, name, group))?;
    Ok(DescribeDbSubnetGroupsOutput::builder().set_db_subnet_groups(Some(groups)).set_marker(marker).build())
}

/// A subnet group as AWS tells it.
pub(super) fn told_subnet_group(call: &Call<'_>, name: &str, group: &SubnetGroup) -> DbSubnetGroup {
    let subnets = group.subnets.iter().map(|(subnet, zone)| {
        Subnet::builder()
            .subnet_identifier(subnet)
            .subnet_availability_zone(AvailabilityZone::builder().name(zone).build())
            .subnet_status("Active")
            .build()
    });
    DbSubnetGroup::builder()
        .db_subnet_group_name(name)
        .db_subnet_group_description(&group.description)
        .vpc_id(&group.vpc_id)
        .subnet_group_status("Complete")
        .set_subnets(Some(subnets.collect()))
        .db_subnet_group_arn(arn(call, "subgrp", name))
        .supported_network_types("IPV4")
        .build()
}

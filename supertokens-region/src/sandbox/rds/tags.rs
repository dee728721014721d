//! Tags of everything in RDS.

use std::collections::BTreeMap;

use aws_sdk_rds::operation::list_tags_for_resource::{ListTagsForResourceInput, ListTagsForResourceOutput};
use aws_sdk_rds::types::Tag;

use super::{RdsRegion, invalid_value, not_found};
use crate::sandbox::call::{Call, Fault, in_region};

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    super::check_filters(input.filters(), &[])?;
    let here = in_region(&call.world.rds.regions, &call.region);
    let found = tags(call, &here, input.resource_name().unwrap_or_default())?;
    Ok(ListTagsForResourceOutput::builder().set_tag_list(Some(told(found))).build())
}

/// The tags of what an ARN names.
fn tags<'r>(call: &Call<'_>, here: &'r RdsRegion, arn: &str) -> Result<&'r BTreeMap<String, String>, Fault> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", "aws", "rds", region, account, kind, name] = parts.as_slice() else {
        return Err(invalid_value(format!("Invalid resource name: {arn}")));
    };
    if *region != call.region || *account != call.account() {
        let message = "The specified resource name does not match an RDS resource in this region.";
        return Err(invalid_value(message));
    }
    let (found, code, what) = match *kind {
        "cluster" => (here.clusters.get(*name).map(|it| &it.tags), "DBClusterNotFoundFault", "DBCluster"),
        "db" => (here.instances.get(*name).map(|it| &it.tags), "DBInstanceNotFound", "DBInstance"),
        "cluster-pg" => (
            here.cluster_parameter_groups.get(*name).map(|it| &it.tags),
            "DBParameterGroupNotFound",
            "DBClusterParameterGroup",
        ),
        "pg" => (
            here.parameter_groups.get(*name).map(|it| &it.tags),
            "DBParameterGroupNotFound",
            "DBParameterGroup",
        ),
        "subgrp" => {
            (here.subnet_groups.get(*name).map(|it| &it.tags), "DBSubnetGroupNotFoundFault", "DBSubnetGroup")
        }
        _ => return Err(invalid_value(format!("Invalid resource name: {arn}"))),
    };
    found.ok_or_else(|| not_found(code, format!("{what} {name} not found.")))
}

/// Tags as AWS tells them.
pub(super) fn told(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

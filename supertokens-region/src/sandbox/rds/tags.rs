//! Tags of everything in RDS.

use std::collections::BTreeMap;

use aws_sdk_rds::operation::add_tags_to_resource::{AddTagsToResourceInput, AddTagsToResourceOutput};
use aws_sdk_rds::operation::list_tags_for_resource::{ListTagsForResourceInput, ListTagsForResourceOutput};
use aws_sdk_rds::types::Tag;

use super::{checks, invalid_value, not_found};
use crate::sandbox::call::{Call, Fault};

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    super::check_filters(input.filters(), &[])?;
    let found = tags(call, input.resource_name().unwrap_or_default())?;
    Ok(ListTagsForResourceOutput::builder().set_tag_list(Some(told(found))).build())
}

pub(super) fn add_tags_to_resource(
    call: &mut Call<'_>,
    input: &AddTagsToResourceInput,
) -> Result<AddTagsToResourceOutput, Fault> {
    let added = checks::tags(input.tags())?;
    let found = tags(call, input.resource_name().unwrap_or_default())?;
    let mut all = found.clone();
    all.extend(added);
    checks::tag_count(all.len())?;
    *found = all;
    Ok(AddTagsToResourceOutput::builder().build())
}

/// The tags of what an ARN names.
fn tags<'w>(call: &'w mut Call<'_>, arn: &str) -> Result<&'w mut BTreeMap<String, String>, Fault> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", "aws", "rds", region, account, kind, name] = parts.as_slice() else {
        return Err(invalid_value(format!("Invalid resource name: {arn}")));
    };
    if *region != call.region || *account != call.account() {
        let message = "The specified resource name does not match an RDS resource in this region.";
        return Err(invalid_value(message));
    }
    let here = call.world.rds.regions.entry(call.region.clone()).or_default();
    let (found, code, what) = match *kind {
        "cluster" => {
            (here.clusters.get_mut(*name).map(|it| &mut it.tags), "DBClusterNotFoundFault", "DBCluster")
        }
        "db" => (here.instances.get_mut(*name).map(|it| &mut it.tags), "DBInstanceNotFound", "DBInstance"),
        "cluster-pg" => (
            here.cluster_parameter_groups.get_mut(*name).map(|it| &mut it.tags),
            "DBParameterGroupNotFound",
            "DBClusterParameterGroup",
        ),
        "pg" => (
            here.parameter_groups.get_mut(*name).map(|it| &mut it.tags),
            "DBParameterGroupNotFound",
            "DBParameterGroup",
        ),
        "subgrp" => (
            here.subnet_groups.get_mut(*name).map(|it| &mut it.tags),
            "DBSubnetGroupNotFoundFault",
            "DBSubnetGroup",
        ),
        _ => return Err(invalid_value(format!("Invalid resource name: {arn}"))),
    };
    found.ok_or_else(|| not_found(code, format!("{what} {name} not found.")))
}

/// Tags as AWS tells them.
pub(super) fn told(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

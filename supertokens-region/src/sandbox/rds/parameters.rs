//! What is in parameter groups: what somebody set, on top of what the family has.

use aws_sdk_rds::operation::describe_db_cluster_parameters::{
    DescribeDbClusterParametersInput, DescribeDbClusterParametersOutput,
};
use aws_sdk_rds::operation::describe_db_parameters::{DescribeDbParametersInput, DescribeDbParametersOutput};
use aws_sdk_rds::types::{ApplyMethod, Filter, Parameter};

use super::catalogue::{CLUSTER, INSTANCE, Known};
use super::clusters::is_named;
use super::{ParameterGroup, check_filters, invalid_value, marker_page, not_found, passes};
use crate::sandbox::call::{Call, Fault, in_region};

/// Where a value may come from.
const SOURCES: [&str; 3] = ["user", "system", "engine-default"];

pub(super) fn describe_db_cluster_parameters(
    call: &mut Call<'_>,
    input: &DescribeDbClusterParametersInput,
) -> Result<DescribeDbClusterParametersOutput, Fault> {
    let here = in_region(&call.world.rds.regions, &call.region);
    let wanted = input.db_cluster_parameter_group_name().unwrap_or_default();
    let groups = &here.cluster_parameter_groups;
    let group = groups.iter().find(|(name, _)| is_named(call, wanted, "cluster-pg", name));
    let (_, group) = group.ok_or_else(|| {
        not_found("DBParameterGroupNotFound", format!("DBClusterParameterGroup not found: {wanted}"))
    })?;
    let found = parameters(group, &CLUSTER, input.source(), input.filters())?;
    let (parameters, marker) = marker_page(found, false, input.marker(), input.max_records())?;
    Ok(DescribeDbClusterParametersOutput::builder()
        .set_parameters(Some(parameters))
        .set_marker(marker)
        .build())
}

pub(super) fn describe_db_parameters(
    call: &mut Call<'_>,
    input: &DescribeDbParametersInput,
) -> Result<DescribeDbParametersOutput, Fault> {
    let here = in_region(&call.world.rds.regions, &call.region);
    let wanted = input.db_parameter_group_name().unwrap_or_default();
    let group = here.parameter_groups.iter().find(|(name, _)| is_named(call, wanted, "pg", name));
    let (_, group) = group.ok_or_else(|| {
        not_found("DBParameterGroupNotFound", format!("DBParameterGroup not found: {wanted}"))
    })?;
    let found = parameters(group, &INSTANCE, input.source(), input.filters())?;
    let (parameters, marker) = marker_page(found, false, input.marker(), input.max_records())?;
    Ok(DescribeDbParametersOutput::builder().set_parameters(Some(parameters)).set_marker(marker).build())
}

/// The parameters of a group from one source, or from all, in the order of their names.
fn parameters(
    group: &ParameterGroup,
    known: &[Known],
    source: Option<&str>,
    filters: &[Filter],
) -> Result<Vec<Parameter>, Fault> {
    check_filters(filters, &["parameter-name"])?;
    let source = source.filter(|source| !source.is_empty());
    if let Some(source) = source.filter(|source| !SOURCES.contains(source)) {
        return Err(invalid_value(format!(
            "Invalid source: {source}. Must be one of {}",
            SOURCES.join(", ")
        )));
    }
    // A family without a catalogue has what somebody set, and no more.
    let known = if group.family.starts_with("aurora-postgresql") { known } else { &[] };
    let mut names: Vec<&str> = known.iter().map(|known| known.name).collect();
    names.extend(group.parameters.keys().map(String::as_str));
    names.sort_unstable();
    names.dedup();
    let all = names.into_iter().map(|name| told(group, known.iter().find(|known| known.name == name), name));
    Ok(all
        .filter(|parameter| source.is_none_or(|source| parameter.source() == Some(source)))
        .filter(|parameter| passes(filters, |_, value| parameter.parameter_name() == Some(value)))
        .collect())
}

/// A parameter as AWS tells it.
fn told(group: &ParameterGroup, known: Option<&Known>, name: &str) -> Parameter {
    let set = group.parameters.get(name);
    let source = match (set, known) {
        (Some(_), _) => "user",
        (None, Some(known)) if !known.modifiable => "system",
        (None, _) => "engine-default",
    };
    let value = set.map(|set| set.value.clone()).or_else(|| known?.default.map(str::to_owned));
    let dynamic = known.is_none_or(|known| known.dynamic);
    let usual = if dynamic { "immediate" } else { "pending-reboot" };
    let method =
        set.map(|set| set.apply_method.as_str()).filter(|method| !method.is_empty()).unwrap_or(usual);
    Parameter::builder()
        .parameter_name(name)
        .set_parameter_value(value)
        .source(source)
        .apply_type(if dynamic { "dynamic" } else { "static" })
        .data_type(known.map_or("string", |known| known.data_type))
        .set_allowed_values(known.map(|known| known.allowed.to_owned()).filter(|allowed| !allowed.is_empty()))
        .is_modifiable(known.is_none_or(|known| known.modifiable))
        .apply_method(ApplyMethod::from(method))
        .supported_engine_modes("provisioned")
        .build()
}

//! Parameters, set: at most twenty in a call, all or none of them.

use std::collections::BTreeMap;

use aws_sdk_rds::operation::modify_db_cluster_parameter_group::{
    ModifyDBClusterParameterGroupError, ModifyDbClusterParameterGroupInput,
    ModifyDbClusterParameterGroupOutput,
};
use aws_sdk_rds::operation::modify_db_parameter_group::{
    ModifyDBParameterGroupError, ModifyDbParameterGroupInput, ModifyDbParameterGroupOutput,
};
use aws_sdk_rds::types::{ApplyMethod, Parameter};

use super::catalogue::{CLUSTER, INSTANCE, Known};
use super::{ParameterGroup, SetParameter, bare_name, checks, invalid_value, not_found};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// As many parameters as one call may set.
const MOST: usize = 20;
const PENDING: &str = "pending-reboot";

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = ModifyDBClusterParameterGroupError::generic;
    handlers.on("rds:ModifyDBClusterParameterGroup", modify_db_cluster_parameter_group, error);
    let error = ModifyDBParameterGroupError::generic;
    handlers.on("rds:ModifyDBParameterGroup", modify_db_parameter_group, error);
}

fn modify_db_cluster_parameter_group(
    call: &mut Call<'_>,
    input: &ModifyDbClusterParameterGroupInput,
) -> Result<ModifyDbClusterParameterGroupOutput, Fault> {
    let given = checks::required(input.db_cluster_parameter_group_name(), "DBClusterParameterGroupName")?;
    let name = bare_name(given);
    let set = checked(&name, input.parameters(), &CLUSTER)?;
    let here = call.world.rds.regions.entry(call.region.clone()).or_default();
    let group = here.cluster_parameter_groups.get_mut(&name);
    put(group.ok_or_else(|| missing("DBClusterParameterGroup", &name))?, &set);
    if pending(&set) {
        let using: Vec<&String> = here
            .clusters
            .iter()
            .filter(|(_, it)| it.parameter_group == name)
            .map(|(cluster, _)| cluster)
            .collect();
        let instances = here.instances.values_mut();
        for instance in instances.filter(|it| it.cluster.as_ref().is_some_and(|its| using.contains(&its))) {
            instance.cluster_parameters_pending = true;
        }
    }
    Ok(ModifyDbClusterParameterGroupOutput::builder().db_cluster_parameter_group_name(name).build())
}

fn modify_db_parameter_group(
    call: &mut Call<'_>,
    input: &ModifyDbParameterGroupInput,
) -> Result<ModifyDbParameterGroupOutput, Fault> {
    let name = bare_name(checks::required(input.db_parameter_group_name(), "DBParameterGroupName")?);
    let set = checked(&name, input.parameters(), &INSTANCE)?;
    let here = call.world.rds.regions.entry(call.region.clone()).or_default();
    let group = here.parameter_groups.get_mut(&name);
    put(group.ok_or_else(|| missing("DBParameterGroup", &name))?, &set);
    if pending(&set) {
        for instance in here.instances.values_mut().filter(|it| it.parameter_group == name) {
            instance.parameters_pending = true;
        }
    }
    Ok(ModifyDbParameterGroupOutput::builder().db_parameter_group_name(name).build())
}

fn missing(what: &str, name: &str) -> Fault {
    not_found("DBParameterGroupNotFound", format!("{what} not found: {name}"))
}

fn put(group: &mut ParameterGroup, set: &BTreeMap<String, SetParameter>) {
    group.parameters.extend(set.clone());
}

fn pending(set: &BTreeMap<String, SetParameter>) -> bool {
    set.values().any(|it| it.apply_method == PENDING)
}

/// The parameters by name, if AWS takes all of them.
fn checked(
    group: &str,
    parameters: &[Parameter],
    known: &[Known],
) -> Result<BTreeMap<String, SetParameter>, Fault> {
    if group.starts_with("default.") {
        return Err(invalid_value(format!(
            "The parameter group {group} is a default one and cannot be modified."
        )));
    }
    if parameters.is_empty() || parameters.len() > MOST {
        return Err(invalid_value(format!(
            "{} parameters were given. A call takes from 1 to {MOST}.",
            parameters.len()
        )));
    }
    let mut set = BTreeMap::new();
    for parameter in parameters {
        let name = checks::required(parameter.parameter_name(), "ParameterName")?;
        let value = checks::required(parameter.parameter_value(), "ParameterValue")?;
        let method = parameter.apply_method().map(ApplyMethod::as_str);
        let method = checks::required(method, "ApplyMethod")?;
        let Some(known) = known.iter().find(|known| known.name == name) else {
            return Err(invalid_value(format!("Could not find parameter with name: {name}")));
        };
        if !known.modifiable {
            return Err(invalid_value(format!("The parameter {name} cannot be modified.")));
        }
        checks::one_of(Some(method), "ApplyMethod", &["immediate", PENDING])?;
        if !known.dynamic && method == "immediate" {
            return Err(checks::combination(format!(
                "cannot use immediate apply method for static parameter {name}"
            )));
        }
        if !allowed(known, value) {
            return Err(invalid_value(format!(
                "Invalid parameter value: {value} for: {name} allowed values are: {}",
                known.allowed
            )));
        }
        let put = SetParameter { value: value.to_owned(), apply_method: method.to_owned() };
        if set.insert(name.to_owned(), put).is_some() {
            return Err(invalid_value(format!("The parameter {name} is there twice.")));
        }
    }
    Ok(set)
}

/// Whether a value is one of those in a list (`0,1`), or a number in a range (`-1-2147483647`). Formulas pass.
fn allowed(known: &Known, value: &str) -> bool {
    if known.allowed.is_empty() || value.contains('{') {
        return true;
    }
    if ["integer", "float"].contains(&known.data_type) {
        let (sign, rest) = known.allowed.strip_prefix('-').map_or((1.0, known.allowed), |rest| (-1.0, rest));
        let Some((least, most)) = rest.split_once('-') else { return true };
        let number = |text: &str| text.parse::<f64>().ok();
        return match (number(least), number(most), number(value)) {
            (Some(least), Some(most), Some(value)) => (sign * least..=most).contains(&value),
            (_, _, None) => false,
            _ => true,
        };
    }
    let known: Vec<&str> = known.allowed.split(',').collect();
    value.split(',').all(|part| known.contains(&part.trim()))
}

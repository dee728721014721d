//! Parameters are written and read, with their versions.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use aws_sdk_ssm::operation::get_parameter::{GetParameterInput, GetParameterOutput};
use aws_sdk_ssm::operation::put_parameter::{PutParameterInput, PutParameterOutput};
use aws_sdk_ssm::types::{Parameter as Told, ParameterTier, ParameterType};
use aws_smithy_types::DateTime;

use super::{Parameter, ParameterVersion, rules, validation};
use crate::sandbox::call::{Call, Fault, in_region};

/// As many versions as a parameter keeps.
const VERSIONS: usize = 100;
/// As many parameters of the standard tier as an account has in a region.
const PARAMETERS: usize = 10_000;
/// The longest value in the standard tier, in bytes.
const LONGEST: usize = 4096;
/// The longest name, with all that stands before it in the ARN.
const LONGEST_ARN: usize = 1011;
/// The most levels of a hierarchy.
const LEVELS: usize = 15;

/// Makes a parameter, or adds a version to it: each write is one, also of the same value.
pub(super) fn put_parameter(
    call: &mut Call<'_>,
    input: &PutParameterInput,
) -> Result<PutParameterOutput, Fault> {
    let (given, value) = (input.name().unwrap_or_default().trim(), input.value().unwrap_or_default());
    let overwrite = input.overwrite() == Some(true);
    name(call, given)?;
    self::value(value)?;
    kept(input)?;
    rules::tags(input.tags())?;
    if overwrite && !input.tags().is_empty() {
        return Err(validation(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please \
             remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
             RemoveTagsFromResource.",
        ));
    }
    let here = in_region(&call.world.ssm.regions, &call.region);
    let mut parameter = match here.parameters.get(given) {
        Some(_) if !overwrite => {
            let text = "The parameter already exists. To overwrite this value, set the overwrite option in the request \
                        to true.";
            return Err(Fault::new("ParameterAlreadyExists", text));
        }
        Some(parameter) => parameter.clone(),
        None if input.r#type().is_none() => {
            return Err(validation("A parameter type is required when you create a parameter."));
        }
        None if here.parameters.len() >= PARAMETERS => {
            let text = "You have exceeded the number of parameters for this Amazon Web Services account.";
            return Err(Fault::new("ParameterLimitExceeded", text));
        }
        None => Parameter::default(),
    };
    let number = parameter.versions.keys().next_back().copied().unwrap_or_default() + 1;
    if parameter.versions.len() >= VERSIONS
        && let Some((oldest, version)) = parameter.versions.pop_first()
        && !version.labels.is_empty()
    {
        let text = format!(
            "You attempted to create a new version of {given} by calling the PutParameter API with the overwrite flag. \
             Version {oldest}, the oldest version, can't be deleted because it has a label associated with it. Move \
             the label to another version of the parameter, and try again."
        );
        return Err(Fault::new("ParameterMaxVersionLimitExceeded", text));
    }
    let version =
        ParameterVersion { value: value.to_owned(), modified_at: call.time, labels: BTreeSet::new() };
    parameter.versions.insert(number, version);
    if let Some(description) = input.description() {
        parameter.description = Some(description.to_owned());
    }
    parameter.tags.extend(input.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
    let here = call.world.ssm.regions.entry(call.region.clone()).or_default();
    here.parameters.insert(given.to_owned(), parameter);
    Ok(PutParameterOutput::builder().version(number).tier(ParameterTier::Standard).build())
}

/// The latest version, or the one that a number or a label behind the name chooses: `name:7`, `name:stable`.
pub(super) fn get_parameter(
    call: &mut Call<'_>,
    input: &GetParameterInput,
) -> Result<GetParameterOutput, Fault> {
    let given = input.name().unwrap_or_default();
    let prefix = arn(call, "");
    let plain = given.strip_prefix(&prefix).map(|rest| format!("/{}", rest.trim_start_matches('/')));
    let plain = plain.as_deref().unwrap_or(given);
    let (name, selector) = match plain.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (plain, None),
    };
    self::name(call, name)?;
    let here = in_region(&call.world.ssm.regions, &call.region);
    let parameter = here.parameters.get(name).ok_or_else(|| Fault::new("ParameterNotFound", ""))?;
    let chosen = match selector {
        None => parameter.versions.iter().next_back(),
        Some(selector) => parameter
            .versions
            .iter()
            .find(|(number, version)| selector.parse() == Ok(**number) || version.labels.contains(selector)),
    };
    let Some((number, version)) = chosen else {
        let selector = selector.unwrap_or_default();
        let text = format!(
            "Systems Manager could not find version {selector} of {name}. Verify the version and try again."
        );
        return Err(Fault::new("ParameterVersionNotFound", text));
    };
    let told = Told::builder()
        .name(name)
        .r#type(ParameterType::String)
        .value(&version.value)
        .version(*number)
        .set_selector(selector.map(|selector| format!(":{selector}")))
        .last_modified_date(DateTime::from_secs(version.modified_at))
        .arn(arn(call, name))
        .data_type("text");
    Ok(GetParameterOutput::builder().parameter(told.build()).build())
}

/// A name that begins with a slash has only that one in its ARN.
fn arn(call: &Call<'_>, name: &str) -> String {
    let name = name.trim_start_matches('/');
    format!("arn:aws:ssm:{}:{}:parameter/{name}", call.region, call.account())
}

fn name(call: &Call<'_>, name: &str) -> Result<(), Fault> {
    let lower = name.trim_start_matches('/').to_lowercase();
    if lower.starts_with("aws") {
        let text = format!("No access to reserved parameter name: {name}.");
        return Err(Fault::new("AccessDeniedException", text));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let path = !name.contains('/') || (name.starts_with('/') && !name.contains("//") && !name.ends_with('/'));
    if name.is_empty() || lower.starts_with("ssm") || !name.chars().all(allowed) || !path {
        return Err(validation(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of \
             sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
             following 3 symbols .-_",
        ));
    }
    if arn(call, name).len() > LONGEST_ARN {
        return Err(validation(format!("The parameter name must be at most {LONGEST_ARN} characters long.")));
    }
    if name.matches('/').count() > LEVELS {
        let text = "A hierarchy can have a maximum of 15 levels.";
        return Err(Fault::new("HierarchyLevelLimitExceededException", text));
    }
    Ok(())
}

fn value(value: &str) -> Result<(), Fault> {
    if value.is_empty() {
        return Err(validation(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length \
             greater than or equal to 1",
        ));
    }
    if value.len() > LONGEST {
        return Err(validation(
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger \
             parameter value, upgrade the parameter to use the advanced-parameter tier.",
        ));
    }
    if value.contains("{{") {
        let text = "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.";
        return Err(validation(text));
    }
    Ok(())
}

/// What else AWS takes and the embedded one doesn't.
fn kept(input: &PutParameterInput) -> Result<(), Fault> {
    let given = input.r#type().map_or("String", ParameterType::as_str);
    if !ParameterType::values().contains(&given) {
        return Err(validation(format!("Value '{given}' at 'type' failed to satisfy constraint")));
    }
    let tier = input.tier().is_none_or(|tier| *tier == ParameterTier::Standard);
    let text = input.data_type().is_none_or(|kind| kind == "text");
    let plain = input.policies().is_none() && input.key_id().is_none() && input.allowed_pattern().is_none();
    if given == "String" && tier && text && plain {
        return Ok(());
    }
    Err(validation("the embedded AWS takes parameters of the type String in the standard tier only"))
}

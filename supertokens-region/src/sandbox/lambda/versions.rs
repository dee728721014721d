//! Versions are published, aliases lead to them.

use aws_sdk_lambda::operation::create_alias::{CreateAliasInput, CreateAliasOutput};
use aws_sdk_lambda::operation::get_alias::{GetAliasInput, GetAliasOutput};
use aws_sdk_lambda::operation::publish_version::{PublishVersionInput, PublishVersionOutput};
use aws_sdk_lambda::operation::update_alias::{UpdateAliasInput, UpdateAliasOutput};
use aws_sdk_lambda::types::{AliasConfiguration, AliasRoutingConfiguration};

use super::access::told_alias;
use super::checking::{ready, version_is_there};
use super::names::{Named, named};
use super::state::{Alias, FunctionVersion};
use super::telling::{as_answer, configuration};
use super::writing::here_mut;
use super::{invalid_value, not_found};
use crate::sandbox::call::{Call, Fault, in_region};

pub(super) fn publish_version(
    call: &mut Call<'_>,
    input: &PublishVersionInput,
) -> Result<PublishVersionOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    ready(call, &named, input.revision_id())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let sha256 = named.function(call, &here)?.latest.code.sha256();
    if input.code_sha256().is_some_and(|given| given != sha256) {
        return Err(invalid_value(format!(
            "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({sha256}). Please try again with the \
             CodeSHA256 in $LATEST.",
            input.code_sha256().unwrap_or_default()
        )));
    }
    let number = publish(call, &named, input.description()).to_string();
    let here = in_region(&call.world.lambda.regions, &call.region);
    let named = Named { name: named.name, qualifier: number };
    let (number, version) = named.version(call, &here)?;
    Ok(as_answer!(PublishVersionOutput, configuration(call, &here, &named, &number, version)?))
}

/// Makes a version of `$LATEST`, unless the last one is the same; tells its number.
pub(super) fn publish(call: &mut Call<'_>, named: &Named, description: Option<&str>) -> u64 {
    let (looks, now) = (call.world.lambda.settings.looks, call.world.clock);
    let Some(function) = here_mut(call).functions.get_mut(&named.name) else { return 0 };
    if let Some((number, last)) = function.versions.last_key_value()
        && content(last) == content(&function.latest)
    {
        return *number;
    }
    let last = function.versions.keys().next_back().copied().unwrap_or_default();
    let number = function.last_version.max(last) + 1;
    let mut version = FunctionVersion { looks_left: looks, modified_at: now, ..function.latest.clone() };
    if let Some(text) = description.filter(|text| !text.is_empty()) {
        version.configuration.description = text.to_owned();
    }
    if version.configuration.snap_start != "None" {
        version.configuration.state = "Pending".to_owned();
    }
    function.versions.insert(number, version);
    function.last_version = number;
    function.latest.revision += 1;
    number
}

/// What makes two versions the same: code and configuration.
fn content(version: &FunctionVersion) -> FunctionVersion {
    let mut content = FunctionVersion { revision: 0, modified_at: 0, looks_left: 0, ..version.clone() };
    let configuration = &mut content.configuration;
    configuration.description = String::new();
    configuration.state = String::new();
    configuration.state_reason = None;
    configuration.state_reason_code = None;
    configuration.last_update_status = String::new();
    content
}

/// What a call says of an alias, whichever call it is.
struct Said<'i> {
    version: Option<&'i str>,
    description: Option<&'i str>,
    routing: Option<&'i AliasRoutingConfiguration>,
}

impl Said<'_> {
    fn put(&self, call: &Call<'_>, named: &Named, alias: &mut Alias) -> Result<(), Fault> {
        if let Some(version) = self.version {
            version_is_there(call, named, version)?;
            version.clone_into(&mut alias.version);
        }
        if let Some(text) = self.description {
            text.clone_into(&mut alias.description);
        }
        if let Some(routing) = self.routing {
            let weights = routing.additional_version_weights().cloned().unwrap_or_default();
            if alias.version == "$LATEST" && !weights.is_empty() {
                let text = "$LATEST is not supported for an alias pointing to more than 1 version";
                return Err(invalid_value(text));
            }
            for version in weights.keys() {
                version_is_there(call, named, version)?;
            }
            alias.weights = weights.into_iter().collect();
        }
        Ok(())
    }
}

/// The fields of an alias in whichever answer.
macro_rules! alias_answer {
    ($answer:ty, $alias:expr) => {{
        let it: AliasConfiguration = $alias;
        <$answer>::builder()
            .set_alias_arn(it.alias_arn)
            .set_name(it.name)
            .set_function_version(it.function_version)
            .set_description(it.description)
            .set_routing_config(it.routing_config)
            .set_revision_id(it.revision_id)
            .build()
    }};
}

fn alias_name(given: Option<&str>) -> Result<&str, Fault> {
    let name = given.unwrap_or_default();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if name.is_empty() || name.len() > 128 || !plain || name.bytes().all(|byte| byte.is_ascii_digit()) {
        let text =
            format!("Value '{name}' at 'name' failed to satisfy constraint: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
        return Err(Fault::new("ValidationException", text));
    }
    Ok(name)
}

pub(super) fn create_alias(
    call: &mut Call<'_>,
    input: &CreateAliasInput,
) -> Result<CreateAliasOutput, Fault> {
    let (named, name) = (named(call, input.function_name(), None)?, alias_name(input.name())?);
    let here = in_region(&call.world.lambda.regions, &call.region);
    if named.function(call, &here)?.aliases.contains_key(name) {
        let text = format!("Alias already exists: {}:{name}", named.arn(call));
        return Err(Fault::new("ResourceConflictException", text).status(409));
    }
    let mut alias = Alias::default();
    let version = input.function_version();
    let version = version.ok_or_else(|| invalid_value("FunctionVersion is a mandatory parameter."))?;
    let said =
        Said { version: Some(version), description: input.description(), routing: input.routing_config() };
    said.put(call, &named, &mut alias)?;
    let told = told_alias(call, &named.name, name, &alias);
    put(call, &named, name, alias);
    Ok(alias_answer!(CreateAliasOutput, told))
}

pub(super) fn update_alias(
    call: &mut Call<'_>,
    input: &UpdateAliasInput,
) -> Result<UpdateAliasOutput, Fault> {
    let (named, name) = (named(call, input.function_name(), None)?, alias_name(input.name())?);
    let mut alias = find(call, &named, name)?;
    let said = Said {
        version: input.function_version(),
        description: input.description(),
        routing: input.routing_config(),
    };
    if input.revision_id().is_some()
        && input.revision_id() != told_alias(call, &named.name, name, &alias).revision_id()
    {
        let text = "The RevisionId provided does not match the latest RevisionId.";
        return Err(Fault::new("PreconditionFailedException", text).status(412));
    }
    said.put(call, &named, &mut alias)?;
    alias.revision += 1;
    let told = told_alias(call, &named.name, name, &alias);
    put(call, &named, name, alias);
    Ok(alias_answer!(UpdateAliasOutput, told))
}

pub(super) fn get_alias(call: &mut Call<'_>, input: &GetAliasInput) -> Result<GetAliasOutput, Fault> {
    let (named, name) = (named(call, input.function_name(), None)?, alias_name(input.name())?);
    let alias = find(call, &named, name)?;
    Ok(alias_answer!(GetAliasOutput, told_alias(call, &named.name, name, &alias)))
}

fn find(call: &Call<'_>, named: &Named, name: &str) -> Result<Alias, Fault> {
    let here = in_region(&call.world.lambda.regions, &call.region);
    let alias = named.function(call, &here)?.aliases.get(name).cloned();
    alias.ok_or_else(|| not_found(format!("Alias not found: {}:{name}", named.arn(call))))
}

fn put(call: &mut Call<'_>, named: &Named, name: &str, alias: Alias) {
    if let Some(function) = here_mut(call).functions.get_mut(&named.name) {
        function.aliases.insert(name.to_owned(), alias);
    }
}

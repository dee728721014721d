//! What hangs on a function: aliases, policy, URLs, asynchronous invocation.

use aws_sdk_lambda::operation::get_function_event_invoke_config::{
    GetFunctionEventInvokeConfigInput, GetFunctionEventInvokeConfigOutput,
};
use aws_sdk_lambda::operation::get_policy::{GetPolicyInput, GetPolicyOutput};
use aws_sdk_lambda::operation::list_aliases::{ListAliasesInput, ListAliasesOutput};
use aws_sdk_lambda::operation::list_function_event_invoke_configs::{
    ListFunctionEventInvokeConfigsInput, ListFunctionEventInvokeConfigsOutput,
};
use aws_sdk_lambda::operation::list_function_url_configs::{
    ListFunctionUrlConfigsInput, ListFunctionUrlConfigsOutput,
};
use aws_sdk_lambda::types::{
    AliasConfiguration, AliasRoutingConfiguration, Cors as UrlCors, DestinationConfig,
    FunctionEventInvokeConfig, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode, OnFailure, OnSuccess,
};
use aws_smithy_types::DateTime;
use serde_json::json;

use super::functions::PAGE;
use super::names::{function_arn, named};
use super::state::{Alias, Cors, FunctionUrl, InvokeConfig};
use super::telling::uuid;
use super::{links, marker_page, not_found};
use crate::sandbox::call::{Call, Fault, id, in_region};

pub(super) fn list_aliases(
    call: &mut Call<'_>,
    input: &ListAliasesInput,
) -> Result<ListAliasesOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let aliases = &named.function(call, &here)?.aliases;
    let of_version = aliases
        .iter()
        .filter(|(_, alias)| input.function_version().is_none_or(|version| version == alias.version));
    let (found, next) = marker_page(of_version, input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(name, alias)| told_alias(call, &named.name, name, alias));
    Ok(ListAliasesOutput::builder().set_aliases(Some(found.collect())).set_next_marker(next).build())
}

/// An alias as AWS tells it.
pub(super) fn told_alias(call: &Call<'_>, function: &str, name: &str, alias: &Alias) -> AliasConfiguration {
    let arn = function_arn(call, function, name);
    let weights = alias.weights.clone().into_iter().collect();
    let routing = (!alias.weights.is_empty())
        .then(|| AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build());
    AliasConfiguration::builder()
        .name(name)
        .function_version(&alias.version)
        .description(&alias.description)
        .set_routing_config(routing)
        .revision_id(uuid(&format!("{arn} {}", alias.revision)))
        .alias_arn(arn)
        .build()
}

/// The policy of the function, or of a version or alias: one without statements is not there.
pub(super) fn get_policy(call: &mut Call<'_>, input: &GetPolicyInput) -> Result<GetPolicyOutput, Fault> {
    let named = named(call, input.function_name(), input.qualifier())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = named.function(call, &here)?;
    let policy = function.policies.get(&named.qualifier).filter(|policy| !policy.statements.is_empty());
    let policy = policy.ok_or_else(|| not_found("The resource you requested does not exist."))?;
    let statements: Vec<_> = policy.statements.values().collect();
    let document = json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements });
    Ok(GetPolicyOutput::builder()
        .policy(document.to_string())
        .revision_id(uuid(&format!("policy of {} {}", named.arn(call), policy.revision)))
        .build())
}

pub(super) fn list_function_url_configs(
    call: &mut Call<'_>,
    input: &ListFunctionUrlConfigsInput,
) -> Result<ListFunctionUrlConfigsOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let urls = &named.function(call, &here)?.urls;
    let (found, next) = marker_page(urls, input.marker(), input.max_items(), PAGE)?;
    let found: Vec<FunctionUrlConfig> = found
        .into_iter()
        .map(|(qualifier, url)| told_url(call, &named.name, qualifier, url))
        .collect::<Result<_, _>>()?;
    Ok(ListFunctionUrlConfigsOutput::builder()
        .set_function_url_configs(Some(found))
        .set_next_marker(next)
        .build()?)
}

/// A URL as AWS tells it. Its host is made of what it leads to.
pub(super) fn told_url(
    call: &Call<'_>,
    name: &str,
    qualifier: &str,
    url: &FunctionUrl,
) -> Result<FunctionUrlConfig, Fault> {
    let host = id(&call.region, "u", &format!("{} {name} {qualifier}", call.account()));
    Ok(FunctionUrlConfig::builder()
        .function_url(format!("https://{host}.lambda-url.{}.on.aws/", call.region))
        .function_arn(function_arn(call, name, qualifier))
        .creation_time(links::time(url.created_at))
        .last_modified_time(links::time(url.modified_at))
        .set_cors(url.cors.as_ref().map(told_cors))
        .auth_type(FunctionUrlAuthType::from(url.auth_type.as_str()))
        .invoke_mode(InvokeMode::from(url.invoke_mode.as_str()))
        .build()?)
}

fn told_cors(cors: &Cors) -> UrlCors {
    let some = |list: &Vec<String>| Some(list.clone()).filter(|list| !list.is_empty());
    UrlCors::builder()
        .set_allow_credentials(cors.allow_credentials)
        .set_allow_headers(some(&cors.allow_headers))
        .set_allow_methods(some(&cors.allow_methods))
        .set_allow_origins(some(&cors.allow_origins))
        .set_expose_headers(some(&cors.expose_headers))
        .set_max_age(cors.max_age)
        .build()
}

pub(super) fn get_function_event_invoke_config(
    call: &mut Call<'_>,
    input: &GetFunctionEventInvokeConfigInput,
) -> Result<GetFunctionEventInvokeConfigOutput, Fault> {
    let named = named(call, input.function_name(), input.qualifier())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = named.function(call, &here)?;
    let arn = invoke_arn(call, &named.name, &named.qualifier);
    let config = function.invoke_configs.get(named.qualifier.trim_start_matches("$LATEST"));
    let config =
        config.ok_or_else(|| not_found(format!("The function {arn} doesn't have an EventInvokeConfig")))?;
    Ok(GetFunctionEventInvokeConfigOutput::builder()
        .last_modified(DateTime::from_secs(config.modified_at))
        .function_arn(arn)
        .set_maximum_retry_attempts(config.maximum_retry_attempts)
        .set_maximum_event_age_in_seconds(config.maximum_event_age_secs)
        .destination_config(destinations(config))
        .build())
}

/// The ARN of what an asynchronous invocation is of: here `$LATEST` is named.
fn invoke_arn(call: &Call<'_>, name: &str, qualifier: &str) -> String {
    function_arn(call, name, if qualifier.is_empty() { "$LATEST" } else { qualifier })
}

pub(super) fn destinations(config: &InvokeConfig) -> DestinationConfig {
    DestinationConfig::builder()
        .on_success(OnSuccess::builder().set_destination(config.on_success.clone()).build())
        .on_failure(OnFailure::builder().set_destination(config.on_failure.clone()).build())
        .build()
}

pub(super) fn list_function_event_invoke_configs(
    call: &mut Call<'_>,
    input: &ListFunctionEventInvokeConfigsInput,
) -> Result<ListFunctionEventInvokeConfigsOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let configs = &named.function(call, &here)?.invoke_configs;
    let (found, next) = marker_page(configs, input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(qualifier, config)| {
        FunctionEventInvokeConfig::builder()
            .last_modified(DateTime::from_secs(config.modified_at))
            .function_arn(invoke_arn(call, &named.name, qualifier))
            .set_maximum_retry_attempts(config.maximum_retry_attempts)
            .set_maximum_event_age_in_seconds(config.maximum_event_age_secs)
            .destination_config(destinations(config))
            .build()
    });
    Ok(ListFunctionEventInvokeConfigsOutput::builder()
        .set_function_event_invoke_configs(Some(found.collect()))
        .set_next_marker(next)
        .build())
}

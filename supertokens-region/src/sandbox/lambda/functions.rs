//! Functions: listed and read.

use aws_sdk_lambda::operation::get_function::{GetFunctionInput, GetFunctionOutput};
use aws_sdk_lambda::operation::get_function_concurrency::{
    GetFunctionConcurrencyInput, GetFunctionConcurrencyOutput,
};
use aws_sdk_lambda::operation::get_function_configuration::{
    GetFunctionConfigurationInput, GetFunctionConfigurationOutput,
};
use aws_sdk_lambda::operation::list_functions::{ListFunctionsInput, ListFunctionsOutput};
use aws_sdk_lambda::operation::list_tags::{ListTagsInput, ListTagsOutput};
use aws_sdk_lambda::operation::list_versions_by_function::{
    ListVersionsByFunctionInput, ListVersionsByFunctionOutput,
};
use aws_sdk_lambda::types::{Concurrency, FunctionCodeLocation, FunctionVersion as WhichVersions};

use super::names::{Named, named};
use super::state::{Code, Function, FunctionVersion};
use super::telling::{as_answer, configuration, listed};
use super::writing::look;
use super::{invalid_value, links, marker_page};
use crate::sandbox::call::{Call, Fault, in_region};

/// AWS's page size for functions, their versions and aliases.
pub(super) const PAGE: usize = 50;

pub(super) fn list_functions(
    call: &mut Call<'_>,
    input: &ListFunctionsInput,
) -> Result<ListFunctionsOutput, Fault> {
    let every_version = match input.function_version() {
        None => false,
        Some(WhichVersions::All) => true,
        Some(other) => {
            let message = format!("Value '{other}' at 'functionVersion' failed to satisfy constraint: [ALL]");
            return Err(Fault::new("ValidationException", message));
        }
    };
    let here = in_region(&call.world.lambda.regions, &call.region);
    let all = here.functions.iter().flat_map(|(name, function)| {
        let most = if every_version { usize::MAX } else { 1 };
        versions(function).take(most).map(move |(number, version)| (name, number, version))
    });
    let (found, next) = marker_page(all, input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(name, number, version)| {
        let qualifier = if every_version { number.clone() } else { String::new() };
        let named = Named { name: name.clone(), qualifier };
        configuration(call, &here, &named, &number, version).map(listed)
    });
    let found = found.collect::<Result<_, Fault>>()?;
    Ok(ListFunctionsOutput::builder().set_functions(Some(found)).set_next_marker(next).build())
}

/// All versions with their numbers, `$LATEST` first.
fn versions(function: &Function) -> impl Iterator<Item = (String, &FunctionVersion)> {
    let published = function.versions.iter().map(|(number, version)| (number.to_string(), version));
    std::iter::once(("$LATEST".to_owned(), &function.latest)).chain(published)
}

pub(super) fn get_function(
    call: &mut Call<'_>,
    input: &GetFunctionInput,
) -> Result<GetFunctionOutput, Fault> {
    let named = named(call, input.function_name(), input.qualifier())?;
    look(call, &named);
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = named.function(call, &here)?;
    let (number, version) = named.version(call, &here)?;
    let code = match &version.code {
        Code::Zip(_) => {
            let path = format!("functions/{}/{number}", named.name);
            FunctionCodeLocation::builder().repository_type("S3").location(links::presigned(
                call,
                "awslambda-tasks",
                &path,
            ))
        }
        Code::Image(uri) => {
            let resolved = match uri.contains("@sha256:") {
                true => uri.clone(),
                false => {
                    format!("{}@sha256:{}", uri.split(':').next().unwrap_or_default(), version.code.sha256())
                }
            };
            FunctionCodeLocation::builder().repository_type("ECR").image_uri(uri).resolved_image_uri(resolved)
        }
    };
    let tags = function.tags.clone().into_iter().collect();
    Ok(GetFunctionOutput::builder()
        .configuration(configuration(call, &here, &named, &number, version)?)
        .code(code.build())
        .set_tags((!function.tags.is_empty()).then_some(tags))
        .set_concurrency(
            function
                .reserved_concurrency
                .map(|reserved| Concurrency::builder().reserved_concurrent_executions(reserved).build()),
        )
        .build())
}

pub(super) fn get_function_configuration(
    call: &mut Call<'_>,
    input: &GetFunctionConfigurationInput,
) -> Result<GetFunctionConfigurationOutput, Fault> {
    let named = named(call, input.function_name(), input.qualifier())?;
    look(call, &named);
    let here = in_region(&call.world.lambda.regions, &call.region);
    let (number, version) = named.version(call, &here)?;
    let configuration = configuration(call, &here, &named, &number, version)?;
    Ok(as_answer!(GetFunctionConfigurationOutput, configuration))
}

pub(super) fn list_versions_by_function(
    call: &mut Call<'_>,
    input: &ListVersionsByFunctionInput,
) -> Result<ListVersionsByFunctionOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = named.function(call, &here)?;
    let (found, next) = marker_page(versions(function), input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(number, version)| {
        let named = Named { name: named.name.clone(), qualifier: number.clone() };
        configuration(call, &here, &named, &number, version).map(listed)
    });
    let found = found.collect::<Result<_, Fault>>()?;
    Ok(ListVersionsByFunctionOutput::builder().set_versions(Some(found)).set_next_marker(next).build())
}

/// The function of these tags, which is named by its ARN: its versions and aliases have none.
pub(super) fn tagged(call: &Call<'_>, resource: Option<&str>) -> Result<Named, Fault> {
    let resource = resource.unwrap_or_default();
    if !resource.starts_with("arn:aws:lambda:") || !resource.contains(":function:") {
        let message =
            format!("Value '{resource}' at 'resource' failed to satisfy constraint: a function's ARN");
        return Err(Fault::new("ValidationException", message));
    }
    let named = named(call, Some(resource), None)?;
    if !named.qualifier.is_empty() {
        return Err(invalid_value(
            "Tags on function aliases and versions are not supported. Please specify either a function ARN.",
        ));
    }
    Ok(named)
}

pub(super) fn list_tags(call: &mut Call<'_>, input: &ListTagsInput) -> Result<ListTagsOutput, Fault> {
    let named = tagged(call, input.resource())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let tags = named.function(call, &here)?.tags.clone().into_iter().collect();
    Ok(ListTagsOutput::builder().set_tags(Some(tags)).build())
}

pub(super) fn get_function_concurrency(
    call: &mut Call<'_>,
    input: &GetFunctionConcurrencyInput,
) -> Result<GetFunctionConcurrencyOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let reserved = named.function(call, &here)?.reserved_concurrency;
    Ok(GetFunctionConcurrencyOutput::builder().set_reserved_concurrent_executions(reserved).build())
}

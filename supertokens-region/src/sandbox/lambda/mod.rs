//! Lambda: functions with their code, and what hangs on them.

mod access;
mod account;
mod checking;
mod functions;
mod granting;
mod layers;
pub(in crate::sandbox) mod links;
mod mappings;
mod names;
mod packages;
mod settings;
mod state;
mod telling;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_around;
#[cfg(test)]
mod tests_granting;
#[cfg(test)]
mod tests_writing;
mod versions;
mod writing;

use aws_sdk_lambda::operation::add_permission::AddPermissionError;
use aws_sdk_lambda::operation::create_alias::CreateAliasError;
use aws_sdk_lambda::operation::create_function::CreateFunctionError;
use aws_sdk_lambda::operation::create_function_url_config::CreateFunctionUrlConfigError;
use aws_sdk_lambda::operation::get_account_settings::GetAccountSettingsError;
use aws_sdk_lambda::operation::get_alias::GetAliasError;
use aws_sdk_lambda::operation::get_function::GetFunctionError;
use aws_sdk_lambda::operation::get_function_code_signing_config::GetFunctionCodeSigningConfigError;
use aws_sdk_lambda::operation::get_function_concurrency::GetFunctionConcurrencyError;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationError;
use aws_sdk_lambda::operation::get_function_event_invoke_config::GetFunctionEventInvokeConfigError;
use aws_sdk_lambda::operation::get_layer_version::GetLayerVersionError;
use aws_sdk_lambda::operation::get_policy::GetPolicyError;
use aws_sdk_lambda::operation::list_aliases::ListAliasesError;
use aws_sdk_lambda::operation::list_event_source_mappings::ListEventSourceMappingsError;
use aws_sdk_lambda::operation::list_function_event_invoke_configs::ListFunctionEventInvokeConfigsError;
use aws_sdk_lambda::operation::list_function_url_configs::ListFunctionUrlConfigsError;
use aws_sdk_lambda::operation::list_functions::ListFunctionsError;
use aws_sdk_lambda::operation::list_layer_versions::ListLayerVersionsError;
use aws_sdk_lambda::operation::list_layers::ListLayersError;
use aws_sdk_lambda::operation::list_provisioned_concurrency_configs::ListProvisionedConcurrencyConfigsError;
use aws_sdk_lambda::operation::list_tags::ListTagsError;
use aws_sdk_lambda::operation::list_versions_by_function::ListVersionsByFunctionError;
use aws_sdk_lambda::operation::publish_layer_version::PublishLayerVersionError;
use aws_sdk_lambda::operation::publish_version::PublishVersionError;
use aws_sdk_lambda::operation::put_function_concurrency::PutFunctionConcurrencyError;
use aws_sdk_lambda::operation::put_function_event_invoke_config::PutFunctionEventInvokeConfigError;
use aws_sdk_lambda::operation::tag_resource::TagResourceError;
use aws_sdk_lambda::operation::update_alias::UpdateAliasError;
use aws_sdk_lambda::operation::update_function_code::UpdateFunctionCodeError;
use aws_sdk_lambda::operation::update_function_configuration::UpdateFunctionConfigurationError;
use aws_sdk_lambda::operation::update_function_url_config::UpdateFunctionUrlConfigError;
pub use settings::Settings;
pub use state::*;

use super::door::Handlers;
use super::{Fault, page};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("lambda:ListFunctions", functions::list_functions, ListFunctionsError::generic);
    handlers.on("lambda:GetFunction", functions::get_function, GetFunctionError::generic);
    handlers.on(
        "lambda:GetFunctionConfiguration",
        functions::get_function_configuration,
        GetFunctionConfigurationError::generic,
    );
    handlers.on(
        "lambda:ListVersionsByFunction",
        functions::list_versions_by_function,
        ListVersionsByFunctionError::generic,
    );
    handlers.on("lambda:ListTags", functions::list_tags, ListTagsError::generic);
    handlers.on(
        "lambda:GetFunctionConcurrency",
        functions::get_function_concurrency,
        GetFunctionConcurrencyError::generic,
    );
    handlers.on("lambda:ListAliases", access::list_aliases, ListAliasesError::generic);
    handlers.on("lambda:GetPolicy", access::get_policy, GetPolicyError::generic);
    handlers.on(
        "lambda:ListFunctionUrlConfigs",
        access::list_function_url_configs,
        ListFunctionUrlConfigsError::generic,
    );
    handlers.on(
        "lambda:GetFunctionEventInvokeConfig",
        access::get_function_event_invoke_config,
        GetFunctionEventInvokeConfigError::generic,
    );
    handlers.on(
        "lambda:ListEventSourceMappings",
        mappings::list_event_source_mappings,
        ListEventSourceMappingsError::generic,
    );
    handlers.on("lambda:ListLayers", layers::list_layers, ListLayersError::generic);
    handlers.on("lambda:ListLayerVersions", layers::list_layer_versions, ListLayerVersionsError::generic);
    handlers.on("lambda:GetLayerVersion", layers::get_layer_version, GetLayerVersionError::generic);
    writes(handlers);
}

fn writes(handlers: &mut Handlers) {
    handlers.on("lambda:AddPermission", granting::add_permission, AddPermissionError::generic);
    handlers.on("lambda:CreateAlias", versions::create_alias, CreateAliasError::generic);
    handlers.on("lambda:CreateFunction", writing::create_function, CreateFunctionError::generic);
    handlers.on(
        "lambda:CreateFunctionUrlConfig",
        granting::create_function_url_config,
        CreateFunctionUrlConfigError::generic,
    );
    handlers.on("lambda:GetAccountSettings", account::get_account_settings, GetAccountSettingsError::generic);
    handlers.on("lambda:GetAlias", versions::get_alias, GetAliasError::generic);
    handlers.on(
        "lambda:GetFunctionCodeSigningConfig",
        account::get_function_code_signing_config,
        GetFunctionCodeSigningConfigError::generic,
    );
    handlers.on(
        "lambda:ListFunctionEventInvokeConfigs",
        access::list_function_event_invoke_configs,
        ListFunctionEventInvokeConfigsError::generic,
    );
    handlers.on(
        "lambda:ListProvisionedConcurrencyConfigs",
        account::list_provisioned_concurrency_configs,
        ListProvisionedConcurrencyConfigsError::generic,
    );
    handlers.on(
        "lambda:PublishLayerVersion",
        layers::publish_layer_version,
        PublishLayerVersionError::generic,
    );
    handlers.on("lambda:PublishVersion", versions::publish_version, PublishVersionError::generic);
    handlers.on(
        "lambda:PutFunctionConcurrency",
        granting::put_function_concurrency,
        PutFunctionConcurrencyError::generic,
    );
    handlers.on(
        "lambda:PutFunctionEventInvokeConfig",
        granting::put_function_event_invoke_config,
        PutFunctionEventInvokeConfigError::generic,
    );
    handlers.on("lambda:TagResource", granting::tag_resource, TagResourceError::generic);
    handlers.on("lambda:UpdateAlias", versions::update_alias, UpdateAliasError::generic);
    handlers.on("lambda:UpdateFunctionCode", writing::update_function_code, UpdateFunctionCodeError::generic);
    handlers.on(
        "lambda:UpdateFunctionConfiguration",
        writing::update_function_configuration,
        UpdateFunctionConfigurationError::generic,
    );
    handlers.on(
        "lambda:UpdateFunctionUrlConfig",
        granting::update_function_url_config,
        UpdateFunctionUrlConfigError::generic,
    );
}

/// A thing that is not there.
fn not_found(message: impl Into<String>) -> Fault {
    Fault::new("ResourceNotFoundException", message).status(404)
}

/// A value that Lambda refuses.
fn invalid_value(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValueException", message)
}

/// One page of a Lambda list: never more than `most` items, whatever the caller asks for up to 10,000.
fn marker_page<T>(
    items: impl IntoIterator<Item = T>,
    marker: Option<&str>,
    max_items: Option<i32>,
    most: usize,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let size = match max_items.map(usize::try_from) {
        None => most,
        Some(Ok(size @ 1..=10_000)) => size.min(most),
        _ => {
            let message =
                format!("Value '{max_items:?}' at 'maxItems' failed to satisfy constraint: 1 to 10000");
            return Err(Fault::new("ValidationException", message));
        }
    };
    page(items, marker.filter(|marker| !marker.is_empty()), size, "InvalidParameterValueException")
}

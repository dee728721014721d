//! What the account may have and has, and what few functions have: signed code, executions that are kept ready.

use aws_sdk_lambda::operation::get_account_settings::{GetAccountSettingsInput, GetAccountSettingsOutput};
use aws_sdk_lambda::operation::get_function_code_signing_config::{
    GetFunctionCodeSigningConfigInput, GetFunctionCodeSigningConfigOutput,
};
use aws_sdk_lambda::operation::list_provisioned_concurrency_configs::{
    ListProvisionedConcurrencyConfigsInput, ListProvisionedConcurrencyConfigsOutput,
};
use aws_sdk_lambda::types::{
    AccountLimit, AccountUsage, ProvisionedConcurrencyConfigListItem, ProvisionedConcurrencyStatusEnum,
};

use super::functions::PAGE;
use super::marker_page;
use super::names::{function_arn, named};
use super::packages::stored;
use crate::sandbox::call::{Call, Fault, in_region};

#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(super) fn get_account_settings(
    call: &mut Call<'_>,
    _: &GetAccountSettingsInput,
) -> Result<GetAccountSettingsOutput, Fault> {
    let here = in_region(&call.world.lambda.regions, &call.region);
    let settings = &call.world.lambda.settings;
    let reserved: i32 = here.functions.values().filter_map(|function| function.reserved_concurrency).sum();
    let limit = AccountLimit::builder()
        .total_code_size(settings.code_storage)
        .code_size_unzipped(262_144_000)
        .code_size_zipped(52_428_800)
        .concurrent_executions(settings.concurrency)
        .unreserved_concurrent_executions(settings.concurrency - reserved);
    let usage = AccountUsage::builder()
        .total_code_size(stored(&here))
        .function_count(i64::try_from(here.functions.len()).unwrap_or(i64::MAX));
    Ok(GetAccountSettingsOutput::builder().account_limit(limit.build()).account_usage(usage.build()).build())
}

/// A function without such rules has an answer, too: an empty one.
pub(super) fn get_function_code_signing_config(
    call: &mut Call<'_>,
    input: &GetFunctionCodeSigningConfigInput,
) -> Result<GetFunctionCodeSigningConfigOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let arn = named.function(call, &here)?.code_signing.clone().unwrap_or_default();
    let answer = GetFunctionCodeSigningConfigOutput::builder();
    Ok(answer.code_signing_config_arn(arn).function_name(&named.name).build()?)
}

pub(super) fn list_provisioned_concurrency_configs(
    call: &mut Call<'_>,
    input: &ListProvisionedConcurrencyConfigsInput,
) -> Result<ListProvisionedConcurrencyConfigsOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let all = &named.function(call, &here)?.provisioned_concurrency;
    let (found, next) = marker_page(all, input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(qualifier, many)| {
        ProvisionedConcurrencyConfigListItem::builder()
            .function_arn(function_arn(call, &named.name, qualifier))
            .requested_provisioned_concurrent_executions(*many)
            .status(ProvisionedConcurrencyStatusEnum::Ready)
            .build()
    });
    Ok(ListProvisionedConcurrencyConfigsOutput::builder()
        .set_provisioned_concurrency_configs(Some(found.collect()))
        .set_next_marker(next)
        .build())
}

//! Event source mappings, listed.

use aws_sdk_lambda::operation::list_event_source_mappings::{
    ListEventSourceMappingsInput, ListEventSourceMappingsOutput,
};
use aws_sdk_lambda::types::EventSourceMappingConfiguration;
use aws_smithy_types::DateTime;

use super::marker_page;
use super::names::{function_arn, named};
use crate::sandbox::call::{Call, Fault, in_region};

pub(super) fn list_event_source_mappings(
    call: &mut Call<'_>,
    input: &ListEventSourceMappingsInput,
) -> Result<ListEventSourceMappingsOutput, Fault> {
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = match input.function_name() {
        None => None,
        Some(given) => {
            let named = named(call, Some(given), None)?;
            named.version(call, &here)?;
            Some(named)
        }
    };
    let found = here.event_source_mappings.iter().filter(|(_, mapping)| {
        let of_function = function.as_ref().is_none_or(|named| {
            named.name == mapping.function
                && named.qualifier == mapping.qualifier.as_deref().unwrap_or_default()
        });
        of_function && input.event_source_arn().is_none_or(|arn| arn == mapping.event_source_arn)
    });
    let (found, next) = marker_page(found, input.marker(), input.max_items(), 100)?;
    let found = found.into_iter().map(|(uuid, mapping)| {
        let arn = format!("arn:aws:lambda:{}:{}:event-source-mapping:{uuid}", call.region, call.account());
        EventSourceMappingConfiguration::builder()
            .uuid(uuid)
            .batch_size(mapping.batch_size)
            .event_source_arn(&mapping.event_source_arn)
            .function_arn(function_arn(
                call,
                &mapping.function,
                mapping.qualifier.as_deref().unwrap_or_default(),
            ))
            .last_modified(DateTime::from_secs(mapping.modified_at))
            .state(&mapping.state)
            .event_source_mapping_arn(arn)
            .build()
    });
    let found = found.collect();
    Ok(ListEventSourceMappingsOutput::builder()
        .set_event_source_mappings(Some(found))
        .set_next_marker(next)
        .build())
}

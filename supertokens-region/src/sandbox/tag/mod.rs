//! The Resource Groups Tagging API: tags of things of any service, in one list. It keeps nothing: the tags are where the
//! things are. Of this world it knows the functions.

#[cfg(test)]
mod tests;

use aws_sdk_resourcegroupstagging::operation::get_resources::{
    GetResourcesError, GetResourcesInput, GetResourcesOutput,
};
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, Tag};

use super::call::in_region;
use super::door::Handlers;
use super::{Call, Fault, page};

/// AWS's page size, where the caller says none, and the largest one.
const PAGE: (usize, usize) = (50, 100);
/// What AWS takes as the type of a resource: `service` or `service:type`.
const FUNCTIONS: [&str; 2] = ["lambda", "lambda:function"];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("tag:GetResources", get_resources, GetResourcesError::generic);
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// All tagged functions of the region, by ARN. What never had a tag is not in the list.
fn get_resources(call: &mut Call<'_>, input: &GetResourcesInput) -> Result<GetResourcesOutput, Fault> {
    let size = check(input)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let tagged = here.functions.iter().filter(|(_, function)| !function.tags.is_empty());
    let fits = |tags: &std::collections::BTreeMap<String, String>| {
        input.tag_filters().iter().all(|filter| {
            let value = tags.get(filter.key().unwrap_or_default());
            value.is_some_and(|value| filter.values().is_empty() || filter.values().contains(value))
        })
    };
    let tagged = tagged.filter(|(_, function)| fits(&function.tags));
    // The token of the first page, and of the one after the last, is an empty text.
    let token = input.pagination_token().filter(|token| !token.is_empty());
    let (found, next) = page(tagged, token, size, "InvalidParameterException")?;
    let told = found.into_iter().map(|(name, function)| {
        let tags = function.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let arn = format!("arn:aws:lambda:{}:{}:function:{name}", call.region, call.account());
        let tags: Result<Vec<_>, _> = tags.collect();
        Ok(ResourceTagMapping::builder().resource_arn(arn).set_tags(Some(tags?)).build())
    });
    let told = told.collect::<Result<_, Fault>>()?;
    Ok(GetResourcesOutput::builder()
        .set_resource_tag_mapping_list(Some(told))
        .pagination_token(next.unwrap_or_default())
        .build())
}

/// Refuses what AWS refuses, and what nobody knows here; tells the size of a page.
fn check(input: &GetResourcesInput) -> Result<usize, Fault> {
    let elsewhere = input.resource_type_filters().iter().find(|kind| !FUNCTIONS.contains(&kind.as_str()));
    if let Some(kind) = elsewhere {
        if kind.is_empty() || kind.len() > 256 {
            return Err(invalid("A resource type has between 0 and 256 characters."));
        }
        let text = format!("the embedded AWS doesn't list the tags of `{kind}`");
        return Err(Fault::new("NotImplemented", text).status(501));
    }
    if input.resource_type_filters().is_empty() || !input.resource_arn_list().is_empty() {
        let text = "the embedded AWS lists tags by the type of the resource only";
        return Err(Fault::new("NotImplemented", text).status(501));
    }
    if input.tag_filters().len() > 50 || input.tag_filters().iter().any(|filter| filter.values().len() > 20) {
        return Err(invalid(
            "A request can include up to 50 keys, and each key can include up to 20 values.",
        ));
    }
    if input.tags_per_page().is_some_and(|many| !(100..=500).contains(&many) || many % 100 != 0) {
        return Err(invalid("TagsPerPage must be between 100 and 500, in steps of 100."));
    }
    if input.exclude_compliant_resources() == Some(true) && input.include_compliance_details() != Some(true) {
        return Err(invalid("ExcludeCompliantResources needs IncludeComplianceDetails."));
    }
    match input.resources_per_page().map(usize::try_from) {
        None => Ok(PAGE.0),
        Some(Ok(size)) if (1..=PAGE.1).contains(&size) => Ok(size),
        Some(_) => Err(invalid("ResourcesPerPage must be between 1 and 100.")),
    }
}

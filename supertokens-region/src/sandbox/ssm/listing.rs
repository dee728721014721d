//! The lists: documents, versions, tags, shares.

use std::collections::BTreeMap;

use aws_sdk_ssm::operation::describe_document_permission::{
    DescribeDocumentPermissionInput, DescribeDocumentPermissionOutput,
};
use aws_sdk_ssm::operation::list_document_versions::{ListDocumentVersionsInput, ListDocumentVersionsOutput};
use aws_sdk_ssm::operation::list_documents::{ListDocumentsInput, ListDocumentsOutput};
use aws_sdk_ssm::operation::list_tags_for_resource::{ListTagsForResourceInput, ListTagsForResourceOutput};
use aws_sdk_ssm::types::{
    AccountSharingInfo, DocumentFormat, DocumentIdentifier, DocumentPermissionType, DocumentStatus,
    DocumentType, DocumentVersionInfo, PlatformType, ResourceTypeForTagging,
};
use aws_smithy_types::DateTime;

use super::reading::{Found, find, told_requirements, told_tags};
use super::{Document, content, owned, validation};
use crate::sandbox::call::{Call, Fault, in_region};
use crate::sandbox::page;

/// A filter of the caller: a key with the values of which one must fit.
type Filter = (String, Vec<String>);

pub(super) fn list_documents(
    call: &mut Call<'_>,
    input: &ListDocumentsInput,
) -> Result<ListDocumentsOutput, Fault> {
    let size = page_size(input.max_results(), 50)?;
    let newer = input
        .filters()
        .iter()
        .map(|filter| (filter.key().unwrap_or_default().to_owned(), filter.values().to_vec()));
    let older = input
        .document_filter_list()
        .iter()
        .map(|filter| (filter.key().as_str().to_owned(), vec![filter.value().to_owned()]));
    let filters: Vec<Filter> = newer.chain(older).collect();
    check(&filters)?;
    let here = in_region(&call.world.ssm.regions, &call.region);
    let account = call.account();
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    for (owner, documents) in [("Amazon", &owned::documents()), (account.as_str(), &here.documents)] {
        for (name, document) in documents {
            let found = Found { name: name.clone(), owner: owner.to_owned(), document: document.clone() };
            all.insert(name.clone(), found);
        }
    }
    let wanted = all.into_values().filter(|found| filters.iter().all(|filter| fits(found, filter)));
    let (documents, next) = page(wanted, input.next_token(), size, "InvalidNextToken")?;
    let told: Vec<DocumentIdentifier> = documents.iter().map(told).collect::<Result<_, _>>()?;
    Ok(ListDocumentsOutput::builder().set_document_identifiers(Some(told)).set_next_token(next).build())
}

/// What is wrong with the filters.
fn check(filters: &[Filter]) -> Result<(), Fault> {
    for (key, values) in filters {
        let known = ["Owner", "Name", "DocumentType", "PlatformTypes", "TargetType", "SearchKeyword"];
        if !known.contains(&key.as_str()) && !key.starts_with("tag:") {
            return Err(Fault::new("InvalidFilterKey", format!("The filter key {key} is not valid.")));
        }
        let owners = ["Amazon", "Private", "Public", "Self", "ThirdParty", "All"];
        let one_owner = values.len() == 1 && owners.contains(&values[0].as_str());
        if values.is_empty() || (key == "Owner" && !one_owner) {
            return Err(validation(format!("The filter {key} doesn't take the values {values:?}")));
        }
        if filters.iter().filter(|(other, _)| other == key).count() > 1 {
            return Err(validation(format!("The filter {key} is given twice")));
        }
    }
    Ok(())
}

fn fits(found: &Found, (key, values): &Filter) -> bool {
    let document = &found.document;
    values.iter().any(|value| match key.as_str() {
        "Owner" => match value.as_str() {
            "Amazon" => found.owner == "Amazon",
            "Self" => found.owner != "Amazon",
            // No document of this world is shared by others or sold.
            "Private" | "ThirdParty" => false,
            "Public" => found.owner == "Amazon" || document.shares.contains_key("All"),
            _ => true,
        },
        "Name" => found.name.starts_with(value.as_str()),
        "DocumentType" => document.document_type == *value,
        "PlatformTypes" => document
            .versions
            .get(&document.default_version)
            .is_some_and(|version| content::platforms(version).contains(&PlatformType::from(value.as_str()))),
        "TargetType" => document.target_type.as_deref() == Some(value),
        "SearchKeyword" => found.name.to_lowercase().contains(&value.to_lowercase()),
        _ => key.strip_prefix("tag:").and_then(|tag| document.tags.get(tag)) == Some(value),
    })
}

/// A document in a list, as AWS tells it: by its default version.
fn told(found: &Found) -> Result<DocumentIdentifier, Fault> {
    let document = &found.document;
    let missing =
        || Fault::new("InternalServerError", format!("{} has no default version", found.name)).status(500);
    let version = document.versions.get(&document.default_version).ok_or_else(missing)?;
    Ok(DocumentIdentifier::builder()
        .name(&found.name)
        .created_date(DateTime::from_secs(version.created_at))
        .set_display_name(version.display_name.clone())
        .owner(&found.owner)
        .set_version_name(version.version_name.clone())
        .set_platform_types(Some(content::platforms(version)))
        .document_version(document.default_version.to_string())
        .document_type(DocumentType::from(document.document_type.as_str()))
        .set_schema_version(content::outline(version).schema_version)
        .document_format(DocumentFormat::from(version.format.as_str()))
        .set_target_type(document.target_type.clone())
        .set_tags(Some(told_tags(document)?))
        .set_requires(told_requirements(version)?)
        .build())
}

pub(super) fn list_document_versions(
    call: &mut Call<'_>,
    input: &ListDocumentVersionsInput,
) -> Result<ListDocumentVersionsOutput, Fault> {
    let found = find(call, input.name())?;
    let size = page_size(input.max_results(), 50)?;
    let versions = found.document.versions.iter().map(|(number, version)| {
        DocumentVersionInfo::builder()
            .name(&found.name)
            .set_display_name(version.display_name.clone())
            .document_version(number.to_string())
            .set_version_name(version.version_name.clone())
            .created_date(DateTime::from_secs(version.created_at))
            .is_default_version(*number == found.document.default_version)
            .document_format(DocumentFormat::from(version.format.as_str()))
            .status(DocumentStatus::from(version.status.as_str()))
            .set_status_information(version.status_information.clone())
            .build()
    });
    let (versions, next) = page(versions, input.next_token(), size, "InvalidNextToken")?;
    Ok(ListDocumentVersionsOutput::builder()
        .set_document_versions(Some(versions))
        .set_next_token(next)
        .build())
}

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    let kind = input.resource_type().map_or("", ResourceTypeForTagging::as_str);
    if !ResourceTypeForTagging::values().contains(&kind) {
        return Err(Fault::new("InvalidResourceType", format!("The resource type {kind:?} is not valid.")));
    }
    let name = input.resource_id().unwrap_or_default();
    let here = in_region(&call.world.ssm.regions, &call.region);
    let document: Option<&Document> = here.documents.get(name).filter(|_| kind == "Document");
    let document = document
        .ok_or_else(|| Fault::new("InvalidResourceId", format!("The resource ID {name:?} is not valid.")))?;
    Ok(ListTagsForResourceOutput::builder().set_tag_list(Some(told_tags(document)?)).build())
}

pub(super) fn describe_document_permission(
    call: &mut Call<'_>,
    input: &DescribeDocumentPermissionInput,
) -> Result<DescribeDocumentPermissionOutput, Fault> {
    if input.permission_type() != Some(&DocumentPermissionType::Share) {
        return Err(Fault::new(
            "InvalidPermissionType",
            "The permission type is not supported: Share is the only one.",
        ));
    }
    let found = find(call, input.name())?;
    if found.owner == "Amazon" {
        let message = format!("{} belongs to AWS", found.name);
        return Err(Fault::new("InvalidDocumentOperation", message));
    }
    let size = page_size(input.max_results(), 200)?;
    let (shares, next) = page(found.document.shares, input.next_token(), size, "InvalidNextToken")?;
    let infos = shares.iter().map(|(account, version)| {
        AccountSharingInfo::builder().account_id(account).shared_document_version(version).build()
    });
    Ok(DescribeDocumentPermissionOutput::builder()
        .set_account_sharing_info_list(Some(infos.collect()))
        .set_account_ids(Some(shares.into_iter().map(|(account, _)| account).collect()))
        .set_next_token(next)
        .build())
}

/// AWS refuses a page size out of its bounds, instead of capping it.
fn page_size(asked: Option<i32>, most: usize) -> Result<usize, Fault> {
    match asked.map(usize::try_from) {
        None => Ok(most),
        Some(Ok(size)) if (1..=most).contains(&size) => Ok(size),
        _ => Err(validation(format!(
            "Value '{asked:?}' at 'maxResults' failed to satisfy constraint: 1 to {most}"
        ))),
    }
}

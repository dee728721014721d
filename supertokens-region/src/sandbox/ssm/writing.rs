//! Documents are made, get further versions, another default version, tags.

use aws_sdk_ssm::operation::add_tags_to_resource::{AddTagsToResourceInput, AddTagsToResourceOutput};
use aws_sdk_ssm::operation::create_document::{CreateDocumentInput, CreateDocumentOutput};
use aws_sdk_ssm::operation::update_document::{UpdateDocumentInput, UpdateDocumentOutput};
use aws_sdk_ssm::operation::update_document_default_version::{
    UpdateDocumentDefaultVersionInput, UpdateDocumentDefaultVersionOutput,
};
use aws_sdk_ssm::types::{
    AttachmentsSource, DocumentDefaultVersionDescription, DocumentFormat, DocumentRequires, DocumentStatus,
    DocumentType, ResourceTypeForTagging,
};

use super::reading::{Found, described, find};
use super::{Document, Requirement, SsmRegion, Version, rules, validation};
use crate::sandbox::call::{Call, Fault, in_region};

/// As many documents as an account has in a region, unless it asks AWS for more.
const DOCUMENTS: usize = 500;
/// As many versions as a document has.
const VERSIONS: usize = 1000;
/// As many tags as anything has.
const TAGS: usize = 50;

/// The new document is there at once. AWS answers before it is, and so does this: `Creating`.
pub(super) fn create_document(
    call: &mut Call<'_>,
    input: &CreateDocumentInput,
) -> Result<CreateDocumentOutput, Fault> {
    let name = input.name().unwrap_or_default();
    let kind = input.document_type().map_or("Command", DocumentType::as_str);
    let format = input.document_format().map_or("JSON", DocumentFormat::as_str);
    rules::name(name)?;
    rules::document_type(kind)?;
    rules::version_name(input.version_name())?;
    rules::display_name(input.display_name())?;
    rules::target_type(input.target_type())?;
    rules::tags(input.tags())?;
    if input.tags().len() > TAGS {
        return Err(validation("A document has at most 50 tags"));
    }
    no_attachments(input.attachments())?;
    rules::content(kind, format, input.content().unwrap_or_default())?;
    let requires = required(call, input.requires())?;
    let here = in_region(&call.world.ssm.regions, &call.region);
    if here.documents.contains_key(name) {
        return Err(Fault::new("DocumentAlreadyExists", "The specified document already exists."));
    }
    if here.documents.len() >= DOCUMENTS {
        return Err(Fault::new("DocumentLimitExceeded", "You can have at most 500 SSM documents."));
    }
    let first = Version {
        version_name: input.version_name().map(str::to_owned),
        display_name: input.display_name().map(str::to_owned),
        created_at: call.world.clock,
        requires,
        ..Version::new(format, input.content().unwrap_or_default())
    };
    let document = Document {
        target_type: input.target_type().map(str::to_owned),
        tags: input.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
        ..Document::new(kind, first)
    };
    let found = Found { name: name.to_owned(), owner: call.account(), document };
    let mut description = described(&found, 1, &found.document.versions[&1])?;
    description.status = Some(DocumentStatus::Creating);
    mine(call).documents.insert(found.name, found.document);
    Ok(CreateDocumentOutput::builder().document_description(description).build())
}

/// Adds a version. Only the latest one can be followed by another; no two have the same content or name.
pub(super) fn update_document(
    call: &mut Call<'_>,
    input: &UpdateDocumentInput,
) -> Result<UpdateDocumentOutput, Fault> {
    let format = input.document_format().map_or("JSON", DocumentFormat::as_str);
    let content = input.content().unwrap_or_default();
    rules::version_name(input.version_name())?;
    rules::display_name(input.display_name())?;
    rules::target_type(input.target_type())?;
    no_attachments(input.attachments())?;
    let mut found = own(call, input.name())?;
    let document = &mut found.document;
    rules::content(&document.document_type, format, content)?;
    let latest = document.latest_version();
    if !input.document_version().is_some_and(|given| given == "$LATEST" || given == latest.to_string()) {
        let text = "The document version is not valid or does not exist.";
        return Err(Fault::new("InvalidDocumentVersion", text));
    }
    if input.version_name().is_some()
        && document.versions.values().any(|other| other.version_name.as_deref() == input.version_name())
    {
        let text = "The specified version name is a duplicate.";
        return Err(Fault::new("DuplicateDocumentVersionName", text));
    }
    if document.versions.values().any(|other| other.content == content) {
        let text = "The content of the association document matches another document. Change the content of the \
                    document and try again.";
        return Err(Fault::new("DuplicateDocumentContent", text));
    }
    if document.versions.len() >= VERSIONS {
        let text = "The document has too many versions. Delete one or more document versions and try again.";
        return Err(Fault::new("DocumentVersionLimitExceeded", text));
    }
    // What isn't given stays as it is in the version before.
    let before = document.versions.get(&latest).cloned().unwrap_or_default();
    let version = Version {
        version_name: input.version_name().map(str::to_owned),
        display_name: input.display_name().map(str::to_owned).or(before.display_name),
        created_at: call.world.clock,
        requires: before.requires,
        ..Version::new(format, content)
    };
    if let Some(target) = input.target_type() {
        document.target_type = Some(target.to_owned());
    }
    document.versions.insert(latest + 1, version.clone());
    let mut description = described(&found, latest + 1, &version)?;
    description.status = Some(DocumentStatus::Updating);
    mine(call).documents.insert(found.name, found.document);
    Ok(UpdateDocumentOutput::builder().document_description(description).build())
}

pub(super) fn update_document_default_version(
    call: &mut Call<'_>,
    input: &UpdateDocumentDefaultVersionInput,
) -> Result<UpdateDocumentDefaultVersionOutput, Fault> {
    let given = input.document_version().unwrap_or_default();
    let number = given.parse::<u64>().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| {
        validation(format!("Value '{given}' at 'documentVersion' failed to satisfy constraint"))
    })?;
    let mut found = own(call, input.name())?;
    let Some(version) = found.document.versions.get(&number) else {
        let text = "The document version is not valid or does not exist.";
        return Err(Fault::new("InvalidDocumentVersion", text));
    };
    let description = DocumentDefaultVersionDescription::builder()
        .name(&found.name)
        .default_version(given)
        .set_default_version_name(version.version_name.clone())
        .build();
    found.document.default_version = number;
    mine(call).documents.insert(found.name, found.document);
    Ok(UpdateDocumentDefaultVersionOutput::builder().description(description).build())
}

/// Adds tags, or gives them other values; the others stay.
pub(super) fn add_tags_to_resource(
    call: &mut Call<'_>,
    input: &AddTagsToResourceInput,
) -> Result<AddTagsToResourceOutput, Fault> {
    let kind = input.resource_type().map_or("", ResourceTypeForTagging::as_str);
    if !ResourceTypeForTagging::values().contains(&kind) {
        return Err(Fault::new("InvalidResourceType", format!("The resource type {kind:?} is not valid.")));
    }
    rules::tags(input.tags())?;
    let name = input.resource_id().unwrap_or_default();
    let here = in_region(&call.world.ssm.regions, &call.region);
    let Some(document) = here.documents.get(name).filter(|_| kind == "Document") else {
        return Err(Fault::new("InvalidResourceId", format!("The resource ID {name:?} is not valid.")));
    };
    let mut document = document.clone();
    document.tags.extend(input.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
    if document.tags.len() > TAGS {
        return Err(Fault::new("TooManyTagsError", "The number of tags exceeds the limit of 50."));
    }
    mine(call).documents.insert(name.to_owned(), document);
    Ok(AddTagsToResourceOutput::builder().build())
}

fn mine<'c>(call: &'c mut Call<'_>) -> &'c mut SsmRegion {
    call.world.ssm.regions.entry(call.region.clone()).or_default()
}

/// The account's own document of this name: those of AWS can't be changed.
fn own(call: &Call<'_>, name: Option<&str>) -> Result<Found, Fault> {
    let found = find(call, name)?;
    if found.owner == "Amazon" {
        let text = format!("{} belongs to AWS and can't be changed", found.name);
        return Err(Fault::new("InvalidDocumentOperation", text));
    }
    Ok(found)
}

fn no_attachments(given: &[AttachmentsSource]) -> Result<(), Fault> {
    match given {
        [] => Ok(()),
        _ => Err(validation("the embedded AWS takes no files with a document")),
    }
}

fn required(call: &Call<'_>, given: &[DocumentRequires]) -> Result<Vec<Requirement>, Fault> {
    let required = given.iter().map(|needed| {
        find(call, Some(needed.name()))?;
        Ok(Requirement {
            name: needed.name().to_owned(),
            version: needed.version().map(str::to_owned),
            require_type: needed.require_type().map(str::to_owned),
            version_name: needed.version_name().map(str::to_owned),
        })
    });
    required.collect()
}

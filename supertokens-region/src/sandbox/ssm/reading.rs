//! One document: found, described, read.

use aws_sdk_ssm::operation::describe_document::{DescribeDocumentInput, DescribeDocumentOutput};
use aws_sdk_ssm::operation::get_document::{GetDocumentInput, GetDocumentOutput};
use aws_sdk_ssm::types::{
    AttachmentContent, AttachmentHashType, AttachmentInformation, DocumentDescription, DocumentFormat,
    DocumentHashType, DocumentRequires, DocumentStatus, DocumentType, Tag,
};
use aws_smithy_types::DateTime;

use super::{Document, Version, content, owned, validation};
use crate::sandbox::call::{Call, Fault, in_region};
use crate::sandbox::lambda::links;

/// A document that was found, and who owns it.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) document: Document,
}

pub(super) fn describe_document(
    call: &mut Call<'_>,
    input: &DescribeDocumentInput,
) -> Result<DescribeDocumentOutput, Fault> {
    let found = find(call, input.name())?;
    let (number, version) = chosen(&found.document, input.document_version(), input.version_name())?;
    let description = described(&found, number, version)?;
    Ok(DescribeDocumentOutput::builder().document(description).build())
}

/// A version of a document, as AWS describes it.
pub(super) fn described(found: &Found, number: u64, version: &Version) -> Result<DocumentDescription, Fault> {
    let outline = content::outline(version);
    let attachments =
        version.attachments.keys().map(|name| AttachmentInformation::builder().name(name).build());
    Ok(DocumentDescription::builder()
        .hash(content::sha256(version.content.as_bytes()))
        .hash_type(DocumentHashType::Sha256)
        .name(&found.name)
        .set_display_name(version.display_name.clone())
        .set_version_name(version.version_name.clone())
        .owner(&found.owner)
        .created_date(DateTime::from_secs(version.created_at))
        .status(DocumentStatus::from(version.status.as_str()))
        .set_status_information(version.status_information.clone())
        .document_version(number.to_string())
        .set_description(outline.description)
        .set_parameters(Some(outline.parameters).filter(|parameters| !parameters.is_empty()))
        .set_platform_types(Some(content::platforms(version)))
        .document_type(DocumentType::from(found.document.document_type.as_str()))
        .set_schema_version(outline.schema_version)
        .latest_version(found.document.latest_version().to_string())
        .default_version(found.document.default_version.to_string())
        .document_format(DocumentFormat::from(version.format.as_str()))
        .set_target_type(found.document.target_type.clone())
        .set_tags(Some(told_tags(&found.document)?))
        .set_attachments_information(Some(attachments.collect()))
        .set_requires(told_requirements(version)?)
        .build())
}

/// The content in its own format, byte for byte. AWS gives JSON to who names no format, and converts where it must:
/// this one converts nothing, and says so instead of giving another format than AWS would.
pub(super) fn get_document(
    call: &mut Call<'_>,
    input: &GetDocumentInput,
) -> Result<GetDocumentOutput, Fault> {
    let found = find(call, input.name())?;
    let (number, version) = chosen(&found.document, input.document_version(), input.version_name())?;
    let asked = input.document_format().map_or("JSON", DocumentFormat::as_str);
    if !["JSON", "YAML", "TEXT"].contains(&asked) {
        return Err(validation(format!("Value '{asked}' at 'documentFormat' failed to satisfy constraint")));
    }
    if version.format != "TEXT" && asked != version.format {
        return Err(validation(format!(
            "{} is {}: the embedded AWS doesn't convert it to {asked} (what AWS gives by default is JSON)",
            found.name, version.format
        )));
    }
    let attachments = version.attachments.iter().map(|(name, attachment)| {
        let bytes = attachment.bytes();
        let path = format!("documents/{}/{number}/{name}", found.name);
        AttachmentContent::builder()
            .name(name)
            .size(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
            .hash(content::sha256(&bytes))
            .hash_type(AttachmentHashType::Sha256)
            .url(links::presigned(call, "ssm-document-attachments", &path))
            .build()
    });
    Ok(GetDocumentOutput::builder()
        .name(&found.name)
        .created_date(DateTime::from_secs(version.created_at))
        .set_display_name(version.display_name.clone())
        .set_version_name(version.version_name.clone())
        .document_version(number.to_string())
        .status(DocumentStatus::from(version.status.as_str()))
        .set_status_information(version.status_information.clone())
        .content(&version.content)
        .document_type(DocumentType::from(found.document.document_type.as_str()))
        .document_format(DocumentFormat::from(version.format.as_str()))
        .set_requires(told_requirements(version)?)
        .set_attachments_content(Some(attachments.collect()))
        .build())
}

/// The document with this name or ARN: one of the account, or of AWS.
pub(super) fn find(call: &Call<'_>, given: Option<&str>) -> Result<Found, Fault> {
    let given = given.unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.:/".contains(c);
    if !(3..=128).contains(&given.len()) || !given.chars().all(allowed) {
        return Err(validation(format!("Value '{given}' at 'name' failed to satisfy constraint")));
    }
    let own_arn = format!("arn:aws:ssm:{}:{}:document/", call.region, call.account());
    let name = given.strip_prefix(&own_arn).unwrap_or(given);
    let here = in_region(&call.world.ssm.regions, &call.region);
    if let Some(document) = here.documents.get(name) {
        return Ok(Found { name: name.to_owned(), owner: call.account(), document: document.clone() });
    }
    match owned::documents().remove(name) {
        Some(document) => Ok(Found { name: name.to_owned(), owner: "Amazon".to_owned(), document }),
        None => Err(Fault::new("InvalidDocument", format!("Document with name {given} does not exist."))),
    }
}

/// The version that the caller chooses: by number, `$LATEST`, `$DEFAULT` or by its name; the default one otherwise.
fn chosen<'d>(
    document: &'d Document,
    number: Option<&str>,
    name: Option<&str>,
) -> Result<(u64, &'d Version), Fault> {
    let missing = |what: &str| {
        let message = format!("Document version {what} does not exist or is not valid.");
        Fault::new("InvalidDocumentVersion", message)
    };
    let number = match number {
        None if name.is_some() => None,
        None | Some("$DEFAULT") => Some(document.default_version),
        Some("$LATEST") => Some(document.latest_version()),
        Some(number) => Some(number.parse().map_err(|_| missing(number))?),
    };
    let fits = |at: u64, version: &Version| {
        number.is_none_or(|number| number == at)
            && name.is_none_or(|name| version.version_name.as_deref() == Some(name))
    };
    let found = document.versions.iter().find(|(at, version)| fits(**at, version));
    let what = || number.map_or_else(|| name.unwrap_or_default().to_owned(), |number| number.to_string());
    found.map(|(at, version)| (*at, version)).ok_or_else(|| missing(&what()))
}

pub(super) fn told_tags(document: &Document) -> Result<Vec<Tag>, Fault> {
    Ok(document
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()?)
}

pub(super) fn told_requirements(version: &Version) -> Result<Option<Vec<DocumentRequires>>, Fault> {
    let told = version.requires.iter().map(|needed| {
        DocumentRequires::builder()
            .name(&needed.name)
            .set_version(needed.version.clone())
            .set_require_type(needed.require_type.clone())
            .set_version_name(needed.version_name.clone())
            .build()
    });
    let told: Vec<DocumentRequires> = told.collect::<Result<_, _>>()?;
    Ok(Some(told).filter(|told| !told.is_empty()))
}

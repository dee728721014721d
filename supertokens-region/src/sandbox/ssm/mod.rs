//! Systems Manager: documents and parameters with all their versions.

mod content;
mod listing;
mod owned;
mod parameters;
mod reading;
mod rules;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_writing;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ssm::operation::add_tags_to_resource::AddTagsToResourceError;
use aws_sdk_ssm::operation::create_document::CreateDocumentError;
use aws_sdk_ssm::operation::describe_document::DescribeDocumentError;
use aws_sdk_ssm::operation::describe_document_permission::DescribeDocumentPermissionError;
use aws_sdk_ssm::operation::get_document::GetDocumentError;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use aws_sdk_ssm::operation::list_document_versions::ListDocumentVersionsError;
use aws_sdk_ssm::operation::list_documents::ListDocumentsError;
use aws_sdk_ssm::operation::list_tags_for_resource::ListTagsForResourceError;
use aws_sdk_ssm::operation::put_parameter::PutParameterError;
use aws_sdk_ssm::operation::update_document::UpdateDocumentError;
use aws_sdk_ssm::operation::update_document_default_version::UpdateDocumentDefaultVersionError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Fault;
use super::door::Handlers;

/// What is in Systems Manager, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ssm {
    /// By region.
    pub regions: BTreeMap<String, SsmRegion>,
}

/// What is in Systems Manager in one region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SsmRegion {
    /// The account's own documents, by name.
    pub documents: BTreeMap<String, Document>,
    /// The parameters of the Parameter Store, by name.
    pub parameters: BTreeMap<String, Parameter>,
}

/// A document. AWS tells schema version, description, parameters and platforms from its content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Type, such as `Command` or `Automation`.
    pub document_type: String,
    /// What it may run on, such as `/AWS::EC2::Instance`.
    pub target_type: Option<String>,
    /// The versions, by number. Deleted ones leave a gap. There is always one.
    pub versions: BTreeMap<u64, Version>,
    /// The version that runs unless the caller says which.
    pub default_version: u64,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The accounts that it is shared with (or `All`), each with the version (`$DEFAULT`).
    pub shares: BTreeMap<String, String>,
}

impl Document {
    /// A document with its first version.
    #[must_use]
    pub fn new(document_type: &str, first: Version) -> Self {
        Self {
            document_type: document_type.to_owned(),
            versions: [(1, first)].into(),
            default_version: 1,
            ..Self::default()
        }
    }

    /// The highest version number.
    #[must_use]
    pub fn latest_version(&self) -> u64 {
        self.versions.keys().next_back().copied().unwrap_or_default()
    }
}

/// A version of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The content, byte for byte as it was given.
    pub content: String,
    /// `JSON`, `YAML` or `TEXT`.
    pub format: String,
    /// The name that its maker gave this version.
    pub version_name: Option<String>,
    /// The name that is shown.
    pub display_name: Option<String>,
    /// Status, such as `Active`.
    pub status: String,
    /// Why, where the status is `Failed`.
    pub status_information: Option<String>,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// The documents that it needs.
    pub requires: Vec<Requirement>,
    /// The files that come with it, by name.
    pub attachments: BTreeMap<String, Attachment>,
}

impl Version {
    /// An active version.
    #[must_use]
    pub fn new(format: &str, content: &str) -> Self {
        Self {
            content: content.to_owned(),
            format: format.to_owned(),
            status: "Active".to_owned(),
            ..Self::default()
        }
    }
}

/// A parameter of the type `String`, in the standard tier: the only ones that the embedded AWS takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// What it is for.
    pub description: Option<String>,
    /// The versions, by number: the last 100 at the most. There is always one.
    pub versions: BTreeMap<i64, ParameterVersion>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A version of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterVersion {
    /// The value.
    pub value: String,
    /// When it was written, seconds since 1970.
    pub modified_at: i64,
    /// Names of this version, which keep it from being dropped.
    pub labels: BTreeSet<String>,
}

/// A document that another one needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// What for.
    pub require_type: Option<String>,
    /// The name of its version.
    pub version_name: Option<String>,
}

/// A file that comes with a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file, in base64.
    pub base64: String,
}

impl Attachment {
    /// A file with these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self { base64: STANDARD.encode(bytes) }
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.base64).unwrap_or_default()
    }
}

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ssm:ListDocuments", listing::list_documents, ListDocumentsError::generic);
    handlers.on(
        "ssm:ListDocumentVersions",
        listing::list_document_versions,
        ListDocumentVersionsError::generic,
    );
    handlers.on("ssm:DescribeDocument", reading::describe_document, DescribeDocumentError::generic);
    handlers.on("ssm:GetDocument", reading::get_document, GetDocumentError::generic);
    handlers.on(
        "ssm:DescribeDocumentPermission",
        listing::describe_document_permission,
        DescribeDocumentPermissionError::generic,
    );
    handlers.on(
        "ssm:ListTagsForResource",
        listing::list_tags_for_resource,
        ListTagsForResourceError::generic,
    );
    handlers.on("ssm:CreateDocument", writing::create_document, CreateDocumentError::generic);
    handlers.on("ssm:UpdateDocument", writing::update_document, UpdateDocumentError::generic);
    handlers.on(
        "ssm:UpdateDocumentDefaultVersion",
        writing::update_document_default_version,
        UpdateDocumentDefaultVersionError::generic,
    );
    handlers.on("ssm:AddTagsToResource", writing::add_tags_to_resource, AddTagsToResourceError::generic);
    handlers.on("ssm:GetParameter", parameters::get_parameter, GetParameterError::generic);
    handlers.on("ssm:PutParameter", parameters::put_parameter, PutParameterError::generic);
}

/// What AWS refuses before it looks at anything.
fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

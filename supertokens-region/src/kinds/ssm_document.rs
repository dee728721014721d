//! Systems Manager documents with all their versions, which callers choose by number.

mod check;
mod content;
mod copied;
mod making;
mod preflight;
#[cfg(test)]
mod tests;
mod there;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::carried::{IN_FLIGHT, side_by_side};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::tags::{self, Tags};
use content::{Content, Number};
use there::Documents;

/// A document of this account. Made with [`ssm_document`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SsmDocument {
    name: String,
    document_type: String,
    /// Of the versions that are added.
    #[serde(skip)]
    format: String,
    /// Of the versions that are added.
    #[serde(skip)]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_type: Option<String>,
    versions: BTreeMap<Number, Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_version: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    requires: Vec<Requirement>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// One version, which AWS never changes once it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Version {
    content: Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
}

/// Another document that it needs, as AWS keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Requirement {
    document: Ref<SsmDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_name: Option<String>,
}

/// A `Command` document of this name in JSON: 3-128 letters, digits, `_`, `-` and `.`, not beginning with `aws`, `amazon`
/// or `amzn`. It needs a [`SsmDocument::version`].
#[must_use]
pub fn ssm_document(name: &str) -> SsmDocument {
    SsmDocument {
        name: name.to_owned(),
        document_type: "Command".to_owned(),
        format: "JSON".to_owned(),
        display_name: None,
        target_type: None,
        versions: BTreeMap::new(),
        default_version: None,
        requires: vec![],
        tags: Tags::new(),
    }
}

impl SsmDocument {
    /// The same with another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// What AWS does with it: `Command` (the default), `Automation`, `Session`, `Policy` ... Fixed once it is there.
    #[must_use]
    pub fn document_type(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.document_type);
        self
    }

    /// What its versions are written in: `JSON` (the default), `YAML` or `TEXT`.
    #[must_use]
    pub fn format(mut self, format: &str) -> Self {
        format.clone_into(&mut self.format);
        for version in self.versions.values_mut() {
            version.content = version.content.in_format(format);
        }
        self
    }

    /// Adds the next version with this content, up to 64 KB: the first one is 1. AWS never changes a version, takes no
    /// content twice, and gives no number twice. Plans show its hash, never the content.
    #[must_use]
    pub fn version(mut self, content: &str) -> Self {
        let content = Content::new(&self.format, content);
        let version = Version { content, name: None, display_name: self.display_name.clone() };
        self.versions.insert(Number(self.last().0 + 1), version);
        self
    }

    /// Adds the next version, which has a name too: 1-128 letters, digits, `_`, `-` and `.`, unique in the document.
    #[must_use]
    pub fn named_version(self, content: &str, name: &str) -> Self {
        let mut document = self.version(content);
        if let Some(mut last) = document.versions.last_entry() {
            last.get_mut().name = Some(name.to_owned());
        }
        document
    }

    /// The version that runs for those who don't say which. Default: as it is, for a new document 1.
    #[must_use]
    pub fn default_version(mut self, number: i64) -> Self {
        self.default_version = Some(number);
        self
    }

    /// What it can run on, such as `/AWS::EC2::Instance`, or `/` for everything. Default: as it is. AWS changes it
    /// together with a new version only.
    #[must_use]
    pub fn target_type(mut self, target: &str) -> Self {
        self.target_type = Some(target.to_owned());
        self
    }

    /// The name that consoles show, of all its versions. Default: as it is.
    #[must_use]
    pub fn display_name(mut self, name: &str) -> Self {
        self.display_name = Some(name.to_owned());
        for version in self.versions.values_mut() {
            version.display_name = Some(name.to_owned());
        }
        self
    }

    /// It needs this document, which is made before.
    #[must_use]
    pub fn requires(mut self, document: Ref<SsmDocument>) -> Self {
        self.requires.push(Requirement { document, version: None, require_type: None, version_name: None });
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("SsmDocument");
        words.word("ssm_document", ssm_document);
        words.word("named", Self::named);
        words.word("document_type", Self::document_type);
        words.word("format", Self::format);
        words.word("version", Self::version);
        words.word("version", Self::named_version);
        words.word("default_version", Self::default_version);
        words.word("target_type", Self::target_type);
        words.word("display_name", Self::display_name);
        words.word("requires", Self::requires);
        words.word("tag", Self::tag);
    }

    /// The number of its last version; 0 where it has none.
    fn last(&self) -> Number {
        self.versions.keys().next_back().copied().unwrap_or(Number(0))
    }
}

impl Kind for SsmDocument {
    const WORD: &'static str = "ssm_document";

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        let own = |needed: &&Requirement| !check::is_reserved(needed.document.name());
        self.requires.iter().filter(own).map(|needed| needed.document.address()).collect()
    }

    fn check(&self) -> Vec<Invalid> {
        check::check(self)
    }

    fn remarks(&self, live: Option<&Live<Self>>, _: &Graph) -> Vec<Finding> {
        let Some(Live { is: there, .. }) = live else { return vec![] };
        let mut remarks = vec![];
        if let Err(Error::Conflict { message, hint }) = self.fits(there) {
            remarks.push(Finding::error("cannot-change", message).hint(hint));
        }
        if self.default_version.is_some_and(|number| there.default_version != Some(number)) {
            let text = "associations with the default version run at once when it changes";
            remarks.push(Finding::warning("runs-associations", text));
        }
        remarks
    }

    fn calls(&self, live: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        let there = live.map_or(0, |live| live.is.versions.len());
        vec![("ssm:CreateDocument", self.versions.len().saturating_sub(there) as u64)]
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<Documents>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        match cx.aws.list::<Documents>(cx.region).await {
            Ok(listed) => there::read(wanted, &listed, cx).await,
            Err(error) => all_failed(wanted, &error),
        }
    }

    async fn preflight(missing: &[Self], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
        let full = check::no_room(cx.aws.list::<Documents>(cx.region).await?.0.len(), missing.len());
        let told = missing.iter().map(async |document| {
            full.clone().into_iter().chain(document.told_beforehand(cx).await).collect()
        });
        Ok(side_by_side(IN_FLIGHT, told.collect()).await)
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        self.fetch(live.map(|live| &live.is), cx).await?;
        let (there, latest) = match live {
            Some(live) => (live.is.clone(), None),
            None => self.create(cx).await?,
        };
        self.fits(&there)?;
        self.append(&there, latest, cx).await?;
        let ssm = cx.aws.ssm(cx.region);
        let chosen = async {
            let differs = |number: &i64| there.default_version != Some(*number);
            let Some(number) = self.default_version.filter(differs) else { return Ok(()) };
            let set = ssm.update_document_default_version().name(&self.name);
            set.document_version(number.to_string()).send().await?;
            Ok::<_, Error>(())
        };
        let tagged = async {
            let missing = tags::missing(&self.tags, &there.tags);
            if !missing.is_empty() {
                let kind = aws_sdk_ssm::types::ResourceTypeForTagging::Document;
                let add = ssm.add_tags_to_resource().resource_type(kind).resource_id(&self.name);
                add.set_tags(there::sent_tags(&missing)).send().await?;
            }
            Ok(())
        };
        tokio::try_join!(chosen, tagged)?;
        Ok(there::arn(&self.name, cx))
    }
}

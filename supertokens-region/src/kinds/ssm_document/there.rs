//! The documents that are there, in our words.

use std::collections::BTreeMap;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{
    DocumentDescription, DocumentFormat, DocumentIdentifier, DocumentKeyValuesFilter, DocumentRequires,
    DocumentStatus, DocumentType, Tag,
};

use super::content::{Content, Number, names};
use super::{Requirement, SsmDocument, Version};
use crate::address::Ref;
use crate::aws::{Aws, Listing};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::{Cx, Live};
use crate::kinds::carried::{IN_FLIGHT, side_by_side};
use crate::tags::Tags;
use crate::text::count;

/// As many documents as AWS tells in one answer.
const PAGE: i32 = 50;
/// What AWS says of a document or version that there isn't.
const NONE: [&str; 2] = ["InvalidDocument", "InvalidDocumentVersion"];

/// The account's own documents, by name.
pub(super) struct Documents(pub(super) BTreeMap<String, DocumentIdentifier>);

impl Listing for Documents {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let own = DocumentKeyValuesFilter::builder().key("Owner").values("Self").build();
        let list = aws.ssm(region).list_documents().filters(own).max_results(PAGE);
        let mut pages = list.into_paginator().send();
        let mut all = BTreeMap::new();
        while let Some(page) = pages.try_next().await? {
            for document in page.document_identifiers.into_iter().flatten() {
                all.insert(document.name().unwrap_or_default().to_owned(), document);
            }
        }
        Ok(Self(all))
    }
}

/// Those of the wanted documents that are listed.
pub(super) async fn read(
    wanted: &[SsmDocument],
    listed: &Documents,
    cx: &Cx<'_>,
) -> Vec<Result<Option<Live<SsmDocument>>, Error>> {
    let live = wanted.iter().map(async |document| match listed.0.get(&document.name) {
        Some(found) => document.told(found, cx).await.map(Some),
        None => Ok(None),
    });
    side_by_side(IN_FLIGHT, live.collect()).await
}

impl SsmDocument {
    /// What AWS keeps of it: the versions that are wanted, each with its content where that isn't the wanted one.
    async fn told(&self, found: &DocumentIdentifier, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let mut live = Live::new(frame(found, cx), arn(&self.name, cx));
        let mut latest = 0;
        let read = self.versions.iter().map(async |(number, wanted)| {
            let told = version(&self.name, *number, wanted, cx).await?;
            let news = if told.is_none() { names_region(*number, &wanted.content, cx).await? } else { None };
            Ok::<_, Error>((told, news))
        });
        for told in side_by_side(IN_FLIGHT, read.collect()).await {
            let (told, news) = told?;
            live.findings.extend(news);
            let Some((version, description)) = told else { continue };
            let number = number(description.document_version()).unwrap_or_default();
            latest = latest.max(self::number(description.latest_version()).unwrap_or_default());
            live.is.default_version = self::number(description.default_version()).or(live.is.default_version);
            live.findings.extend(unfinished(number, &description));
            live.is.versions.insert(Number(number), version);
        }
        let more = latest - self.last().0;
        if more > 0 {
            let more = count(usize::try_from(more).unwrap_or_default(), "later version");
            live.findings.push(Finding::info("more-versions", format!("it has {more}, up to {latest}")));
        }
        Ok(live)
    }
}

/// A document without its versions.
pub(super) fn frame(found: &DocumentIdentifier, cx: &Cx<'_>) -> SsmDocument {
    let requires = found.requires().iter().map(|needed| Requirement {
        document: Ref::new(needed.name().strip_prefix(&arn("", cx)).unwrap_or(needed.name())),
        version: needed.version().map(str::to_owned),
        require_type: needed.require_type().map(str::to_owned),
        version_name: needed.version_name().map(str::to_owned),
    });
    SsmDocument {
        document_type: found.document_type().map_or("", DocumentType::as_str).to_owned(),
        format: found.document_format().map_or("JSON", DocumentFormat::as_str).to_owned(),
        target_type: found.target_type().map(str::to_owned),
        default_version: number(found.document_version()),
        requires: requires.collect(),
        tags: tags_of(found.tags()),
        ..super::ssm_document(found.name().unwrap_or_default())
    }
}

/// A version, which is to be like the wanted one: contents are looked at only where their hashes differ.
pub(super) async fn version(
    name: &str,
    number: Number,
    wanted: &Version,
    cx: &Cx<'_>,
) -> Result<Option<(Version, DocumentDescription)>, Error> {
    let Some(description) = describe(name, &number.to_string(), cx).await? else { return Ok(None) };
    let format = description.document_format().map_or("JSON", DocumentFormat::as_str);
    let mut content = wanted.content.in_format(format);
    if description.hash() != Some(wanted.content.sha256()) {
        let ssm = cx.aws.ssm(cx.region);
        let (there, _) = tokio::try_join!(text(&ssm, name, number, format), wanted.content.fetched(cx.aws))?;
        let Some(there) = there else { return Ok(None) };
        let there = Content::new(format, &there);
        if !wanted.content.says_the_same(&there) {
            content = there;
        }
    }
    Ok(Some((named(content, &description), description)))
}

/// A version with this content.
pub(super) fn named(content: Content, description: &DocumentDescription) -> Version {
    let name = description.version_name().map(str::to_owned);
    Version { content, name, display_name: description.display_name().map(str::to_owned) }
}

/// The content in the format in which AWS keeps it: in another it would be rewritten.
pub(super) async fn text(
    ssm: &Client,
    name: &str,
    number: Number,
    format: &str,
) -> Result<Option<String>, Error> {
    let get = ssm.get_document().name(name).document_version(number.to_string());
    let answer = get.document_format(format.into()).send().await.absent(&NONE)?;
    Ok(answer.map(|answer| answer.content.unwrap_or_default()))
}

/// That a content which is to be copied names the region that it comes from.
pub(super) async fn names_region(
    number: Number,
    content: &Content,
    cx: &Cx<'_>,
) -> Result<Option<Finding>, Error> {
    let Some(origin) = content.origin() else { return Ok(None) };
    let times = names(content.fetched(cx.aws).await?, &origin.region);
    let text = format!("`versions.{number}.content` names {} {}", origin.region, count(times, "time"));
    let hint = "the copy has the same content: see whether it is right in the new region";
    Ok((times > 0).then(|| Finding::warning("names-region", text).hint(hint)))
}

/// A version, by its number or `$LATEST`.
pub(super) async fn describe(
    name: &str,
    version: &str,
    cx: &Cx<'_>,
) -> Result<Option<DocumentDescription>, Error> {
    let describe = cx.aws.ssm(cx.region).describe_document().name(name).document_version(version);
    Ok(describe.send().await.absent(&NONE)?.and_then(|answer| answer.document))
}

/// A version that can't be used (yet).
pub(super) fn unfinished(number: i64, version: &DocumentDescription) -> Option<Finding> {
    let status = version.status().filter(|status| **status != DocumentStatus::Active)?;
    let why = version.status_information().map(|why| format!(": {why}")).unwrap_or_default();
    let text = format!("version {number} is `{}`{why}", status.as_str());
    Some(Finding::error("not-active", text).hint("wait until it is active, or delete it and run again"))
}

/// A version's number, as AWS tells numbers.
pub(super) fn number(told: Option<&str>) -> Option<i64> {
    told.and_then(|number| number.parse().ok())
}

pub(super) fn arn(name: &str, cx: &Cx<'_>) -> String {
    cx.arn("ssm", cx.region, &format!("document/{name}"))
}

fn tags_of(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// Tags for AWS; `None` for none, which it would refuse.
pub(super) fn sent_tags(tags: &Tags) -> Option<Vec<Tag>> {
    let sent: Vec<_> =
        tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect();
    Some(sent).filter(|sent| !sent.is_empty())
}

/// Needed documents for AWS; `None` for none, which it would refuse.
pub(super) fn sent_requirements(requires: &[Requirement]) -> Option<Vec<DocumentRequires>> {
    let sent = requires.iter().filter_map(|needed| {
        let sent = DocumentRequires::builder()
            .name(needed.document.name())
            .set_version(needed.version.clone())
            .set_require_type(needed.require_type.clone())
            .set_version_name(needed.version_name.clone());
        sent.build().ok()
    });
    let sent: Vec<_> = sent.collect();
    Some(sent).filter(|sent| !sent.is_empty())
}

//! The documents of a region as wanted values, to be made in another one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aws_sdk_ssm::types::{
    DocumentDescription, DocumentFormat, DocumentHashType, DocumentIdentifier, DocumentStatus, DocumentType,
};

use super::check::{TYPES, is_reserved};
use super::content::{Content, Number, Origin};
use super::there::{self, Documents, describe, frame};
use super::{SsmDocument, ssm_document};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Kind, Listed};
use crate::kinds::carried::{self, IN_FLIGHT, fields_of, own, side_by_side, suspects};
use crate::wanted::{Found, Wanted};

/// The preferences of Session Manager, which name a bucket, a key and a log group of their region.
const SESSION_PREFERENCES: &str = "SSM-SessionManagerRunShell";
impl Listed for SsmDocument {
    /// Systems Manager tells names, types, formats, tags and default versions in pages; hash and name of one version a call.
    /// Contents, and whom a document is shared with, are asked for only when it is to be made: one call each.
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        let listed = cx.aws.list::<Documents>(cx.region).await?;
        let (mut found, mut copied) = (Found::default(), vec![]);
        for (name, document) in &listed.0 {
            match left_out(name, document) {
                Some((why, hint)) => found.findings.push(not_copied(name, cx, &why, hint)),
                None => copied.push(document),
            }
        }
        let read = copied.into_iter().map(|document| one(document, cx));
        for one in side_by_side(IN_FLIGHT, read.collect()).await {
            match one? {
                Ok(document) => found.all.push(document),
                Err(finding) => found.findings.push(finding),
            }
        }
        without_what_they_need(&mut found, cx);
        Ok(found)
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        Ok(cx.aws.list::<Documents>(cx.region).await?.0.keys().map(|name| ssm_document(name)).collect())
    }
}

/// Takes out the documents that need one which isn't copied, and what needs these.
fn without_what_they_need(found: &mut Found<SsmDocument>, cx: &Cx<'_>) {
    loop {
        let names: BTreeSet<String> = found.all.iter().map(|document| document.name.clone()).collect();
        let lacking = found
            .all
            .iter()
            .position(|document| document.needs().iter().any(|needed| !names.contains(needed.name())));
        let Some(at) = lacking else { return };
        let document = found.all.remove(at);
        let why = "it needs a document that isn't";
        found.findings.push(not_copied(&document.name, cx, why, "make both by hand, or neither"));
    }
}

/// Why a document can't be had in another region, and what to do instead.
fn left_out(name: &str, found: &DocumentIdentifier) -> Option<(String, &'static str)> {
    let (why, hint) = match found.document_type().map_or("", DocumentType::as_str) {
        _ if name == SESSION_PREFERENCES => (
            "it holds the preferences of Session Manager, which name things of their region",
            "set them in the new region's Session Manager, if they are used there",
        ),
        _ if is_reserved(name) => ("only AWS may make a document of this name", "give the copy another name"),
        "Automation.ChangeTemplate" => {
            ("change templates have to be reviewed before they can be used", "make it by hand")
        }
        "ApplicationConfiguration" | "ApplicationConfigurationSchema" | "DeploymentStrategy" => {
            ("it belongs to AppConfig", "make it with AppConfig")
        }
        "Package" => (
            "it comes with files, which have to be in a bucket of the new region first",
            "make it by hand, with its files",
        ),
        kind if !TYPES.contains(&kind) => {
            return Some((format!("documents of the type `{kind}` are made otherwise"), "make it by hand"));
        }
        _ => return None,
    };
    Some((why.to_owned(), hint))
}

fn not_copied(name: &str, cx: &Cx<'_>, why: &str, hint: &str) -> Finding {
    carried::not_copied(&format!("the document `{name}`"), cx.region, why, hint)
}

/// One document with what is remarkable about it; or why it isn't copied.
async fn one(found: &DocumentIdentifier, cx: &Cx<'_>) -> Result<Result<Wanted<SsmDocument>, Finding>, Error> {
    let mut document = frame(found, cx);
    document.tags = own(document.tags);
    let (name, region) = (document.name.clone(), cx.region);
    let mut findings = vec![];
    let (latest, default, versions) = versions(&name, document.default_version.take(), cx).await?;
    let (mut deleted, mut moved) = (vec![], vec![]);
    for number in 1..=latest {
        let Some(description) = versions.get(&number) else {
            deleted.push(number.to_string());
            continue;
        };
        if !description.attachments_information().is_empty() {
            let why = "it comes with files, which have to be in a bucket of the new region first";
            return Ok(Err(not_copied(&name, cx, why, "make it by hand, with its files")));
        }
        if let Some(unfinished) = there::unfinished(number, description) {
            if description.status() == Some(&DocumentStatus::Failed) {
                deleted.push(number.to_string());
                continue;
            }
            let text = format!("of the document `{name}` of {region}, {}", unfinished.message);
            findings.push(Finding::warning(&unfinished.rule, text));
        }
        let copy = document.last().0 + 1;
        if copy != number {
            moved.push(format!("{number} becomes {copy}"));
        }
        if default == Some(number) {
            document.default_version = Some(copy);
        }
        let content = content(&name, Number(number), description, cx).await?;
        document.versions.insert(Number(copy), there::named(content, description));
    }
    if document.versions.is_empty() {
        return Ok(Err(not_copied(&name, cx, "it has no version", "make it by hand if it is needed")));
    }
    if !deleted.is_empty() {
        let moved = if moved.is_empty() { "nothing else changes".to_owned() } else { moved.join(", ") };
        let text = format!(
            "the document `{name}` of {region} has no usable version {}: in the copy {moved}",
            deleted.join(", "),
        );
        let hint = "who chooses versions by number has to choose these in the new region";
        findings.push(Finding::warning("version-gap", text).hint(hint));
    }
    let fields = [("name".to_owned(), name.as_str())].into_iter();
    findings.extend(suspects(fields.chain(fields_of(&document.tags)), region));
    let mut told = Wanted::new(document);
    told.findings = findings;
    Ok(Ok(told))
}

/// The number of the latest version and of the default one, and all versions that there are. Those before the listed default
/// are asked for together with the latest one, which tells how many there are beside.
async fn versions(
    name: &str,
    listed: Option<i64>,
    cx: &Cx<'_>,
) -> Result<(i64, Option<i64>, BTreeMap<i64, DocumentDescription>), Error> {
    let some = async |numbers: Range<i64>| {
        let read = numbers.map(async |number| (number, describe(name, &number.to_string(), cx).await));
        let told = side_by_side(IN_FLIGHT, read.collect()).await.into_iter();
        told.filter_map(|(number, told)| Some(told.transpose()?.map(|told| (number, told))))
            .collect::<Result<BTreeMap<_, _>, _>>()
    };
    let listed = listed.unwrap_or(1);
    let (last, mut all) = tokio::try_join!(describe(name, "$LATEST", cx), some(1..listed))?;
    let Some(last) = last else { return Ok((0, None, BTreeMap::new())) };
    let default = there::number(last.default_version());
    let latest = there::number(last.latest_version()).unwrap_or_default();
    all.extend(some(listed..latest).await?);
    all.insert(latest, last);
    Ok((latest, default, all))
}

/// The content of a version, known by its hash; where AWS has an old one of those, it is read.
async fn content(
    name: &str,
    number: Number,
    description: &DocumentDescription,
    cx: &Cx<'_>,
) -> Result<Content, Error> {
    let format = description.document_format().map_or("JSON", DocumentFormat::as_str).to_owned();
    let origin = Origin { region: cx.region.to_owned(), name: name.to_owned(), number, format };
    let hash = description.hash().unwrap_or_default();
    if description.hash_type() != Some(&DocumentHashType::Sha1) && !hash.is_empty() {
        return Ok(Content::of(origin, hash));
    }
    let format = origin.format.clone();
    let text = Content::of(origin, "").fetched(cx.aws).await?.to_owned();
    Ok(Content::new(&format, &text))
}

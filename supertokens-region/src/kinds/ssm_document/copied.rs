//! The documents of a region as wanted values, to be made in another one.

use std::collections::BTreeSet;

use aws_sdk_ssm::types::{DocumentIdentifier, DocumentPermissionType, DocumentStatus, DocumentType};
use futures::future::join_all;

use super::check::{TYPES, is_reserved};
use super::content::Number;
use super::there::{self, AT_A_TIME, frame, listed};
use super::{SsmDocument, ssm_document};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Kind, Listed};
use crate::kinds::carried::{self, fields_of, own, side_by_side, suspects};
use crate::text::count;
use crate::wanted::{Found, Wanted};

/// The preferences of Session Manager, which name a bucket, a key and a log group of their region.
const SESSION_PREFERENCES: &str = "SSM-SessionManagerRunShell";
/// As many documents are read at a time, each with some versions: Systems Manager answers a few calls a second.
pub(super) const DOCUMENTS: usize = 2;
/// As many accounts as AWS tells in one answer.
const ACCOUNTS: i32 = 200;

impl Listed for SsmDocument {
    /// Systems Manager tells names, types, formats, tags and default versions in pages; hash and name of one version a call,
    /// its content in another, and whom a document is shared with in one more.
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        let listed = listed(cx).await?;
        let (mut found, mut copied) = (Found::default(), vec![]);
        for (name, document) in &listed {
            match left_out(name, document) {
                Some((why, hint)) => found.findings.push(not_copied(name, cx, &why, hint)),
                None => copied.push(document),
            }
        }
        let read = copied.into_iter().map(|document| one(document, cx));
        for one in side_by_side(DOCUMENTS, read.collect()).await {
            match one? {
                Ok(document) => found.all.push(document),
                Err(finding) => found.findings.push(finding),
            }
        }
        without_what_they_need(&mut found, cx);
        Ok(found)
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        Ok(listed(cx).await?.keys().map(|name| ssm_document(name)).collect())
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
    let mut findings = shares(&name, cx).await?;
    let latest = there::describe(&name, "$LATEST", cx).await?;
    let default = latest.as_ref().and_then(|latest| there::number(latest.default_version()));
    let latest = latest.and_then(|latest| there::number(latest.latest_version())).unwrap_or_default();
    document.default_version = None;
    let (mut deleted, mut moved) = (vec![], vec![]);
    for some in (1..=latest).collect::<Vec<_>>().chunks(AT_A_TIME) {
        let read = some.iter().map(|number| there::version(&name, Number(*number), None, cx));
        for (number, told) in some.iter().copied().zip(join_all(read).await) {
            let Some((version, description)) = told? else {
                deleted.push(number.to_string());
                continue;
            };
            if !description.attachments_information().is_empty() {
                let why = "it comes with files, which have to be in a bucket of the new region first";
                return Ok(Err(not_copied(&name, cx, why, "make it by hand, with its files")));
            }
            if let Some(unfinished) = there::unfinished(number, &description) {
                if description.status() == Some(&DocumentStatus::Failed) {
                    deleted.push(number.to_string());
                    continue;
                }
                let text = format!("of the document `{name}` of {region}, {}", unfinished.message);
                findings.push(Finding::warning(&unfinished.rule, text));
            }
            let copy = document.last().0 + 1;
            let times = version.content.names(region);
            if times > 0 {
                let times = count(times, "time");
                let text = format!("`versions.{copy}.content` names {region} {times}");
                let hint = "the copy has the same content: see whether it is right in the new region";
                findings.push(Finding::warning("names-region", text).hint(hint));
            }
            if copy != number {
                moved.push(format!("{number} becomes {copy}"));
            }
            if default == Some(number) {
                document.default_version = Some(copy);
            }
            document.versions.insert(Number(copy), version);
        }
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

/// Whom it is shared with: a copy is not shared.
async fn shares(name: &str, cx: &Cx<'_>) -> Result<Vec<Finding>, Error> {
    let mut accounts: Vec<String> = vec![];
    let mut token = None;
    loop {
        let share = DocumentPermissionType::Share;
        let ask = cx.aws.ssm(cx.region).describe_document_permission().name(name).permission_type(share);
        let answer = ask.max_results(ACCOUNTS).set_next_token(token).send().await?;
        accounts.extend(answer.account_ids.unwrap_or_default());
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            break;
        }
    }
    let region = cx.region;
    Ok(match accounts.as_slice() {
        [] => vec![],
        some if some.iter().any(|account| account.eq_ignore_ascii_case("all")) => {
            let text = format!("everybody can read the document `{name}` of {region}; nobody else the copy");
            vec![Finding::warning("shared-with-everybody", text).hint("is it meant to be so?")]
        }
        some => {
            let text = format!(
                "the document `{name}` of {region} is shared with {}; the copy isn't",
                some.join(", ")
            );
            vec![Finding::info("shared", text).hint("share it by hand if they need it in the new region")]
        }
    })
}

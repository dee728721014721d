//! The documents of a region as wanted values, to be made in another one.

use aws_sdk_ssm::types::{DocumentIdentifier, DocumentPermissionType, DocumentType};
use futures::future::join_all;

use super::SsmDocument;
use super::check::is_reserved;
use super::content::Number;
use super::there::{self, AT_A_TIME, frame, listed};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;
use crate::text::count;

/// The preferences of Session Manager, which name a bucket, a key and a log group of their region.
const SESSION_PREFERENCES: &str = "SSM-SessionManagerRunShell";
/// As many documents are read at a time.
const DOCUMENTS: usize = 2;
/// As many accounts as AWS tells in one answer.
const ACCOUNTS: i32 = 200;

/// See [`super::all`].
pub(super) async fn all(cx: &Cx<'_>) -> Result<(Vec<SsmDocument>, Vec<Finding>), Error> {
    let listed = listed(cx).await?;
    let (mut documents, mut findings, mut copied) = (vec![], vec![], vec![]);
    for (name, found) in &listed {
        match left_out(name, found) {
            Some((why, hint)) => findings.push(not_copied(name, cx, why, hint)),
            None => copied.push(found),
        }
    }
    for some in copied.chunks(DOCUMENTS) {
        for answer in join_all(some.iter().map(|found| one(found, cx))).await {
            let (document, remarks) = answer?;
            documents.extend(document);
            findings.extend(remarks);
        }
    }
    Ok((documents, findings))
}

/// Why a document can't be had in another region, and what to do instead.
fn left_out(name: &str, found: &DocumentIdentifier) -> Option<(&'static str, &'static str)> {
    if name == SESSION_PREFERENCES {
        let why = "it holds the preferences of Session Manager, which name things of their region";
        return Some((why, "set them in the new region's Session Manager, if they are used there"));
    }
    if is_reserved(name) {
        return Some(("only AWS may make a document of this name", "give the copy another name"));
    }
    match found.document_type() {
        Some(DocumentType::ChangeTemplate) => {
            Some(("change templates have to be reviewed before they can be used", "make it by hand"))
        }
        Some(
            DocumentType::ApplicationConfiguration
            | DocumentType::ApplicationConfigurationSchema
            | DocumentType::DeploymentStrategy,
        ) => Some(("it belongs to AppConfig", "make it with AppConfig")),
        _ => None,
    }
}

fn not_copied(name: &str, cx: &Cx<'_>, why: &str, hint: &str) -> Finding {
    Finding::warning("not-copied", format!("the document `{name}` of {} is not copied: {why}", cx.region))
        .hint(hint)
}

/// One document, unless it has files; and what is remarkable about it.
async fn one(found: &DocumentIdentifier, cx: &Cx<'_>) -> Result<(Option<SsmDocument>, Vec<Finding>), Error> {
    let mut document = frame(found, cx);
    let (name, region) = (document.name.clone(), cx.region);
    let mut findings = shares(&name, cx).await?;
    let latest = there::describe(&name, "$LATEST", cx).await?;
    let latest = latest.and_then(|latest| there::number(latest.latest_version())).unwrap_or_default();
    let default = document.default_version.take();
    let (mut deleted, mut moved) = (vec![], vec![]);
    for some in (1..=latest).collect::<Vec<_>>().chunks(AT_A_TIME) {
        let read = some.iter().map(|number| there::version(&name, Number(*number), None, cx));
        for (number, told) in some.iter().copied().zip(join_all(read).await) {
            let Some((version, description)) = told? else {
                deleted.push(number.to_string());
                continue;
            };
            if !description.attachments_information().is_empty() {
                let why = "it comes with files";
                return Ok((None, vec![not_copied(&name, cx, why, "make it by hand, with its files")]));
            }
            if let Some(unfinished) = there::unfinished(number, &description) {
                let text = format!("of the document `{name}` of {region}, {}", unfinished.message);
                findings.push(Finding::warning(&unfinished.rule, text));
            }
            let times = version.content.names(region);
            if times > 0 {
                let times = count(times, "time");
                let text = format!("version {number} of the document `{name}` names {region} {times}");
                let hint = "the copy has the same content: see whether it is right in the new region";
                findings.push(Finding::warning("names-region", text).hint(hint));
            }
            let copy = document.last().0 + 1;
            if copy != number {
                moved.push(format!("{number} becomes {copy}"));
            }
            if default == Some(number) {
                document.default_version = Some(copy);
            }
            document.versions.insert(Number(copy), version);
        }
    }
    if !deleted.is_empty() {
        let text = format!(
            "the document `{name}` of {region} has no version {} any more: in the copy {}",
            deleted.join(", "),
            moved.join(", ")
        );
        let hint = "who chooses versions by number has to choose these in the new region";
        findings.push(Finding::warning("version-gap", text).hint(hint));
    }
    Ok((Some(document), findings))
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

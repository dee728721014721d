//! What is looked at when documents are to be made: their contents, and what stays behind of those that they are copies of.

use aws_sdk_ssm::types::DocumentPermissionType;

use super::SsmDocument;
use super::check::check_content;
use super::there::names_region;
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;
use crate::kinds::carried::{IN_FLIGHT, side_by_side};

/// As many accounts as AWS tells in one answer.
const ACCOUNTS: i32 = 200;

impl SsmDocument {
    /// What is remarkable about its contents, and whom the document is shared with that it is a copy of. What can't be read
    /// can't be made.
    pub(super) async fn told_beforehand(&self, cx: &Cx<'_>) -> Vec<Finding> {
        let contents = self.versions.iter().map(async |(number, version)| {
            let told = names_region(*number, &version.content, cx).await?;
            let copied = version.content.origin().is_some();
            let invalid = check_content(*number, &version.content).filter(|_| copied).map(|invalid| {
                let finding = Finding::error("content-invalid", invalid.message);
                invalid.hint.into_iter().fold(finding, Finding::hint)
            });
            Ok::<_, Error>(told.into_iter().chain(invalid))
        });
        let (shares, contents) = tokio::join!(self.shares(cx), side_by_side(IN_FLIGHT, contents.collect()));
        let mut findings = shares.unwrap_or_else(|error| vec![unread("not-looked-at", "its shares", &error)]);
        for told in contents {
            match told {
                Ok(told) => findings.extend(told),
                Err(error) => {
                    let unread = unread("content-unreadable", "its content", &error);
                    findings.push(Finding { severity: crate::findings::Severity::Error, ..unread });
                }
            }
        }
        findings
    }

    /// Whom the document is shared with that it is a copy of: a copy is not shared.
    async fn shares(&self, cx: &Cx<'_>) -> Result<Vec<Finding>, Error> {
        let Some(origin) = self.versions.values().find_map(|version| version.content.origin()) else {
            return Ok(vec![]);
        };
        let (name, region) = (&origin.name, &origin.region);
        let mut accounts: Vec<String> = vec![];
        let mut token = None;
        loop {
            let share = DocumentPermissionType::Share;
            let ask = cx.aws.ssm(region).describe_document_permission().name(name).permission_type(share);
            let answer = ask.max_results(ACCOUNTS).set_next_token(token).send().await?;
            accounts.extend(answer.account_ids.unwrap_or_default());
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(match accounts.as_slice() {
            [] => vec![],
            some if some.iter().any(|account| account.eq_ignore_ascii_case("all")) => {
                let text =
                    format!("everybody can read the document `{name}` of {region}; nobody else the copy");
                vec![Finding::warning("shared-with-everybody", text).hint("is it meant to be so?")]
            }
            some => {
                let some = some.join(", ");
                let text = format!("the document `{name}` of {region} is shared with {some}; the copy isn't");
                let hint = "share it by hand if they need it in the new region";
                vec![Finding::info("shared", text).hint(hint)]
            }
        })
    }
}

/// That something of what it is a copy of can't be read.
fn unread(rule: &str, what: &str, error: &Error) -> Finding {
    let finding = Finding::warning(rule, format!("{what} can't be read: {error}"));
    error.hint().into_iter().fold(finding, Finding::hint)
}

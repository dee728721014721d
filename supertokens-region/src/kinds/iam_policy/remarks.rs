//! What is remarkable about a policy.

use aws_sdk_iam::types::PolicyVersion;

use super::document::Look;
use super::place::VERSIONS;
use crate::findings::Finding;

/// What a reviewer would want to know.
pub(super) fn remarkable(look: &Look, bucket: &str, like: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = look
        .left
        .iter()
        .map(|left| {
            Finding::warning("not-extended", format!("{left}, and not `{bucket}`; it is left as it is"))
                .hint(format!("see whether it should hold for `{bucket}` too"))
        })
        .collect();
    if look.of == 0 {
        findings.push(match &look.reached_by {
            Some(arn) => Finding::info(
                "reached-already",
                format!("no statement names `{like}`, but `{arn}` reaches `{bucket}`"),
            ),
            None => Finding::error(
                "names-neither",
                format!("no statement allows anything on `{like}` or `{bucket}`"),
            )
            .hint("check both names, or allow it by hand"),
        });
    }
    findings
}

/// What is lost, and how to keep it.
pub(super) fn farewell(arn: &str, version: &PolicyVersion) -> Finding {
    let id = version.version_id().unwrap_or_default();
    let made = version.create_date().map(ToString::to_string).unwrap_or_default();
    let day = made.split('T').next().unwrap_or_default();
    let message = format!("there are {} versions: {id}, of {day}, is deleted for the new one", VERSIONS);
    Finding::warning("version-goes", message)
        .hint(format!("to keep it: `aws iam get-policy-version --policy-arn {arn} --version-id {id}`"))
}

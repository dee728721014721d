//! The roles that functions run as: they are the same in all regions, what they allow may not be.

use aws_sdk_iam::types::Role;
use futures::future::try_join_all;

use super::super::iam_policy::place;
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;

const NONE: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];

/// The role of this name and path, if it is there.
async fn find(role: &str, cx: &Cx<'_>) -> Result<Option<Role>, Error> {
    let (path, name) =
        role.rsplit_once('/').map_or(("/".to_owned(), role), |(path, name)| (format!("/{path}/"), name));
    let found = place::iam(cx).get_role().role_name(name).send().await.absent(NONE)?;
    Ok(found.and_then(|answer| answer.role).filter(|role| role.path() == path))
}

/// What Lambda would have against the role.
pub(super) async fn refused(role: &str, cx: &Cx<'_>) -> Option<Finding> {
    let hint = "name another role with `role(...)`, or repair it in IAM";
    match find(role, cx).await {
        Err(error) => {
            let text = format!("the role `{role}` could not be looked at: {error}");
            Some(Finding::warning("role-not-read", text))
        }
        Ok(None) => {
            let text = format!("there is no role `{role}`");
            Some(Finding::error("role-missing", text).hint(hint))
        }
        Ok(Some(found)) => {
            let trust = place::decoded(found.assume_role_policy_document().unwrap_or_default());
            (!trust.contains("lambda.amazonaws.com")).then(|| {
                let text =
                    format!("Lambda may not assume the role `{role}`: its trust policy doesn't name it");
                Finding::error("role-not-trusted", text).hint(hint)
            })
        }
    }
}

/// The policies of the role that name this region in a resource: what they allow, they allow there only.
pub(super) async fn regional(role: &str, region: &str, cx: &Cx<'_>) -> Vec<Finding> {
    match policies(role, cx).await {
        Err(error) => {
            let text = format!("the policies of its role `{role}` could not be looked at: {error}");
            vec![Finding::warning("role-not-read", text)]
        }
        Ok(policies) => {
            let named = policies.iter().filter(|(_, document)| document.contains(&format!(":{region}:")));
            let finding = |(name, document): &(String, String)| {
                let logs =
                    if document.contains(":logs:") { ", the right to write logs among it" } else { "" };
                let text = format!(
                    "the policy `{name}` of its role `{role}` allows some things in {region} only{logs}: in another \
                     region the function may not do them"
                );
                Finding::warning("role-names-region", text)
                    .hint("add the new region's ARNs to the policy in IAM")
            };
            named.map(finding).collect()
        }
    }
}

/// Names and documents of the policies in and at a role; not those of AWS, which name no region.
async fn policies(role: &str, cx: &Cx<'_>) -> Result<Vec<(String, String)>, Error> {
    let role = role.rsplit('/').next().unwrap_or(role);
    let inline = async {
        let names = place::policies_of(role, cx).await?;
        try_join_all(names.into_iter().map(async |policy| {
            let text = place::text_in_role(role, &policy, cx).await?;
            Ok::<_, Error>((policy, text))
        }))
        .await
    };
    let attached = async {
        let (policies, managed) = tokio::try_join!(attached(role, cx), place::managed(cx.aws, cx.region))?;
        try_join_all(policies.into_iter().map(async |policy| {
            let (arn, version) = managed.0.get(&policy).ok_or_else(|| Error::AtOdds {
                message: format!("the policy `{policy}` of the role `{role}` is not among the account's"),
                hint: "run again in a minute".to_owned(),
            })?;
            let text = place::text_of(arn, version, cx).await?;
            Ok::<_, Error>((policy, text))
        }))
        .await
    };
    let (mut all, attached) = tokio::try_join!(inline, attached)?;
    all.extend(attached);
    Ok(all)
}

/// The names of the account's own policies that a role has.
async fn attached(role: &str, cx: &Cx<'_>) -> Result<Vec<String>, Error> {
    let mut pages = place::iam(cx).list_attached_role_policies().role_name(role).into_paginator().send();
    let mut names = vec![];
    while let Some(page) = pages.try_next().await? {
        let own = page.attached_policies.into_iter().flatten();
        let own = own.filter(|policy| policy.policy_arn().is_some_and(|arn| !arn.contains(":iam::aws:")));
        names.extend(own.filter_map(|policy| policy.policy_name));
    }
    Ok(names)
}

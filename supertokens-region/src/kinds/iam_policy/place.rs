//! Where policies are: managed ones with their versions, and those that are part of a role.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_iam::types::{PolicyScopeType, PolicyVersion};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use percent_encoding::percent_decode_str;

use super::super::carried::IN_FLIGHT;
use super::document::size;
use crate::aws::{Aws, Listing, home};
use crate::error::{Absent, Error};
use crate::kind::Cx;

/// The longest document of a managed policy, in characters that aren't blanks: IAM's quota.
const LONGEST: usize = 6_144;
/// The longest that all policies of a role may be together, counted the same way: IAM's quota.
const LONGEST_IN_ROLE: usize = 10_240;
/// How many versions a managed policy may have: IAM's quota.
pub(super) const VERSIONS: usize = 5;

/// Where a policy is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// A policy of its own: its ARN.
    Managed(String),
    /// Part of a role: the role's name, and the policy's.
    Inline(String, String),
}

impl Place {
    /// What a read told as the id: an ARN, or `role:policy`.
    pub(super) fn of(id: &str) -> Self {
        match id.split_once(':') {
            Some((role, policy)) if role != "arn" => Self::Inline(role.to_owned(), policy.to_owned()),
            _ => Self::Managed(id.to_owned()),
        }
    }

    pub(super) fn id(&self) -> String {
        match self {
            Self::Managed(arn) => arn.clone(),
            Self::Inline(role, policy) => format!("{role}:{policy}"),
        }
    }

    /// How long the texts are that a text here shares its room with.
    pub(super) async fn size_of_others(&self, cx: &Cx<'_>) -> Result<usize, Error> {
        let Self::Inline(role, policy) = self else { return Ok(0) };
        let others = policies_of(role, cx).await?.into_iter().filter(|other| other != policy);
        let texts = try_join_all(others.map(async |other| text_in_role(role, &other, cx).await)).await?;
        Ok(texts.iter().map(|text| size(text)).sum())
    }

    /// Whether IAM takes this text here, in place of the one that is there and beside those of this size.
    pub(super) fn has_room(&self, text: &str, others: usize) -> Result<(), Error> {
        let longest = if let Self::Managed(_) = self { LONGEST } else { LONGEST_IN_ROLE };
        let size = size(text) + others;
        if size <= longest {
            return Ok(());
        }
        let what = match self {
            Self::Managed(_) => "the policy".to_owned(),
            Self::Inline(role, _) => format!("the policies of the role `{role}`"),
        };
        Err(Error::Conflict {
            message: format!("{what} would have {size} characters, where IAM takes {longest}"),
            hint: "take out what is no longer needed, or divide the policy, then run again".to_owned(),
        })
    }
}

/// The client for IAM, which is the same for all regions.
pub(in crate::kinds) fn iam(cx: &Cx<'_>) -> aws_sdk_iam::Client {
    cx.aws.iam(home(Some(cx.region)))
}

/// The account's own managed policies by name: ARN, and the version in force.
pub(in crate::kinds) struct Managed(pub(in crate::kinds) BTreeMap<String, (String, String)>);

impl Listing for Managed {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let mut pages = aws.iam(region).list_policies().scope(PolicyScopeType::Local).into_paginator().send();
        let mut all = BTreeMap::new();
        while let Some(page) = pages.try_next().await? {
            let policies = page.policies.unwrap_or_default().into_iter();
            all.extend(
                policies.filter_map(|policy| {
                    Some((policy.policy_name?, (policy.arn?, policy.default_version_id?)))
                }),
            );
        }
        Ok(Self(all))
    }
}

/// The account's own managed policies, which are the same for all regions.
pub(in crate::kinds) async fn managed(aws: &Aws, region: &str) -> Result<Arc<Managed>, Error> {
    aws.list(home(Some(region))).await
}

/// The roles of which policies with these names are part, by the policy's name.
pub(super) async fn roles_with(
    names: BTreeSet<&str>,
    cx: &Cx<'_>,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut pages = iam(cx).list_roles().into_paginator().send();
    let mut roles = vec![];
    while let Some(page) = pages.try_next().await? {
        roles.extend(page.roles.into_iter().map(|role| role.role_name));
    }
    let policies: Vec<(String, Vec<String>)> = stream::iter(roles)
        .map(|role| async move { Ok::<_, Error>((role.clone(), policies_of(&role, cx).await?)) })
        .buffered(IN_FLIGHT)
        .try_collect()
        .await?;
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for (role, policies) in policies {
        for policy in policies.into_iter().filter(|policy| names.contains(policy.as_str())) {
            found.entry(policy).or_default().push(role.clone());
        }
    }
    Ok(found)
}

/// The names of the policies that are part of a role.
pub(in crate::kinds) async fn policies_of(role: &str, cx: &Cx<'_>) -> Result<Vec<String>, Error> {
    let mut pages = iam(cx).list_role_policies().role_name(role).into_paginator().send();
    let mut all = vec![];
    while let Some(page) = pages.try_next().await? {
        all.extend(page.policy_names);
    }
    Ok(all)
}

/// The text of a policy in a role.
pub(in crate::kinds) async fn text_in_role(role: &str, policy: &str, cx: &Cx<'_>) -> Result<String, Error> {
    let answer = iam(cx).get_role_policy().role_name(role).policy_name(policy).send().await?;
    Ok(decoded(answer.policy_document()))
}

/// The text of a version. Versions never change.
pub(in crate::kinds) async fn text_of(arn: &str, version: &str, cx: &Cx<'_>) -> Result<String, Error> {
    let answer = iam(cx).get_policy_version().policy_arn(arn).version_id(version).send().await?;
    Ok(decoded(answer.policy_version().and_then(PolicyVersion::document).unwrap_or_default()))
}

/// IAM gives documents percent-encoded.
pub(in crate::kinds) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The versions of a managed policy, the oldest first: their numbers only grow.
pub(super) async fn versions(arn: &str, cx: &Cx<'_>) -> Result<Vec<PolicyVersion>, Error> {
    let mut pages = iam(cx).list_policy_versions().policy_arn(arn).into_paginator().send();
    let mut all = vec![];
    while let Some(page) = pages.try_next().await? {
        all.extend(page.versions.unwrap_or_default());
    }
    let number = |version: &PolicyVersion| {
        version.version_id().and_then(|id| id.strip_prefix('v')).and_then(|number| number.parse::<u64>().ok())
    };
    all.sort_by_key(number);
    Ok(all)
}

/// The version that has to go before there can be a new one; the one in force never does.
pub(super) fn version_to_go(versions: &[PolicyVersion]) -> Option<&PolicyVersion> {
    let oldest = versions.iter().find(|version| !version.is_default_version());
    oldest.filter(|_| versions.len() >= VERSIONS)
}

/// Makes a version that is in force. `false`: there are as many as there may be, by now.
pub(super) async fn make_version(arn: &str, text: &str, cx: &Cx<'_>) -> Result<bool, Error> {
    let create = iam(cx).create_policy_version().policy_arn(arn).policy_document(text).set_as_default(true);
    Ok(create.send().await.absent(&["LimitExceeded"])?.is_some())
}

/// Deletes a version; it may be gone already.
pub(super) async fn delete_version(arn: &str, version: &str, cx: &Cx<'_>) -> Result<(), Error> {
    let delete = iam(cx).delete_policy_version().policy_arn(arn).version_id(version);
    delete.send().await.absent(&["NoSuchEntity"])?;
    Ok(())
}

/// Writes the text of a policy in a role.
pub(super) async fn put_in_role(role: &str, policy: &str, text: &str, cx: &Cx<'_>) -> Result<(), Error> {
    let put = iam(cx).put_role_policy().role_name(role).policy_name(policy).policy_document(text);
    put.send().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_where_a_policy_is() {
        for place in [
            Place::Managed("arn:aws:iam::123456789012:policy/a".to_owned()),
            Place::Inline("send".to_owned(), "a".to_owned()),
        ] {
            assert_eq!(Place::of(&place.id()), place);
        }
    }
}

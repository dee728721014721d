//! Where policies are: managed ones with their versions, and those that are part of a role.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{PolicyScopeType, PolicyVersion};
use futures::{StreamExt, TryStreamExt, stream};
use percent_encoding::percent_decode_str;

use super::document::size;
use crate::aws::home;
use crate::error::{Absent, Error};
use crate::kind::Cx;

/// The longest document of a managed policy, in characters that aren't blanks: IAM's quota.
const LONGEST: usize = 6_144;
/// The longest that all policies of a role may be together, counted the same way: IAM's quota.
const LONGEST_IN_ROLE: usize = 10_240;
/// How many versions a managed policy may have: IAM's quota.
pub(super) const VERSIONS: usize = 5;
/// Roles that are asked at a time: IAM answers only some few calls a second, the same for the whole account.
const WIDTH: usize = 4;

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

    /// Whether IAM takes this text here, in place of the one that is there.
    pub(super) async fn has_room(&self, text: &str, cx: &Cx<'_>) -> Result<(), Error> {
        let (longest, others) = match self {
            Self::Managed(_) => (LONGEST, 0),
            Self::Inline(role, policy) => (LONGEST_IN_ROLE, size_of_others(role, policy, cx).await?),
        };
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
pub(super) fn iam(cx: &Cx<'_>) -> aws_sdk_iam::Client {
    cx.aws.iam(home(Some(cx.region)))
}

/// The account's own managed policies by name: ARN, and the version in force.
pub(super) async fn managed(cx: &Cx<'_>) -> Result<BTreeMap<String, (String, String)>, Error> {
    let mut pages = iam(cx).list_policies().scope(PolicyScopeType::Local).into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        all.extend(
            page.policies
                .unwrap_or_default()
                .into_iter()
                .filter_map(|policy| Some((policy.policy_name?, (policy.arn?, policy.default_version_id?)))),
        );
    }
    Ok(all)
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
        .buffered(WIDTH)
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

async fn policies_of(role: &str, cx: &Cx<'_>) -> Result<Vec<String>, Error> {
    let mut pages = iam(cx).list_role_policies().role_name(role).into_paginator().send();
    let mut all = vec![];
    while let Some(page) = pages.try_next().await? {
        all.extend(page.policy_names);
    }
    Ok(all)
}

async fn size_of_others(role: &str, policy: &str, cx: &Cx<'_>) -> Result<usize, Error> {
    let mut sum = 0;
    for other in policies_of(role, cx).await?.into_iter().filter(|other| other != policy) {
        sum += size(&text_in_role(role, &other, cx).await?);
    }
    Ok(sum)
}

/// The text of a policy in a role.
pub(super) async fn text_in_role(role: &str, policy: &str, cx: &Cx<'_>) -> Result<String, Error> {
    let answer = iam(cx).get_role_policy().role_name(role).policy_name(policy).send().await?;
    Ok(decoded(answer.policy_document()))
}

/// The text of a version. Versions never change.
pub(super) async fn text_of(arn: &str, version: &str, cx: &Cx<'_>) -> Result<String, Error> {
    let answer = iam(cx).get_policy_version().policy_arn(arn).version_id(version).send().await?;
    Ok(decoded(answer.policy_version().and_then(PolicyVersion::document).unwrap_or_default()))
}

/// IAM gives documents percent-encoded.
fn decoded(text: &str) -> String {
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

//! IAM: managed policies with their versions, and roles. It is global: the same from every region.

mod document;
mod managed;
mod policies;
mod profiles;
mod roles;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_writes;
mod versions;

use aws_sdk_iam::operation::create_policy::CreatePolicyError;
use aws_sdk_iam::operation::create_policy_version::CreatePolicyVersionError;
use aws_sdk_iam::operation::delete_policy_version::DeletePolicyVersionError;
use aws_sdk_iam::operation::get_instance_profile::GetInstanceProfileError;
use aws_sdk_iam::operation::get_policy::GetPolicyError;
use aws_sdk_iam::operation::get_policy_version::GetPolicyVersionError;
use aws_sdk_iam::operation::get_role::GetRoleError;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyError;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesError;
use aws_sdk_iam::operation::list_entities_for_policy::ListEntitiesForPolicyError;
use aws_sdk_iam::operation::list_policies::ListPoliciesError;
use aws_sdk_iam::operation::list_policy_versions::ListPolicyVersionsError;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesError;
use aws_sdk_iam::operation::list_roles::ListRolesError;
use aws_sdk_iam::operation::put_role_policy::PutRolePolicyError;
use aws_sdk_iam::operation::set_default_policy_version::SetDefaultPolicyVersionError;
use aws_sdk_iam::types::Tag;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
pub use state::*;

use super::call::id;
use super::door::Handlers;
use super::{Call, Fault, page};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("iam:CreatePolicy", versions::create_policy, CreatePolicyError::generic);
    handlers.on(
        "iam:CreatePolicyVersion",
        versions::create_policy_version,
        CreatePolicyVersionError::generic,
    );
    handlers.on(
        "iam:DeletePolicyVersion",
        versions::delete_policy_version,
        DeletePolicyVersionError::generic,
    );
    handlers.on(
        "iam:SetDefaultPolicyVersion",
        versions::set_default_policy_version,
        SetDefaultPolicyVersionError::generic,
    );
    handlers.on("iam:PutRolePolicy", roles::put_role_policy, PutRolePolicyError::generic);
    handlers.on("iam:ListPolicies", policies::list_policies, ListPoliciesError::generic);
    handlers.on("iam:GetPolicy", policies::get_policy, GetPolicyError::generic);
    handlers.on("iam:GetPolicyVersion", policies::get_policy_version, GetPolicyVersionError::generic);
    handlers.on("iam:ListPolicyVersions", policies::list_policy_versions, ListPolicyVersionsError::generic);
    handlers.on(
        "iam:ListEntitiesForPolicy",
        policies::list_entities_for_policy,
        ListEntitiesForPolicyError::generic,
    );
    handlers.on("iam:ListRoles", roles::list_roles, ListRolesError::generic);
    handlers.on("iam:GetInstanceProfile", profiles::get_instance_profile, GetInstanceProfileError::generic);
    handlers.on("iam:GetRole", roles::get_role, GetRoleError::generic);
    handlers.on("iam:ListRolePolicies", roles::list_role_policies, ListRolePoliciesError::generic);
    handlers.on("iam:GetRolePolicy", roles::get_role_policy, GetRolePolicyError::generic);
    handlers.on(
        "iam:ListAttachedRolePolicies",
        roles::list_attached_role_policies,
        ListAttachedRolePoliciesError::generic,
    );
}

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as IAM gives it: percent-encoded.
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, UNRESERVED).to_string()
}

/// A thing that is not there.
fn not_found(message: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", message).status(404)
}

/// What IAM refuses before it looks at anything.
fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// More than IAM keeps.
fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", message).status(409)
}

/// A policy's name, where it is one.
fn check_policy_name(name: Option<&str>) -> Result<&str, Fault> {
    let name = name.unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.is_empty() || name.len() > 128 || !name.chars().all(allowed) {
        let message = "The specified value for policyName is invalid. It must contain only alphanumeric characters \
                       and/or the following: +=,.@_-";
        return Err(validation(message));
    }
    Ok(name)
}

/// An id as IAM makes them: a prefix that tells the kind, and capital letters and digits.
fn unique_id(prefix: &str, call: &Call<'_>, arn: &str) -> String {
    id("", prefix, &format!("{} {arn}", call.account())).to_uppercase()
}

/// One page of an IAM list: 100 items, or as many up to 1,000 as the caller asks for.
fn marker_page<T>(
    items: impl IntoIterator<Item = T>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let size = max_items.unwrap_or(100);
    match usize::try_from(size) {
        Ok(size @ 1..=1000) => page(items, marker, size, "ValidationError"),
        _ => Err(validation(format!("Value '{size}' at 'maxItems' failed to satisfy constraint: 1 to 1000"))),
    }
}

/// The path that a list is restricted to.
fn path_prefix(given: Option<&str>) -> Result<&str, Fault> {
    let prefix = given.unwrap_or("/");
    match prefix.starts_with('/') {
        true => Ok(prefix),
        false => {
            Err(validation("The specified value for pathPrefix is invalid. It must begin with / character."))
        }
    }
}

/// Tags as AWS tells them.
fn told_tags(tags: &std::collections::BTreeMap<String, String>) -> Result<Vec<Tag>, Fault> {
    Ok(tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()?)
}

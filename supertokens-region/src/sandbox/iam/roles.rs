//! Roles, read, and the policies that are part of them.

use aws_sdk_iam::operation::get_role::{GetRoleInput, GetRoleOutput};
use aws_sdk_iam::operation::get_role_policy::{GetRolePolicyInput, GetRolePolicyOutput};
use aws_sdk_iam::operation::list_attached_role_policies::{
    ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput,
};
use aws_sdk_iam::operation::list_role_policies::{ListRolePoliciesInput, ListRolePoliciesOutput};
use aws_sdk_iam::operation::list_roles::{ListRolesInput, ListRolesOutput};
use aws_sdk_iam::operation::put_role_policy::{PutRolePolicyInput, PutRolePolicyOutput};
use aws_sdk_iam::types::{
    self, AttachedPermissionsBoundary, AttachedPolicy, PermissionsBoundaryAttachmentType,
};
use aws_smithy_types::DateTime;

use super::state::Role;
use super::{
    check_policy_name, document, encoded, limit_exceeded, marker_page, not_found, path_prefix, told_tags,
    unique_id, validation,
};
use crate::sandbox::{Call, Fault};

/// The role with this name.
fn find<'w>(call: &'w Call<'_>, name: Option<&str>) -> Result<(&'w String, &'w Role), Fault> {
    let name = name.unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        let message = "The specified value for roleName is invalid. It must contain only alphanumeric characters \
                       and/or the following: +=,.@_-";
        return Err(validation(message));
    }
    call.world
        .iam
        .roles
        .get_key_value(name)
        .ok_or_else(|| not_found(format!("The role with name {name} cannot be found.")))
}

/// A role as the lists tell it: without tags and boundary.
pub(super) fn listed(call: &Call<'_>, name: &str, role: &Role) -> Result<types::Role, Fault> {
    let arn = format!("arn:aws:iam::{}:role{}{name}", call.account(), role.path);
    Ok(types::Role::builder()
        .path(&role.path)
        .role_name(name)
        .role_id(unique_id("AROA", call, &arn))
        .arn(arn)
        .create_date(DateTime::from_secs(role.created_at))
        .assume_role_policy_document(encoded(&role.trust_policy))
        .set_description(role.description.clone())
        .max_session_duration(role.max_session_duration)
        .build()?)
}

pub(super) fn list_roles(call: &mut Call<'_>, input: &ListRolesInput) -> Result<ListRolesOutput, Fault> {
    let prefix = path_prefix(input.path_prefix())?;
    let found = call.world.iam.roles.iter().filter(|(_, role)| role.path.starts_with(prefix));
    let (found, marker) = marker_page(found, input.marker(), input.max_items())?;
    let found = found.into_iter().map(|(name, role)| listed(call, name, role)).collect::<Result<_, _>>()?;
    Ok(ListRolesOutput::builder()
        .set_roles(Some(found))
        .is_truncated(marker.is_some())
        .set_marker(marker)
        .build()?)
}

pub(super) fn get_role(call: &mut Call<'_>, input: &GetRoleInput) -> Result<GetRoleOutput, Fault> {
    let (name, role) = find(call, input.role_name())?;
    let mut told = listed(call, name, role)?;
    told.tags = Some(told_tags(&role.tags)?);
    told.permissions_boundary = role.permissions_boundary.as_ref().map(|arn| {
        AttachedPermissionsBoundary::builder()
            .permissions_boundary_type(PermissionsBoundaryAttachmentType::Policy)
            .permissions_boundary_arn(arn)
            .build()
    });
    Ok(GetRoleOutput::builder().role(told).build())
}

pub(super) fn list_role_policies(
    call: &mut Call<'_>,
    input: &ListRolePoliciesInput,
) -> Result<ListRolePoliciesOutput, Fault> {
    let (_, role) = find(call, input.role_name())?;
    let (names, marker) =
        marker_page(role.inline_policies.keys().cloned(), input.marker(), input.max_items())?;
    Ok(ListRolePoliciesOutput::builder()
        .set_policy_names(Some(names))
        .is_truncated(marker.is_some())
        .set_marker(marker)
        .build()?)
}

pub(super) fn get_role_policy(
    call: &mut Call<'_>,
    input: &GetRolePolicyInput,
) -> Result<GetRolePolicyOutput, Fault> {
    let (name, role) = find(call, input.role_name())?;
    let policy = input.policy_name().unwrap_or_default();
    let document = role
        .inline_policies
        .get(policy)
        .ok_or_else(|| not_found(format!("The role policy with name {policy} cannot be found.")))?;
    Ok(GetRolePolicyOutput::builder()
        .role_name(name)
        .policy_name(policy)
        .policy_document(encoded(document))
        .build()?)
}

pub(super) fn list_attached_role_policies(
    call: &mut Call<'_>,
    input: &ListAttachedRolePoliciesInput,
) -> Result<ListAttachedRolePoliciesOutput, Fault> {
    let prefix = path_prefix(input.path_prefix())?;
    let (_, role) = find(call, input.role_name())?;
    let found = role.attached_policies.iter().filter_map(|arn| {
        let (_, full) = arn.split_once(":policy")?;
        let name = full.rsplit('/').next()?;
        full.starts_with(prefix).then(|| AttachedPolicy::builder().policy_name(name).policy_arn(arn).build())
    });
    let (found, marker) = marker_page(found, input.marker(), input.max_items())?;
    Ok(ListAttachedRolePoliciesOutput::builder()
        .set_attached_policies(Some(found))
        .is_truncated(marker.is_some())
        .set_marker(marker)
        .build())
}

/// The longest that all policies in one role may be together, in characters that aren't blanks.
const LONGEST_IN_ROLE: usize = 10_240;

pub(super) fn put_role_policy(
    call: &mut Call<'_>,
    input: &PutRolePolicyInput,
) -> Result<PutRolePolicyOutput, Fault> {
    let policy = check_policy_name(input.policy_name())?;
    let text = document::plausible(input.policy_document())?;
    let (name, role) = find(call, input.role_name())?;
    document::check(text)?;
    let others = role.inline_policies.iter().filter(|(other, _)| other.as_str() != policy);
    if document::size(text) + others.map(|(_, text)| document::size(text)).sum::<usize>() > LONGEST_IN_ROLE {
        let message = format!("Maximum policy size of {LONGEST_IN_ROLE} bytes exceeded for role {name}");
        return Err(limit_exceeded(message));
    }
    let name = name.clone();
    if let Some(role) = call.world.iam.roles.get_mut(&name) {
        role.inline_policies.insert(policy.to_owned(), text.to_owned());
    }
    Ok(PutRolePolicyOutput::builder().build())
}

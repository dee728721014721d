//! Managed policies, read.

use std::collections::BTreeSet;

use aws_sdk_iam::operation::get_policy::{GetPolicyInput, GetPolicyOutput};
use aws_sdk_iam::operation::get_policy_version::{GetPolicyVersionInput, GetPolicyVersionOutput};
use aws_sdk_iam::operation::list_entities_for_policy::{
    ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput,
};
use aws_sdk_iam::operation::list_policies::{ListPoliciesInput, ListPoliciesOutput};
use aws_sdk_iam::operation::list_policy_versions::{ListPolicyVersionsInput, ListPolicyVersionsOutput};
use aws_sdk_iam::types::{
    self, EntityType, PolicyGroup, PolicyRole, PolicyScopeType, PolicyUsageType, PolicyUser,
};
use aws_smithy_types::DateTime;

use super::state::{Iam, Policy, PolicyVersion};
use super::{encoded, managed, marker_page, not_found, path_prefix, told_tags, unique_id, validation};
use crate::sandbox::{Call, Fault};

/// A managed policy of the account or of AWS.
pub(super) struct Managed {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) policy: Policy,
    pub(super) of_aws: bool,
}

/// Those of the account and those of AWS, in the order of their names.
fn all(call: &Call<'_>) -> Vec<Managed> {
    let own = call.world.iam.policies.iter().map(|(name, policy)| (name.clone(), policy.clone(), false));
    let of_aws = managed::policies().map(|(name, policy)| (name, policy, true));
    let mut all: Vec<Managed> = own
        .chain(of_aws)
        .map(|(name, policy, of_aws)| {
            let owner = if of_aws { "aws".to_owned() } else { call.account() };
            let arn = format!("arn:aws:iam::{owner}:policy{}{name}", policy.path);
            Managed { name, arn, policy, of_aws }
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The policy with this ARN.
pub(super) fn find(call: &Call<'_>, arn: Option<&str>) -> Result<Managed, Fault> {
    let arn = arn.unwrap_or_default();
    if !arn.starts_with("arn:aws:iam::") || !arn.contains(":policy/") {
        return Err(Fault::new("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    all(call)
        .into_iter()
        .find(|managed| managed.arn == arn)
        .ok_or_else(|| not_found(format!("Policy {arn} was not found.")))
}

/// Who has a policy.
#[derive(Default)]
struct Attached<'w> {
    users: Vec<(&'w String, &'w str)>,
    groups: Vec<(&'w String, &'w str)>,
    roles: Vec<(&'w String, &'w str)>,
    bounded_roles: Vec<(&'w String, &'w str)>,
}

impl Attached<'_> {
    fn permissions(&self) -> usize {
        self.users.len() + self.groups.len() + self.roles.len()
    }
}

fn attached<'w>(iam: &'w Iam, arn: &str) -> Attached<'w> {
    let has = |policies: &BTreeSet<String>| policies.contains(arn);
    Attached {
        users: iam
            .users
            .iter()
            .filter(|(_, user)| has(&user.attached_policies))
            .map(|(name, user)| (name, user.path.as_str()))
            .collect(),
        groups: iam
            .groups
            .iter()
            .filter(|(_, group)| has(&group.attached_policies))
            .map(|(name, group)| (name, group.path.as_str()))
            .collect(),
        roles: iam
            .roles
            .iter()
            .filter(|(_, role)| has(&role.attached_policies))
            .map(|(name, role)| (name, role.path.as_str()))
            .collect(),
        bounded_roles: iam
            .roles
            .iter()
            .filter(|(_, role)| role.permissions_boundary.as_deref() == Some(arn))
            .map(|(name, role)| (name, role.path.as_str()))
            .collect(),
    }
}

/// A policy as the lists tell it: without description and tags.
pub(super) fn listed(call: &Call<'_>, managed: &Managed) -> types::Policy {
    let Managed { name, arn, policy, of_aws } = managed;
    let attached = attached(&call.world.iam, arn);
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    types::Policy::builder()
        .policy_name(name)
        .policy_id(unique_id("ANPA", call, if *of_aws { name } else { arn }))
        .arn(arn)
        .path(&policy.path)
        .default_version_id(version_id(policy.default_version))
        .attachment_count(count(attached.permissions()))
        .permissions_boundary_usage_count(count(attached.bounded_roles.len()))
        .is_attachable(true)
        .create_date(DateTime::from_secs(policy.created_at))
        .update_date(DateTime::from_secs(policy.updated_at))
        .build()
}

pub(super) fn version_id(number: u64) -> String {
    format!("v{number}")
}

/// The number in a version's id.
pub(super) fn version_number(id: Option<&str>) -> Result<u64, Fault> {
    let id = id.unwrap_or_default();
    let number = id.strip_prefix('v').and_then(|number| number.parse::<u64>().ok());
    number.ok_or_else(|| {
        validation(format!("Value '{id}' at 'versionId' failed to satisfy constraint: v and a number"))
    })
}

/// A version that is not there.
pub(super) fn no_version(arn: &str, number: u64) -> Fault {
    not_found(format!("Policy {arn} version {} does not exist or is not attachable.", version_id(number)))
}

/// A version as the lists tell it: without the document.
pub(super) fn told_version(policy: &Policy, number: u64, version: &PolicyVersion) -> types::PolicyVersion {
    types::PolicyVersion::builder()
        .version_id(version_id(number))
        .is_default_version(number == policy.default_version)
        .create_date(DateTime::from_secs(version.created_at))
        .build()
}

pub(super) fn list_policies(
    call: &mut Call<'_>,
    input: &ListPoliciesInput,
) -> Result<ListPoliciesOutput, Fault> {
    let of_aws = match input.scope() {
        None | Some(PolicyScopeType::All) => None,
        Some(PolicyScopeType::Aws) => Some(true),
        Some(PolicyScopeType::Local) => Some(false),
        Some(other) => {
            return Err(validation(format!(
                "Value '{other}' at 'scope' failed to satisfy constraint: [All, AWS, Local]"
            )));
        }
    };
    let prefix = path_prefix(input.path_prefix())?;
    let iam = &call.world.iam;
    let found: Vec<Managed> = all(call)
        .into_iter()
        .filter(|managed| of_aws.is_none_or(|of_aws| of_aws == managed.of_aws))
        .filter(|managed| managed.policy.path.starts_with(prefix))
        .filter(|managed| {
            let attached = attached(iam, &managed.arn);
            let (permissions, boundary) = (attached.permissions() > 0, !attached.bounded_roles.is_empty());
            match input.policy_usage_filter() {
                None => !input.only_attached().unwrap_or_default() || permissions || boundary,
                Some(PolicyUsageType::PermissionsBoundary) => boundary,
                Some(_) => permissions,
            }
        })
        .collect();
    let (found, marker) = marker_page(found, input.marker(), input.max_items())?;
    Ok(ListPoliciesOutput::builder()
        .set_policies(Some(found.iter().map(|managed| listed(call, managed)).collect()))
        .is_truncated(marker.is_some())
        .set_marker(marker)
        .build())
}

pub(super) fn get_policy(call: &mut Call<'_>, input: &GetPolicyInput) -> Result<GetPolicyOutput, Fault> {
    let managed = find(call, input.policy_arn())?;
    let mut told = listed(call, &managed);
    told.description.clone_from(&managed.policy.description);
    told.tags = Some(told_tags(&managed.policy.tags)?);
    Ok(GetPolicyOutput::builder().policy(told).build())
}

pub(super) fn get_policy_version(
    call: &mut Call<'_>,
    input: &GetPolicyVersionInput,
) -> Result<GetPolicyVersionOutput, Fault> {
    let number = version_number(input.version_id())?;
    let managed = find(call, input.policy_arn())?;
    let version = managed.policy.versions.get(&number).ok_or_else(|| no_version(&managed.arn, number))?;
    let mut told = told_version(&managed.policy, number, version);
    told.document = Some(encoded(&version.document));
    Ok(GetPolicyVersionOutput::builder().policy_version(told).build())
}

/// The newest first.
pub(super) fn list_policy_versions(
    call: &mut Call<'_>,
    input: &ListPolicyVersionsInput,
) -> Result<ListPolicyVersionsOutput, Fault> {
    let Managed { policy, .. } = find(call, input.policy_arn())?;
    let versions =
        policy.versions.iter().rev().map(|(number, version)| told_version(&policy, *number, version));
    let (versions, marker) = marker_page(versions, input.marker(), input.max_items())?;
    Ok(ListPolicyVersionsOutput::builder()
        .set_versions(Some(versions))
        .is_truncated(marker.is_some())
        .set_marker(marker)
        .build())
}

/// A user, group or role in the list of who has a policy.
enum Entity {
    User(PolicyUser),
    Group(PolicyGroup),
    Role(PolicyRole),
}

pub(super) fn list_entities_for_policy(
    call: &mut Call<'_>,
    input: &ListEntitiesForPolicyInput,
) -> Result<ListEntitiesForPolicyOutput, Fault> {
    let managed = find(call, input.policy_arn())?;
    let prefix = path_prefix(input.path_prefix())?;
    let attached = attached(&call.world.iam, &managed.arn);
    let wanted = |kind: EntityType| input.entity_filter().is_none_or(|filter| *filter == kind);
    let (permissions, boundary) = match input.policy_usage_filter() {
        None => (true, true),
        Some(PolicyUsageType::PermissionsBoundary) => (false, true),
        Some(_) => (true, false),
    };
    let account = call.account();
    let arn = |kind: &str, name: &str, path: &str| format!("arn:aws:iam::{account}:{kind}{path}{name}");
    let mut entities = vec![];
    if wanted(EntityType::Group) && permissions {
        entities.extend(attached.groups.iter().filter(|(_, path)| path.starts_with(prefix)).map(
            |(name, path)| {
                let group_id = unique_id("AGPA", call, &arn("group", name, path));
                Entity::Group(PolicyGroup::builder().group_name(*name).group_id(group_id).build())
            },
        ));
    }
    if wanted(EntityType::User) && permissions {
        entities.extend(attached.users.iter().filter(|(_, path)| path.starts_with(prefix)).map(
            |(name, path)| {
                let user_id = unique_id("AIDA", call, &arn("user", name, path));
                Entity::User(PolicyUser::builder().user_name(*name).user_id(user_id).build())
            },
        ));
    }
    if wanted(EntityType::Role) {
        let mut roles = vec![];
        roles.extend(attached.roles.iter().filter(|_| permissions));
        roles.extend(attached.bounded_roles.iter().filter(|_| boundary));
        roles.sort_unstable();
        roles.dedup();
        entities.extend(roles.into_iter().filter(|(_, path)| path.starts_with(prefix)).map(
            |(name, path)| {
                let role_id = unique_id("AROA", call, &arn("role", name, path));
                Entity::Role(PolicyRole::builder().role_name(name.as_str()).role_id(role_id).build())
            },
        ));
    }
    let (entities, marker) = marker_page(entities, input.marker(), input.max_items())?;
    let (mut users, mut groups, mut roles) = (vec![], vec![], vec![]);
    for entity in entities {
        match entity {
            Entity::User(user) => users.push(user),
            Entity::Group(group) => groups.push(group),
            Entity::Role(role) => roles.push(role),
        }
    }
    Ok(ListEntitiesForPolicyOutput::builder()
        .set_policy_groups(Some(groups))
        .set_policy_users(Some(users))
        .set_policy_roles(Some(roles))
        .is_truncated(marker.is_some())
        .set_marker(marker)
        .build())
}

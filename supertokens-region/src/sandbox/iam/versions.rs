//! Managed policies and their versions, written.

use aws_sdk_iam::operation::create_policy::{CreatePolicyInput, CreatePolicyOutput};
use aws_sdk_iam::operation::create_policy_version::{CreatePolicyVersionInput, CreatePolicyVersionOutput};
use aws_sdk_iam::operation::delete_policy_version::{DeletePolicyVersionInput, DeletePolicyVersionOutput};
use aws_sdk_iam::operation::set_default_policy_version::{
    SetDefaultPolicyVersionInput, SetDefaultPolicyVersionOutput,
};

use super::policies::{Managed, find, listed, no_version, told_version, version_number};
use super::state::{Policy, PolicyVersion};
use super::{check_policy_name, document, limit_exceeded, told_tags, validation};
use crate::sandbox::{Call, Fault};

/// The longest document of a managed policy, in characters that aren't blanks.
const LONGEST: usize = 6_144;
/// How many versions a policy has at the most.
const VERSIONS: usize = 5;
/// How many policies an account has at the most.
const POLICIES: usize = 1_500;

/// A document that a managed policy may have.
fn check(text: &str) -> Result<(), Fault> {
    document::check(text)?;
    if document::size(text) > LONGEST {
        return Err(limit_exceeded(format!("Cannot exceed quota for PolicySize: {LONGEST}")));
    }
    Ok(())
}

/// A policy of the account: AWS's own can't be changed.
fn own(call: &Call<'_>, arn: Option<&str>) -> Result<Managed, Fault> {
    let managed = find(call, arn)?;
    if managed.of_aws {
        let message = format!("{} is a policy of AWS and can't be changed", managed.arn);
        return Err(Fault::new("AccessDenied", message).status(403));
    }
    Ok(managed)
}

fn keep(call: &mut Call<'_>, managed: Managed) {
    call.world.iam.policies.insert(managed.name, managed.policy);
}

pub(super) fn create_policy(
    call: &mut Call<'_>,
    input: &CreatePolicyInput,
) -> Result<CreatePolicyOutput, Fault> {
    let name = check_policy_name(input.policy_name())?;
    let text = document::plausible(input.policy_document())?;
    let path = input.path().unwrap_or("/");
    if !path.starts_with('/') || !path.ends_with('/') || path.len() > 512 {
        let message = "The specified value for path is invalid. It must begin and end with /.";
        return Err(validation(message));
    }
    if input.tags().len() > 50 {
        return Err(validation("A policy has 50 tags at the most."));
    }
    check(text)?;
    let policies = &call.world.iam.policies;
    if policies.keys().any(|other| other.eq_ignore_ascii_case(name)) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Fault::new("EntityAlreadyExists", message).status(409));
    }
    if policies.len() >= POLICIES {
        return Err(limit_exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {POLICIES}")));
    }
    let now = call.now().secs();
    let version = PolicyVersion { document: text.to_owned(), created_at: now };
    let policy = Policy {
        path: path.to_owned(),
        description: input.description().map(str::to_owned),
        versions: [(1, version)].into(),
        created_at: now,
        updated_at: now,
        tags: input.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
        ..Policy::new(text)
    };
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", call.account());
    let managed = Managed { name: name.to_owned(), arn, policy, of_aws: false };
    let mut told = listed(call, &managed);
    told.tags = Some(told_tags(&managed.policy.tags)?);
    keep(call, managed);
    Ok(CreatePolicyOutput::builder().policy(told).build())
}

/// Not idempotent: each call makes a version, of the same document too.
pub(super) fn create_policy_version(
    call: &mut Call<'_>,
    input: &CreatePolicyVersionInput,
) -> Result<CreatePolicyVersionOutput, Fault> {
    let text = document::plausible(input.policy_document())?;
    let mut managed = own(call, input.policy_arn())?;
    check(text)?;
    let policy = &mut managed.policy;
    if policy.versions.len() >= VERSIONS {
        let message = format!(
            "A managed policy can have up to {VERSIONS} versions. Before you create a new version, you must delete an \
             existing version."
        );
        return Err(limit_exceeded(message));
    }
    let now = call.now().secs();
    policy.last_version += 1;
    policy.updated_at = now;
    let (number, version) =
        (policy.last_version, PolicyVersion { document: text.to_owned(), created_at: now });
    if input.set_as_default() == Some(true) {
        policy.default_version = number;
    }
    let told = told_version(policy, number, &version);
    policy.versions.insert(number, version);
    keep(call, managed);
    Ok(CreatePolicyVersionOutput::builder().policy_version(told).build())
}

pub(super) fn delete_policy_version(
    call: &mut Call<'_>,
    input: &DeletePolicyVersionInput,
) -> Result<DeletePolicyVersionOutput, Fault> {
    let number = version_number(input.version_id())?;
    let mut managed = own(call, input.policy_arn())?;
    if number == managed.policy.default_version {
        let message = "Cannot delete the default version of a policy.";
        return Err(Fault::new("DeleteConflict", message).status(409));
    }
    managed.policy.versions.remove(&number).ok_or_else(|| no_version(&managed.arn, number))?;
    keep(call, managed);
    Ok(DeletePolicyVersionOutput::builder().build())
}

pub(super) fn set_default_policy_version(
    call: &mut Call<'_>,
    input: &SetDefaultPolicyVersionInput,
) -> Result<SetDefaultPolicyVersionOutput, Fault> {
    let number = version_number(input.version_id())?;
    let mut managed = own(call, input.policy_arn())?;
    if !managed.policy.versions.contains_key(&number) {
        return Err(no_version(&managed.arn, number));
    }
    managed.policy.default_version = number;
    keep(call, managed);
    Ok(SetDefaultPolicyVersionOutput::builder().build())
}

//! Instance profiles, read.

use aws_sdk_iam::operation::get_instance_profile::{GetInstanceProfileInput, GetInstanceProfileOutput};
use aws_sdk_iam::types::InstanceProfile;
use aws_smithy_types::DateTime;

use super::roles::listed;
use super::{not_found, unique_id, validation};
use crate::sandbox::{Call, Fault};

pub(super) fn get_instance_profile(
    call: &mut Call<'_>,
    input: &GetInstanceProfileInput,
) -> Result<GetInstanceProfileOutput, Fault> {
    let name = input.instance_profile_name().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.is_empty() || name.len() > 128 || !name.chars().all(allowed) {
        return Err(validation("The specified value for instanceProfileName is invalid."));
    }
    let Some(profile) = call.world.iam.instance_profiles.get(name) else {
        return Err(not_found(format!("Instance Profile {name} cannot be found.")));
    };
    let arn = format!("arn:aws:iam::{}:instance-profile{}{name}", call.account(), profile.path);
    let role = profile.role.as_ref().and_then(|role| call.world.iam.roles.get_key_value(role));
    let roles = role.map(|(name, role)| listed(call, name, role)).transpose()?;
    let told = InstanceProfile::builder()
        .path(&profile.path)
        .instance_profile_name(name)
        .instance_profile_id(unique_id("AIPA", call, &arn))
        .arn(arn)
        .create_date(DateTime::from_secs(0))
        .set_roles(Some(roles.into_iter().collect()))
        .build()?;
    Ok(GetInstanceProfileOutput::builder().instance_profile(told).build())
}

#[cfg(test)]
mod tests {
    use super::super::{InstanceProfile, Role};
    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn get_instance_profile_tells_its_role_and_a_missing_one_is_refused() {
        let (sandbox, aws) = sandbox();
        let get = |name: &str| aws.iam(R).get_instance_profile().instance_profile_name(name).send();
        assert_eq!(code(get("dev").await), "NoSuchEntity");
        assert_eq!(code(get("a/b").await), "ValidationError");
        let profile = InstanceProfile { path: "/".to_owned(), role: Some("dev".to_owned()) };
        sandbox.world().iam.instance_profiles.insert("dev".to_owned(), profile);
        sandbox.world().iam.roles.insert("dev".to_owned(), Role::new("{}"));
        let profile = get("dev").await.unwrap().instance_profile.unwrap();
        assert_eq!(profile.arn(), "arn:aws:iam::123456789012:instance-profile/dev");
        assert_eq!(profile.roles()[0].role_name(), "dev");
    }
}

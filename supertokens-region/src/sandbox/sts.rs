//! STS: who is calling.

use aws_sdk_sts::operation::get_caller_identity::{
    GetCallerIdentityError, GetCallerIdentityInput, GetCallerIdentityOutput,
};

use super::door::Handlers;
use super::{Call, Fault};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("sts:GetCallerIdentity", get_caller_identity, GetCallerIdentityError::generic);
}

fn get_caller_identity(
    call: &mut Call<'_>,
    _: &GetCallerIdentityInput,
) -> Result<GetCallerIdentityOutput, Fault> {
    let account = call.account();
    Ok(GetCallerIdentityOutput::builder()
        .arn(format!("arn:aws:iam::{account}:user/sandbox"))
        .user_id("AIDASANDBOX")
        .account(account)
        .build())
}

#[cfg(test)]
mod tests {
    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn get_caller_identity_tells_the_account() {
        let (_, aws) = sandbox();
        let answer = aws.sts(R).get_caller_identity().send().await.unwrap();
        assert_eq!(answer.account(), Some("123456789012"));
    }

    #[tokio::test]
    async fn a_denied_call_is_forbidden_and_names_the_operation() {
        let (sandbox, aws) = sandbox();
        sandbox.world().settings.denied.insert("sts:GetCallerIdentity".to_owned());
        let error = code(aws.sts(R).get_caller_identity().send().await);
        assert_eq!(error, "AccessDenied");
    }
}

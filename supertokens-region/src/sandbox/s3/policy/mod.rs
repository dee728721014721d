//! Bucket policies.

mod document;
mod public;
mod words;

use aws_sdk_s3::operation::{
    get_bucket_policy::{GetBucketPolicyError, GetBucketPolicyInput, GetBucketPolicyOutput},
    get_bucket_policy_status::{
        GetBucketPolicyStatusError, GetBucketPolicyStatusInput, GetBucketPolicyStatusOutput,
    },
    put_bucket_policy::{PutBucketPolicyError, PutBucketPolicyInput, PutBucketPolicyOutput},
};
use aws_sdk_s3::types::PolicyStatus;

use super::{Bucket, Call, Fault, Handlers, access_denied, bucket, set};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketPolicy", get_policy, GetBucketPolicyError::generic);
    handlers.on("s3:GetBucketPolicyStatus", get_policy_status, GetBucketPolicyStatusError::generic);
    handlers.on("s3:PutBucketPolicy", put_policy, PutBucketPolicyError::generic);
}

fn policy(bucket: &Bucket) -> Result<&String, Fault> {
    set(bucket.policy.as_ref(), "NoSuchBucketPolicy", "The bucket policy does not exist")
}

fn get_policy(call: &mut Call<'_>, input: &GetBucketPolicyInput) -> Result<GetBucketPolicyOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    Ok(GetBucketPolicyOutput::builder().policy(policy(bucket)?).build())
}

fn get_policy_status(
    call: &mut Call<'_>,
    input: &GetBucketPolicyStatusInput,
) -> Result<GetBucketPolicyStatusOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let document = serde_json::from_str(policy(bucket)?).unwrap_or_default();
    let status = PolicyStatus::builder().is_public(public::is_public(&document)).build();
    Ok(GetBucketPolicyStatusOutput::builder().policy_status(status).build())
}

fn put_policy(call: &mut Call<'_>, input: &PutBucketPolicyInput) -> Result<PutBucketPolicyOutput, Fault> {
    let name = input.bucket().unwrap_or_default();
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let document = document::check(input.policy().unwrap_or_default(), name)?;
    if bucket.public_access_block.is_some_and(|block| block.block_public_policy)
        && public::is_public(&document)
    {
        let text = format!(
            "User is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{name}\" because public \
             policies are blocked by the BlockPublicPolicy block public access setting."
        );
        return Err(access_denied(&text));
    }
    // AWS answers without the whitespace.
    bucket.policy = Some(document.to_string());
    Ok(PutBucketPolicyOutput::builder().build())
}

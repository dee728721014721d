//! How a bucket protects its objects: versions and encryption.

use aws_sdk_s3::operation::{
    get_bucket_encryption::{GetBucketEncryptionError, GetBucketEncryptionInput, GetBucketEncryptionOutput},
    get_bucket_versioning::{GetBucketVersioningError, GetBucketVersioningInput, GetBucketVersioningOutput},
    put_bucket_encryption::{PutBucketEncryptionError, PutBucketEncryptionInput, PutBucketEncryptionOutput},
    put_bucket_versioning::{PutBucketVersioningError, PutBucketVersioningInput, PutBucketVersioningOutput},
};
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketVersioningStatus, EncryptionType, MfaDelete, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};

use super::{
    Call, Encryption, Fault, Handlers, access_denied, body, bucket, built, invalid_argument, malformed_xml,
    set,
};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketVersioning", get_versioning, GetBucketVersioningError::generic);
    handlers.on("s3:PutBucketVersioning", put_versioning, PutBucketVersioningError::generic);
    handlers.on("s3:GetBucketEncryption", get_encryption, GetBucketEncryptionError::generic);
    handlers.on("s3:PutBucketEncryption", put_encryption, PutBucketEncryptionError::generic);
}

fn get_versioning(
    call: &mut Call<'_>,
    input: &GetBucketVersioningInput,
) -> Result<GetBucketVersioningOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    Ok(GetBucketVersioningOutput::builder()
        .set_status(bucket.versioning.as_deref().map(Into::into))
        .set_mfa_delete(bucket.mfa_delete.as_deref().map(Into::into))
        .build())
}

fn put_versioning(
    call: &mut Call<'_>,
    input: &PutBucketVersioningInput,
) -> Result<PutBucketVersioningOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let configuration = body(input.versioning_configuration())?;
    let status = match configuration.status() {
        Some(status @ (BucketVersioningStatus::Enabled | BucketVersioningStatus::Suspended)) => {
            status.as_str()
        }
        Some(_) => return Err(malformed_xml()),
        None => {
            let text = "The Versioning element must be specified";
            return Err(Fault::new("IllegalVersioningConfigurationException", text));
        }
    };
    if configuration.mfa_delete().is_some_and(|it| !MfaDelete::values().contains(&it.as_str())) {
        return Err(malformed_xml());
    }
    // Only the account's root user, with its device, may touch what MFA Delete guards.
    let guarded = bucket.mfa_delete.as_deref() == Some("Enabled");
    if guarded || input.mfa().is_some() || configuration.mfa_delete() == Some(&MfaDelete::Enabled) {
        return Err(access_denied("Access Denied"));
    }
    if status == "Suspended" {
        let in_the_way = match (bucket.object_lock, &bucket.replication) {
            (true, _) => "An Object Lock",
            (_, Some(_)) => "A replication",
            _ => "",
        };
        if !in_the_way.is_empty() {
            let text = format!(
                "{in_the_way} configuration is present on this bucket, so the versioning state cannot be changed."
            );
            return Err(Fault::new("InvalidBucketState", text).status(409));
        }
    }
    bucket.versioning = Some(status.to_owned());
    if let Some(mfa_delete) = configuration.mfa_delete() {
        bucket.mfa_delete = Some(mfa_delete.as_str().to_owned());
    }
    Ok(PutBucketVersioningOutput::builder().build())
}

fn get_encryption(
    call: &mut Call<'_>,
    input: &GetBucketEncryptionInput,
) -> Result<GetBucketEncryptionOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let encryption = set(
        bucket.encryption.as_ref(),
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
    )?;
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(encryption.algorithm.as_str().into())
        .set_kms_master_key_id(encryption.kms_key.clone())
        .build();
    let blocked = (!encryption.blocked.is_empty()).then(|| {
        let words = encryption.blocked.iter().map(|word| word.as_str().into()).collect();
        BlockedEncryptionTypes::builder().set_encryption_type(Some(words)).build()
    });
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(built(by_default)?)
        .bucket_key_enabled(encryption.bucket_key)
        .set_blocked_encryption_types(blocked)
        .build();
    let configuration = built(ServerSideEncryptionConfiguration::builder().rules(rule).build())?;
    Ok(GetBucketEncryptionOutput::builder().server_side_encryption_configuration(configuration).build())
}

fn put_encryption(
    call: &mut Call<'_>,
    input: &PutBucketEncryptionInput,
) -> Result<PutBucketEncryptionOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let [rule] = body(input.server_side_encryption_configuration())?.rules() else {
        return Err(malformed_xml());
    };
    let by_default = rule.apply_server_side_encryption_by_default().ok_or_else(malformed_xml)?;
    let algorithm = by_default.sse_algorithm().as_str();
    if !["AES256", "aws:kms", "aws:kms:dsse"].contains(&algorithm) {
        return Err(malformed_xml());
    }
    let kms_key = by_default.kms_master_key_id().map(str::to_owned);
    if kms_key.is_some() && algorithm == "AES256" {
        let text =
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
        return Err(invalid_argument(text));
    }
    let blocked = rule.blocked_encryption_types().map_or(&[][..], |types| types.encryption_type());
    let blocked: Vec<String> = blocked.iter().map(|word| word.as_str().to_owned()).collect();
    if blocked.iter().any(|word| !EncryptionType::values().contains(&word.as_str())) {
        return Err(malformed_xml());
    }
    // AWS does not look whether there is such a key.
    let bucket_key = rule.bucket_key_enabled().unwrap_or(false);
    bucket.encryption = Some(Encryption { algorithm: algorithm.to_owned(), kms_key, bucket_key, blocked });
    Ok(PutBucketEncryptionOutput::builder().build())
}

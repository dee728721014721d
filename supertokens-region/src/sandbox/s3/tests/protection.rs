use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketVersioningStatus, MfaDelete, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    VersioningConfiguration,
};

use super::*;

async fn version(aws: &Aws, status: &str) -> Result<(), crate::Error> {
    let configuration = VersioningConfiguration::builder().status(status.into()).build();
    let call = aws.s3(R).put_bucket_versioning().bucket("one");
    call.versioning_configuration(configuration).send().await?;
    Ok(())
}

fn encrypted(algorithm: ServerSideEncryption, key: Option<&str>) -> ServerSideEncryptionConfiguration {
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm)
        .set_kms_master_key_id(key.map(str::to_owned));
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by_default.build().unwrap())
        .bucket_key_enabled(key.is_some())
        .build();
    ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap()
}

#[tokio::test]
async fn get_bucket_versioning_when_never_set_has_no_status() {
    let (_, aws) = with_one().await;
    let answer = aws.s3(R).get_bucket_versioning().bucket("one").send().await.unwrap();
    assert_eq!((answer.status(), answer.mfa_delete()), (None, None));
}

#[tokio::test]
async fn put_bucket_versioning_reads_back() {
    let (_, aws) = with_one().await;
    for status in ["Enabled", "Suspended", "Enabled"] {
        version(&aws, status).await.unwrap();
        let answer = aws.s3(R).get_bucket_versioning().bucket("one").send().await.unwrap();
        assert_eq!(answer.status().unwrap().as_str(), status);
    }
    assert_eq!(version(&aws, "On").await.unwrap_err().code(), Some("MalformedXML"));
    let call = aws.s3(R).put_bucket_versioning().bucket("one");
    let none = call.versioning_configuration(VersioningConfiguration::builder().build()).send().await;
    assert_eq!(code(none), "IllegalVersioningConfigurationException");
}

#[tokio::test]
async fn mfa_delete_is_for_the_root_user_alone() {
    let (_, aws) = with_one().await;
    let guarded = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .mfa_delete(MfaDelete::Enabled)
        .build();
    let call = aws.s3(R).put_bucket_versioning().bucket("one");
    assert_eq!(code(call.versioning_configuration(guarded).send().await), "AccessDenied");
}

#[tokio::test]
async fn object_lock_keeps_versioning_on() {
    let (_, aws) = sandbox();
    let call = aws.s3(R).create_bucket().bucket("one").create_bucket_configuration(located(R));
    call.object_lock_enabled_for_bucket(true).send().await.unwrap();
    let lock = aws.s3(R).get_object_lock_configuration().bucket("one").send().await.unwrap();
    let enabled = lock.object_lock_configuration().unwrap().object_lock_enabled().unwrap();
    assert_eq!(enabled.as_str(), "Enabled");
    assert_eq!(version(&aws, "Suspended").await.unwrap_err().code(), Some("InvalidBucketState"));
    version(&aws, "Enabled").await.unwrap();
}

#[tokio::test]
async fn default_encryption_of_a_new_bucket_is_aes256() {
    let (_, aws) = with_one().await;
    let answer = aws.s3(R).get_bucket_encryption().bucket("one").send().await.unwrap();
    let expected = encrypted(ServerSideEncryption::Aes256, None);
    assert_eq!(answer.server_side_encryption_configuration(), Some(&expected));
}

#[tokio::test]
async fn put_bucket_encryption_reads_back_with_a_kms_key() {
    let (_, aws) = with_one().await;
    let put = |configuration: ServerSideEncryptionConfiguration| {
        let call = aws.s3(R).put_bucket_encryption().bucket("one");
        call.server_side_encryption_configuration(configuration).send()
    };
    let with_key = encrypted(ServerSideEncryption::AwsKms, Some("alias/own"));
    put(with_key.clone()).await.unwrap();
    let answer = aws.s3(R).get_bucket_encryption().bucket("one").send().await.unwrap();
    assert_eq!(answer.server_side_encryption_configuration(), Some(&with_key));

    let needless_key = encrypted(ServerSideEncryption::Aes256, Some("alias/own"));
    assert_eq!(code(put(needless_key).await), "InvalidArgument");
    assert_eq!(code(put(encrypted("rot13".into(), None)).await), "MalformedXML");
    let unknown = BlockedEncryptionTypes::builder().encryption_type("ROT".into()).build();
    let mut blocking = encrypted(ServerSideEncryption::Aes256, None);
    blocking.rules[0].blocked_encryption_types = Some(unknown);
    assert_eq!(code(put(blocking.clone()).await), "MalformedXML");
    let customer = BlockedEncryptionTypes::builder().encryption_type("SSE-C".into()).build();
    blocking.rules[0].blocked_encryption_types = Some(customer);
    put(blocking.clone()).await.unwrap();
    let answer = aws.s3(R).get_bucket_encryption().bucket("one").send().await.unwrap();
    assert_eq!(answer.server_side_encryption_configuration(), Some(&blocking));
}

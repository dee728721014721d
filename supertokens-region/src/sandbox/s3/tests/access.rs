use aws_sdk_s3::types::{
    AccessControlPolicy, BucketCannedAcl, Grant, Grantee, Owner, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, Type,
};

use super::*;
use crate::sandbox::s3::Bucket;

fn ownership(word: &str) -> OwnershipControls {
    let rule = OwnershipControlsRule::builder().object_ownership(word.into()).build().unwrap();
    OwnershipControls::builder().rules(rule).build().unwrap()
}

async fn own(aws: &Aws, word: &str) {
    let call = aws.s3(R).put_bucket_ownership_controls().bucket("one");
    call.ownership_controls(ownership(word)).send().await.unwrap();
}

async fn permissions(aws: &Aws) -> Vec<String> {
    let acl = aws.s3(R).get_bucket_acl().bucket("one").send().await.unwrap();
    let text = |grant: &Grant| {
        let grantee = grant.grantee().unwrap();
        let who = grantee.uri().map_or("owner", |uri| uri.rsplit('/').next().unwrap());
        format!("{who} {}", grant.permission().unwrap().as_str())
    };
    acl.grants().iter().map(text).collect()
}

#[tokio::test]
async fn a_new_bucket_blocks_all_public_access() {
    let (_, aws) = with_one().await;
    let answer = aws.s3(R).get_public_access_block().bucket("one").send().await.unwrap();
    let all = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    assert_eq!(answer.public_access_block_configuration(), Some(&all));
}

#[tokio::test]
async fn put_public_access_block_replaces_the_whole_and_reads_back() {
    let (_, aws) = with_one().await;
    let s3 = aws.s3(R);
    let one = PublicAccessBlockConfiguration::builder().block_public_acls(true).build();
    let put = s3.put_public_access_block().bucket("one");
    put.public_access_block_configuration(one).send().await.unwrap();
    let answer = s3.get_public_access_block().bucket("one").send().await.unwrap();
    let block = answer.public_access_block_configuration().unwrap();
    assert_eq!((block.block_public_acls(), block.block_public_policy()), (Some(true), Some(false)));
}

#[tokio::test]
async fn a_new_bucket_has_no_acls() {
    let (_, aws) = with_one().await;
    let answer = aws.s3(R).get_bucket_ownership_controls().bucket("one").send().await.unwrap();
    assert_eq!(answer.ownership_controls(), Some(&ownership("BucketOwnerEnforced")));
    assert_eq!(permissions(&aws).await, ["owner FULL_CONTROL"]);
}

#[tokio::test]
async fn put_bucket_ownership_controls_reads_back() {
    let (_, aws) = with_one().await;
    own(&aws, "BucketOwnerPreferred").await;
    let answer = aws.s3(R).get_bucket_ownership_controls().bucket("one").send().await.unwrap();
    assert_eq!(answer.ownership_controls(), Some(&ownership("BucketOwnerPreferred")));
    let put = aws.s3(R).put_bucket_ownership_controls().bucket("one");
    assert_eq!(code(put.ownership_controls(ownership("Nobody")).send().await), "MalformedXML");
}

#[tokio::test]
async fn an_old_bucket_has_neither_block_nor_ownership_nor_encryption() {
    let (sandbox, aws) = sandbox();
    sandbox.world().s3.buckets.insert("old".to_owned(), Bucket::old(FIRST, 1_600_000_000));
    let s3 = aws.s3(FIRST);
    let block = s3.get_public_access_block().bucket("old").send().await;
    assert_eq!(block.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(block), "NoSuchPublicAccessBlockConfiguration");
    let ownership = s3.get_bucket_ownership_controls().bucket("old").send().await;
    assert_eq!(code(ownership), "OwnershipControlsNotFoundError");
    let encryption = s3.get_bucket_encryption().bucket("old").send().await;
    assert_eq!(code(encryption), "ServerSideEncryptionConfigurationNotFoundError");
}

#[tokio::test]
async fn put_bucket_acl_under_bucket_owner_enforced_is_refused() {
    let (_, aws) = with_one().await;
    let put = aws.s3(R).put_bucket_acl().bucket("one").acl(BucketCannedAcl::Private).send().await;
    assert_eq!(code(put), "AccessControlListNotSupported");
}

#[tokio::test]
async fn put_bucket_acl_when_allowed_reads_back() {
    let (_, aws) = with_one().await;
    own(&aws, "ObjectWriter").await;
    let call = || aws.s3(R).put_bucket_acl().bucket("one");
    assert_eq!(code(call().acl(BucketCannedAcl::PublicRead).send().await), "AccessDenied");
    assert_eq!(code(call().send().await), "MissingSecurityHeader");
    assert_eq!(code(call().acl("nonsense".into()).send().await), "InvalidArgument");
    call().acl("log-delivery-write".into()).send().await.unwrap();
    let grants = ["owner FULL_CONTROL", "LogDelivery WRITE", "LogDelivery READ_ACP"];
    assert_eq!(permissions(&aws).await, grants);

    // With these grants the bucket can't go without ACLs: first they must go.
    let put = || aws.s3(R).put_bucket_ownership_controls().bucket("one");
    let refused = put().ownership_controls(ownership("BucketOwnerEnforced")).send().await;
    assert_eq!(code(refused), "InvalidBucketAclWithObjectOwnership");
    call().acl(BucketCannedAcl::Private).send().await.unwrap();
    own(&aws, "BucketOwnerEnforced").await;
}

#[tokio::test]
async fn put_bucket_acl_with_grants() {
    let (_, aws) = with_one().await;
    own(&aws, "ObjectWriter").await;
    let owner = aws.s3(R).get_bucket_acl().bucket("one").send().await.unwrap().owner().unwrap().clone();
    let group = |name: &str| {
        let uri = format!("http://acs.amazonaws.com/groups/{name}");
        let grantee = Grantee::builder().r#type(Type::Group).uri(uri).build().unwrap();
        Grant::builder().grantee(grantee).permission("WRITE".into()).build()
    };
    let put = |owner: &Owner, grant: Grant| {
        let policy = AccessControlPolicy::builder().owner(owner.clone()).grants(grant).build();
        aws.s3(R).put_bucket_acl().bucket("one").access_control_policy(policy).send()
    };
    assert_eq!(code(put(&owner, group("s3/Nobody")).await), "InvalidArgument");
    assert_eq!(code(put(&owner, group("global/AllUsers")).await), "AccessDenied");
    let stranger = Owner::builder().id("0").build();
    assert_eq!(code(put(&stranger, group("s3/LogDelivery")).await), "AccessDenied");
    put(&owner, group("s3/LogDelivery")).await.unwrap();
    assert_eq!(permissions(&aws).await, ["LogDelivery WRITE"]);
}

#[tokio::test]
async fn get_bucket_acl_tells_what_is_in_effect() {
    let (sandbox, aws) = with_one().await;
    own(&aws, "ObjectWriter").await;
    let put = aws.s3(R).put_public_access_block().bucket("one");
    let none = PublicAccessBlockConfiguration::builder().build();
    put.public_access_block_configuration(none).send().await.unwrap();
    let put = aws.s3(R).put_bucket_acl().bucket("one").acl(BucketCannedAcl::PublicRead);
    put.send().await.unwrap();
    assert_eq!(permissions(&aws).await, ["owner FULL_CONTROL", "AllUsers READ"]);
    let ignore = crate::sandbox::s3::PublicAccessBlock::all();
    sandbox.world().s3.buckets.get_mut("one").unwrap().public_access_block = Some(ignore);
    assert_eq!(permissions(&aws).await, ["owner FULL_CONTROL"]);
}

#[tokio::test]
async fn create_bucket_with_an_acl_that_its_defaults_forbid_is_refused() {
    let (sandbox, aws) = sandbox();
    let call = || aws.s3(FIRST).create_bucket().bucket("one").acl(BucketCannedAcl::PublicRead);
    assert_eq!(code(call().send().await), "InvalidBucketAclWithObjectOwnership");
    let with_acls = call().object_ownership("ObjectWriter".into()).send().await;
    assert_eq!(code(with_acls), "InvalidBucketAclWithBlockPublicAccessError");
    assert!(sandbox.world().s3.buckets.is_empty());
}

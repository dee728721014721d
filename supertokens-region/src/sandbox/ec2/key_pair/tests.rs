use aws_sdk_ec2::error::SdkError;
use aws_sdk_ec2::operation::import_key_pair::{ImportKeyPairError, ImportKeyPairOutput};
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyType, ResourceType};

use crate::aws::Aws;
use crate::public_key::tests::{ANOTHER, ED25519, RFC_4716, RSA_1024, RSA_2048};
use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

async fn import(
    aws: &Aws,
    name: &str,
    key: &str,
) -> Result<ImportKeyPairOutput, SdkError<ImportKeyPairError>> {
    aws.ec2(R).import_key_pair().key_name(name).public_key_material(Blob::new(key)).send().await
}

#[tokio::test]
async fn an_imported_key_pair_is_described_with_its_public_key_when_that_is_asked_for() {
    let (sandbox, aws) = sandbox();
    let tags = tagged(ResourceType::KeyPair, "a", "1");
    let import = aws.ec2(R).import_key_pair().key_name("team").tag_specifications(tags);
    let material = Blob::new(format!("{ED25519} me@example.com\n"));
    let made = import.public_key_material(material).send().await.unwrap();
    let id = made.key_pair_id().unwrap();
    assert!(id.starts_with("key-0") && made.key_name() == Some("team") && made.tags() == [tag("a", "1")]);
    let answer = aws.ec2(R).describe_key_pairs().send().await.unwrap();
    let [pair] = answer.key_pairs() else { panic!("one key pair, not {answer:?}") };
    assert_eq!((pair.key_pair_id(), pair.key_name()), (Some(id), Some("team")));
    assert_eq!((pair.key_type(), pair.public_key()), (Some(&KeyType::Ed25519), None));
    assert_eq!(pair.tags(), [tag("a", "1")]);
    assert_eq!(pair.create_time().map(|time| time.secs()), Some(sandbox.world().clock));
    let answer = aws.ec2(R).describe_key_pairs().include_public_key(true).send().await.unwrap();
    assert_eq!(answer.key_pairs()[0].public_key(), Some(format!("{ED25519} team").as_str()));
}

#[tokio::test]
async fn fingerprints_are_those_of_openssh_for_ed25519_and_of_openssl_for_rsa() {
    let (_, aws) = sandbox();
    for (key, fingerprint) in [
        (ED25519, "/vvE04q+ff40VlovWSo5TJO9RQTNHu80oKDe9YNZ3ME="),
        (RSA_1024, "dd:87:1c:75:fa:e9:c2:0e:b7:cb:f0:cb:1a:66:d3:0e"),
        (RSA_2048, "df:b1:3d:0b:45:ab:09:54:c9:4e:ea:40:6b:65:9b:41"),
    ] {
        let made = import(&aws, fingerprint, key).await.unwrap();
        assert_eq!(made.key_fingerprint(), Some(fingerprint));
        let describe = aws.ec2(R).describe_key_pairs().filters(filter("fingerprint", fingerprint));
        let answer = describe.send().await.unwrap();
        assert_eq!(answer.key_pairs().len(), 1);
        let key_type = if key == ED25519 { KeyType::Ed25519 } else { KeyType::Rsa };
        assert_eq!(answer.key_pairs()[0].key_type(), Some(&key_type));
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_with_the_same_key_too() {
    let (sandbox, aws) = sandbox();
    import(&aws, "team", ED25519).await.unwrap();
    let before = sandbox.world().ec2.clone();
    assert_eq!(code(import(&aws, "team", ED25519).await), "InvalidKeyPair.Duplicate");
    assert_eq!(code(import(&aws, "team", ANOTHER).await), "InvalidKeyPair.Duplicate");
    assert_eq!(sandbox.world().ec2, before);
    import(&aws, "Team", ED25519).await.unwrap();
}

#[tokio::test]
async fn what_is_no_public_key_is_refused() {
    let (sandbox, aws) = sandbox();
    let before = sandbox.world().ec2.clone();
    let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEHwgEJdezOpdOdUYjw9G+cjYmlfE0QhReYB47icl15q6MFeufCGuqsbYm8BPcsav1FROQDsuV3r01J03P+uJbQ=";
    for key in ["", "hello", &ED25519[..60], ecdsa] {
        assert_eq!(code(import(&aws, "team", key).await), "InvalidKey.Format", "{key}");
    }
    for name in [" team", "schlüssel", &"k".repeat(256)] {
        assert_eq!(code(import(&aws, name, ED25519).await), "InvalidParameterValue", "{name}");
    }
    assert_eq!(code(aws.ec2(R).import_key_pair().key_name("team").send().await), "MissingParameter");
    assert_eq!(code(import(&aws, "", ED25519).await), "MissingParameter");
    assert_eq!(sandbox.world().ec2, before);
    import(&aws, "team", RFC_4716).await.unwrap();
}

#[tokio::test]
async fn key_pairs_are_found_by_name_id_and_filter_and_only_in_their_region() {
    let (_, aws) = sandbox();
    let first = import(&aws, "first", ED25519).await.unwrap();
    import(&aws, "second", ANOTHER).await.unwrap();
    let id = first.key_pair_id().unwrap();
    aws.ec2(R).create_tags().resources(id).tags(tag("Owner", "me")).send().await.unwrap();
    let describe = || aws.ec2(R).describe_key_pairs();
    for found in [
        describe().key_names("first"),
        describe().key_pair_ids(id),
        describe().filters(filter("key-name", "fir*")),
        describe().filters(filter("key-pair-id", id)),
        describe().filters(filter("tag:Owner", "me")),
    ] {
        let answer = found.send().await.unwrap();
        let names: Vec<_> = answer.key_pairs().iter().filter_map(|pair| pair.key_name()).collect();
        assert_eq!(names, ["first"]);
    }
    let tags = aws.ec2(R).describe_tags().filters(filter("resource-type", "key-pair")).send().await.unwrap();
    assert_eq!(tags.tags()[0].resource_id(), Some(id));
    assert_eq!(
        code(describe().key_names("first").key_names("third").send().await),
        "InvalidKeyPair.NotFound"
    );
    assert_eq!(code(describe().filters(filter("made-up", "x")).send().await), "InvalidParameterValue");
    let elsewhere = || aws.ec2("us-east-1").describe_key_pairs();
    assert!(elsewhere().send().await.unwrap().key_pairs().is_empty());
    assert_eq!(code(elsewhere().key_names("first").send().await), "InvalidKeyPair.NotFound");
    assert_eq!(code(elsewhere().key_pair_ids(id).send().await), "InvalidKeyPair.NotFound");
}

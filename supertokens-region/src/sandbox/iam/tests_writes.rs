//! Policies and their versions, written.

use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;

use super::{Policy, Role};
use crate::sandbox::testing::*;

const ARN: &str = "arn:aws:iam::123456789012:policy/updater";

/// A document that names a bucket.
fn document(bucket: &str) -> String {
    format!(
        r#"{{ "Version": "2012-10-17", "Statement": [{{ "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::{bucket}" }}] }}"#
    )
}

#[tokio::test]
async fn create_policy_keeps_document_path_tags_and_description() {
    let (sandbox, aws) = sandbox();
    let tag = Tag::builder().key("owner").value("team").build().unwrap();
    let create = aws.iam(R).create_policy().policy_document(document("a"));
    let create = create.policy_name("updater").path("/team/").description("Updates").tags(tag);
    let made = create.send().await.unwrap().policy.unwrap();
    assert_eq!(made.arn(), Some("arn:aws:iam::123456789012:policy/team/updater"));
    assert_eq!((made.default_version_id(), made.attachment_count()), (Some("v1"), Some(0)));
    let get = aws.iam(R).get_policy().policy_arn(made.arn().unwrap());
    let policy = get.send().await.unwrap().policy.unwrap();
    assert_eq!((policy.description(), policy.tags()[0].value()), (Some("Updates"), "team"));
    assert_eq!(sandbox.world().iam.policies["updater"].versions[&1].document, document("a"));
}

#[tokio::test]
async fn create_policy_again_is_refused_whatever_the_case_and_the_path() {
    let (_, aws) = sandbox();
    let create = || aws.iam(R).create_policy().policy_document(document("a"));
    create().policy_name("updater").send().await.unwrap();
    let again = create().policy_name("Updater").path("/team/").send().await;
    assert_eq!(again.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 409);
    assert_eq!(code(again), "EntityAlreadyExists");
    assert_eq!(code(create().policy_name("a b").send().await), "ValidationError");
    assert_eq!(code(create().policy_name("b").path("team").send().await), "ValidationError");
}

#[tokio::test]
async fn malformed_documents_are_refused_and_change_nothing() {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.policies.insert("updater".to_owned(), Policy::new(&document("a")));
    sandbox.world().iam.roles.insert("send".to_owned(), Role::new("{}"));
    let before = sandbox.world().iam.clone();
    let good = document("a");
    let with = |old: &str, new: &str| {
        assert!(good.contains(old), "{old}");
        good.replace(old, new)
    };
    let twins = r#"{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}"#;
    for bad in [
        "[]".to_owned(),
        good.replace('}', ""),
        with("2012-10-17", "2012-10-18"),
        with("\"Statement\"", "\"Statements\""),
        r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        format!(r#"{{"Statement":[{twins},{twins}]}}"#),
        with("\"Effect\"", "\"Sid\": \"a b\", \"Effect\""),
        with("\"Allow\"", "\"allow\""),
        with("\"Effect\"", "\"Principal\": \"*\", \"Effect\""),
        with("\"Action\": \"s3:*\",", ""),
        with("s3:*", "s3"),
        with("\"Action\": \"s3:*\"", "\"Action\": []"),
        with("\"Resource\"", "\"NotResource\": \"*\", \"Resource\""),
        with("arn:aws:s3:::a", "a/*"),
        with("\"Effect\"", "\"Condition\": \"x\", \"Effect\""),
    ] {
        let iam = aws.iam(R);
        let create = iam.create_policy().policy_name("other").policy_document(&bad);
        assert_eq!(code(create.send().await), "MalformedPolicyDocument", "{bad}");
        let version = iam.create_policy_version().policy_arn(ARN).policy_document(&bad);
        assert_eq!(code(version.send().await), "MalformedPolicyDocument", "{bad}");
        let put = iam.put_role_policy().role_name("send").policy_name("in").policy_document(&bad);
        assert_eq!(code(put.send().await), "MalformedPolicyDocument", "{bad}");
    }
    let quoted = good.replace('"', "\u{201d}");
    let create = aws.iam(R).create_policy().policy_name("other").policy_document(quoted);
    assert_eq!(code(create.send().await), "ValidationError");
    assert_eq!(sandbox.world().iam, before);
}

#[tokio::test]
async fn create_policy_version_makes_a_default_one_where_it_is_said() {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.policies.insert("updater".to_owned(), Policy::new(&document("a")));
    let create =
        |bucket: &str| aws.iam(R).create_policy_version().policy_arn(ARN).policy_document(document(bucket));
    let beside = create("b").send().await.unwrap().policy_version.unwrap();
    assert_eq!((beside.version_id(), beside.is_default_version()), (Some("v2"), false));
    let new = create("c").set_as_default(true).send().await.unwrap().policy_version.unwrap();
    assert_eq!((new.version_id(), new.is_default_version()), (Some("v3"), true));
    let policy = aws.iam(R).get_policy().policy_arn(ARN).send().await.unwrap().policy.unwrap();
    assert_eq!(policy.default_version_id(), Some("v3"));
    assert!(policy.update_date() > policy.create_date());
    let get = aws.iam(R).get_policy_version().policy_arn(ARN).version_id("v3");
    let version = get.send().await.unwrap().policy_version.unwrap();
    let text = percent_decode_str(version.document().unwrap()).decode_utf8().unwrap().into_owned();
    assert_eq!(text, document("c"));
}

#[tokio::test]
async fn a_sixth_version_is_refused_and_numbers_do_not_come_back() {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.policies.insert("updater".to_owned(), Policy::new(&document("a")));
    let iam = aws.iam(R);
    let create = || iam.create_policy_version().policy_arn(ARN).policy_document(document("b"));
    for _ in 2..=5 {
        create().set_as_default(true).send().await.unwrap();
    }
    let sixth = create().send().await;
    assert_eq!(sixth.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 409);
    assert_eq!(code(sixth), "LimitExceeded");
    let delete = |id: &str| iam.delete_policy_version().policy_arn(ARN).version_id(id);
    assert_eq!(code(delete("v5").send().await), "DeleteConflict");
    delete("v4").send().await.unwrap();
    assert_eq!(code(delete("v4").send().await), "NoSuchEntity");
    assert_eq!(code(delete("4").send().await), "ValidationError");
    let made = create().send().await.unwrap().policy_version.unwrap();
    assert_eq!(made.version_id(), Some("v6"));
    let numbers: Vec<_> = sandbox.world().iam.policies["updater"].versions.keys().copied().collect();
    assert_eq!(numbers, [1, 2, 3, 5, 6]);
}

#[tokio::test]
async fn set_default_policy_version_takes_one_that_there_is() {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.policies.insert("updater".to_owned(), Policy::new(&document("a")));
    let iam = aws.iam(R);
    iam.create_policy_version().policy_arn(ARN).policy_document(document("b")).send().await.unwrap();
    let set = |id: &str| iam.set_default_policy_version().policy_arn(ARN).version_id(id);
    set("v2").send().await.unwrap();
    assert_eq!(sandbox.world().iam.policies["updater"].default_version, 2);
    assert_eq!(code(set("v3").send().await), "NoSuchEntity");
}

#[tokio::test]
async fn policies_of_aws_are_not_to_be_changed() {
    let (_, aws) = sandbox();
    let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let create = aws.iam(R).create_policy_version().policy_arn(arn).policy_document(document("b"));
    assert_eq!(code(create.send().await), "AccessDenied");
    let missing = aws.iam(R).create_policy_version().policy_arn(ARN).policy_document(document("b"));
    assert_eq!(code(missing.send().await), "NoSuchEntity");
}

#[tokio::test]
async fn a_document_has_6144_characters_at_the_most_and_blanks_are_free() {
    let (_, aws) = sandbox();
    let room = 6_144 - super::document::size(&document(""));
    let create = |name: &str, bucket: usize| {
        let text = document(&"b".repeat(bucket)).replace(' ', "          ");
        aws.iam(R).create_policy().policy_name(name).policy_document(text)
    };
    create("full", room).send().await.unwrap();
    assert_eq!(code(create("too-full", room + 1).send().await), "LimitExceeded");
}

#[tokio::test]
async fn put_role_policy_writes_and_replaces() {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.roles.insert("send".to_owned(), Role::new("{}"));
    let put = |name: &str, text: String| {
        aws.iam(R).put_role_policy().role_name("send").policy_name(name).policy_document(text)
    };
    for bucket in ["a", "b"] {
        put("in", document(bucket)).send().await.unwrap();
    }
    assert_eq!(sandbox.world().iam.roles["send"].inline_policies["in"], document("b"));
    assert_eq!(code(put("a b", document("a")).send().await), "ValidationError");
    let nobody = put("in", document("a")).role_name("nobody").send().await;
    assert_eq!(code(nobody), "NoSuchEntity");
}

#[tokio::test]
async fn the_policies_of_a_role_have_10240_characters_together_at_the_most() {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.roles.insert("send".to_owned(), Role::new("{}"));
    let half = 5_120 - super::document::size(&document(""));
    let put = |name: &str, bucket: usize| {
        let text = document(&"b".repeat(bucket));
        aws.iam(R).put_role_policy().role_name("send").policy_name(name).policy_document(text)
    };
    put("one", half).send().await.unwrap();
    put("two", half).send().await.unwrap();
    assert_eq!(code(put("two", half + 1).send().await), "LimitExceeded");
    assert_eq!(code(put("three", 1).send().await), "LimitExceeded");
    put("two", half).send().await.unwrap();
}

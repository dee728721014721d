//! Policies and roles, as a caller sees them.

use aws_sdk_iam::types::{EntityType, PolicyScopeType};
use percent_encoding::percent_decode_str;

use super::{Holder, Policy, PolicyVersion, Role};
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

const DOCUMENT: &str =
    r#"{ "Version": "2012-10-17", "Statement": [{ "Resource": "arn:aws:s3:::saas-a/*" }] }"#;
const ARN: &str = "arn:aws:iam::123456789012:policy/S3SSLUpdater";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn seed(sandbox: &Sandbox) {
    let mut world = sandbox.world();
    let mut policy = Policy { description: Some("Updates".to_owned()), ..Policy::new("{}") };
    policy.versions.insert(2, PolicyVersion { document: DOCUMENT.to_owned(), created_at: 5 });
    (policy.default_version, policy.last_version) = (2, 2);
    policy.tags.insert("owner".to_owned(), "team".to_owned());
    world.iam.policies.insert("S3SSLUpdater".to_owned(), policy);
    let mut role = Role::new(r#"{"Statement":[]}"#);
    role.inline_policies.insert("inside".to_owned(), DOCUMENT.to_owned());
    role.attached_policies = [ARN.to_owned(), BASIC.to_owned()].into();
    role.tags.insert("owner".to_owned(), "team".to_owned());
    world.iam.roles.insert("send".to_owned(), role);
    let user = Holder { path: "/".to_owned(), attached_policies: [ARN.to_owned()].into() };
    world.iam.users.insert("updater".to_owned(), user);
}

fn decoded(text: Option<&str>) -> String {
    percent_decode_str(text.unwrap()).decode_utf8().unwrap().into_owned()
}

#[tokio::test]
async fn get_policy_tells_default_version_tags_and_description() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let policy = aws.iam(R).get_policy().policy_arn(ARN).send().await.unwrap().policy.unwrap();
    assert_eq!((policy.default_version_id(), policy.description()), (Some("v2"), Some("Updates")));
    assert_eq!((policy.tags()[0].key(), policy.attachment_count()), ("owner", Some(2)));
    assert!(policy.policy_id().unwrap().starts_with("ANPA"));
}

#[tokio::test]
async fn get_policy_of_a_missing_one_is_no_such_entity() {
    let (_, aws) = sandbox();
    let missing = aws.iam(R).get_policy().policy_arn(ARN).send().await;
    assert_eq!(missing.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(missing), "NoSuchEntity");
    assert_eq!(
        code(aws.iam(R).get_policy().policy_arn("S3SSLUpdater-and-more").send().await),
        "InvalidInput"
    );
}

#[tokio::test]
async fn get_policy_version_gives_the_document_percent_encoded() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let get = aws.iam(R).get_policy_version().policy_arn(ARN);
    let version = get.clone().version_id("v2").send().await.unwrap().policy_version.unwrap();
    assert!(version.document().unwrap().starts_with("%7B%20%22Version%22%3A"));
    assert_eq!(decoded(version.document()), DOCUMENT);
    assert!(version.is_default_version());
    assert_eq!(code(get.clone().version_id("v3").send().await), "NoSuchEntity");
    assert_eq!(code(get.version_id("2").send().await), "ValidationError");
}

#[tokio::test]
async fn list_policy_versions_gives_the_newest_first_and_no_documents() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let list = aws.iam(R).list_policy_versions();
    let answer = list.clone().policy_arn(ARN).send().await.unwrap();
    let versions: Vec<_> = answer.versions().iter().map(|it| it.version_id().unwrap()).collect();
    assert_eq!((versions, answer.is_truncated()), (vec!["v2", "v1"], false));
    assert!(answer.versions()[0].document().is_none());
    assert_eq!(code(list.policy_arn(ARN.replace("S3", "S4")).send().await), "NoSuchEntity");
}

#[tokio::test]
async fn list_policies_of_scope_local_pages_by_100() {
    let (sandbox, aws) = sandbox();
    for number in 0..120 {
        sandbox.world().iam.policies.insert(format!("policy-{number}"), Policy::new(DOCUMENT));
    }
    let list = aws.iam(R).list_policies().scope(PolicyScopeType::Local);
    let first = list.clone().send().await.unwrap();
    assert_eq!((first.policies().len(), first.is_truncated()), (100, true));
    assert!(first.policies()[0].tags.is_none() && first.policies()[0].description.is_none());
    let rest = list.clone().set_marker(first.marker).send().await.unwrap();
    assert_eq!((rest.policies().len(), rest.is_truncated(), rest.marker()), (20, false, None));
    let more = list.clone().max_items(1000).send().await.unwrap();
    assert_eq!(more.policies().len(), 120);
    assert_eq!(code(list.clone().max_items(1001).send().await), "ValidationError");
    assert_eq!(code(list.clone().marker("made up").send().await), "ValidationError");
    assert_eq!(code(list.path_prefix("x").send().await), "ValidationError");
}

#[tokio::test]
async fn list_policies_filters_by_scope_attachment_and_path() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    sandbox.world().iam.policies.insert("loose".to_owned(), Policy::new(DOCUMENT));
    let list = aws.iam(R).list_policies();
    let of_aws = list.clone().scope(PolicyScopeType::Aws).send().await.unwrap();
    assert!(of_aws.policies().iter().all(|policy| policy.arn().unwrap().starts_with("arn:aws:iam::aws:")));
    let attached = list.clone().only_attached(true).send().await.unwrap();
    let arns: Vec<_> = attached.policies().iter().map(|policy| policy.arn().unwrap()).collect();
    assert_eq!(arns, [BASIC, ARN]);
    let services = list.clone().path_prefix("/service-role/").send().await.unwrap();
    assert!(services.policies().iter().all(|policy| policy.path() == Some("/service-role/")));
    assert_eq!(code(list.scope(PolicyScopeType::from("Odd")).send().await), "ValidationError");
}

#[tokio::test]
async fn iam_is_the_same_from_every_region() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    for region in [R, "us-east-1"] {
        aws.iam(region).get_policy().policy_arn(ARN).send().await.unwrap();
        aws.iam(region).get_role().role_name("send").send().await.unwrap();
    }
}

#[tokio::test]
async fn get_role_tells_the_trust_policy_percent_encoded() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let role = aws.iam(R).get_role().role_name("send").send().await.unwrap().role.unwrap();
    assert_eq!(role.arn(), "arn:aws:iam::123456789012:role/send");
    assert_eq!(decoded(role.assume_role_policy_document()), r#"{"Statement":[]}"#);
    assert_eq!((role.max_session_duration(), role.tags()[0].value()), (Some(3600), "team"));
    assert_eq!(code(aws.iam(R).get_role().role_name("none").send().await), "NoSuchEntity");
    assert_eq!(code(aws.iam(R).get_role().role_name("a b").send().await), "ValidationError");
}

#[tokio::test]
async fn list_roles_pages_and_leaves_out_the_tags() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    for number in 0..101 {
        sandbox.world().iam.roles.insert(format!("role-{number}"), Role::new("{}"));
    }
    let first = aws.iam(R).list_roles().send().await.unwrap();
    assert_eq!((first.roles().len(), first.is_truncated()), (100, true));
    let rest = aws.iam(R).list_roles().set_marker(first.marker).send().await.unwrap();
    assert_eq!((rest.roles()[1].role_name(), rest.roles()[1].tags.as_ref()), ("send", None));
}

#[tokio::test]
async fn inline_policies_of_a_role_are_listed_and_read() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let iam = aws.iam(R);
    let names = iam.list_role_policies().role_name("send").send().await.unwrap();
    assert_eq!(names.policy_names(), ["inside"]);
    let get = iam.get_role_policy().role_name("send");
    let answer = get.clone().policy_name("inside").send().await.unwrap();
    assert_eq!(decoded(Some(answer.policy_document())), DOCUMENT);
    assert_eq!(code(get.policy_name("none").send().await), "NoSuchEntity");
    assert_eq!(code(iam.list_role_policies().role_name("none").send().await), "NoSuchEntity");
}

#[tokio::test]
async fn attached_policies_of_a_role_are_listed_also_those_of_aws() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let list = aws.iam(R).list_attached_role_policies().role_name("send");
    let answer = list.clone().send().await.unwrap();
    let names: Vec<_> = answer.attached_policies().iter().map(|it| it.policy_name().unwrap()).collect();
    assert_eq!(names, ["S3SSLUpdater", "AWSLambdaBasicExecutionRole"]);
    let services = list.path_prefix("/service-role/").send().await.unwrap();
    assert_eq!(services.attached_policies()[0].policy_arn(), Some(BASIC));
    let version = aws.iam(R).get_policy_version().policy_arn(BASIC).version_id("v1").send().await.unwrap();
    assert!(decoded(version.policy_version().unwrap().document()).contains("logs:PutLogEvents"));
}

#[tokio::test]
async fn list_entities_for_policy_tells_who_has_it() {
    let (sandbox, aws) = sandbox();
    seed(&sandbox);
    let list = aws.iam(R).list_entities_for_policy().policy_arn(ARN);
    let all = list.clone().send().await.unwrap();
    assert_eq!((all.policy_roles().len(), all.policy_users().len(), all.policy_groups().len()), (1, 1, 0));
    assert_eq!(all.policy_roles()[0].role_name(), Some("send"));
    let role = aws.iam(R).get_role().role_name("send").send().await.unwrap().role.unwrap();
    assert_eq!(all.policy_roles()[0].role_id(), Some(role.role_id()));
    let users = list.clone().entity_filter(EntityType::User).send().await.unwrap();
    assert_eq!((users.policy_roles().len(), users.policy_users().len()), (0, 1));
    let page = list.max_items(1).send().await.unwrap();
    assert!(page.is_truncated() && page.marker().is_some());
}

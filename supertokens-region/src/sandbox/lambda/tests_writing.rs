//! Functions are made and changed, as a caller sees it.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Environment, FunctionCode, LastUpdateStatus, LayerVersionContentInput, Runtime, SnapStart,
    SnapStartApplyOn, State, VpcConfig,
};

use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::iam::Role;
use crate::sandbox::s3::{Bucket, Object};
use crate::sandbox::testing::*;

type Create = aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;

pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/send";
const TRUST: &str = r#"{"Statement":[{"Principal":{"Service":"lambda.amazonaws.com"}}]}"#;

fn zip(bytes: &[u8]) -> FunctionCode {
    FunctionCode::builder().zip_file(Blob::new(bytes)).build()
}

/// A world with a role that Lambda may assume.
pub(super) fn with_role() -> (Sandbox, Aws) {
    let (sandbox, aws) = sandbox();
    sandbox.world().iam.roles.insert("send".to_owned(), Role::new(TRUST));
    (sandbox, aws)
}

/// A call that makes a function.
pub(super) fn create(aws: &Aws, name: &str) -> Create {
    let create = aws.lambda(R).create_function().function_name(name).runtime(Runtime::Nodejs22x);
    create.handler("index.handler").role(ROLE).code(zip(b"PK\x03\x04 first"))
}

pub(super) async fn made(aws: &Aws, name: &str) {
    create(aws, name).send().await.unwrap();
    aws.lambda(R).get_function().function_name(name).send().await.unwrap();
}

fn variables(pairs: &[(&str, &str)]) -> Environment {
    let mut environment = Environment::builder();
    for (key, value) in pairs {
        environment = environment.variables(*key, *value);
    }
    environment.build()
}

#[tokio::test]
async fn create_function_is_pending_until_somebody_looks_then_active() {
    let (sandbox, aws) = with_role();
    sandbox.world().lambda.settings.looks = 1;
    let made = create(&aws, "send").tags("owner", "team").send().await.unwrap();
    assert_eq!((made.state(), made.code_size()), (Some(&State::Pending), 10));
    assert!(made.code_sha256().is_some());
    let publish = aws.lambda(R).publish_version().function_name("send");
    assert_eq!(code(publish.clone().send().await), "ResourceConflictException");
    let get = aws.lambda(R).get_function_configuration().function_name("send");
    assert_eq!(get.clone().send().await.unwrap().state(), Some(&State::Pending));
    assert_eq!(get.clone().send().await.unwrap().state(), Some(&State::Active));
    publish.send().await.unwrap();
    let got = aws.lambda(R).get_function().function_name("send").send().await.unwrap();
    assert_eq!(got.tags().unwrap()["owner"], "team");
}

#[tokio::test]
async fn create_function_again_is_refused() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let again = create(&aws, "send").send().await;
    assert_eq!(again.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 409);
    assert_eq!(code(again), "ResourceConflictException");
}

#[tokio::test]
async fn a_role_that_is_missing_too_new_or_not_for_lambda_is_refused() {
    let (sandbox, aws) = with_role();
    let refused = async |role: &str| code(create(&aws, "send").role(role).send().await);
    assert_eq!(refused("arn:aws:iam::123456789012:role/none").await, "InvalidParameterValueException");
    assert_eq!(refused("arn:aws:iam::123456789012:role/path/send").await, "InvalidParameterValueException");
    assert_eq!(refused("arn:aws:iam::210987654321:role/send").await, "AccessDeniedException");
    assert_eq!(refused("send").await, "ValidationException");
    sandbox.world().iam.roles.insert("other".to_owned(), Role::new("{}"));
    assert_eq!(refused("arn:aws:iam::123456789012:role/other").await, "InvalidParameterValueException");
    sandbox.world().lambda.settings.new_roles.insert(ROLE.to_owned(), 1);
    assert_eq!(refused(ROLE).await, "InvalidParameterValueException");
    create(&aws, "send").send().await.unwrap();
}

#[tokio::test]
async fn a_runtime_that_is_unknown_or_over_is_refused() {
    let (sandbox, aws) = with_role();
    for (runtime, told) in
        [("nodejs14.x", "no longer supported for creating or updating"), ("nodejs99.x", "enum value set")]
    {
        let answer = create(&aws, "send").runtime(Runtime::from(runtime)).send().await;
        let error = crate::Error::from(answer.unwrap_err());
        assert_eq!(error.code(), Some("InvalidParameterValueException"));
        assert!(error.to_string().contains(told), "{error}");
    }
    assert!(!sandbox.world().lambda.regions.contains_key(R), "a refused call changes nothing");
    // An old one goes on running, and may be changed.
    made(&aws, "send").await;
    {
        let regions = &mut sandbox.world().lambda.regions;
        let old = regions.get_mut(R).unwrap().functions.get_mut("send").unwrap();
        old.latest.configuration.runtime = Some("nodejs14.x".to_owned());
    }
    aws.lambda(R).update_function_configuration().function_name("send").timeout(9).send().await.unwrap();
}

#[tokio::test]
async fn values_out_of_range_are_refused() {
    let (_, aws) = with_role();
    let create = || create(&aws, "send");
    assert_eq!(code(create().timeout(901).send().await), "ValidationException");
    assert_eq!(code(create().memory_size(64).send().await), "ValidationException");
    assert_eq!(code(create().handler("a b").send().await), "ValidationException");
    assert_eq!(code(create().description("x".repeat(257)).send().await), "ValidationException");
    assert_eq!(code(create().code(zip(b"not a zip")).send().await), "InvalidParameterValueException");
    let snap = SnapStart::builder().apply_on(SnapStartApplyOn::PublishedVersions).build();
    assert_eq!(code(create().snap_start(snap).send().await), "InvalidParameterValueException");
    assert_eq!(code(create().tags("aws:x", "y").send().await), "InvalidParameterValueException");
    assert_eq!(code(create().layers("nonsense").send().await), "InvalidParameterValueException");
}

#[tokio::test]
async fn an_environment_of_more_than_4_kb_is_refused_with_all_of_it_in_the_text() {
    let (_, aws) = with_role();
    let long = "secret".repeat(700);
    let answer = create(&aws, "send").environment(variables(&[("KEY", &long)])).send().await;
    let error = crate::Error::from(answer.unwrap_err());
    assert!(
        error.to_string().contains("exceeded the 4KB limit. String measured: {\"KEY\":\"secret"),
        "{error}"
    );
    let reserved = create(&aws, "send").environment(variables(&[("AWS_REGION", "x")])).send().await;
    assert_eq!(code(reserved), "InvalidParameterValueException");
    let short = create(&aws, "send").environment(variables(&[("K", "x")])).send().await;
    assert_eq!(code(short), "ValidationException");
}

#[tokio::test]
async fn a_direct_upload_of_more_than_50_mb_is_refused() {
    let (_, aws) = with_role();
    let mut large = vec![0; 53 << 20];
    large[..4].copy_from_slice(b"PK\x03\x04");
    let answer = create(&aws, "send").code(zip(&large)).send().await;
    assert_eq!(code(answer), "RequestEntityTooLargeException");
}

#[tokio::test]
async fn update_function_configuration_replaces_the_environment_and_keeps_the_rest() {
    let (_, aws) = with_role();
    let create = create(&aws, "send").environment(variables(&[("AA", "1"), ("BB", "2")])).timeout(10);
    create.send().await.unwrap();
    let lambda = aws.lambda(R);
    let get = lambda.get_function_configuration().function_name("send");
    let before = get.clone().send().await.unwrap();
    let update = lambda.update_function_configuration().function_name("send").memory_size(256);
    let update = update.environment(variables(&[("CC", "3")]));
    let answer = update.clone().set_revision_id(before.revision_id.clone()).send().await.unwrap();
    assert_eq!(answer.last_update_status(), Some(&LastUpdateStatus::InProgress));
    let busy = lambda.update_function_configuration().function_name("send").timeout(3).send().await;
    assert_eq!(code(busy), "ResourceConflictException");
    let after = get.clone().send().await.unwrap();
    assert_eq!(after.last_update_status(), Some(&LastUpdateStatus::Successful));
    let keys: Vec<&str> =
        after.environment().unwrap().variables().unwrap().keys().map(String::as_str).collect();
    assert_eq!((keys, after.timeout(), after.memory_size()), (vec!["CC"], Some(10), Some(256)));
    assert_ne!(after.revision_id(), before.revision_id());
    let stale = update.set_revision_id(before.revision_id).send().await;
    assert_eq!(stale.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 412);
    assert_eq!(code(stale), "PreconditionFailedException");
}

#[tokio::test]
async fn update_function_code_changes_hash_and_revision_and_a_dry_run_nothing() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let lambda = aws.lambda(R);
    let get = lambda.get_function_configuration().function_name("send");
    let before = get.clone().send().await.unwrap();
    let update = lambda.update_function_code().function_name("send").zip_file(Blob::new(&b"PK second"[..]));
    let dry = update.clone().dry_run(true).send().await.unwrap();
    assert_ne!(dry.code_sha256(), before.code_sha256());
    assert_eq!(get.clone().send().await.unwrap(), before);
    update.send().await.unwrap();
    let after = get.send().await.unwrap();
    assert_eq!((after.code_sha256(), after.code_size()), (dry.code_sha256(), 9));
    assert_ne!(after.revision_id(), before.revision_id());
    let none =
        lambda.update_function_code().function_name("none").zip_file(Blob::new(&b"PK"[..])).send().await;
    assert_eq!(code(none), "ResourceNotFoundException");
}

#[tokio::test]
async fn publish_version_makes_one_for_each_content() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let lambda = aws.lambda(R);
    let publish = lambda.publish_version().function_name("send");
    assert_eq!(publish.clone().send().await.unwrap().version(), Some("1"));
    assert_eq!(publish.clone().send().await.unwrap().version(), Some("1"));
    let wrong = publish.clone().code_sha256("other").send().await;
    assert_eq!(code(wrong), "InvalidParameterValueException");
    lambda.update_function_configuration().function_name("send").timeout(9).send().await.unwrap();
    lambda.get_function().function_name("send").send().await.unwrap();
    assert_eq!(publish.send().await.unwrap().version(), Some("2"));
    let first = lambda.get_function_configuration().function_name("send:1").send().await.unwrap();
    assert_eq!(first.timeout(), Some(3));
}

#[tokio::test]
async fn aliases_are_made_once_and_updated() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let lambda = aws.lambda(R);
    let create = lambda.create_alias().function_name("send").name("live");
    assert_eq!(code(create.clone().function_version("1").send().await), "ResourceNotFoundException");
    lambda.publish_version().function_name("send").send().await.unwrap();
    let made = create.clone().function_version("1").description("live").send().await.unwrap();
    assert_eq!((made.function_version(), made.description()), (Some("1"), Some("live")));
    assert_eq!(code(create.clone().function_version("1").send().await), "ResourceConflictException");
    assert_eq!(code(create.name("12").function_version("1").send().await), "ValidationException");
    let update = lambda.update_alias().function_name("send").name("live").function_version("$LATEST");
    update.clone().send().await.unwrap();
    let got = lambda.get_alias().function_name("send").name("live").send().await.unwrap();
    assert_eq!((got.function_version(), got.description()), (Some("$LATEST"), Some("live")));
    assert_eq!(code(update.clone().name("none").send().await), "ResourceNotFoundException");
    assert_eq!(code(update.revision_id("old").send().await), "PreconditionFailedException");
}

#[tokio::test]
async fn layers_are_published_and_attached_in_their_own_region() {
    let (_, aws) = with_role();
    let content = |bytes: &[u8]| LayerVersionContentInput::builder().zip_file(Blob::new(bytes)).build();
    let lambda = aws.lambda(R);
    let publish = lambda.publish_layer_version().layer_name("tools");
    let publish = publish.compatible_runtimes(Runtime::Nodejs22x).description("tools");
    for number in [1, 2] {
        let made = publish.clone().content(content(b"PK tools")).send().await.unwrap();
        assert_eq!(made.version(), number, "the same content is a new version all the same");
    }
    assert_eq!(code(publish.content(content(b"no")).send().await), "InvalidParameterValueException");
    let arn = "arn:aws:lambda:ap-south-1:123456789012:layer:tools";
    let answer = create(&aws, "send").layers(format!("{arn}:2")).send().await.unwrap();
    assert_eq!(answer.layers()[0].code_size(), 8);
    for layers in [
        vec![format!("{arn}:3")],
        vec![format!("{arn}:1"), format!("{arn}:2")],
        vec![arn.replace("ap-south-1", "us-east-1") + ":1"],
    ] {
        let refused = create(&aws, "other").set_layers(Some(layers)).send().await;
        assert_eq!(code(refused), "InvalidParameterValueException");
    }
}

#[tokio::test]
async fn a_vpc_needs_its_own_subnets_and_groups_and_a_role_that_may_make_interfaces() {
    let (sandbox, aws) = with_role();
    let ec2 = aws.ec2(R);
    let subnets = ec2.describe_subnets().send().await.unwrap();
    let groups = ec2.describe_security_groups().send().await.unwrap();
    let subnet = subnets.subnets()[0].subnet_id().unwrap();
    let group = groups.security_groups()[0].group_id().unwrap();
    let vpc = VpcConfig::builder().subnet_ids(subnet).security_group_ids(group).build();
    let create = create(&aws, "send");
    assert_eq!(code(create.clone().vpc_config(vpc.clone()).send().await), "InvalidParameterValueException");
    let may = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
    sandbox.world().iam.roles.get_mut("send").unwrap().attached_policies.insert(may.to_owned());
    let none = VpcConfig::builder().subnet_ids("subnet-0").security_group_ids(group).build();
    assert_eq!(code(create.clone().vpc_config(none).send().await), "InvalidParameterValueException");
    let made = create.vpc_config(vpc).send().await.unwrap();
    assert_eq!(made.vpc_config().unwrap().vpc_id(), subnets.subnets()[0].vpc_id());
}

#[tokio::test]
async fn create_function_from_an_object_of_a_bucket_of_the_region() {
    let (sandbox, aws) = with_role();
    let mut bucket = Bucket::new(R, 0);
    bucket.objects.put("a.zip", 0, Object::new(b"PK\x03\x04 first".to_vec().into()));
    sandbox.world().s3.buckets.insert("packages".to_owned(), bucket);
    let object = FunctionCode::builder().s3_bucket("packages").s3_key("a.zip").build();
    create(&aws, "object").code(object).send().await.unwrap();
    create(&aws, "direct").send().await.unwrap();
    let here = sandbox.world().lambda.regions[R].clone();
    assert_eq!(here.functions["object"].latest.code, here.functions["direct"].latest.code);
}

#[tokio::test]
async fn create_function_from_a_missing_object_is_refused() {
    let (_, aws) = with_role();
    let from = |bucket: &str| FunctionCode::builder().s3_bucket(bucket).s3_key("a.zip").build();
    let missing = create(&aws, "send").code(from("none")).send().await;
    assert_eq!(code(missing), "InvalidParameterValueException");
    aws.s3("us-east-1").create_bucket().bucket("elsewhere").send().await.unwrap();
    let elsewhere = create(&aws, "send").code(from("elsewhere")).send().await;
    let error = crate::Error::from(elsewhere.unwrap_err());
    assert!(error.to_string().contains("The bucket is in this region: us-east-1"), "{error}");
}

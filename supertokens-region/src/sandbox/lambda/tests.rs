//! Functions, as a caller sees them.

use aws_sdk_lambda::types::{FunctionVersion as WhichVersions, LastUpdateStatus, PackageType, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Alias, Code, Configuration, Function, FunctionVersion, VpcAccess};
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

const ZIP: &[u8] = b"PK\x03\x04 not much of a zip";

pub(super) fn function() -> Function {
    let configuration = Configuration {
        description: "Sends".to_owned(),
        runtime: Some("nodejs20.x".to_owned()),
        handler: Some("index.handler".to_owned()),
        role: "arn:aws:iam::123456789012:role/send".to_owned(),
        environment: [("KEY".to_owned(), "secret".to_owned())].into(),
        dead_letter_target: Some("arn:aws:sqs:ap-south-1:123456789012:dead".to_owned()),
        ..Configuration::default()
    };
    let mut function = Function::new(configuration, Code::zip(ZIP));
    function.tags.insert("owner".to_owned(), "team".to_owned());
    function
}

pub(super) fn put(sandbox: &Sandbox, name: &str, function: Function) {
    let mut world = sandbox.world();
    world.lambda.regions.entry(R.to_owned()).or_default().functions.insert(name.to_owned(), function);
}

#[tokio::test]
async fn get_function_keeps_every_option() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", Function { reserved_concurrency: Some(3), ..function() });
    let answer = aws.lambda(R).get_function().function_name("send").send().await.unwrap();
    let configuration = answer.configuration().unwrap();
    assert_eq!(configuration.function_arn(), Some("arn:aws:lambda:ap-south-1:123456789012:function:send"));
    assert_eq!(configuration.environment().unwrap().variables().unwrap()["KEY"], "secret");
    assert_eq!((configuration.timeout(), configuration.memory_size()), (Some(3), Some(128)));
    assert_eq!((configuration.version(), configuration.state()), (Some("$LATEST"), Some(&State::Active)));
    assert_eq!(configuration.logging_config().unwrap().log_group(), Some("/aws/lambda/send"));
    assert_eq!(configuration.last_modified(), Some("1970-01-01T00:00:00.000+0000"));
    assert!(configuration.dead_letter_config().unwrap().target_arn().unwrap().ends_with(":dead"));
    assert_eq!(answer.tags().unwrap()["owner"], "team");
    assert_eq!(answer.concurrency().unwrap().reserved_concurrent_executions(), Some(3));
}

#[tokio::test]
async fn the_code_location_downloads_the_zip_for_ten_minutes() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", function());
    let answer = aws.lambda(R).get_function().function_name("send").send().await.unwrap();
    let code = answer.code().unwrap();
    let link = code.location().unwrap();
    assert_eq!(code.repository_type(), Some("S3"));
    assert_eq!(sandbox.world().download(link).as_deref(), Some(ZIP));
    assert_eq!(answer.configuration().unwrap().code_size(), ZIP.len() as i64);
    let sha = STANDARD.encode(Sha256::digest(ZIP));
    assert_eq!(answer.configuration().unwrap().code_sha256(), Some(sha.as_str()));
    assert_eq!(sandbox.world().download(&link.replace("send", "other")), None);
    sandbox.world().clock += 599;
    assert!(sandbox.world().download(link).is_some());
    sandbox.world().clock += 1;
    assert_eq!(sandbox.world().download(link), None);
}

#[tokio::test]
async fn an_image_has_no_zip_to_download() {
    let (sandbox, aws) = sandbox();
    let image = Code::Image("123456789012.dkr.ecr.ap-south-1.amazonaws.com/send:1".to_owned());
    put(&sandbox, "send", Function::new(Configuration::default(), image));
    let answer = aws.lambda(R).get_function().function_name("send").send().await.unwrap();
    let code = answer.code().unwrap();
    assert_eq!((code.repository_type(), code.location()), (Some("ECR"), None));
    assert!(code.resolved_image_uri().unwrap().contains("/send@sha256:"));
    assert_eq!(answer.configuration().unwrap().package_type(), Some(&PackageType::Image));
}

#[tokio::test]
async fn get_function_configuration_tells_state_and_last_update_status() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", function());
    let get = aws.lambda(R).get_function_configuration();
    let answer = get.clone().function_name("send").send().await.unwrap();
    assert_eq!(answer.state(), Some(&State::Active));
    assert_eq!(answer.last_update_status(), Some(&LastUpdateStatus::Successful));
    assert_eq!(answer.handler(), Some("index.handler"));
    assert_eq!(code(get.function_name("none").send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn the_vpc_of_a_function_is_kept() {
    let (sandbox, aws) = sandbox();
    let mut inside = function();
    let vpc = VpcAccess {
        vpc_id: "vpc-1".to_owned(),
        subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
        security_groups: vec!["sg-1".to_owned()],
    };
    inside.latest.configuration.vpc = Some(vpc);
    put(&sandbox, "send", inside);
    let answer = aws.lambda(R).get_function_configuration().function_name("send").send().await.unwrap();
    let vpc = answer.vpc_config().unwrap();
    assert_eq!((vpc.vpc_id(), vpc.security_group_ids()), (Some("vpc-1"), ["sg-1".to_owned()].as_slice()));
    assert_eq!(vpc.subnet_ids(), ["subnet-1", "subnet-2"]);
}

#[tokio::test]
async fn an_environment_that_aws_cannot_decrypt_is_told_as_an_error_without_variables() {
    let (sandbox, aws) = sandbox();
    let mut locked = function();
    locked.latest.configuration.environment_error = Some("AccessDeniedException".to_owned());
    put(&sandbox, "send", locked);
    let answer = aws.lambda(R).get_function_configuration().function_name("send").send().await.unwrap();
    let environment = answer.environment().unwrap();
    assert_eq!(environment.error().unwrap().error_code(), Some("AccessDeniedException"));
    assert!(environment.variables().is_none());
}

#[tokio::test]
async fn a_function_that_is_missing_or_elsewhere_is_not_found() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", function());
    let missing = aws.lambda(R).get_function().function_name("none").send().await;
    assert_eq!(missing.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(missing), "ResourceNotFoundException");
    let elsewhere = aws.lambda("us-east-1").get_function();
    assert_eq!(code(elsewhere.clone().function_name("send").send().await), "ResourceNotFoundException");
    let arn = "arn:aws:lambda:ap-south-1:123456789012:function:send";
    assert_eq!(code(elsewhere.function_name(arn).send().await), "ResourceNotFoundException");
    let here = aws.lambda(R).get_function();
    here.clone().function_name(arn).send().await.unwrap();
    let others = "arn:aws:lambda:ap-south-1:210987654321:function:send";
    assert_eq!(code(here.clone().function_name(others).send().await), "AccessDeniedException");
    assert_eq!(code(here.function_name("a b").send().await), "ValidationException");
}

#[tokio::test]
async fn list_functions_pages_by_50_and_tells_the_code_but_no_state() {
    let (sandbox, aws) = sandbox();
    for number in 0..60 {
        put(&sandbox, &format!("send-{number}"), function());
    }
    let list = aws.lambda(R).list_functions();
    let first = list.clone().max_items(100).send().await.unwrap();
    assert_eq!((first.functions().len(), first.next_marker().is_some()), (50, true));
    assert!(first.functions()[0].code_sha256().is_some() && first.functions()[0].state().is_none());
    let rest = list.clone().set_marker(first.next_marker).send().await.unwrap();
    assert_eq!((rest.functions().len(), rest.next_marker()), (10, None));
    assert_eq!(code(list.clone().marker("made up").send().await), "InvalidParameterValueException");
    assert_eq!(code(list.max_items(0).send().await), "ValidationException");
    assert!(aws.lambda("us-east-1").list_functions().send().await.unwrap().functions().is_empty());
}

#[tokio::test]
async fn versions_and_aliases_are_read_by_qualifier() {
    let (sandbox, aws) = sandbox();
    let mut versioned = function();
    let first = FunctionVersion { code: Code::zip(b"PK first"), ..versioned.latest.clone() };
    versioned.versions.insert(1, first);
    versioned.aliases.insert("live".to_owned(), Alias { version: "1".to_owned(), ..Alias::default() });
    put(&sandbox, "send", versioned);
    let lambda = aws.lambda(R);
    let versions = lambda.list_versions_by_function().function_name("send").send().await.unwrap();
    let numbers: Vec<_> = versions.versions().iter().filter_map(|version| version.version()).collect();
    assert_eq!(numbers, ["$LATEST", "1"]);
    assert!(versions.versions()[1].function_arn().unwrap().ends_with(":function:send:1"));
    let get = lambda.get_function();
    for ask in [get.clone().function_name("send").qualifier("live"), get.clone().function_name("send:1")] {
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.configuration().unwrap().version(), Some("1"));
        let link = answer.code().unwrap().location().unwrap().to_owned();
        assert_eq!(sandbox.world().download(&link).unwrap(), b"PK first");
    }
    assert_eq!(code(get.clone().function_name("send:2").send().await), "ResourceNotFoundException");
    let both = get.function_name("send:1").qualifier("live").send().await;
    assert_eq!(code(both), "InvalidParameterValueException");
    let all = lambda.list_functions().function_version(WhichVersions::All).send().await.unwrap();
    assert_eq!(all.functions().len(), 2);
}

#[tokio::test]
async fn a_world_with_functions_survives_being_saved_and_loaded() {
    let (sandbox, _) = sandbox();
    let mut versioned = function();
    versioned.versions.insert(12, versioned.latest.clone());
    put(&sandbox, "send", versioned);
    let text = serde_json::to_string(&*sandbox.world()).unwrap();
    assert_eq!(serde_json::from_str::<crate::sandbox::World>(&text).unwrap(), *sandbox.world());
}

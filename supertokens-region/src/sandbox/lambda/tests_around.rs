//! What hangs on functions, and layers, as a caller sees them.

use aws_sdk_lambda::types::{Architecture, FunctionUrlAuthType, Runtime};
use serde_json::json;

use super::tests::{function, put};
use super::{Alias, Code, EventSourceMapping, FunctionUrl, InvokeConfig, Layer, LayerVersion, Policy};
use crate::sandbox::testing::*;

#[tokio::test]
async fn aliases_are_listed_and_filtered_by_version() {
    let (sandbox, aws) = sandbox();
    let mut aliased = function();
    for (name, version) in [("live", "1"), ("next", "2")] {
        let weights = [("2".to_owned(), 0.1)].into();
        aliased
            .aliases
            .insert(name.to_owned(), Alias { version: version.to_owned(), weights, ..Alias::default() });
    }
    put(&sandbox, "send", aliased);
    let list = aws.lambda(R).list_aliases();
    let all = list.clone().function_name("send").send().await.unwrap();
    assert_eq!(all.aliases().len(), 2);
    let one = list.clone().function_name("send").function_version("1").send().await.unwrap();
    assert_eq!((one.aliases().len(), one.aliases()[0].name()), (1, Some("live")));
    let weights = one.aliases()[0].routing_config().unwrap().additional_version_weights().unwrap();
    assert_eq!(weights["2"], 0.1);
    assert_eq!(code(list.function_name("none").send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn get_policy_without_statements_is_not_found() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", function());
    let answer = aws.lambda(R).get_policy().function_name("send").send().await;
    assert_eq!(answer.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(answer), "ResourceNotFoundException");
}

#[tokio::test]
async fn get_policy_gives_the_statements_as_a_document() {
    let (sandbox, aws) = sandbox();
    let mut open = function();
    let statement = json!({ "Sid": "events", "Effect": "Allow", "Action": "lambda:InvokeFunction" });
    let policy = Policy { statements: [("events".to_owned(), statement)].into(), revision: 0 };
    open.policies.insert(String::new(), policy);
    put(&sandbox, "send", open);
    let answer = aws.lambda(R).get_policy().function_name("send").send().await.unwrap();
    let document: serde_json::Value = serde_json::from_str(answer.policy().unwrap()).unwrap();
    assert_eq!(document["Statement"][0]["Sid"], "events");
    assert_eq!(answer.revision_id().unwrap().len(), 36);
    let of_alias = aws.lambda(R).get_policy().function_name("send").qualifier("live").send().await;
    assert_eq!(code(of_alias), "ResourceNotFoundException");
}

#[tokio::test]
async fn tags_and_concurrency_of_a_function_are_told() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", function());
    let lambda = aws.lambda(R);
    let arn = "arn:aws:lambda:ap-south-1:123456789012:function:send";
    let tags = lambda.list_tags().resource(arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap()["owner"], "team");
    assert_eq!(code(lambda.list_tags().resource("send").send().await), "ValidationException");
    let of_version = lambda.list_tags().resource(format!("{arn}:1")).send().await;
    assert_eq!(code(of_version), "InvalidParameterValueException");
    let missing = lambda.list_tags().resource(arn.replace("send", "none")).send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
    let concurrency = lambda.get_function_concurrency();
    let none = concurrency.clone().function_name("send").send().await.unwrap();
    assert_eq!(none.reserved_concurrent_executions(), None);
    sandbox
        .world()
        .lambda
        .regions
        .get_mut(R)
        .unwrap()
        .functions
        .get_mut("send")
        .unwrap()
        .reserved_concurrency = Some(3);
    let three = concurrency.clone().function_name("send").send().await.unwrap();
    assert_eq!(three.reserved_concurrent_executions(), Some(3));
    assert_eq!(code(concurrency.function_name("none").send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn function_urls_are_listed() {
    let (sandbox, aws) = sandbox();
    let mut open = function();
    let url = FunctionUrl {
        auth_type: "NONE".to_owned(),
        invoke_mode: "BUFFERED".to_owned(),
        ..FunctionUrl::default()
    };
    open.urls.insert(String::new(), url);
    put(&sandbox, "send", open);
    let list = aws.lambda(R).list_function_url_configs();
    let answer = list.clone().function_name("send").send().await.unwrap();
    let [url] = answer.function_url_configs() else { panic!("one") };
    assert_eq!(url.auth_type(), &FunctionUrlAuthType::None);
    assert!(url.function_url().ends_with(".lambda-url.ap-south-1.on.aws/"));
    assert_eq!(code(list.function_name("none").send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn event_source_mappings_are_listed_by_function_and_source() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "send", function());
    put(&sandbox, "other", function());
    let queue = "arn:aws:sqs:ap-south-1:123456789012:queue";
    let mapping = EventSourceMapping {
        function: "send".to_owned(),
        event_source_arn: queue.to_owned(),
        batch_size: 10,
        state: "Enabled".to_owned(),
        ..EventSourceMapping::default()
    };
    sandbox
        .world()
        .lambda
        .regions
        .get_mut(R)
        .unwrap()
        .event_source_mappings
        .insert("u-1".to_owned(), mapping);
    let list = aws.lambda(R).list_event_source_mappings();
    for ask in [list.clone(), list.clone().function_name("send"), list.clone().event_source_arn(queue)] {
        let answer = ask.send().await.unwrap();
        let [mapping] = answer.event_source_mappings() else { panic!("one") };
        assert_eq!((mapping.uuid(), mapping.batch_size()), (Some("u-1"), Some(10)));
        assert!(mapping.function_arn().unwrap().ends_with(":function:send"));
    }
    let none = list.clone().function_name("other").send().await.unwrap();
    assert!(none.event_source_mappings().is_empty());
    assert_eq!(code(list.function_name("none").send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn the_event_invoke_config_is_read_or_not_found() {
    let (sandbox, aws) = sandbox();
    let get = aws.lambda(R).get_function_event_invoke_config().function_name("send");
    put(&sandbox, "send", function());
    assert_eq!(code(get.clone().send().await), "ResourceNotFoundException");
    let mut retried = function();
    let config = InvokeConfig {
        maximum_retry_attempts: Some(1),
        on_failure: Some("arn:aws:sns:x".to_owned()),
        ..InvokeConfig::default()
    };
    retried.invoke_configs.insert(String::new(), config);
    put(&sandbox, "send", retried);
    let answer = get.send().await.unwrap();
    assert_eq!(answer.maximum_retry_attempts(), Some(1));
    assert!(answer.function_arn().unwrap().ends_with(":send:$LATEST"));
    let destinations = answer.destination_config().unwrap();
    assert_eq!(destinations.on_failure().unwrap().destination(), Some("arn:aws:sns:x"));
}

#[tokio::test]
async fn layers_are_listed_read_and_attached() {
    let (sandbox, aws) = sandbox();
    let version = |bytes: &[u8], runtime: &str| LayerVersion {
        code: Code::zip(bytes),
        runtimes: vec![runtime.to_owned()],
        architectures: vec!["arm64".to_owned()],
        ..LayerVersion::default()
    };
    let versions = [(1, version(b"PK one", "nodejs18.x")), (2, version(b"PK second", "nodejs20.x"))];
    let arn = "arn:aws:lambda:ap-south-1:123456789012:layer:tools";
    let mut layered = function();
    layered.latest.configuration.layers = vec![format!("{arn}:2")];
    put(&sandbox, "send", layered);
    let layer = Layer { versions: versions.into() };
    sandbox.world().lambda.regions.get_mut(R).unwrap().layers.insert("tools".to_owned(), layer);
    let lambda = aws.lambda(R);
    let all = lambda.list_layers().send().await.unwrap();
    assert_eq!(all.layers()[0].latest_matching_version().unwrap().version(), 2);
    let older = lambda.list_layers().compatible_runtime(Runtime::Nodejs18x).send().await.unwrap();
    assert_eq!(older.layers()[0].latest_matching_version().unwrap().version(), 1);
    let intel = lambda.list_layers().compatible_architecture(Architecture::X8664).send().await.unwrap();
    assert!(intel.layers().is_empty());
    let versions = lambda.list_layer_versions().layer_name("tools").send().await.unwrap();
    assert_eq!(versions.layer_versions().iter().map(|it| it.version()).collect::<Vec<_>>(), [2, 1]);
    let got = lambda.get_layer_version().layer_name(arn).version_number(2).send().await.unwrap();
    let link = got.content().unwrap().location().unwrap();
    assert_eq!(sandbox.world().download(link).unwrap(), b"PK second");
    assert_eq!(got.layer_version_arn(), Some(format!("{arn}:2").as_str()));
    let of_function = lambda.get_function_configuration().function_name("send").send().await.unwrap();
    assert_eq!(of_function.layers()[0].code_size(), 9);
}

#[tokio::test]
async fn a_layer_version_that_is_missing_foreign_or_elsewhere_is_refused() {
    let (_, aws) = sandbox();
    let get = aws.lambda(R).get_layer_version().version_number(1);
    assert_eq!(code(get.clone().layer_name("tools").send().await), "ResourceNotFoundException");
    let foreign = "arn:aws:lambda:ap-south-1:210987654321:layer:tools";
    assert_eq!(code(get.clone().layer_name(foreign).send().await), "AccessDeniedException");
    let elsewhere = "arn:aws:lambda:us-east-1:123456789012:layer:tools";
    assert_eq!(code(get.clone().layer_name(elsewhere).send().await), "ResourceNotFoundException");
    let zeroth = get.layer_name("tools").version_number(0).send().await;
    assert_eq!(code(zeroth), "InvalidParameterValueException");
    let none = aws.lambda(R).list_layer_versions().layer_name("tools").send().await.unwrap();
    assert!(none.layer_versions().is_empty());
}

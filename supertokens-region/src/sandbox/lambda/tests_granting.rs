//! What hangs on a function is made, as a caller sees it.

use aws_sdk_lambda::types::{Cors, DestinationConfig, FunctionUrlAuthType, OnFailure};
use serde_json::{Value, json};

use super::tests_writing::{made, with_role};
use crate::sandbox::testing::*;

#[tokio::test]
async fn add_permission_writes_a_statement_and_the_same_sid_is_refused() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let add = aws.lambda(R).add_permission().function_name("send").statement_id("events");
    let add = add.action("lambda:InvokeFunction").principal("events.amazonaws.com");
    add.clone().source_arn("arn:aws:events:ap-south-1:123456789012:rule/r").send().await.unwrap();
    let policy = aws.lambda(R).get_policy().function_name("send").send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    assert_eq!(
        policy["Statement"][0],
        json!({
            "Sid": "events",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:ap-south-1:123456789012:function:send",
            "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:ap-south-1:123456789012:rule/r"}},
        })
    );
    let again = add.clone().send().await;
    assert_eq!(again.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 409);
    assert_eq!(code(again), "ResourceConflictException");
    let other = add.clone().statement_id("other");
    assert_eq!(code(other.clone().principal("nobody").send().await), "InvalidParameterValueException");
    assert_eq!(code(other.clone().action("s3:GetObject").send().await), "ValidationException");
    assert_eq!(code(other.clone().qualifier("live").send().await), "ResourceNotFoundException");
    let url = other.clone().function_url_auth_type(FunctionUrlAuthType::None).send().await;
    assert_eq!(code(url), "InvalidParameterValueException");
    assert_eq!(code(other.statement_id("a b").send().await), "ValidationException");
}

#[tokio::test]
async fn function_urls_are_made_once_updated_and_listed() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let lambda = aws.lambda(R);
    let create = lambda.create_function_url_config().function_name("send");
    let create = create.auth_type(FunctionUrlAuthType::None);
    let made = create.clone().send().await.unwrap();
    assert!(made.function_url().ends_with(".lambda-url.ap-south-1.on.aws/"));
    assert_eq!(code(create.clone().send().await), "ResourceConflictException");
    assert_eq!(code(create.clone().qualifier("live").send().await), "ResourceNotFoundException");
    assert_eq!(code(create.qualifier("1").send().await), "ValidationException");
    let cors = Cors::builder().allow_origins("*").max_age(3).build();
    let update = lambda.update_function_url_config().function_name("send").cors(cors);
    update.clone().send().await.unwrap();
    let listed = lambda.list_function_url_configs().function_name("send").send().await.unwrap();
    let [url] = listed.function_url_configs() else { panic!("one") };
    assert_eq!((url.auth_type(), url.cors().unwrap().max_age()), (&FunctionUrlAuthType::None, Some(3)));
    assert_eq!(code(update.qualifier("$LATEST").send().await), "ValidationException");
}

#[tokio::test]
async fn put_function_event_invoke_config_replaces_all_of_it() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let put = aws.lambda(R).put_function_event_invoke_config().function_name("send");
    let to = |arn: &str| {
        let failure = OnFailure::builder().destination(arn).build();
        DestinationConfig::builder().on_failure(failure).build()
    };
    let topic = "arn:aws:sns:ap-south-1:123456789012:t";
    put.clone().maximum_retry_attempts(1).destination_config(to(topic)).send().await.unwrap();
    put.clone().maximum_event_age_in_seconds(60).send().await.unwrap();
    let list = aws.lambda(R).list_function_event_invoke_configs().function_name("send");
    let listed = list.send().await.unwrap();
    let [config] = listed.function_event_invoke_configs() else { panic!("one") };
    assert!(config.function_arn().unwrap().ends_with(":function:send:$LATEST"));
    assert_eq!((config.maximum_retry_attempts(), config.maximum_event_age_in_seconds()), (None, Some(60)));
    assert_eq!(code(put.clone().maximum_retry_attempts(3).send().await), "ValidationException");
    assert_eq!(code(put.clone().maximum_event_age_in_seconds(59).send().await), "ValidationException");
    let elsewhere = put.destination_config(to("arn:aws:sns:us-east-1:123456789012:t")).send().await;
    assert_eq!(code(elsewhere), "InvalidParameterValueException");
}

#[tokio::test]
async fn reserved_concurrency_has_to_leave_100_to_the_others() {
    let (sandbox, aws) = with_role();
    made(&aws, "send").await;
    made(&aws, "other").await;
    sandbox.world().lambda.settings.concurrency = 110;
    let put = aws.lambda(R).put_function_concurrency();
    put.clone().function_name("send").reserved_concurrent_executions(6).send().await.unwrap();
    let more = put.clone().function_name("other").reserved_concurrent_executions(5).send().await;
    assert_eq!(code(more), "InvalidParameterValueException");
    put.function_name("other").reserved_concurrent_executions(4).send().await.unwrap();
    let settings = aws.lambda(R).get_account_settings().send().await.unwrap();
    let limit = settings.account_limit().unwrap();
    assert_eq!((limit.concurrent_executions(), limit.unreserved_concurrent_executions()), (110, Some(100)));
    let usage = settings.account_usage().unwrap();
    assert_eq!((usage.function_count(), usage.total_code_size()), (2, 20));
}

#[tokio::test]
async fn code_that_goes_beyond_the_storage_of_the_region_is_refused() {
    let (sandbox, aws) = with_role();
    made(&aws, "send").await;
    sandbox.world().lambda.settings.code_storage = 19;
    let more = super::tests_writing::create(&aws, "other").send().await;
    assert_eq!(code(more), "CodeStorageExceededException");
}

#[tokio::test]
async fn tags_are_added_and_others_stay() {
    let (_, aws) = with_role();
    made(&aws, "send").await;
    let lambda = aws.lambda(R);
    let arn = "arn:aws:lambda:ap-south-1:123456789012:function:send";
    let tag = lambda.tag_resource().resource(arn);
    tag.clone().tags("a", "1").send().await.unwrap();
    tag.clone().tags("b", "2").send().await.unwrap();
    let tags = lambda.list_tags().resource(arn).send().await.unwrap().tags.unwrap();
    assert_eq!((tags["a"].as_str(), tags["b"].as_str()), ("1", "2"));
    assert_eq!(code(tag.clone().tags("aws:x", "1").send().await), "InvalidParameterValueException");
    assert_eq!(
        code(tag.resource(format!("{arn}:1")).tags("a", "1").send().await),
        "InvalidParameterValueException"
    );
}

#[tokio::test]
async fn signing_rules_and_executions_kept_ready_are_told() {
    let (sandbox, aws) = with_role();
    made(&aws, "send").await;
    let signing = aws.lambda(R).get_function_code_signing_config().function_name("send");
    assert_eq!(signing.clone().send().await.unwrap().code_signing_config_arn(), "");
    {
        let regions = &mut sandbox.world().lambda.regions;
        let function = regions.get_mut(R).unwrap().functions.get_mut("send").unwrap();
        function.code_signing = Some("arn:aws:lambda:x".to_owned());
        function.provisioned_concurrency.insert("live".to_owned(), 2);
    }
    assert_eq!(signing.send().await.unwrap().code_signing_config_arn(), "arn:aws:lambda:x");
    let ready =
        aws.lambda(R).list_provisioned_concurrency_configs().function_name("send").send().await.unwrap();
    let [config] = ready.provisioned_concurrency_configs() else { panic!("one") };
    assert_eq!(config.requested_provisioned_concurrent_executions(), Some(2));
}

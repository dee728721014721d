//! What hangs on a function is made: permissions, URLs, asynchronous invocation, concurrency, tags.

use aws_sdk_lambda::operation::add_permission::{AddPermissionInput, AddPermissionOutput};
use aws_sdk_lambda::operation::create_function_url_config::{
    CreateFunctionUrlConfigInput, CreateFunctionUrlConfigOutput,
};
use aws_sdk_lambda::operation::put_function_concurrency::{
    PutFunctionConcurrencyInput, PutFunctionConcurrencyOutput,
};
use aws_sdk_lambda::operation::put_function_event_invoke_config::{
    PutFunctionEventInvokeConfigInput, PutFunctionEventInvokeConfigOutput,
};
use aws_sdk_lambda::operation::tag_resource::{TagResourceInput, TagResourceOutput};
use aws_sdk_lambda::operation::update_function_url_config::{
    UpdateFunctionUrlConfigInput, UpdateFunctionUrlConfigOutput,
};
use aws_sdk_lambda::types::{Cors as UrlCors, FunctionUrlConfig};
use aws_smithy_types::DateTime;
use serde_json::{Map, Value, json};

use super::access::{destinations, told_url};
use super::checking;
use super::names::{Named, named};
use super::state::{Cors, Function, FunctionUrl, InvokeConfig};
use super::writing::here_mut;
use super::{invalid_value, not_found};
use crate::sandbox::call::{Call, Fault, in_region};

/// Executions that have to be left to the functions without a share of their own.
const UNRESERVED: i32 = 100;
/// The longest policy, in bytes.
const POLICY: usize = 20_480;

fn conflict(text: impl Into<String>) -> Fault {
    Fault::new("ResourceConflictException", text).status(409)
}

fn change(call: &mut Call<'_>, named: &Named, change: impl FnOnce(&mut Function)) {
    if let Some(function) = here_mut(call).functions.get_mut(&named.name) {
        change(function);
    }
}

/// A statement as Lambda writes it.
fn statement(call: &Call<'_>, input: &AddPermissionInput, named: &Named) -> Result<Value, Fault> {
    let action = input.action().unwrap_or_default();
    if !action.starts_with("lambda:") {
        let text = format!(
            "Value '{action}' at 'action' failed to satisfy constraint: (lambda:[*]|lambda:[a-zA-Z]+)"
        );
        return Err(Fault::new("ValidationException", text));
    }
    if input.function_url_auth_type().is_some() && action != "lambda:InvokeFunctionUrl" {
        return Err(invalid_value(
            "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
        ));
    }
    let principal = match input.principal().unwrap_or_default() {
        "" => return Err(invalid_value("The principal is missing.")),
        "*" => json!("*"),
        service if service.ends_with(".amazonaws.com") => json!({"Service": service}),
        account if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) => {
            json!({"AWS": format!("arn:aws:iam::{account}:root")})
        }
        arn if arn.starts_with("arn:aws:iam::") => json!({"AWS": arn}),
        other => return Err(invalid_value(format!("The provided principal was invalid: {other}"))),
    };
    let mut condition = Map::new();
    let mut put = |operator: &str, key: &str, value: Option<&str>| {
        if let Some(value) = value {
            let tests = condition.entry(operator).or_insert_with(|| json!({}));
            tests[key] = json!(value);
        }
    };
    put("StringEquals", "AWS:SourceAccount", input.source_account());
    put("StringEquals", "lambda:EventSourceToken", input.event_source_token());
    put(
        "StringEquals",
        "lambda:FunctionUrlAuthType",
        input.function_url_auth_type().map(|kind| kind.as_str()),
    );
    put("StringEquals", "aws:PrincipalOrgID", input.principal_org_id());
    put("ArnLike", "AWS:SourceArn", input.source_arn());
    let via_url = input.invoked_via_function_url().map(|via| via.to_string());
    put("Bool", "lambda:InvokedViaFunctionUrl", via_url.as_deref());
    let mut statement = json!({
        "Sid": input.statement_id(),
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": named.arn(call),
    });
    if !condition.is_empty() {
        statement["Condition"] = Value::Object(condition);
    }
    Ok(statement)
}

pub(super) fn add_permission(
    call: &mut Call<'_>,
    input: &AddPermissionInput,
) -> Result<AddPermissionOutput, Fault> {
    let named = named(call, input.function_name(), input.qualifier())?;
    let sid = input.statement_id().unwrap_or_default();
    let plain = sid.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if sid.is_empty() || sid.len() > 100 || !plain {
        let text = format!("Value '{sid}' at 'statementId' failed to satisfy constraint: ([a-zA-Z0-9-_]+)");
        return Err(Fault::new("ValidationException", text));
    }
    if named.qualifier == "$LATEST" {
        return Err(invalid_value("We currently do not support adding policies for $LATEST."));
    }
    let here = in_region(&call.world.lambda.regions, &call.region);
    named.version(call, &here)?;
    let statement = statement(call, input, &named)?;
    let function = named.function(call, &here)?;
    let mut policy = function.policies.get(&named.qualifier).cloned().unwrap_or_default();
    if policy.statements.contains_key(sid) {
        let text =
            format!("The statement id ({sid}) provided already exists. Please provide a new statement id");
        return Err(conflict(format!("{text}, or remove the existing statement.")));
    }
    policy.statements.insert(sid.to_owned(), statement.clone());
    if serde_json::to_string(&policy.statements).unwrap_or_default().len() > POLICY {
        let text = "The final policy size is bigger than the limit (20480).";
        return Err(Fault::new("PolicyLengthExceededException", text));
    }
    policy.revision += 1;
    change(call, &named, |function| {
        function.policies.insert(named.qualifier.clone(), policy);
    });
    Ok(AddPermissionOutput::builder().statement(statement.to_string()).build())
}

fn cors(cors: &UrlCors) -> Cors {
    Cors {
        allow_credentials: cors.allow_credentials,
        allow_headers: cors.allow_headers().to_vec(),
        allow_methods: cors.allow_methods().to_vec(),
        allow_origins: cors.allow_origins().to_vec(),
        expose_headers: cors.expose_headers().to_vec(),
        max_age: cors.max_age,
    }
}

/// What a URL is for: the function, or an alias. A version has none.
fn of_url(call: &Call<'_>, name: Option<&str>, qualifier: Option<&str>) -> Result<Named, Fault> {
    let named = named(call, name, qualifier)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = named.function(call, &here)?;
    if named.qualifier.is_empty() || function.aliases.contains_key(&named.qualifier) {
        return Ok(named);
    }
    if named.qualifier.bytes().all(|byte| byte.is_ascii_digit()) || named.qualifier == "$LATEST" {
        let text = format!("Value '{}' at 'qualifier' failed to satisfy constraint", named.qualifier);
        return Err(Fault::new("ValidationException", text));
    }
    Err(not_found(format!("Function not found: {}", named.arn(call))))
}

/// The fields of a URL in whichever answer.
macro_rules! url_answer {
    ($answer:ty, $url:expr) => {{
        let it: FunctionUrlConfig = $url;
        <$answer>::builder()
            .function_url(it.function_url)
            .function_arn(it.function_arn)
            .auth_type(it.auth_type)
            .set_cors(it.cors)
            .creation_time(it.creation_time)
            .set_invoke_mode(it.invoke_mode)
    }};
}

pub(super) fn create_function_url_config(
    call: &mut Call<'_>,
    input: &CreateFunctionUrlConfigInput,
) -> Result<CreateFunctionUrlConfigOutput, Fault> {
    let named = of_url(call, input.function_name(), input.qualifier())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    if named.function(call, &here)?.urls.contains_key(&named.qualifier) {
        let text = format!("Failed to create function url config for [functionArn = {}].", named.arn(call));
        return Err(conflict(format!(
            "{text} Error message:  FunctionUrlConfig exists for this Lambda function"
        )));
    }
    let auth_type = input.auth_type().ok_or_else(|| invalid_value("AuthType is a mandatory parameter."))?;
    let url = FunctionUrl {
        auth_type: auth_type.as_str().to_owned(),
        invoke_mode: input.invoke_mode().map_or("BUFFERED", |mode| mode.as_str()).to_owned(),
        cors: input.cors().map(cors),
        created_at: call.world.clock,
        modified_at: call.world.clock,
    };
    let told = told_url(call, &named.name, &named.qualifier, &url)?;
    change(call, &named, |function| {
        function.urls.insert(named.qualifier.clone(), url);
    });
    Ok(url_answer!(CreateFunctionUrlConfigOutput, told).build()?)
}

pub(super) fn update_function_url_config(
    call: &mut Call<'_>,
    input: &UpdateFunctionUrlConfigInput,
) -> Result<UpdateFunctionUrlConfigOutput, Fault> {
    let named = of_url(call, input.function_name(), input.qualifier())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let url = named.function(call, &here)?.urls.get(&named.qualifier).cloned();
    let mut url = url.ok_or_else(|| not_found("The resource you requested does not exist."))?;
    if let Some(auth_type) = input.auth_type() {
        auth_type.as_str().clone_into(&mut url.auth_type);
    }
    if let Some(mode) = input.invoke_mode() {
        mode.as_str().clone_into(&mut url.invoke_mode);
    }
    if let Some(new) = input.cors() {
        url.cors = Some(cors(new)).filter(|cors| *cors != Cors::default());
    }
    url.modified_at = call.world.clock;
    let told = told_url(call, &named.name, &named.qualifier, &url)?;
    let modified = told.last_modified_time.clone();
    change(call, &named, |function| {
        function.urls.insert(named.qualifier.clone(), url);
    });
    Ok(url_answer!(UpdateFunctionUrlConfigOutput, told).last_modified_time(modified).build()?)
}

pub(super) fn put_function_event_invoke_config(
    call: &mut Call<'_>,
    input: &PutFunctionEventInvokeConfigInput,
) -> Result<PutFunctionEventInvokeConfigOutput, Fault> {
    let named = named(call, input.function_name(), input.qualifier())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    named.version(call, &here)?;
    let refused = |name: &str, value: i32, rule: &str| {
        let text = format!("Value '{value}' at '{name}' failed to satisfy constraint: {rule}");
        Err(Fault::new("ValidationException", text))
    };
    match (input.maximum_retry_attempts(), input.maximum_event_age_in_seconds()) {
        (Some(many), _) if !(0..=2).contains(&many) => {
            return refused("maximumRetryAttempts", many, "0 to 2");
        }
        (_, Some(age)) if !(60..=21_600).contains(&age) => {
            return refused("maximumEventAgeInSeconds", age, "60 to 21600");
        }
        _ => {}
    }
    let given = input.destination_config();
    let of = |destination: Option<&str>| destination.filter(|arn| !arn.is_empty()).map(str::to_owned);
    let on_success = of(given.and_then(|it| it.on_success()).and_then(|it| it.destination()));
    let on_failure = of(given.and_then(|it| it.on_failure()).and_then(|it| it.destination()));
    for arn in [&on_success, &on_failure].into_iter().flatten() {
        let parts: Vec<&str> = arn.split(':').collect();
        let service = matches!(parts.as_slice(), ["arn", "aws", "sqs" | "sns" | "lambda" | "events", ..]);
        if !service || parts.get(3) != Some(&call.region.as_str()) {
            return Err(invalid_value(format!("The destination ARN {arn} is invalid.")));
        }
    }
    let config = InvokeConfig {
        maximum_retry_attempts: input.maximum_retry_attempts(),
        maximum_event_age_secs: input.maximum_event_age_in_seconds(),
        on_success,
        on_failure,
        modified_at: call.world.clock,
    };
    let latest = if named.qualifier.is_empty() { "$LATEST" } else { &named.qualifier };
    let arn = Named { name: named.name.clone(), qualifier: latest.to_owned() }.arn(call);
    let answer = PutFunctionEventInvokeConfigOutput::builder()
        .function_arn(arn)
        .last_modified(DateTime::from_secs(config.modified_at))
        .set_maximum_retry_attempts(config.maximum_retry_attempts)
        .set_maximum_event_age_in_seconds(config.maximum_event_age_secs)
        .destination_config(destinations(&config));
    let key = named.qualifier.trim_start_matches("$LATEST").to_owned();
    change(call, &named, |function| {
        function.invoke_configs.insert(key, config);
    });
    Ok(answer.build())
}

pub(super) fn put_function_concurrency(
    call: &mut Call<'_>,
    input: &PutFunctionConcurrencyInput,
) -> Result<PutFunctionConcurrencyOutput, Fault> {
    let named = named(call, input.function_name(), None)?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    named.function(call, &here)?;
    let wanted = input.reserved_concurrent_executions().unwrap_or(-1);
    let others = here.functions.iter().filter(|(name, _)| **name != named.name);
    let others: i32 = others.filter_map(|(_, function)| function.reserved_concurrency).sum();
    if wanted < 0 || call.world.lambda.settings.concurrency - others - wanted < UNRESERVED {
        return Err(invalid_value(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
             below its minimum value of [{UNRESERVED}]."
        )));
    }
    change(call, &named, |function| function.reserved_concurrency = Some(wanted));
    Ok(PutFunctionConcurrencyOutput::builder().reserved_concurrent_executions(wanted).build())
}

pub(super) fn tag_resource(
    call: &mut Call<'_>,
    input: &TagResourceInput,
) -> Result<TagResourceOutput, Fault> {
    let named = super::functions::tagged(call, input.resource())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let mut tags = named.function(call, &here)?.tags.clone();
    tags.extend(input.tags().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    checking::tags(tags.iter())?;
    change(call, &named, |function| function.tags = tags);
    Ok(TagResourceOutput::builder().build())
}

mod few_calls;
mod runs;
mod waiting;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use supertokens_region::sandbox::Blob;
use supertokens_region::sandbox::lambda::{Code, Function, FunctionVersion};
use supertokens_region::script::{self, Options};
use supertokens_region::{
    Action, Aws, Error, Found, Kind, LambdaFunction, Opening, Outcome, Plan, Reference, Region, Sandbox,
    World, bucket, default_vpc, lambda_function, security_group, topic,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const EU: &str = "eu-west-1";
const SIGN_UP: &str = "lambda_function/signup-webhook";
const HEALTH: &str = "lambda_function/core-health-monitor";
const USAGE: &str = "lambda_function/stripe-usage-reporter";
const TELEMETRY: &str = "lambda_function/telemetry-aggregator";

async fn found(sandbox: &Sandbox) -> Found<LambdaFunction> {
    let eu = Reference::new(&Aws::sandbox(sandbox), EU).await.expect("the reference is there");
    eu.functions().await.expect("its functions can be read")
}

/// All functions of eu-west-1.
async fn copies(sandbox: &Sandbox) -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    region.add(security_group("default").in_vpc(vpc.clone()));
    let failures = region.add(topic("failures"));
    for function in found(sandbox).await.all {
        let told = function.value.name() == "core-health-monitor";
        region.add(function.map(|function| {
            let function = function.in_vpc(vpc.clone());
            if told { function.on_failure(failures.clone()) } else { function }
        }));
    }
    region
}

fn there<'w>(world: &'w mut World, name: &str) -> &'w mut Function {
    let here = world.lambda.regions.get_mut(R).expect("something was made");
    here.functions.get_mut(name).expect("the function was made")
}

fn sign_up(world: &mut World) -> &mut Function {
    there(world, "signup-webhook")
}

fn health(world: &mut World) -> &mut Function {
    there(world, "core-health-monitor")
}

fn usage(world: &mut World) -> &mut Function {
    there(world, "stripe-usage-reporter")
}

fn telemetry(world: &mut World) -> &mut Function {
    there(world, "telemetry-aggregator")
}

const fn change(address: &'static str, field: &'static str, change: fn(&mut World)) -> BehindItsBack {
    BehindItsBack { address, field, change }
}

#[tokio::test]
async fn functions_converge() {
    let changes = [
        change(USAGE, "code", |world| usage(world).latest.code = Code::zip(b"PK other")),
        change(USAGE, "runtime", |world| {
            usage(world).latest.configuration.runtime = Some("nodejs22.x".into())
        }),
        change(USAGE, "handler", |world| {
            usage(world).latest.configuration.handler = Some("other.main".into())
        }),
        change(USAGE, "role", |world| {
            usage(world).latest.configuration.role = "arn:aws:iam::123456789012:role/other".into();
        }),
        change(USAGE, "description", |world| usage(world).latest.configuration.description = "other".into()),
        change(USAGE, "timeout_secs", |world| usage(world).latest.configuration.timeout = 7),
        change(USAGE, "memory_mib", |world| usage(world).latest.configuration.memory_size = 7168),
        change(USAGE, "environment.STRIPE_KEY", |world| {
            usage(world).latest.configuration.environment.insert("STRIPE_KEY".into(), "other".into());
        }),
        change(USAGE, "environment.STRIPE_KEY", |world| {
            usage(world).latest.configuration.environment.remove("STRIPE_KEY");
        }),
        change(USAGE, "layers", |world| usage(world).latest.configuration.layers.clear()),
        change(USAGE, "logging.format", |world| {
            usage(world).latest.configuration.logging.format = "JSON".into();
        }),
        change(USAGE, "tags.VantaOwner", |world| drop(usage(world).tags.remove("VantaOwner"))),
        change(TELEMETRY, "ephemeral_storage_mib", |world| {
            telemetry(world).latest.configuration.ephemeral_storage = 512;
        }),
        change(TELEMETRY, "architecture", |world| {
            telemetry(world).latest.configuration.architectures = vec!["x86_64".into()];
        }),
        change(TELEMETRY, "tracing", |world| {
            telemetry(world).latest.configuration.tracing_mode = "PassThrough".into();
        }),
        change(TELEMETRY, "snap_start", |world| {
            telemetry(world).latest.configuration.snap_start = "PublishedVersions".into();
        }),
        change(HEALTH, "network.groups", |world| {
            let vpc = health(world).latest.configuration.vpc.as_mut();
            vpc.expect("it is in a VPC").security_groups = vec!["sg-0123456789abcdef0".into()];
        }),
        change(HEALTH, "network.zones", |world| {
            let vpc = health(world).latest.configuration.vpc.as_mut();
            vpc.expect("it is in a VPC").subnets.truncate(1);
        }),
        change(HEALTH, "reserved_concurrency", |world| health(world).reserved_concurrency = None),
        change(HEALTH, "asynchronous.$LATEST.retries", |world| {
            health(world).invoke_configs.get_mut("").expect("it has one").maximum_retry_attempts = Some(2);
        }),
        change(HEALTH, "asynchronous.$LATEST.on_failure", |world| {
            health(world).invoke_configs.get_mut("").expect("it has one").on_failure = None;
        }),
        change(SIGN_UP, "aliases.live.leads_to", |world| {
            sign_up(world).aliases.get_mut("live").expect("it has one").version = "$LATEST".into();
        }),
        change(SIGN_UP, "aliases.live.leads_to", |world| {
            let function = sign_up(world);
            let other = FunctionVersion { code: Code::zip(b"PK other"), ..function.latest.clone() };
            function.versions.insert(7, other);
            function.aliases.get_mut("live").expect("it has one").version = "7".into();
        }),
        change(SIGN_UP, "aliases.live.description", |world| {
            sign_up(world).aliases.get_mut("live").expect("it has one").description = "other".into();
        }),
        change(SIGN_UP, "urls.live.auth", |world| {
            sign_up(world).urls.get_mut("live").expect("it has one").auth_type = "AWS_IAM".into();
        }),
        change(SIGN_UP, "urls.live.cors.max_age_secs", |world| {
            let url = sign_up(world).urls.get_mut("live").expect("it has one");
            url.cors.as_mut().expect("it has CORS").max_age = Some(1);
        }),
        change(SIGN_UP, "permissions.live.FunctionURLAllowPublicAccess", |world| {
            let policy = sign_up(world).policies.get_mut("live").expect("it has one");
            policy.statements.remove("FunctionURLAllowPublicAccess");
        }),
    ];
    let sandbox = Sandbox::seeded();
    sandbox.world().iam.roles.insert("other".into(), sandbox_role());
    let region = copies(&sandbox).await;
    converges(&sandbox, &region, &changes).await;

    let world = sandbox.world().clone();
    let (eu, here) = (&world.lambda.regions[EU], &world.lambda.regions[R]);
    assert_eq!(here.functions.len(), 5, "all but the one whose runtime is over");
    for (name, copy) in &here.functions {
        let original = &eu.functions[name];
        assert_eq!(copy.latest.code, original.latest.code, "{name}");
        assert_eq!(
            copy.latest.configuration.environment, original.latest.configuration.environment,
            "{name}"
        );
        assert_eq!(copy.tags, original.tags, "{name}");
    }
    let layer = &here.layers["supertokens-common"];
    assert_eq!(layer.versions.len(), 1, "published once");
    assert_eq!(layer.versions[&1].code, eu.layers["supertokens-common"].versions[&2].code);
    assert_eq!(layer.versions[&1].runtimes, ["nodejs18.x", "nodejs20.x"]);
    let numbers: Vec<_> = here.functions["signup-webhook"].versions.keys().copied().collect();
    assert_eq!(numbers, [1, 7], "one version of the content, and the one made behind its back");
    let group = |name: &str| format!("arn:aws:logs:{R}:123456789012:log-group:/aws/lambda/{name}");
    assert!(here.functions.keys().all(|name| world.logs.groups.contains_key(&group(name))));
}

fn sandbox_role() -> supertokens_region::sandbox::iam::Role {
    supertokens_region::sandbox::iam::Role::new(
        r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#,
    )
}

#[tokio::test]
async fn what_is_left_behind_is_told() {
    let sandbox = Sandbox::seeded();
    let found = found(&sandbox).await;
    let [digest] = found.findings.as_slice() else { panic!("one, not {:#?}", found.findings) };
    assert_eq!(digest.rule, "not-copied");
    assert!(digest.message.contains("`weekly-email-digest`") && digest.message.contains("`nodejs14.x`"));
    let mut told = String::new();
    for function in &found.all {
        told.push_str(&format!("{}\n", function.value.name()));
        for finding in &function.findings {
            told.push_str(&format!("  {} {}: {}\n", severity(finding), finding.rule, finding.message));
        }
    }
    insta::assert_snapshot!(told);
}

fn severity(finding: &supertokens_region::Finding) -> String {
    format!("{:?}", finding.severity).to_lowercase()
}

#[tokio::test]
async fn what_is_there_already_keeps_what_is_not_ours() {
    let sandbox = Sandbox::seeded();
    let region = copies(&sandbox).await;
    apply(&sandbox, &region).await;
    {
        let mut world = sandbox.world();
        let function = usage(&mut world);
        function.tags.insert("theirs".into(), "x".into());
        function.latest.configuration.environment.insert("THEIRS".into(), "kept".into());
        function.latest.configuration.memory_size = 128;
        function.latest.configuration.environment.remove("DATABASE_HOST");
        let theirs = serde_json::json!({"Sid": "theirs", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetPolicy"});
        sign_up(&mut world).policies.get_mut("live").unwrap().statements.insert("theirs".into(), theirs);
        health(&mut world).invoke_configs.get_mut("").unwrap().on_success =
            Some(format!("arn:aws:sqs:{R}:123456789012:theirs"));
        health(&mut world).invoke_configs.get_mut("").unwrap().maximum_event_age_secs = None;
    }
    let shown = plan(&sandbox, &region).await;
    assert_eq!(
        fields(&shown),
        ["memory_mib", "environment.DATABASE_HOST", "asynchronous.$LATEST.max_age_secs"]
            .map(str::to_owned)
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
    );
    let rules = |address: &str| -> Vec<String> {
        let step = shown.steps.iter().find(|step| step.address.as_str() == address).unwrap();
        step.findings.iter().map(|finding| finding.rule.clone()).collect()
    };
    assert!(rules(USAGE).contains(&"more-variables".to_owned()));
    assert!(rules(SIGN_UP).contains(&"public-url".to_owned()));
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let mut world = sandbox.world();
    assert_eq!(usage(&mut world).tags["theirs"], "x");
    assert_eq!(usage(&mut world).latest.configuration.environment["THEIRS"], "kept");
    assert!(sign_up(&mut world).policies["live"].statements.contains_key("theirs"));
    assert!(health(&mut world).invoke_configs[""].on_success.as_ref().unwrap().ends_with(":theirs"));
}

fn fields(plan: &Plan) -> std::collections::BTreeSet<String> {
    plan.steps.iter().flat_map(|step| step.changes.iter().map(|change| change.field.clone())).collect()
}

#[tokio::test]
async fn code_that_is_there_is_never_downloaded() {
    let sandbox = Sandbox::seeded();
    let region = copies(&sandbox).await;
    apply(&sandbox, &region).await;
    usage(&mut sandbox.world()).latest.configuration.timeout = 1;
    let aws = Aws::sandbox(&sandbox);
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(call.operation.clone()));
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let calls = calls.lock().unwrap();
    assert!(calls.iter().any(|call| call == "UpdateFunctionConfiguration"));
    for never in ["GetObject", "UpdateFunctionCode", "PublishVersion", "PublishLayerVersion"] {
        assert!(!calls.iter().any(|call| call == never), "{never}");
    }
}

#[test]
fn a_script_says_the_same() {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let told = region.add(topic("t"));
    region.add(
        lambda_function("f")
            .named("g")
            .runtime("nodejs22.x")
            .handler("index.handler")
            .role("r")
            .description("d")
            .timeout_secs(10)
            .memory_mib(256)
            .ephemeral_storage_mib(1024)
            .architecture("arm64")
            .tracing("Active")
            .snap_start(false)
            .log_format("JSON")
            .log_levels("WARN", "WARN")
            .log_group("/g")
            .environment("KEY", "value")
            .layer("arn:aws:lambda:ap-south-1:123456789012:layer:l:1")
            .group("default")
            .in_vpc(vpc)
            .dead_letters(told.clone())
            .on_failure(told)
            .retries(1, 60)
            .reserved_concurrency(3)
            .alias("live")
            .url("live", "NONE")
            .tag("a", "b"),
    );
    assert_same(
        r#"
        let vpc = region.add(default_vpc());
        let told = region.add(topic("t"));
        region.add(lambda_function("f").named("g").runtime("nodejs22.x").handler("index.handler").role("r")
            .description("d").timeout_secs(10).memory_mib(256).ephemeral_storage_mib(1024).architecture("arm64")
            .tracing("Active").snap_start(false).log_format("JSON").log_levels("WARN", "WARN").log_group("/g")
            .environment("KEY", "value").layer("arn:aws:lambda:ap-south-1:123456789012:layer:l:1").group("default")
            .in_vpc(vpc).dead_letters(told).on_failure(told).retries(1, 60).reserved_concurrency(3)
            .alias("live").url("live", "NONE").tag("a", "b"));
        "#,
        &region,
    );
}

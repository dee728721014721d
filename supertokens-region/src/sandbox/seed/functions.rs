//! The functions, and the layer that some share.

use std::collections::BTreeMap;

use serde_json::json;

use super::access::{CERTIFICATE_UPDATER, FUNCTIONS};
use super::zip::zip;
use super::{AUDITED, CHANGED, buckets, map, network, tags, topics};
use crate::sandbox::World;
use crate::sandbox::lambda::{
    Alias, Code, Configuration, Cors, Function, FunctionUrl, FunctionVersion, InvokeConfig, Layer,
    LayerVersion, Policy, VpcAccess,
};

/// The region that has all functions. The other one has what it can't be without.
const HOME: &str = "eu-west-1";

const CERTIFICATES: &str = "ssl-certificate-updater";
const USAGE: &str = "stripe-usage-reporter";
const HEALTH: &str = "core-health-monitor";
const SIGN_UP: &str = "signup-webhook";
const TELEMETRY: &str = "telemetry-aggregator";
const DIGEST: &str = "weekly-email-digest";
const LAYER: &str = "supertokens-common";

/// The names of a region's functions.
pub(super) fn names(region: &str) -> &'static [&'static str] {
    match region {
        HOME => &[CERTIFICATES, HEALTH, SIGN_UP, USAGE, TELEMETRY, DIGEST],
        "us-east-1" => &[CERTIFICATES],
        _ => &[],
    }
}

pub(super) fn add(world: &mut World, region: &str) {
    for name in names(region) {
        let function = match *name {
            CERTIFICATES => certificates(world, region),
            HEALTH => health(world, region),
            SIGN_UP => sign_up(world),
            USAGE => usage(world, region),
            TELEMETRY => telemetry(world, region),
            _ => digest(world),
        };
        let here = world.lambda.regions.entry(region.to_owned()).or_default();
        here.functions.insert((*name).to_owned(), function);
    }
    if region == HOME {
        let here = world.lambda.regions.entry(region.to_owned()).or_default();
        here.layers.insert(LAYER.to_owned(), layer());
    }
}

/// A function with one source file, as AWS makes it if nothing else is said.
fn function(configuration: Configuration, file: &str, source: &str) -> Function {
    let mut function = Function::new(configuration, Code::zip(&zip(&[(file, source)])));
    function.latest.modified_at = CHANGED;
    function.tags = tags("function of the managed service");
    function
}

fn role(world: &World, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", world.account)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Renews certificates. A schedule of EventBridge, which is the region's own, calls it.
fn certificates(world: &World, region: &str) -> Function {
    let configuration = Configuration {
        description: "renews certificates and puts them into the bucket".to_owned(),
        runtime: some("nodejs20.x"),
        handler: some("index.handler"),
        role: role(world, CERTIFICATE_UPDATER),
        timeout: 300,
        memory_size: 512,
        environment: map(&[
            ("BUCKET", buckets::CERTIFICATES),
            ("SAAS_BUCKET", &buckets::saas(region)),
            ("ACME_ACCOUNT_KEY", "planted-secret-acme-account-key"),
        ]),
        ..Configuration::default()
    };
    let source = "exports.handler = async () => ({ renewed: process.env.SAAS_BUCKET });\n";
    let mut function = function(configuration, "index.js", source);
    let rule = format!("arn:aws:events:{region}:{}:rule/renew-certificates", world.account);
    let arn = format!("arn:aws:lambda:{region}:{}:function:{CERTIFICATES}", world.account);
    let by_schedule = json!({
        "Sid": "renew-certificates",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {"ArnLike": {"AWS:SourceArn": rule}},
    });
    function.policies.insert(String::new(), policy("renew-certificates", by_schedule));
    function
}

/// Asks the containers how they are, from within their network.
fn health(world: &World, region: &str) -> Function {
    let subnets = network::subnets(world, region).into_iter().map(|(id, _)| id).collect();
    let configuration = Configuration {
        description: "asks every container for /hello".to_owned(),
        runtime: some("python3.12"),
        handler: some("monitor.handler"),
        role: role(world, FUNCTIONS),
        timeout: 60,
        memory_size: 256,
        environment: map(&[
            ("ZONE", &format!("{region}.dns")),
            ("TOPIC_ARN", &topics::arn(world, region, "EC2")),
            ("CORE_API_KEY", "planted-secret-core-api-key"),
        ]),
        vpc: Some(VpcAccess {
            vpc_id: network::default_vpc(world, region),
            subnets,
            security_groups: vec![network::group(world, region, "default")],
        }),
        ..Configuration::default()
    };
    let mut function =
        function(configuration, "monitor.py", "def handler(event, context):\n    return 'Hello'\n");
    let failures = InvokeConfig {
        maximum_retry_attempts: Some(0),
        maximum_event_age_secs: Some(3600),
        on_success: None,
        on_failure: Some(topics::arn(world, region, "Lambda")),
        modified_at: AUDITED,
    };
    function.invoke_configs.insert(String::new(), failures);
    function.reserved_concurrency = Some(5);
    function
}

/// Has a URL of its own, which leads to the version that is live.
fn sign_up(world: &World) -> Function {
    let configuration = Configuration {
        description: "told by the website when somebody signs up".to_owned(),
        runtime: some("nodejs22.x"),
        handler: some("index.handler"),
        role: role(world, FUNCTIONS),
        timeout: 10,
        environment: map(&[
            ("SLACK_WEBHOOK", "https://hooks.slack.com/services/planted-secret-slack-webhook"),
            ("SIGNING_KEY", "planted-secret-signing-key"),
        ]),
        ..Configuration::default()
    };
    let mut function =
        function(configuration, "index.js", "exports.handler = async () => ({ statusCode: 200 });\n");
    for (number, status) in [(1, 201), (2, 200)] {
        let source = format!("exports.handler = async () => ({{ statusCode: {status} }});\n");
        let version = FunctionVersion {
            code: Code::zip(&zip(&[("index.js", &source)])),
            modified_at: AUDITED,
            ..function.latest.clone()
        };
        function.versions.insert(number, version);
    }
    let live = Alias {
        version: "2".to_owned(),
        description: "what the website calls".to_owned(),
        ..Alias::default()
    };
    function.aliases.insert("live".to_owned(), live);
    let url = FunctionUrl {
        auth_type: "NONE".to_owned(),
        invoke_mode: "BUFFERED".to_owned(),
        cors: Some(Cors {
            allow_methods: vec!["POST".to_owned()],
            allow_origins: vec!["https://supertokens.com".to_owned()],
            max_age: Some(300),
            ..Cors::default()
        }),
        created_at: AUDITED,
        modified_at: AUDITED,
    };
    function.urls.insert("live".to_owned(), url);
    let by_everybody = json!({
        "Sid": "FunctionURLAllowPublicAccess",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:InvokeFunctionUrl",
        "Resource": format!("arn:aws:lambda:{HOME}:{}:function:{SIGN_UP}:live", world.account),
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    });
    function.policies.insert("live".to_owned(), policy("FunctionURLAllowPublicAccess", by_everybody));
    function
}

fn usage(world: &World, region: &str) -> Function {
    let database = format!("supertokens-prod-{region}.cluster-example.{region}.rds.amazonaws.com");
    let configuration = Configuration {
        description: "tells Stripe how many users each app had".to_owned(),
        runtime: some("nodejs20.x"),
        handler: some("index.handler"),
        role: role(world, FUNCTIONS),
        timeout: 900,
        memory_size: 1024,
        environment: map(&[
            ("STRIPE_KEY", "planted-secret-stripe-key"),
            ("DATABASE_HOST", &database),
            ("DATABASE_PASSWORD", "planted-secret-database-password"),
        ]),
        layers: vec![layer_arn(world, 2)],
        ..Configuration::default()
    };
    function(
        configuration,
        "index.js",
        "exports.handler = async () => require('supertokens-common').report();\n",
    )
}

fn telemetry(world: &World, region: &str) -> Function {
    let configuration = Configuration {
        description: "adds up what the cores report".to_owned(),
        runtime: some("python3.13"),
        handler: some("aggregate.handler"),
        role: role(world, FUNCTIONS),
        timeout: 120,
        memory_size: 2048,
        ephemeral_storage: 2048,
        architectures: vec!["arm64".to_owned()],
        environment: map(&[("BUCKET", &buckets::saas(region))]),
        tracing_mode: "Active".to_owned(),
        ..Configuration::default()
    };
    function(configuration, "aggregate.py", "def handler(event, context):\n    return sum(event)\n")
}

/// Goes on running, but AWS makes no function with its runtime any more.
fn digest(world: &World) -> Function {
    let configuration = Configuration {
        description: "sends the weekly digest".to_owned(),
        runtime: some("nodejs14.x"),
        handler: some("index.handler"),
        role: role(world, FUNCTIONS),
        timeout: 30,
        environment: map(&[("SENDGRID_KEY", "planted-secret-sendgrid-key")]),
        ..Configuration::default()
    };
    let mut function =
        function(configuration, "index.js", "exports.handler = (event, context, done) => done();\n");
    function.latest.modified_at = AUDITED;
    function
}

fn policy(id: &str, statement: serde_json::Value) -> Policy {
    Policy { statements: BTreeMap::from([(id.to_owned(), statement)]), revision: 1 }
}

fn layer_arn(world: &World, version: u64) -> String {
    format!("arn:aws:lambda:{HOME}:{}:layer:{LAYER}:{version}", world.account)
}

/// The first version was deleted.
fn layer() -> Layer {
    let version = |number: u64| {
        let source = format!("exports.version = {number};\nexports.report = () => 'reported';\n");
        let version = LayerVersion {
            description: "what functions share".to_owned(),
            code: Code::zip(&zip(&[("nodejs/node_modules/supertokens-common/index.js", &source)])),
            runtimes: vec!["nodejs18.x".to_owned(), "nodejs20.x".to_owned()],
            architectures: vec!["x86_64".to_owned()],
            license: Some("Apache-2.0".to_owned()),
            created_at: AUDITED,
        };
        (number, version)
    };
    Layer { versions: [2, 3].map(version).into() }
}

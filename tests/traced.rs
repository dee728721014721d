//! Nothing secret is traced, at any level, by anything in the process: for whoever listens, since the program doesn't.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::fs;
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region as AwsRegion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::types::InstanceAttributeName;
use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Opening, Reference, Sandbox, confirm_subscription, default_vpc};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::host::{host_with, repository};
use crate::secrets::assert_clean;

/// All that is traced, at every level, by everything in the process: the SDKs and the HTTP stack, too.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<BTreeMap<String, String>>>);

/// One event or span: its texts go to its target.
struct Of<'a>(&'a Traced, &'a str);

impl Visit for Of<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut all = self.0.0.lock().unwrap();
        writeln!(all.entry(self.1.to_owned()).or_default(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Traced {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Of(self, span.metadata().target()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Of(self, "a span"));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Of(self, event.metadata().target()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The standard script's region, from the script to the confirmed subscription, with a cluster whose password is in a file.
async fn whole_life(sandbox: &Sandbox, password: &Path) {
    let aws = Aws::sandbox(sandbox);
    let text = fs::read_to_string(repository().join("scripts/add_region.rhai")).unwrap();
    let mut options = Options::new("ap-south-1", Path::new("scripts/add_region.rhai"));
    for (name, value) in [
        ("alert_email", "alerts@example.com"),
        ("dev_instance", "dev"),
        ("key_pair", "supertokens-us-east-1"),
    ] {
        options.params.insert(name.to_owned(), value.to_owned());
    }
    let mut region = script::run_with(&text, &options, &aws).await.unwrap();
    let cluster = Reference::new(&aws, "us-east-1").await.unwrap().clusters().await.unwrap().all.remove(0);
    let vpc = region.existing(default_vpc());
    region.add(
        cluster.map(|it| {
            it.named("with-a-password").in_vpc(vpc).master_password_file(password.to_str().unwrap())
        }),
    );
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let link = {
        let world = sandbox.world();
        let one = world.sns.subscriptions.values().find(|one| one.topic.contains("ap-south-1")).unwrap();
        one.confirmation_link()
    };
    confirm_subscription(&aws, &link).await.unwrap();
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert!(opening.verify().holds());
}

/// Runs this with everything that is traced, by target, on threads of its own, since other tests run in this process.
fn traced<F: Future<Output = ()> + Send + 'static>(run: F) -> BTreeMap<String, String> {
    let traced = Traced::default();
    let begin = traced.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || std::mem::forget(tracing::subscriber::set_default(begin.clone())))
        .build()
        .unwrap();
    runtime.block_on(runtime.spawn(run)).unwrap();
    std::mem::take(&mut *traced.0.lock().unwrap())
}

/// Where the SDKs trace each answer as a value, of which AWS marks only some parts as secret.
const ANSWERS: &str = "aws_smithy_runtime::client::orchestrator";

#[test]
fn a_whole_life_traces_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, "planted-secret-password\n").unwrap();
    let all = traced(async move { whole_life(&Sandbox::seeded(), &password).await });
    for (target, text) in &all {
        assert_clean(&format!("`{target}`"), text);
    }
    assert!(all[ANSWERS].contains("transmitting request"), "the SDKs are traced");
}

/// AWS, once, with this answer.
fn answering(answer: &str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
    let answer = head + answer;
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut asked, mut piece) = (String::new(), [0; 4096]);
        while !asked.contains("InstanceId=") {
            let n = stream.read(&mut piece).unwrap();
            asked.push_str(std::str::from_utf8(&piece[..n]).unwrap());
        }
        stream.write_all(answer.as_bytes()).unwrap();
        asked
    });
    (url, asked)
}

#[test]
fn what_is_asked_over_the_wire_is_not_traced_and_what_is_answered_in_one_place_only() {
    let answer = "<DescribeInstanceAttributeResponse><instanceId>i-1</instanceId><userData><value>cGxhbnRlZC1zZWNyZXQ=</value></userData></DescribeInstanceAttributeResponse>";
    let (url, asked) = answering(answer);
    let all = traced(async move {
        let credentials = Credentials::new("AKIAEXAMPLE", "planted-secret-key", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(AwsRegion::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(url)
            .build();
        let ask = Aws::new(config).ec2("us-east-1").describe_instance_attribute();
        let ask = ask.instance_id("planted-secret").attribute(InstanceAttributeName::UserData);
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.user_data().unwrap().value(), Some("cGxhbnRlZC1zZWNyZXQ="));
    });
    assert!(asked.join().unwrap().contains("InstanceId=planted-secret"), "it was asked");
    for (target, text) in &all {
        if !target.starts_with(ANSWERS) {
            assert_clean(&format!("`{target}`"), text);
        }
    }
    let (asked, answered) = ("planted-secret", "cGxhbnRlZC1zZWNyZXQ");
    assert!(all.values().all(|text| !text.contains(asked)), "what is asked is traced");
    assert!(
        all[ANSWERS].contains(answered),
        "no warning is needed any more: see the library's documentation"
    );
}

#[test]
fn the_program_listens_to_no_trace() {
    let args = ["plan", "tests/bad_input/sound.rhai", "--region", "ap-south-1", "--sandbox"];
    let env = [("RUST_LOG", "trace"), ("AWS_LOG_LEVEL", "trace"), ("LOG_SENSITIVE_BODIES", "true")];
    let (quiet, asked) = (host_with(&args, &[]).expect(0), host_with(&args, &env).expect(0));
    assert_eq!((quiet.out, quiet.err), (asked.out, asked.err));
}

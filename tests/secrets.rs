//! No secret of the world is ever shown: by no verb, in no form, not in the log of calls, not in an error.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Opening, Reference, Sandbox, confirm_subscription, default_vpc};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::host::{Ended, host, repository};

/// What stands in every secret of the seeded world, also in base64, and what makes a link a secret.
const MARKERS: [&str; 5] =
    ["planted-secret", "cGxhbnRlZC1zZWNyZXQ", "X-Amz-Signature", "X-Amz-Credential", "Token="];

fn assert_clean(what: &str, text: &str) {
    for marker in MARKERS {
        let found = text.lines().find(|line| line.contains(marker));
        assert!(found.is_none(), "{what} shows a secret (`{marker}`): {found:?}");
    }
}

#[test]
fn no_verb_shows_a_secret_in_any_form() {
    let folder = tempfile::tempdir().unwrap();
    let (world, calls) = (folder.path().join("world.json"), folder.path().join("calls.jsonl"));
    let sandbox = format!("--sandbox={}", world.display());
    let calls_file = calls.display().to_string();
    let run = |verb: &str, more: &[&str]| -> Ended {
        let mut args = vec![verb, "--region", "ap-south-1", "--set", "alert_email=alerts@example.com"];
        args.extend(["--set", "dev_instance=dev", "--set", "key_pair=supertokens-us-east-1"]);
        args.extend([sandbox.as_str(), "--calls", &calls_file]);
        args.extend(more);
        let ended = host(&args);
        for text in [&ended.out, &ended.err, &fs::read_to_string(&calls).unwrap()] {
            assert_clean(&format!("{verb} {more:?}"), text);
        }
        ended
    };
    run("plan", &[]).expect(0);
    run("plan", &["--json"]).expect(0);
    let refuse = |operations: &[&str]| {
        let mut kept: Value = serde_json::from_slice(&fs::read(&world).unwrap()).unwrap();
        assert!(kept.to_string().contains("planted-secret"), "there are secrets to be shown");
        kept["settings"]["denied"] = json!(operations);
        fs::write(&world, kept.to_string()).unwrap();
    };
    refuse(&["lambda:CreateFunction", "rds:CreateDBCluster", "ec2:RunInstances", "ssm:CreateDocument"]);
    run("apply", &["--yes"]).expect(4);
    refuse(&["lambda:GetFunction", "ec2:DescribeInstances", "sns:GetTopicAttributes"]);
    run("plan", &["--json"]).expect(3);
    refuse(&[]);
    run("apply", &["--yes", "--json"]).expect(0);
    run("verify", &[]).expect(7);
    run("verify", &["--json"]).expect(7);
}

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
    let report = opening.apply(|_| ()).await;
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

#[test]
fn what_is_traced() {
    let traced = Traced::default();
    let begin = traced.clone();
    // For each thread, since other tests run in this process.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || std::mem::forget(tracing::subscriber::set_default(begin.clone())))
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, "planted-secret-password\n").unwrap();
    let life = async move { whole_life(&Sandbox::seeded(), &password).await };
    runtime.block_on(runtime.spawn(life)).unwrap();
    for (target, text) in traced.0.lock().unwrap().iter() {
        for marker in MARKERS {
            if let Some(line) = text.lines().find(|line| line.contains(marker)) {
                println!("{target}: {marker}: {}", line.chars().take(300).collect::<String>());
            }
        }
        println!("{target}: {} bytes", text.len());
    }
    panic!();
}

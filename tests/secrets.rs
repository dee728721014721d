//! No secret of the world is ever shown: by no verb, in no form, not in the log of calls, not in an error.

use std::fs;

use serde_json::{Value, json};

use crate::host::{Ended, host};

/// What stands in every secret of the seeded world, also in base64, and what makes a link a secret.
const MARKERS: [&str; 5] =
    ["planted-secret", "cGxhbnRlZC1zZWNyZXQ", "X-Amz-Signature", "X-Amz-Credential", "Token="];

pub fn assert_clean(what: &str, text: &str) {
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

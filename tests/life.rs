//! A region's whole life through the program, on the embedded AWS.

use serde_json::Value;
use supertokens_region::Sandbox;
use tempfile::TempDir;

use crate::host::{Ended, host};

/// A folder with an embedded AWS that lives from one command to the next.
pub struct Kept {
    folder: TempDir,
}

impl Kept {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a verb of the standard script on it.
    pub fn run(&self, verb: &str, more: &[&str]) -> Ended {
        let sandbox = format!("--sandbox={}", self.file("world.json"));
        let args = [verb, "--region", "ap-south-1", "--set", "alert_email=alerts@example.com", &sandbox];
        host(&[&args, more].concat())
    }

    pub fn sandbox(&self) -> Sandbox {
        Sandbox::load(self.file("world.json").as_ref()).unwrap()
    }
}

#[test]
fn the_demo_shows_the_whole_life_and_ends_well() {
    let ended = host(&["demo"]).expect(0);
    insta::assert_snapshot!(ended.out);
}

#[test]
fn the_standard_script_is_sound() {
    let ended = host(&["check", "--set", "alert_email=alerts@example.com"]).expect(0);
    insta::assert_snapshot!(ended.out);
}

#[test]
fn after_an_apply_only_people_have_something_to_do_and_another_apply_only_reads() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    kept.run("verify", &[]).expect(7);
    let world = kept.sandbox();
    let ended = kept.run("apply", &["--json", "--calls", &kept.file("calls.jsonl")]).expect(0);
    let summary: Value = serde_json::from_str(ended.out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&summary["type"], &summary["created"], &summary["updated"]),
        (&"summary".into(), &0.into(), &0.into())
    );
    let calls = std::fs::read_to_string(kept.file("calls.jsonl")).unwrap();
    for line in calls.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let operation = call["operation"].as_str().unwrap();
        assert!(["Get", "List", "Describe", "Head"].iter().any(|verb| operation.starts_with(verb)), "{line}");
        for field in ["service", "region", "attempt", "start", "duration", "outcome", "request_id"] {
            assert!(!call[field].is_null(), "{field} is not in {line}");
        }
    }
    world.world().requests = 0;
    kept.sandbox().world().requests = 0;
    let (mut before, mut after) = (world.world().clone(), kept.sandbox().world().clone());
    (before.requests, after.requests) = (0, 0);
    assert!(before == after, "the second apply changed the world");
}

#[test]
fn a_plan_as_json_is_one_document_that_says_what_and_why_and_from_where() {
    let kept = Kept::new();
    let plan: Value = serde_json::from_str(&kept.run("plan", &["--json"]).expect(0).out).unwrap();
    assert_eq!(plan["schema_version"], 1);
    assert_eq!(plan["account"], "123456789012");
    assert_eq!(plan["region"], "ap-south-1");
    let steps = plan["steps"].as_array().unwrap();
    for step in steps {
        let action = step["action"].as_str().unwrap();
        assert!(["create", "update", "keep", "human", "blocked"].contains(&action), "{step}");
        assert_eq!(step["origin"]["file"], "scripts/add_region.rhai");
        assert!(step["origin"]["line"].as_u64().unwrap() > 0, "{step}");
        assert!(!step["reason"].as_str().unwrap().is_empty() && step["findings"].is_array(), "{step}");
        for change in step["changes"].as_array().unwrap() {
            for part in ["field", "live", "wanted", "from"] {
                assert!(change.get(part).is_some(), "{change} has no {part}");
            }
        }
    }
    let counted: u64 = plan["summary"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(counted as usize, steps.len());
    let zone = steps.iter().find(|step| step["address"] == "hosted_zone/ap-south-1.dns").unwrap();
    assert_eq!(zone["action"], "create");
}

#[test]
fn an_apply_as_json_tells_each_thing_and_closes_with_the_counts() {
    let ended = Kept::new().run("apply", &["--yes", "--json"]).expect(0);
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, results) = lines.split_last().unwrap();
    assert!(
        results.iter().all(|line| line["type"] == "result" && line["outcome"].is_string()),
        "{results:?}"
    );
    let created = results.iter().filter(|line| line["outcome"] == "created").count();
    assert_eq!(summary["created"], created);
    assert_eq!(summary["failed"], 0);
}

#[test]
fn the_detailed_exit_code_tells_whether_there_is_something_to_do() {
    let kept = Kept::new();
    kept.run("plan", &["--detailed-exitcode"]).expect(2);
    kept.run("apply", &["--yes"]).expect(0);
    kept.run("plan", &["--detailed-exitcode"]).expect(0);
}

#[test]
fn what_changed_behind_its_back_is_shown_by_verify_and_mended_by_apply() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    {
        let sandbox = kept.sandbox();
        let bucket = "supertokens-saas-ap-south-1";
        sandbox
            .world()
            .s3
            .buckets
            .get_mut(bucket)
            .unwrap()
            .tags
            .insert("VantaOwner".to_owned(), "me".to_owned());
        sandbox.save(kept.file("world.json").as_ref()).unwrap();
    }
    let ended = kept.run("verify", &[]).expect(6);
    insta::assert_snapshot!(
        ended
            .out
            .lines()
            .filter(|line| line.contains('~') || line.contains("->"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    kept.run("apply", &["--yes"]).expect(0);
    kept.run("verify", &[]).expect(7);
}

#[test]
fn a_failure_keeps_only_what_needs_it_from_being_done() {
    let kept = Kept::new();
    let sandbox = Sandbox::seeded();
    sandbox.world().settings.denied.insert("s3:CreateBucket".to_owned());
    sandbox.save(kept.file("world.json").as_ref()).unwrap();
    let ended = kept.run("apply", &["--yes", "--json"]).expect(4);
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcome = |address: &str| {
        let line = lines.iter().find(|line| line["address"] == address);
        line.unwrap_or_else(|| panic!("nothing of {address}"))["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome("bucket/supertokens-s3-access-logs-ap-south-1"), "failed");
    // Both are made side by side, and neither can be.
    assert_eq!(outcome("bucket/supertokens-saas-ap-south-1"), "failed");
    assert_eq!(outcome("replication/supertokens-ssl/supertokens-saas-ap-south-1"), "skipped");
    assert_eq!(outcome("hosted_zone/ap-south-1.dns"), "created");
    assert_eq!(outcome("vpc_endpoint/default/s3"), "created");
    // The cause goes away: running again finishes, and the end is that of an undisturbed run.
    let sandbox = kept.sandbox();
    sandbox.world().settings.denied.clear();
    sandbox.save(kept.file("world.json").as_ref()).unwrap();
    kept.run("apply", &["--yes"]).expect(0);
    let undisturbed = Kept::new();
    undisturbed.run("apply", &["--yes"]).expect(0);
    let made = |kept: &Kept| kept.sandbox().world().clone().without_lease();
    let (mut finished, mut plain) = (made(&kept), made(&undisturbed));
    (finished.requests, plain.requests) = (0, 0);
    assert!(finished == plain, "the finished world is another one");
}

#[test]
fn no_address_of_people_is_shown_in_full() {
    let kept = Kept::new();
    for (verb, more) in
        [("plan", vec![]), ("plan", vec!["--json"]), ("apply", vec!["--yes", "--json"]), ("verify", vec![])]
    {
        let ended = kept.run(verb, &more);
        assert!(
            ![&ended.out, &ended.err].iter().any(|text| text.contains("alerts@example.com")),
            "{verb} {more:?}"
        );
    }
}

/// Metric and dimensions of the alarms of the production cluster, by the alarm's metric in its name.
fn watched(more: &[&str]) -> Vec<(String, String, String)> {
    let plan: Value =
        serde_json::from_str(&Kept::new().run("plan", &[&["--json"], more].concat()).expect(0).out).unwrap();
    let prefix = "alarm/db-supertokens-prod-ap-south-1 ";
    let mut all = vec![];
    for step in plan["steps"].as_array().unwrap() {
        let Some(name) = step["address"].as_str().unwrap().strip_prefix(prefix) else { continue };
        let changes = step["changes"].as_array().unwrap();
        let wanted = |field: &str| {
            let change = changes.iter().find(|change| change["field"] == field).unwrap();
            change["wanted"].to_string().replace(['"', '[', ']'], "")
        };
        all.push((name.to_owned(), wanted("metric"), wanted("dimensions")));
    }
    all
}

#[test]
fn alarms_of_clusters_watch_what_is_published_or_are_as_written() {
    let expected = |storage: &str, dimensions: &str| {
        ["FreeableMemory", "FreeStorageSpace", "CPUUtilization", "ReadIOPS"].map(|name| {
            let metric = if name == "FreeStorageSpace" { storage } else { name };
            (name.to_owned(), metric.to_owned(), dimensions.to_owned())
        })
    };
    let cluster = "supertokens-prod-ap-south-1";
    assert_eq!(watched(&[]), expected("FreeLocalStorage", &format!("DBClusterIdentifier={cluster}")));
    assert_eq!(
        watched(&["--set", "dimensions=as-written"]),
        expected("FreeStorageSpace", &format!("DbClusterIdentifier={cluster},EngineName=aurora"))
    );
    let wrong = Kept::new().run("plan", &["--set", "dimensions=aurora"]);
    assert!(wrong.err.contains("\"published\" or \"as-written\""), "{}", wrong.err);
}

#[test]
fn parameters_come_from_a_file_and_the_command_line_wins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("region.vars");
    let file = file.to_str().unwrap();
    std::fs::write(
        file,
        "# the team\nalert_email = alerts@example.com\n\nclusters = supertokens-prod-us-east-1, supertokens-dev-us-east-1\nowner = me@example.com\n",
    )
    .unwrap();
    let args = [
        "plan",
        "--region",
        "ap-south-1",
        "--sandbox",
        "--json",
        "--vars",
        file,
        "--set",
        "owner=you@example.com",
    ];
    let plan: Value = serde_json::from_str(&host(&args).expect(0).out).unwrap();
    let steps = plan["steps"].as_array().unwrap();
    assert_eq!(
        steps.iter().filter(|step| step["address"].as_str().unwrap().starts_with("alarm/db-")).count(),
        2 * 4
    );
    let bucket = steps.iter().find(|step| step["address"] == "bucket/supertokens-saas-ap-south-1").unwrap();
    let owner = bucket["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["field"] == "tags.VantaOwner")
        .unwrap();
    assert_eq!(owner["wanted"], "you@example.com");

    std::fs::write(file, "alert_email\n").unwrap();
    let ended = host(&["check", "--vars", file]).expect(64);
    assert!(ended.err.contains(":1: expected NAME=VALUE, got `alert_email`"), "{}", ended.err);
}

#[test]
fn colour_is_for_people_and_for_those_who_ask_for_it() {
    let plan = |more: &[&str]| {
        let args = ["plan", "tests/bad_input/sound.rhai", "--region", "ap-south-1", "--sandbox"];
        host(&[&args, more].concat()).expect(0).out
    };
    assert!(!plan(&[]).contains('\u{1b}'));
    assert!(!plan(&["--color", "never"]).contains('\u{1b}'));
    assert!(plan(&["--color", "always"]).contains('\u{1b}'));
}

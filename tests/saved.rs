//! Saved plans: what was reviewed is what is done, or nothing is, and it is told what changed.

use std::fs;

use serde_json::Value;
use supertokens_region::sandbox::logs::LogGroup;
use supertokens_region::{SavedPlan, World};

use crate::host::{Ended, host};
use crate::life::Kept;

const BUCKET: &str = "supertokens-saas-ap-south-1";

/// A kept AWS with a plan that was saved of it, by the standard script.
struct Reviewed {
    kept: Kept,
    plan: String,
}

impl Reviewed {
    fn new() -> Self {
        let kept = Kept::new();
        Self::of(kept)
    }

    fn of(kept: Kept) -> Self {
        let plan = kept.file("plan.json");
        kept.run("plan", &["--out", &plan]).expect(0);
        Self { kept, plan }
    }

    /// Applies it, with the region and the parameter given again.
    fn apply(&self, more: &[&str]) -> Ended {
        self.kept.run("apply", &[&["--plan", self.plan.as_str()], more].concat())
    }

    /// Changes the world behind its back.
    fn behind(&self, change: impl FnOnce(&mut World)) {
        let sandbox = self.kept.sandbox();
        change(&mut sandbox.world());
        sandbox.save(self.kept.file("world.json").as_ref()).unwrap();
    }

    /// Edits the file, and makes it whole again: as a file that was saved so.
    fn resaved(&self, edit: impl FnOnce(&mut SavedPlan)) {
        let mut saved = SavedPlan::parse(&self.text()).unwrap();
        edit(&mut saved);
        fs::write(&self.plan, saved.text().unwrap()).unwrap();
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.plan).unwrap()
    }
}

/// Ended as stale, changed nothing, and said so.
#[track_caller]
fn stale(reviewed: &Reviewed, more: &[&str], said: &[&str]) {
    let mut before = reviewed.kept.sandbox().world().clone();
    let ended = reviewed.apply(more).expect(8);
    let mut after = reviewed.kept.sandbox().world().clone();
    (before.requests, after.requests) = (0, 0);
    assert!(before == after, "something was changed");
    for said in said.iter().chain(&["stale: nothing was changed", "help: plan --out"]) {
        assert!(ended.err.contains(said), "`{said}` is not said:\n{}", ended.err);
    }
}

#[test]
fn a_saved_plan_is_applied_without_asking_and_only_once() {
    let reviewed = Reviewed::new();
    let sandbox = format!("--sandbox={}", reviewed.kept.file("world.json"));
    let set = ["--set", "alert_email=alerts@example.com"];
    let args = [&["apply", "--plan", &reviewed.plan, &sandbox], &set[..]].concat();
    host(&args).expect(0);
    reviewed.kept.run("verify", &[]).expect(7);
    stale(
        &reviewed,
        &[],
        &["things that were to be made or changed are as wanted now", "the plan was applied"],
    );
    let again = Reviewed::of(reviewed.kept);
    again.apply(&["--json"]).expect(0);
}

#[test]
fn the_file_is_for_people_and_programs_and_for_nobody_else() {
    let kept = Kept::new();
    let plan = kept.file("plan.json");
    let more = ["--set", "owner=hush@example.com", "--out", &plan, "--json"];
    let ended = kept.run("plan", &more).expect(0);
    assert!(ended.err.contains("apply --plan") && ended.err.contains("with the same --set"), "{}", ended.err);
    let text = fs::read_to_string(&plan).unwrap();
    assert!(text.lines().count() > 1000, "it is not pretty");
    let saved: Value = serde_json::from_str(&text).unwrap();
    let shown: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(saved["plan"], shown);
    assert!(!text.contains("alerts@example.com"), "an address is in it");
    // The owner is in tags, which plans show; nowhere else.
    assert!(!saved["inputs"].to_string().contains("hush"));
    assert_eq!(saved["inputs"]["script"], "scripts/add_region.rhai");
    let params: Vec<_> = saved["inputs"]["params"].as_object().unwrap().keys().collect();
    assert_eq!(params, ["alert_email", "owner"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&plan).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_it_was_made_from_must_be_the_same_and_all_that_is_not_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (script, module, extra) = (path("main.rhai"), path("names.rhai"), path("extra.rhai"));
    fs::write(&module, "export const NAME = \"first\";\n").unwrap();
    let text = "import \"names\" as names;\nlet region = new_region();\nlet owner = param(\"owner\", \"nobody\");\nregion.add(topic(names::NAME).tag(\"owner\", owner).tag(\"secret\", param(\"secret\", \"\")));\n";
    fs::write(&script, text).unwrap();
    let (plan, world) = (path("plan.json"), format!("--sandbox={}", path("world.json")));
    let plan = plan.as_str();
    let run = |args: &[&str]| host(&[args, &[world.as_str()]].concat());
    run(&["plan", &script, "--region", "ap-south-1", "--set", "owner=me", "--out", plan]).expect(0);
    fs::write(&module, "export const NAME = \"second\";\n").unwrap();
    fs::write(&script, format!("{text}\n// more")).unwrap();
    let calls = path("calls.jsonl");
    let more = ["--region", "eu-central-1", "--set", "secret=hush", "--calls", &calls];
    let ended = run(&[&["apply", "--plan", plan], &more[..]].concat()).expect(8);
    let said = [
        "the region: ap-south-1 -> eu-central-1",
        "main.rhai` was edited",
        "names.rhai` was edited",
        "the parameter `owner` was given, and is not",
        "the parameter `secret` is given, and was not",
    ];
    for said in said {
        assert!(ended.err.contains(said), "`{said}`:\n{}", ended.err);
    }
    assert!(!ended.err.contains("hush") && !ended.err.contains("first"), "{}", ended.err);
    let calls = fs::read_to_string(&calls).unwrap();
    assert!(calls.lines().all(|line| line.contains("GetCallerIdentity")), "more was asked:\n{calls}");

    // Another value of a parameter, a module that is gone, and one more that is imported.
    fs::write(&script, text).unwrap();
    fs::remove_file(&module).unwrap();
    let ended = run(&["apply", "--plan", plan, "--set", "owner=you"]).expect(8);
    assert!(ended.err.contains("the parameter `owner` has another value"), "{}", ended.err);
    assert!(ended.err.contains("names.rhai` is not there"), "{}", ended.err);
    fs::write(&module, "export const NAME = \"first\";\n").unwrap();
    fs::write(&extra, "").unwrap();
    run(&["apply", "--plan", plan, "--set", "owner=me", "--region", "ap-south-1"]).expect(0);
}

#[test]
fn another_version_of_the_program_or_another_account_is_stale() {
    let reviewed = Reviewed::new();
    reviewed.resaved(|saved| saved.tool = "0.0.1".to_owned());
    stale(&reviewed, &[], &["this program: version 0.0.1 -> "]);
    let reviewed = Reviewed::new();
    reviewed.behind(|world| world.account = "999999999999".to_owned());
    stale(&reviewed, &[], &["the account of the credentials: 123456789012 -> 999999999999"]);
    let text = reviewed.text().replacen("\"format\": 1", "\"format\": 2", 1);
    fs::write(&reviewed.plan, text).unwrap();
    stale(&reviewed, &[], &["it has the format 2, where this program knows 1"]);
}

#[test]
fn what_changed_in_aws_is_named_with_its_fields_before_and_now() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    let tag = |world: &mut World, key: &str, value: &str| {
        world.s3.buckets.get_mut(BUCKET).unwrap().tags.insert(key.to_owned(), value.to_owned());
    };
    let reviewed = Reviewed::of(kept);
    // What was as wanted is so no more; a tag that is nobody's business doesn't count.
    reviewed.behind(|world| tag(world, "Theirs", "1"));
    reviewed.apply(&[]).expect(0);
    reviewed.behind(|world| tag(world, "VantaOwner", "me"));
    let bucket = format!("`bucket/{BUCKET}` was as wanted, and is there, with other fields than wanted");
    stale(&reviewed, &[], &[&bucket, "tags.VantaOwner: rishabh@supertokens.com -> me"]);
    // What is to be changed is as it was, or else that is told, whoever set it.
    let reviewed = Reviewed::of(reviewed.kept);
    reviewed.behind(|world| {
        tag(world, "VantaOwner", "you");
        tag(world, "Theirs", "2");
    });
    let bucket = format!("`bucket/{BUCKET}` is not as it was");
    stale(&reviewed, &[], &[&bucket, "tags.VantaOwner: me -> you", "tags.Theirs: 1 -> 2"]);
    // What is there no more.
    let reviewed = Reviewed::of(reviewed.kept);
    reviewed.behind(|world| {
        let topics = &mut world.sns.topics;
        topics
            .retain(|topic, _| !topic.ends_with("ap-south-1:123456789012:CloudWatch_Alarms_AP_South_1_RDS"));
    });
    stale(&reviewed, &[], &["`topic/CloudWatch_Alarms_AP_South_1_RDS` was as wanted, and is not there"]);
}

#[test]
fn what_changes_by_itself_does_not_make_a_plan_stale() {
    let reviewed = Reviewed::new();
    reviewed.behind(|world| {
        world.clock += 86_400;
        // One object more to be copied, one log group more to be set.
        let objects = &mut world.s3.buckets.get_mut("supertokens-ssl").unwrap().objects;
        let object = objects.versions.keys().find_map(|key| objects.current(key)).unwrap().clone();
        objects.put("one-more", world.clock, object);
        let group = "arn:aws:logs:ap-south-1:123456789012:log-group:/aws/lambda/new";
        world.logs.groups.insert(group.to_owned(), LogGroup::default());
    });
    reviewed.apply(&[]).expect(0);
    reviewed.kept.run("verify", &[]).expect(7);
}

#[test]
fn after_an_apply_that_ended_half_way_the_plan_is_stale_and_says_so() {
    let reviewed = Reviewed::new();
    reviewed.behind(|world| world.settings.denied.extend(["s3:CreateBucket".to_owned()]));
    reviewed.apply(&[]).expect(4);
    reviewed.behind(|world| world.settings.denied.clear());
    stale(
        &reviewed,
        &[],
        &["things that were to be made or changed are as wanted now, such as", "at least in part"],
    );
    Reviewed::of(reviewed.kept).apply(&[]).expect(0);
}

#[test]
fn a_plan_that_a_finding_stops_is_saved_and_stops_when_it_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (script, plan, world) =
        (path("open.rhai"), path("plan.json"), format!("--sandbox={}", path("world.json")));
    let text = "let region = new_region();\nlet vpc = region.add(vpc(\"default\"));\nregion.add(security_group(\"db\").in_vpc(vpc).allow(tcp(5432), \"0.0.0.0/0\"));\n";
    fs::write(&script, text).unwrap();
    host(&["plan", &script, "--region", "ap-south-1", &world, "--out", &plan]).expect(5);
    let ended = host(&["apply", "--plan", &plan, &world]).expect(5);
    assert!(ended.err.contains("1 finding stops this plan"), "{}", ended.err);
}

#[test]
fn a_file_that_is_no_whole_saved_plan_is_refused() {
    let reviewed = Reviewed::new();
    let whole = reviewed.text();
    let edited = whole.replacen("\"action\": \"keep\"", "\"action\": \"create\"", 1);
    assert_ne!(edited, whole);
    let cut = &whole[..whole.len() / 2];
    let cases = [
        (edited.as_str(), "it was edited after it was saved"),
        (cut, "it is not a saved plan, or not all of one: line "),
        (whole.trim_end(), "it was edited after it was saved"),
        ("", "it is not a saved plan"),
        ("{}", "it is not a saved plan, or not all of one: line 1, column 2"),
        ("let region = new_region();", "it is not a saved plan"),
        ("\"hush\"", "it is not a saved plan, or not all of one: line 1, column 6"),
    ];
    for (text, said) in cases {
        fs::write(&reviewed.plan, text).unwrap();
        let ended = reviewed.apply(&[]).expect(64);
        assert!(ended.err.contains(said) && !ended.err.contains("hush"), "{said}: {}", ended.err);
    }
    fs::remove_file(&reviewed.plan).unwrap();
    assert!(reviewed.apply(&[]).expect(64).err.contains("can't read"));
}

#[test]
fn a_plan_that_can_not_be_written_leaves_the_older_one_as_it_was() {
    let reviewed = Reviewed::new();
    let before = reviewed.text();
    let missing = reviewed.kept.file("none/plan.json");
    assert!(reviewed.kept.run("plan", &["--out", &missing]).expect(1).err.contains("can't write"));
    let device = reviewed.kept.run("plan", &["--out", "/dev/null"]).expect(1);
    assert!(device.err.contains("can't write /dev/null: it is there, and is not a file"), "{}", device.err);
    assert_eq!(reviewed.text(), before);
}

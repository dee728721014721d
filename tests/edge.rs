//! The program's edge: nothing secret leaves it, nothing that was done is lost where nobody can hear of it, and no account
//! is touched but the expected one.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::host::{command, ended, host};
use crate::life::Kept;

/// A verb of the standard script on the embedded AWS, in a home of its own.
fn verb(verb: &str, more: &[&str]) -> (Command, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let args = [verb, "--region", "ap-south-1", "--set", "alert_email=alerts@example.com"];
    (command(&[&args, more].concat(), home.path()), home)
}

/// Where nothing can be written: the disk is full.
#[cfg(target_os = "linux")]
fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe that nobody reads any more.
#[cfg(unix)]
fn closed() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

#[cfg(target_os = "linux")]
#[test]
fn data_that_can_not_be_written_is_an_error() {
    for (name, more) in [("plan", vec!["--sandbox"]), ("verify", vec!["--sandbox"]), ("check", vec![])] {
        let (mut run, _home) = verb(name, &more);
        let ended = ended(run.stdout(full()));
        let expected = if name == "verify" { 6 } else { 1 };
        assert_eq!(ended.code, expected, "{name}: {}", ended.err);
        assert!(ended.err.contains("can't write to standard output: No space left"), "{}", ended.err);
    }
    let (mut run, _home) = verb("plan", &["--sandbox", "--json", "--detailed-exitcode"]);
    assert_eq!(ended(run.stdout(full())).code, 1);
    let home = tempfile::tempdir().unwrap();
    assert_eq!(ended(command(&["--help"], home.path()).stdout(full())).code, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn an_apply_whose_plan_can_not_be_shown_changes_nothing_and_one_that_has_begun_is_finished() {
    // As JSON, the plan is for people, on the standard error; the first data is what was done.
    for (more, verified) in [(vec!["--yes"], 6), (vec!["--yes", "--json"], 7)] {
        let kept = Kept::new();
        let sandbox = format!("--sandbox={}", kept.file("world.json"));
        let (mut run, _home) = verb("apply", &[&more[..], &[&sandbox]].concat());
        let ended = ended(run.stdout(full()));
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.err.contains("can't write to standard output: No space left"), "{}", ended.err);
        assert_eq!(ended.err.contains("created, "), verified == 7, "{}", ended.err);
        kept.run("verify", &[]).expect(verified);
    }
}

#[cfg(unix)]
#[test]
fn whoever_closes_the_pipe_does_not_want_the_rest_and_stops_nothing() {
    for silent in ["out", "err", "both"] {
        let kept = Kept::new();
        let sandbox = format!("--sandbox={}", kept.file("world.json"));
        for (name, more, code) in [("plan", None, 0), ("apply", Some("--yes"), 0), ("verify", None, 7)] {
            let (mut run, _home) = verb(name, &[&[sandbox.as_str()], more.as_slice()].concat());
            if silent != "err" {
                run.stdout(closed());
            }
            if silent != "out" {
                run.stderr(closed());
            }
            let ended = ended(&mut run);
            assert_eq!(ended.code, code, "{name} {silent}: {}", ended.err);
            assert!(!ended.err.contains("can't write"), "{}", ended.err);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_that_nobody_can_hear_ends_with_its_code() {
    let home = tempfile::tempdir().unwrap();
    let mut run = command(&["check", "nowhere.rhai"], home.path());
    assert_eq!(ended(run.stderr(full())).code, 64);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_what_the_program_writes() {
    use std::os::unix::fs::PermissionsExt;
    let kept = Kept::new();
    let (calls, plan) = (kept.file("calls.jsonl"), kept.file("plan.json"));
    kept.run("plan", &["--calls", &calls, "--out", &plan]).expect(0);
    for file in [&calls, &plan, &kept.file("world.json")] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn there_are_no_core_dumps_of_a_running_program() {
    // A pipe for a script: the program waits until somebody writes it.
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.rhai");
    assert!(Command::new("mkfifo").arg(&script).status().unwrap().success());
    let mut run = command(&["check", script.to_str().unwrap()], folder.path());
    let mut running = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Opens only when the program does: by then it has begun.
    let mut pipe = File::options().write(true).open(&script).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    std::io::Write::write_all(&mut pipe, b"new_region();").unwrap();
    drop(pipe);
    assert!(running.wait().unwrap().success());
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let numbers: Vec<_> = core.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(numbers, ["0", "0"], "{core}");
}

/// The operations that were asked, by the log of calls.
fn asked(calls: &str) -> Vec<String> {
    let operation = |line: &str| {
        let call: serde_json::Value = serde_json::from_str(line).unwrap();
        call["operation"].as_str().unwrap().to_owned()
    };
    fs::read_to_string(calls).unwrap().lines().map(operation).collect()
}

#[test]
fn another_account_is_asked_for_nothing_but_who_it_is() {
    let kept = Kept::new();
    let (calls, plan) = (kept.file("calls.jsonl"), kept.file("plan.json"));
    kept.run("plan", &["--out", &plan]).expect(0);
    let flag = ["--expect-account", "999999999999"];
    let parameter = ["--set", "account=999999999999"];
    for (verb, more) in [
        ("plan", &flag[..]),
        ("plan", &parameter),
        ("apply", &[&flag[..], &["--yes"]].concat()),
        ("apply", &[&parameter[..], &["--yes"]].concat()),
        ("apply", &[&flag[..], &["--plan", &plan]].concat()),
        ("verify", &flag),
        ("verify", &parameter),
    ] {
        let ended = kept.run(verb, &[more, &["--calls", &calls]].concat()).expect(3);
        assert!(
            ended.err.contains("are those of account 123456789012, not of 999999999999"),
            "{}",
            ended.err
        );
        assert_eq!(asked(&calls), ["GetCallerIdentity"], "{verb} {more:?}");
    }
    // The script's line is named; a check, which asks no AWS, takes any account.
    let ended = kept.run("plan", &parameter).expect(3);
    assert!(ended.err.contains("scripts/add_region.rhai:9:"), "{}", ended.err);
    host(&["check", "--set", "alert_email=a@example.com", "--set", "account=999999999999"]).expect(0);
}

#[test]
fn a_world_that_can_not_be_kept_is_told_after_what_was_done() {
    let missing = format!("--sandbox={}", Kept::new().file("none/world.json"));
    let (mut run, _home) = verb("apply", &["--yes", &missing]);
    let ended = ended(&mut run).expect(1);
    assert!(ended.out.contains("created, "), "{}", ended.out);
    assert!(ended.err.contains("can't write"), "{}", ended.err);
}

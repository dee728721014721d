//! Every operation of the standard script, with everything that can go wrong with it: the run ends well, or with the right
//! error, and the next one completes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use supertokens_region::{At, Aws, Disturbance, Disturbs, Error, Outcome, Sandbox};

use super::{Ended, open, paused, run, same, seeded, settled, try_all, undisturbed};

/// What goes wrong with an operation, one thing after the other, and how a run ends then.
pub struct Wrong {
    pub name: &'static str,
    /// What happens, and how often.
    what: &'static [(Disturbs, u32)],
    /// With operations that only read, or with those that write; with both by default.
    only: Option<Only>,
    pub ends: Ends,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Only {
    Reads,
    Writes,
}

/// How a run may end.
#[derive(Clone, Copy, PartialEq)]
pub enum Ends {
    /// All is done.
    Well,
    /// All is done that could be seen; the next run does the rest.
    Later,
    /// The operation's error is told; or all is done, where nothing hangs on the answer.
    Told,
    /// Anyhow, as long as it ends: whoever is told that there is nothing has to believe it.
    Anyhow,
    /// As forbidden; or all is done, where it does without.
    Forbidden,
    /// For want of credentials; or all is done.
    Credentials,
}

const ALWAYS: u32 = u32::MAX;

const fn both(name: &'static str, what: &'static [(Disturbs, u32)], ends: Ends) -> Wrong {
    Wrong { name, what, only: None, ends }
}

const fn reads(name: &'static str, what: &'static [(Disturbs, u32)], ends: Ends) -> Wrong {
    Wrong { name, what, only: Some(Only::Reads), ends }
}

const fn writes(name: &'static str, what: &'static [(Disturbs, u32)], ends: Ends) -> Wrong {
    Wrong { name, what, only: Some(Only::Writes), ends }
}

/// Faults that are survived for themselves follow one another in one case: each has to be, for the case to end well.
pub const WRONGS: [Wrong; 14] = [
    both(
        "throttled 3 times, then an answer after 30 s",
        &[(Disturbs::Throttled, 3), (Disturbs::Slow(30_000), 1)],
        Ends::Well,
    ),
    both(
        "status 500, status 503, connection reset, no answer",
        &[
            (Disturbs::Error500, 1),
            (Disturbs::Error503, 1),
            (Disturbs::ResetBefore, 1),
            (Disturbs::TimeOutBefore, 1),
        ],
        Ends::Well,
    ),
    reads("malformed answer twice", &[(Disturbs::Malformed, 2)], Ends::Well),
    reads("stale for 3 s", &[(Disturbs::Stale(3_000), ALWAYS)], Ends::Later),
    writes("malformed answer after its effect", &[(Disturbs::Malformed, 1)], Ends::Well),
    writes("status 500 after its effect", &[(Disturbs::Error500After, 1)], Ends::Well),
    writes("connection reset after its effect", &[(Disturbs::ResetAfter, 1)], Ends::Well),
    writes("no answer after its effect", &[(Disturbs::TimeOutAfter, 1)], Ends::Well),
    reads("empty answer", &[(Disturbs::Empty, 1)], Ends::Anyhow),
    writes("empty answer after its effect", &[(Disturbs::Empty, 1)], Ends::Anyhow),
    both("always status 500", &[(Disturbs::Error500, ALWAYS)], Ends::Told),
    both("always throttled", &[(Disturbs::Throttled, ALWAYS)], Ends::Told),
    both("access denied", &[(Disturbs::Denied, ALWAYS)], Ends::Forbidden),
    both("expired credentials", &[(Disturbs::Expired, ALWAYS)], Ends::Credentials),
];

/// An operation, such as `sns:CreateTopic`, and what goes wrong with it.
pub type Case = (String, &'static Wrong);

fn name((operation, wrong): &Case) -> String {
    format!("{operation}: {}", wrong.name)
}

/// Every operation that the script uses, with everything that can go wrong with it.
pub fn cases() -> Vec<Case> {
    let calls = undisturbed().calls.iter();
    let operations: BTreeMap<String, bool> =
        calls.map(|call| (format!("{}:{}", call.service, call.operation), call.reads())).collect();
    let fits = |wrong: &Wrong, reads: bool| wrong.only.is_none_or(|only| (only == Only::Reads) == reads);
    let of = |(operation, reads): (String, bool)| {
        WRONGS.iter().filter(move |wrong| fits(wrong, reads)).map(move |wrong| (operation.clone(), wrong))
    };
    operations.into_iter().flat_map(of).collect()
}

#[test]
fn whatever_goes_wrong_with_any_operation_the_next_run_completes() {
    let start = Instant::now();
    let cases = cases();
    let ended = try_all(&cases, name, |case| (case.1.name, disturbed(case)));
    let mut table: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, well) in ended {
        let row = table.entry(name).or_default();
        row.0 += 1;
        row.1 += usize::from(well);
    }
    println!("{} cases in {:?}: {table:#?}", cases.len(), start.elapsed());
}

/// Runs with this going wrong, and, where that doesn't end well, once more undisturbed. Tells whether the first one did.
fn disturbed(case: &Case) -> bool {
    static OF_SCRIPT: std::sync::LazyLock<BTreeSet<String>> = std::sync::LazyLock::new(|| {
        let calls = &undisturbed().calls[..undisturbed().of_script];
        calls.iter().map(|call| format!("{}:{}", call.service, call.operation)).collect()
    });
    let ((operation, wrong), case) = (case, name(case));
    let sandbox = Sandbox::new(seeded());
    let at = || At::Operation(operation.clone());
    sandbox.world().settings.disturbances =
        wrong.what.iter().map(|(what, times)| Disturbance { at: at(), times: *times, what: *what }).collect();
    let aws = Aws::sandbox(&sandbox);
    let region = &undisturbed().region;
    let ended = paused(async {
        if OF_SCRIPT.contains(operation) { run(&aws).await } else { open(region, &aws).await }
    });
    judge(&ended, operation, wrong.ends, &case);
    if wrong.ends == Ends::Anyhow && only_reads(operation) {
        return ended.well();
    }
    if !ended.well() || wrong.ends == Ends::Later {
        sandbox.world().settings.disturbances.clear();
        let next = paused(open(region, &Aws::sandbox(&Sandbox::clone(&sandbox))));
        assert!(next.well(), "{case}: the next run fails: {:#?}", next.errors());
    }
    same(&settled(&sandbox), &case);
    ended.well()
}

/// Whether AWS's name of the operation says that it changes nothing.
fn only_reads(operation: &str) -> bool {
    undisturbed()
        .calls
        .iter()
        .any(|call| operation == format!("{}:{}", call.service, call.operation) && call.reads())
}

fn judge(ended: &Ended, operation: &str, ends: Ends, case: &str) {
    let errors = ended.errors();
    let told = |is: fn(&Error) -> bool| {
        errors.iter().any(|error| is(error) && error.to_string().contains(&format!("`{operation}`")))
    };
    match ends {
        _ if ended.well() => {}
        Ends::Anyhow => {}
        // The policy is the answer, as it is; and to a HEAD there is none.
        Ends::Well
            if ["s3:GetBucketPolicy", "s3:HeadBucket"].contains(&operation) && case.contains("malformed") => {
        }
        Ends::Well | Ends::Later => panic!("{case}: {errors:#?}"),
        // The answer to a HEAD has no body that could say why: what it is told by is a conflict, or the status.
        _ if operation == "s3:HeadBucket" => assert!(!errors.is_empty(), "{case}"),
        Ends::Told => assert!(told(|_| true), "{case}: no error names it: {errors:#?}"),
        Ends::Forbidden => {
            assert!(told(|error| matches!(error, Error::Forbidden(_))), "{case}: not forbidden: {errors:#?}");
        }
        Ends::Credentials => {
            assert!(
                told(|error| matches!(error, Error::Credentials(_))),
                "{case}: other errors: {errors:#?}"
            );
        }
    }
    let Ended::Applied(report) = ended else { return };
    for done in &report.results {
        let Outcome::Skipped { because } = &done.outcome else { continue };
        let other = report.results.iter().find(|other| other.address == *because).map(|other| &other.outcome);
        let failed = other.is_some_and(|outcome| matches!(outcome, Outcome::Failed { .. }));
        assert!(failed, "{case}: {} was held up by {because}, which did not fail: {other:?}", done.address);
    }
}

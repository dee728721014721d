//! Random worlds, random regions, random faults, from fixed seeds: in the end all is as after a run that nothing disturbed,
//! what is foreign is as it was, and nothing is left to do.

mod drift;
mod foreign;
mod wish;

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use supertokens_region::{Action, At, Aws, Disturbance, Disturbs, Opening, Region, Sandbox, World};

use self::drift::Drift;
use self::wish::Wish;
use super::{Ended, open, paused, settled, undisturbed};

/// What a case is made of.
#[derive(Clone, Debug)]
struct Case {
    /// Which world of a run of the standard script it begins with; the first one is the seeded world.
    world: usize,
    /// What was made there before.
    before: Wish,
    /// What somebody changed then.
    drifts: Vec<Drift>,
    /// What is wanted.
    wish: Wish,
    /// What goes wrong.
    disturbances: Vec<Disturbance>,
}

fn disturbs() -> impl Strategy<Value = Disturbs> {
    prop_oneof![
        Just(Disturbs::Throttled),
        Just(Disturbs::Error500),
        Just(Disturbs::Error503),
        Just(Disturbs::Error500After),
        Just(Disturbs::TimeOutBefore),
        Just(Disturbs::TimeOutAfter),
        Just(Disturbs::ResetBefore),
        Just(Disturbs::ResetAfter),
        Just(Disturbs::Denied),
        Just(Disturbs::Expired),
        (500_u64..10_000).prop_map(Disturbs::Stale),
        (1_000_u64..90_000).prop_map(Disturbs::Slow),
        Just(Disturbs::DiesBefore),
        Just(Disturbs::DiesAfter),
    ]
}

/// At any call, or whenever some operation of the standard script is asked for; many of them in a row for stale reads.
fn disturbance() -> impl Strategy<Value = Disturbance> {
    let operation = any::<prop::sample::Index>().prop_map(|index| {
        let calls = &undisturbed().calls;
        let call = &calls[index.index(calls.len())];
        At::Operation(format!("{}:{}", call.service, call.operation))
    });
    let at = prop_oneof![3 => (1_u64..120).prop_map(At::Call), 1 => operation];
    (at, disturbs(), 1_u32..8).prop_map(|(at, what, times)| {
        let times = if matches!(what, Disturbs::Stale(_)) { times * 10 } else { times };
        Disturbance { at, what, times }
    })
}

fn case(wish: impl Strategy<Value = Wish> + Clone + 'static) -> impl Strategy<Value = Case> {
    let world = prop_oneof![2 => Just(0), 1 => 0..1000_usize];
    let parts = (world, wish.clone(), vec(drift::drift(), 0..4), wish, vec(disturbance(), 0..4));
    parts.prop_map(|(world, before, drifts, wish, disturbances)| Case {
        world,
        before,
        drifts,
        wish,
        disturbances,
    })
}

/// Holds the property for so many cases from this seed.
fn holds_for(cases: u32, seed: u64, wish: impl Strategy<Value = Wish> + Clone + 'static) {
    let config = Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 200,
        ..Config::default()
    };
    let start = std::time::Instant::now();
    let endings: Mutex<BTreeMap<String, u32>> = Mutex::default();
    let ended = TestRunner::new(config).run(&case(wish), |case| {
        let held = catch_unwind(AssertUnwindSafe(|| holds(&case)));
        let ending = held.map_err(|_| TestCaseError::fail("it doesn't hold: see above why"))?;
        *endings.lock().unwrap().entry(ending).or_default() += 1;
        Ok(())
    });
    let endings = endings.into_inner().unwrap();
    println!("{cases} cases in {:?}: {endings:#?}", start.elapsed());
    if let Err(error) = ended {
        panic!("{error}");
    }
    let conflicts: u32 =
        endings.iter().filter(|(ending, _)| ending.starts_with("refused")).map(|(_, n)| n).sum();
    assert!(conflicts * 4 <= cases, "too many cases are refused to say anything: {endings:#?}");
}

/// Holds the property for one case. Tells how the disturbed run ended.
fn holds(case: &Case) -> String {
    let wanted = case.wish.region();
    let start = begin(case);
    let planted = foreign::all(&start);

    let calm = Sandbox::new(start.clone());
    let ended = paused(open(&wanted, &Aws::sandbox(&calm)));
    untouched(&planted, &calm);
    if !ended.well() {
        // What is there can't be made what is wanted: that is refused, disturbed or not.
        return format!("refused: {:?}", ended.errors().first().map(ToString::to_string));
    }
    paused(nothing_is_left(&wanted, &calm));

    let sandbox = Sandbox::new(start);
    sandbox.world().settings.disturbances.clone_from(&case.disturbances);
    let ending = match paused(lives(&sandbox, open(&wanted, &Aws::sandbox(&sandbox)))) {
        None => "died",
        Some(ended) if ended.well() => "well",
        Some(_) => "failed",
    };
    untouched(&planted, &sandbox);
    let next = Sandbox::new(settled(&sandbox));
    let ended = paused(open(&wanted, &Aws::sandbox(&next)));
    assert!(ended.well(), "the next run fails: {:#?}", ended.errors());
    paused(nothing_is_left(&wanted, &next));
    let (end, calm) = (settled(&next), settled(&calm));
    if end != calm {
        let mut found = vec![];
        let tell = |world: &World| serde_json::to_value(world).unwrap();
        super::differ("", &tell(&calm), &tell(&end), &mut found);
        panic!("the world differs from that of a calm run:\n{}", found.join("\n"));
    }
    ending.to_owned()
}

/// What is foreign is as it was.
fn untouched(planted: &[(String, serde_json::Value)], sandbox: &Sandbox) {
    let changed = foreign::differences(planted, &foreign::all(&settled(sandbox)));
    assert!(changed.is_empty(), "what is foreign was changed: {changed:#?}");
}

/// What the case begins with.
fn begin(case: &Case) -> World {
    let worlds = &undisturbed().worlds;
    let sandbox = Sandbox::new(worlds[case.world % worlds.len()].1.clone());
    // Where that is refused, part of it is there: as good a world as any.
    paused(open(&case.before.region(), &Aws::sandbox(&sandbox)));
    let mut world = settled(&sandbox);
    for drift in &case.drifts {
        world = drift.apply(world);
    }
    foreign::plant(world)
}

/// Runs until it ends, or until a disturbance kills it.
async fn lives(sandbox: &Sandbox, run: impl Future<Output = Ended>) -> Option<Ended> {
    let (run, died) = (pin!(run), pin!(sandbox.died()));
    tokio::select! {
        ended = run => Some(ended),
        () = died => None,
    }
}

/// The plan is empty, and another apply makes only read calls and changes nothing.
async fn nothing_is_left(region: &Region, sandbox: &Sandbox) {
    let before = settled(sandbox);
    let aws = Aws::sandbox(sandbox);
    let writes: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = writes.clone();
    aws.on_call(move |call| {
        if !call.reads() {
            seen.lock().unwrap().push(call.operation.clone());
        }
    });
    let opening = Opening::discover(region, &aws).await.unwrap();
    let open: Vec<_> = opening
        .plan()
        .steps
        .iter()
        .filter(|step| !matches!(step.action, Action::Keep | Action::Human))
        .map(|step| (step.address.clone(), step.reason.clone(), step.changes.clone()))
        .collect();
    assert!(open.is_empty(), "something is left to do: {open:#?}");
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    let writes = writes.lock().unwrap();
    assert!(writes.is_empty(), "another apply writes: {writes:?}");
    assert!(settled(sandbox) == before, "another apply changes the world");
}

#[test]
fn what_the_builders_say_comes_true_whatever_is_there_and_whatever_goes_wrong() {
    holds_for(150, 1, wish::built());
}

#[test]
fn parts_of_the_standard_script_come_true_whatever_is_there_and_whatever_goes_wrong() {
    holds_for(40, 2, wish::standard());
}

//! AWS's rates, enforced by the embedded AWS as it documents them.

use std::sync::{Arc, Mutex};

use supertokens_region::sandbox::logs::LogGroup;
use supertokens_region::*;
use tokio::time::Instant;

use super::paused;

/// A world with so many functions and log groups in the region.
fn world(functions: usize, groups: usize) -> World {
    let mut world = Sandbox::seeded().world().clone();
    let there = world.lambda.regions.get_mut("eu-west-1").unwrap();
    let like = there.functions["telemetry-aggregator"].clone();
    for n in 0..functions {
        there.functions.insert(format!("function-{n:03}"), like.clone());
    }
    for n in 0..groups {
        let arn = format!("arn:aws:logs:ap-south-1:{}:log-group:/group/{n:04}", world.account);
        world.logs.groups.insert(arn, LogGroup::default());
    }
    world
}

/// How long a run takes on the tokio clock, with its calls.
async fn timed(sandbox: &Sandbox) -> (std::time::Duration, Vec<CallRecord>) {
    let aws = Aws::sandbox(sandbox);
    aws.set_rates(Rates::documented());
    let calls = Arc::new(Mutex::new(vec![]));
    let seen = calls.clone();
    aws.on_call(move |call| seen.lock().unwrap().push(call.clone()));
    let start = Instant::now();
    let ended = super::run(&aws).await;
    assert!(ended.well(), "{:#?}", ended.errors());
    let calls = calls.lock().unwrap().clone();
    (start.elapsed(), calls)
}

#[test]
fn three_hundred_functions_and_a_thousand_log_groups_are_not_throttled_and_take_no_longer_than_the_budgets() {
    paused(async {
        let sandbox = Sandbox::new(world(300, 1000));
        sandbox.world().settings.enforce_rates = true;
        let (took, calls) = timed(&sandbox).await;
        let throttled: Vec<_> = calls
            .iter()
            .filter(|call| call.outcome.contains("hrottl") || call.outcome.contains("Limit"))
            .collect();
        assert!(throttled.is_empty(), "{throttled:#?}");
        let mut spent: std::collections::BTreeMap<String, usize> = Default::default();
        for call in &calls {
            *spent.entry(format!("{}:{} {}", call.service, call.operation, call.region)).or_default() += 1;
        }
        println!("{took:?} {spent:#?}");
    });
}

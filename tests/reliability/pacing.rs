//! AWS's rates, enforced by the embedded AWS as it documents them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use supertokens_region::sandbox::logs::LogGroup;
use supertokens_region::*;
use tokio::time::Instant;

use super::{describe, paused};

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

/// How the services say that there were too many calls.
const THROTTLES: [&str; 5] =
    ["Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "TooManyRequestsException"];

/// What was asked and how long it took, part by part: nothing of one begins before the one before has ended.
struct Parts {
    calls: Arc<Mutex<Vec<CallRecord>>>,
    start: Instant,
    /// The least that the budgets allow for the parts so far.
    least: Duration,
}

impl Parts {
    /// Ends a part: adds what its tightest budget allows to the least.
    fn ended(&mut self) {
        let mut spent = BTreeMap::<Budget, (Rate, u32)>::new();
        for call in self.calls.lock().unwrap().drain(..) {
            assert!(!THROTTLES.contains(&call.outcome.as_str()), "{call:?}");
            for (budget, rate) in
                Rates::documented().of(&format!("{}:{}", call.service, call.operation), &call.region)
            {
                spent.entry(budget).or_insert((rate, 0)).1 += 1;
            }
        }
        let allows =
            |(rate, calls): &(Rate, u32)| f64::from(calls.saturating_sub(rate.burst)) / rate.per_second;
        let (budget, part) = spent.iter().max_by(|a, b| allows(a.1).total_cmp(&allows(b.1))).unwrap();
        println!("{budget:?}: {} calls take {:.1} s", part.1, allows(part));
        self.least += Duration::from_secs_f64(allows(part));
    }
}

#[test]
fn three_hundred_functions_and_a_thousand_log_groups_are_not_throttled_and_take_no_longer_than_the_budgets() {
    paused(async {
        let sandbox = Sandbox::new(world(300, 1000));
        sandbox.world().settings.enforce_rates = true;
        let aws = Aws::sandbox(&sandbox);
        aws.set_rates(Rates::documented());
        let mut parts = Parts { calls: Arc::default(), start: Instant::now(), least: Duration::ZERO };
        let seen = parts.calls.clone();
        aws.on_call(move |call| seen.lock().unwrap().push(call.clone()));
        let region = describe(&aws).await.unwrap();
        parts.ended();
        let opening = Opening::discover(&region, &aws).await.unwrap();
        parts.ended();
        let estimate = opening.plan().estimate.clone().unwrap();
        let report = opening.apply(|_| ()).await.unwrap();
        assert!(!report.failed(), "{}", report.text());
        parts.ended();
        let took = parts.start.elapsed();
        let ratio = took.as_secs_f64() / parts.least.as_secs_f64();
        println!("{took:?}, at least {:?}: {ratio:.3} times; the plan said {estimate}", parts.least);
        assert!(ratio <= 1.1, "{took:?} is {ratio:.3} times what the budgets allow");
        assert!(Duration::from_secs(estimate.seconds) <= took, "the plan promises too much: {estimate}");
    });
}

//! How many round trips follow one another: on the embedded AWS, each answer of which takes a second, on a clock that nobody
//! waits for. So the seconds that a run takes are its round trips, to the digit.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use supertokens_region::{Aws, CallRecord, Opening, Sandbox};
use tokio::time::Instant;

use crate::reliability::{describe, paused, seeded};

/// What an answer takes.
const ROUND_TRIP: Duration = Duration::from_secs(1);

/// The calls of a run, each with the round trip that it was, counted from 1.
struct Rounds {
    start: Instant,
    calls: Arc<Mutex<Vec<(u64, CallRecord)>>>,
}

impl Rounds {
    fn watch(aws: &Aws) -> Self {
        let (start, calls) = (Instant::now(), Arc::<Mutex<Vec<_>>>::default());
        let seen = calls.clone();
        aws.on_call(move |call| seen.lock().unwrap().push((start.elapsed().as_secs(), call.clone())));
        Self { start, calls }
    }

    fn depth(&self) -> f64 {
        self.start.elapsed().as_secs_f64() / ROUND_TRIP.as_secs_f64()
    }

    /// Which calls were made in which round trip.
    fn told(&self) -> String {
        let mut calls = self.calls.lock().unwrap().clone();
        calls.sort_by(|a, b| {
            (a.0, &a.1.service, &a.1.region, &a.1.operation).cmp(&(
                b.0,
                &b.1.service,
                &b.1.region,
                &b.1.operation,
            ))
        });
        let mut text = format!("{} calls, {} round trips\n", calls.len(), self.depth());
        let mut before = (0, String::new());
        for (round, call) in calls {
            let what = format!("{}:{} {}", call.service, call.operation, call.region);
            match (round, &what) == (before.0, &before.1) {
                true => text.push_str(" +"),
                false => write!(text, "\n{round:4} {what}").unwrap(),
            }
            before = (round, what);
        }
        text
    }
}

/// The seeded world after the standard script was applied.
async fn opened() -> Sandbox {
    let sandbox = Sandbox::new(seeded());
    let aws = Aws::sandbox(&sandbox);
    let region = describe(&aws).await.unwrap();
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    sandbox.world().settings.latency_millis = ROUND_TRIP.as_millis().try_into().unwrap();
    sandbox
}

#[test]
fn a_run_that_finds_everything_there_is_six_round_trips_deep() {
    paused(async {
        let sandbox = opened().await;
        let aws = Aws::sandbox(&sandbox).look();
        let rounds = Rounds::watch(&aws);
        let region = describe(&aws).await.unwrap();
        println!("script: {}", rounds.depth());
        let opening = Opening::discover(&region, &aws).await.unwrap();
        println!("{}", rounds.told());
        assert!(!opening.plan().has_changes(), "{}", opening.plan().text());
        assert!(rounds.depth() <= 6.0, "{}", rounds.told());
    });
}

#[test]
fn an_apply_of_everything_is_fourteen_round_trips_deep() {
    paused(async {
        let sandbox = Sandbox::new(seeded());
        sandbox.world().settings.latency_millis = ROUND_TRIP.as_millis().try_into().unwrap();
        let aws = Aws::sandbox(&sandbox).look();
        let rounds = Rounds::watch(&aws);
        let region = describe(&aws).await.unwrap();
        println!("script: {}", rounds.depth());
        let opening = Opening::discover(&region, &aws).await.unwrap();
        println!("discover: {}", rounds.depth());
        let report = opening.apply(|_| ()).await.unwrap();
        println!("{}", rounds.told());
        assert!(!report.failed(), "{}", report.text());
        assert!(rounds.depth() <= 14.0, "{}", rounds.told());
    });
}

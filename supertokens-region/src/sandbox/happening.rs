//! What goes on in a sandbox beside what is in its world: time, budgets that were spent, the past that stale reads tell.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{World, lock};
use crate::aws::{Budget, Rates};

/// How long the past is kept: no service is behind for longer.
const PAST: Duration = Duration::from_secs(60);

pub(super) struct Happening {
    start: Instant,
    latency: Mutex<Duration>,
    budgets: Mutex<HashMap<Budget, (Instant, f64)>>,
    /// What the world was until some time, newest last; kept while a disturbance makes reads stale.
    past: Mutex<VecDeque<(Instant, World)>>,
    dead: watch::Sender<bool>,
}

impl Happening {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            latency: Mutex::default(),
            budgets: Mutex::default(),
            past: Mutex::default(),
            dead: watch::Sender::new(false),
        }
    }

    /// How long the sandbox has been there.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// How long each answer takes at least.
    pub(super) fn latency(&self) -> Duration {
        *lock(&self.latency)
    }

    pub(super) fn set_latency(&self, latency: Duration) {
        *lock(&self.latency) = latency;
    }

    /// Whether AWS has room for one call more of this operation in this region; if so, it is spent.
    pub(super) fn spend(&self, operation: &str, region: &str) -> bool {
        let now = Instant::now();
        let mut budgets = lock(&self.budgets);
        let spends = Rates::documented().of(operation, region);
        for (budget, rate) in &spends {
            let (since, left) = budgets.entry(budget.clone()).or_insert((now, f64::from(rate.burst)));
            let filled = now.duration_since(*since).as_secs_f64() * rate.per_second;
            *left = (*left + filled).min(f64::from(rate.burst));
            *since = now;
        }
        let room = spends.iter().all(|(budget, _)| budgets[budget].1 >= 1.0 - 1e-6);
        for (budget, _) in spends.iter().filter(|_| room) {
            budgets.entry(budget.clone()).and_modify(|(_, left)| *left -= 1.0);
        }
        room
    }

    /// Notes what the world is, before it changes.
    pub(super) fn remember(&self, world: &World) {
        let now = Instant::now();
        let mut past = lock(&self.past);
        while past.front().is_some_and(|(until, _)| now.duration_since(*until) > PAST) {
            past.pop_front();
        }
        past.push_back((now, world.clone()));
    }

    /// What the world was so long ago; `None` where it has not changed since.
    pub(super) fn ago(&self, ago: Duration) -> Option<World> {
        let now = Instant::now();
        let past = lock(&self.past);
        past.iter().find(|(until, _)| now.duration_since(*until) < ago).map(|(_, world)| world.clone())
    }

    /// From here on no call is answered.
    pub(super) fn die(&self) {
        self.dead.send_replace(true);
    }

    pub(super) fn is_dead(&self) -> bool {
        *self.dead.borrow()
    }

    pub(super) async fn died(&self) {
        // The sender lives as long as this: waiting can't fail.
        let _ = self.dead.subscribe().wait_for(|dead| *dead).await;
    }
}

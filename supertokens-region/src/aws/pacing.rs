//! Spends the budgets: each call waits until AWS's rates leave room for it, so that AWS needs not refuse it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::retry::{ClientRateLimiter, RetryPartition, TokenBucket};
use tokio::time::Instant;

use super::rates::{Budget, Rate, Rates};

/// AWS counts when calls arrive, not when they leave: so a little of each rate is left alone.
const MARGIN: f64 = 0.95;

/// The budgets of a process, each by its name and region.
#[derive(Debug)]
pub(super) struct Pacing(Mutex<Budgets>);

#[derive(Debug)]
struct Budgets {
    rates: Rates,
    /// When each budget will be full again.
    full_at: HashMap<Budget, Instant>,
    /// What the SDK learns of throttles and failures, for each budget by itself.
    partitions: HashMap<Budget, RetryPartition>,
}

impl Pacing {
    pub(super) fn new(rates: Rates) -> Self {
        Self(Mutex::new(Budgets { rates, full_at: HashMap::new(), partitions: HashMap::new() }))
    }

    pub(super) fn set(&self, rates: Rates) {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *budgets = Budgets { rates, full_at: HashMap::new(), partitions: HashMap::new() };
    }

    pub(super) fn rates(&self) -> Rates {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rates.clone()
    }

    /// Where the SDK keeps what it learns of this operation's throttles and failures. By default it keeps one place a service
    /// and region for the whole process, where a throttled write slows all reads down.
    pub(super) fn partition(&self, operation: &str, region: &str, now: SystemTime) -> RetryPartition {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = budgets.rates.of(operation, region).into_iter().next();
        let service = || operation.split(':').next().unwrap_or_default().to_owned();
        let budget =
            own.map_or_else(|| Budget { name: service(), region: region.to_owned() }, |(budget, _)| budget);
        let new = || {
            let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
            RetryPartition::custom(budget.name.clone())
                .token_bucket(TokenBucket::default())
                .client_rate_limiter(ClientRateLimiter::new(since))
                .build()
        };
        budgets.partitions.entry(budget.clone()).or_insert_with(new).clone()
    }

    /// Spends one call of `operation` in `region`, and tells how long it has to wait. Whoever comes later waits longer.
    pub(super) fn spend(&self, operation: &str, region: &str) -> Duration {
        let now = Instant::now();
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = Duration::ZERO;
        for (budget, rate) in budgets.rates.of(operation, region) {
            let full_at = budgets.full_at.entry(budget).or_insert(now);
            wait = wait.max(spent(full_at, rate, now));
        }
        wait
    }
}

/// A budget that is full again at `full_at` has, until then, as many calls less as fill it in that time. The wait is for
/// what it lacks.
fn spent(full_at: &mut Instant, rate: Rate, now: Instant) -> Duration {
    let one = Duration::from_secs_f64(1.0 / (rate.per_second * MARGIN));
    *full_at = (*full_at).max(now) + one;
    let whole = one * rate.burst.max(1);
    full_at.saturating_duration_since(now).saturating_sub(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(pacing: &Pacing, operation: &str, region: &str, calls: usize) -> Vec<u128> {
        (0..calls).map(|_| pacing.spend(operation, region).as_millis()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_burst_calls_are_spread_at_the_rate() {
        let pacing = Pacing::new(Rates::parse("logs = 10, 2").unwrap());
        assert_eq!(waits(&pacing, "logs:TagResource", "a", 4), [0, 0, 105, 210]);
        assert_eq!(waits(&pacing, "logs:TagResource", "b", 1), [0], "each region has budgets of its own");
        assert_eq!(waits(&pacing, "s3:PutBucketPolicy", "a", 9), [0; 9], "what has no budget is not held up");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(waits(&pacing, "logs:TagResource", "a", 3), [0, 0, 105], "a pause fills it, and no more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_the_tightest_of_its_budgets() {
        let pacing = Pacing::new(Rates::parse("route53:CreateHostedZone = 1, 1\nroute53 = 10, 1").unwrap());
        assert_eq!(waits(&pacing, "route53:CreateHostedZone", "a", 2), [0, 1052]);
        assert_eq!(waits(&pacing, "route53:GetChange", "a", 1), [210]);
    }
}

//! How long an apply takes at least, and which of AWS's budgets binds it; pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aws::{Budget, Rate, Rates};
use crate::discover::Snapshot;
use crate::graph::Graph;
use crate::plan::{Action, Step};

/// The budget of AWS that an apply hangs on. It takes no less time than this; waiting for AWS (a cluster takes some 15
/// minutes to be made) comes on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Seconds, at least.
    pub seconds: u64,
    /// The budget: an operation, a service, or the reads of one.
    pub budget: String,
    /// How many calls spend of it, at least.
    pub calls: u64,
    /// How many of them AWS takes a second.
    pub per_second: f64,
}

/// Sums up what the steps to be done spend of each budget; `None` where nothing has to wait for any.
pub(crate) fn estimate(
    graph: &Graph,
    snapshot: &Snapshot,
    steps: &[Step],
    rates: &Rates,
) -> Option<Estimate> {
    let mut spent: BTreeMap<Budget, (Rate, u64)> = BTreeMap::new();
    for step in steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update)) {
        let wanted = &graph.nodes[&step.address].resource;
        for (operation, calls) in wanted.calls(snapshot.live(&step.address)) {
            for (budget, rate) in rates.of(operation, &graph.region) {
                spent.entry(budget).or_insert((rate, 0)).1 += calls;
            }
        }
    }
    let waits = spent.into_iter().map(|(budget, (rate, calls))| {
        let late = calls.saturating_sub(u64::from(rate.burst));
        #[expect(clippy::cast_precision_loss, reason = "calls of one run")]
        let seconds = late as f64 / rate.per_second;
        (seconds, budget.name, calls, rate.per_second)
    });
    let (seconds, budget, calls, per_second) = waits.max_by(|one, other| one.0.total_cmp(&other.0))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of one run")]
    let seconds = seconds.ceil() as u64;
    (seconds > 0).then_some(Estimate { seconds, budget, calls, per_second })
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seconds, budget, calls, per_second } = self;
        let time = match (seconds / 60, seconds % 60) {
            (0, seconds) => format!("{seconds} s"),
            (minutes, 0) => format!("{minutes} min"),
            (minutes, seconds) => format!("{minutes} min {seconds} s"),
        };
        write!(f, "at least {time}: {calls} calls of `{budget}`, of which AWS takes {per_second} a second")
    }
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use crate::*;

    async fn planned(alarms: usize, rates: Rates) -> Plan {
        let mut region = Region::new("ap-south-1");
        for n in 0..alarms {
            region.add(lambda_alarm(Errors, Max, 1).of(&*format!("function-{n}")));
        }
        let aws = Aws::sandbox(&Sandbox::new(World::default()));
        aws.set_rates(rates);
        Opening::discover(&region, &aws).await.unwrap().plan().clone()
    }

    #[tokio::test]
    async fn a_plan_tells_how_long_it_takes_and_which_budget_binds_it() {
        let plan = planned(303, Rates::documented()).await;
        let estimate = plan.estimate.clone().unwrap();
        assert_eq!((estimate.seconds, estimate.calls), (100, 303));
        assert_eq!(
            estimate.to_string(),
            "at least 1 min 40 s: 303 calls of `cloudwatch:PutMetricAlarm`, of which AWS takes 3 a second"
        );
        assert!(plan.text().contains("at least 1 min 40 s"));
    }

    #[tokio::test]
    async fn where_no_budget_binds_nothing_is_said() {
        assert_eq!(planned(3, Rates::documented()).await.estimate, None, "that is one burst");
        assert_eq!(planned(303, Rates::unlimited()).await.estimate, None);
    }
}

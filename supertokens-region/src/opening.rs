//! The line in one value, for callers who want all of it: what is wanted, what is there, and what is to be done.

use std::sync::Arc;

use crate::apply::{Event, Report, apply};
use crate::aws::{Aws, Identity};
use crate::discover::{Snapshot, discover};
use crate::error::Error;
use crate::graph::{Graph, Problem, graph};
use crate::ids::Ids;
use crate::lease::{LastSeen, Lease, Lock};
use crate::plan::{Plan, plan};
use crate::preflight::preflight;
use crate::region::Region;
use crate::verify::{Verification, verify};

/// A region that is being opened: discovered and planned, ready to be applied or verified.
#[derive(Debug)]
pub struct Opening {
    aws: Aws,
    identity: Identity,
    graph: Graph,
    ids: Ids,
    snapshot: Snapshot,
    plan: Plan,
    lock: Lock,
    /// What stood in the lease's parameter before it was read, or why that isn't known.
    lease: Result<Arc<LastSeen>, Error>,
}

/// Why a region could not be planned at all.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// What is wanted doesn't fit together: all problems at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Graph(Vec<Problem>),
    /// The account or region isn't the right one, or AWS can't be asked.
    #[error(transparent)]
    Aws(#[from] Error),
}

impl Opening {
    /// Checks what is wanted, then the account and region, then reads what is there and plans. Changes nothing.
    ///
    /// # Errors
    /// [`Refused::Graph`] before AWS is asked at all, [`Refused::Aws`] before anything is read.
    pub async fn discover(region: &Region, aws: &Aws) -> Result<Self, Refused> {
        let graph = graph(region).map_err(Refused::Graph)?;
        let aws = &aws.looking();
        let (name, account) = (&*graph.region, region.account.as_deref());
        // Before anything that may be out of date later. Of an account that may be the wrong one, nothing is read.
        let early = async {
            if account.is_none() {
                let _ = aws.list::<LastSeen>(name).await;
            }
            Ok(())
        };
        let (identity, ()) = tokio::try_join!(preflight(aws, name, account), early)?;
        let lease = aws.list::<LastSeen>(name).await;
        let ids = Ids::default();
        let snapshot = discover(&graph, aws, &identity, &ids).await;
        let plan = plan(&graph, &snapshot, &identity, &aws.rates());
        let lock = Lock::default();
        Ok(Self { aws: aws.afresh(), identity, graph, ids, snapshot, plan, lock, lease })
    }

    /// How [`Opening::apply`] keeps others away. Default: [`Lock::Take`].
    #[must_use]
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// What is to be done.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is wanted.
    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What is there.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Does what the plan says. `watch` is told as it goes. As long as it changes something, it has the region's lease
    /// (the parameter `/supertokens-region/lease`), so that no two applies of one region are at work at a time. Where there
    /// is nothing to do, none is taken.
    ///
    /// # Errors
    /// Before anything is changed: [`Error::Locked`] and its like when somebody else has the lease, or had it since the
    /// region was read; [`Error::Forbidden`] when the caller may not use the Parameter Store.
    pub async fn apply(&self, watch: impl Fn(Event<'_>) + Sync) -> Result<Report, Error> {
        let does_something = self.plan.has_changes() && self.plan.blocking().is_empty();
        if self.lock == Lock::Without || !does_something {
            return Ok(self.apply_through(&self.aws, watch).await);
        }
        let (owner, region) = (&self.identity.arn, &self.graph.region);
        let lease =
            Lease::take(&self.aws, owner, region, self.lease.as_ref().map_err(Clone::clone)?, self.lock)
                .await?;
        let report = self.apply_through(&lease.door(), watch).await;
        lease.release().await;
        Ok(report)
    }

    async fn apply_through(&self, aws: &Aws, watch: impl Fn(Event<'_>) + Sync) -> Report {
        apply(&self.graph, &self.plan, &self.snapshot, aws, &self.identity, &self.ids, watch).await
    }

    /// Whether it is as wanted and works, by what was read.
    #[must_use]
    pub fn verify(&self) -> Verification {
        verify(&self.plan)
    }
}

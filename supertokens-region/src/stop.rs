//! The one way to stop a run, whatever the reason: nothing new is started, what is in flight is finished, and waits that
//! only watch AWS work end.

use std::pin::pin;

use futures::future::select;
use serde::{Deserialize, Serialize};
use tokio::sync::watch::Sender;

/// Why a run was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Somebody asked for it: see [`crate::Aws::interrupt`].
    #[error("it was interrupted")]
    Interrupted,
    /// The lease that keeps others away is no longer held, so nothing may be changed any more.
    #[error("the lease was lost: {0}")]
    LeaseLost(String),
}

/// Tells whoever works that it is over. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    own: Sender<Option<Stopped>>,
    above: Option<Sender<Option<Stopped>>>,
}

impl Stop {
    /// One that stops when this one does, and may stop alone.
    pub(crate) fn below(&self) -> Self {
        Self { own: Sender::default(), above: Some(self.own.clone()) }
    }

    /// Stops. The first reason counts.
    pub(crate) fn stop(&self, why: Stopped) {
        self.own.send_if_modified(|now| {
            let first = now.is_none();
            now.get_or_insert(why);
            first
        });
    }

    /// Why it stopped; `None` as long as it goes on. Its own reason counts for more than the one above.
    pub(crate) fn why(&self) -> Option<Stopped> {
        let own = self.own.borrow().clone();
        own.or_else(|| self.above.as_ref()?.borrow().clone())
    }

    /// Ends when it stops.
    pub(crate) async fn stopped(&self) -> Stopped {
        let (mut own, mut above) =
            (self.own.subscribe(), self.above.as_ref().unwrap_or(&self.own).subscribe());
        loop {
            if let Some(why) = self.why() {
                return why;
            }
            // Neither fails: whoever waits here holds both senders.
            select(pin!(own.changed()), pin!(above.changed())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_below_stops_with_what_is_above_and_not_the_other_way_round() {
        let above = Stop::default();
        let (one, other) = (above.below(), above.below());
        assert!(one.stopped().now_or_never().is_none());
        let lost = Stopped::LeaseLost("somebody has it".to_owned());
        one.stop(lost.clone());
        assert_eq!((one.why(), other.why(), above.why()), (Some(lost.clone()), None, None));
        above.clone().stop(Stopped::Interrupted);
        assert_eq!(other.stopped().now_or_never(), Some(Stopped::Interrupted));
        assert_eq!(one.stopped().now_or_never(), Some(lost), "who may not write any more must know");
    }

    #[tokio::test]
    async fn whoever_waits_is_told_and_the_first_reason_counts() {
        let stop = Stop::default();
        let (waits, ()) = tokio::join!(stop.stopped(), async {
            tokio::task::yield_now().await;
            stop.stop(Stopped::Interrupted);
            stop.stop(Stopped::LeaseLost(String::new()));
        });
        assert_eq!((waits, stop.why()), (Stopped::Interrupted, Some(Stopped::Interrupted)));
    }
}

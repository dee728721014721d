//! What is known by now of the things that are wanted: AWS's ids of them, and how far they are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use futures::lock::OwnedMutexGuard;
use tokio::sync::Notify;

use crate::address::{Address, Ref};
use crate::error::Error;
use crate::kind::Kind;

/// Addresses and AWS's ids, both ways, fed by reads and applies: `apply` resolves with it, `read` retells with it.
#[derive(Debug, Default)]
pub struct Ids {
    known: RwLock<BTreeMap<Address, String>>,
    /// Held by whoever makes something that several things share.
    making: Mutex<BTreeMap<Address, Arc<Turn>>>,
    way: Mutex<Way>,
    changed: Notify,
}

type Turn = futures::lock::Mutex<()>;

/// How far things are in an apply.
#[derive(Debug, Default)]
struct Way {
    reached: BTreeMap<Address, Stage>,
    /// What will get no further, each with the thing that failed.
    lost: BTreeMap<Address, Address>,
}

/// How far a thing is in an apply, as far as others wait for it: each stage comes after the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It is there, so that others can refer to it: a bucket keeps versions, if it is to.
    Usable,
    /// The log groups that come with it are there.
    HasLogGroups,
    /// It is as it is wanted.
    Done,
}

impl Ids {
    pub(crate) fn put(&self, address: &Address, id: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(address.clone(), id.to_owned());
    }

    /// A new apply begins: nothing has got anywhere yet.
    pub(crate) fn begin(&self) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Way::default();
    }

    /// It is so far by now.
    pub(crate) fn reach(&self, address: &Address, stage: Stage) {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let reached = way.reached.entry(address.clone()).or_insert(stage);
        *reached = stage.max(*reached);
        drop(way);
        self.changed.notify_waiters();
    }

    /// It won't get any further, because of this failure of it or above it: whoever waits for it needn't.
    pub(crate) fn lose(&self, address: &Address, because: &Address) {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        way.lost.insert(address.clone(), because.clone());
        drop(way);
        self.changed.notify_waiters();
    }

    /// The failure that keeps it from getting any further.
    pub(crate) fn lost(&self, address: &Address) -> Option<Address> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner).lost.get(address).cloned()
    }

    /// Waits until it is so far: for what stands in [`Kind::awaits`].
    ///
    /// # Errors
    /// [`Error::Needs`] when it won't get there.
    pub(crate) async fn reached(&self, address: &Address, stage: Stage) -> Result<(), Error> {
        loop {
            let changed = self.changed.notified();
            {
                let way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
                if way.reached.get(address).is_some_and(|reached| *reached >= stage) {
                    return Ok(());
                }
                if way.lost.contains_key(address) {
                    return Err(Error::Needs(address.clone()));
                }
            }
            changed.await;
        }
    }

    /// AWS's id of this address, where it is known.
    pub(crate) fn of(&self, address: &Address) -> Option<String> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// Waits until nobody else makes what has this address, and keeps others from it as long as what it gives lives.
    pub(crate) async fn turn(&self, address: &Address) -> OwnedMutexGuard<()> {
        let turn = {
            let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            making.entry(address.clone()).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// AWS's id of what `reference` names.
    ///
    /// # Errors
    /// [`Error::Needs`] when it was neither read nor made yet.
    pub fn id<K: Kind>(&self, reference: &Ref<K>) -> Result<String, Error> {
        let address = reference.address();
        self.of(&address).ok_or(Error::Needs(address))
    }

    /// The reference that this id belongs to; one that it doesn't know is told as `foreign:` and the id.
    pub fn name_of<K: Kind>(&self, id: &str) -> Ref<K> {
        let ids = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = ids.iter().find(|(address, known)| *known == id && address.word() == K::WORD);
        match known {
            Some((address, _)) => Ref::new(address.name()),
            None => Ref::new(&format!("foreign:{id}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_waits_for_a_stage_goes_on_at_that_one_and_at_any_later_one() {
        let (ids, bucket) = (Ids::default(), Address::new("bucket", "a"));
        let waits = |stage| ids.reached(&bucket, stage).now_or_never();
        assert_eq!(waits(Stage::Usable), None);
        ids.reach(&bucket, Stage::HasLogGroups);
        assert_eq!([waits(Stage::Usable), waits(Stage::HasLogGroups)], [Some(Ok(())), Some(Ok(()))]);
        ids.reach(&bucket, Stage::Usable);
        assert_eq!(
            [waits(Stage::HasLogGroups), waits(Stage::Done)],
            [Some(Ok(())), None],
            "nothing goes back"
        );
    }

    #[test]
    fn what_is_lost_is_waited_for_no_longer_but_what_it_reached_stays() {
        let (ids, bucket) = (Ids::default(), Address::new("bucket", "a"));
        let lost = Error::Needs(bucket.clone());
        ids.reach(&bucket, Stage::Usable);
        let waiting = ids.reached(&bucket, Stage::Done);
        ids.lose(&bucket, &Address::new("vpc", "b"));
        assert_eq!(ids.lost(&bucket), Some(Address::new("vpc", "b")));
        assert_eq!(waiting.now_or_never(), Some(Err(lost)));
        assert_eq!(ids.reached(&bucket, Stage::Usable).now_or_never(), Some(Ok(())));
        ids.begin();
        assert_eq!(ids.reached(&bucket, Stage::Usable).now_or_never(), None, "a new apply begins anew");
    }

    #[tokio::test]
    async fn whoever_waits_is_told() {
        let (ids, bucket) = (Ids::default(), Address::new("bucket", "a"));
        let told = async {
            tokio::task::yield_now().await;
            ids.reach(&bucket, Stage::Done);
        };
        assert_eq!(tokio::join!(ids.reached(&bucket, Stage::Done), told).0, Ok(()));
    }
}

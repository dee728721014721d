//! Keeps two applies of one region apart: a lease, kept in the region's Parameter Store, that one run has at a time.
//!
//! **Who has it.** Parameter Store can't write under a condition, but it numbers the versions of a parameter without a gap,
//! answers each write with its number, and tells each version's text. So each text says upon which version it was written
//! (`follows`), and a version *stands* if it came to be right behind that one. All others are *void*: whoever wrote them
//! was too late, and they mean nothing. The lease is what the last standing version says.
//!
//! That makes a write a compare-and-swap. Of any number of writes upon version 7 only one becomes version 8; the others
//! become 9 and more, and are void for everybody who reads them. Since a standing version was written right upon what its
//! writer had read and judged, there was nothing in between that it overlooked: the standing versions are one chain, in
//! which each link was allowed by the one before. Nobody is told of a loss in time, and nobody has to be: who wrote knows
//! by the number in the answer whether its version stands, and where that is not clear (an answer that was lost, a write
//! that the SDK repeated), by reading the one version that would. Stale reads only make a write void. A void version costs
//! whoever has the lease one more write, upon the void one.
//!
//! **When it is over.** No clock of one host is compared with that of another. A reader takes both times from AWS's one
//! answer: the parameter's `LastModifiedDate`, and the `Date` at which it was told. The owner counts from *before* its last
//! write, for [`LENGTH`]; a reader from when AWS wrote it, for [`LENGTH`] and [`GRACE`]. So it is assumed that two minutes
//! are two minutes everywhere, give or take what is left of the grace, and that no attempt of a call takes effect later than
//! [`GRACE`] after it was let through: the door asks before each attempt of each write ([`Held::check`]), and attempts have
//! that time-out. Copies of large objects alone have a longer one; they never write over anything newer.
//!
//! Nothing is deleted: a lease is given back by a version that says `released`. AWS keeps the last hundred versions.

mod run;
mod store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::aws::{Aws, Listing};
use crate::error::{Error, Locked};
use crate::stop::{Stop, Stopped};
use crate::wait;
use run::{Alive, Run};
use store::{Seen, Store};

/// The parameter that the lease is kept in.
pub(crate) const PARAMETER: &str = "/supertokens-region/lease";
/// How long a lease holds after it was written. Long enough for three lost renewals, short enough to be waited for.
const LENGTH: Duration = Duration::from_secs(120);
/// How long others wait beyond that: the time-out of one attempt of a call, which may have begun in the last moment.
const GRACE: Duration = Duration::from_secs(60);
/// How often it is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(30);
/// The pause after a renewal that failed.
const TRIED_EVERY: Duration = Duration::from_secs(5);
/// Writes of others that came first, until it is given up. Each of them ends with somebody who has the lease.
const TRIES: usize = 5;

/// How an apply keeps others away from its region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lock {
    /// Takes the region's lease, unless somebody else has it.
    #[default]
    Take,
    /// As `Take`, and also where the lease has expired and its owner never gave it back. One that somebody keeps alive is
    /// never taken away.
    Steal,
    /// Takes none: whoever does this makes sure that nobody else is at work.
    Without,
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    state: State,
    #[serde(flatten)]
    run: Run,
    /// By AWS's clock, as is `expires`: for people who look at it.
    since: String,
    expires: String,
    /// The version that it was written upon; 0 where there was none.
    follows: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Held,
    Released,
}

/// The version that stands, as it was when a region was read. Whoever finds another one at the door knows that somebody has
/// been at work meanwhile, so that what was read may no longer be so. So it is read before anything else of the region.
#[derive(Debug)]
pub(crate) struct LastSeen {
    seen: Seen,
    at: Moment,
}

impl LastSeen {
    fn version(&self) -> Option<i64> {
        self.seen.stands.as_ref().map(|stands| stands.version)
    }
}

impl Listing for LastSeen {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let at = Moment::now();
        Ok(Self { seen: Store { aws, region }.look().await?, at })
    }
}

/// A lease that this run has, and keeps renewing until it is given back or dropped.
pub(crate) struct Lease {
    aws: Aws,
    held: Arc<Held>,
    keeper: JoinSet<()>,
    _alive: Alive,
}

impl Lease {
    /// Takes the lease. `last` is what was seen of it before the region was read.
    ///
    /// # Errors
    /// [`Error::Locked`] when somebody else has it, or had it since; or why AWS could not be asked.
    pub(crate) async fn take(
        aws: &Aws,
        owner: &str,
        region: &str,
        last: &LastSeen,
        lock: Lock,
    ) -> Result<Self, Error> {
        let alive = Alive::new(owner);
        let taken = taken(aws, &alive.0, region, last, lock).await?;
        let held = Arc::new(Held {
            run: alive.0.clone(),
            region: region.to_owned(),
            stop: aws.stop().below(),
            upon: tokio::sync::Mutex::new(taken.version),
            renewed: Mutex::new(taken.before),
            taken,
        });
        let mut keeper = JoinSet::new();
        keeper.spawn(keep(aws.clone(), held.clone()));
        Ok(Self { aws: aws.clone(), held, keeper, _alive: alive })
    }

    /// The door for what is done under this lease: it lets no write pass once the lease is lost.
    pub(crate) fn door(&self) -> Aws {
        let held = self.held.clone();
        self.aws.guarded(self.held.stop.clone(), Arc::new(move || held.check()))
    }

    /// Gives the lease back, unless it was lost. Where that fails, it expires by itself.
    pub(crate) async fn release(mut self) {
        self.keeper.shutdown().await;
        if self.held.check().is_ok()
            && let Err(error) = self.held.write(&self.aws, State::Released).await
        {
            tracing::warn!("the lease was not given back: {error}");
        }
    }
}

/// How the lease was taken.
struct Taken {
    /// The version that says so.
    version: i64,
    /// When, by AWS's clock, and the moment before it was written.
    date: SystemTime,
    before: Moment,
}

/// Becomes the one who has it.
async fn taken(aws: &Aws, me: &Run, region: &str, last: &LastSeen, lock: Lock) -> Result<Taken, Error> {
    let (store, planned) = (Store { aws, region }, last.version());
    let write = async |seen: &Seen, date| {
        let before = Moment::now();
        let claim = Claim::new(me, State::Held, date, date, seen.latest);
        let version = store.put(&claim).await?;
        Ok::<_, Error>(version.map(|version| Taken { version, date, before }))
    };
    // As a rule nobody wrote since: then it is written right upon what was seen, without another look.
    if allowed(&last.seen, me, region, planned, lock).is_ok()
        && let Some(taken) = write(&last.seen, last.seen.date + last.at.elapsed()).await?
    {
        return Ok(taken);
    }
    for _ in 0..TRIES {
        let seen = store.look().await?;
        allowed(&seen, me, region, planned, lock)?;
        if let Some(taken) = write(&seen, seen.date).await? {
            return Ok(taken);
        }
    }
    Err(Error::Conflict {
        message: format!("many are taking the lease of {region} at once"),
        hint: "see who else is at work there, then run again".to_owned(),
    })
}

/// Whether the lease may be taken, as it is.
fn allowed(seen: &Seen, me: &Run, region: &str, planned: Option<i64>, lock: Lock) -> Result<(), Error> {
    let Some(stands) = &seen.stands else { return Ok(()) };
    let claim = &stands.claim;
    let expired = seen.age(stands) >= LENGTH + GRACE;
    let ended = claim.state == State::Released
        || me.knows_ended(&claim.run, expired)
        || (expired && lock == Lock::Steal);
    let locked = |why: fn(Box<Locked>) -> Error| {
        why(Box::new(Locked {
            by: claim.run.to_string(),
            region: region.to_owned(),
            since: claim.since.clone(),
            until: claim.expires.clone(),
        }))
    };
    match () {
        () if !ended && expired => Err(locked(Error::LockExpired)),
        () if !ended => Err(locked(Error::Locked)),
        () if planned != Some(stands.version) => Err(locked(Error::ChangedMeanwhile)),
        () => Ok(()),
    }
}

impl Claim {
    fn new(run: &Run, state: State, since: SystemTime, now: SystemTime, follows: i64) -> Self {
        let (since, expires) = (store::text(since), store::text(now + LENGTH));
        Self { state, run: run.clone(), since, expires, follows }
    }
}

/// What the run, its keeper and its door know of the lease.
struct Held {
    run: Run,
    region: String,
    taken: Taken,
    stop: Stop,
    /// The last version that is known.
    upon: tokio::sync::Mutex<i64>,
    /// The moment before the last write that stands.
    renewed: Mutex<Moment>,
}

impl Held {
    fn renewed(&self) -> Moment {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something may still be written under it.
    fn check(&self) -> Result<(), Stopped> {
        if self.renewed().elapsed() >= LENGTH {
            self.lose(format!("it could not be renewed for {} s", LENGTH.as_secs()));
        }
        match self.stop.why() {
            Some(lost @ Stopped::LeaseLost(_)) => Err(lost),
            _ => Ok(()),
        }
    }

    fn lose(&self, how: String) {
        self.stop.stop(Stopped::LeaseLost(how));
    }

    /// Renews it, or gives it back. Void versions of others are written over as long as ours is the one that stands.
    ///
    /// # Errors
    /// Why AWS could not be asked. Losing it is none: see [`Held::check`].
    async fn write(&self, aws: &Aws, state: State) -> Result<(), Error> {
        let store = Store { aws, region: &self.region };
        let mut upon = self.upon.lock().await;
        for _ in 0..TRIES {
            let (before, since) = (Moment::now(), self.taken.date);
            let now = since + self.taken.before.elapsed();
            let claim = Claim::new(&self.run, state, since, now, *upon);
            if let Some(version) = store.put(&claim).await? {
                *upon = version;
                *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = before;
                return Ok(());
            }
            let seen = store.look().await?;
            let lost = match &seen.stands {
                Some(stands) if stands.claim.run == self.run => {
                    *upon = seen.latest;
                    continue;
                }
                Some(stands) => format!("{} has it", stands.claim.run),
                None => "its parameter is gone".to_owned(),
            };
            self.lose(lost);
            return Ok(());
        }
        Err(Error::Conflict {
            message: format!("many are taking the lease of {} at once", self.region),
            hint: "see who else is at work there".to_owned(),
        })
    }
}

/// Renews the lease until it is lost.
async fn keep(aws: Aws, held: Arc<Held>) {
    while held.check().is_ok() {
        let left = LENGTH.saturating_sub(held.renewed().elapsed());
        let renewed = async {
            wait::pause(RENEWED_EVERY).await;
            while held.write(&aws, State::Held).await.is_err() {
                wait::pause(TRIED_EVERY).await;
            }
        };
        // Whether it came too late is what `check` tells.
        let _ = timeout(left, renewed).await;
    }
}

/// A moment on this host. What went by since is told by two clocks, of which the larger counts: one stands still while the
/// host sleeps, the other may be set back.
#[derive(Clone, Copy, Debug)]
struct Moment(Instant, SystemTime);

impl Moment {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

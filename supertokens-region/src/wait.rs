//! The only place that sleeps. Every wait has an end, and says what it waits for.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::select;
use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::kind::Progress;

/// The first pause between two looks; each one is twice as long as the one before, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause between two looks: what takes minutes need not be asked for more often.
const LONGEST: Duration = Duration::from_secs(15);

/// Looks again and again, until there is something to see: `what` is awaited for no longer than `most`, and told with how
/// long that takes by now. It ends early when the run is stopped: what it waits for goes on without it.
///
/// # Errors
/// What `look` fails with, at once; [`Error::Stopped`]; [`Error::Conflict`] when the time is over.
pub(crate) async fn until<T, F>(
    progress: Progress<'_>,
    what: &str,
    most: Duration,
    mut look: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    let start = Instant::now();
    let end = start + most;
    let mut pause = FIRST;
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Conflict {
                message: format!("{what}: not so after {} s", most.as_secs()),
                hint: "look at it on AWS; run again to go on from here".to_owned(),
            });
        }
        if let Some(why) = progress.why_stopped() {
            return Err(Error::Stopped(why));
        }
        progress.say(&format!("waiting until {what}: {} s", start.elapsed().as_secs()));
        select(pin!(sleep(pause.min(left))), pin!(progress.stopped())).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// The wait until AWS's rates leave room for a call.
pub(crate) async fn for_budget(wait: Duration) {
    if !wait.is_zero() {
        sleep(wait).await;
    }
}

/// The pause before something is looked at again of which nobody knows whether it happened, or that AWS doesn't tell
/// everywhere yet: 1 s before the first look, twice as long before each next one.
pub(crate) async fn before_look(look: u32) {
    sleep(Duration::from_secs(1) * 2_u32.saturating_pow(look.saturating_sub(1)).min(16)).await;
}

/// A pause between two things that are done again and again.
pub(crate) async fn pause(pause: Duration) {
    sleep(pause).await;
}

/// The pause before an attempt of a request that the SDK doesn't repeat by itself; the first one needs none.
pub(crate) async fn before_attempt(attempt: u32) {
    if attempt > 1 {
        sleep(FIRST * 2_u32.saturating_pow(attempt - 2).min(16)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::stop::{Stop, Stopped};

    #[tokio::test(start_paused = true)]
    async fn it_looks_until_there_is_something() {
        let (start, looks) = (Instant::now(), Cell::new(0));
        let seen = until(Progress::default(), "three looks", Duration::from_secs(60), || {
            looks.set(looks.get() + 1);
            let seen = (looks.get() == 3).then_some("it");
            async move { Ok(seen) }
        });
        assert_eq!(seen.await, Ok("it"));
        assert_eq!(start.elapsed(), FIRST * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_and_says_what_it_waited_for() {
        let start = Instant::now();
        let never =
            until(Progress::default(), "version 2 of `X` is active", Duration::from_secs(60), || async {
                Ok(None::<()>)
            });
        let error = never.await.unwrap_err();
        assert_eq!(error.to_string(), "version 2 of `X` is active: not so after 60 s");
        assert_eq!(start.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_after_one_more_look_when_the_run_is_stopped() {
        let (start, stop, looks) = (Instant::now(), Stop::default(), Cell::new(0));
        let stopped = async {
            sleep(Duration::from_millis(100)).await;
            stop.stop(Stopped::Interrupted);
        };
        let progress = Progress::default().until(&stop);
        let never = until(progress, "it", Duration::from_secs(60), || {
            looks.set(looks.get() + 1);
            async { Ok(None::<()>) }
        });
        let (error, ()) = tokio::join!(never, stopped);
        assert_eq!(error, Err(Error::Stopped(Stopped::Interrupted)));
        assert_eq!((looks.get(), start.elapsed().as_millis()), (2, 100));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_fails_ends_it_at_once() {
        let needs = || Error::Needs(crate::address::Address::new("a", "b"));
        let failed = until(Progress::default(), "it", Duration::from_secs(60), || async {
            Err::<Option<()>, _>(needs())
        });
        assert_eq!(failed.await, Err(needs()));
    }
}

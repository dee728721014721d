//! Ctrl-C and its like. The first one stops what is being applied: what is in flight is finished, then the report tells what
//! is still open. One more, or one while nothing is being changed, ends the program at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::door::Door;
use crate::exit::Exit;
use crate::show;

/// What an interrupt would meet.
enum Now {
    /// Nothing that changes anything.
    Looking,
    Applying(Door),
    Stopping(Door),
}

fn now() -> MutexGuard<'static, Now> {
    static NOW: Mutex<Now> = Mutex::new(Now::Looking);
    NOW.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As long as this value lives, something is being changed, or it is told what was.
pub struct Applying(());

impl Applying {
    /// Through this door.
    pub fn through(door: &Door) -> Self {
        *now() = Now::Applying(door.clone());
        Self(())
    }
}

impl Drop for Applying {
    fn drop(&mut self) {
        *now() = Now::Looking;
    }
}

fn interrupted() {
    let mut now = now();
    *now = match std::mem::replace(&mut *now, Now::Looking) {
        Now::Applying(door) => {
            door.aws.interrupt();
            Now::Stopping(door)
        }
        Now::Stopping(door) => {
            // What the embedded AWS was told stays told, as with the real one.
            let _ = door.close();
            show::say("Interrupted again: run it again to finish.");
            at_once()
        }
        Now::Looking => {
            show::say("Interrupted: nothing was changed.");
            at_once()
        }
    };
}

/// Whoever waits for an answer, or hangs in a terminal that takes nothing, can't be asked to end.
fn at_once() -> ! {
    std::process::exit(Exit::Interrupted as i32)
}

/// Listens from here on, until the program ends. Where it can't, an interrupt kills as it always does.
#[cfg(unix)]
pub fn listen() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    for kind in kinds.into_iter().filter(|kind| !is_ignored(kind.as_raw_value())) {
        if let Ok(mut signals) = signal(kind) {
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    interrupted();
                }
            });
        }
    }
}

/// `nohup` and shells have signals ignored for programs that must go on without a terminal. Only Linux tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Listens from here on, until the program ends.
#[cfg(not(unix))]
pub fn listen() {
    tokio::spawn(async {
        while tokio::signal::ctrl_c().await.is_ok() {
            interrupted();
        }
    });
}

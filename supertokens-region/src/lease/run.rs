//! Which run on which machine holds a lease, and whether it is still there.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// A run, as it is told to others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    /// The ARN of the caller.
    pub(super) owner: String,
    /// The name of the host.
    pub(super) host: String,
    /// What tells this host's table of processes from all others, also from those of containers that are named alike:
    /// the boot and the process namespace. Empty where the system doesn't tell.
    pub(super) machine: String,
    /// The process.
    pub(super) process: u32,
    /// A random number, for runs in one process.
    pub(super) run: String,
}

impl Run {
    /// A new run of this process.
    fn new(owner: &str) -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self {
            owner: owner.to_owned(),
            host: host(),
            machine: machine().unwrap_or_default(),
            process: std::process::id(),
            run: format!("{random:016x}"),
        }
    }

    /// Whether the other one is known to have ended. Of one whose lease has expired, the name of the host is enough: it
    /// changes nothing any more in any case.
    pub(super) fn knows_ended(&self, other: &Self, expired: bool) -> bool {
        let here = !self.machine.is_empty() && self.machine == other.machine;
        let ended =
            if other.process == self.process { !alive().contains(&other.run) } else { !runs(other.process) };
        self.owner == other.owner && self.host == other.host && (here || expired) && ended
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` on {} (process {})", self.owner, self.host, self.process)
    }
}

/// A run of this process that goes on as long as this value lives.
pub(super) struct Alive(pub(super) Run);

impl Alive {
    pub(super) fn new(owner: &str) -> Self {
        let run = Run::new(owner);
        alive().insert(run.run.clone());
        Self(run)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        alive().remove(&self.0.run);
    }
}

/// The runs of this process that go on.
fn alive() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    static ALIVE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    ALIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// Linux tells both; where they can't be read, nothing is known.
fn machine() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), processes.display()))
}

/// Whether there is a process of this number. In doubt there is.
#[cfg(unix)]
fn runs(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_none_or(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn runs(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that has ended.
    fn ended() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    #[test]
    fn a_run_whose_process_is_gone_has_ended_and_one_of_another_machine_may_go_on() {
        let me = Alive::new("arn:me");
        let gone = Run { process: ended(), run: "other".to_owned(), ..me.0.clone() };
        assert!(me.0.knows_ended(&gone, false));
        let parent = Run { process: std::os::unix::process::parent_id(), ..gone.clone() };
        assert!(!me.0.knows_ended(&parent, true), "it is there");
        let elsewhere = Run { machine: "another boot".to_owned(), ..gone.clone() };
        assert!(!me.0.knows_ended(&elsewhere, false));
        assert!(me.0.knows_ended(&elsewhere, true), "nothing comes from it any more");
        for other in [
            Run { owner: "arn:you".to_owned(), ..gone.clone() },
            Run { host: "another".to_owned(), ..gone.clone() },
        ] {
            assert!(!me.0.knows_ended(&other, true));
        }
        let nowhere = Run { machine: String::new(), ..me.0.clone() };
        let untold = Run { machine: String::new(), ..gone };
        assert!(!nowhere.knows_ended(&untold, false), "two that don't know where they are");
    }

    #[test]
    fn a_run_of_the_same_process_has_ended_when_its_value_is_gone() {
        let (me, other) = (Alive::new("arn:me"), Alive::new("arn:me"));
        let run = other.0.clone();
        assert_ne!(me.0.run, run.run);
        assert!(!me.0.knows_ended(&run, false));
        drop(other);
        assert!(me.0.knows_ended(&run, false));
    }
}

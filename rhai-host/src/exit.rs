//! How the program ends: each exit code, once.

use std::process::ExitCode;

use supertokens_region::Error;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Ok = 0,
    /// Something went wrong, and nothing was changed; or what was changed could not be told as data.
    Error = 1,
    /// There is something to do (`plan --detailed-exitcode`).
    Changes = 2,
    /// No credentials, another account than expected, or something is forbidden.
    Credentials = 3,
    /// Some of it was applied: run again.
    Partly = 4,
    /// Something is not safe or would not work, and nobody waived it: nothing was changed.
    Finding = 5,
    /// It is not as wanted, or does not work.
    Drift = 6,
    /// All that the tool can do is done; people still have to do something.
    People = 7,
    /// The saved plan is not what would be done now: nothing was changed.
    Stale = 8,
    /// The command line makes no sense.
    Usage = 64,
    /// It was interrupted (Ctrl-C, SIGTERM, or its terminal went away): run again.
    Interrupted = 130,
}

/// What `--help` says about them.
pub const HELP: &str = "\
Exit codes:
  0   done, or nothing to do
  1   an error; nothing was changed, unless it says so
  2   changes present (plan --detailed-exitcode)
  3   credentials or permission
  4   partly applied: run again
  5   a finding that is not waived: nothing was changed
  6   not as wanted, or not working (verify)
  7   steps of people are outstanding (verify)
  8   a stale saved plan: nothing was changed (apply --plan)
  64  usage
  130 interrupted: nothing new was started; run again to finish";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::Forbidden(_) | Error::Credentials(_) | Error::WrongAccount { .. } => Self::Credentials,
            Error::Unwaived { .. } => Self::Finding,
            _ => Self::Error,
        }
    }
}

impl Exit {
    /// The same, unless it stands for a success whose data could not be given.
    #[must_use]
    pub fn unless_lost(self, lost: bool) -> Self {
        match self {
            Self::Ok | Self::Changes | Self::People if lost => Self::Error,
            other => other,
        }
    }
}

/// Shows what the command line's reader says: help goes to standard output and is a success.
pub fn usage(error: &clap::Error) -> ExitCode {
    let lost = error.print().is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.unless_lost(lost).into() }
}

//! What can go wrong with AWS, told so that a person knows what to do next.

mod action;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::lease::PARAMETER;
use crate::stop::Stopped;
use action::actions;

/// Why something could not be read or applied. Plain data: it goes into plans and reports as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// AWS knows the caller, who may not make this call.
    #[error("forbidden: {0}")]
    Forbidden(Box<Refusal>),
    /// There are no credentials, or AWS doesn't accept them (any more).
    #[error("no valid credentials: {0}")]
    Credentials(Box<Refusal>),
    /// No answer: no connection, or none in time.
    #[error("no answer: {0}")]
    Unreachable(Box<Refusal>),
    /// AWS answered with an error.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Something that this needs has no id yet: it could not be read, or isn't there.
    #[error("`{0}` is not known yet")]
    Needs(Address),
    /// What is there is not what may be touched, such as a bucket name that somebody else owns.
    #[error("{message}")]
    Conflict {
        /// What is in the way.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// What is there is not what it was a moment ago, or not what was just made: services tell everywhere what they made only
    /// after some seconds, or somebody else is at work.
    #[error("{message}")]
    AtOdds {
        /// What is not as it should be.
        message: String,
        /// What to do about it, should it stay so.
        hint: String,
    },
    /// A finding stops it, and nobody waived it.
    #[error("{message} [{rule}]")]
    Unwaived {
        /// The finding's rule.
        rule: String,
        /// What it says.
        message: String,
    },
    /// Somebody else is applying in this region.
    #[error("{} is applying in {}, since {}", .0.by, .0.region, .0.since)]
    Locked(Box<Locked>),
    /// Somebody else was applying in this region, and did not end well: the lease has expired, and was not given back.
    #[error("{} was applying in {}, since {}, and has not been heard of again after {}", .0.by, .0.region, .0.since, .0.until)]
    LockExpired(Box<Locked>),
    /// Somebody else has applied in this region after it was read.
    #[error("{} has applied in {} since it was read for this plan", .0.by, .0.region)]
    ChangedMeanwhile(Box<Locked>),
    /// The run was stopped before this was done, or was done to its end.
    #[error("stopped: {0}")]
    Stopped(Stopped),
    /// AWS has no region of this name.
    #[error("AWS knows no region `{region}`")]
    UnknownRegion {
        /// The name that was given.
        region: String,
        /// The most similar name that AWS knows.
        nearest: Option<String>,
    },
    /// The region exists, but this account has not enabled it.
    #[error("account {account} has not enabled the region `{region}`")]
    RegionNotEnabled {
        /// The region.
        region: String,
        /// The account.
        account: String,
    },
    /// The credentials belong to another account than the one that is expected.
    #[error("the credentials are those of account {found}, not of {expected}")]
    WrongAccount {
        /// The account that was asked for.
        expected: String,
        /// The account that the credentials belong to.
        found: String,
    },
}

/// Who has, or had, the lease of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Locked {
    /// The caller's ARN, the host and the process.
    pub by: String,
    /// The region.
    pub region: String,
    /// Since when, by AWS's clock: `2026-01-01T00:00:00Z`.
    pub since: String,
    /// Until when, unless it is renewed.
    pub until: String,
}

/// An AWS call that failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// The operation, as IAM names it: `sns:CreateTopic`.
    pub operation: String,
    /// The region that was asked.
    pub region: String,
    /// AWS's error code, such as `InvalidParameter`; empty when there was no answer.
    pub code: String,
    /// What AWS, or the connection, said.
    pub message: String,
    /// AWS's id of the last request, for its support.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// The HTTP status of the last answer; 0 when there was none.
    #[serde(default)]
    pub status: u16,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` in {}", self.operation, self.region)?;
        if !self.code.is_empty() {
            write!(f, ": {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match (&self.request_id, self.attempts) {
            (Some(id), 0..=1) => write!(f, " (request {id})"),
            (Some(id), n) => write!(f, " (request {id}, {n} attempts)"),
            (None, 0..=1) => Ok(()),
            (None, n) => write!(f, " ({n} attempts)"),
        }
    }
}

impl Error {
    /// AWS's error code, where AWS answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Forbidden(refusal) | Self::Credentials(refusal) | Self::Refused(refusal) => {
                Some(refusal.code.as_str())
            }
            _ => None,
        }
    }

    /// Whether nobody knows if the call did what it was asked: there was no answer, or none that can be read, or AWS
    /// failed with it.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused(refusal) => refusal.status >= 500 || (200..300).contains(&refusal.status),
            _ => false,
        }
    }

    /// Whether AWS says of what was just read or made that it is there already, not there, or being changed: what one reads
    /// and what is are not the same for some seconds, or somebody else works on it, too.
    #[must_use]
    pub fn is_at_odds(&self) -> bool {
        const SIGNS: [&str; 8] = [
            "AlreadyExist",
            "AlreadyOwned",
            "Duplicate",
            "Conflict",
            "NotFound",
            "NoSuch",
            "Concurrent",
            "Aborted",
        ];
        match self {
            Self::AtOdds { .. } => true,
            Self::Refused(refusal) => SIGNS.iter().any(|sign| refusal.code.contains(sign)),
            _ => false,
        }
    }

    /// What to do next, for the errors where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Forbidden(refusal) if LEASE.contains(&refusal.operation.as_str()) => {
                format!(
                    "allow {} on `parameter{PARAMETER}` for the role that you use, or make sure that nobody else applies \
                     there and add `--no-lock`",
                    LEASE.map(|operation| format!("`{operation}`")).join(" and ")
                )
            }
            Self::Forbidden(refusal) => {
                format!("allow {} for the role that you use, then run again", actions(&refusal.operation))
            }
            Self::Credentials(_) => {
                "sign in (`aws sso login`, or set AWS_PROFILE), then run again".to_owned()
            }
            Self::Unreachable(_) => {
                "check the network, the region's name and AWS_ENDPOINT_URL, then run again".to_owned()
            }
            Self::Conflict { hint, .. } | Self::AtOdds { hint, .. } => hint.clone(),
            Self::Unwaived { rule, .. } => {
                format!(
                    "mend it, or waive it where it is added: `.waive(\"{rule}\", \"why it is right here\")`"
                )
            }
            Self::Locked(locked) => {
                format!(
                    "run again when that is done; should it have died, its lease ends at {}",
                    locked.until
                )
            }
            Self::LockExpired(_) => "see that it really is at an end, then add `--steal-lock`".to_owned(),
            Self::ChangedMeanwhile(_) | Self::Stopped(_) => "run again to go on from here".to_owned(),
            Self::UnknownRegion { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownRegion { .. } => "see `aws ec2 describe-regions --all-regions`".to_owned(),
            Self::RegionNotEnabled { region, .. } => {
                format!(
                    "enable it (`aws account enable-region --region-name {region}`), wait until it is on, then run again"
                )
            }
            Self::WrongAccount { .. } => "choose the profile of the right account (AWS_PROFILE)".to_owned(),
            Self::Refused(_) | Self::Needs(_) => return None,
        })
    }
}

/// The calls of the lease, and of nothing else.
const LEASE: [&str; 2] = ["ssm:GetParameter", "ssm:PutParameter"];

/// Tells "there is none" from "it could not be read".
pub(crate) trait Absent<T> {
    /// `Ok(None)` where AWS answered one of these codes, which mean that there is none.
    fn absent(self, codes: &[&str]) -> Result<Option<T>, Error>;
}

impl<T, E: Into<Error>> Absent<T> for Result<T, E> {
    fn absent(self, codes: &[&str]) -> Result<Option<T>, Error> {
        match self.map_err(Into::into) {
            Ok(value) => Ok(Some(value)),
            Err(Error::Refused(refusal)) if codes.contains(&refusal.code.as_str()) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

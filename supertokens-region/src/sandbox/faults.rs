//! What can go wrong between a caller and AWS, on demand: settings of the world, so that each case can be told, kept and
//! repeated.

use serde::{Deserialize, Serialize};

use super::{Fault, Settings};

/// Something that goes wrong, and with which calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disturbance {
    /// Which calls.
    pub at: At,
    /// With how many of them; each one that it happens to counts it down.
    pub times: u32,
    /// What happens.
    pub what: Disturbs,
}

/// Calls that something goes wrong with. Each attempt is a call of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// The call of this number in the life of the world, and the next ones: see [`super::World::requests`].
    Call(u64),
    /// Calls of this operation, such as `sns:CreateTopic`.
    Operation(String),
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disturbs {
    /// AWS refuses it: too many calls.
    Throttled,
    /// AWS fails with status 500; nothing was done.
    Error500,
    /// AWS fails with status 503; nothing was done.
    Error503,
    /// AWS fails with status 500, after it did what was asked.
    Error500After,
    /// No answer ever comes; nothing was done.
    TimeOutBefore,
    /// No answer ever comes, though AWS did what was asked.
    TimeOutAfter,
    /// The connection breaks; nothing was done.
    ResetBefore,
    /// The connection breaks, after AWS did what was asked: the answer is lost.
    ResetAfter,
    /// AWS refuses it: the caller may not.
    Denied,
    /// AWS refuses it: the credentials have expired.
    Expired,
    /// A read tells what was there so many milliseconds ago; writes are not disturbed.
    Stale(u64),
    /// The answer takes so many milliseconds.
    Slow(u64),
    /// AWS does what was asked, and the answer is no answer.
    Malformed,
    /// AWS does what was asked, and the answer lacks all that it should tell.
    Empty,
    /// The caller dies; nothing was done. No call is answered from then on: see [`super::Sandbox::died`].
    DiesBefore,
    /// The caller dies, after AWS did what was asked.
    DiesAfter,
}

impl Disturbs {
    /// Whether AWS does nothing, and answers nothing.
    pub(super) fn loses_the_call(self) -> bool {
        matches!(self, Self::TimeOutBefore | Self::ResetBefore | Self::DiesBefore)
    }

    /// The error that AWS answers with instead of doing what is asked.
    pub(super) fn refusal(self, operation: &str) -> Option<Fault> {
        match self {
            Self::Throttled => Some(Fault::throttled(operation)),
            Self::Error500 => Some(failure()),
            Self::Error503 => {
                Some(Fault::new("ServiceUnavailable", "Service is unable to handle request.").status(503))
            }
            Self::Denied => Some(Fault::forbidden(operation)),
            Self::Expired => Some(Fault::expired(operation)),
            _ => None,
        }
    }
}

/// AWS's own failure.
pub(super) fn failure() -> Fault {
    Fault::new("InternalFailure", "We encountered an internal error. Please try again.").status(500)
}

impl Settings {
    /// What goes wrong with the call of this operation and number; it is counted down.
    pub(super) fn disturb(&mut self, operation: &str, number: u64) -> Option<Disturbs> {
        let hits = |at: &At| match at {
            At::Call(from) => number >= *from,
            At::Operation(name) => name == operation,
        };
        let disturbance = self.disturbances.iter_mut().find(|it| it.times > 0 && hits(&it.at))?;
        disturbance.times -= 1;
        Some(disturbance.what)
    }

    /// Whether some read may tell what was there before.
    pub(super) fn makes_stale(&self) -> bool {
        self.disturbances.iter().any(|it| it.times > 0 && matches!(it.what, Disturbs::Stale(_)))
    }
}

impl Fault {
    /// What each service answers to one call too many.
    pub(super) fn throttled(operation: &str) -> Self {
        let (code, status) = match operation.split(':').next() {
            Some("ec2") => ("RequestLimitExceeded", 503),
            Some("s3") => ("SlowDown", 503),
            Some("lambda") => ("TooManyRequestsException", 429),
            Some("logs" | "ssm") => ("ThrottlingException", 400),
            Some("tag") => ("ThrottledException", 400),
            _ => ("Throttling", 400),
        };
        Self::new(code, "Rate exceeded").status(status)
    }

    /// What each service answers when the credentials are too old.
    fn expired(operation: &str) -> Self {
        let (code, status) = match operation.split(':').next() {
            Some("ec2") => ("RequestExpired", 400),
            Some("s3") => ("ExpiredToken", 400),
            Some("logs" | "lambda" | "ssm" | "tag") => ("ExpiredTokenException", 403),
            _ => ("ExpiredToken", 403),
        };
        Self::new(code, "The security token included in the request is expired").status(status)
    }
}

/// A body that holds nothing, as the service's protocol has it.
pub(super) fn empty_body(operation: &str, content_type: &str) -> Vec<u8> {
    let name = operation.split(':').nth(1).unwrap_or_default();
    if content_type.contains("cbor") {
        vec![0xA0]
    } else if operation.starts_with("ec2:") {
        format!("<{name}Response/>").into_bytes()
    } else if content_type.contains("x-www-form-urlencoded") {
        format!("<{name}Response><{name}Result/></{name}Response>").into_bytes()
    } else if operation.starts_with("route53:") {
        format!("<{name}Response/>").into_bytes()
    } else if operation.starts_with("s3:") {
        format!("<{name}Result/>").into_bytes()
    } else {
        b"{}".to_vec()
    }
}

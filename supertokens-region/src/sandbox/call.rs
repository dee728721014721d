//! What a handler gets and gives: the call, and the fault.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::operation::BuildError;
use sha2::{Digest, Sha256};

use super::World;

/// One call on the world, in the region that its client was made for.
pub(super) struct Call<'w> {
    pub(super) world: &'w mut World,
    pub(super) region: String,
    /// The world's clock and the time that went by since, in seconds since 1970: for what gets old while a run goes on.
    pub(super) time: i64,
}

impl<'w> Call<'w> {
    pub(super) fn new(world: &'w mut World, region: &str, time: i64) -> Self {
        let region = region.to_owned();
        Self { world, region, time }
    }

    /// The account that everything belongs to, 12 digits.
    pub(super) fn account(&self) -> String {
        self.world.account.clone()
    }

    /// The world's time.
    pub(super) fn now(&self) -> DateTime {
        DateTime::from_secs(self.world.clock)
    }

    /// An id as AWS makes them (`sg-0` and 16 hex digits), unique across regions. It is made of the region and of what
    /// the thing is, not of a counter: so the same things have the same ids, in whichever order they were made.
    pub(super) fn id(&self, prefix: &str, what: &str) -> String {
        id(&self.region, prefix, what)
    }
}

/// See [`Call::id`].
pub(super) fn id(region: &str, prefix: &str, what: &str) -> String {
    let hash = Sha256::digest(format!("{region}\n{prefix}\n{what}"));
    let digits: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}0{digits}")
}

/// An error answer of AWS: its code and message, and the HTTP status and headers that come with it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault with status 400.
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into(), headers: vec![] }
    }

    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What each service answers to a caller who may not call `operation` (`sns:CreateTopic`).
    pub(super) fn forbidden(operation: &str) -> Self {
        let code = match operation.split(':').next() {
            Some("ec2") => "UnauthorizedOperation",
            Some("sns") => "AuthorizationError",
            Some("logs" | "lambda" | "ssm" | "tag") => "AccessDeniedException",
            _ => "AccessDenied",
        };
        Self::new(code, format!("User is not authorized to perform: {operation}")).status(403)
    }

    pub(super) fn metadata(&self) -> ErrorMetadata {
        ErrorMetadata::builder().code(&self.code).message(&self.message).build()
    }
}

/// An answer that lacks what AWS always gives: the sandbox's own mistake, told as AWS tells its own.
impl From<BuildError> for Fault {
    fn from(error: BuildError) -> Self {
        Self::new("InternalFailure", error.to_string()).status(500)
    }
}

/// What a service keeps in this region; a region in which nothing was made yet is empty.
pub(super) fn in_region<'w, T: Clone + Default>(
    regions: &'w BTreeMap<String, T>,
    region: &str,
) -> Cow<'w, T> {
    regions.get(region).map_or_else(|| Cow::Owned(T::default()), Cow::Borrowed)
}

/// What AWS has against a tag, if anything. The rules are those of nearly all services; each tells them with a code of
/// its own.
pub(super) fn tag_problem(key: &str, value: &str) -> Option<String> {
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    if !(1..=128).contains(&key.chars().count()) {
        Some(format!("The tag key '{key}' must have between 1 and 128 characters"))
    } else if value.chars().count() > 256 {
        Some(format!("The value of the tag '{key}' must have at most 256 characters"))
    } else if !allowed(key) || !allowed(value) {
        Some(format!("The tag '{key}' has characters that are not allowed"))
    } else if key.to_lowercase().starts_with("aws:") {
        Some(format!("The tag key '{key}' is reserved for AWS"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_limits_and_the_prefix_of_aws_is_reserved() {
        assert_eq!(tag_problem("Team name", "a+b=c@d/e"), None);
        for (key, value) in
            [("", ""), (&*"k".repeat(129), ""), ("k", &*"v".repeat(257)), ("k", "#"), ("aws:k", "v")]
        {
            assert!(tag_problem(key, value).is_some(), "{key}={value}");
        }
    }

    #[test]
    fn ids_look_like_those_of_aws_and_differ_by_region() {
        let (a, b) = (id("ap-south-1", "sg-", "x"), id("us-east-1", "sg-", "x"));
        assert_ne!(a, b);
        assert_eq!(a.len(), "sg-0123456789abcdef0".len());
    }
}

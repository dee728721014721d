//! What AWS's refusals mean, where they say little, or too much.

use std::collections::HashMap;

use aws_sdk_lambda::types::FunctionConfiguration;

use super::LambdaFunction;
use crate::error::Error;

/// What Lambda says of a runtime that is over.
const OVER: &str = "is no longer supported for creating or updating";

impl LambdaFunction {
    /// What AWS's refusals mean that say little, or too much.
    pub(super) fn explained(&self, error: Error) -> Error {
        if says(&error, OVER) {
            let text =
                format!("AWS makes nothing new with `{}`", self.runtime.as_deref().unwrap_or_default());
            let hint = "move the function to a runtime that is supported, where it comes from or with `runtime(...)`";
            return self.conflict(&text, hint);
        }
        match error.code() {
            Some("PreconditionFailedException" | "ResourceConflictException") => {
                self.conflict("somebody else is changing it at the same time", "run again")
            }
            _ => error,
        }
    }

    /// AWS repeats variables in some of its errors: such a text is left out.
    pub(super) fn scrubbed(&self, error: Error) -> Error {
        scrub(error, self.environment.values().filter_map(super::Secret::expose))
    }

    pub(super) fn scrubbed_of(&self, error: Error, now: &FunctionConfiguration) -> Error {
        let there = now.environment().and_then(|environment| environment.variables());
        scrub(error, there.into_iter().flat_map(HashMap::values).map(String::as_str))
    }
}

fn scrub<'v>(error: Error, mut values: impl Iterator<Item = &'v str>) -> Error {
    match error {
        Error::Refused(mut refusal)
            if refusal.message.contains("String measured")
                || values.any(|value| value.len() > 3 && refusal.message.contains(value)) =>
        {
            refusal.message = if refusal.message.contains("4KB") {
                "the variables have more than 4 KB together".to_owned()
            } else {
                "AWS's text repeats variables, and is left out".to_owned()
            };
            Error::Refused(refusal)
        }
        error => error,
    }
}

/// Whether AWS refused with this text.
pub(super) fn says(error: &Error, text: &str) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.message.contains(text))
}

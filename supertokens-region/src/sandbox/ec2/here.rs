//! The region that a call is in, and what most calls check of their input.

use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use super::Region;
use crate::sandbox::call::id;
use crate::sandbox::{Call, Fault};

/// What was asked for with a client token, and what was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientToken {
    /// A digest of the request.
    pub asked: String,
    /// The ids of what was made.
    pub made: Vec<String>,
}

/// The region that a call is in.
pub(super) struct Here<'w> {
    pub(super) region: &'w mut Region,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) now: DateTime,
}

/// Where each call begins: is the region enabled, and is the call meant?
pub(super) fn enter<'c>(call: &'c mut Call<'_>, dry_run: Option<bool>) -> Result<Here<'c>, Fault> {
    let (name, account, now) = (call.region.clone(), call.account(), call.now());
    let region = call.world.ec2.regions.get_mut(&name).ok_or_else(|| {
        Fault::new("AuthFailure", "AWS was not able to validate the provided access credentials").status(401)
    })?;
    if dry_run == Some(true) {
        let text = "Request would have succeeded, but DryRun flag is set.";
        return Err(Fault::new("DryRunOperation", text).status(412));
    }
    Ok(Here { region, name, account, now })
}

impl Here<'_> {
    pub(super) fn id(&self, prefix: &str, what: &str) -> String {
        id(&self.name, prefix, what)
    }

    /// An id that `is_taken` does not know: of things that may exist twice alike, the second gets another.
    pub(super) fn free_id(&self, prefix: &str, what: &str, is_taken: impl Fn(&str) -> bool) -> String {
        let mut id = self.id(prefix, what);
        let mut copy = 1;
        while is_taken(&id) {
            copy += 1;
            id = self.id(prefix, &format!("{what}\n{copy}"));
        }
        id
    }

    pub(super) fn arn(&self, resource_type: &str, id: &str) -> String {
        format!("arn:aws:ec2:{}:{}:{resource_type}/{id}", self.name, self.account)
    }

    /// What was made before with this token, if it was used before. It must have been for the same request.
    pub(super) fn made_before(
        &self,
        operation: &str,
        token: Option<&str>,
        request: &str,
    ) -> Result<Option<Vec<String>>, Fault> {
        let Some(token) = token else { return Ok(None) };
        if token.len() > 64 || !token.is_ascii() {
            return Err(invalid("ClientToken", token, "It must be at most 64 ASCII characters."));
        }
        match self.region.client_tokens.get(&format!("{operation}/{token}")) {
            Some(before) if before.asked != self.id("", request) => Err(Fault::new(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous requests.",
            )),
            before => Ok(before.map(|before| before.made.clone())),
        }
    }

    /// Keeps what was made with this token.
    pub(super) fn remember(&mut self, operation: &str, token: Option<&str>, request: &str, made: &[String]) {
        if let Some(token) = token {
            let asked = self.id("", request);
            let kept = ClientToken { asked, made: made.to_vec() };
            self.region.client_tokens.insert(format!("{operation}/{token}"), kept);
        }
    }
}

/// The value of a parameter that must be there.
pub(super) fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Fault> {
    value.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

pub(super) fn missing(name: &str) -> Fault {
    Fault::new("MissingParameter", format!("The request must contain the parameter {name}"))
}

pub(super) fn invalid(name: &str, value: impl std::fmt::Display, why: &str) -> Fault {
    let text = format!("Value ({value}) for parameter {name} is invalid. {why}");
    Fault::new("InvalidParameterValue", text)
}

/// Refuses parameters that this EC2 does not act upon, so that none is silently ignored.
pub(super) fn unsupported(parameters: &[(&str, bool)]) -> Result<(), Fault> {
    match parameters.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => {
            let text = format!("the embedded AWS does not know the parameter `{name}` of this call");
            Err(Fault::new("UnsupportedOperation", text))
        }
    }
}

//! How callers name functions and layers: by name, by ARN, with a qualifier.

use super::not_found;
use super::state::{Function, FunctionVersion, LambdaRegion};
use crate::sandbox::{Call, Fault};

/// A function as a caller names it.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    /// A version or an alias; empty if there is none.
    pub(super) qualifier: String,
}

/// Reads `name`, `name:qualifier`, `account:function:name` or an ARN; a qualifier may also come beside it.
pub(super) fn named(call: &Call<'_>, given: Option<&str>, qualifier: Option<&str>) -> Result<Named, Fault> {
    let given = given.unwrap_or_default();
    let parts: Vec<&str> = given.split(':').collect();
    let (name, inside) = match parts.as_slice() {
        ["arn", "aws", "lambda", region, account, "function", rest @ ..] => {
            if *region != call.region {
                return Err(not_found(format!(
                    "Functions from '{region}' are not reachable in this region ('{}')",
                    call.region
                )));
            }
            if *account != call.account() {
                let message = format!("User is not authorized to access {given}");
                return Err(Fault::new("AccessDeniedException", message).status(403));
            }
            split(rest)
        }
        [account, "function", rest @ ..] if *account == call.account() => split(rest),
        rest => split(rest),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        let message = format!("Value '{given}' at 'functionName' failed to satisfy constraint");
        return Err(Fault::new("ValidationException", message));
    }
    let beside = qualifier.unwrap_or_default();
    if !inside.is_empty() && !beside.is_empty() && inside != beside {
        return Err(super::invalid_value(
            "The derived qualifier from the function name does not match the specified qualifier.",
        ));
    }
    let qualifier = if beside.is_empty() { inside } else { beside };
    Ok(Named { name: name.to_owned(), qualifier: qualifier.to_owned() })
}

fn split<'a>(parts: &[&'a str]) -> (&'a str, &'a str) {
    match parts {
        [name] => (name, ""),
        [name, qualifier] => (name, qualifier),
        // No name has this form.
        _ => ("", ""),
    }
}

impl Named {
    /// The ARN, with the qualifier if there is one.
    pub(super) fn arn(&self, call: &Call<'_>) -> String {
        function_arn(call, &self.name, &self.qualifier)
    }

    /// The function.
    pub(super) fn function<'r>(
        &self,
        call: &Call<'_>,
        here: &'r LambdaRegion,
    ) -> Result<&'r Function, Fault> {
        here.functions
            .get(&self.name)
            .ok_or_else(|| not_found(format!("Function not found: {}", self.arn(call))))
    }

    /// The version that the qualifier means, and its number; `$LATEST` without a qualifier.
    pub(super) fn version<'r>(
        &self,
        call: &Call<'_>,
        here: &'r LambdaRegion,
    ) -> Result<(String, &'r FunctionVersion), Fault> {
        let function = self.function(call, here)?;
        let alias = function.aliases.get(&self.qualifier).map(|alias| alias.version.as_str());
        let number = alias.unwrap_or(&self.qualifier);
        if number.is_empty() || number == "$LATEST" {
            return Ok(("$LATEST".to_owned(), &function.latest));
        }
        let version = number.parse().ok().and_then(|number: u64| function.versions.get(&number));
        version
            .map(|version| (number.to_owned(), version))
            .ok_or_else(|| not_found(format!("Function not found: {}", self.arn(call))))
    }
}

/// The ARN of a function of this region.
pub(super) fn function_arn(call: &Call<'_>, name: &str, qualifier: &str) -> String {
    let colon = if qualifier.is_empty() { "" } else { ":" };
    format!("arn:aws:lambda:{}:{}:function:{name}{colon}{qualifier}", call.region, call.account())
}

/// The ARN of a layer of this region.
pub(super) fn layer_arn(call: &Call<'_>, name: &str) -> String {
    format!("arn:aws:lambda:{}:{}:layer:{name}", call.region, call.account())
}

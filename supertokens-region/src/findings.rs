//! What a reviewer would want to know about a wanted or a live thing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something remarkable: shown in plans and reports beside its step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that it comes from, such as `extra-rule`.
    pub rule: String,
    /// What is remarkable.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// Whether it is about what would be done, and bad enough: nothing is applied until it is waived.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub stops: bool,
    /// Why it is taken as it is, where somebody said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waived: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look at it.
    Warning,
    /// It does not work, or is not safe: `verify` fails.
    Error,
}

impl Finding {
    /// Good to know.
    pub fn info(rule: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, rule, message)
    }

    /// Somebody should look at it.
    pub fn warning(rule: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, rule, message)
    }

    /// It does not work, or is not safe.
    pub fn error(rule: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, rule, message)
    }

    fn new(severity: Severity, rule: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            rule: rule.to_owned(),
            message: message.into(),
            hint: None,
            stops: false,
            waived: None,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, if it is an error, as one that stops a plan until it is waived.
    #[must_use]
    pub fn stops(mut self) -> Self {
        self.stops = self.severity == Severity::Error;
        self
    }

    /// Whether it says that something does not work, or is not safe, and nobody waived it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error && self.waived.is_none()
    }
}

/// Marks the findings that are waived, each with its reason; a waiver of something that is not found is a finding itself.
pub(crate) fn waive(findings: &mut Vec<Finding>, waivers: &BTreeMap<String, String>) {
    for (rule, reason) in waivers {
        let mut found = false;
        for finding in findings.iter_mut().filter(|finding| finding.rule == *rule) {
            (finding.waived, found) = (Some(reason.clone()), true);
        }
        if !found {
            let text = format!("`{rule}` is waived, and there is nothing to waive");
            findings.push(Finding::info("needless-waiver", text).hint("take the waiver out of the script"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_is_of_one_rule_and_one_of_nothing_is_told() {
        let mut findings = vec![Finding::error("open", "it is open"), Finding::error("other", "it is other")];
        let waivers = [("open", "wanted so"), ("closed", "why not")];
        waive(&mut findings, &waivers.map(|(rule, why)| (rule.to_owned(), why.to_owned())).into());
        let told: Vec<_> = findings.iter().map(|it| (it.rule.as_str(), it.is_error())).collect();
        assert_eq!(told, [("open", false), ("other", true), ("needless-waiver", false)]);
    }
}

//! Is it as wanted, does it work, and have people done their part?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::{Address, Origin};
use crate::diff::Change;
use crate::error::Error;
use crate::findings::Finding;
use crate::plan::{Action, Plan, Step};
use crate::region::Note;

/// What a look at the live region told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// The version of this document: see [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The account, 12 digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// One for each wanted thing, in the order of the script.
    pub results: Vec<Checked>,
    /// Remarks that are of no one thing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<Note>,
    /// How many of each verdict.
    pub summary: BTreeMap<Verdict, usize>,
}

/// What was found out about one wanted thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// What it is about.
    pub address: Address,
    /// The heading that it stands under.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub section: String,
    /// The line that asked for it.
    pub origin: Origin,
    /// How it is.
    pub verdict: Verdict,
    /// Why, or what a person has to do.
    pub reason: String,
    /// The fields that are not as wanted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// What is remarkable about it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<Error>,
}

/// How a wanted thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As wanted, and nothing says that it doesn't work.
    Works,
    /// There is none.
    Missing,
    /// Some fields are not as wanted.
    Drifted,
    /// As wanted, but it does not work.
    Failing,
    /// A person still has to do it.
    Human,
    /// It could not be read, or something that it needs is not there.
    Unknown,
}

impl Verdict {
    /// All verdicts, in the order in which they are counted.
    pub const ALL: [Self; 6] =
        [Self::Works, Self::Missing, Self::Drifted, Self::Failing, Self::Human, Self::Unknown];
}

impl Verification {
    /// How many results have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.summary.get(&verdict).copied().unwrap_or(0)
    }

    /// Whether everything that the tool makes is there, as wanted, and works.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.count(Verdict::Works) + self.count(Verdict::Human) == self.results.len()
            && !self.notes.iter().any(|note| note.finding.is_error())
    }
}

/// Judges what a plan found: a plan with nothing to do is a region as wanted.
#[must_use]
pub fn verify(plan: &Plan) -> Verification {
    let results: Vec<Checked> = plan.steps.iter().map(checked).collect();
    let mut summary: BTreeMap<Verdict, usize> =
        Verdict::ALL.into_iter().map(|verdict| (verdict, 0)).collect();
    for result in &results {
        *summary.entry(result.verdict).or_default() += 1;
    }
    Verification {
        schema_version: plan.schema_version,
        account: plan.account.clone(),
        region: plan.region.clone(),
        results,
        notes: plan.notes.clone(),
        summary,
    }
}

fn checked(step: &Step) -> Checked {
    let error = step.findings.iter().find(|finding| finding.is_error());
    let (verdict, reason) = match (step.action, error) {
        (Action::Blocked, _) => (Verdict::Unknown, step.reason.clone()),
        (Action::Human, _) => (Verdict::Human, step.reason.clone()),
        (Action::Create, _) => (Verdict::Missing, step.reason.clone()),
        (Action::Update, _) => (Verdict::Drifted, step.reason.clone()),
        (Action::Keep, Some(finding)) => (Verdict::Failing, finding.message.clone()),
        (Action::Keep, None) => (Verdict::Works, step.reason.clone()),
    };
    Checked {
        address: step.address.clone(),
        section: step.section.clone(),
        origin: step.origin.clone(),
        verdict,
        reason,
        changes: if verdict == Verdict::Drifted { step.changes.clone() } else { vec![] },
        findings: step.findings.clone(),
        error: step.error.clone(),
    }
}

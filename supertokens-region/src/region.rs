//! What is wanted: a region and everything that was added to it.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::address::{Origin, Ref};
use crate::findings::Finding;
use crate::kind::Kind;
use crate::kinds::Resource;
#[cfg(feature = "rhai")]
use crate::text::sha256;
use crate::wanted::{IntoWanted, Wanted};

/// A region as it is wanted. [`Region::add`] what it should have, then [`crate::graph()`] checks all of it.
///
/// ```
/// use supertokens_region::{Region, topic};
/// let mut region = Region::new("ap-south-1");
/// let name = format!("CloudWatch_Alarms_{}_RDS", region.label());
/// let alarms = region.add(topic(&name));
/// assert_eq!(alarms.name(), "CloudWatch_Alarms_AP_South_1_RDS");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// AWS's name of the region: `ap-south-1`.
    pub name: String,
    /// What was added, in order.
    pub wanted: Vec<Arc<Added>>,
    /// The only account that this may be done in; `None`: any.
    pub account: Option<String>,
    /// What is remarkable, and about nothing that was added: what a reference has and can't be copied, and such.
    pub notes: Vec<Note>,
    /// Rules of notes that are waived, each with the reason.
    pub waivers: BTreeMap<String, String>,
    /// The files that describe it, the script and what it imported, each with its digest; empty where Rust code does.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub files: BTreeMap<String, String>,
    section: String,
}

/// A remark about the region, not about one of the things in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The heading that it stands under.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub section: String,
    /// The line that it comes from.
    pub origin: Origin,
    /// What is remarkable.
    pub finding: Finding,
}

/// One wanted thing, and who asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Added {
    /// The wanted thing.
    pub resource: Resource,
    /// The line that added it.
    pub origin: Origin,
    /// The heading that it stands under.
    pub section: String,
    /// Whether it is only looked up, never changed.
    pub existing: bool,
    /// Where each field came from, by its path.
    pub from: BTreeMap<String, String>,
    /// What was remarkable about it before AWS was asked for it.
    pub findings: Vec<Finding>,
    /// Rules that are waived for it, each with the reason.
    pub waivers: BTreeMap<String, String>,
}

impl Region {
    /// The region of this name with nothing in it. Whether AWS has it is asked later.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The region's name as names of things spell it: `AP_South_1` for `ap-south-1`.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.name)
    }

    /// Refuses to work in any other account than this one (12 digits). An empty text: any account.
    pub fn expect_account(&mut self, account: &str) {
        self.account = (!account.is_empty()).then(|| account.to_owned());
    }

    /// Puts what is added from here on under this heading in plans and reports.
    pub fn section(&mut self, heading: &str) {
        heading.clone_into(&mut self.section);
    }

    /// Wants this: what is missing is made, what differs is changed. Fails only later, in [`crate::graph()`], which
    /// tells everything that is wrong at once.
    #[track_caller]
    pub fn add<W: IntoWanted>(&mut self, wanted: W) -> Ref<W::Kind> {
        self.add_at(wanted.into_wanted(), Location::caller().into(), false)
    }

    /// Refers to something that is there already: it is looked up, never changed, and what needs it is blocked where it
    /// is missing.
    #[track_caller]
    pub fn existing<W: IntoWanted>(&mut self, wanted: W) -> Ref<W::Kind> {
        self.add_at(wanted.into_wanted(), Location::caller().into(), true)
    }

    /// Remarks on something that is not of one thing: it is shown in plans and reports.
    #[track_caller]
    pub fn note(&mut self, finding: Finding) {
        self.note_at(finding, Location::caller().into());
    }

    /// Takes notes of this rule as they are, for this reason: they no longer stop [`crate::apply()`].
    pub fn waive(&mut self, rule: &str, reason: &str) {
        self.waivers.insert(rule.to_owned(), reason.to_owned());
    }

    /// Notes that this file describes it.
    #[cfg(feature = "rhai")]
    pub(crate) fn described_by(&mut self, file: &str, text: &str) {
        self.files.insert(file.to_owned(), sha256(text.as_bytes()));
    }

    /// The heading that things are added under now.
    #[cfg(feature = "rhai")]
    pub(crate) fn heading(&self) -> &str {
        &self.section
    }

    pub(crate) fn note_at(&mut self, finding: Finding, origin: Origin) {
        self.notes.push(Note { section: self.section.clone(), origin, finding });
    }

    pub(crate) fn add_at<K: Kind>(&mut self, wanted: Wanted<K>, origin: Origin, existing: bool) -> Ref<K> {
        let reference = Ref::new(&wanted.value.name());
        let (section, resource) = (self.section.clone(), wanted.value.into());
        let Wanted { from, findings, waivers, .. } = wanted;
        let added = Added { resource, origin, section, existing, from, findings, waivers };
        self.wanted.push(Arc::new(added));
        reference
    }
}

/// A region's name as names of things spell it: split at `-`, the first part upper case, the others capitalised.
pub(crate) fn label(region: &str) -> String {
    let capitalised = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    let parts = region.split('-').enumerate();
    parts
        .map(|(i, part)| if i == 0 { part.to_uppercase() } else { capitalised(part) })
        .collect::<Vec<_>>()
        .join("_")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_spelled_as_in_the_names_of_topics() {
        for (region, spelled) in [
            ("us-east-1", "US_East_1"),
            ("ap-southeast-1", "AP_Southeast_1"),
            ("us-gov-west-1", "US_Gov_West_1"),
            ("", ""),
        ] {
            assert_eq!(label(region), spelled);
        }
    }
}

//! A wanted value with all that is known about it: where its fields came from, what is remarkable, what of that is waived.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::diff::diff;
use crate::findings::Finding;
use crate::kind::Kind;

/// A value of a kind as [`crate::Region::add`] takes it: a bare one, or one that a [`crate::Reference`] gave. It reads like the
/// value itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted<K> {
    /// The value.
    pub value: K,
    /// What is remarkable about it: what could not be carried over from a reference, and such. It is shown in plans.
    pub findings: Vec<Finding>,
    /// Rules that are waived for it, each with the reason.
    pub waivers: BTreeMap<String, String>,
    /// Where each field came from, by its path.
    pub(crate) from: BTreeMap<String, String>,
}

impl<K: Kind> Wanted<K> {
    /// A bare value.
    pub(crate) fn new(value: K) -> Self {
        Self { value, findings: vec![], waivers: BTreeMap::new(), from: BTreeMap::new() }
    }

    /// A value all of whose fields come from `place`: `reference us-east-1`.
    pub(crate) fn copied(value: K, place: &str) -> Self {
        Self::stamp(None, value, place)
    }

    /// The value after a word was applied to `before`: what changed comes from `place`.
    pub(crate) fn stamp(before: Option<Self>, after: K, place: &str) -> Self {
        let was = before.as_ref().map(|wanted| fields(&wanted.value)).unwrap_or_default();
        let mut told = before.unwrap_or_else(|| Self::new(after.clone()));
        for change in diff(&fields(&after), &was, &BTreeMap::new(), "") {
            told.no_longer_suspect(&change.field);
            told.from.insert(change.field, place.to_owned());
        }
        Self { value: after, ..told }
    }

    /// The same with this remark.
    #[must_use]
    pub fn note(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// The same with another value, made of this one: `bucket.map(|bucket| bucket.tag("VantaOwner", owner))`.
    #[must_use]
    pub fn map(self, change: impl FnOnce(K) -> K) -> Self {
        let after = change(self.value.clone());
        let mut told = self;
        for change in diff(&fields(&after), &fields(&told.value), &BTreeMap::new(), "") {
            told.no_longer_suspect(&change.field);
            told.from.remove(&change.field);
        }
        Self { value: after, ..told }
    }

    /// Forgets that this field named the region that it was copied from: it says something else now.
    fn no_longer_suspect(&mut self, field: &str) {
        let told = format!("`{field}` names ");
        self.findings.retain(|finding| finding.rule != "names-region" || !finding.message.starts_with(&told));
    }

    /// Takes a finding of this rule as it is, for this reason: it no longer stops [`crate::apply()`]. It stays in plans and
    /// reports, with the reason.
    #[must_use]
    pub fn waive(mut self, rule: &str, reason: &str) -> Self {
        self.waivers.insert(rule.to_owned(), reason.to_owned());
        self
    }
}

fn fields<K: Kind>(value: &K) -> serde_json::Value {
    // Only a map with keys that aren't text can't be told as JSON, and no kind has one.
    serde_json::to_value(value).unwrap_or_default()
}

impl<K> Deref for Wanted<K> {
    type Target = K;

    fn deref(&self) -> &K {
        &self.value
    }
}

/// What [`crate::Region::add`] takes: a value of a kind, or a [`Wanted`] one.
pub trait IntoWanted {
    /// The kind.
    type Kind: Kind;

    /// The value with what is known about it.
    fn into_wanted(self) -> Wanted<Self::Kind>;
}

impl<K: Kind> IntoWanted for K {
    type Kind = K;

    fn into_wanted(self) -> Wanted<K> {
        Wanted::new(self)
    }
}

impl<K: Kind> IntoWanted for Wanted<K> {
    type Kind = K;

    fn into_wanted(self) -> Self {
        self
    }
}

/// All that a region has of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<K> {
    /// What can be copied.
    pub all: Vec<Wanted<K>>,
    /// What can't be copied, and why.
    pub findings: Vec<Finding>,
}

impl<K> Default for Found<K> {
    fn default() -> Self {
        Self { all: vec![], findings: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::topic;

    #[test]
    fn what_is_changed_no_longer_comes_from_the_reference() {
        let copied = Wanted::copied(topic("a").tag("x", "1").tag("y", "1"), "reference us-east-1");
        assert_eq!(copied.from["tags.x"], "reference us-east-1");
        let changed = copied.map(|topic| topic.tag("x", "2"));
        assert!(!changed.from.contains_key("tags.x"));
        assert_eq!(changed.from["tags.y"], "reference us-east-1");
    }

    #[test]
    fn a_field_that_says_something_else_no_longer_names_the_region() {
        let named = Finding::warning("names-region", "`tags.x` names us-east-1");
        let copied = Wanted::copied(topic("a").tag("x", "us-east-1"), "reference us-east-1").note(named);
        assert_eq!(copied.clone().map(|topic| topic.tag("y", "1")).findings.len(), 1);
        assert_eq!(copied.map(|topic| topic.tag("x", "ap-south-1")).findings.len(), 0);
    }
}

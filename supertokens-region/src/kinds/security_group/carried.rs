//! A group of another region: which of it can be carried over, and who is let in there.

use super::SecurityGroup;
use super::rule::Source;

impl SecurityGroup {
    /// The group without what belongs to its region alone: its VPC, and rules that name prefix lists by their ids.
    #[must_use]
    pub(crate) fn carried_over(mut self) -> Self {
        self.vpc = None;
        self.rules.retain(|rule, _| !matches!(rule.source(), Source::PrefixList(_)));
        self
    }

    /// The address blocks that may reach this TCP port.
    #[must_use]
    pub fn cidrs(&self, port: i64) -> Vec<String> {
        let reaching = self.rules.keys().filter(|rule| rule.reaches(port));
        reaching
            .filter_map(|rule| match rule.source() {
                Source::Block(block) => Some(block.clone()),
                _ => None,
            })
            .collect()
    }
}

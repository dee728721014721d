//! Both buckets, and which objects the rules between them are about.

use aws_sdk_s3::types::{ReplicationRule, ReplicationRuleStatus, Tag};

use super::super::replication::{Source, goes_to, in_new_form};
use super::compare::Verdict;
use super::listing::{Object, Place};
use crate::error::Error;
use crate::kind::Cx;

/// What a rule is about, and what it makes of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Covered {
    prefix: String,
    tags: Vec<(String, String)>,
    /// The copies' storage class, where the rule names one.
    pub(super) class: Option<String>,
    /// The KMS key of the copies of what is encrypted with one.
    pub(super) kms_key: Option<String>,
}

/// Both buckets.
pub(super) struct Ends<'a> {
    pub(super) cx: &'a Cx<'a>,
    /// The name of the source.
    pub(super) from: &'a str,
    /// Where the source is.
    pub(super) home: String,
    /// The name of the other bucket, which is in the region that is worked on.
    pub(super) to: &'a str,
    /// Whether that bucket is there.
    pub(super) there: bool,
    /// What the rules from one to the other are about; all objects where there is none yet.
    rules: Vec<Covered>,
}

impl<'a> Ends<'a> {
    pub(super) fn open(from: &'a str, source: Source<'a>, to: &'a str, there: bool, cx: &'a Cx<'a>) -> Self {
        let all = source.configuration.iter().flat_map(|all| all.rules());
        let mut rules: Vec<_> = all
            .filter(|rule| goes_to(rule, to) && *rule.status() == ReplicationRuleStatus::Enabled)
            .cloned()
            .collect();
        in_new_form(&mut rules);
        let mut rules: Vec<_> = rules.iter().map(Covered::of).collect();
        if rules.is_empty() {
            rules.push(Covered::default());
        }
        Self { cx, from, home: source.region, to, there, rules }
    }

    pub(super) fn source(&self) -> Place<'_> {
        Place {
            s3: self.cx.aws.s3(&self.home),
            bucket: self.from,
            account: self.cx.account(),
            prefix: common(self.rules.iter().map(|rule| rule.prefix.as_str())),
        }
    }

    pub(super) fn destination(&self) -> Place<'_> {
        Place { s3: self.cx.aws.s3(self.cx.region), bucket: self.to, ..self.source() }
    }

    /// The verdict, unless no rule is about the object. Its tags are read only where that hangs on them.
    pub(super) async fn if_covered(&self, verdict: Verdict) -> Result<Verdict, Error> {
        let covered = match &verdict {
            Verdict::Missing(object, _) => self.rule(object).await?.is_some(),
            _ => true,
        };
        Ok(if covered { verdict } else { Verdict::NotOurs })
    }

    /// The rule that is about this object.
    pub(super) async fn rule(&self, object: &Object) -> Result<Option<&Covered>, Error> {
        let fits: Vec<&Covered> =
            self.rules.iter().filter(|rule| object.key.starts_with(&rule.prefix)).collect();
        let by_tags = !fits.is_empty() && fits.iter().all(|rule| !rule.tags.is_empty());
        let tags = if by_tags { self.tags(&object.key).await? } else { vec![] };
        let has =
            |(key, value): &(String, String)| tags.iter().any(|tag| tag.key() == key && tag.value() == value);
        Ok(fits.into_iter().find(|rule| rule.tags.iter().all(has)))
    }

    pub(super) async fn tags(&self, key: &str) -> Result<Vec<Tag>, Error> {
        let s3 = self.cx.aws.s3(&self.home);
        let ask = s3.get_object_tagging().bucket(self.from).key(key);
        Ok(ask.expected_bucket_owner(self.cx.account()).send().await?.tag_set)
    }
}

impl Covered {
    fn of(rule: &ReplicationRule) -> Self {
        let filter = rule.filter();
        let and = filter.and_then(|filter| filter.and());
        let prefix = and.and_then(|and| and.prefix()).or(filter.and_then(|filter| filter.prefix()));
        let tags = and.map(|and| and.tags()).unwrap_or_default();
        let tags = tags.iter().chain(filter.and_then(|filter| filter.tag()));
        let to = rule.destination();
        Self {
            prefix: prefix.unwrap_or_default().to_owned(),
            tags: tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
            class: to.and_then(|to| to.storage_class()).map(|class| class.as_str().to_owned()),
            kms_key: to.and_then(|to| to.encryption_configuration()?.replica_kms_key_id()).map(str::to_owned),
        }
    }
}

/// What all these begin with.
fn common<'t>(mut texts: impl Iterator<Item = &'t str>) -> String {
    let first = texts.next().unwrap_or_default();
    let both = |one: &'t str, other: &str| {
        let same = one.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b);
        &one[..same.last().map_or(0, |((at, a), _)| at + a.len_utf8())]
    };
    texts.fold(first, both).to_owned()
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn several_prefixes_have_a_beginning_in_common() {
        assert_eq!(common(["certs/é1", "certs/éa/b"].into_iter()), "certs/é");
        assert_eq!(common(["a", ""].into_iter()), "");
        assert_eq!(common(["only"].into_iter()), "only");
    }
}

//! Lifecycle rules: each by its id, within the one document that S3 has of them.

mod parts;

use std::collections::BTreeMap;

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types::{
    self, BucketLifecycleConfiguration, ExpirationStatus, TransitionDefaultMinimumObjectSize,
};
use serde::{Deserialize, Serialize};

pub(super) use parts::{MoveTo, Only};

use super::Bucket;
use super::place::{At, on};
use super::settings::built;
use crate::error::{Absent, Error};
use crate::findings::Finding;

/// A rule about objects as they age. Made with [`lifecycle_rule`].
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleRule {
    id: String,
    rule: Rule,
}

/// What is told of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) enabled: bool,
    pub(super) under: String,
    /// What else is asked of the objects.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) only: Option<Only>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expire_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expire_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expire_delete_markers: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) move_to: Option<Vec<MoveTo>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expire_noncurrent_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) keep_noncurrent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) move_noncurrent_to: Option<Vec<MoveTo>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) abort_uploads_after_days: Option<i64>,
}

/// A lifecycle rule with this id (1-255 characters), enabled, for all objects. It must be given something to do. What a
/// rule with this id does beside that, such as changes of the storage class, stays.
#[must_use]
pub fn lifecycle_rule(id: &str) -> LifecycleRule {
    LifecycleRule { id: id.to_owned(), rule: Rule { enabled: true, ..Rule::default() } }
}

impl LifecycleRule {
    /// Only for objects whose keys begin with this.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.rule.under);
        self
    }

    /// Deletes objects this many days after they were made, at least 1. With versioning, they become old versions.
    #[must_use]
    pub fn expire_after_days(mut self, days: i64) -> Self {
        self.rule.expire_after_days = Some(days);
        self
    }

    /// Moves objects to this storage class (`STANDARD_IA`, `GLACIER_IR` and so on) this many days after they were made. Said
    /// several times, they go from one to the next.
    #[must_use]
    pub fn move_to(mut self, class: &str, after_days: i64) -> Self {
        let next = MoveTo { class: class.to_owned(), after_days: Some(after_days), ..MoveTo::default() };
        self.rule.move_to.get_or_insert_default().push(next);
        self
    }

    /// Deletes old versions this many days after they became old, at least 1.
    #[must_use]
    pub fn expire_noncurrent_after_days(mut self, days: i64) -> Self {
        self.rule.expire_noncurrent_after_days = Some(days);
        self
    }

    /// Gives up unfinished uploads this many days after they began, at least 1.
    #[must_use]
    pub fn abort_uploads_after_days(mut self, days: i64) -> Self {
        self.rule.abort_uploads_after_days = Some(days);
        self
    }

    #[cfg(feature = "rhai")]
    pub(super) fn words(words: &mut crate::script::Words) {
        words.value::<Self>("LifecycleRule");
        words.function("lifecycle_rule", lifecycle_rule);
        words.function("under", Self::under);
        words.function("expire_after_days", Self::expire_after_days);
        words.function("move_to", Self::move_to);
        words.function("expire_noncurrent_after_days", Self::expire_noncurrent_after_days);
        words.function("abort_uploads_after_days", Self::abort_uploads_after_days);
    }

    pub(super) fn into_parts(self) -> (String, Rule) {
        (self.id, self.rule)
    }
}

impl Rule {
    /// The days that it names, each of which must be at least 1.
    pub(super) fn days(&self) -> impl Iterator<Item = i64> {
        [self.expire_after_days, self.expire_noncurrent_after_days, self.abort_uploads_after_days]
            .into_iter()
            .flatten()
    }

    /// The changes of the storage class that it names.
    pub(super) fn moves(&self) -> impl Iterator<Item = &MoveTo> {
        self.move_to.iter().chain(&self.move_noncurrent_to).flatten()
    }

    /// Whether it does anything at all.
    pub(super) fn acts(&self) -> bool {
        self.days().next().is_some()
            || self.moves().next().is_some()
            || self.expire_on.is_some()
            || self.expire_delete_markers.is_some()
    }
}

/// The live rules in the words of the builder, with a note where one asks more of its objects than is wanted to be said.
pub(super) fn told(
    live: &GetBucketLifecycleConfigurationOutput,
    wanted: &BTreeMap<String, Rule>,
) -> BTreeMap<String, Rule> {
    let told = live.rules().iter().map(|rule| {
        let id = rule.id().unwrap_or_default();
        let mut told = parts::told(rule);
        if told.only.is_some() && wanted.get(id).is_some_and(|wanted| wanted.only.is_none()) {
            told.under += " (with certain tags or sizes only)";
        }
        (id.to_owned(), told)
    });
    told.collect()
}

impl At<'_> {
    pub(super) async fn lifecycle(&self) -> Result<GetBucketLifecycleConfigurationOutput, Error> {
        let answer = on!(self, get_bucket_lifecycle_configuration).send().await;
        let answer = answer.absent(&["NoSuchLifecycleConfiguration"])?;
        Ok(answer.unwrap_or_else(|| GetBucketLifecycleConfigurationOutput::builder().build()))
    }

    /// Puts the rules among those that are there, which stay, and so does their order. `smallest` is from which size on
    /// objects change their storage class, where that is wanted.
    #[expect(
        deprecated,
        reason = "S3 takes only rules of one form, and old buckets have some of the old form"
    )]
    pub(super) async fn put_lifecycle(
        &self,
        wanted: &BTreeMap<String, Rule>,
        smallest: Option<&str>,
    ) -> Result<(), Error> {
        let empty = || GetBucketLifecycleConfigurationOutput::builder().build();
        let live = if self.new { empty() } else { self.lifecycle().await? };
        let mut rules = live.rules.unwrap_or_default();
        let old_form = rules.iter().any(|rule| rule.prefix().is_some());
        for (id, rule) in wanted {
            match rules.iter_mut().find(|live| live.id() == Some(id)) {
                Some(live) => parts::put(rule, live, old_form)?,
                None => {
                    let new =
                        types::LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).build();
                    let mut new = built(new)?;
                    parts::put(rule, &mut new, old_form)?;
                    rules.push(new);
                }
            }
        }
        let told = live.transition_default_minimum_object_size;
        let smallest = smallest.map(TransitionDefaultMinimumObjectSize::from).or(told);
        let all = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
        on!(self, put_bucket_lifecycle_configuration)
            .lifecycle_configuration(built(all)?)
            // Left out, it would be reset for all rules.
            .set_transition_default_minimum_object_size(smallest)
            .send()
            .await?;
        Ok(())
    }
}

impl Bucket {
    /// Rules that nobody asked for.
    pub(super) fn extra_rules(&self, live: &BTreeMap<String, Rule>) -> Option<Finding> {
        let extra = live.iter().filter(|(id, rule)| rule.enabled && !self.lifecycle.contains_key(*id));
        let extra: Vec<_> = extra.map(|(id, _)| format!("`{id}`")).collect();
        let text = || format!("other lifecycle rules apply to its objects too: {}", extra.join(", "));
        (!extra.is_empty()).then(|| Finding::info("extra-lifecycle-rule", text()))
    }
}

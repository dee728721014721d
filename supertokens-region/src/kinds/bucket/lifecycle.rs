//! Lifecycle rules: each by its id, within the one document that S3 has of them.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types::{
    self, AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRuleFilter, NoncurrentVersionExpiration,
};
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) enabled: bool,
    pub(super) under: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expire_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expire_noncurrent_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) abort_uploads_after_days: Option<i64>,
}

/// A lifecycle rule with this id (1-255 characters), enabled, for all objects. It must be given something to do. What a
/// rule with this id does beside that, such as changes of the storage class, stays.
#[must_use]
pub fn lifecycle_rule(id: &str) -> LifecycleRule {
    let rule = Rule {
        enabled: true,
        under: String::new(),
        expire_after_days: None,
        expire_noncurrent_after_days: None,
        abort_uploads_after_days: None,
    };
    LifecycleRule { id: id.to_owned(), rule }
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
        words.function("expire_noncurrent_after_days", Self::expire_noncurrent_after_days);
        words.function("abort_uploads_after_days", Self::abort_uploads_after_days);
    }

    pub(super) fn into_parts(self) -> (String, Rule) {
        (self.id, self.rule)
    }
}

impl Rule {
    /// The days that it names.
    pub(super) fn days(&self) -> impl Iterator<Item = i64> {
        [self.expire_after_days, self.expire_noncurrent_after_days, self.abort_uploads_after_days]
            .into_iter()
            .flatten()
    }

    fn told(live: &types::LifecycleRule) -> Self {
        let noncurrent = live.noncurrent_version_expiration();
        let abort = live.abort_incomplete_multipart_upload();
        Self {
            enabled: *live.status() == ExpirationStatus::Enabled,
            under: under(live),
            expire_after_days: live.expiration().and_then(|it| it.days()).map(i64::from),
            expire_noncurrent_after_days: noncurrent.and_then(|it| it.noncurrent_days()).map(i64::from),
            abort_uploads_after_days: abort.and_then(|it| it.days_after_initiation()).map(i64::from),
        }
    }

    /// Makes the live rule as it is wanted; what isn't wanted differently stays.
    #[expect(
        deprecated,
        reason = "S3 takes only rules of one form, and old buckets have some of the old form"
    )]
    fn put_into(&self, live: &mut types::LifecycleRule, old_form: bool) {
        live.status = ExpirationStatus::Enabled;
        if live.filter.is_none() && live.prefix.is_none() || under(live) != self.under {
            let filter = LifecycleRuleFilter::builder().prefix(&self.under).build();
            live.filter = (!old_form).then_some(filter);
            live.prefix = old_form.then(|| self.under.clone());
        }
        if let Some(days) = self.expire_after_days.map(number)
            && live.expiration().and_then(LifecycleExpiration::days) != Some(days)
        {
            live.expiration = Some(LifecycleExpiration::builder().days(days).build());
        }
        if let Some(days) = self.expire_noncurrent_after_days.map(number) {
            let old = live.noncurrent_version_expiration.take();
            let mut expiration = old.unwrap_or_else(|| NoncurrentVersionExpiration::builder().build());
            expiration.noncurrent_days = Some(days);
            live.noncurrent_version_expiration = Some(expiration);
        }
        if let Some(days) = self.abort_uploads_after_days.map(number) {
            let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build();
            live.abort_incomplete_multipart_upload = Some(abort);
        }
    }
}

/// Days as S3 counts them; `check` refuses others.
fn number(days: i64) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// What the keys of a rule's objects begin with, and a note where that is not all that it asks of them.
#[expect(deprecated, reason = "old buckets have rules of the old form, with a prefix in place of a filter")]
fn under(live: &types::LifecycleRule) -> String {
    let Some(filter) = live.filter() else { return live.prefix().unwrap_or_default().to_owned() };
    let more = filter.and().is_some()
        || filter.tag().is_some()
        || filter.object_size_greater_than().is_some()
        || filter.object_size_less_than().is_some();
    let prefix = filter.prefix().or(filter.and().and_then(|and| and.prefix())).unwrap_or_default();
    if more { format!("{prefix} (with certain tags or sizes only)") } else { prefix.to_owned() }
}

pub(super) fn told(live: &GetBucketLifecycleConfigurationOutput) -> BTreeMap<String, Rule> {
    let id = |rule: &types::LifecycleRule| rule.id().unwrap_or_default().to_owned();
    live.rules().iter().map(|rule| (id(rule), Rule::told(rule))).collect()
}

impl At<'_> {
    pub(super) async fn lifecycle(&self) -> Result<GetBucketLifecycleConfigurationOutput, Error> {
        let answer = on!(self, get_bucket_lifecycle_configuration).send().await;
        let answer = answer.absent(&["NoSuchLifecycleConfiguration"])?;
        Ok(answer.unwrap_or_else(|| GetBucketLifecycleConfigurationOutput::builder().build()))
    }

    /// Puts the rules among those that are there, which stay, and so does their order.
    #[expect(
        deprecated,
        reason = "S3 takes only rules of one form, and old buckets have some of the old form"
    )]
    pub(super) async fn put_lifecycle(&self, wanted: &BTreeMap<String, Rule>) -> Result<(), Error> {
        let empty = || GetBucketLifecycleConfigurationOutput::builder().build();
        let live = if self.new { empty() } else { self.lifecycle().await? };
        let mut rules = live.rules.unwrap_or_default();
        let old_form = rules.iter().any(|rule| rule.prefix().is_some());
        for (id, rule) in wanted {
            match rules.iter_mut().find(|live| live.id() == Some(id)) {
                Some(live) => rule.put_into(live, old_form),
                None => {
                    let new =
                        types::LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).build();
                    let mut new = built(new)?;
                    rule.put_into(&mut new, old_form);
                    rules.push(new);
                }
            }
        }
        let all = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
        on!(self, put_bucket_lifecycle_configuration)
            .lifecycle_configuration(built(all)?)
            // Left out, it would be reset for all rules.
            .set_transition_default_minimum_object_size(live.transition_default_minimum_object_size)
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

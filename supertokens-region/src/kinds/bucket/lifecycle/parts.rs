//! The parts of a lifecycle rule, as they are told and as S3 has them.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    self, AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRuleAndOperator,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, Transition,
    TransitionStorageClass,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};

use super::super::settings::built;
use super::Rule;
use crate::error::Error;

/// What a rule asks of objects beside what their keys begin with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Only {
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(in super::super) tags: BTreeMap<String, String>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(in super::super) larger_than: Option<i64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(in super::super) smaller_than: Option<i64>,
}

/// A change of the storage class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct MoveTo {
    pub(in super::super) class: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(in super::super) after_days: Option<i64>,
    /// A day, `2027-01-01T00:00:00Z`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(in super::super) on: Option<String>,
    /// How many of the youngest old versions are spared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(in super::super) but_newest: Option<i64>,
}

/// A live rule in words.
pub(super) fn told(live: &types::LifecycleRule) -> Rule {
    let expiration = live.expiration();
    let noncurrent = live.noncurrent_version_expiration();
    let abort = live.abort_incomplete_multipart_upload();
    let moves = live.transitions().iter().map(|it| MoveTo {
        class: class(it.storage_class()),
        after_days: it.days().map(i64::from),
        on: it.date().and_then(day),
        but_newest: None,
    });
    let noncurrent_moves = live.noncurrent_version_transitions().iter().map(|it| MoveTo {
        class: class(it.storage_class()),
        after_days: it.noncurrent_days().map(i64::from),
        on: None,
        but_newest: it.newer_noncurrent_versions().map(i64::from),
    });
    let (under, only) = filter_told(live);
    Rule {
        enabled: *live.status() == ExpirationStatus::Enabled,
        under,
        only: (only != Only::default()).then_some(only),
        expire_after_days: expiration.and_then(|it| it.days()).map(i64::from),
        expire_on: expiration.and_then(|it| it.date()).and_then(day),
        expire_delete_markers: expiration.and_then(|it| it.expired_object_delete_marker()),
        move_to: (!live.transitions().is_empty()).then(|| moves.collect()),
        expire_noncurrent_after_days: noncurrent.and_then(|it| it.noncurrent_days()).map(i64::from),
        keep_noncurrent: noncurrent.and_then(|it| it.newer_noncurrent_versions()).map(i64::from),
        move_noncurrent_to: (!live.noncurrent_version_transitions().is_empty())
            .then(|| noncurrent_moves.collect()),
        abort_uploads_after_days: abort.and_then(|it| it.days_after_initiation()).map(i64::from),
    }
}

fn class(class: Option<&TransitionStorageClass>) -> String {
    class.map(TransitionStorageClass::as_str).unwrap_or_default().to_owned()
}

fn day(date: &DateTime) -> Option<String> {
    date.fmt(Format::DateTime).ok()
}

#[expect(deprecated, reason = "old buckets have rules of the old form, with a prefix in place of a filter")]
fn filter_told(live: &types::LifecycleRule) -> (String, Only) {
    let Some(filter) = live.filter() else {
        return (live.prefix().unwrap_or_default().to_owned(), Only::default());
    };
    let and = filter.and();
    let tags = and.map(|and| and.tags()).unwrap_or_default().iter().chain(filter.tag());
    let larger = and.and_then(|and| and.object_size_greater_than());
    let smaller = and.and_then(|and| and.object_size_less_than());
    let only = Only {
        tags: tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
        larger_than: larger.or(filter.object_size_greater_than()),
        smaller_than: smaller.or(filter.object_size_less_than()),
    };
    let prefix = and.and_then(|and| and.prefix()).or(filter.prefix());
    (prefix.unwrap_or_default().to_owned(), only)
}

/// Makes the live rule as it is wanted; what isn't wanted differently stays.
#[expect(deprecated, reason = "S3 takes only rules of one form, and old buckets have some of the old form")]
pub(super) fn put(wanted: &Rule, live: &mut types::LifecycleRule, old_form: bool) -> Result<(), Error> {
    let now = told(live);
    live.status = if wanted.enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled };
    let fresh = live.filter.is_none() && live.prefix.is_none();
    if fresh || (&now.under, &now.only) != (&wanted.under, &wanted.only) {
        let plain = old_form && wanted.only.is_none();
        live.filter = if plain { None } else { Some(filter(wanted)?) };
        live.prefix = plain.then(|| wanted.under.clone());
    }
    let ends = (wanted.expire_after_days, wanted.expire_on.as_deref(), wanted.expire_delete_markers);
    if ends != (None, None, None)
        && ends != (now.expire_after_days, now.expire_on.as_deref(), now.expire_delete_markers)
    {
        let expiration = LifecycleExpiration::builder()
            .set_days(ends.0.map(number))
            .set_date(ends.1.map(date).transpose()?)
            .set_expired_object_delete_marker(ends.2);
        live.expiration = Some(expiration.build());
    }
    if let Some(moves) = &wanted.move_to {
        let all = moves.iter().map(|it| {
            let next = Transition::builder().storage_class(it.class.as_str().into());
            let date = it.on.as_deref().map(date).transpose()?;
            Ok(next.set_days(it.after_days.map(number)).set_date(date).build())
        });
        live.transitions = Some(all.collect::<Result<_, Error>>()?);
    }
    if wanted.expire_noncurrent_after_days.is_some() || wanted.keep_noncurrent.is_some() {
        let old = live.noncurrent_version_expiration.take();
        let mut expiration = old.unwrap_or_else(|| NoncurrentVersionExpiration::builder().build());
        let (days, kept) = (wanted.expire_noncurrent_after_days, wanted.keep_noncurrent);
        expiration.noncurrent_days = days.map(number).or(expiration.noncurrent_days);
        expiration.newer_noncurrent_versions = kept.map(number).or(expiration.newer_noncurrent_versions);
        live.noncurrent_version_expiration = Some(expiration);
    }
    if let Some(moves) = &wanted.move_noncurrent_to {
        let all = moves.iter().map(|it| {
            let next = NoncurrentVersionTransition::builder().storage_class(it.class.as_str().into());
            let next = next.set_noncurrent_days(it.after_days.map(number));
            next.set_newer_noncurrent_versions(it.but_newest.map(number)).build()
        });
        live.noncurrent_version_transitions = Some(all.collect());
    }
    if let Some(days) = wanted.abort_uploads_after_days.map(number) {
        let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build();
        live.abort_incomplete_multipart_upload = Some(abort);
    }
    Ok(())
}

/// One condition stands alone, several stand in `And`.
fn filter(wanted: &Rule) -> Result<LifecycleRuleFilter, Error> {
    let Some(only) = &wanted.only else {
        return Ok(LifecycleRuleFilter::builder().prefix(&wanted.under).build());
    };
    let tags = only.tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build()));
    let mut tags: Vec<_> = tags.collect::<Result<_, _>>()?;
    let sizes = usize::from(only.larger_than.is_some()) + usize::from(only.smaller_than.is_some());
    let prefix = (!wanted.under.is_empty()).then(|| wanted.under.clone());
    if tags.len() + sizes + usize::from(prefix.is_some()) == 1 {
        return Ok(LifecycleRuleFilter::builder()
            .set_tag(tags.pop())
            .set_object_size_greater_than(only.larger_than)
            .set_object_size_less_than(only.smaller_than)
            .build());
    }
    let and = LifecycleRuleAndOperator::builder()
        .set_prefix(prefix)
        .set_tags((!tags.is_empty()).then_some(tags))
        .set_object_size_greater_than(only.larger_than)
        .set_object_size_less_than(only.smaller_than);
    Ok(LifecycleRuleFilter::builder().and(and.build()).build())
}

/// Days, versions and such as S3 counts them; `check` refuses others.
fn number(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn date(text: &str) -> Result<DateTime, Error> {
    DateTime::from_str(text, Format::DateTime).map_err(|error| Error::Conflict {
        message: format!("`{text}` is no date: {error}"),
        hint: "such as `2027-01-01T00:00:00Z`".to_owned(),
    })
}

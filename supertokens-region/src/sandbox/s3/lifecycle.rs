//! What happens to a bucket's objects as they age.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::operation::{
    get_bucket_lifecycle_configuration::{
        GetBucketLifecycleConfigurationError, GetBucketLifecycleConfigurationInput,
        GetBucketLifecycleConfigurationOutput,
    },
    put_bucket_lifecycle_configuration::{
        PutBucketLifecycleConfigurationError, PutBucketLifecycleConfigurationInput,
        PutBucketLifecycleConfigurationOutput,
    },
};
use aws_sdk_s3::types::{
    self, AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRuleAndOperator,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag,
    TransitionDefaultMinimumObjectSize, TransitionStorageClass,
};
use aws_smithy_types::DateTime;

use super::{
    Call, Expiration, Fault, Filter, Handlers, Lifecycle, LifecycleRule, NoncurrentExpiration,
    NoncurrentTransition, Transition, body, bucket, built, invalid_argument, invalid_request, malformed_xml,
    set, tagging,
};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on(
        "s3:GetBucketLifecycleConfiguration",
        get_lifecycle,
        GetBucketLifecycleConfigurationError::generic,
    );
    handlers.on(
        "s3:PutBucketLifecycleConfiguration",
        put_lifecycle,
        PutBucketLifecycleConfigurationError::generic,
    );
}

fn get_lifecycle(
    call: &mut Call<'_>,
    input: &GetBucketLifecycleConfigurationInput,
) -> Result<GetBucketLifecycleConfigurationOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let lifecycle = set(
        bucket.lifecycle.as_ref(),
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    )?;
    let rules = lifecycle.rules.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    Ok(GetBucketLifecycleConfigurationOutput::builder()
        .set_rules(Some(rules))
        .transition_default_minimum_object_size(lifecycle.minimum_object_size.as_str().into())
        .build())
}

fn put_lifecycle(
    call: &mut Call<'_>,
    input: &PutBucketLifecycleConfigurationInput,
) -> Result<PutBucketLifecycleConfigurationOutput, Fault> {
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let given = body(input.lifecycle_configuration())?.rules();
    if !(1..=1000).contains(&given.len()) {
        return Err(malformed_xml());
    }
    let name = input.bucket().unwrap_or_default();
    let made_up = |index: usize| call.id("lifecycle-", &format!("{name} {index}"));
    let rules = given.iter().enumerate().map(|(index, rule)| read(rule, made_up(index)));
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    let mut ids = BTreeSet::new();
    if !rules.iter().all(|rule| ids.insert(&rule.id)) {
        let text = "Rule ID must be unique. Found same ID for more than one rule";
        return Err(invalid_argument(text));
    }
    if rules.iter().any(|rule| rule.filter.is_some()) && rules.iter().any(|rule| rule.prefix.is_some()) {
        return Err(invalid_request("Filter element can only be used in Lifecycle V2."));
    }
    let size = input.transition_default_minimum_object_size();
    let size = size.unwrap_or(&TransitionDefaultMinimumObjectSize::AllStorageClasses128K).clone();
    if !TransitionDefaultMinimumObjectSize::values().contains(&size.as_str()) {
        return Err(invalid_argument("Invalid TransitionDefaultMinimumObjectSize found"));
    }
    let lifecycle = Lifecycle { rules, minimum_object_size: size.as_str().to_owned() };
    bucket(call, input.bucket(), input.expected_bucket_owner())?.lifecycle = Some(lifecycle);
    Ok(PutBucketLifecycleConfigurationOutput::builder().transition_default_minimum_object_size(size).build())
}

#[expect(deprecated, reason = "old buckets have rules in the old form, with a prefix in place of a filter")]
fn read(rule: &types::LifecycleRule, made_up_id: String) -> Result<LifecycleRule, Fault> {
    let id = rule.id().filter(|id| !id.is_empty()).map_or(made_up_id, str::to_owned);
    if id.chars().count() > 255 {
        return Err(invalid_argument("ID length should not exceed allowed limit of 255"));
    }
    if !matches!(rule.status(), ExpirationStatus::Enabled | ExpirationStatus::Disabled)
        || rule.filter().is_some() == rule.prefix().is_some()
    {
        return Err(malformed_xml());
    }
    let rule = LifecycleRule {
        id,
        status: rule.status().as_str().to_owned(),
        prefix: rule.prefix().map(str::to_owned),
        filter: rule.filter().map(read_filter).transpose()?,
        transitions: rule.transitions().iter().map(read_transition).collect::<Result<_, _>>()?,
        expiration: rule.expiration().map(read_expiration).transpose()?,
        noncurrent_transitions: rule
            .noncurrent_version_transitions()
            .iter()
            .map(read_noncurrent_transition)
            .collect::<Result<_, _>>()?,
        noncurrent_expiration: rule
            .noncurrent_version_expiration()
            .map(|it| {
                let days = it.noncurrent_days();
                positive(days, "'NoncurrentDays'")?;
                newer_versions(it.newer_noncurrent_versions())?;
                days.ok_or_else(malformed_xml)?;
                Ok::<_, Fault>(NoncurrentExpiration { days, newer_versions: it.newer_noncurrent_versions() })
            })
            .transpose()?,
        abort_incomplete_upload_days: rule
            .abort_incomplete_multipart_upload()
            .map(|it| {
                positive(it.days_after_initiation(), "'DaysAfterInitiation'")?;
                it.days_after_initiation().ok_or_else(malformed_xml)
            })
            .transpose()?,
    };
    check(&rule)?;
    Ok(rule)
}

/// What the parts of a rule mean for one another.
fn check(rule: &LifecycleRule) -> Result<(), Fault> {
    if rule.transitions.is_empty()
        && rule.expiration.is_none()
        && rule.noncurrent_transitions.is_empty()
        && rule.noncurrent_expiration.is_none()
        && rule.abort_incomplete_upload_days.is_none()
    {
        return Err(invalid_request("At least one action needs to be specified in a rule"));
    }
    let expires = rule.expiration.as_ref().and_then(|it| it.days);
    let last = rule.transitions.iter().filter_map(|it| it.days).max();
    if let (Some(expires), Some(last)) = (expires, last)
        && expires <= last
    {
        let text = "'Days' in the Expiration action must be greater than 'Days' in the Transition action";
        return Err(invalid_argument(text));
    }
    if rule.filter.as_ref().is_some_and(|filter| !filter.tags.is_empty()) {
        if rule.abort_incomplete_upload_days.is_some() {
            return Err(invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags."));
        }
        if rule.expiration.as_ref().is_some_and(|it| it.expired_object_delete_marker.is_some()) {
            return Err(invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags."));
        }
    }
    Ok(())
}

fn positive(number: Option<i32>, what: &str) -> Result<(), Fault> {
    match number {
        Some(..=0) => Err(invalid_argument(format!("{what} must be a positive integer"))),
        _ => Ok(()),
    }
}

fn newer_versions(count: Option<i32>) -> Result<(), Fault> {
    match count {
        None | Some(1..=100) => Ok(()),
        Some(_) => Err(invalid_argument("'NewerNoncurrentVersions' must be between 1 and 100")),
    }
}

fn midnight(date: Option<&DateTime>) -> Result<Option<i64>, Fault> {
    match date {
        Some(date) if date.secs() % 86_400 != 0 || date.subsec_nanos() != 0 => {
            Err(invalid_argument("'Date' must be at midnight GMT"))
        }
        date => Ok(date.map(DateTime::secs)),
    }
}

fn storage_class(class: Option<&TransitionStorageClass>, days: Option<i32>) -> Result<String, Fault> {
    let class = class.map(TransitionStorageClass::as_str).unwrap_or_default();
    if !TransitionStorageClass::values().contains(&class) {
        return Err(malformed_xml());
    }
    if ["STANDARD_IA", "ONEZONE_IA"].contains(&class) && days.is_some_and(|days| days < 30) {
        let text = format!(
            "'Days' in Transition action must be greater than or equal to 30 for storageClass '{class}'"
        );
        return Err(invalid_argument(text));
    }
    Ok(class.to_owned())
}

fn read_transition(given: &types::Transition) -> Result<Transition, Fault> {
    let (days, date) = (given.days(), midnight(given.date())?);
    if days.is_some() == date.is_some() {
        return Err(malformed_xml());
    }
    if days.is_some_and(|days| days < 0) {
        return Err(invalid_argument("'Days' in Transition action must be nonnegative"));
    }
    Ok(Transition { days, date, storage_class: storage_class(given.storage_class(), days)? })
}

fn read_noncurrent_transition(given: &NoncurrentVersionTransition) -> Result<NoncurrentTransition, Fault> {
    let days = given.noncurrent_days();
    if days.ok_or_else(malformed_xml)? < 0 {
        return Err(invalid_argument("'NoncurrentDays' must be nonnegative"));
    }
    newer_versions(given.newer_noncurrent_versions())?;
    Ok(NoncurrentTransition {
        days,
        newer_versions: given.newer_noncurrent_versions(),
        storage_class: storage_class(given.storage_class(), days)?,
    })
}

fn read_expiration(given: &LifecycleExpiration) -> Result<Expiration, Fault> {
    let (days, date) = (given.days(), midnight(given.date())?);
    let marker = given.expired_object_delete_marker();
    let count = [days.is_some(), date.is_some(), marker.is_some()].into_iter().filter(|it| *it).count();
    if count != 1 {
        return Err(malformed_xml());
    }
    positive(days, "'Days' for Expiration action")?;
    Ok(Expiration { days, date, expired_object_delete_marker: marker })
}

/// One condition stands alone, several stand in `And`.
fn read_filter(given: &LifecycleRuleFilter) -> Result<Filter, Fault> {
    let tags: Vec<Tag> = given.tag().cloned().into_iter().collect();
    let plain = Filter {
        prefix: given.prefix().map(str::to_owned),
        tags: read_tags(&tags)?,
        larger_than: given.object_size_greater_than(),
        smaller_than: given.object_size_less_than(),
    };
    let filter = match given.and() {
        None if plain.parts() <= 1 => plain,
        Some(and) if plain.parts() == 0 => Filter {
            prefix: and.prefix().map(str::to_owned),
            tags: read_tags(and.tags())?,
            larger_than: and.object_size_greater_than(),
            smaller_than: and.object_size_less_than(),
        },
        _ => return Err(malformed_xml()),
    };
    if given.and().is_some() && filter.parts() < 2 {
        return Err(malformed_xml());
    }
    if let (Some(larger), Some(smaller)) = (filter.larger_than, filter.smaller_than)
        && larger >= smaller
    {
        let text = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.";
        return Err(invalid_request(text));
    }
    Ok(filter)
}

pub(super) fn read_tags(given: &[Tag]) -> Result<BTreeMap<String, String>, Fault> {
    let tags: BTreeMap<_, _> =
        given.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    if tags.len() < given.len() {
        return Err(invalid_request("Duplicate Tag Keys are not allowed."));
    }
    Ok(tags)
}

#[expect(deprecated, reason = "old buckets have rules in the old form, with a prefix in place of a filter")]
fn write(rule: &LifecycleRule) -> Result<types::LifecycleRule, Fault> {
    let transitions = rule.transitions.iter().map(|it| {
        types::Transition::builder()
            .set_days(it.days)
            .set_date(it.date.map(DateTime::from_secs))
            .storage_class(it.storage_class.as_str().into())
            .build()
    });
    let expiration = rule.expiration.as_ref().map(|it| {
        LifecycleExpiration::builder()
            .set_days(it.days)
            .set_date(it.date.map(DateTime::from_secs))
            .set_expired_object_delete_marker(it.expired_object_delete_marker)
            .build()
    });
    let noncurrent_transitions = rule.noncurrent_transitions.iter().map(|it| {
        NoncurrentVersionTransition::builder()
            .set_noncurrent_days(it.days)
            .set_newer_noncurrent_versions(it.newer_versions)
            .storage_class(it.storage_class.as_str().into())
            .build()
    });
    let noncurrent_expiration = rule.noncurrent_expiration.as_ref().map(|it| {
        NoncurrentVersionExpiration::builder()
            .set_noncurrent_days(it.days)
            .set_newer_noncurrent_versions(it.newer_versions)
            .build()
    });
    let abort = rule
        .abort_incomplete_upload_days
        .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    built(
        types::LifecycleRule::builder()
            .id(&rule.id)
            .status(rule.status.as_str().into())
            .set_prefix(rule.prefix.clone())
            .set_filter(rule.filter.as_ref().map(write_filter).transpose()?)
            .set_transitions((!rule.transitions.is_empty()).then(|| transitions.collect()))
            .set_expiration(expiration)
            .set_noncurrent_version_transitions(
                (!rule.noncurrent_transitions.is_empty()).then(|| noncurrent_transitions.collect()),
            )
            .set_noncurrent_version_expiration(noncurrent_expiration)
            .set_abort_incomplete_multipart_upload(abort)
            .build(),
    )
}

fn write_filter(filter: &Filter) -> Result<LifecycleRuleFilter, Fault> {
    let mut tags = tagging::write(&filter.tags)?;
    if filter.parts() <= 1 {
        return Ok(LifecycleRuleFilter::builder()
            .set_prefix(filter.prefix.clone())
            .set_tag(tags.pop())
            .set_object_size_greater_than(filter.larger_than)
            .set_object_size_less_than(filter.smaller_than)
            .build());
    }
    let and = LifecycleRuleAndOperator::builder()
        .set_prefix(filter.prefix.clone())
        .set_tags((!tags.is_empty()).then_some(tags))
        .set_object_size_greater_than(filter.larger_than)
        .set_object_size_less_than(filter.smaller_than)
        .build();
    Ok(LifecycleRuleFilter::builder().and(and).build())
}

//! Log groups: DescribeLogGroups, CreateLogGroup, PutRetentionPolicy, DeleteRetentionPolicy.

use aws_sdk_cloudwatchlogs::operation::create_log_group::{CreateLogGroupInput, CreateLogGroupOutput};
use aws_sdk_cloudwatchlogs::operation::delete_retention_policy::{
    DeleteRetentionPolicyInput, DeleteRetentionPolicyOutput,
};
use aws_sdk_cloudwatchlogs::operation::describe_log_groups::{
    DescribeLogGroupsInput, DescribeLogGroupsOutput,
};
use aws_sdk_cloudwatchlogs::operation::put_retention_policy::{
    PutRetentionPolicyInput, PutRetentionPolicyOutput,
};
use aws_sdk_cloudwatchlogs::types::{LogGroup as DescribedGroup, LogGroupClass};

use super::{LogClass, LogGroup, constraint, invalid, not_found, prefix, tags};
use crate::sandbox::{Call, Fault, page};

/// For how many days events can be kept; nothing in between.
const RETENTIONS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
/// What AWS says of a group of the class `DELIVERY`, whatever one would like.
const DELIVERY_RETENTION: i32 = 2;
/// The most groups that one answer holds, and how many it holds unless told.
const PAGE: i32 = 50;
const MOST_NAMES: usize = 50;

pub(super) fn create_log_group(
    call: &mut Call<'_>,
    input: &CreateLogGroupInput,
) -> Result<CreateLogGroupOutput, Fault> {
    let name = checked_name(input.log_group_name())?;
    if name.to_lowercase().starts_with("aws/") {
        return Err(invalid("Log groups starting with AWS/ are reserved for AWS."));
    }
    let class = input.log_group_class().map(class_of).transpose()?.unwrap_or_default();
    let keys_here = format!("arn:aws:kms:{}:", call.region);
    if let Some(key) = input.kms_key_id()
        && !key.starts_with(&keys_here)
    {
        return Err(invalid(format!("The specified KMS key {key} is not a key of this region.")));
    }
    let tags = tags::checked(input.tags())?;
    let arn = format!("{}{name}", prefix(call));
    if call.world.logs.groups.contains_key(&arn) {
        let text = "The specified log group already exists";
        return Err(Fault::new("ResourceAlreadyExistsException", text));
    }
    let group = LogGroup {
        created: call.world.clock * 1000,
        class,
        retention: (class == LogClass::Delivery).then_some(DELIVERY_RETENTION),
        stored_bytes: 0,
        kms_key: input.kms_key_id().map(str::to_owned),
        deletion_protection: input.deletion_protection_enabled().unwrap_or_default(),
        metric_filters: 0,
        tags,
    };
    call.world.logs.groups.insert(arn, group);
    Ok(CreateLogGroupOutput::builder().build())
}

fn in_alphabet(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/#".contains(c))
}

fn checked_name(name: Option<&str>) -> Result<&str, Fault> {
    let Some(name) = name else {
        return Err(constraint("null", "logGroupName", "Member must not be null"));
    };
    if name.len() > 512 {
        return Err(invalid(
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ));
    }
    checked_text(name, "logGroupName", 1)
}

fn checked_text<'a>(text: &'a str, name: &str, least: usize) -> Result<&'a str, Fault> {
    if !(least..=512).contains(&text.len()) {
        let rule = format!("Member must have a length between {least} and 512");
        return Err(constraint(text, name, &rule));
    }
    if !in_alphabet(text) {
        let rule = r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+";
        return Err(constraint(text, name, rule));
    }
    Ok(text)
}

fn class_of(class: &LogGroupClass) -> Result<LogClass, Fault> {
    match class {
        LogGroupClass::Standard => Ok(LogClass::Standard),
        LogGroupClass::InfrequentAccess => Ok(LogClass::InfrequentAccess),
        LogGroupClass::Delivery => Ok(LogClass::Delivery),
        other => {
            let rule = format!("Member must satisfy enum value set: {:?}", LogGroupClass::values());
            Err(constraint(other.as_str(), "logGroupClass", &rule))
        }
    }
}

fn group<'w>(call: &'w mut Call<'_>, name: Option<&str>) -> Result<&'w mut LogGroup, Fault> {
    let arn = format!("{}{}", prefix(call), checked_name(name)?);
    let group = call.world.logs.groups.get_mut(&arn);
    let group = group.ok_or_else(|| not_found("The specified log group does not exist."))?;
    if group.class == LogClass::Delivery {
        let text = "This operation is not supported for Delivery log class";
        return Err(Fault::new("ValidationException", text));
    }
    Ok(group)
}

pub(super) fn put_retention_policy(
    call: &mut Call<'_>,
    input: &PutRetentionPolicyInput,
) -> Result<PutRetentionPolicyOutput, Fault> {
    let days = input.retention_in_days();
    let Some(days) = days.filter(|days| RETENTIONS.contains(days)) else {
        let value = days.map_or_else(|| "null".to_owned(), |days| days.to_string());
        let rule = format!("Member must satisfy enum value set: {RETENTIONS:?}");
        return Err(constraint(&value, "retentionInDays", &rule));
    };
    group(call, input.log_group_name())?.retention = Some(days);
    Ok(PutRetentionPolicyOutput::builder().build())
}

pub(super) fn delete_retention_policy(
    call: &mut Call<'_>,
    input: &DeleteRetentionPolicyInput,
) -> Result<DeleteRetentionPolicyOutput, Fault> {
    group(call, input.log_group_name())?.retention = None;
    Ok(DeleteRetentionPolicyOutput::builder().build())
}

pub(super) fn describe_log_groups(
    call: &mut Call<'_>,
    input: &DescribeLogGroupsInput,
) -> Result<DescribeLogGroupsOutput, Fault> {
    let limit = input.limit().unwrap_or(PAGE);
    let size = match usize::try_from(limit) {
        Ok(size @ 1..) if limit <= PAGE => size,
        _ => {
            let rule = format!("Member must have value between 1 and {PAGE}");
            return Err(constraint(&limit.to_string(), "limit", &rule));
        }
    };
    let (start, pattern) = (input.log_group_name_prefix(), input.log_group_name_pattern());
    if start.is_some() && pattern.is_some() {
        let text = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
        return Err(invalid(text));
    }
    let start =
        start.map(|text| checked_text(text, "logGroupNamePrefix", 1)).transpose()?.unwrap_or_default();
    let part =
        pattern.map(|text| checked_text(text, "logGroupNamePattern", 0)).transpose()?.unwrap_or_default();
    let class = input.log_group_class().map(class_of).transpose()?;
    let names = input.log_group_identifiers();
    check_combination(input)?;

    let (prefix, account) = (prefix(call), call.account());
    let accounts = input.account_identifiers();
    let here = accounts.is_empty() || accounts.contains(&account);
    let groups = call.world.logs.groups.iter().filter_map(|(arn, group)| {
        let name = arn.strip_prefix(&prefix).filter(|_| here)?;
        let named = names.is_empty() || names.iter().any(|one| one == name || one == arn);
        let wanted = named && name.starts_with(start) && name.contains(part);
        (wanted && class.is_none_or(|class| class == group.class)).then_some((name, arn, group))
    });
    let (groups, next) = page(groups, input.next_token(), size, "InvalidParameterException")?;
    let full = pattern.is_none();
    let described = groups.into_iter().map(|(name, arn, group)| describe(name, arn, group, full)).collect();
    Ok(DescribeLogGroupsOutput::builder().set_log_groups(Some(described)).set_next_token(next).build())
}

/// Which parameters go together.
fn check_combination(input: &DescribeLogGroupsInput) -> Result<(), Fault> {
    let linked = input.include_linked_accounts().unwrap_or_default();
    if !input.account_identifiers().is_empty() && !linked {
        return Err(invalid("accountIdentifiers needs includeLinkedAccounts to be true."));
    }
    if input.account_identifiers().len() > 20 {
        return Err(invalid("accountIdentifiers can hold 20 accounts at the most."));
    }
    let names = input.log_group_identifiers();
    if names.len() > MOST_NAMES {
        return Err(invalid(format!("logGroupIdentifiers can hold {MOST_NAMES} log groups at the most.")));
    }
    let others = input.log_group_name_prefix().is_some()
        || input.log_group_name_pattern().is_some()
        || input.log_group_class().is_some();
    if !names.is_empty() && others {
        return Err(invalid("logGroupIdentifiers can't be combined with other filters."));
    }
    Ok(())
}

/// A search by a part of the name tells less of each group, above all not how long its events are kept.
fn describe(name: &str, arn: &str, group: &LogGroup, full: bool) -> DescribedGroup {
    let class = match group.class {
        LogClass::Standard => LogGroupClass::Standard,
        LogClass::InfrequentAccess => LogGroupClass::InfrequentAccess,
        LogClass::Delivery => LogGroupClass::Delivery,
    };
    let known = DescribedGroup::builder()
        .log_group_name(name)
        .arn(format!("{arn}:*"))
        .log_group_arn(arn)
        .creation_time(group.created)
        .log_group_class(class)
        .metric_filter_count(group.metric_filters);
    if !full {
        return known.build();
    }
    known
        .set_retention_in_days(group.retention)
        .stored_bytes(group.stored_bytes)
        .set_kms_key_id(group.kms_key.clone())
        .deletion_protection_enabled(group.deletion_protection)
        .build()
}

#[cfg(test)]
mod tests;

//! What RDS refuses of names, times, tags and passwords.

use std::collections::BTreeMap;

use aws_sdk_rds::types::Tag;

use super::invalid_value;
use crate::sandbox::call::tag_problem;
use crate::sandbox::{Call, Fault};

/// How many tags a thing can have.
const MOST_TAGS: usize = 50;

pub(super) fn combination(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterCombination", message)
}

/// A value that has to be there.
pub(super) fn required<'i>(value: Option<&'i str>, name: &str) -> Result<&'i str, Fault> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        Fault::new("MissingParameter", format!("The request must contain the parameter {name}."))
    })
}

/// The identifier of a cluster or an instance, as RDS keeps it: in lower case.
pub(super) fn identifier(value: Option<&str>, name: &str) -> Result<String, Fault> {
    let value = required(value, name)?;
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let letter_first = value.starts_with(|c: char| c.is_ascii_alphabetic());
    if !plain || !letter_first || value.len() > 63 || value.ends_with('-') || value.contains("--") {
        return Err(invalid_value(format!(
            "The parameter {name} is not a valid identifier. Identifiers must begin with a letter; must contain only \
             ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        )));
    }
    Ok(value.to_lowercase())
}

/// The name of a group, in lower case. `default` and what begins with `default.` belong to AWS.
pub(super) fn group_name(value: Option<&str>, name: &str, also: &str) -> Result<String, Fault> {
    let value = required(value, name)?;
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c));
    let lower = value.to_lowercase();
    if !plain || value.len() > 255 || lower == "default" || lower.starts_with("default.") {
        return Err(invalid_value(format!("The parameter {name} is not a valid identifier: {value}")));
    }
    Ok(lower)
}

pub(super) fn tags(tags: &[Tag]) -> Result<BTreeMap<String, String>, Fault> {
    let mut checked = BTreeMap::new();
    for tag in tags {
        let (key, value) = (tag.key().unwrap_or_default(), tag.value().unwrap_or_default());
        if let Some(problem) = tag_problem(key, value) {
            return Err(invalid_value(problem));
        }
        if checked.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid_value(format!("Duplicate tag key: {key}")));
        }
    }
    tag_count(checked.len())?;
    Ok(checked)
}

pub(super) fn tag_count(count: usize) -> Result<(), Fault> {
    if count > MOST_TAGS {
        return Err(invalid_value(format!("A resource can have {MOST_TAGS} tags at the most.")));
    }
    Ok(())
}

/// A number between two others, if it is given.
pub(super) fn within(value: Option<i32>, name: &str, least: i32, most: i32) -> Result<(), Fault> {
    match value {
        Some(value) if value < least || value > most => {
            Err(invalid_value(format!("Invalid {name}: {value}. Must be between {least} and {most}.")))
        }
        _ => Ok(()),
    }
}

/// One of these values, if one is given.
pub(super) fn one_of(value: Option<&str>, name: &str, known: &[&str]) -> Result<(), Fault> {
    match value {
        Some(value) if !known.contains(&value) => Err(invalid_value(format!("Invalid {name}: {value}"))),
        _ => Ok(()),
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Minutes since midnight of `hh:mm`.
fn minutes(text: &str) -> Option<i32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (text.len() == 5 && (0..24).contains(&hours) && (0..60).contains(&minutes))
        .then_some(hours * 60 + minutes)
}

/// Half an hour at the least, of a round of `whole` minutes.
fn long_enough((from, to): (i32, i32), whole: i32) -> bool {
    (to - from).rem_euclid(whole) >= 30
}

fn backup(text: &str) -> Option<(i32, i32)> {
    let (from, to) = text.split_once('-')?;
    Some((minutes(from)?, minutes(to)?)).filter(|window| long_enough(*window, 24 * 60))
}

fn maintenance(text: &str) -> Option<(i32, i32)> {
    let point = |text: &str| {
        let (day, time) = text.split_once(':')?;
        let day = DAYS.iter().position(|known| *known == day.to_lowercase())?;
        Some(i32::try_from(day).ok()? * 24 * 60 + minutes(time)?)
    };
    let (from, to) = text.split_once('-')?;
    Some((point(from)?, point(to)?)).filter(|window| long_enough(*window, 7 * 24 * 60))
}

/// Both windows have AWS's form, are half an hour long, and don't meet.
pub(super) fn windows(of_backup: Option<&str>, of_maintenance: Option<&str>) -> Result<(), Fault> {
    let bad = |name: &str, text: &str| invalid_value(format!("Invalid {name}: {text}"));
    let taken =
        of_backup.map(|text| backup(text).ok_or_else(|| bad("preferredBackupWindow", text))).transpose()?;
    let work = of_maintenance
        .map(|text| maintenance(text).ok_or_else(|| bad("preferredMaintenanceWindow", text)))
        .transpose()?;
    if let (Some((from, to)), Some((start, end))) = (taken, work) {
        let day = 24 * 60;
        let length = (to - from).rem_euclid(day);
        let work_length = (end - start).rem_euclid(7 * day);
        let gap = (start - from).rem_euclid(day);
        if gap < length || gap + work_length > day {
            return Err(combination("The backup window and maintenance window must not overlap."));
        }
    }
    Ok(())
}

/// 8-41 printable ASCII characters, but for `/`, `"`, `@` and blanks.
pub(super) fn password(text: &str) -> Result<(), Fault> {
    let taken = |c: char| c.is_ascii_graphic() && !"/\"@".contains(c);
    if !(8..=41).contains(&text.len()) || !text.chars().all(taken) {
        return Err(invalid_value(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', \
             '@', '\"', ' ' may be used.",
        ));
    }
    Ok(())
}

/// The interval of enhanced monitoring with its role: both, or neither.
pub(super) fn monitoring(call: &Call<'_>, interval: Option<i32>, role: Option<&str>) -> Result<(), Fault> {
    let interval = interval.unwrap_or(0);
    if ![0, 1, 5, 10, 15, 30, 60].contains(&interval) {
        return Err(invalid_value(format!("Invalid MonitoringInterval: {interval}")));
    }
    let Some(role) = role.filter(|_| interval > 0) else {
        return match interval {
            0 => Ok(()),
            _ => Err(combination(
                "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
            )),
        };
    };
    let name = role.rsplit('/').next().unwrap_or_default();
    let trusted = call.world.iam.roles.get(name).is_some_and(|it| it.trust_policy.contains("monitoring.rds"));
    if !trusted || !role.starts_with(&format!("arn:aws:iam::{}:role/", call.account())) {
        return Err(invalid_value(
            "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
        ));
    }
    Ok(())
}

//! What CloudWatch refuses, whatever the call.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::Dimension;

use crate::sandbox::Fault;

/// How many dimensions a metric can have.
const MOST_DIMENSIONS: usize = 30;

/// What AWS says when a call is wrong in itself.
pub(super) fn invalid(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", text)
}

/// What AWS says where a parameter doesn't fit the service's model.
pub(super) fn constraint(value: impl std::fmt::Display, name: &str, rule: &str) -> Fault {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"
    ))
}

/// A text that must be there.
pub(super) fn required<'a>(text: Option<&'a str>, name: &str, most: usize) -> Result<&'a str, Fault> {
    let Some(text) = text else {
        return Err(constraint("null", name, "Member must not be null"));
    };
    let length = text.chars().count();
    if !(1..=most).contains(&length) {
        let rule = format!("Member must have length between 1 and {most}");
        return Err(constraint(text, name, &rule));
    }
    Ok(text)
}

/// A text that may be there, and then be empty.
pub(super) fn optional(text: Option<&str>, name: &str, most: usize) -> Result<(), Fault> {
    match text {
        Some(text) if text.chars().count() > most => {
            let rule = format!("Member must have length less than or equal to {most}");
            Err(constraint(text, name, &rule))
        }
        _ => Ok(()),
    }
}

/// A text that may be there, and then be one of these.
pub(super) fn one_of(text: Option<&str>, name: &str, allowed: &[&str]) -> Result<(), Fault> {
    match text {
        Some(text) if !allowed.contains(&text) => {
            let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            Err(constraint(text, name, &rule))
        }
        _ => Ok(()),
    }
}

/// The name of an alarm.
pub(super) fn alarm_name<'a>(name: Option<&'a str>, parameter: &str) -> Result<&'a str, Fault> {
    let name = required(name, parameter, 255)?;
    if name.chars().any(|c| c.is_ascii_control()) {
        return Err(invalid("AlarmName must not contain ASCII control characters."));
    }
    Ok(name)
}

/// The namespace of a metric.
pub(super) fn namespace(text: Option<&str>) -> Result<&str, Fault> {
    let text = required(text, "namespace", 255)?;
    if text.starts_with(':') {
        return Err(constraint(text, "namespace", "Member must satisfy regular expression pattern: [^:].*"));
    }
    Ok(text)
}

/// The dimensions of a metric, by name.
pub(super) fn dimensions(all: &[Dimension]) -> Result<BTreeMap<String, String>, Fault> {
    if all.len() > MOST_DIMENSIONS {
        let rule = format!("Member must have length less than or equal to {MOST_DIMENSIONS}");
        return Err(constraint(all.len(), "dimensions", &rule));
    }
    let mut checked = BTreeMap::new();
    for dimension in all {
        let name = required(dimension.name(), "dimensions.member.name", 255)?;
        let value = required(dimension.value(), "dimensions.member.value", 1024)?;
        let fits =
            |text: &str| text.is_ascii() && !text.chars().any(char::is_control) && !text.trim().is_empty();
        if !fits(name) || name.starts_with(':') || !fits(value) {
            let text = format!("The dimension {name}={value} must be of ASCII characters, not only blanks.");
            return Err(Fault::new("InvalidParameterValue", text));
        }
        if checked.insert(name.to_owned(), value.to_owned()).is_some() {
            let text = format!("No metric can have the dimension {name} twice.");
            return Err(Fault::new("InvalidParameterValue", text));
        }
    }
    Ok(checked)
}

/// A period: seconds.
pub(super) fn period(seconds: i32) -> Result<i32, Fault> {
    if seconds < 1 {
        return Err(constraint(seconds, "period", "Member must have value greater than or equal to 1"));
    }
    if ![10, 20, 30].contains(&seconds) && seconds % 60 != 0 {
        return Err(invalid("Period must be 10, 20, 30 or a multiple of 60"));
    }
    Ok(seconds)
}

/// Percentiles and trimmed statistics: `p99.9`, `tm90`, `IQM`, `TM(10%:90%)`, `PR(:300)`.
pub(super) fn extended_statistic(text: &str) -> Result<(), Fault> {
    let number = |text: &str| text.parse::<f64>().is_ok_and(|number| number >= 0.0);
    let percent = |text: &str| number(text) && text.parse::<f64>().is_ok_and(|number| number <= 100.0);
    let bound = |text: &str| text.is_empty() || text.strip_suffix('%').map_or_else(|| number(text), percent);
    let simple = ["p", "tm", "wm", "tc", "ts"];
    let ranged = ["TM(", "WM(", "TC(", "TS(", "PR("];
    let fits = text == "IQM"
        || simple.iter().any(|kind| text.strip_prefix(kind).is_some_and(percent))
        || ranged.iter().any(|kind| {
            let range = text.strip_prefix(kind).and_then(|rest| rest.strip_suffix(')'));
            let bounds = range.and_then(|range| range.split_once(':'));
            bounds
                .is_some_and(|(low, high)| bound(low) && bound(high) && !(low.is_empty() && high.is_empty()))
        });
    if fits {
        return Ok(());
    }
    let text = format!("The value {text} for parameter ExtendedStatistic is not supported.");
    Err(Fault::new("InvalidParameterValue", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_statistics_are_percentiles_and_trimmed_ones() {
        for fine in ["p0", "p99.9", "p100", "tm90", "IQM", "TM(10%:90%)", "PR(:300)", "TC(0.005:0.030)"] {
            assert!(extended_statistic(fine).is_ok(), "{fine}");
        }
        for bad in ["", "p", "p101", "p-1", "Maximum", "x90", "TM(:)", "TM(10%)", "TM(10%:101%)"] {
            assert!(extended_statistic(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn periods_are_10_20_30_or_whole_minutes() {
        for (seconds, fine) in
            [(10, true), (20, true), (30, true), (60, true), (900, true), (7, false), (90, false), (0, false)]
        {
            assert_eq!(period(seconds).is_ok(), fine, "{seconds}");
        }
    }
}

//! What AWS would reject of an alarm, and what it would take though it never becomes an alarm.

use super::Alarm;
use super::family::Family;
use super::metric::Metric;
use super::parts::Datapoints;
use crate::findings::Finding;
use crate::kind::{Invalid, Kind};
use crate::tags;

/// The most actions that an alarm has for one state.
pub(super) const MOST_ACTIONS: usize = 5;
const MOST_DIMENSIONS: usize = 30;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Of an Aurora cluster's volume: the metrics that are published by cluster and engine.
const BY_ENGINE: [&str; 3] = ["VolumeBytesUsed", "VolumeReadIOPs", "VolumeWriteIOPs"];

impl Alarm {
    fn family_and_metric(&self) -> (Option<Family>, Option<Metric>) {
        let metric = Metric::ALL.iter().find(|metric| metric.to_string() == self.metric).copied();
        (Family::of(&self.namespace), metric)
    }

    fn dimension_like(&self, name: &str) -> Option<(&str, &str)> {
        let found = self.dimensions.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some((found.0.as_str(), found.1.as_str()))
    }

    pub(super) fn invalid(&self) -> Vec<Invalid> {
        let mut invalid = tags::check(&self.tags);
        self.check_what(&mut invalid);
        self.check_when(&mut invalid);
        let name = self.name();
        if !(1..=255).contains(&name.chars().count()) || name.chars().any(|c| c.is_ascii_control()) {
            let text = format!("`{name}` is not a name that CloudWatch takes");
            invalid.push(Invalid::new(text).hint("1-255 characters; `.named(..)` gives it another"));
        }
        if self.notify.len() > MOST_ACTIONS {
            let text = format!("it tells {} topics, where AWS takes {MOST_ACTIONS}", self.notify.len());
            invalid.push(Invalid::new(text).hint("subscribe to one topic what several are to get"));
        }
        let length = self.description.as_ref().map_or(0, |text| text.chars().count());
        if length > 1024 {
            invalid
                .push(Invalid::new(format!("the description has {length} characters, where AWS takes 1024")));
        }
        invalid
    }

    fn check_what(&self, invalid: &mut Vec<Invalid>) {
        if let (Some(family), Some(metric)) = self.family_and_metric()
            && !metric.families().contains(&family)
        {
            let text = format!("`{}` has no metric `{metric}`", family.namespace());
            let words: Vec<_> = metric.families().iter().map(|has| format!("`{}`", has.word())).collect();
            invalid.push(Invalid::new(text).hint(format!("it is one for {}", words.join(" or "))));
        }
        if let Some(family) = Family::of(&self.namespace) {
            let nameless = self.of.is_empty() && (self.named.is_none() || self.dimensions.0.is_empty());
            if nameless {
                let hint = format!("`.of(..)`, {}; or `.dimension(.., ..)` and `.named(..)`", family.form());
                invalid.push(Invalid::new("it doesn't say what it watches").hint(hint));
            } else if !self.of.is_empty() && !family.takes(&self.of) {
                let text = format!("`{}` is not something that `{}` can watch", self.of, family.word());
                invalid.push(Invalid::new(text).hint(family.form()));
            }
        }
        let fits = |text: &str, most: usize| {
            text.len() <= most
                && text.is_ascii()
                && !text.chars().any(char::is_control)
                && !text.trim().is_empty()
        };
        let taken = |name: &str, value: &str| fits(name, 255) && !name.starts_with(':') && fits(value, 1024);
        // What `of` was given is told above.
        let said = |value: &str| !value.eq_ignore_ascii_case(&self.of);
        let mut dimensions = self.dimensions.0.iter();
        if let Some((name, value)) = dimensions.find(|(name, value)| said(value) && !taken(name, value)) {
            let text = format!("`{name}={value}` is not a dimension that CloudWatch takes");
            let hint =
                "a name of 1-255 and a value of 1-1024 ASCII characters, not only blanks, no `:` first";
            invalid.push(Invalid::new(text).hint(hint));
        }
        if self.dimensions.0.len() > MOST_DIMENSIONS {
            let text = format!("{} dimensions, where AWS takes {MOST_DIMENSIONS}", self.dimensions.0.len());
            invalid.push(Invalid::new(text));
        }
    }

    fn check_when(&self, invalid: &mut Vec<Invalid>) {
        if !self.threshold.is_some_and(f64::is_finite) {
            invalid.push(Invalid::new("the threshold is not a number"));
        }
        let (period, periods) = (self.period_secs, self.evaluation_periods);
        if ![10, 20, 30].contains(&period) && (period < 60 || period % 60 != 0) {
            let text = format!("a period of {period} seconds is none that CloudWatch takes");
            invalid.push(Invalid::new(text).hint("10, 20, 30 or a multiple of 60"));
        }
        let (most, words) = if period < HOUR { (DAY, "a day") } else { (7 * DAY, "a week") };
        if periods < 1 {
            invalid.push(Invalid::new(format!("{periods} evaluation periods: at least one is needed")));
        } else if period.saturating_mul(periods) > most {
            let text = format!("{periods} periods of {period} seconds are more than {words}");
            invalid.push(Invalid::new(text).hint(format!("at most {} periods", most / period.max(1))));
        }
        if let Datapoints::Some(bad) = self.datapoints
            && !(1..=periods.max(1)).contains(&bad)
        {
            let text = format!("{bad} of {periods} datapoints can't be bad");
            invalid.push(Invalid::new(text).hint("`datapoints` is 1 to `evaluation_periods`"));
        }
    }

    /// What AWS takes, and what still keeps it from telling anybody.
    pub(super) fn doubts(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.unpublished().into_iter().collect();
        if !self.name().is_ascii() {
            findings.push(
                Finding::warning("name-not-ascii", "policies of topics can't name an alarm like this")
                    .hint("give it a name of ASCII characters with `.named(..)`"),
            );
        }
        findings
    }

    /// Why nobody publishes this metric with these dimensions, where that is known: such an alarm never has data.
    fn unpublished(&self) -> Option<Finding> {
        let (family, metric) = (Family::of(&self.namespace)?, self.metric.as_str());
        let never = |why: String, hint: &str| {
            let text = format!("it never becomes an alarm: {why}");
            Some(Finding::warning("metric-not-published", text).hint(hint))
        };
        match family {
            Family::Rds => {
                if let Some((name, value)) = self
                    .dimension_like("DBClusterIdentifier")
                    .or_else(|| self.dimension_like("DBInstanceIdentifier"))
                    && value.chars().any(char::is_uppercase)
                {
                    return never(
                        format!("RDS publishes `{name}` in lower case, not as `{value}`"),
                        "write it in lower case",
                    );
                }
                let (name, _) = self.dimension_like("DBClusterIdentifier")?;
                if metric == "FreeStorageSpace" {
                    return never(
                        "Aurora publishes no `FreeStorageSpace`".to_owned(),
                        "`FreeLocalStorage` is what Aurora has",
                    );
                }
                if name != "DBClusterIdentifier" && !BY_ENGINE.contains(&metric) {
                    return never(
                        format!(
                            "Aurora publishes `{metric}` under `DBClusterIdentifier`, not under `{name}`"
                        ),
                        "leave the dimensions to `.of(..)`",
                    );
                }
                None
            }
            Family::Elb => {
                let by_target = ["UnHealthyHostCount", "HealthyHostCount"].contains(&metric);
                if by_target && !self.dimensions.0.contains_key("TargetGroup") {
                    return never(
                        format!("`{metric}` is published by target group"),
                        "add `.dimension(\"TargetGroup\", \"targetgroup/NAME/ID\")`",
                    );
                }
                None
            }
            Family::Lambda | Family::Ec2 => None,
        }
    }
}

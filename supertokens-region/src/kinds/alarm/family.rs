//! The sorts of things that alarms watch, and how AWS names each.

use super::metric::{Metric, Statistic};

/// The sort of thing that an alarm watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Rds,
    Lambda,
    Elb,
    Ec2,
}

impl Family {
    const ALL: [Self; 4] = [Self::Rds, Self::Lambda, Self::Elb, Self::Ec2];

    /// The family of this namespace.
    pub(super) fn of(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.namespace() == namespace)
    }

    pub(super) fn namespace(self) -> &'static str {
        match self {
            Self::Rds => "AWS/RDS",
            Self::Lambda => "AWS/Lambda",
            Self::Elb => "AWS/ApplicationELB",
            Self::Ec2 => "AWS/EC2",
        }
    }

    /// The word that makes such an alarm.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rds => "rds_alarm",
            Self::Lambda => "lambda_alarm",
            Self::Elb => "elb_alarm",
            Self::Ec2 => "ec2_alarm",
        }
    }

    /// The dimension under which AWS publishes what it measures of one such thing.
    pub(super) fn dimension(self) -> &'static str {
        match self {
            Self::Rds => "DBClusterIdentifier",
            Self::Lambda => "FunctionName",
            Self::Elb => "LoadBalancer",
            Self::Ec2 => "InstanceId",
        }
    }

    /// The alarm's name, unless it is given one.
    pub(super) fn alarm_name(self, of: &str, metric: &str) -> String {
        match self {
            Self::Rds => format!("db-{of} {metric}"),
            Self::Elb => format!("{} ELB {metric}", of.split('/').nth(1).unwrap_or(of)),
            Self::Lambda | Self::Ec2 => format!("{of} {metric}"),
        }
    }

    /// What names one such thing: the form, for people.
    pub(super) fn form(self) -> &'static str {
        match self {
            Self::Rds => "the cluster's identifier: letters, digits and `-`",
            Self::Lambda => "the function's name, without version: letters, digits, `-` and `_`",
            Self::Elb => "`app/NAME/ID`, as at the end of the load balancer's ARN",
            Self::Ec2 => "the instance's id: `i-` and digits",
        }
    }

    /// Whether this names one such thing.
    pub(super) fn takes(self, of: &str) -> bool {
        let plain = |text: &str, also: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
        };
        match self {
            Self::Rds => plain(of, "-"),
            Self::Lambda => plain(of, "-_"),
            Self::Elb => match of.split('/').collect::<Vec<_>>()[..] {
                ["app", name, id] => plain(name, "-") && plain(id, ""),
                _ => false,
            },
            Self::Ec2 => of.strip_prefix("i-").is_some_and(|digits| plain(digits, "")),
        }
    }

    /// AWS's name of the comparison that fits, unless the alarm is given one.
    pub(super) fn comparison(self, metric: Metric, statistic: Statistic) -> &'static str {
        match statistic {
            Statistic::Min => "LessThanThreshold",
            _ if self == Self::Lambda || metric.counts_failures() => "GreaterThanOrEqualToThreshold",
            _ => "GreaterThanThreshold",
        }
    }
}

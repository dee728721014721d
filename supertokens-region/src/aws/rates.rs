//! How many calls a second AWS takes: one budget for each API, in each region.

use std::collections::BTreeMap;

/// How fast a budget fills, and how much of it may be spent at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls a second.
    pub per_second: f64,
    /// Calls at once, after a pause that was long enough.
    pub burst: u32,
}

/// The budgets of the calls of an account. What has no budget is not held up.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    documented: bool,
    own: BTreeMap<String, Rate>,
}

/// What reads, by AWS's naming.
pub(crate) fn only_reads(operation: &str) -> bool {
    ["Get", "List", "Describe", "Head"].iter().any(|verb| operation.starts_with(verb))
}

/// The budgets that AWS documents, each for one account and region, and careful guesses where it publishes none: for an
/// operation, for the reads of a service, or for whatever else the service does. Calls a second, and calls at once.
///
/// Sources: the pages on quotas and throttling of CloudWatch, CloudWatch Logs, Lambda, SNS, Route 53, EC2 and Tag Editor.
/// RDS, IAM and Systems Manager publish no rates for these calls. S3 takes thousands a second of objects, and publishes
/// none for the settings of buckets, of which a run writes a few. A burst is what one second fills, where
/// AWS documents no other.
const DOCUMENTED: [(&str, f64, u32); 27] = [
    ("cloudwatch:PutMetricAlarm", 3.0, 3),
    ("cloudwatch:DescribeAlarms", 9.0, 9),
    ("cloudwatch:DescribeAlarmsForMetric", 9.0, 9),
    ("cloudwatch:ListTagsForResource", 10.0, 10),
    ("cloudwatch:TagResource", 20.0, 20),
    ("cloudwatch:ListMetrics", 25.0, 25),
    ("logs:DescribeLogGroups", 10.0, 10),
    ("logs:PutRetentionPolicy", 5.0, 5),
    ("logs", 5.0, 5),
    ("lambda:GetFunction", 100.0, 100),
    ("lambda:GetPolicy", 15.0, 15),
    ("lambda", 15.0, 15),
    ("sns:Subscribe", 100.0, 100),
    ("sns", 30.0, 30),
    ("route53:CreateHostedZone", 2.0, 40),
    ("route53:AssociateVPCWithHostedZone", 5.0, 20),
    ("route53", 10.0, 50),
    ("ec2:CreateVpcEndpoint", 0.3, 4),
    ("ec2 reads", 10.0, 50),
    ("ec2", 5.0, 50),
    ("iam reads", 5.0, 10),
    ("iam", 1.0, 5),
    ("rds reads", 20.0, 40),
    ("rds", 5.0, 10),
    ("ssm:GetParameter", 40.0, 40),
    ("ssm:PutParameter", 3.0, 3),
    ("tag:GetResources", 15.0, 15),
];

/// The documents of Systems Manager, of whose rates nothing is known but that they are low.
const GUESSED: [(&str, f64, u32); 2] = [("ssm reads", 10.0, 20), ("ssm", 3.0, 5)];

/// Services that keep a budget for each operation, rather than one for all that have the same rate.
const EACH: [&str; 1] = ["ec2"];
/// Services where what has a budget of its own spends of the service's, too.
const BESIDE: [&str; 1] = ["route53"];
/// Services that are the same in all regions, and so are their budgets.
const GLOBAL: [&str; 2] = ["iam", "route53"];

/// A budget of calls that AWS keeps for an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Budget {
    /// An operation, a service, or the reads of one.
    pub name: String,
    /// The region; empty for services that are the same in all.
    pub region: String,
}

impl Rates {
    /// What AWS documents of a new account.
    #[must_use]
    pub fn documented() -> Self {
        Self { documented: true, own: BTreeMap::new() }
    }

    /// Nothing is held up: for tests and emulators.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { documented: false, own: BTreeMap::new() }
    }

    /// The documented rates, but for those of an account whose quotas were raised: a line each, `NAME = PER_SECOND` or
    /// `NAME = PER_SECOND, BURST`, `#` for comments. A name is an operation such as `logs:PutRetentionPolicy`, the reads of
    /// a service (`iam reads`), or a service (`lambda`) for what has no other budget.
    ///
    /// # Errors
    /// The number of the first line that says something else, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut rates = Self::documented();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (name, rate) = assignment(line).map_err(|why| (number + 1, why))?;
            rates.own.insert(name, rate);
        }
        Ok(rates)
    }

    /// The budgets that a call of this operation (`sns:CreateTopic`) in this region spends of, and how they fill.
    #[must_use]
    pub fn of(&self, operation: &str, region: &str) -> Vec<(Budget, Rate)> {
        let (service, name) = operation.split_once(':').unwrap_or((operation, ""));
        let reads = only_reads(name).then(|| format!("{service} reads"));
        let names = [Some(operation.to_owned()), reads, Some(service.to_owned())];
        let region = if GLOBAL.contains(&service) { "" } else { region };
        let mut spends = names.into_iter().flatten().filter_map(|name| {
            let rate = self.own.get(&name).copied().or_else(|| self.as_documented(&name))?;
            let name = if EACH.contains(&service) { operation.to_owned() } else { name };
            Some((Budget { name, region: region.to_owned() }, rate))
        });
        let how_many = if BESIDE.contains(&service) { 2 } else { 1 };
        spends.by_ref().take(how_many).collect()
    }

    fn as_documented(&self, name: &str) -> Option<Rate> {
        let mut known = DOCUMENTED.iter().chain(&GUESSED).filter(|_| self.documented);
        let (_, per_second, burst) = known.find(|(known, ..)| *known == name)?;
        Some(Rate { per_second: *per_second, burst: *burst })
    }
}

fn assignment(line: &str) -> Result<(String, Rate), String> {
    let form = || format!("expected `NAME = PER_SECOND` or `NAME = PER_SECOND, BURST`, got `{line}`");
    let (name, numbers) = line.split_once('=').ok_or_else(form)?;
    let (name, numbers) = (name.trim(), numbers.trim());
    let service = name.split([':', ' ']).next().unwrap_or_default();
    if !SERVICES.contains(&service) {
        return Err(format!("`{name}` is no API; expected one of {}, or an operation", SERVICES.join(", ")));
    }
    let (per_second, burst) = match numbers.split_once(',') {
        Some((per_second, burst)) => (per_second.trim(), Some(burst.trim())),
        None => (numbers, None),
    };
    let per_second = per_second.parse::<f64>().ok().filter(|rate| (0.01..=100_000.0).contains(rate));
    let per_second =
        per_second.ok_or_else(|| format!("the rate of `{name}` is to be 0.01 to 100000 a second"))?;
    let burst = match burst {
        Some(burst) => burst.parse::<u32>().ok().filter(|burst| (1..=100_000).contains(burst)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 1 to 100000")]
        None => Some(per_second.ceil() as u32),
    };
    let burst = burst.ok_or_else(|| format!("the burst of `{name}` is to be 1 to 100000 calls"))?;
    Ok((name.to_owned(), Rate { per_second, burst }))
}

const SERVICES: [&str; 12] =
    ["cloudwatch", "ec2", "iam", "lambda", "logs", "rds", "route53", "s3", "sns", "ssm", "sts", "tag"];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rates: &Rates, operation: &str) -> Vec<String> {
        rates.of(operation, "ap-south-1").into_iter().map(|(budget, _)| budget.name).collect()
    }

    #[test]
    fn each_operation_spends_of_its_own_budget_or_of_that_of_its_service() {
        let rates = Rates::documented();
        assert_eq!(names(&rates, "logs:PutRetentionPolicy"), ["logs:PutRetentionPolicy"]);
        assert_eq!(names(&rates, "lambda:CreateFunction"), ["lambda"]);
        assert_eq!(names(&rates, "iam:GetPolicy"), ["iam reads"]);
        assert_eq!(names(&rates, "iam:CreatePolicyVersion"), ["iam"]);
        assert_eq!(names(&rates, "route53:CreateHostedZone"), ["route53:CreateHostedZone", "route53"]);
        assert_eq!(names(&rates, "ec2:DescribeVpcs"), ["ec2:DescribeVpcs"]);
        assert_eq!(names(&rates, "ssm:GetDocument"), ["ssm reads"]);
        assert_eq!(names(&rates, "ssm:CreateDocument"), ["ssm"]);
        let global = |operation| rates.of(operation, "ap-south-1")[0].0.region.is_empty();
        assert!(global("iam:GetRole") && !global("ec2:DescribeVpcs"));
        assert!(names(&rates, "s3:PutBucketPolicy").is_empty());
        assert!(names(&Rates::unlimited(), "logs:PutRetentionPolicy").is_empty());
    }

    #[test]
    fn raised_quotas_stand_in_a_file() {
        let text = "# raised in May\nlogs:PutRetentionPolicy = 50\nlambda = 30, 60 # burst\n\nlambda:CreateFunction=2\ns3 = 9\n";
        let rates = Rates::parse(text).unwrap();
        let of = |operation: &str| {
            let Rate { per_second, burst } = rates.of(operation, "")[0].1;
            (per_second, burst)
        };
        assert_eq!(of("logs:PutRetentionPolicy"), (50.0, 50));
        assert_eq!(of("lambda:ListTags"), (30.0, 60));
        assert_eq!(of("lambda:CreateFunction"), (2.0, 2));
        assert_eq!(of("s3:PutBucketPolicy"), (9.0, 9));
        assert_eq!(of("logs:DescribeLogGroups"), (10.0, 10));
    }

    #[test]
    fn a_line_that_says_something_else_is_told_with_its_number() {
        for (text, line) in [
            ("logs", 1),
            ("\nlogs = fast", 2),
            ("logs = 0", 1),
            ("logs = 1, 0", 1),
            ("lamda = 3", 1),
            ("=1", 1),
        ] {
            assert_eq!(Rates::parse(text).unwrap_err().0, line, "{text}");
        }
    }
}

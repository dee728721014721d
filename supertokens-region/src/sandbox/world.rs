//! Everything that is in the sandbox, as plain data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::faults::Disturbance;
use super::pages::Pages;
use super::{cloudwatch, ec2, iam, lambda, logs, rds, route53, s3, sns, ssm};

/// How the sandbox answers, whatever is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long each answer takes, in milliseconds. Default: no time.
    pub latency_millis: u64,
    /// Operations that are refused as forbidden, such as `sns:CreateTopic`. Default: none.
    pub denied: BTreeSet<String>,
    /// What goes wrong, and when; the first one that fits a call happens to it. Default: nothing.
    pub disturbances: Vec<Disturbance>,
    /// Whether calls above AWS's documented rates are refused. Default: no.
    pub enforce_rates: bool,
    /// How lists are cut into pages. Default: as AWS usually does.
    pub pages: Pages,
}

/// Everything that is in one AWS account, in all regions, as plain data: saved, restored, compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The account, 12 digits.
    pub account: String,
    /// The world's time, seconds since 1970. It stands still unless somebody sets it.
    pub clock: i64,
    /// How it answers, whatever is in it.
    #[serde(default)]
    pub settings: Settings,
    /// How many calls came, answered or not.
    pub requests: u64,
    /// SNS.
    pub sns: sns::Sns,
    /// S3.
    pub s3: s3::S3,
    /// IAM.
    pub iam: iam::Iam,
    /// Route 53.
    pub route53: route53::Route53,
    /// EC2.
    pub ec2: ec2::Ec2,
    /// RDS.
    pub rds: rds::Rds,
    /// CloudWatch.
    pub cloudwatch: cloudwatch::CloudWatch,
    /// Systems Manager.
    pub ssm: ssm::Ssm,
    /// Lambda.
    pub lambda: lambda::Lambda,
    /// CloudWatch Logs.
    pub logs: logs::Logs,
}

impl World {
    /// The same without what applies keep others away with: for comparing what they made.
    #[must_use]
    pub fn without_lease(mut self) -> Self {
        for region in self.ssm.regions.values_mut() {
            region.parameters.remove(crate::lease::PARAMETER);
        }
        self.ssm.regions.retain(|_, region| *region != ssm::SsmRegion::default());
        self
    }
}

impl Default for World {
    /// Account 123456789012 with nothing in it but what AWS gives a new account, on 2026-01-01.
    fn default() -> Self {
        Self {
            account: "123456789012".to_owned(),
            clock: 1_767_225_600,
            requests: 0,
            settings: Settings::default(),
            sns: sns::Sns::default(),
            s3: s3::S3::default(),
            iam: iam::Iam::default(),
            route53: route53::Route53::default(),
            ec2: ec2::Ec2::default(),
            rds: rds::Rds::default(),
            cloudwatch: cloudwatch::CloudWatch::default(),
            ssm: ssm::Ssm::default(),
            lambda: lambda::Lambda::default(),
            logs: logs::Logs::default(),
        }
    }
}

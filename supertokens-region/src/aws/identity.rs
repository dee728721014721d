//! Who is calling, and where.

use serde::Serialize;

use super::Aws;
use crate::error::Error;

/// The caller's account and partition, as STS tells them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Identity {
    /// The account, 12 digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// `aws`, `aws-cn` or `aws-us-gov`: the second field of every ARN.
    pub partition: String,
}

impl Identity {
    /// Refuses any other account than this one (12 digits).
    ///
    /// # Errors
    /// [`Error::WrongAccount`].
    pub fn expect(&self, account: &str) -> Result<(), Error> {
        if self.account == account {
            return Ok(());
        }
        Err(Error::WrongAccount { expected: account.to_owned(), found: self.account.clone() })
    }
}

pub(super) async fn ask(aws: &Aws) -> Result<Identity, Error> {
    let region = home(aws.configured_region());
    let answer = aws.sts(region).get_caller_identity().send().await?;
    let arn = answer.arn().unwrap_or_default().to_owned();
    Ok(Identity {
        account: answer.account().unwrap_or_default().to_owned(),
        partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
        arn,
    })
}

/// The region to ask for what is the same in all regions: the one of the partition that every account has enabled.
pub(crate) fn home(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("cn-") => "cn-north-1",
        Some(region) if region.starts_with("us-gov-") => "us-gov-west-1",
        _ => "us-east-1",
    }
}

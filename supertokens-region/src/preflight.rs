//! What must be right before anything is read: the credentials, the account, the region.

use aws_sdk_ec2::types::Region as AwsRegion;

use crate::aws::{Aws, Identity, Listing, home};
use crate::error::Error;
use crate::text::nearest;

/// Asks who is calling and whether the account has the region: one round trip, before anything else.
///
/// # Errors
/// [`Error::WrongAccount`], [`Error::UnknownRegion`], [`Error::RegionNotEnabled`], or why AWS could not be asked.
pub async fn preflight(aws: &Aws, region: &str, account: Option<&str>) -> Result<Identity, Error> {
    let (identity, regions) = tokio::join!(aws.identity(), aws.list::<Regions>(home(Some(region))));
    let identity = identity?;
    if let Some(account) = account {
        identity.expect(account)?;
    }
    let regions = regions?;
    let names = || regions.0.iter().filter_map(AwsRegion::region_name);
    match regions.0.iter().find(|known| known.region_name() == Some(region)) {
        None => {
            let nearest = nearest(region, names()).map(str::to_owned);
            Err(Error::UnknownRegion { region: region.to_owned(), nearest })
        }
        Some(known) if known.opt_in_status() == Some("not-opted-in") => {
            Err(Error::RegionNotEnabled { region: region.to_owned(), account: identity.account.clone() })
        }
        Some(_) => Ok(identity.clone()),
    }
}

/// All regions of the partition, those that the account has not enabled too. Asked in the home region, since the target
/// may not be one.
struct Regions(Vec<AwsRegion>);

impl Listing for Regions {
    async fn read(aws: &Aws, home: &str) -> Result<Self, Error> {
        let answer = aws.ec2(home).describe_regions().all_regions(true).send().await?;
        Ok(Self(answer.regions.unwrap_or_default()))
    }
}

//! The bucket that objects come from: where it is, and all the rules that it has.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketVersioningStatus, ReplicationConfiguration, ReplicationRule};

use super::super::bucket::place::{Regions, regions};
use crate::aws::{Aws, Listing};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::wait;

/// What S3 is told of one bucket takes seconds to be known everywhere: as a rule fewer than 30.
const PATIENCE: Duration = Duration::from_secs(60);

/// A source.
pub(in crate::kinds) struct Source<'a> {
    name: &'a str,
    /// Where it is.
    pub(in crate::kinds) region: String,
    cx: &'a Cx<'a>,
    /// All rules and the role, where there are any.
    pub(in crate::kinds) configuration: Option<ReplicationConfiguration>,
}

/// What a bucket tells of its replication.
struct Told {
    region: String,
    versioned: bool,
    configuration: Option<ReplicationConfiguration>,
}

impl Listing for Told {
    /// Of a region and a bucket's name, `ap-south-1/data`: the bucket may be in another region.
    async fn read(aws: &Aws, of: &str) -> Result<Self, Error> {
        let (region, name) = of.split_once('/').unwrap_or_default();
        let account = &aws.identity().await?.account;
        let region = region_of(name, &*regions(aws, region).await?, region, aws, account).await?;
        Self::of(name, region, aws, account).await
    }
}

impl Told {
    async fn of(name: &str, region: String, aws: &Aws, account: &str) -> Result<Self, Error> {
        let s3 = aws.s3(&region);
        let (versioned, configuration) =
            tokio::try_join!(keeps_versions(&s3, name, account), configuration(&s3, name, account))?;
        Ok(Self { region, versioned, configuration })
    }
}

impl<'a> Source<'a> {
    /// The source as it is seen in this look at AWS.
    pub(in crate::kinds) async fn seen(name: &'a str, cx: &'a Cx<'a>) -> Result<Self, Error> {
        let told = cx.aws.list::<Told>(&format!("{}/{name}", cx.region)).await?;
        Self::of(name, &told, cx)
    }

    /// The source as it is right now; `home` is where it is, as far as that is known.
    pub(in crate::kinds) async fn now(
        name: &'a str,
        home: Option<&str>,
        cx: &'a Cx<'a>,
    ) -> Result<Self, Error> {
        match home {
            Some(home) => Self::of(name, &Told::of(name, home.to_owned(), cx.aws, cx.account()).await?, cx),
            None => Self::seen(name, cx).await,
        }
    }

    fn of(name: &'a str, told: &Told, cx: &'a Cx<'a>) -> Result<Self, Error> {
        if !told.versioned {
            return Err(Error::Conflict {
                message: format!("the bucket `{name}` doesn't keep versions, which S3 asks of both ends"),
                hint: "switch its versioning on, then run again".to_owned(),
            });
        }
        Ok(Self { name, region: told.region.clone(), cx, configuration: told.configuration.clone() })
    }

    fn s3(&self) -> Client {
        self.cx.aws.s3(&self.region)
    }

    /// Puts these rules in place of all that there are, and waits until S3 tells them: whoever read before that would
    /// write the old ones again.
    pub(super) async fn put(&self, all: ReplicationConfiguration, to: &str) -> Result<(), Error> {
        let progress = self.cx.progress;
        let knows = format!("S3 knows where `{}` is that `{to}` keeps versions", self.name);
        wait::until(progress, &knows, PATIENCE, || self.put_once(&all, to)).await?;
        let tells = format!("S3 tells the new rules of `{}`", self.name);
        wait::until(progress, &tells, PATIENCE, || async {
            let told = configuration(&self.s3(), self.name, self.cx.account()).await?;
            Ok(told.is_some_and(|told| same_rules(&told, &all)).then_some(()))
        })
        .await
    }

    /// Puts these rules; `None` where it is too early for it.
    async fn put_once(&self, all: &ReplicationConfiguration, to: &str) -> Result<Option<()>, Error> {
        let put = self.s3().put_bucket_replication().bucket(self.name);
        let put = put.expected_bucket_owner(self.cx.account()).replication_configuration(all.clone());
        match put.send().await.map_err(Error::from) {
            Ok(_) => Ok(Some(())),
            Err(error) if self.is_too_early(&error, to).await? => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether S3 misses the versions of a destination that has them: where the source is, that is not known yet.
    async fn is_too_early(&self, error: &Error, to: &str) -> Result<bool, Error> {
        match error {
            Error::Refused(refusal)
                if refusal.code == "InvalidRequest"
                    && refusal.message.contains("Destination bucket must") =>
            {
                keeps_versions(&self.cx.aws.s3(self.cx.region), to, self.cx.account()).await
            }
            _ => Ok(false),
        }
    }
}

async fn keeps_versions(s3: &Client, name: &str, account: &str) -> Result<bool, Error> {
    let answer = s3.get_bucket_versioning().bucket(name).expected_bucket_owner(account).send().await?;
    Ok(answer.status() == Some(&BucketVersioningStatus::Enabled))
}

async fn configuration(
    s3: &Client,
    name: &str,
    account: &str,
) -> Result<Option<ReplicationConfiguration>, Error> {
    let answer = s3.get_bucket_replication().bucket(name).expected_bucket_owner(account).send().await;
    let answer = answer.absent(&["ReplicationConfigurationNotFoundError"])?;
    Ok(answer.and_then(|answer| answer.replication_configuration))
}

/// The region of a bucket of this account; `here` is the one that is worked on.
async fn region_of(
    name: &str,
    regions: &Regions,
    here: &str,
    aws: &Aws,
    account: &str,
) -> Result<String, Error> {
    match regions.get(name) {
        Some(Some(region)) => Ok(region.clone()),
        // Stand-ins may not list regions, but answer from anywhere.
        Some(None) => {
            let ask = aws.s3(here).head_bucket().bucket(name).expected_bucket_owner(account);
            Ok(ask.send().await?.bucket_region.unwrap_or_else(|| here.to_owned()))
        }
        None => Err(Error::Conflict {
            message: format!("account {account} has no bucket `{name}` to replicate"),
            hint: "name the bucket that the objects come from".to_owned(),
        }),
    }
}

/// Whether these are the same rules, as far as stand-ins tell them.
fn same_rules(told: &ReplicationConfiguration, put: &ReplicationConfiguration) -> bool {
    let part = |rule: &ReplicationRule| {
        let bucket = rule.destination().map(|destination| destination.bucket().to_owned());
        (rule.id().map(str::to_owned), rule.status().clone(), bucket)
    };
    let parts = |all: &ReplicationConfiguration| all.rules().iter().map(part).collect::<Vec<_>>();
    let (told, put) = (parts(told), parts(put));
    told.len() == put.len() && put.iter().all(|rule| told.contains(rule))
}

//! Where a bucket is: names are global, buckets are not.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::error::{Absent, Error};
use crate::kind::Cx;

/// The bucket that calls are about.
pub(super) struct At<'a> {
    pub(super) s3: Client,
    pub(super) name: &'a str,
    pub(super) cx: &'a Cx<'a>,
    /// Whether this run made it: then nobody has set anything yet, and S3 may not know it everywhere for some seconds.
    pub(super) new: bool,
}

/// A call about this bucket, which must be this account's. A macro, since the SDK's builders have no trait in common.
macro_rules! on {
    ($at:expr, $operation:ident) => {
        $at.s3.$operation().bucket($at.name).expected_bucket_owner($at.cx.account())
    };
}
pub(super) use on;

/// The one region that is never named as the place of a new bucket.
const FIRST_REGION: &str = "us-east-1";
/// With a page size AWS tells each bucket's region, without any parameter it doesn't. It takes up to 10000.
const PAGE: i32 = 1000;

/// Buckets and their regions, as far as those are told.
pub(in crate::kinds) type Regions = BTreeMap<String, Option<String>>;

/// This account's buckets in all regions.
pub(in crate::kinds) async fn regions(cx: &Cx<'_>) -> Result<Regions, Error> {
    let mut regions = Regions::new();
    let mut pages = cx.aws.s3(cx.region).list_buckets().max_buckets(PAGE).into_paginator().send();
    while let Some(page) = pages.try_next().await? {
        for bucket in page.buckets() {
            let region = bucket.bucket_region().filter(|region| !region.is_empty());
            regions.insert(bucket.name().unwrap_or_default().to_owned(), region.map(str::to_owned));
        }
    }
    Ok(regions)
}

impl<'a> At<'a> {
    pub(super) fn new(name: &'a str, cx: &'a Cx<'a>) -> Self {
        Self { s3: cx.aws.s3(cx.region), name, cx, new: false }
    }

    /// Whether the bucket is there, in this account and region. `listed` is what the list of this account's buckets says:
    /// nothing, or its region where that is told.
    pub(super) async fn is_there(&self, listed: Option<&Option<String>>) -> Result<bool, Error> {
        let region = match listed {
            Some(Some(region)) => Some(region.clone()),
            _ => self.head(listed.is_some()).await?,
        };
        match region {
            Some(region) if region != self.cx.region => Err(self.elsewhere(&format!("in {region}"))),
            region => Ok(region.is_some()),
        }
    }

    /// Makes the bucket where there is none, and tells whether it did. It looks first: in us-east-1, to make a bucket that
    /// is there succeeds, and resets its ACL.
    pub(super) async fn ensure(&self) -> Result<bool, Error> {
        if self.is_there(None).await? {
            return Ok(false);
        }
        // An open enum: AWS opens regions faster than the SDK learns of them.
        let place = BucketLocationConstraint::from(self.cx.region);
        let place = CreateBucketConfiguration::builder().location_constraint(place).build();
        let place = (self.cx.region != FIRST_REGION).then_some(place);
        let answer = self.s3.create_bucket().bucket(self.name).set_create_bucket_configuration(place).send();
        match answer.await.absent(&["BucketAlreadyOwnedByYou"]) {
            Ok(Some(_)) => Ok(true),
            Ok(None) if self.is_there(Some(&None)).await? => Ok(false),
            Ok(None) => Err(Error::Conflict {
                message: format!(
                    "the bucket `{}` is yours, and yet not there: it is being made or deleted",
                    self.name
                ),
                hint: "wait a minute, then run again".to_owned(),
            }),
            Err(error) if error.code() == Some("BucketAlreadyExists") => Err(self.taken()),
            Err(error) => Err(error),
        }
    }

    /// The region of the bucket, `None` where there is none.
    async fn head(&self, own: bool) -> Result<Option<String>, Error> {
        match on!(self, head_bucket).send().await.absent(&["NotFound", "NoSuchBucket", "HTTP 404"]) {
            // Stand-ins may not tell the region, but answer for it.
            Ok(answer) => {
                Ok(answer.map(|answer| answer.bucket_region.unwrap_or_else(|| self.cx.region.to_owned())))
            }
            Err(Error::Refused(refusal)) if ["HTTP 301", "PermanentRedirect"].contains(&&*refusal.code) => {
                Err(if own { self.elsewhere("in another region") } else { self.taken() })
            }
            Err(Error::Forbidden(_)) if !own => Err(self.taken()),
            Err(error) => Err(error),
        }
    }

    fn taken(&self) -> Error {
        Error::Conflict {
            message: format!(
                "the name `{}` is taken, and not by a bucket that this account shows in {}",
                self.name, self.cx.region
            ),
            hint: "bucket names are global: choose another; if it is your own, allow `s3:ListBucket` on it, or see in which \
                   region it is"
                .to_owned(),
        }
    }

    fn elsewhere(&self, is: &str) -> Error {
        Error::Conflict {
            message: format!("the bucket `{}` is {is}, not in {}", self.name, self.cx.region),
            hint:
                "bucket names are global and buckets can't move: choose another name, or delete that bucket"
                    .to_owned(),
        }
    }
}

//! Where a bucket is: names are global, buckets are not.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};

use crate::aws::{Aws, Listing, home};
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

/// This account's buckets in all regions, and where each of them is, as far as that is told.
pub(in crate::kinds) struct Regions(BTreeMap<String, Option<String>>);

impl Listing for Regions {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let mut regions = BTreeMap::new();
        let mut pages = aws.s3(region).list_buckets().max_buckets(PAGE).into_paginator().send();
        while let Some(page) = pages.try_next().await? {
            for bucket in page.buckets() {
                let region = bucket.bucket_region().filter(|region| !region.is_empty());
                regions.insert(bucket.name().unwrap_or_default().to_owned(), region.map(str::to_owned));
            }
        }
        Ok(Self(regions))
    }
}

impl Regions {
    /// What is told of this bucket: nothing, or its region where that is told.
    pub(in crate::kinds) fn get(&self, name: &str) -> Option<&Option<String>> {
        self.0.get(name)
    }
}

/// Where this account's buckets are. All regions tell the same: so one is asked, for whichever is worked on.
pub(in crate::kinds) async fn regions(aws: &Aws, region: &str) -> Result<Arc<Regions>, Error> {
    aws.list(home(Some(region))).await
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

    /// Makes the bucket where there is none, with this ownership, and tells whether it did. In us-east-1 it looks first: to
    /// make a bucket that is there succeeds there, and resets its ACL.
    pub(super) async fn ensure(&self, ownership: &str) -> Result<bool, Error> {
        let first = self.cx.region == FIRST_REGION;
        if first && self.is_there(None).await? {
            return Ok(false);
        }
        // An open enum: AWS opens regions faster than the SDK learns of them.
        let place = BucketLocationConstraint::from(self.cx.region);
        let place = CreateBucketConfiguration::builder().location_constraint(place).build();
        let create =
            self.s3.create_bucket().bucket(self.name).object_ownership(ObjectOwnership::from(ownership));
        let answer = create.set_create_bucket_configuration((!first).then_some(place)).send();
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

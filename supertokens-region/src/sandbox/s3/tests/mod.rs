//! S3 as its callers see it.

mod access;
mod buckets;
mod lifecycle;
mod policy;
mod protection;
mod replication;
mod settings;

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

/// The region that has no location.
const FIRST: &str = "us-east-1";

fn located(location: &str) -> CreateBucketConfiguration {
    CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(location)).build()
}

/// Makes a bucket in a region.
async fn make(aws: &Aws, region: &str, name: &str) {
    let configuration = (region != FIRST).then(|| located(region));
    let call = aws.s3(region).create_bucket().bucket(name);
    call.set_create_bucket_configuration(configuration).send().await.unwrap();
}

/// A world with one new bucket, `one`, in [`R`].
async fn with_one() -> (Sandbox, Aws) {
    let (sandbox, aws) = sandbox();
    make(&aws, R, "one").await;
    (sandbox, aws)
}

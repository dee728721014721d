//! Objects as their callers see them.

mod copies;
mod lists;
mod uploads;

use aws_sdk_s3::primitives::ByteStream;

use super::super::{Bucket, Filter, Replication, ReplicationRule};
use super::Object;
use crate::aws::Aws;
use crate::sandbox::testing::*;
use crate::sandbox::{Blob, Sandbox};

/// Another region.
const ELSEWHERE: &str = "us-east-1";

/// A world with buckets that keep versions: `one` in [`R`], `two` elsewhere.
fn with_two() -> (Sandbox, Aws) {
    let (sandbox, aws) = sandbox();
    for (name, region) in [("one", R), ("two", ELSEWHERE)] {
        let versioning = Some("Enabled".to_owned());
        let bucket = Bucket { versioning, ..Bucket::new(region, 0) };
        sandbox.world().s3.buckets.insert(name.to_owned(), bucket);
    }
    (sandbox, aws)
}

fn objects(sandbox: &Sandbox, bucket: &str) -> super::Objects {
    sandbox.world().s3.buckets[bucket].objects.clone()
}

fn put(sandbox: &Sandbox, bucket: &str, key: &str, object: Object) {
    let mut world = sandbox.world();
    let now = world.clock;
    world.s3.buckets.get_mut(bucket).unwrap().objects.put(key, now, object);
}

fn body(text: &'static str) -> ByteStream {
    ByteStream::from_static(text.as_bytes())
}

fn object(text: &str) -> Object {
    Object::new(Blob::from(text.as_bytes()))
}

fn rule(to: &str) -> ReplicationRule {
    ReplicationRule {
        id: to.to_owned(),
        priority: Some(1),
        filter: Some(Filter::default()),
        status: "Enabled".to_owned(),
        bucket: format!("arn:aws:s3:::{to}"),
        ..ReplicationRule::default()
    }
}

fn replicate(sandbox: &Sandbox, from: &str, rules: Vec<ReplicationRule>) {
    let replication = Replication { role: "arn:aws:iam::123456789012:role/r".to_owned(), rules };
    sandbox.world().s3.buckets.get_mut(from).unwrap().replication = Some(replication);
}

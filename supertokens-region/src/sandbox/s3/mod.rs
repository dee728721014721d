//! S3: buckets and their settings.

mod access;
mod buckets;
mod cors;
mod lifecycle;
mod logging;
mod names;
mod objects;
mod policy;
mod protection;
mod replication;
mod rules;
mod state;
mod tagging;
#[cfg(test)]
mod tests;
mod unset;

use std::collections::BTreeMap;

use aws_smithy_types::error::operation::BuildError;
use serde::{Deserialize, Serialize};

pub use objects::{Object, Objects, Upload, Version};
pub use rules::*;
pub use state::*;

use super::door::Handlers;
use super::{Call, Fault, page};

/// What is in S3, in all regions: bucket names are global.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct S3 {
    /// This account's buckets, by name.
    pub buckets: BTreeMap<String, Bucket>,
    /// The names of buckets that other accounts own, and their regions.
    pub foreign: BTreeMap<String, String>,
    /// How many uploads in parts were begun: what their ids are made of.
    #[serde(default)]
    pub begun_uploads: u64,
}

pub(super) fn handlers(handlers: &mut Handlers) {
    buckets::handlers(handlers);
    access::handlers(handlers);
    policy::handlers(handlers);
    protection::handlers(handlers);
    logging::handlers(handlers);
    lifecycle::handlers(handlers);
    tagging::handlers(handlers);
    cors::handlers(handlers);
    replication::handlers(handlers);
    unset::handlers(handlers);
    objects::handlers(handlers);
}

/// The bucket that a call is about: it is there, is this account's, in the region that is asked, and has the owner that
/// the caller expects.
fn bucket<'a>(
    call: &'a mut Call<'_>,
    name: Option<&str>,
    owner: Option<&str>,
) -> Result<&'a mut Bucket, Fault> {
    let name = name.unwrap_or_default();
    let account = call.account();
    if let Some(owner) = owner
        && (owner.len() != 12 || !owner.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let text = "The value of the expected bucket owner parameter must be an AWS account ID.";
        return Err(Fault::new("InvalidBucketOwnerAWSAccountID", text));
    }
    if let Some(home) = call.world.s3.foreign.get(name) {
        in_region(home, &call.region)?;
        return Err(access_denied("Access Denied").header(REGION_HEADER, home));
    }
    let Some(bucket) = call.world.s3.buckets.get_mut(name) else {
        return Err(if names::valid(name) {
            Fault::new("NoSuchBucket", "The specified bucket does not exist").status(404)
        } else {
            names::invalid()
        });
    };
    in_region(&bucket.region, &call.region)?;
    if owner.is_some_and(|owner| owner != account) {
        return Err(access_denied("Access Denied"));
    }
    Ok(bucket)
}

/// Tells a caller where a bucket is, in the answers that don't let it in as well.
const REGION_HEADER: &str = "x-amz-bucket-region";

fn in_region(home: &str, asked: &str) -> Result<(), Fault> {
    if home == asked {
        return Ok(());
    }
    let text = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send \
                all future requests to this endpoint.";
    Err(Fault::new("PermanentRedirect", text).status(301).header(REGION_HEADER, home))
}

fn access_denied(message: &str) -> Fault {
    Fault::new("AccessDenied", message).status(403)
}

fn malformed_xml() -> Fault {
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    Fault::new("MalformedXML", text)
}

fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", message)
}

fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequest", message)
}

/// What AWS has and this does not: an error, never a made-up success.
fn not_implemented(what: &str) -> Fault {
    Fault::new("NotImplemented", format!("The embedded AWS has no {what}")).status(501)
}

/// The setting that a write must carry.
fn body<T>(setting: Option<&T>) -> Result<&T, Fault> {
    setting.ok_or_else(|| Fault::new("MissingRequestBodyError", "Request Body is empty"))
}

/// An SDK type with all its required members, which the sandbox always has.
fn built<T>(answer: Result<T, BuildError>) -> Result<T, Fault> {
    answer.map_err(|error| Fault::new("InternalError", error.to_string()).status(500))
}

/// The setting that was asked for, or the code with which AWS says that there is none.
fn set<'a, T>(setting: Option<&'a T>, code: &str, message: &str) -> Result<&'a T, Fault> {
    setting.ok_or_else(|| Fault::new(code, message).status(404))
}

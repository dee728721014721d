//! Objects: uploads, copies, listings, versions.

mod copy;
mod list;
mod multipart;
mod parts;
mod put;
mod read;
mod replicate;
mod state;
#[cfg(test)]
mod tests;
mod versions;

pub use state::{Object, Objects, Upload, Version};

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{
    Bucket, Call, Encryption, Fault, Handlers, S3, access_denied, bucket, invalid_argument, invalid_request,
    not_implemented, tagging,
};

pub(super) fn handlers(handlers: &mut Handlers) {
    put::handlers(handlers);
    copy::handlers(handlers);
    read::handlers(handlers);
    list::handlers(handlers);
    versions::handlers(handlers);
    multipart::handlers(handlers);
    parts::handlers(handlers);
}

/// The most that one call puts or copies.
const LARGEST: u64 = 5 << 30;

/// A key that S3 takes.
fn key(key: Option<&str>) -> Result<&str, Fault> {
    match key.unwrap_or_default() {
        "" => Err(invalid_request("A key must be specified")),
        key if key.len() > 1024 => Err(Fault::new("KeyTooLongError", "Your key is too long")),
        key => Ok(key),
    }
}

/// What a caller may ask for that this does not have: an error, never a made-up success.
fn without(asked: &[(bool, &str)]) -> Result<(), Fault> {
    asked.iter().find(|(asked, _)| *asked).map_or(Ok(()), |(_, what)| Err(not_implemented(what)))
}

fn no_such_key() -> Fault {
    Fault::new("NoSuchKey", "The specified key does not exist.").status(404)
}

fn precondition_failed() -> Fault {
    let text = "At least one of the pre-conditions you specified did not hold";
    Fault::new("PreconditionFailed", text).status(412)
}

/// Whether what is there may be replaced.
fn check_destination(
    bucket: &Bucket,
    key: &str,
    if_match: Option<&str>,
    if_none_match: Option<&str>,
) -> Result<(), Fault> {
    let current = bucket.objects.current(key);
    match if_none_match {
        None => {}
        Some("*") if current.is_some() => return Err(precondition_failed()),
        Some("*") => {}
        Some(_) => return Err(not_implemented("If-None-Match with anything but `*`")),
    }
    match (if_match, current) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(no_such_key()),
        (Some(tag), Some(object)) if matches(tag, &object.etag) => Ok(()),
        (Some(_), Some(_)) => Err(precondition_failed()),
    }
}

/// ETags come with and without quotes.
fn matches(condition: &str, etag: &str) -> bool {
    condition == "*" || condition.trim_matches('"') == etag
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// Stores an object in a bucket that is there, copies it to where rules say, and tells the version's id, if the bucket keeps
/// versions.
fn store(call: &mut Call<'_>, name: &str, key: &str, object: Object) -> Option<String> {
    let (now, region) = (call.world.clock, call.region.clone());
    let bucket = call.world.s3.buckets.get_mut(name)?;
    let versioned = bucket.versioned();
    let versions = bucket.objects.versions.entry(key.to_owned()).or_default();
    let id = if versioned {
        crate::sandbox::call::id(&region, "", &format!("{name} {key} {}", versions.len()))
    } else {
        "null".to_owned()
    };
    if !versioned {
        versions.retain(|version| version.id != "null");
    }
    let version = Version { id: id.clone(), modified: now, object: Some(object) };
    versions.push(version.clone());
    let status = replicate::replicate(&mut call.world.s3, name, key, &version);
    let bucket = call.world.s3.buckets.get_mut(name)?;
    let stored = bucket.objects.versions.get_mut(key)?.last_mut()?.object.as_mut()?;
    stored.replication = status;
    versioned.then_some(id)
}

/// How a new object is encrypted: as asked for, or as the bucket does.
fn encryption(
    bucket: &Bucket,
    asked: Option<&str>,
    kms_key: Option<&str>,
    bucket_key: Option<bool>,
) -> Result<Option<Encryption>, Fault> {
    let default = bucket.encryption.clone().or_else(|| Some(Encryption::sse_s3()));
    match asked {
        None if kms_key.is_some() => {
            Err(invalid_argument("Server Side Encryption with AWS KMS managed key requires HTTP header"))
        }
        None => Ok(default),
        Some(algorithm @ ("AES256" | "aws:kms" | "aws:kms:dsse")) => Ok(Some(Encryption {
            algorithm: algorithm.to_owned(),
            kms_key: kms_key.map(str::to_owned),
            bucket_key: bucket_key.unwrap_or(false),
            blocked: vec![],
        })),
        Some(_) => Err(invalid_argument("The encryption method specified is not supported")),
    }
}

/// The storage class that is asked for.
fn storage_class(asked: Option<&aws_sdk_s3::types::StorageClass>) -> Result<String, Fault> {
    use aws_sdk_s3::types::StorageClass;
    let class = asked.map_or("STANDARD", StorageClass::as_str);
    if StorageClass::values().contains(&class) {
        Ok(class.to_owned())
    } else {
        Err(Fault::new("InvalidStorageClass", "The storage class you specified is not valid"))
    }
}

/// Tags as they stand in a header: `a=1&b=2`, percent-encoded.
fn tags_of(header: Option<&str>) -> Result<BTreeMap<String, String>, Fault> {
    let bad = || {
        invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        )
    };
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().map(|text| text.into_owned())
    };
    let mut tags = BTreeMap::new();
    for pair in header.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(key).map_err(|_| bad())?, decode(value).map_err(|_| bad())?);
        if tags.insert(key, value).is_some() {
            return Err(bad());
        }
    }
    if tags.len() > 10 {
        return Err(Fault::new("BadRequest", "Object tags cannot be greater than 10"));
    }
    Ok(tags)
}

/// The headers that are kept with an object, those that are given.
fn headers_of(given: [(&str, Option<&str>); 5], expires: Option<&DateTime>) -> BTreeMap<String, String> {
    let plain = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let expires = expires.and_then(|time| time.fmt(Format::HttpDate).ok());
    plain.chain(expires.map(|time| ("expires".to_owned(), time))).collect()
}

/// The headers and metadata of a new object, from an input that has them all.
macro_rules! described {
    ($input:expr) => {{
        let mut headers = super::headers_of(
            [
                ("content-type", $input.content_type()),
                ("cache-control", $input.cache_control()),
                ("content-disposition", $input.content_disposition()),
                ("content-encoding", $input.content_encoding()),
                ("content-language", $input.content_language()),
            ],
            $input.expires(),
        );
        headers.entry("content-type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
        let metadata: std::collections::BTreeMap<String, String> =
            $input.metadata().into_iter().flatten().map(|(k, v)| (k.to_lowercase(), v.clone())).collect();
        (headers, metadata)
    }};
}
/// Refuses what an input asks for and this does not have.
macro_rules! plain {
    ($input:expr) => {
        super::without(&[
            ($input.sse_customer_algorithm().is_some(), "keys of customers"),
            ($input.object_lock_mode().is_some(), "locks of objects"),
            ($input.object_lock_legal_hold_status().is_some(), "locks of objects"),
            ($input.website_redirect_location().is_some(), "redirects"),
            ($input.grant_full_control().is_some(), "grants"),
            ($input.grant_read().is_some(), "grants"),
        ])
    };
}
use {described, plain};

//! Reading objects: content, headers, tags.

use aws_sdk_s3::operation::{
    get_object::{GetObjectError, GetObjectInput, GetObjectOutput},
    get_object_tagging::{GetObjectTaggingError, GetObjectTaggingInput, GetObjectTaggingOutput},
    head_object::{HeadObjectError, HeadObjectInput, HeadObjectOutput},
};
use aws_sdk_s3::types::ChecksumMode;
use aws_sdk_s3::types::error::{InvalidObjectState, NoSuchKey, NotFound};
use aws_smithy_types::DateTime;
use aws_smithy_types::error::ErrorMetadata;

use super::super::built;
use super::copy::readable;
use super::{
    Bucket, Call, Fault, Handlers, Object, Version, bucket, key, matches, no_such_key, not_implemented,
    precondition_failed, quoted, tagging, without,
};
use crate::sandbox::Blob;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetObject", get_object, get_error);
    handlers.on("s3:HeadObject", head_object, head_error);
    handlers.on("s3:GetObjectTagging", get_tagging, GetObjectTaggingError::generic);
}

/// The version that a call is about.
fn find<'b>(bucket: &'b Bucket, key: &str, id: Option<&str>) -> Result<(&'b Version, &'b Object), Fault> {
    let versions = bucket.objects.versions.get(key).ok_or_else(no_such_key)?;
    let version = match id {
        None => versions.last().ok_or_else(no_such_key)?,
        Some(id) => versions.iter().find(|version| version.id == id).ok_or_else(|| {
            Fault::new("NoSuchVersion", "The specified version does not exist.").status(404)
        })?,
    };
    match (&version.object, id) {
        (Some(object), _) => Ok((version, object)),
        (None, None) => Err(no_such_key().header("x-amz-delete-marker", "true")),
        (None, Some(_)) => {
            let text = "The specified method is not allowed against this resource.";
            Err(Fault::new("MethodNotAllowed", text).status(405).header("x-amz-delete-marker", "true"))
        }
    }
}

/// Makes the answer to a read of content and headers, or of headers alone.
macro_rules! told {
    ($output:ty, $input:expr, $version:expr, $object:expr, $versioned:expr) => {{
        let object: &Object = $object;
        let header = |name: &str| object.headers.get(name).cloned();
        let encryption = object.encryption.as_ref();
        let sums = $input.checksum_mode() == Some(&ChecksumMode::Enabled);
        <$output>::builder()
            .e_tag(quoted(&object.etag))
            .last_modified(DateTime::from_secs($version.modified))
            .accept_ranges("bytes")
            .set_content_type(header("content-type"))
            .set_cache_control(header("cache-control"))
            .set_content_disposition(header("content-disposition"))
            .set_content_encoding(header("content-encoding"))
            .set_content_language(header("content-language"))
            .set_expires_string(header("expires"))
            .set_metadata(Some(object.metadata.clone().into_iter().collect()))
            .set_version_id($versioned.then(|| $version.id.clone()))
            .set_storage_class(
                (object.storage_class != "STANDARD").then(|| object.storage_class.as_str().into()),
            )
            .set_server_side_encryption(encryption.map(|it| it.algorithm.as_str().into()))
            .set_ssekms_key_id(encryption.and_then(|it| it.kms_key.clone()))
            .set_bucket_key_enabled(encryption.map(|it| it.bucket_key).filter(|on| *on))
            .set_restore(object.restored.then(|| "ongoing-request=\"false\"".to_owned()))
            .set_replication_status(object.replication.as_deref().map(Into::into))
            .set_tag_count(i32::try_from(object.tags.len()).ok().filter(|count| *count > 0))
            .set_checksum_crc32(object.crc32.clone().filter(|_| sums))
    }};
}

macro_rules! checked {
    ($input:expr, $object:expr) => {{
        without(&[
            ($input.part_number().is_some(), "single parts of objects"),
            ($input.if_modified_since().is_some(), "reads by date"),
            ($input.if_unmodified_since().is_some(), "reads by date"),
            ($input.sse_customer_algorithm().is_some(), "keys of customers"),
        ])?;
        if $input.if_match().is_some_and(|tag| !matches(tag, &$object.etag)) {
            return Err(precondition_failed());
        }
        if $input.if_none_match().is_some_and(|tag| matches(tag, &$object.etag)) {
            return Err(Fault::new("NotModified", "Not Modified").status(304));
        }
    }};
}

fn get_object(call: &mut Call<'_>, input: &GetObjectInput) -> Result<GetObjectOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let (version, object) = find(bucket, key(input.key())?, input.version_id())?;
    checked!(input, object);
    readable(object)?;
    let whole = object.content.len();
    let (content, range) = match input.range() {
        None => (object.content.clone(), None),
        Some(range) => {
            let (from, to) = range_of(range, whole)?;
            (object.content.part(from, to - from + 1), Some(format!("bytes {from}-{to}/{whole}")))
        }
    };
    let length = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let body = stream(&content)?;
    let output = told!(GetObjectOutput, input, version, object, bucket.versioned());
    Ok(output.set_content_range(range).content_length(length).body(body).build())
}

fn stream(content: &Blob) -> Result<aws_sdk_s3::primitives::ByteStream, Fault> {
    content.stream().ok_or_else(|| not_implemented("content of uploads of this length"))
}

/// The first and the last byte of a range such as `bytes=0-99`.
pub(super) fn range_of(range: &str, length: u64) -> Result<(u64, u64), Fault> {
    let bad = || Fault::new("InvalidRange", "The requested range is not satisfiable").status(416);
    let (from, to) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(bad)?;
    let from: u64 = from.parse().map_err(|_| bad())?;
    let to: u64 = if to.is_empty() { u64::MAX } else { to.parse().map_err(|_| bad())? };
    if from >= length || to < from { Err(bad()) } else { Ok((from, to.min(length - 1))) }
}

fn head_object(call: &mut Call<'_>, input: &HeadObjectInput) -> Result<HeadObjectOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let (version, object) = find(bucket, key(input.key())?, input.version_id())?;
    checked!(input, object);
    without(&[(input.range().is_some(), "heads of ranges")])?;
    if let Some(code) = &object.unreadable {
        return Err(Fault::new(code, "").status(403));
    }
    let output = told!(HeadObjectOutput, input, version, object, bucket.versioned());
    Ok(output.content_length(i64::try_from(object.content.len()).unwrap_or(i64::MAX)).build())
}

fn get_tagging(call: &mut Call<'_>, input: &GetObjectTaggingInput) -> Result<GetObjectTaggingOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let (version, object) = find(bucket, key(input.key())?, input.version_id())?;
    let id = bucket.versioned().then(|| version.id.clone());
    let tags = tagging::write(&object.tags)?;
    built(GetObjectTaggingOutput::builder().set_tag_set(Some(tags)).set_version_id(id).build())
}

fn get_error(meta: ErrorMetadata) -> GetObjectError {
    match meta.code() {
        Some("NoSuchKey") => GetObjectError::NoSuchKey(NoSuchKey::builder().meta(meta).build()),
        Some("InvalidObjectState") => {
            GetObjectError::InvalidObjectState(InvalidObjectState::builder().meta(meta).build())
        }
        _ => GetObjectError::generic(meta),
    }
}

/// An answer to HEAD has no body, and so no code: the SDK knows 404 alone by its status.
fn head_error(meta: ErrorMetadata) -> HeadObjectError {
    match meta.code() {
        Some("NoSuchKey" | "NoSuchBucket" | "NoSuchVersion") => {
            let meta = ErrorMetadata::builder().code("NotFound").build();
            HeadObjectError::NotFound(NotFound::builder().meta(meta).build())
        }
        _ => HeadObjectError::generic(ErrorMetadata::builder().build()),
    }
}

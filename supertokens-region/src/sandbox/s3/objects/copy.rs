//! Copies in one call, also from another region.

use aws_sdk_s3::operation::copy_object::{CopyObjectError, CopyObjectInput, CopyObjectOutput};
use aws_sdk_s3::types::{CopyObjectResult, MetadataDirective, TaggingDirective};
use aws_smithy_types::DateTime;
use percent_encoding::percent_decode_str;

use super::{
    Call, Fault, Handlers, LARGEST, Object, Version, access_denied, bucket, check_destination, described,
    encryption, invalid_argument, invalid_request, key, matches, no_such_key, plain, precondition_failed,
    quoted, storage_class, store, tags_of,
};
use crate::sandbox::World;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:CopyObject", copy_object, CopyObjectError::generic);
}

/// What a copy is made of, and under which conditions.
pub(super) struct Source<'i> {
    pub(super) place: Option<&'i str>,
    pub(super) owner: Option<&'i str>,
    pub(super) if_match: Option<&'i str>,
    pub(super) if_none_match: Option<&'i str>,
    pub(super) modified_since: Option<&'i DateTime>,
    pub(super) unmodified_since: Option<&'i DateTime>,
}

/// The conditions on what is copied, from an input that has them all.
macro_rules! source {
    ($input:expr) => {
        super::copy::Source {
            place: $input.copy_source(),
            owner: $input.expected_source_bucket_owner(),
            if_match: $input.copy_source_if_match(),
            if_none_match: $input.copy_source_if_none_match(),
            modified_since: $input.copy_source_if_modified_since(),
            unmodified_since: $input.copy_source_if_unmodified_since(),
        }
    };
}
pub(super) use source;

impl Source<'_> {
    /// Bucket and key of what is copied.
    pub(super) fn name(&self) -> Result<(String, String, Option<String>), Fault> {
        let bad =
            || invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        let place = self.place.unwrap_or_default();
        let (place, version) = match place.split_once("?versionId=") {
            Some((place, version)) => (place, Some(version.to_owned())),
            None => (place, None),
        };
        let place = percent_decode_str(place.trim_start_matches('/')).decode_utf8().map_err(|_| bad())?;
        let (bucket, key) = place.split_once('/').filter(|(_, key)| !key.is_empty()).ok_or_else(bad)?;
        Ok((bucket.to_owned(), key.to_owned(), version))
    }

    /// What is copied: it is there, may be read, and is as the caller expects.
    pub(super) fn find(&self, world: &World) -> Result<(Version, Object), Fault> {
        let (bucket, key, version) = self.name()?;
        if world.s3.foreign.contains_key(&bucket) || self.owner.is_some_and(|owner| owner != world.account) {
            return Err(access_denied("Access Denied"));
        }
        let missing = || Fault::new("NoSuchBucket", "The specified bucket does not exist").status(404);
        let bucket = world.s3.buckets.get(&bucket).ok_or_else(missing)?;
        let versions = bucket.objects.versions.get(&key).ok_or_else(no_such_key)?;
        let found = match version {
            Some(id) => versions.iter().find(|version| version.id == id),
            None => versions.last(),
        };
        let found = found.ok_or_else(no_such_key)?;
        let object = found.object.clone().ok_or_else(no_such_key)?;
        let since = |time: Option<&DateTime>| time.map(DateTime::secs);
        if self.if_match.is_some_and(|tag| !matches(tag, &object.etag))
            || self.if_none_match.is_some_and(|tag| matches(tag, &object.etag))
            || since(self.unmodified_since).is_some_and(|time| found.modified > time)
            || since(self.modified_since).is_some_and(|time| found.modified <= time)
        {
            return Err(precondition_failed());
        }
        readable(&object)?;
        Ok((found.clone(), object))
    }
}

/// Archived objects can't be read, nor those whose key is not for this caller.
pub(super) fn readable(object: &Object) -> Result<(), Fault> {
    if let Some(code) = &object.unreadable {
        let text =
            "The ciphertext refers to a key that does not exist, or that you are not allowed to access.";
        return Err(Fault::new(code, text).status(403));
    }
    if object.archived() {
        let text = "Operation is not valid for the source object's storage class";
        return Err(Fault::new("InvalidObjectState", text).status(403));
    }
    Ok(())
}

fn copy_object(call: &mut Call<'_>, input: &CopyObjectInput) -> Result<CopyObjectOutput, Fault> {
    let destination = bucket(call, input.bucket(), input.expected_bucket_owner())?.clone();
    let (name, key) = (input.bucket().unwrap_or_default(), key(input.key())?);
    plain!(input)?;
    let source = source!(input);
    let (version, original) = source.find(call.world)?;
    if original.content.len() > LARGEST {
        let text = format!(
            "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
        );
        return Err(invalid_request(text));
    }
    let new_metadata = input.metadata_directive() == Some(&MetadataDirective::Replace);
    let (from_bucket, from_key, _) = source.name()?;
    let same_place = (from_bucket.as_str(), from_key.as_str()) == (name, key);
    let algorithm = input.server_side_encryption().map(|it| it.as_str());
    if same_place && !new_metadata && input.storage_class().is_none() && algorithm.is_none() {
        let text = "This copy request is illegal because it is trying to copy an object to itself without changing \
                    the object's metadata, storage class, website redirect location or encryption attributes.";
        return Err(invalid_request(text));
    }
    let (headers, metadata) =
        if new_metadata { described!(input) } else { (original.headers.clone(), original.metadata.clone()) };
    let tags = if input.tagging_directive() == Some(&TaggingDirective::Replace) {
        tags_of(input.tagging())?
    } else {
        original.tags.clone()
    };
    let key_id = input.ssekms_key_id();
    let encryption = encryption(&destination, algorithm, key_id, input.bucket_key_enabled())?;
    check_destination(&destination, key, input.if_match(), input.if_none_match())?;
    // A copy has an ETag of its own: also what came in parts is one piece now.
    let object = Object {
        headers,
        metadata,
        tags,
        storage_class: storage_class(input.storage_class())?,
        encryption,
        crc32: original.crc32.clone().filter(|_| original.parts.is_none()),
        ..Object::new(original.content)
    };
    let result = CopyObjectResult::builder()
        .e_tag(quoted(&object.etag))
        .last_modified(call.now())
        .set_checksum_crc32(object.crc32.clone())
        .build();
    let kept = call.world.s3.buckets.get(&from_bucket).is_some_and(super::Bucket::versioned);
    let id = store(call, name, key, object);
    Ok(CopyObjectOutput::builder()
        .copy_object_result(result)
        .set_version_id(id)
        .set_copy_source_version_id(kept.then_some(version.id))
        .build())
}

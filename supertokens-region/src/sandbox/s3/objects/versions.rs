//! Lists of all versions and delete markers: by key, the newest first.

use aws_sdk_s3::operation::list_object_versions::{
    ListObjectVersionsError, ListObjectVersionsInput, ListObjectVersionsOutput,
};
use aws_sdk_s3::types::{DeleteMarkerEntry, ObjectVersion, ObjectVersionStorageClass};
use aws_smithy_types::DateTime;

use super::list::{encoded, page_size};
use super::{Call, Fault, Handlers, bucket, invalid_argument, quoted, without};
use crate::sandbox::Pages;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:ListObjectVersions", list_versions, ListObjectVersionsError::generic);
}

fn list_versions(
    call: &mut Call<'_>,
    input: &ListObjectVersionsInput,
) -> Result<ListObjectVersionsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let size = Pages::size(page_size(input.max_keys())?);
    without(&[(input.delimiter().is_some(), "groups of versions")])?;
    let key_marker = input.key_marker().unwrap_or_default();
    let id_marker = input.version_id_marker();
    if id_marker.is_some() && key_marker.is_empty() {
        let text = "A version-id marker cannot be specified without a key marker.";
        return Err(invalid_argument(text));
    }
    let prefix = input.prefix().unwrap_or_default();
    let all = bucket.objects.versions.range(prefix.to_owned()..);
    let mut all = all
        .take_while(|(key, _)| key.starts_with(prefix))
        .filter(|(key, _)| match id_marker {
            Some(_) => key.as_str() >= key_marker,
            None => key.as_str() > key_marker || key_marker.is_empty(),
        })
        .flat_map(|(key, versions)| {
            let marker = id_marker.filter(|_| key == key_marker);
            let newest = versions.len().saturating_sub(1);
            let places = versions.iter().enumerate().rev();
            let all = places.map(move |(place, version)| (key, version, place == newest));
            // What is listed begins after the marker.
            let skipped = marker.map_or(0, |id| {
                let listed = versions.iter().rev().position(|version| version.id == id);
                listed.map_or(versions.len(), |place| place + 1)
            });
            all.skip(skipped)
        });
    let page: Vec<_> = all.by_ref().take(size).collect();
    let truncated = size > 0 && all.next().is_some();
    let (mut versions, mut markers) = (vec![], vec![]);
    let encoding = input.encoding_type();
    for (key, version, latest) in &page {
        let (key, modified) = (encoded(key, encoding)?, DateTime::from_secs(version.modified));
        match &version.object {
            Some(object) => versions.push(
                ObjectVersion::builder()
                    .key(key)
                    .version_id(&version.id)
                    .is_latest(*latest)
                    .last_modified(modified)
                    .e_tag(quoted(&object.etag))
                    .size(i64::try_from(object.content.len()).unwrap_or(i64::MAX))
                    .storage_class(ObjectVersionStorageClass::from(object.storage_class.as_str()))
                    .build(),
            ),
            None => markers.push(
                DeleteMarkerEntry::builder()
                    .key(key)
                    .version_id(&version.id)
                    .is_latest(*latest)
                    .last_modified(modified)
                    .build(),
            ),
        }
    }
    let stuck = Pages::stuck() && !key_marker.is_empty();
    let last = page.last().filter(|_| truncated && !stuck);
    let (next_key, next_id) = match last {
        Some((key, version, _)) => (Some(encoded(key, encoding)?), Some(version.id.clone())),
        None if truncated => (Some(encoded(key_marker, encoding)?), input.version_id_marker.clone()),
        None => (None, None),
    };
    Ok(ListObjectVersionsOutput::builder()
        .set_name(input.bucket.clone())
        .prefix(encoded(prefix, encoding)?)
        .set_encoding_type(encoding.cloned())
        .max_keys(input.max_keys().unwrap_or(1000).min(1000))
        .is_truncated(truncated)
        .set_key_marker(input.key_marker.clone())
        .set_version_id_marker(input.version_id_marker.clone())
        .set_next_key_marker(next_key)
        .set_next_version_id_marker(next_id)
        .set_versions((!versions.is_empty()).then_some(versions))
        .set_delete_markers((!markers.is_empty()).then_some(markers))
        .build())
}

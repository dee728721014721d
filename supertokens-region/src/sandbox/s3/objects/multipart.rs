//! Uploads in parts: their beginning and their end.

use aws_sdk_s3::operation::{
    abort_multipart_upload::{
        AbortMultipartUploadError, AbortMultipartUploadInput, AbortMultipartUploadOutput,
    },
    complete_multipart_upload::{
        CompleteMultipartUploadError, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    },
    create_multipart_upload::{
        CreateMultipartUploadError, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    },
    list_multipart_uploads::{
        ListMultipartUploadsError, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    },
};
use aws_sdk_s3::types::{MultipartUpload, StorageClass};
use aws_smithy_types::DateTime;

use super::super::malformed_xml;
use super::list::{encoded, page_size};
use super::state::etag_of_parts;
use super::{
    Bucket, Call, Fault, Handlers, Object, Upload, bucket, check_destination, described, encryption, key,
    matches, plain, quoted, storage_class, store, tags_of, without,
};
use crate::sandbox::Blob;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:CreateMultipartUpload", create, CreateMultipartUploadError::generic);
    handlers.on("s3:CompleteMultipartUpload", complete, CompleteMultipartUploadError::generic);
    handlers.on("s3:AbortMultipartUpload", abort, AbortMultipartUploadError::generic);
    handlers.on("s3:ListMultipartUploads", list, ListMultipartUploadsError::generic);
}

/// What all parts but the last have at least.
const SMALLEST: u64 = 5 << 20;

fn create(
    call: &mut Call<'_>,
    input: &CreateMultipartUploadInput,
) -> Result<CreateMultipartUploadOutput, Fault> {
    let begun = call.world.s3.begun_uploads;
    let name = input.bucket().unwrap_or_default();
    let id = crate::sandbox::call::id(&call.region, "", &format!("{name} {begun}"));
    let initiated = call.world.clock;
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let key = key(input.key())?;
    plain!(input)?;
    let (headers, metadata) = described!(input);
    let algorithm = input.server_side_encryption().map(|it| it.as_str());
    let encryption = encryption(bucket, algorithm, input.ssekms_key_id(), input.bucket_key_enabled())?;
    let object = Object {
        headers,
        metadata,
        tags: tags_of(input.tagging())?,
        storage_class: storage_class(input.storage_class())?,
        encryption,
        ..Object::default()
    };
    let upload = Upload { key: key.to_owned(), initiated, object, ..Upload::default() };
    bucket.objects.uploads.insert(id.clone(), upload);
    call.world.s3.begun_uploads += 1;
    Ok(CreateMultipartUploadOutput::builder()
        .set_bucket(input.bucket.clone())
        .key(key)
        .upload_id(id)
        .set_checksum_algorithm(input.checksum_algorithm.clone())
        .build())
}

/// The upload that a call is about.
pub(super) fn upload<'b>(
    bucket: &'b mut Bucket,
    key: Option<&str>,
    id: Option<&str>,
) -> Result<&'b mut Upload, Fault> {
    let found = bucket.objects.uploads.get_mut(id.unwrap_or_default());
    found.filter(|upload| Some(upload.key.as_str()) == key).ok_or_else(|| {
        let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                    aborted or completed.";
        Fault::new("NoSuchUpload", text).status(404)
    })
}

fn complete(
    call: &mut Call<'_>,
    input: &CompleteMultipartUploadInput,
) -> Result<CompleteMultipartUploadOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let key = key(input.key())?;
    let upload = upload(bucket, input.key(), input.upload_id())?.clone();
    without(&[(input.sse_customer_algorithm().is_some(), "keys of customers")])?;
    let given = input.multipart_upload().map(|it| it.parts()).unwrap_or_default();
    if given.is_empty() {
        return Err(malformed_xml());
    }
    let invalid = || {
        let text = "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                    specified entity tag may not match the part's entity tag.";
        Fault::new("InvalidPart", text)
    };
    let mut parts: Vec<Blob> = vec![];
    let mut before = 0;
    for part in given {
        let number = part.part_number().unwrap_or_default();
        if number <= before {
            let text = "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(Fault::new("InvalidPartOrder", text));
        }
        before = number;
        let (_, blob) = upload.parts.get(&number).ok_or_else(invalid)?;
        if !part.e_tag().is_some_and(|tag| matches(tag, &blob.md5())) {
            return Err(invalid());
        }
        parts.push(blob.clone());
    }
    if parts.iter().rev().skip(1).any(|part| part.len() < SMALLEST) {
        let text = "Your proposed upload is smaller than the minimum allowed size";
        return Err(Fault::new("EntityTooSmall", text));
    }
    check_destination(bucket, key, input.if_match(), input.if_none_match())?;
    let content = Blob::joined(&parts);
    if input.mpu_object_size().is_some_and(|size| u64::try_from(size).ok() != Some(content.len())) {
        return Err(super::invalid_request("The provided object size does not match the actual size"));
    }
    let etag = etag_of_parts(parts.iter());
    let object = Object { content, etag: etag.clone(), parts: Some(parts.len()), ..upload.object };
    bucket.objects.uploads.remove(input.upload_id().unwrap_or_default());
    let name = input.bucket().unwrap_or_default();
    let version = store(call, name, key, object);
    Ok(CompleteMultipartUploadOutput::builder()
        .location(format!("https://{name}.s3.{}.amazonaws.com/{key}", call.region))
        .bucket(name)
        .key(key)
        .e_tag(quoted(&etag))
        .set_version_id(version)
        .build())
}

fn abort(
    call: &mut Call<'_>,
    input: &AbortMultipartUploadInput,
) -> Result<AbortMultipartUploadOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    upload(bucket, input.key(), input.upload_id())?;
    bucket.objects.uploads.remove(input.upload_id().unwrap_or_default());
    Ok(AbortMultipartUploadOutput::builder().build())
}

fn list(call: &mut Call<'_>, input: &ListMultipartUploadsInput) -> Result<ListMultipartUploadsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let size = page_size(input.max_uploads())?;
    without(&[(input.delimiter().is_some(), "groups of uploads")])?;
    let encoding = input.encoding_type();
    let (prefix, key_marker) = (input.prefix().unwrap_or_default(), input.key_marker().unwrap_or_default());
    let mut all: Vec<_> =
        bucket.objects.uploads.iter().map(|(id, upload)| (&upload.key, id, upload)).collect();
    all.sort_by_key(|(key, id, _)| (*key, *id));
    // A marker without an id of an upload is past all of the key's.
    let after = |key: &str, id: &str| match input.upload_id_marker() {
        Some(marker) => (key, id) > (key_marker, marker),
        None => key > key_marker || key_marker.is_empty(),
    };
    all.retain(|(key, id, _)| key.starts_with(prefix) && after(key, id));
    let truncated = all.len() > size;
    all.truncate(size);
    let mut uploads = vec![];
    for (key, id, upload) in &all {
        uploads.push(
            MultipartUpload::builder()
                .key(encoded(key, encoding)?)
                .upload_id(*id)
                .initiated(DateTime::from_secs(upload.initiated))
                .storage_class(StorageClass::from(upload.object.storage_class.as_str()))
                .build(),
        );
    }
    let last = all.last().filter(|_| truncated);
    Ok(ListMultipartUploadsOutput::builder()
        .set_bucket(input.bucket.clone())
        .set_prefix(input.prefix.clone())
        .is_truncated(truncated)
        .set_encoding_type(encoding.cloned())
        .set_next_key_marker(last.map(|(key, _, _)| encoded(key, encoding)).transpose()?)
        .set_next_upload_id_marker(last.map(|(_, id, _)| (*id).clone()))
        .set_uploads((!uploads.is_empty()).then_some(uploads))
        .build())
}

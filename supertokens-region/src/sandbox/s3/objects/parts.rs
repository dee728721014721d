//! The parts of uploads: uploaded, copied, listed.

use aws_sdk_s3::operation::{
    list_parts::{ListPartsError, ListPartsInput, ListPartsOutput},
    upload_part::{UploadPartError, UploadPartInput, UploadPartOutput},
    upload_part_copy::{UploadPartCopyError, UploadPartCopyInput, UploadPartCopyOutput},
};
use aws_sdk_s3::types::{CopyPartResult, Part};
use aws_smithy_types::DateTime;
use aws_smithy_types::error::operation::BuildError;

use super::copy::source;
use super::list::page_size;
use super::multipart::upload;
use super::{Call, Fault, Handlers, LARGEST, bucket, invalid_argument, invalid_request, quoted, without};
use crate::sandbox::blob::KEPT_PART;
use crate::sandbox::upload::Received;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on_upload("s3:UploadPart", KEPT_PART, without_body, upload_part, UploadPartError::generic);
    handlers.on("s3:UploadPartCopy", upload_part_copy, UploadPartCopyError::generic);
    handlers.on("s3:ListParts", list_parts, ListPartsError::generic);
}

/// All of an input but its body, which comes by itself.
fn without_body(input: &UploadPartInput) -> Result<UploadPartInput, BuildError> {
    let mut copy = UploadPartInput::builder().build()?;
    copy.bucket.clone_from(&input.bucket);
    copy.key.clone_from(&input.key);
    copy.part_number = input.part_number;
    copy.upload_id.clone_from(&input.upload_id);
    copy.sse_customer_algorithm.clone_from(&input.sse_customer_algorithm);
    copy.expected_bucket_owner.clone_from(&input.expected_bucket_owner);
    Ok(copy)
}

fn number(part: Option<i32>) -> Result<i32, Fault> {
    part.filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| invalid_argument("Part number must be an integer between 1 and 10000, inclusive"))
}

fn upload_part(
    call: &mut Call<'_>,
    input: &Result<UploadPartInput, BuildError>,
    received: Received,
) -> Result<UploadPartOutput, Fault> {
    let input = input.as_ref().map_err(|error| Fault::new("InternalError", error.to_string()))?;
    let now = call.world.clock;
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let number = number(input.part_number())?;
    without(&[(input.sse_customer_algorithm().is_some(), "keys of customers")])?;
    let upload = upload(bucket, input.key(), input.upload_id())?;
    if received.content.len() > LARGEST {
        let text = "Your proposed upload exceeds the maximum allowed size";
        return Err(Fault::new("EntityTooLarge", text));
    }
    let output =
        UploadPartOutput::builder().e_tag(quoted(&received.content.md5())).set_checksum_crc32(received.crc32);
    upload.parts.insert(number, (now, received.content));
    Ok(output.build())
}

fn upload_part_copy(call: &mut Call<'_>, input: &UploadPartCopyInput) -> Result<UploadPartCopyOutput, Fault> {
    let now = call.world.clock;
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let number = number(input.part_number())?;
    without(&[(input.copy_source_sse_customer_algorithm().is_some(), "keys of customers")])?;
    let source = source!(input);
    let (version, object) = source.find(call.world)?;
    let whole = object.content.len();
    let part = match input.copy_source_range() {
        None => object.content,
        Some(range) => {
            // Unlike a read's, the range of a copy must lie within the source, to the byte.
            let bad =
                || invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last");
            let (from, to) = super::read::range_of(range, whole).map_err(|_| bad())?;
            if !range.ends_with(&format!("-{to}")) {
                let text = format!("Range specified is not valid for source object of size: {whole}");
                return Err(invalid_argument(text));
            }
            object.content.part(from, to - from + 1)
        }
    };
    if part.len() > LARGEST {
        let text = format!(
            "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
        );
        return Err(invalid_request(text));
    }
    let etag = quoted(&part.md5());
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    upload(bucket, input.key(), input.upload_id())?.parts.insert(number, (now, part));
    let result = CopyPartResult::builder().e_tag(etag).last_modified(DateTime::from_secs(now)).build();
    Ok(UploadPartCopyOutput::builder().copy_part_result(result).copy_source_version_id(version.id).build())
}

fn list_parts(call: &mut Call<'_>, input: &ListPartsInput) -> Result<ListPartsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let size = page_size(input.max_parts())?;
    let upload = upload(bucket, input.key(), input.upload_id())?;
    let marker = input.part_number_marker().unwrap_or("0");
    let after: i32 = marker.parse().map_err(|_| invalid_argument("The part number marker is no number"))?;
    let mut rest = upload.parts.range(after.saturating_add(1)..);
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let truncated = rest.next().is_some();
    let parts = page.iter().map(|(number, (modified, blob))| {
        Part::builder()
            .part_number(**number)
            .last_modified(DateTime::from_secs(*modified))
            .e_tag(quoted(&blob.md5()))
            .size(i64::try_from(blob.len()).unwrap_or(i64::MAX))
            .build()
    });
    Ok(ListPartsOutput::builder()
        .set_bucket(input.bucket.clone())
        .set_key(input.key.clone())
        .set_upload_id(input.upload_id.clone())
        .is_truncated(truncated)
        .set_next_part_number_marker(page.last().map(|(number, _)| number.to_string()))
        .set_parts((!page.is_empty()).then(|| parts.collect()))
        .storage_class(upload.object.storage_class.as_str().into())
        .build())
}

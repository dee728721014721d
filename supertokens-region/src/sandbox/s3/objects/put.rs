//! Uploads in one call.

use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectInput, PutObjectOutput};
use aws_smithy_types::error::operation::BuildError;

use super::{
    Call, Fault, Handlers, LARGEST, Object, bucket, check_destination, described, encryption, key, plain,
    quoted, storage_class, store, tags_of,
};
use crate::sandbox::blob::KEPT;
use crate::sandbox::upload::Received;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on_upload("s3:PutObject", KEPT, without_body, put_object, PutObjectError::generic);
}

/// All of an input but its body, which comes by itself.
fn without_body(input: &PutObjectInput) -> Result<PutObjectInput, BuildError> {
    let mut copy = PutObjectInput::builder().build()?;
    macro_rules! copied {
        ($($field:ident)+) => { $(copy.$field = input.$field.clone();)+ };
    }
    copied!(acl bucket cache_control content_disposition content_encoding content_language content_length
        content_type expires if_match if_none_match grant_full_control grant_read key metadata
        server_side_encryption storage_class website_redirect_location sse_customer_algorithm ssekms_key_id
        bucket_key_enabled tagging object_lock_mode object_lock_legal_hold_status expected_bucket_owner
        write_offset_bytes);
    Ok(copy)
}

fn put_object(
    call: &mut Call<'_>,
    input: &Result<PutObjectInput, BuildError>,
    received: Received,
) -> Result<PutObjectOutput, Fault> {
    let input = input.as_ref().map_err(|error| Fault::new("InternalError", error.to_string()))?;
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let key = key(input.key())?;
    plain!(input)?;
    super::without(&[(input.write_offset_bytes().is_some(), "appending")])?;
    if received.content.len() > LARGEST {
        let text = "Your proposed upload exceeds the maximum allowed size";
        return Err(Fault::new("EntityTooLarge", text));
    }
    let (headers, metadata) = described!(input);
    let algorithm = input.server_side_encryption().map(|it| it.as_str());
    let encryption = encryption(bucket, algorithm, input.ssekms_key_id(), input.bucket_key_enabled())?;
    check_destination(bucket, key, input.if_match(), input.if_none_match())?;
    let object = Object {
        headers,
        metadata,
        tags: tags_of(input.tagging())?,
        storage_class: storage_class(input.storage_class())?,
        encryption,
        crc32: received.crc32,
        ..Object::new(received.content)
    };
    let output = PutObjectOutput::builder()
        .e_tag(quoted(&object.etag))
        .set_checksum_crc32(object.crc32.clone())
        .set_server_side_encryption(object.encryption.as_ref().map(|it| it.algorithm.as_str().into()));
    let version = store(call, input.bucket().unwrap_or_default(), key, object);
    Ok(output.set_version_id(version).build())
}

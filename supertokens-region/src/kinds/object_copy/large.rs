//! Copies of what is too long for one call, in parts: with all that S3 takes over by itself in a short copy.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures::{StreamExt, TryStreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::copy::{class, head, of_kms, patience, source};
use super::covered::{Covered, Ends};
use super::listing::Object;
use crate::error::Error;

/// The usual length of a part.
const PART: u64 = 128 << 20;
/// The most parts of an upload.
const PARTS: u64 = 10_000;
/// Parts that are copied at a time.
const WIDTH: usize = 4;

/// Copies an object in parts. A copy that fails is given up: S3 would charge for its parts.
pub(super) async fn copy(
    ends: &Ends<'_>,
    rule: &Covered,
    object: &Object,
    older: Option<&str>,
) -> Result<(), Error> {
    let s3 = ends.cx.aws.s3(ends.cx.region);
    let upload = begin(&s3, ends, rule, object).await?;
    let copied = parts(&s3, ends, object, &upload, older).await;
    if copied.is_err() {
        let give_up = s3.abort_multipart_upload().bucket(ends.to).key(&object.key).upload_id(&upload);
        // Why the copy failed is what is worth telling.
        let _ = give_up.expected_bucket_owner(ends.cx.account()).send().await;
    }
    copied
}

async fn begin(s3: &Client, ends: &Ends<'_>, rule: &Covered, object: &Object) -> Result<String, Error> {
    let (head, tags) = tokio::try_join!(head(ends, object), ends.tags(&object.key))?;
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let tags: Vec<_> =
        tags.iter().map(|tag| format!("{}={}", encode(tag.key()), encode(tag.value()))).collect();
    let key = rule.kms_key.clone().filter(|_| of_kms(&head));
    let expires = head.expires_string().and_then(|text| DateTime::from_str(text, Format::HttpDate).ok());
    let begin = s3.create_multipart_upload().bucket(ends.to).key(&object.key);
    let begin = begin
        .set_content_type(head.content_type)
        .set_cache_control(head.cache_control)
        .set_content_disposition(head.content_disposition)
        .set_content_encoding(head.content_encoding)
        .set_content_language(head.content_language)
        .set_expires(expires)
        .set_metadata(head.metadata)
        .set_tagging((!tags.is_empty()).then(|| tags.join("&")))
        .storage_class(class(rule, object))
        .set_server_side_encryption(key.as_ref().map(|_| ServerSideEncryption::AwsKms))
        .set_ssekms_key_id(key)
        .expected_bucket_owner(ends.cx.account());
    let begun = begin.send().await?;
    begun.upload_id.ok_or_else(|| Error::Conflict {
        message: format!("S3 began to copy `{}` and told no id of the upload", object.key),
        hint: "run again".to_owned(),
    })
}

async fn parts(
    s3: &Client,
    ends: &Ends<'_>,
    object: &Object,
    upload: &str,
    older: Option<&str>,
) -> Result<(), Error> {
    let account = ends.cx.account();
    let parts = ranges(object.size).map(|(number, first, last)| async move {
        let part = s3.upload_part_copy().bucket(ends.to).key(&object.key).upload_id(upload);
        let part = part
            .part_number(number)
            .copy_source(source(ends, object))
            .copy_source_if_match(format!("\"{}\"", object.etag))
            .copy_source_range(format!("bytes={first}-{last}"))
            .expected_bucket_owner(account)
            .expected_source_bucket_owner(account);
        let copied = part.customize().config_override(patience(last - first)).send().await?;
        let etag = copied.copy_part_result.and_then(|result| result.e_tag);
        Ok::<_, Error>(CompletedPart::builder().part_number(number).set_e_tag(etag).build())
    });
    let parts: Vec<_> = stream::iter(parts).buffered(WIDTH).try_collect().await?;
    let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket(ends.to).key(&object.key).upload_id(upload);
    complete
        .multipart_upload(all)
        .set_if_match(older.map(|etag| format!("\"{etag}\"")))
        .set_if_none_match(older.is_none().then(|| "*".to_owned()))
        .expected_bucket_owner(account)
        .send()
        .await?;
    Ok(())
}

/// Number, first and last byte of each part.
fn ranges(size: u64) -> impl Iterator<Item = (i32, u64, u64)> {
    let part = PART.max(size.div_ceil(PARTS));
    let starts = (0..size.div_ceil(part)).map(move |number| number * part);
    (1..).zip(starts).map(move |(number, start)| (number, start, (start + part).min(size) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_an_object_to_the_byte_and_are_never_too_many() {
        for size in [(5 << 30) + 1, 6 << 30, 5 << 40, (5 << 40) - 1] {
            let all: Vec<_> = ranges(size).collect();
            assert!(all.len() as u64 <= PARTS, "{size}");
            assert_eq!((all[0].0, all[0].1, all.last().unwrap().2), (1, 0, size - 1));
            assert!(all.windows(2).all(|pair| pair[0].2 + 1 == pair[1].1), "{size}");
            assert!(all.iter().all(|(_, first, last)| last - first < 5 << 30), "{size}");
        }
    }
}

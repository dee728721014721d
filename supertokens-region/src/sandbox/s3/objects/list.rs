//! Lists of current objects, a thousand at the most a page.

use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Input, ListObjectsV2Output};
use aws_sdk_s3::types::{self, ChecksumAlgorithm, CommonPrefix, EncodingType, ObjectStorageClass};
use aws_smithy_types::DateTime;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::access;
use super::{Call, Fault, Handlers, bucket, invalid_argument, quoted};
use crate::sandbox::Pages;
use crate::sandbox::blob::{hex, unhex};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:ListObjectsV2", list_objects, ListObjectsV2Error::generic);
}

/// What a key holds as it is where the caller asks for encoded ones.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// A key as the caller asks for it.
pub(super) fn encoded(key: &str, encoding: Option<&EncodingType>) -> Result<String, Fault> {
    match encoding.map(EncodingType::as_str) {
        Some("url") => Ok(utf8_percent_encode(key, KEPT).to_string().replace("%20", "+")),
        Some(_) => Err(invalid_argument("Invalid Encoding Method specified in Request")),
        None => Ok(key.to_owned()),
    }
}

/// How many a page may have: no more than a thousand, whatever is asked for.
pub(super) fn page_size(asked: Option<i32>) -> Result<usize, Fault> {
    let size = asked.unwrap_or(1000).min(1000);
    usize::try_from(size)
        .map_err(|_| invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647"))
}

fn list_objects(call: &mut Call<'_>, input: &ListObjectsV2Input) -> Result<ListObjectsV2Output, Fault> {
    let owner = access::owner(&call.world.account);
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let size = Pages::size(page_size(input.max_keys())?);
    let (prefix, delimiter) = (input.prefix().unwrap_or_default(), input.delimiter().unwrap_or_default());
    // A token says after which key, or group of keys, the next page begins.
    let after = match input.continuation_token() {
        Some(token) => String::from_utf8(unhex(token))
            .ok()
            .filter(|key| !key.is_empty())
            .ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))?,
        None => input.start_after().unwrap_or_default().to_owned(),
    };
    let (mut contents, mut groups): (Vec<types::Object>, Vec<CommonPrefix>) = (vec![], vec![]);
    let (mut last, mut truncated) = (String::new(), false);
    let encoding = input.encoding_type();
    for (key, versions) in bucket.objects.versions.range(prefix.to_owned()..) {
        if !key.starts_with(prefix) {
            break;
        }
        let Some((version, object)) =
            versions.last().and_then(|version| Some((version, version.object.as_ref()?)))
        else {
            continue;
        };
        let group = group(key, prefix, delimiter);
        let place = group.unwrap_or(key);
        if place <= after.as_str() || (group.is_some() && place == last) {
            continue;
        }
        if contents.len() + groups.len() == size {
            truncated = size > 0;
            break;
        }
        last = place.to_owned();
        if let Some(group) = group {
            groups.push(CommonPrefix::builder().prefix(encoded(group, encoding)?).build());
            continue;
        }
        contents.push(
            types::Object::builder()
                .key(encoded(key, encoding)?)
                .last_modified(DateTime::from_secs(version.modified))
                .e_tag(quoted(&object.etag))
                .size(i64::try_from(object.content.len()).unwrap_or(i64::MAX))
                .storage_class(ObjectStorageClass::from(object.storage_class.as_str()))
                .set_checksum_algorithm(object.crc32.is_some().then(|| vec![ChecksumAlgorithm::Crc32]))
                .set_owner((input.fetch_owner() == Some(true)).then(|| owner.clone()))
                .build(),
        );
    }
    let again = input.continuation_token.clone().filter(|_| Pages::stuck());
    let next = truncated.then(|| again.unwrap_or_else(|| hex(last.as_bytes())));
    Ok(ListObjectsV2Output::builder()
        .set_name(input.bucket.clone())
        .prefix(encoded(prefix, encoding)?)
        .set_delimiter(input.delimiter.clone())
        .set_encoding_type(encoding.cloned())
        .max_keys(input.max_keys().unwrap_or(1000).min(1000))
        .key_count(i32::try_from(contents.len() + groups.len()).unwrap_or(i32::MAX))
        .is_truncated(truncated)
        .set_next_continuation_token(next)
        .set_continuation_token(input.continuation_token.clone())
        .set_start_after(input.start_after.clone())
        .set_contents((!contents.is_empty()).then_some(contents))
        .set_common_prefixes((!groups.is_empty()).then_some(groups))
        .build())
}

/// What a key has in common with others up to the delimiter.
fn group<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    let at = key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty())?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

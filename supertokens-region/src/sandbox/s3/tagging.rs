//! A bucket's tags.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::{
    get_bucket_tagging::{GetBucketTaggingError, GetBucketTaggingInput, GetBucketTaggingOutput},
    put_bucket_tagging::{PutBucketTaggingError, PutBucketTaggingInput, PutBucketTaggingOutput},
};
use aws_sdk_s3::types::Tag;

use super::{Call, Fault, Handlers, body, bucket, built, set};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketTagging", get_tagging, GetBucketTaggingError::generic);
    handlers.on("s3:PutBucketTagging", put_tagging, PutBucketTaggingError::generic);
}

fn get_tagging(call: &mut Call<'_>, input: &GetBucketTaggingInput) -> Result<GetBucketTaggingOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let tags = (!bucket.tags.is_empty()).then_some(&bucket.tags);
    let tags = set(tags, "NoSuchTagSet", "The TagSet does not exist")?;
    built(GetBucketTaggingOutput::builder().set_tag_set(Some(write(tags)?)).build())
}

/// The tags that are given are all that the bucket has afterwards, but AWS's own tags can be neither lost nor changed.
fn put_tagging(call: &mut Call<'_>, input: &PutBucketTaggingInput) -> Result<PutBucketTaggingOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let given = body(input.tagging())?.tag_set();
    let (of_aws, own): (Vec<_>, Vec<_>) = given.iter().cloned().partition(|tag| is_of_aws(tag.key()));
    let mut tags = read(&own)?;
    if of_aws.iter().any(|tag| bucket.tags.get(tag.key()).is_none_or(|value| value != tag.value())) {
        return Err(invalid("System tags cannot be added/updated by requester"));
    }
    tags.extend(of_aws.into_iter().map(|tag| (tag.key, tag.value)));
    if bucket.tags.keys().any(|key| is_of_aws(key) && !tags.contains_key(key)) {
        return Err(invalid("System tags cannot be removed by requester"));
    }
    bucket.tags = tags;
    Ok(PutBucketTaggingOutput::builder().build())
}

fn is_of_aws(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:")
}

/// Tags that a caller may give.
pub(super) fn read(given: &[Tag]) -> Result<BTreeMap<String, String>, Fault> {
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " +-=._:/@".contains(c));
    let mut tags = BTreeMap::new();
    for tag in given {
        if is_of_aws(tag.key()) {
            return Err(invalid("System tags cannot be added/updated by requester"));
        }
        if !(1..=128).contains(&tag.key().chars().count()) || !allowed(tag.key()) {
            return Err(invalid("The TagKey you have provided is invalid"));
        }
        if tag.value().chars().count() > 256 || !allowed(tag.value()) {
            return Err(invalid("The TagValue you have provided is invalid"));
        }
        if tags.insert(tag.key().to_owned(), tag.value().to_owned()).is_some() {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > 50 {
        return Err(invalid("Bucket tag count cannot be greater than 50"));
    }
    Ok(tags)
}

/// Tags as the SDK has them.
pub(super) fn write(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Fault> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

fn invalid(message: &str) -> Fault {
    Fault::new("InvalidTag", message)
}

//! Buckets: made, found, listed.

use aws_sdk_s3::operation::{
    create_bucket::{CreateBucketError, CreateBucketInput, CreateBucketOutput},
    get_bucket_location::{GetBucketLocationError, GetBucketLocationInput, GetBucketLocationOutput},
    head_bucket::{HeadBucketError, HeadBucketInput, HeadBucketOutput},
    list_buckets::{ListBucketsError, ListBucketsInput, ListBucketsOutput},
};
use aws_sdk_s3::types::error::{BucketAlreadyExists, BucketAlreadyOwnedByYou, NotFound};
use aws_sdk_s3::types::{self, BucketLocationConstraint};
use aws_smithy_types::DateTime;
use aws_smithy_types::error::ErrorMetadata;

use super::{
    Bucket, Call, Fault, Handlers, access, bucket, invalid_argument, names, not_implemented, page, tagging,
};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:CreateBucket", create_bucket, create_error);
    handlers.on("s3:HeadBucket", head_bucket, head_error);
    handlers.on("s3:GetBucketLocation", get_bucket_location, GetBucketLocationError::generic);
    handlers.on("s3:ListBuckets", list_buckets, ListBucketsError::generic);
}

/// The region whose buckets have no location, and where an own bucket can be made again.
const FIRST_REGION: &str = "us-east-1";
/// AWS's default limit of an account.
const BUCKETS: usize = 10_000;

fn create_bucket(call: &mut Call<'_>, input: &CreateBucketInput) -> Result<CreateBucketOutput, Fault> {
    let name = input.bucket().unwrap_or_default();
    let region = call.region.clone();
    let configuration = input.create_bucket_configuration();
    if configuration.is_some_and(|it| it.location().is_some() || it.bucket().is_some()) {
        return Err(not_implemented("directory buckets"));
    }
    if input.bucket_namespace().is_some_and(|namespace| namespace.as_str() != "global") {
        return Err(not_implemented("bucket namespaces but the global one"));
    }
    if !names::valid(name) {
        return Err(names::invalid());
    }
    let constraint = configuration.and_then(|it| it.location_constraint());
    let new = Bucket {
        location: location(&region, constraint)?,
        tags: tagging::read(configuration.map_or(&[][..], |it| it.tags()))?,
        ..access::of_new_bucket(Bucket::new(&region, call.world.clock), input)?
    };
    let output = CreateBucketOutput::builder()
        .location(if region == FIRST_REGION {
            format!("/{name}")
        } else {
            format!("http://{name}.s3.amazonaws.com/")
        })
        .build();
    let s3 = &mut call.world.s3;
    if s3.foreign.contains_key(name) {
        let text = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                    system. Please select a different name and try again.";
        return Err(Fault::new("BucketAlreadyExists", text).status(409));
    }
    let count = s3.buckets.len();
    match s3.buckets.get_mut(name) {
        // Only us-east-1 is so kind, and at a price: the ACL is what this call says, or private.
        Some(own) if own.region == FIRST_REGION && region == FIRST_REGION => own.acl = new.acl,
        Some(_) => {
            let text = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(Fault::new("BucketAlreadyOwnedByYou", text).status(409));
        }
        None if count >= BUCKETS => {
            let text = "You have attempted to create more buckets than allowed";
            return Err(Fault::new("TooManyBuckets", text));
        }
        None => {
            s3.buckets.insert(name.to_owned(), new);
        }
    }
    Ok(output)
}

/// The location of a new bucket in `region`, where the caller named it rightly: not at all in us-east-1, as the region
/// everywhere else.
fn location(region: &str, constraint: Option<&BucketLocationConstraint>) -> Result<Option<String>, Fault> {
    let constraint = constraint.map(BucketLocationConstraint::as_str);
    match constraint {
        None if region == FIRST_REGION => Ok(None),
        Some(location) if location == region && region != FIRST_REGION => Ok(Some(location.to_owned())),
        Some("EU") if region == "eu-west-1" => Ok(Some("EU".to_owned())),
        Some(location) if !BucketLocationConstraint::values().contains(&location) => {
            Err(Fault::new("InvalidLocationConstraint", "The specified location-constraint is not valid"))
        }
        other => Err(Fault::new(
            "IllegalLocationConstraintException",
            format!(
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                other.unwrap_or("unspecified")
            ),
        )),
    }
}

fn create_error(meta: ErrorMetadata) -> CreateBucketError {
    match meta.code() {
        Some("BucketAlreadyExists") => {
            CreateBucketError::BucketAlreadyExists(BucketAlreadyExists::builder().meta(meta).build())
        }
        Some("BucketAlreadyOwnedByYou") => {
            CreateBucketError::BucketAlreadyOwnedByYou(BucketAlreadyOwnedByYou::builder().meta(meta).build())
        }
        _ => CreateBucketError::generic(meta),
    }
}

fn head_bucket(call: &mut Call<'_>, input: &HeadBucketInput) -> Result<HeadBucketOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    Ok(HeadBucketOutput::builder().bucket_region(&bucket.region).access_point_alias(false).build())
}

/// An answer to HEAD has no body, and so no code: the SDK knows 404 alone by its status.
fn head_error(meta: ErrorMetadata) -> HeadBucketError {
    match meta.code() {
        Some("NoSuchBucket") => {
            let meta = ErrorMetadata::builder().code("NotFound").build();
            HeadBucketError::NotFound(NotFound::builder().meta(meta).build())
        }
        _ => HeadBucketError::generic(ErrorMetadata::builder().build()),
    }
}

fn get_bucket_location(
    call: &mut Call<'_>,
    input: &GetBucketLocationInput,
) -> Result<GetBucketLocationOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    // The SDK makes an empty word, not nothing, out of us-east-1's empty element.
    let location = bucket.location.as_deref().unwrap_or_default();
    Ok(GetBucketLocationOutput::builder().location_constraint(location.into()).build())
}

fn list_buckets(call: &mut Call<'_>, input: &ListBucketsInput) -> Result<ListBucketsOutput, Fault> {
    let size = input.max_buckets().unwrap_or(10_000);
    let size = match usize::try_from(size) {
        Ok(size @ 1..=10_000) => size,
        _ => return Err(invalid_argument("Argument max-buckets must be an integer between 1 and 10000")),
    };
    if let Some(region) = input.bucket_region()
        && region != call.region
    {
        let text = format!("Argument value {region} is not the region of the endpoint");
        return Err(invalid_argument(text));
    }
    let prefix = input.prefix().unwrap_or_default();
    let (token, region) = (input.continuation_token(), input.bucket_region());
    // Without any parameter AWS answers in the old form, which has no regions.
    let with_region =
        input.max_buckets().is_some() || input.prefix().is_some() || token.is_some() || region.is_some();
    let found = call.world.s3.buckets.iter().filter(|(name, bucket)| {
        name.starts_with(prefix) && region.is_none_or(|region| bucket.region == region)
    });
    let (buckets, next) = page(found, token, size, "InvalidArgument")?;
    let buckets = buckets.into_iter().map(|(name, bucket)| {
        types::Bucket::builder()
            .name(name)
            .creation_date(DateTime::from_secs(bucket.created))
            .set_bucket_region(with_region.then(|| bucket.region.clone()))
            .build()
    });
    Ok(ListBucketsOutput::builder()
        .set_buckets(Some(buckets.collect()))
        .set_continuation_token(next)
        .set_prefix(input.prefix.clone())
        .owner(access::owner(&call.world.account))
        .build())
}

//! Settings that can be read but, so far, not written: what AWS answers where they were never set.

use aws_sdk_s3::operation::{
    get_bucket_accelerate_configuration::{
        GetBucketAccelerateConfigurationError, GetBucketAccelerateConfigurationInput,
        GetBucketAccelerateConfigurationOutput,
    },
    get_bucket_notification_configuration::{
        GetBucketNotificationConfigurationError, GetBucketNotificationConfigurationInput,
        GetBucketNotificationConfigurationOutput,
    },
    get_bucket_request_payment::{
        GetBucketRequestPaymentError, GetBucketRequestPaymentInput, GetBucketRequestPaymentOutput,
    },
    get_bucket_website::{GetBucketWebsiteError, GetBucketWebsiteInput, GetBucketWebsiteOutput},
    get_object_lock_configuration::{
        GetObjectLockConfigurationError, GetObjectLockConfigurationInput, GetObjectLockConfigurationOutput,
    },
};
use aws_sdk_s3::types::{ObjectLockConfiguration, ObjectLockEnabled, Payer};

use super::{Call, Fault, Handlers, bucket, set};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketWebsite", website, GetBucketWebsiteError::generic);
    handlers.on(
        "s3:GetBucketNotificationConfiguration",
        notification,
        GetBucketNotificationConfigurationError::generic,
    );
    handlers.on(
        "s3:GetBucketAccelerateConfiguration",
        accelerate,
        GetBucketAccelerateConfigurationError::generic,
    );
    handlers.on("s3:GetBucketRequestPayment", request_payment, GetBucketRequestPaymentError::generic);
    handlers.on("s3:GetObjectLockConfiguration", object_lock, GetObjectLockConfigurationError::generic);
}

fn website(call: &mut Call<'_>, input: &GetBucketWebsiteInput) -> Result<GetBucketWebsiteOutput, Fault> {
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let text = "The specified bucket does not have a website configuration";
    Err(Fault::new("NoSuchWebsiteConfiguration", text).status(404))
}

fn notification(
    call: &mut Call<'_>,
    input: &GetBucketNotificationConfigurationInput,
) -> Result<GetBucketNotificationConfigurationOutput, Fault> {
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    Ok(GetBucketNotificationConfigurationOutput::builder().build())
}

fn accelerate(
    call: &mut Call<'_>,
    input: &GetBucketAccelerateConfigurationInput,
) -> Result<GetBucketAccelerateConfigurationOutput, Fault> {
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    Ok(GetBucketAccelerateConfigurationOutput::builder().build())
}

fn request_payment(
    call: &mut Call<'_>,
    input: &GetBucketRequestPaymentInput,
) -> Result<GetBucketRequestPaymentOutput, Fault> {
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    Ok(GetBucketRequestPaymentOutput::builder().payer(Payer::BucketOwner).build())
}

fn object_lock(
    call: &mut Call<'_>,
    input: &GetObjectLockConfigurationInput,
) -> Result<GetObjectLockConfigurationOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    set(
        bucket.object_lock.then_some(&()),
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    )?;
    let enabled = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
    Ok(GetObjectLockConfigurationOutput::builder().object_lock_configuration(enabled).build())
}

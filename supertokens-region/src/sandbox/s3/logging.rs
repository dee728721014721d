//! Where a bucket's access log goes.

use aws_sdk_s3::operation::{
    get_bucket_logging::{GetBucketLoggingError, GetBucketLoggingInput, GetBucketLoggingOutput},
    put_bucket_logging::{PutBucketLoggingError, PutBucketLoggingInput, PutBucketLoggingOutput},
};
use aws_sdk_s3::types::{
    BucketLogsPermission, LoggingEnabled, PartitionDateSource, PartitionedPrefix, SimplePrefix, TargetGrant,
    TargetObjectKeyFormat,
};

use super::access::{grantee, read_grantee};
use super::{Call, Fault, Grant, Handlers, LogKeyFormat, Logging, body, bucket, built, malformed_xml};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketLogging", get_logging, GetBucketLoggingError::generic);
    handlers.on("s3:PutBucketLogging", put_logging, PutBucketLoggingError::generic);
}

fn get_logging(call: &mut Call<'_>, input: &GetBucketLoggingInput) -> Result<GetBucketLoggingOutput, Fault> {
    let account = call.account();
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let enabled = bucket.logging.as_ref().map(|logging| write(logging, &account)).transpose()?;
    Ok(GetBucketLoggingOutput::builder().set_logging_enabled(enabled).build())
}

/// AWS looks at where the target is and whose, but not whether its policy lets the logs in: without one they are lost.
fn put_logging(call: &mut Call<'_>, input: &PutBucketLoggingInput) -> Result<PutBucketLoggingOutput, Fault> {
    bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let logging = body(input.bucket_logging_status())?.logging_enabled();
    let logging = logging.map(|enabled| read(call, enabled)).transpose()?;
    bucket(call, input.bucket(), input.expected_bucket_owner())?.logging = logging;
    Ok(PutBucketLoggingOutput::builder().build())
}

fn read(call: &Call<'_>, enabled: &LoggingEnabled) -> Result<Logging, Fault> {
    let (s3, name) = (&call.world.s3, enabled.target_bucket());
    let Some(target) = s3.buckets.get(name) else {
        let text = if s3.foreign.contains_key(name) {
            "The owner for the bucket to be logged and the target bucket must be the same."
        } else {
            "The target bucket for logging does not exist"
        };
        return Err(Fault::new("InvalidTargetBucketForLogging", text));
    };
    if target.region != call.region {
        let text = "Cross S3 location logging not allowed. ";
        return Err(Fault::new("CrossLocationLoggingProhibited", text).status(403));
    }
    if target.acls_disabled() && !enabled.target_grants().is_empty() {
        return Err(Fault::new("AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let grants = enabled.target_grants().iter().map(|grant| {
        let permission = grant.permission().map(BucketLogsPermission::as_str).unwrap_or_default();
        if !BucketLogsPermission::values().contains(&permission) {
            return Err(malformed_xml());
        }
        let grantee = read_grantee(grant.grantee(), &call.world.account)?;
        Ok(Grant { grantee, permission: permission.to_owned() })
    });
    Ok(Logging {
        bucket: name.to_owned(),
        prefix: enabled.target_prefix().to_owned(),
        grants: grants.collect::<Result<_, _>>()?,
        key_format: enabled.target_object_key_format().map(read_format).transpose()?,
    })
}

fn read_format(format: &TargetObjectKeyFormat) -> Result<LogKeyFormat, Fault> {
    match (format.simple_prefix(), format.partitioned_prefix()) {
        (Some(_), None) => Ok(LogKeyFormat::Simple),
        (None, Some(partitioned)) => {
            let date = partitioned.partition_date_source().map(PartitionDateSource::as_str);
            if date.is_some_and(|date| !PartitionDateSource::values().contains(&date)) {
                return Err(malformed_xml());
            }
            Ok(LogKeyFormat::Partitioned(date.map(str::to_owned)))
        }
        _ => Err(malformed_xml()),
    }
}

fn write(logging: &Logging, account: &str) -> Result<LoggingEnabled, Fault> {
    let grants = logging.grants.iter().map(|grant| {
        let grantee = grantee(&grant.grantee, account)?;
        Ok(TargetGrant::builder().grantee(grantee).permission(grant.permission.as_str().into()).build())
    });
    let grants = grants.collect::<Result<Vec<_>, Fault>>()?;
    let format = logging.key_format.as_ref().map(|format| match format {
        LogKeyFormat::Simple => {
            TargetObjectKeyFormat::builder().simple_prefix(SimplePrefix::builder().build()).build()
        }
        LogKeyFormat::Partitioned(date) => {
            let date = date.as_deref().map(Into::into);
            let partitioned = PartitionedPrefix::builder().set_partition_date_source(date).build();
            TargetObjectKeyFormat::builder().partitioned_prefix(partitioned).build()
        }
    });
    built(
        LoggingEnabled::builder()
            .target_bucket(&logging.bucket)
            .target_prefix(&logging.prefix)
            .set_target_grants((!grants.is_empty()).then_some(grants))
            .set_target_object_key_format(format)
            .build(),
    )
}

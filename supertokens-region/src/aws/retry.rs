//! What is worth another try beside what the SDK retries by itself.

use aws_sdk_ec2::operation::{
    authorize_security_group_ingress::AuthorizeSecurityGroupIngressError, create_tags::CreateTagsError,
    modify_instance_attribute::ModifyInstanceAttributeError, run_instances::RunInstancesError,
};
use aws_sdk_s3::operation::{
    put_bucket_cors::PutBucketCorsError, put_bucket_encryption::PutBucketEncryptionError,
    put_bucket_lifecycle_configuration::PutBucketLifecycleConfigurationError,
    put_bucket_logging::PutBucketLoggingError,
    put_bucket_ownership_controls::PutBucketOwnershipControlsError, put_bucket_policy::PutBucketPolicyError,
    put_bucket_replication::PutBucketReplicationError, put_bucket_tagging::PutBucketTaggingError,
    put_bucket_versioning::PutBucketVersioningError, put_public_access_block::PutPublicAccessBlockError,
};
use aws_sdk_ssm::operation::{
    add_tags_to_resource::AddTagsToResourceError, create_document::CreateDocumentError,
    put_parameter::PutParameterError, update_document::UpdateDocumentError,
};
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::ErrorKind;

use super::call::Asked;
use super::rates::only_reads;

/// Writes that say how something is to be, or that carry a token by which AWS knows them again: made twice, they do what
/// they do once.
const REPEATABLE: [&str; 43] = [
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "ec2:CopyImage",
    "ec2:CreateTags",
    "ec2:CreateVpcEndpoint",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyInstanceMetadataOptions",
    "ec2:ModifyVpcAttribute",
    "ec2:MonitorInstances",
    "ec2:RunInstances",
    "ec2:UnmonitorInstances",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "lambda:PutFunctionConcurrency",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:TagResource",
    "lambda:UpdateAlias",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "rds:AddTagsToResource",
    "rds:ModifyDBClusterParameterGroup",
    "rds:ModifyDBParameterGroup",
    "route53:ChangeTagsForResource",
    "route53:CreateHostedZone",
    "route53:UpdateHostedZoneComment",
    // Under the condition that nothing newer is there.
    "s3:CopyObject",
    "s3:PutBucketCors",
    "s3:PutBucketEncryption",
    "s3:PutBucketLifecycleConfiguration",
    "s3:PutBucketLogging",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketReplication",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutPublicAccessBlock",
    "s3:UploadPart",
    "s3:UploadPartCopy",
    "sns:CreateTopic",
    "sns:SetTopicAttributes",
    "sns:TagResource",
    "ssm:AddTagsToResource",
    // Of the lease, whose versions say upon which one they were written: a second one is void.
    "ssm:PutParameter",
];

/// Whether a call of this operation can be made twice, and no harm done: it reads, or is one of those above. After any other
/// whose answer is lost, somebody has to look first.
pub(super) fn is_repeatable(operation: &str) -> bool {
    let name = operation.split(':').nth(1).unwrap_or_default();
    only_reads(name) || REPEATABLE.contains(&operation)
}

fn throttled(action: &RetryAction) -> bool {
    let RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) = action else { return false };
    *kind == ErrorKind::ThrottlingError
}

/// Has the last word on what the SDK would repeat: an answer that can't be read is asked for again, which the SDK doesn't by
/// itself; and what must not be made twice is not repeated, unless AWS says that it did nothing: it throttled it.
#[derive(Debug)]
pub(super) struct LookFirst;

impl ClassifyRetry for LookFirst {
    fn name(&self) -> &'static str {
        "look first"
    }

    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, context: &InterceptorContext, so_far: &RetryAction) -> RetryAction {
        let Some(response) = context.response().filter(|_| context.is_failed()) else {
            return RetryAction::NoActionIndicated;
        };
        let repeatable = response.extension::<Asked>().is_none_or(Asked::repeatable);
        let garbled = response.status().is_success();
        match so_far.should_retry() {
            true if !repeatable && !throttled(so_far) => RetryAction::RetryForbidden,
            false if repeatable && garbled => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// A service spreads the word of a new thing for some seconds, in which a write to it may not find it, or another write
/// may still be under way. Only those writes: for a read, "there is none" is an answer.
#[derive(Debug)]
pub(super) struct NewThing {
    name: &'static str,
    /// The codes with which the service says so.
    not_yet: &'static [&'static str],
    writes: &'static [Code],
}

pub(super) const NEW_BUCKET: NewThing = NewThing {
    name: "new bucket",
    not_yet: &["NoSuchBucket", "OperationAborted"],
    writes: &[
        code::<PutBucketCorsError>,
        code::<PutBucketEncryptionError>,
        code::<PutBucketLifecycleConfigurationError>,
        code::<PutBucketLoggingError>,
        code::<PutBucketOwnershipControlsError>,
        code::<PutBucketPolicyError>,
        code::<PutBucketReplicationError>,
        code::<PutBucketTaggingError>,
        code::<PutBucketVersioningError>,
        code::<PutPublicAccessBlockError>,
    ],
};

pub(super) const NEW_GROUP: NewThing = NewThing {
    name: "new security group, key pair or instance",
    not_yet: &["InvalidGroup.NotFound", "InvalidKeyPair.NotFound", "InvalidInstanceID.NotFound"],
    writes: &[
        code::<AuthorizeSecurityGroupIngressError>,
        code::<CreateTagsError>,
        code::<ModifyInstanceAttributeError>,
        code::<RunInstancesError>,
    ],
};

pub(super) const BUSY_DOCUMENT: NewThing = NewThing {
    name: "busy document or parameter",
    not_yet: &["TooManyUpdates"],
    writes: &[
        code::<AddTagsToResourceError>,
        code::<CreateDocumentError>,
        code::<PutParameterError>,
        code::<UpdateDocumentError>,
    ],
};

/// An error's code, where it is one of this operation: errors have lost their type here.
type Code = fn(&Error) -> Option<&str>;

fn code<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static>(error: &Error) -> Option<&str> {
    error.downcast_ref::<E>()?.code()
}

impl ClassifyRetry for NewThing {
    fn name(&self) -> &'static str {
        self.name
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let code =
            error.as_operation_error().and_then(|error| self.writes.iter().find_map(|code| code(error)));
        match code {
            Some(code) if self.not_yet.contains(&code) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::operation::get_bucket_policy::GetBucketPolicyError;
    use aws_smithy_runtime_api::client::interceptors::context::Input;
    use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn retried(new: &NewThing, error: Error) -> bool {
        let mut context = InterceptorContext::new(Input::erase(()));
        context.set_output_or_error(Err(OrchestratorError::operation(error)));
        new.classify_retry(&context).should_retry()
    }

    #[test]
    fn writes_of_settings_are_tried_again_until_the_bucket_is_known() {
        let meta = |code: &str| ErrorMetadata::builder().code(code).build();
        assert!(retried(&NEW_BUCKET, Error::erase(PutBucketPolicyError::generic(meta("NoSuchBucket")))));
        assert!(retried(
            &NEW_BUCKET,
            Error::erase(PutPublicAccessBlockError::generic(meta("OperationAborted")))
        ));
        assert!(!retried(&NEW_BUCKET, Error::erase(PutBucketPolicyError::generic(meta("MalformedPolicy")))));
        assert!(!retried(&NEW_BUCKET, Error::erase(GetBucketPolicyError::generic(meta("NoSuchBucket")))));
    }

    #[test]
    fn writes_to_a_group_are_tried_again_until_it_is_known() {
        let meta = |code: &str| ErrorMetadata::builder().code(code).build();
        let authorize = |code| Error::erase(AuthorizeSecurityGroupIngressError::generic(meta(code)));
        assert!(retried(&NEW_GROUP, authorize("InvalidGroup.NotFound")));
        assert!(retried(&NEW_GROUP, Error::erase(CreateTagsError::generic(meta("InvalidGroup.NotFound")))));
        assert!(!retried(&NEW_GROUP, authorize("InvalidPermission.Duplicate")));
    }

    #[test]
    fn writes_to_a_document_that_is_being_changed_are_tried_again() {
        let meta = |code: &str| ErrorMetadata::builder().code(code).build();
        let update = |code| Error::erase(UpdateDocumentError::generic(meta(code)));
        assert!(retried(&BUSY_DOCUMENT, update("TooManyUpdates")));
        assert!(!retried(&BUSY_DOCUMENT, update("DuplicateDocumentContent")));
    }
}

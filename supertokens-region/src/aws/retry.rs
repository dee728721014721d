//! What is worth another try beside what the SDK retries by itself.

use aws_sdk_s3::operation::{
    put_bucket_encryption::PutBucketEncryptionError,
    put_bucket_lifecycle_configuration::PutBucketLifecycleConfigurationError,
    put_bucket_logging::PutBucketLoggingError,
    put_bucket_ownership_controls::PutBucketOwnershipControlsError, put_bucket_policy::PutBucketPolicyError,
    put_bucket_tagging::PutBucketTaggingError, put_bucket_versioning::PutBucketVersioningError,
    put_public_access_block::PutPublicAccessBlockError,
};
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// S3 spreads the word of a new bucket for some seconds, in which a write of a setting may find no bucket, or another
/// write of it still under way. Only those writes: for a read, no bucket is an answer.
#[derive(Debug)]
pub(super) struct NewBucket;

/// The codes with which S3 says so.
const NOT_YET: [&str; 2] = ["NoSuchBucket", "OperationAborted"];

/// An error's code, where it is one of this operation: errors have lost their type here.
type Code = fn(&Error) -> Option<&str>;

fn code<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static>(error: &Error) -> Option<&str> {
    error.downcast_ref::<E>()?.code()
}

const WRITES: [Code; 8] = [
    code::<PutBucketEncryptionError>,
    code::<PutBucketLifecycleConfigurationError>,
    code::<PutBucketLoggingError>,
    code::<PutBucketOwnershipControlsError>,
    code::<PutBucketPolicyError>,
    code::<PutBucketTaggingError>,
    code::<PutBucketVersioningError>,
    code::<PutPublicAccessBlockError>,
];

impl ClassifyRetry for NewBucket {
    fn name(&self) -> &'static str {
        "new bucket"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let code = error.as_operation_error().and_then(|error| WRITES.iter().find_map(|code| code(error)));
        match code {
            Some(code) if NOT_YET.contains(&code) => RetryAction::transient_error(),
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

    fn retried(error: Error) -> bool {
        let mut context = InterceptorContext::new(Input::erase(()));
        context.set_output_or_error(Err(OrchestratorError::operation(error)));
        NewBucket.classify_retry(&context).should_retry()
    }

    #[test]
    fn writes_of_settings_are_tried_again_until_the_bucket_is_known() {
        let meta = |code: &str| ErrorMetadata::builder().code(code).build();
        assert!(retried(Error::erase(PutBucketPolicyError::generic(meta("NoSuchBucket")))));
        assert!(retried(Error::erase(PutPublicAccessBlockError::generic(meta("OperationAborted")))));
        assert!(!retried(Error::erase(PutBucketPolicyError::generic(meta("MalformedPolicy")))));
        assert!(!retried(Error::erase(GetBucketPolicyError::generic(meta("NoSuchBucket")))));
    }
}

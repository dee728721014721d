//! What IAM calls the permission for an operation: nearly always the operation's own name, but not for S3.

/// The actions that a role must be allowed for this operation (`s3:CopyObject`), each in backticks.
pub(super) fn actions(operation: &str) -> String {
    let Some(call) = operation.strip_prefix("s3:") else { return format!("`{operation}`") };
    let actions: &[&str] = match call {
        "HeadBucket" | "ListObjectsV2" => &["ListBucket"],
        "ListBuckets" => &["ListAllMyBuckets"],
        "ListObjectVersions" => &["ListBucketVersions"],
        "CreateBucket" => &["CreateBucket", "PutBucketOwnershipControls"],
        "HeadObject" => &["GetObject"],
        "CopyObject" | "UploadPartCopy" => {
            &["GetObject", "GetObjectTagging", "PutObject", "PutObjectTagging"]
        }
        "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => &["PutObject"],
        "GetPublicAccessBlock" => &["GetBucketPublicAccessBlock"],
        "PutPublicAccessBlock" => &["PutBucketPublicAccessBlock"],
        "GetBucketEncryption" => &["GetEncryptionConfiguration"],
        "PutBucketEncryption" => &["PutEncryptionConfiguration"],
        "GetBucketLifecycleConfiguration" => &["GetLifecycleConfiguration"],
        "PutBucketLifecycleConfiguration" => &["PutLifecycleConfiguration"],
        "GetBucketCors" => &["GetBucketCORS"],
        "PutBucketCors" => &["PutBucketCORS"],
        "GetBucketReplication" => &["GetReplicationConfiguration"],
        "PutBucketReplication" => &["PutReplicationConfiguration"],
        "GetBucketNotificationConfiguration" => &["GetBucketNotification"],
        "GetBucketAccelerateConfiguration" => &["GetAccelerateConfiguration"],
        "GetObjectLockConfiguration" => &["GetBucketObjectLockConfiguration"],
        "ListBucketInventoryConfigurations" => &["GetInventoryConfiguration"],
        "ListBucketAnalyticsConfigurations" => &["GetAnalyticsConfiguration"],
        "ListBucketMetricsConfigurations" => &["GetMetricsConfiguration"],
        "ListBucketIntelligentTieringConfigurations" => &["GetIntelligentTieringConfiguration"],
        same => &[same],
    };
    let named: Vec<_> = actions.iter().map(|action| format!("`s3:{action}`")).collect();
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::actions;

    #[test]
    fn permissions_are_called_as_iam_calls_them() {
        for (operation, told) in [
            ("sns:CreateTopic", "`sns:CreateTopic`"),
            ("s3:PutBucketPolicy", "`s3:PutBucketPolicy`"),
            ("s3:ListBuckets", "`s3:ListAllMyBuckets`"),
            ("s3:PutBucketReplication", "`s3:PutReplicationConfiguration`"),
            ("s3:CopyObject", "`s3:GetObject`, `s3:GetObjectTagging`, `s3:PutObject`, `s3:PutObjectTagging`"),
        ] {
            assert_eq!(actions(operation), told);
        }
    }
}

//! The actions, condition operators and condition keys that bucket policies know.

/// Actions on a bucket.
pub(super) const BUCKET_ACTIONS: [&str; 52] = [
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "DeleteBucketWebsite",
    "GetAccelerateConfiguration",
    "GetAnalyticsConfiguration",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketNotification",
    "GetBucketObjectLockConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetEncryptionConfiguration",
    "GetIntelligentTieringConfiguration",
    "GetInventoryConfiguration",
    "GetLifecycleConfiguration",
    "GetMetricsConfiguration",
    "GetReplicationConfiguration",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "ListTagsForResource",
    "PutAccelerateConfiguration",
    "PutAnalyticsConfiguration",
    "PutBucketAcl",
    "PutBucketCORS",
    "PutBucketLogging",
    "PutBucketNotification",
    "PutBucketObjectLockConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutEncryptionConfiguration",
    "PutIntelligentTieringConfiguration",
    "PutInventoryConfiguration",
    "PutLifecycleConfiguration",
    "PutMetricsConfiguration",
    "PutReplicationConfiguration",
    "TagResource",
    "UntagResource",
];

/// Actions on objects.
pub(super) const OBJECT_ACTIONS: [&str; 34] = [
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAttributes",
    "GetObjectVersionForReplication",
    "GetObjectVersionTagging",
    "GetObjectVersionTorrent",
    "InitiateReplication",
    "ListMultipartUploadParts",
    "ObjectOwnerOverrideToBucketOwner",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionTagging",
    "ReplicateDelete",
    "ReplicateObject",
    "ReplicateTags",
    "RestoreObject",
    "UpdateObjectEncryption",
];

const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "Null",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// Condition keys of all services, without `aws:`, in lower case. Those that end in a slash go on with a tag's key.
const AWS_KEYS: [&str; 48] = [
    "assumedroot",
    "calledvia",
    "calledviafirst",
    "calledvialast",
    "currenttime",
    "ec2instancesourceprivateipv4",
    "ec2instancesourcevpc",
    "epochtime",
    "federatedprovider",
    "multifactorauthage",
    "multifactorauthpresent",
    "principalaccount",
    "principalarn",
    "principalisawsservice",
    "principalorgid",
    "principalorgpaths",
    "principalservicename",
    "principalservicenameslist",
    "principaltag/",
    "principaltype",
    "referer",
    "requestedregion",
    "requesttag/",
    "resourceaccount",
    "resourceorgid",
    "resourceorgpaths",
    "resourcetag/",
    "securetransport",
    "sourceaccount",
    "sourcearn",
    "sourceidentity",
    "sourceip",
    "sourceorgid",
    "sourceorgpaths",
    "sourceowner",
    "sourcevpc",
    "sourcevpcarn",
    "sourcevpce",
    "tagkeys",
    "tokenissuetime",
    "useragent",
    "userid",
    "username",
    "viaawsservice",
    "vpceaccount",
    "vpceorgid",
    "vpceorgpaths",
    "vpcsourceip",
];

/// Condition keys of S3, without `s3:`, in lower case.
const S3_KEYS: [&str; 44] = [
    "accessgrantsinstancearn",
    "accesspointnetworkorigin",
    "authtype",
    "buckettag/",
    "dataaccesspointaccount",
    "dataaccesspointarn",
    "delimiter",
    "existingobjecttag/",
    "if-match",
    "if-none-match",
    "inventoryaccessibleoptionalfields",
    "isreplicationpauserequest",
    "locationconstraint",
    "max-keys",
    "object-lock-legal-hold",
    "object-lock-mode",
    "object-lock-remaining-retention-days",
    "object-lock-retain-until-date",
    "objectcreationoperation",
    "prefix",
    "requestobjecttag/",
    "requestobjecttagkeys",
    "resourceaccount",
    "signatureage",
    "signatureversion",
    "tlsversion",
    "versionid",
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "destinationregion",
    "replicationdestinationregion",
];

/// An operator without what can stand around it.
pub(super) fn base_operator(operator: &str) -> &str {
    let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
    let operator = operator.strip_prefix("ForAllValues:").unwrap_or(operator);
    operator.strip_suffix("IfExists").unwrap_or(operator)
}

pub(super) fn known_operator(operator: &str) -> bool {
    OPERATORS.contains(&base_operator(operator))
}

/// Whether AWS knows this condition key, in lower case.
pub(super) fn known_key(key: &str) -> bool {
    let (keys, name): (&[&str], _) = match key.split_once(':') {
        Some(("aws", name)) => (&AWS_KEYS, name),
        Some(("s3", name)) => (&S3_KEYS, name),
        _ => return false,
    };
    keys.iter().any(|known| if known.ends_with('/') { name.starts_with(known) } else { name == *known })
}

/// The actions that a condition key, in lower case, says something about, where it is not all.
pub(super) fn actions_of_key(key: &str) -> Option<&'static [&'static str]> {
    Some(match key {
        "s3:prefix" | "s3:delimiter" | "s3:max-keys" => &["ListBucket", "ListBucketVersions"],
        "s3:x-amz-acl" => {
            &["CreateBucket", "PutBucketAcl", "PutObject", "PutObjectAcl", "PutObjectVersionAcl"]
        }
        "s3:x-amz-storage-class"
        | "s3:x-amz-server-side-encryption"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id" => &["PutObject", "ReplicateObject"],
        _ => return None,
    })
}

/// Whether a text is what a pattern with `*` and `?` says.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = rest.as_str();
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
        }
        Some(wanted) => {
            let mut left = text.chars();
            left.next().is_some_and(|c| wanted == '?' || c == wanted) && matches(rest.as_str(), left.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_policies() {
        assert!(matches("*", "") && matches("get*", "getobject") && matches("g?t*t", "getobject"));
        assert!(!matches("get", "getobject") && !matches("get?", "get") && !matches("", "x"));
    }
}

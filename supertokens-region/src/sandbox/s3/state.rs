//! What S3 keeps of a bucket.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Lifecycle, Objects, Replication};

/// A bucket and its settings. `None` where AWS answers that there is no such setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Where it is.
    pub region: String,
    /// The location that its creation named: the region, the old word `EU` for eu-west-1, none for us-east-1.
    pub location: Option<String>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// What is done against public access.
    pub public_access_block: Option<PublicAccessBlock>,
    /// `BucketOwnerEnforced` (no ACLs), `BucketOwnerPreferred` or `ObjectWriter`; old buckets have none.
    pub ownership: Option<String>,
    /// What the access control list grants.
    pub acl: Vec<Grant>,
    /// How objects are encrypted; old buckets have none.
    pub encryption: Option<Encryption>,
    /// `Enabled` or `Suspended`; none if it was never set.
    pub versioning: Option<String>,
    /// `Enabled` or `Disabled`; none if it was never set.
    pub mfa_delete: Option<String>,
    /// Whether Object Lock is on.
    pub object_lock: bool,
    /// The bucket policy, JSON.
    pub policy: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The CORS rules, in their order.
    pub cors: Vec<CorsRule>,
    /// What happens to objects as they age.
    pub lifecycle: Option<Lifecycle>,
    /// Where the log of accesses goes.
    pub logging: Option<Logging>,
    /// Where objects are copied to.
    pub replication: Option<Replication>,
    /// Settings of which only that they are there is kept: `website`, `accelerate`, `requester-pays`, `notification`,
    /// `inventory`, `analytics`, `metrics`, `intelligent-tiering`.
    #[serde(default)]
    pub others: BTreeSet<String>,
    /// What is in it.
    #[serde(default)]
    pub objects: Objects,
}

impl Bucket {
    /// A bucket as AWS makes it today: closed to the public, no ACLs, encrypted.
    #[must_use]
    pub fn new(region: &str, created: i64) -> Self {
        Self {
            public_access_block: Some(PublicAccessBlock::all()),
            ownership: Some("BucketOwnerEnforced".to_owned()),
            encryption: Some(Encryption::sse_s3()),
            ..Self::old(region, created)
        }
    }

    /// A bucket as AWS made it before 2023: open to ACLs and public policies, not encrypted.
    #[must_use]
    pub fn old(region: &str, created: i64) -> Self {
        Self {
            region: region.to_owned(),
            location: (region != "us-east-1").then(|| region.to_owned()),
            created,
            public_access_block: None,
            ownership: None,
            acl: vec![Grant::owner()],
            encryption: None,
            versioning: None,
            mfa_delete: None,
            object_lock: false,
            policy: None,
            tags: BTreeMap::new(),
            cors: vec![],
            lifecycle: None,
            logging: None,
            replication: None,
            others: BTreeSet::new(),
            objects: Objects::default(),
        }
    }

    pub(super) fn acls_disabled(&self) -> bool {
        self.ownership.as_deref() == Some("BucketOwnerEnforced")
    }

    pub(super) fn versioned(&self) -> bool {
        self.versioning.as_deref() == Some("Enabled")
    }
}

/// What is done against public access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PublicAccessBlock {
    /// Public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// Public policies are refused.
    pub block_public_policy: bool,
    /// With a public policy, only this account and AWS services have access.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four on.
    #[must_use]
    pub fn all() -> Self {
        Self {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }
    }
}

/// A line of an access control list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Who may.
    pub grantee: Grantee,
    /// What they may: `FULL_CONTROL`, `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP`.
    pub permission: String,
}

/// Who an access control list grants something to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Grantee {
    /// The bucket's owner.
    Owner,
    /// A group of AWS, by its URI.
    Group(String),
}

impl Grant {
    pub(super) fn owner() -> Self {
        Self { grantee: Grantee::Owner, permission: "FULL_CONTROL".to_owned() }
    }

    pub(super) fn group(uri: &str, permission: &str) -> Self {
        Self { grantee: Grantee::Group(uri.to_owned()), permission: permission.to_owned() }
    }

    /// AWS calls a grant public when it goes to everybody, or to everybody with some AWS account.
    pub(super) fn is_public(&self) -> bool {
        matches!(&self.grantee, Grantee::Group(uri) if uri == ALL_USERS || uri == AUTHENTICATED_USERS)
    }
}

/// Everybody.
pub(super) const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
/// Everybody with an AWS account.
pub(super) const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
/// What writes the access logs.
pub(super) const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// How objects are encrypted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// The KMS key: an id, an ARN or an alias.
    pub kms_key: Option<String>,
    /// Whether a bucket key saves calls of KMS.
    pub bucket_key: bool,
    /// Kinds of encryption that uploads may not use: `SSE-C`, `NONE`.
    pub blocked: Vec<String>,
}

impl Encryption {
    /// With S3's own keys.
    #[must_use]
    pub fn sse_s3() -> Self {
        Self { algorithm: "AES256".to_owned(), kms_key: None, bucket_key: false, blocked: vec![] }
    }
}

/// Where the log of accesses goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Logging {
    /// The bucket that the logs are written to.
    pub bucket: String,
    /// What their keys begin with; nothing is put between it and the rest.
    pub prefix: String,
    /// Who may read the logs, beside the target bucket's owner.
    pub grants: Vec<Grant>,
    /// How the keys go on.
    pub key_format: Option<LogKeyFormat>,
}

/// How the keys of access logs go on after the prefix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogKeyFormat {
    /// Date and time.
    Simple,
    /// Account, region, bucket and date; the date is `EventTime` or `DeliveryTime`.
    Partitioned(Option<String>),
}

/// Which web pages may use the bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CorsRule {
    /// Its name.
    pub id: Option<String>,
    /// Headers that a request may have.
    pub allowed_headers: Vec<String>,
    /// HTTP methods.
    pub allowed_methods: Vec<String>,
    /// Where the pages are from.
    pub allowed_origins: Vec<String>,
    /// Headers of the answer that a page may read.
    pub expose_headers: Vec<String>,
    /// How long a browser may remember it, in seconds.
    pub max_age: Option<i32>,
}

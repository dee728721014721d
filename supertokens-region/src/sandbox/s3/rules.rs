//! What S3 keeps of the rules about objects: lifecycle and replication.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What happens to objects as they age.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// The rules, in their order.
    pub rules: Vec<LifecycleRule>,
    /// From which size on objects change their storage class: `all_storage_classes_128K` or `varies_by_storage_class`.
    pub minimum_object_size: String,
}

/// What happens to some objects as they age.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LifecycleRule {
    /// Its name.
    pub id: String,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// Which objects, in the old form, where there is no filter.
    pub prefix: Option<String>,
    /// Which objects.
    pub filter: Option<Filter>,
    /// Changes of the storage class.
    pub transitions: Vec<Transition>,
    /// When objects are deleted.
    pub expiration: Option<Expiration>,
    /// Changes of the storage class of old versions.
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
    /// When old versions are deleted.
    pub noncurrent_expiration: Option<NoncurrentExpiration>,
    /// After how many days an unfinished upload is given up.
    pub abort_incomplete_upload_days: Option<i32>,
}

/// Which objects a rule is about: those that fit all of it. An empty one is about all objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// What their keys begin with.
    pub prefix: Option<String>,
    /// Tags that they have.
    pub tags: BTreeMap<String, String>,
    /// Bytes that they have more than.
    pub larger_than: Option<i64>,
    /// Bytes that they have fewer than.
    pub smaller_than: Option<i64>,
}

impl Filter {
    /// How many conditions it has. AWS words one condition another way than several.
    pub(super) fn parts(&self) -> usize {
        usize::from(self.prefix.is_some())
            + self.tags.len()
            + usize::from(self.larger_than.is_some())
            + usize::from(self.smaller_than.is_some())
    }
}

/// A change of the storage class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Days after the object's creation.
    pub days: Option<i32>,
    /// A day, seconds since 1970.
    pub date: Option<i64>,
    /// The storage class afterwards.
    pub storage_class: String,
}

/// When objects are deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Expiration {
    /// Days after the object's creation.
    pub days: Option<i32>,
    /// A day, seconds since 1970.
    pub date: Option<i64>,
    /// Whether delete markers that hide nothing any more go too.
    pub expired_object_delete_marker: Option<bool>,
}

/// A change of the storage class of old versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoncurrentTransition {
    /// Days after the version became an old one.
    pub days: Option<i32>,
    /// How many of the youngest old versions are spared.
    pub newer_versions: Option<i32>,
    /// The storage class afterwards.
    pub storage_class: String,
}

/// When old versions are deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoncurrentExpiration {
    /// Days after the version became an old one.
    pub days: Option<i32>,
    /// How many of the youngest old versions are spared.
    pub newer_versions: Option<i32>,
}

/// Where objects are copied to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// The ARN of the role that S3 copies with.
    pub role: String,
    /// The rules, in their order.
    pub rules: Vec<ReplicationRule>,
}

/// Where some objects are copied to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicationRule {
    /// Its name.
    pub id: String,
    /// Which rule wins, the highest; old rules have none.
    pub priority: Option<i32>,
    /// Which objects, in the old form, where there is no filter.
    pub prefix: Option<String>,
    /// Which objects.
    pub filter: Option<Filter>,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// `Enabled` where objects with KMS keys are copied too, or `Disabled`.
    pub sse_kms_objects: Option<String>,
    /// `Enabled` where changes of the copies come back, or `Disabled`.
    pub replica_modifications: Option<String>,
    /// `Enabled` where deletions are copied too, or `Disabled`; old rules have none.
    pub delete_markers: Option<String>,
    /// The ARN of the bucket that the copies go to.
    pub bucket: String,
    /// The account that owns that bucket.
    pub account: Option<String>,
    /// The copies' storage class.
    pub storage_class: Option<String>,
    /// Whether the copies belong to the account of their bucket.
    pub owner_override: bool,
    /// The KMS key of the copies.
    pub kms_key: Option<String>,
    /// The promise to copy in time.
    pub replication_time: Option<Timed>,
    /// Metrics about the copying.
    pub metrics: Option<Timed>,
}

/// A setting with a number of minutes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// Minutes: AWS knows 15 alone.
    pub minutes: Option<i32>,
}

//! What IAM keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What is in IAM.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Iam {
    /// The account's own managed policies, by name: AWS allows a name once, whatever the path.
    pub policies: BTreeMap<String, Policy>,
    /// Roles, by name.
    pub roles: BTreeMap<String, Role>,
    /// Instance profiles, by name.
    #[serde(default)]
    pub instance_profiles: BTreeMap<String, InstanceProfile>,
    /// Users, by name.
    pub users: BTreeMap<String, Holder>,
    /// Groups, by name.
    pub groups: BTreeMap<String, Holder>,
}

/// A managed policy. A policy has five versions at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Path, `/` or `/some/path/`.
    pub path: String,
    /// Description.
    pub description: Option<String>,
    /// The versions, by number.
    pub versions: BTreeMap<u64, PolicyVersion>,
    /// The version that is in force.
    pub default_version: u64,
    /// The highest number that was ever given: numbers of deleted versions don't come back.
    pub last_version: u64,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// When its versions were changed last, seconds since 1970.
    pub updated_at: i64,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Policy {
    /// A policy with its first version.
    #[must_use]
    pub fn new(document: &str) -> Self {
        Self {
            path: "/".to_owned(),
            versions: [(1, PolicyVersion { document: document.to_owned(), created_at: 0 })].into(),
            default_version: 1,
            last_version: 1,
            ..Self::default()
        }
    }
}

/// A version of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document, as it was given.
    pub document: String,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Path, `/` or `/some/path/`.
    pub path: String,
    /// Description.
    pub description: Option<String>,
    /// Who may assume it: the document, as it was given.
    pub trust_policy: String,
    /// Seconds that a session may last.
    pub max_session_duration: i32,
    /// The policies that are part of it, by name, as they were given.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub attached_policies: BTreeSet<String>,
    /// ARN of the policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Role {
    /// A role that may do nothing yet.
    #[must_use]
    pub fn new(trust_policy: &str) -> Self {
        Self {
            path: "/".to_owned(),
            trust_policy: trust_policy.to_owned(),
            max_session_duration: 3600,
            ..Self::default()
        }
    }
}

/// What instances are given so that they can act as a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Path, `/` or `/some/path/`.
    pub path: String,
    /// The name of the role, where it has one.
    pub role: Option<String>,
}

/// A user or a group, as far as policies are attached to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Path, `/` or `/some/path/`.
    pub path: String,
    /// ARNs of managed policies.
    pub attached_policies: BTreeSet<String>,
}

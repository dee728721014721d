//! What a cluster consists of, in our words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tags::Tags;

/// The class of instances that grow and shrink by themselves.
pub(super) const SERVERLESS: &str = "db.serverless";
/// The usual type of storage.
pub(super) const STANDARD: &str = "aurora";
/// The type of storage whose reads and writes cost nothing.
pub(super) const IO_OPTIMIZED: &str = "aurora-iopt1";
/// What the status of a cluster or an instance is once it can be used.
pub(super) const AVAILABLE: &str = "available";
/// What it is until then.
pub(super) const CREATING: &str = "creating";

/// Parameters and their values.
pub(super) type Parameters = BTreeMap<String, String>;

/// Something that is there or isn't: others may have more of the sort.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Is {
    There,
}

/// Where the master user's password comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(super) enum Password {
    /// Secrets Manager makes it, keeps it and changes it.
    Managed,
    /// It is read from this file when the cluster is made, and never else.
    File(String),
    /// Somebody set it.
    Unknown,
}

impl From<Password> for String {
    fn from(password: Password) -> Self {
        match password {
            Password::Managed => "managed".to_owned(),
            Password::File(path) => format!("file {path}"),
            Password::Unknown => "set by somebody".to_owned(),
        }
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        match (text.as_str(), text.strip_prefix("file ")) {
            ("managed", _) => Self::Managed,
            (_, Some(path)) => Self::File(path.to_owned()),
            _ => Self::Unknown,
        }
    }
}

/// How serverless instances scale, in capacity units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scaling {
    pub(super) min: f64,
    pub(super) max: f64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) pause_after_secs: Option<i64>,
}

/// Enhanced monitoring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Monitoring {
    /// Seconds between two samples; 0: off.
    pub(super) interval_secs: i64,
    /// The role's name, with its path; empty where it is off.
    pub(super) role: String,
}

/// An instance of the cluster. What isn't said is AWS's default for a new one, and stays as it is for one that is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) class: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) promotion_tier: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) publicly_accessible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) auto_minor_version_upgrade: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) maintenance_window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) monitoring: Option<Monitoring>,
    /// 0: off.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) performance_insights_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) ca_certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) parameter_group: Option<String>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    pub(super) tags: Tags,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(super) status: String,
}

/// A number for AWS. `check` keeps all numbers within AWS's bounds.
pub(super) fn number(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

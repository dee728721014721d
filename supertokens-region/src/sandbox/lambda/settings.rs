//! How Lambda answers, whatever is in it: quotas, and what takes its time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How Lambda answers, whatever is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How many looks at a new or changed function, or at a new version, find it on its way still. Default: none, the
    /// first one finds it ready; until then nothing else can be done with it.
    pub looks: u32,
    /// Roles that are too new: by ARN, how often Lambda says yet that it can't assume them. Default: none.
    pub new_roles: BTreeMap<String, u32>,
    /// Executions at the same time, all functions of a region together. Default: 1,000.
    pub concurrency: i32,
    /// Bytes of code and layers in a region, all versions together. Default: 75 GB.
    pub code_storage: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { looks: 0, new_roles: BTreeMap::new(), concurrency: 1000, code_storage: 80_530_636_800 }
    }
}

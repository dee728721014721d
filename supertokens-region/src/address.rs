//! How things are named: addresses, typed references, and where in the script or the Rust code something was asked for.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use serde::{Deserialize, Serialize};

/// The name of one wanted thing: its kind's word and its natural key, such as `topic/CloudWatch_Alarms_AP_South_1_RDS`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// The address of the thing of this kind with this name.
    #[must_use]
    pub fn new(word: &str, name: &str) -> Self {
        Self(format!("{word}/{name}"))
    }

    /// The kind's word: `topic`.
    #[must_use]
    pub fn word(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(word, _)| word)
    }

    /// The natural key: `CloudWatch_Alarms_AP_South_1_RDS`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// The whole address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A typed reference to something that was added, or that exists: a topic can't be given where a bucket belongs.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Ref<K> {
    name: String,
    #[serde(skip)]
    kind: PhantomData<fn() -> K>,
}

impl<K> Ref<K> {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), kind: PhantomData }
    }

    /// The natural key of what it refers to.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<K> Clone for Ref<K> {
    fn clone(&self) -> Self {
        Self::new(&self.name)
    }
}

impl<K> PartialEq for Ref<K> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<K> fmt::Debug for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({})", self.name)
    }
}

/// The line that asked for something: of a script, or of Rust code.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The script or source file.
    pub file: String,
    /// Counted from 1; 0 where it isn't known.
    pub line: u32,
    /// Counted from 1; 0 where it isn't known.
    pub column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

impl From<&Location<'_>> for Origin {
    fn from(location: &Location<'_>) -> Self {
        Self { file: location.file().to_owned(), line: location.line(), column: location.column() }
    }
}

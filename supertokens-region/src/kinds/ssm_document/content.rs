//! What stands in a version of a document: it can be long and hold secrets, so nobody is shown it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The content of a version. It shows, and serializes, as its format, its size and the beginning of its hash:
/// `JSON, 812 bytes, sha256 0123456789ab`. What was serialized so doesn't come back as the content.
#[derive(Clone, PartialEq)]
pub(super) struct Content {
    format: String,
    text: Arc<str>,
    sha256: String,
    shown: String,
}

impl Content {
    pub(super) fn new(format: &str, text: &str) -> Self {
        Self::of(format, text.into(), Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn of(format: &str, text: Arc<str>, sha256: String) -> Self {
        let size = text.len();
        let shown = format!("{format}, {size} bytes, sha256 {}", sha256.get(..12).unwrap_or_default());
        Self { format: format.to_owned(), text, sha256, shown }
    }

    /// The same text, said to be in this format.
    pub(super) fn in_format(&self, format: &str) -> Self {
        Self::of(format, self.text.clone(), self.sha256.clone())
    }

    /// `JSON`, `YAML` or `TEXT`.
    pub(super) fn format(&self) -> &str {
        &self.format
    }

    /// The text itself, for AWS only.
    pub(super) fn reveal(&self) -> &str {
        &self.text
    }

    /// All 64 hexadecimal digits.
    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether both say the same: the same text, or the same JSON in another layout.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let json = |content: &Self| serde_json::from_str::<serde_json::Value>(&content.text).ok();
        self.sha256 == other.sha256
            || self.format == "JSON"
                && other.format == "JSON"
                && json(self).is_some_and(|value| json(other).is_some_and(|other| value == other))
    }

    /// How often it names this region, in any spelling: `us-east-1`, `us_east_1`, `US_East_1`.
    pub(super) fn names(&self, region: &str) -> usize {
        let text = self.text.to_lowercase();
        text.matches(region).count() + text.matches(&region.replace('-', "_")).count()
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shown = String::deserialize(deserializer)?;
        let format = shown.split(',').next().unwrap_or_default().to_owned();
        Ok(Self { format, text: "".into(), sha256: String::new(), shown })
    }
}

/// A version's number. In JSON it is the name of a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(pub(super) i64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

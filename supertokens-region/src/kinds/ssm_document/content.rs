//! What stands in a version of a document: it can be long and hold secrets, so nobody is shown it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::there;
use crate::aws::Aws;
use crate::error::Error;

/// The content of a version. It shows, and serializes, as its format and the beginning of its hash: `JSON, sha256
/// 0123456789ab`. What was serialized so doesn't come back as the content. One that is copied is known by its hash: the text is
/// fetched when it is needed, once for all clones.
#[derive(Clone)]
pub(super) struct Content {
    format: String,
    sha256: String,
    text: Arc<OnceCell<Arc<str>>>,
    origin: Option<Arc<Origin>>,
    shown: String,
}

/// The version that a content is copied from.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) region: String,
    pub(super) name: String,
    pub(super) number: Number,
    /// The one in which AWS keeps it: in another it would be rewritten.
    pub(super) format: String,
}

impl Content {
    pub(super) fn new(format: &str, text: &str) -> Self {
        let sha256 = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = Arc::new(OnceCell::new_with(Some(text.into())));
        Self { text, ..Self::known_by(format, sha256) }
    }

    /// The content with this hash, which is to be had there.
    pub(super) fn of(origin: Origin, sha256: &str) -> Self {
        let format = origin.format.clone();
        Self { origin: Some(origin.into()), ..Self::known_by(&format, sha256.to_owned()) }
    }

    fn known_by(format: &str, sha256: String) -> Self {
        let shown = format!("{format}, sha256 {}", sha256.get(..12).unwrap_or_default());
        Self { format: format.to_owned(), sha256, text: Arc::default(), origin: None, shown }
    }

    /// The same text, said to be in this format.
    pub(super) fn in_format(&self, format: &str) -> Self {
        let (text, origin) = (self.text.clone(), self.origin.clone());
        Self { text, origin, ..Self::known_by(format, self.sha256.clone()) }
    }

    /// `JSON`, `YAML` or `TEXT`.
    pub(super) fn format(&self) -> &str {
        &self.format
    }

    /// The version that it is copied from.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// The text itself, for AWS only; `None` while it is not at hand.
    pub(super) fn reveal(&self) -> Option<&str> {
        self.text.get().map(|text| &**text)
    }

    /// Has the text at hand, and gives it.
    pub(super) async fn fetched(&self, aws: &Aws) -> Result<&str, Error> {
        let fetch = async || {
            let Some(Origin { region, name, number, format }) = self.origin() else { return Ok("".into()) };
            let text = there::text(&aws.ssm(region), name, *number, format).await?;
            text.map(Arc::from).ok_or_else(|| Error::Conflict {
                message: format!("version {number} of `{name}` is no longer in {region}"),
                hint: "run again, to copy what is there now".to_owned(),
            })
        };
        self.text.get_or_try_init(fetch).await.map(|text| &**text)
    }

    /// All 64 hexadecimal digits.
    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether both say the same, as far as they are at hand: the same text, or the same JSON in another layout.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let json = |content: &Self| serde_json::from_str::<serde_json::Value>(content.reveal()?).ok();
        self.sha256 == other.sha256
            || self.reveal().is_some() && self.reveal() == other.reveal()
            || self.format == "JSON"
                && other.format == "JSON"
                && json(self).is_some_and(|value| json(other).is_some_and(|other| value == other))
    }
}

/// How often a text names this region, in any spelling: `us-east-1`, `us_east_1`, `US_East_1`.
pub(super) fn names(text: &str, region: &str) -> usize {
    let text = text.to_lowercase();
    text.matches(region).count() + text.matches(&region.replace('-', "_")).count()
}

/// What both say is compared, not where it is from.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        (&self.format, &self.sha256, &self.shown) == (&other.format, &other.sha256, &other.shown)
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
        let format = shown.split(',').next().unwrap_or_default();
        Ok(Self { shown: shown.clone(), ..Self::known_by(format, String::new()) })
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

//! Email addresses, which whoever has them can send alarms to: shown only in part.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// An email address. It shows, and serializes, as its first letters, four digits that tell it from others, and its host:
/// `ops…(3f9a)@example.com`. What was serialized so doesn't come back as the address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Email(String);

impl Email {
    pub(crate) fn new(address: &str) -> Self {
        Self(address.to_owned())
    }

    /// The address itself, for AWS only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it looks like an address: one `@` with something on both sides, no blanks.
    pub(crate) fn is_plausible(&self) -> bool {
        let parts = self.0.split_once('@');
        let whole = !self.0.chars().any(|c| c.is_whitespace() || c.is_control());
        whole && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, host) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let hash = Sha256::digest(&self.0);
        let shown: String = name.chars().take(3).collect();
        write!(f, "{shown}…({:02x}{:02x})@{host}", hash[0], hash[1])
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn an_address_is_shown_in_part_and_told_from_similar_ones() {
        let (a, b) = (Email::new("alerts@x.example"), Email::new("alerta@x.example"));
        assert!(a.to_string().starts_with("ale…("));
        assert!(a.to_string().ends_with(")@x.example"));
        assert_ne!(a.to_string(), b.to_string());
        assert!(!format!("{a:?}").contains("alerts"));
    }

    #[test]
    fn what_is_no_address_is_noticed() {
        for bad in ["", "a", "@x", "a@", "a b@x", "a@b@c"] {
            assert!(!Email::new(bad).is_plausible(), "{bad}");
        }
        assert!(Email::new("a@b").is_plausible());
    }
}

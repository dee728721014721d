//! Texts that nobody may see: environment values of functions, passwords, user data.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A text that is told only by its hash: in plans, reports, logs and comparisons. It is wiped from memory when it is no
/// longer used.
#[derive(Clone)]
pub struct Secret {
    /// `None` for one that was read from JSON: the text does not come back.
    text: Option<SecretString>,
    hash: String,
}

/// Digits of the hash that are told: enough to see a change, too few to be the key to anything.
const DIGITS: usize = 12;

impl Secret {
    /// Takes the text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let digest = Sha256::digest(text.as_bytes());
        let hash: String = digest.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
        Self { text: Some(text.into()), hash: format!("sha256:{hash}") }
    }

    /// The text, to be given to AWS; `None` for one that was read from JSON.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        self.text.as_ref().map(ExposeSecret::expose_secret)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hash)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hash)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: None, hash: String::deserialize(deserializer)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_by_its_hash_alone_and_does_not_come_back() {
        let secret = Secret::new("planted");
        let told = serde_json::to_string(&secret).unwrap();
        assert_eq!(told, "\"sha256:372eb3774802\"");
        assert_eq!(format!("{secret:?}"), "sha256:372eb3774802");
        let back: Secret = serde_json::from_str(&told).unwrap();
        assert_eq!((back.expose(), secret.expose()), (None, Some("planted")));
        assert_eq!(back, secret);
        assert_ne!(Secret::new("other"), secret);
    }
}

//! The package of a function or a layer: which one it is, and where it can be had.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The largest package that fits into a call: AWS says 50 MB.
pub(super) const IN_A_CALL: i64 = 50 << 20;

/// A zip file. It is told, and compared, by the hash that AWS tells, SHA-256 in base64.
#[derive(Clone, PartialEq)]
pub(super) struct Package {
    pub(super) sha256: String,
    pub(super) size: i64,
    pub(super) source: Source,
}

/// Where a package can be had.
#[derive(Clone, Default, PartialEq)]
pub(super) enum Source {
    /// Nowhere: it was only told.
    #[default]
    None,
    /// Here.
    Bytes(Arc<[u8]>),
    /// A function has it.
    Function { region: String, name: String },
    /// A version of a layer is it.
    Layer { region: String, name: String, version: i64 },
}

impl Package {
    pub(super) fn bytes(bytes: Vec<u8>) -> Self {
        let sha256 = STANDARD.encode(Sha256::digest(&bytes));
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Self { sha256, size, source: Source::Bytes(bytes.into()) }
    }

    /// What AWS tells of a package, and where it is.
    pub(super) fn told(sha256: Option<&str>, size: i64, source: Source) -> Self {
        Self { sha256: sha256.unwrap_or_default().to_owned(), size, source }
    }

    /// Whether it is too large for a call.
    pub(super) fn is_large(&self) -> bool {
        self.size > IN_A_CALL
    }

    /// Its hash as names of objects can hold it.
    pub(super) fn hex(&self) -> String {
        let hash = STANDARD.decode(&self.sha256).unwrap_or_default();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.sha256, self.size)
    }
}

impl Serialize for Package {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sha256)
    }
}

impl<'de> Deserialize<'de> for Package {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { sha256: String::deserialize(deserializer)?, size: 0, source: Source::None })
    }
}

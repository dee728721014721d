//! The package of a function or a layer: which one it is, and where it can be had.

use std::fmt;
use std::sync::Arc;

use aws_sdk_lambda::operation::get_layer_version::GetLayerVersionOutput;
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

/// What AWS told along with something, kept because it saves a call. What a thing is doesn't hang on it, and it may be a
/// secret: so it is neither compared nor told.
pub(super) struct Kept<T: ?Sized>(Option<Arc<T>>);

impl<T: ?Sized> Kept<T> {
    pub(super) fn new(told: impl Into<Arc<T>>) -> Self {
        Self(Some(told.into()))
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }
}

impl<T: ?Sized> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized> Default for Kept<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: ?Sized> PartialEq for Kept<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Where a package can be had.
#[derive(Clone, Default, PartialEq)]
pub(super) enum Source {
    /// Nowhere: it was only told.
    #[default]
    None,
    /// Here.
    Bytes(Arc<[u8]>),
    /// A function has it. A link leads to it for ten minutes.
    Function { region: String, name: String, link: Kept<str> },
    /// A version of a layer is it. A link in what was told of it leads to it for ten minutes.
    Layer { region: String, name: String, version: i64, told: Kept<GetLayerVersionOutput> },
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

    /// The link that was told with it: it may be too old by now.
    pub(super) fn link(&self) -> Option<(&str, &str)> {
        match &self.source {
            Source::None | Source::Bytes(_) => None,
            Source::Function { region, link, .. } => Some((region, link.get()?)),
            Source::Layer { region, told, .. } => Some((region, told.get()?.content()?.location()?)),
        }
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

//! Content that may be big: told by its digests, kept only where that takes little memory.

mod pattern;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{LazyLock, Mutex};
use std::task::{Context, Poll};

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use pattern::{START, as_one_pattern, pattern, start_of};

/// Uploads up to this length are kept as they are; of longer ones only the digests are, unless they are the pattern.
pub(super) const KEPT: u64 = 4 << 20;
/// The same for parts of an upload, which are needed for the digests of the whole.
pub(super) const KEPT_PART: u64 = 64 << 20;
/// What a stream gives at a time.
const CHUNK: u64 = 64 << 10;
/// Content of any length.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blob {
    /// The bytes themselves; base64 where the world is saved.
    Bytes(#[serde(with = "base64_text")] Bytes),
    /// A part of an endless pattern that is made while it is read.
    Pattern {
        /// Where it begins.
        start: u64,
        /// How many bytes it has.
        length: u64,
    },
    /// What is known of content that nobody keeps.
    Digests {
        /// How many bytes it had.
        length: u64,
        /// The SHA-256 digest, in hexadecimal digits.
        sha256: String,
        /// The MD5 digest, in hexadecimal digits.
        md5: String,
    },
}

impl Blob {
    /// The first `length` bytes of the pattern: content of any length that takes no memory.
    #[must_use]
    pub fn pattern(length: u64) -> Self {
        Self::Pattern { start: 0, length }
    }

    /// Content of this length that nobody keeps, with digests that are made up of `what`.
    #[must_use]
    pub fn lost(length: u64, what: &str) -> Self {
        let sha256 = hex(&Sha256::digest(format!("{length} {what}")));
        Self::Digests { length, sha256, md5: hex(&Md5::digest(format!("{length} {what}"))) }
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Pattern { length, .. } | Self::Digests { length, .. } => *length,
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The SHA-256 digest, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        match self {
            Self::Digests { sha256, .. } => sha256.clone(),
            other => other.digest::<Sha256>(|digests| &mut digests.sha256),
        }
    }

    /// The same as its 32 bytes.
    #[must_use]
    pub fn sha256_bytes(&self) -> Vec<u8> {
        unhex(&self.sha256())
    }

    /// The MD5 digest, in hexadecimal digits: what S3's ETag of most objects is.
    #[must_use]
    pub fn md5(&self) -> String {
        match self {
            Self::Digests { md5, .. } => md5.clone(),
            other => other.digest::<Md5>(|digests| &mut digests.md5),
        }
    }

    /// All of it; `None` where nobody keeps it.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes.to_vec()),
            Self::Pattern { start, length } => Some(pattern(*start, *length)),
            Self::Digests { .. } => None,
        }
    }

    /// A stream of it, made while it is read; `None` where nobody keeps it.
    #[must_use]
    pub fn stream(&self) -> Option<ByteStream> {
        self.body().map(ByteStream::new)
    }

    /// The same as a body of a request or an answer.
    pub(super) fn body(&self) -> Option<SdkBody> {
        match self {
            Self::Bytes(bytes) => Some(SdkBody::from(bytes.clone())),
            Self::Pattern { .. } => {
                let blob = self.clone();
                Some(SdkBody::retryable(move || {
                    SdkBody::from_body_1_x(Reading { blob: blob.clone(), at: 0 })
                }))
            }
            Self::Digests { .. } => None,
        }
    }

    /// `length` bytes from `at` on, or less where it ends before. Of content that nobody keeps the digests are made up of
    /// the whole's.
    #[must_use]
    pub fn part(&self, at: u64, length: u64) -> Self {
        let at = at.min(self.len());
        let length = length.min(self.len() - at);
        match self {
            whole if length == whole.len() => whole.clone(),
            Self::Bytes(bytes) => Self::Bytes(bytes.slice(index(at)..index(at + length))),
            Self::Pattern { start, .. } => Self::Pattern { start: start + at, length },
            Self::Digests { sha256, .. } => Self::lost(length, &format!("{sha256} from {at}")),
        }
    }

    /// Several, one after the other. Where one of them is not kept, the digests of the whole are made up of theirs.
    #[must_use]
    pub fn joined(parts: &[Self]) -> Self {
        let length = parts.iter().map(Self::len).sum();
        if let Some(whole) = as_one_pattern(parts, length) {
            return whole;
        }
        if parts.iter().any(|part| matches!(part, Self::Digests { .. })) {
            return Self::lost(length, &parts.iter().map(Self::sha256).collect::<Vec<_>>().join(" "));
        }
        let mut incoming = Incoming::new(KEPT);
        for part in parts {
            part.each_chunk(|chunk| incoming.push(chunk));
        }
        incoming.done()
    }

    fn each_chunk(&self, mut use_it: impl FnMut(&[u8])) {
        match self {
            Self::Bytes(bytes) => use_it(bytes),
            Self::Pattern { start, length } => {
                let mut at = 0;
                while at < *length {
                    let size = CHUNK.min(length - at);
                    use_it(&pattern(start + at, size));
                    at += size;
                }
            }
            Self::Digests { .. } => {}
        }
    }

    /// A digest; those of patterns are remembered, since making one takes seconds.
    fn digest<D: Digest>(&self, of: fn(&mut Digests) -> &mut Option<String>) -> String {
        static KNOWN: LazyLock<Mutex<BTreeMap<(u64, u64), Digests>>> = LazyLock::new(Mutex::default);
        let Self::Pattern { start, length } = *self else {
            let mut digest = D::new();
            self.each_chunk(|chunk| digest.update(chunk));
            return hex(&digest.finalize());
        };
        let known = of(super::lock(&KNOWN).entry((start, length)).or_default()).clone();
        known.unwrap_or_else(|| {
            let mut digest = D::new();
            self.each_chunk(|chunk| digest.update(chunk));
            let text = hex(&digest.finalize());
            *of(super::lock(&KNOWN).entry((start, length)).or_default()) = Some(text.clone());
            text
        })
    }
}

#[derive(Default)]
struct Digests {
    sha256: Option<String>,
    md5: Option<String>,
}

impl Default for Blob {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self {
            Self::Bytes(_) => "bytes",
            Self::Pattern { .. } => "bytes of the pattern",
            Self::Digests { .. } => "bytes that nobody keeps",
        };
        write!(f, "{} {how}", self.len())
    }
}

/// The same content, however it is kept.
impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::Pattern { start: one, .. }, Self::Pattern { start: other_start, .. })
                if one == other_start =>
            {
                self.len() == other.len()
            }
            (one, other) => one.len() == other.len() && one.sha256() == other.sha256(),
        }
    }
}

impl Eq for Blob {}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec().into())
    }
}

/// Content on its way in: the pattern is recognized, and what is too long is only hashed.
pub(super) struct Incoming {
    most: u64,
    length: u64,
    kept: Kept,
}

enum Kept {
    /// All of it, as long as it is short.
    Bytes(Vec<u8>),
    /// It is the pattern from here on, so far.
    Pattern(u64),
    /// Too long to keep.
    Hashes(Box<(Sha256, Md5)>),
}

impl Incoming {
    /// Content of which up to `most` bytes are kept.
    pub(super) fn new(most: u64) -> Self {
        Self { most, length: 0, kept: Kept::Bytes(vec![]) }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        match &mut self.kept {
            Kept::Bytes(bytes) => {
                let was = bytes.len();
                bytes.extend_from_slice(chunk);
                if was < START.len()
                    && let Some(start) = start_of(bytes)
                    && *bytes == pattern(start, bytes.len() as u64)
                {
                    self.kept = Kept::Pattern(start);
                }
            }
            Kept::Pattern(start) if chunk == pattern(*start + self.length, chunk.len() as u64) => {}
            Kept::Pattern(start) => {
                let mut bytes = pattern(*start, self.length);
                bytes.extend_from_slice(chunk);
                self.kept = Kept::Bytes(bytes);
            }
            Kept::Hashes(hashes) => {
                hashes.0.update(chunk);
                hashes.1.update(chunk);
            }
        }
        self.length += chunk.len() as u64;
        if let Kept::Bytes(bytes) = &self.kept
            && self.length > self.most
        {
            let hashes = (Sha256::new_with_prefix(bytes), Md5::new_with_prefix(bytes));
            self.kept = Kept::Hashes(Box::new(hashes));
        }
    }

    pub(super) fn done(self) -> Blob {
        let length = self.length;
        match self.kept {
            Kept::Bytes(bytes) => bytes.into(),
            Kept::Pattern(start) => Blob::Pattern { start, length },
            Kept::Hashes(hashes) => {
                let (sha256, md5) = *hashes;
                Blob::Digests { length, sha256: hex(&sha256.finalize()), md5: hex(&md5.finalize()) }
            }
        }
    }
}

/// A blob on its way out.
struct Reading {
    blob: Blob,
    at: u64,
}

impl Body for Reading {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = self.blob.part(self.at, CHUNK);
        self.at += chunk.len();
        let bytes = chunk.bytes().filter(|bytes| !bytes.is_empty());
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.blob.len()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.blob.len() - self.at)
    }
}

/// A length or place of content that is in memory.
fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What hexadecimal digits stand for.
pub(super) fn unhex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len() / 2).filter_map(|at| digits.get(2 * at..2 * at + 2));
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

mod base64_text {
    use super::{Bytes, Engine, STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;

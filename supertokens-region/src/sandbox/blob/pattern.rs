//! The endless pattern: each word of eight bytes tells where it is, so that a part of it is recognized.

use super::{Blob, index};

/// Makes the pattern's words look like nothing in particular.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
/// What the pattern begins with: it passes for a zip file.
pub(super) const START: [u8; 8] = *b"PK\x03\x04\x14\0\0\0";
/// How far the pattern goes, in words: a word beyond is no part of it.
const WORDS: u64 = 1 << 42;

/// The pattern from `start` on.
pub(super) fn pattern(start: u64, length: u64) -> Vec<u8> {
    let (first, last) = (start / 8, (start + length).div_ceil(8));
    let mut bytes = Vec::with_capacity(index(last - first) * 8);
    for word in first..last {
        bytes.extend_from_slice(&if word == 0 { START } else { (word ^ MIX).to_be_bytes() });
    }
    bytes.drain(..index(start % 8));
    bytes.truncate(index(length));
    bytes
}

/// Where in the pattern content would be that begins so.
pub(super) fn start_of(bytes: &[u8]) -> Option<u64> {
    let first: [u8; 8] = bytes.get(..8)?.try_into().ok()?;
    let word = if first == START { 0 } else { u64::from_be_bytes(first) ^ MIX };
    (word < WORDS).then(|| word * 8)
}

/// The parts of a pattern that follow one another.
pub(super) fn as_one_pattern(parts: &[Blob], length: u64) -> Option<Blob> {
    let Blob::Pattern { start: first, .. } = *parts.first()? else { return None };
    let mut next = first;
    for part in parts {
        match part {
            Blob::Pattern { start, length } if *start == next => next += length,
            _ => return None,
        }
    }
    Some(Blob::Pattern { start: first, length })
}

//! What fuzzers throw at scripts and at policy documents, and what has to hold whatever it is. It is no part of the library:
//! it is there for the tests and for `tests/fuzz` only, and it panics where something doesn't hold.

mod document;
pub mod policy;
pub mod script;
mod writer;

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

/// Where calls of the embedded AWS run: nothing in it waits.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime can be made"));

/// What an input says: text as it is. One that begins with a zero byte is none: its other bytes are choices, by which `write`
/// makes a text that gets further than most.
fn text(input: &[u8], write: impl Fn(&[u8]) -> String) -> String {
    match input.split_first() {
        Some((0, choices)) => write(choices),
        _ => String::from_utf8_lossy(input).into_owned(),
    }
}

/// Whether what takes long is done for this text: for one in 16, always the same ones.
fn sometimes(text: &str) -> bool {
    text.bytes().fold(0_u8, u8::wrapping_add) % 16 == 0
}

#[cfg(test)]
mod tests;

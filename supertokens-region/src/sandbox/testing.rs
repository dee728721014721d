//! What the handlers' tests share.

use super::{Sandbox, World};
use crate::aws::Aws;
use crate::error::Error;

/// The region of most tests.
pub(super) const R: &str = "ap-south-1";

/// An empty world, and the door to it.
pub(super) fn sandbox() -> (Sandbox, Aws) {
    let sandbox = Sandbox::new(World::default());
    let aws = Aws::sandbox(&sandbox);
    (sandbox, aws)
}

/// The code of the error that a call must have ended with.
pub(super) fn code<T: std::fmt::Debug, E: Into<Error>>(answer: Result<T, E>) -> String {
    let error: Error = answer.expect_err("AWS refuses this").into();
    error.code().unwrap_or_else(|| panic!("no code in {error:?}")).to_owned()
}

//! S3.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in S3, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct S3 {}

pub(super) fn handlers(_: &mut Handlers) {}

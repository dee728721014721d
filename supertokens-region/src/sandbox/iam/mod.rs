//! Iam.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Iam, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Iam {}

pub(super) fn handlers(_: &mut Handlers) {}

//! Rds.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Rds, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rds {}

pub(super) fn handlers(_: &mut Handlers) {}

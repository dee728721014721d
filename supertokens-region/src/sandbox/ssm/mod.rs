//! Ssm.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Ssm, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ssm {}

pub(super) fn handlers(_: &mut Handlers) {}

//! Logs.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Logs, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Logs {}

pub(super) fn handlers(_: &mut Handlers) {}

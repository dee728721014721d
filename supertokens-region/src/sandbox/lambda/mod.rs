//! Lambda.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Lambda, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lambda {}

pub(super) fn handlers(_: &mut Handlers) {}

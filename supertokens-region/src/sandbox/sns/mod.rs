//! Sns.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Sns, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sns {}

pub(super) fn handlers(_: &mut Handlers) {}

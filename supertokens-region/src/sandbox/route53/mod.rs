//! Route53.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Route53, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route53 {}

pub(super) fn handlers(_: &mut Handlers) {}

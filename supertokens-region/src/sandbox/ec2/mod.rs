//! Ec2.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in Ec2, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ec2 {}

pub(super) fn handlers(_: &mut Handlers) {}

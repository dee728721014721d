//! CloudWatch.

use serde::{Deserialize, Serialize};

use super::door::Handlers;

/// What is in CloudWatch, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CloudWatch {}

pub(super) fn handlers(_: &mut Handlers) {}

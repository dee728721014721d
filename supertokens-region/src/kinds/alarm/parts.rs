//! The parts of an alarm that serialize in a way of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

/// The dimensions, all of them: with one more it would be another metric. So they are compared as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", from = "Vec<String>")]
pub(super) struct Dimensions(pub(super) BTreeMap<String, String>);

impl From<Dimensions> for Vec<String> {
    fn from(dimensions: Dimensions) -> Self {
        dimensions.0.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

impl From<Vec<String>> for Dimensions {
    fn from(pairs: Vec<String>) -> Self {
        let pair = |pair: &String| pair.split_once('=').map(|(name, value)| (name.into(), value.into()));
        Self(pairs.iter().filter_map(pair).collect())
    }
}

/// How many of the periods must be bad.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Datapoints {
    All,
    #[serde(untagged)]
    Some(i64),
}

/// When a topic is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum When {
    OnAlarm,
}

/// What stands for an alarm that counts data of every unit.
pub(super) const ANY_UNIT: &str = "any";

/// Whole numbers without a fraction: bytes are read by people.
pub(super) fn plain<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => to.serialize_i64(*number as i64),
        other => other.serialize(to),
    }
}

//! What changed since a plan was saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Inputs, SavedPlan, Seen};
use crate::address::Address;
use crate::diff::diff;
use crate::plan::{Action, Plan, Step};
use crate::report::shown;

/// Something that is not as it was when a plan was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`was` and `now` say what they are")]
pub enum Stale {
    /// The version of this program.
    Tool { was: String, now: String },
    /// The account that the credentials belong to.
    Account { was: String, now: String },
    /// The region.
    Region { was: String, now: String },
    /// The script's path.
    Script { was: String, now: String },
    /// What stands in the script, or in a file that it imports; `None`: it is not there, or was not imported.
    File { file: String, was: Option<String>, now: Option<String> },
    /// A parameter. Which values it had and has is not told: it may be a secret.
    Param { name: String, was: bool, now: bool },
    /// A thing in AWS, or what is wanted of it or done about it. `None`: it is not wanted.
    Thing {
        address: Address,
        was: Option<Action>,
        now: Option<Action>,
        /// The fields that tell what changed.
        fields: Vec<Moved>,
    },
}

/// A field that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The path to it. What is wanted stands below `wanted`, what is there is told by its field alone.
    pub field: String,
    /// When the plan was saved; `null` for nothing.
    pub was: Value,
    /// Now; `null` for nothing.
    pub now: Value,
}

impl Stale {
    /// Whether it is something that was to be done, and is.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let Self::Thing { was, now, .. } = self else { return false };
        matches!(was, Some(Action::Create | Action::Update)) && *now == Some(Action::Keep)
    }
}

/// What changed, a line each, and a line more for each field. What is done by now is counted.
#[must_use]
pub fn told(stale: &[Stale]) -> String {
    let (done, open): (Vec<_>, Vec<_>) = stale.iter().partition(|stale| stale.is_done());
    let mut lines: Vec<_> = open.iter().map(ToString::to_string).collect();
    match &done[..] {
        [] => {}
        [one] => lines.push(format!("{one}: the plan was applied in part, or somebody else did it")),
        [one, ..] => lines.push(format!(
            "{} things that were to be made or changed are as wanted now, such as `{}`: the plan was applied, at least in part",
            done.len(),
            one.address().map(Address::as_str).unwrap_or_default(),
        )),
    }
    lines.join("\n")
}

impl Stale {
    fn address(&self) -> Option<&Address> {
        match self {
            Self::Thing { address, .. } => Some(address),
            _ => None,
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool { was, now } => write!(f, "this program: version {was} -> {now}"),
            Self::Account { was, now } => write!(f, "the account of the credentials: {was} -> {now}"),
            Self::Region { was, now } => write!(f, "the region: {was} -> {now}"),
            Self::Script { was, now } => write!(f, "the script: `{was}` -> `{now}`"),
            Self::File { file, now: None, .. } => {
                write!(f, "`{file}` is not there, or not imported any more")
            }
            Self::File { file, was: None, .. } => write!(f, "`{file}` is imported, and was not"),
            Self::File { file, .. } => write!(f, "`{file}` was edited"),
            Self::Param { name, now: false, .. } => write!(f, "the parameter `{name}` was given, and is not"),
            Self::Param { name, was: false, .. } => write!(f, "the parameter `{name}` is given, and was not"),
            Self::Param { name, .. } => write!(f, "the parameter `{name}` has another value"),
            Self::Thing { address, was, now, fields } => {
                match (was, now) {
                    (was, now) if was == now => write!(f, "`{address}` is not as it was")?,
                    (None, Some(now)) => write!(f, "`{address}` was not wanted, and {}", is(*now))?,
                    (Some(was), None) => write!(f, "`{address}` {}, and is not wanted", was_to(*was))?,
                    (Some(was), Some(now)) => write!(f, "`{address}` {}, and {}", was_to(*was), is(*now))?,
                    (None, None) => {}
                }
                for Moved { field, was, now } in fields {
                    write!(f, "\n  {field}: {} -> {}", shown(was), shown(now))?;
                }
                Ok(())
            }
        }
    }
}

fn was_to(action: Action) -> &'static str {
    match action {
        Action::Create => "was to be made",
        Action::Update => "was to be changed",
        Action::Keep => "was as wanted",
        Action::Human => "was for people",
        Action::Blocked => "was blocked",
    }
}

fn is(action: Action) -> &'static str {
    match action {
        Action::Create => "is not there",
        Action::Update => "is there, with other fields than wanted",
        Action::Keep => "is as wanted now",
        Action::Human => "is for people",
        Action::Blocked => "is blocked",
    }
}

/// What changed of what a plan was made from.
pub(super) fn inputs(was: &Inputs, now: &Inputs) -> Vec<Stale> {
    let mut stale = vec![];
    if was.script != now.script {
        stale.push(Stale::Script { was: was.script.clone(), now: now.script.clone() });
    }
    for (file, was, now) in both(&was.files, &now.files) {
        let (was, now) = (was.cloned(), now.cloned());
        stale.push(Stale::File { file: file.clone(), was, now });
    }
    for (name, was, now) in both(&was.params, &now.params) {
        stale.push(Stale::Param { name: name.clone(), was: was.is_some(), now: now.is_some() });
    }
    stale
}

/// What changed of the things, in the order of the script.
pub(super) fn things(was: &SavedPlan, now: &SavedPlan) -> Vec<Stale> {
    let (was_plan, now_plan) = (&was.plan, &now.plan);
    let order = now.plan.steps.iter().chain(&was.plan.steps).map(|step| &step.address);
    let place: BTreeMap<&Address, usize> = order.rev().zip(0_usize..).collect();
    let mut changed = both(&was.things, &now.things);
    changed.sort_by_key(|(address, ..)| std::cmp::Reverse(place.get(address)));
    let stale = changed.into_iter().map(|(address, was, seen)| Stale::Thing {
        address: address.clone(),
        was: was.map(|seen| seen.action),
        now: seen.map(|seen| seen.action),
        fields: moved(was.zip(step(was_plan, address)), seen.zip(step(now_plan, address))),
    });
    stale.collect()
}

fn step<'a>(plan: &'a Plan, address: &Address) -> Option<&'a Step> {
    plan.steps.iter().find(|step| step.address == *address)
}

/// The fields that tell what changed of a thing.
fn moved(was: Option<(&Seen, &Step)>, now: Option<(&Seen, &Step)>) -> Vec<Moved> {
    let (Some((was, was_step)), Some((now, now_step))) = (was, now) else { return vec![] };
    match (was.action, now.action) {
        (before, after) if before == after => {
            let flat = |seen: &Seen| leaves(&json!({ "id": seen.id, "wanted": seen.wanted, "": seen.live }));
            let (was, now) = (flat(was), flat(now));
            let moved = both(&was, &now).into_iter().map(|(field, was, now)| {
                let value = |value: Option<&Value>| value.cloned().unwrap_or_default();
                Moved { field: field.clone(), was: value(was), now: value(now) }
            });
            moved.collect()
        }
        // What was as wanted had the wanted values.
        (Action::Keep, Action::Update) => {
            let moved = now_step.changes.iter().map(|change| Moved {
                field: change.field.clone(),
                was: change.wanted.clone(),
                now: change.live.clone(),
            });
            moved.collect()
        }
        (_, Action::Blocked) => vec![Moved {
            field: "reason".to_owned(),
            was: was_step.reason.clone().into(),
            now: now_step.reason.clone().into(),
        }],
        _ => vec![],
    }
}

/// Each leaf of a value, by its path.
fn leaves(value: &Value) -> BTreeMap<String, Value> {
    let leaves = diff(value, &Value::Null, &BTreeMap::new(), "");
    leaves.into_iter().map(|leaf| (leaf.field, leaf.wanted)).collect()
}

/// What differs between two maps: the key, and what each has.
fn both<'a, K: Ord, V: PartialEq>(
    was: &'a BTreeMap<K, V>,
    now: &'a BTreeMap<K, V>,
) -> Vec<(&'a K, Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = was.keys().chain(now.keys()).collect();
    let all = keys.into_iter().map(|key| (key, was.get(key), now.get(key)));
    all.filter(|(_, was, now)| was != now).collect()
}

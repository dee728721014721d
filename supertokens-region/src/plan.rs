//! Graph + Snapshot -> Plan; pure: no async, no clock, no AWS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::{Address, Origin};
use crate::aws::{Identity, Rates};
use crate::diff::{Change, diff};
use crate::discover::Snapshot;
use crate::error::Error;
use crate::estimate::{Estimate, estimate};
use crate::findings::{Finding, waive};
use crate::graph::Graph;
use crate::kind::{Live, MadeBy};
use crate::kinds::Resource;
use crate::region::{Added, Note};

/// The version of the plan's JSON. It changes when a field is renamed, removed, or means something else.
pub const SCHEMA_VERSION: u32 = 1;

/// What would be done, and why: one step for each wanted thing, in the order of the script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The account, 12 digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// One step for each wanted thing.
    pub steps: Vec<Step>,
    /// Remarks that are of no one thing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<Note>,
    /// How many steps of each action.
    pub summary: BTreeMap<Action, usize>,
    /// How long an apply takes at least, where a budget of AWS binds it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub estimate: Option<Estimate>,
}

/// What is to be done about one wanted thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it is about.
    pub address: Address,
    /// The heading that it stands under.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub section: String,
    /// What is to be done.
    pub action: Action,
    /// The fields that are not as wanted; for a new thing all of its fields.
    pub changes: Vec<Change>,
    /// Why this action; for a step of people, what to do.
    pub reason: String,
    /// The line that asked for it.
    pub origin: Origin,
    /// What is remarkable about it.
    pub findings: Vec<Finding>,
    /// Why it is blocked: the failed read, or what it needs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<Error>,
}

/// What is to be done about a wanted thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// There is none: it is made.
    Create,
    /// It is there, and some fields differ.
    Update,
    /// It is as wanted.
    Keep,
    /// A person has to do it.
    Human,
    /// Something in the way has to be solved first.
    Blocked,
}

impl Action {
    /// All actions, in the order in which they are counted.
    pub const ALL: [Self; 5] = [Self::Create, Self::Update, Self::Keep, Self::Human, Self::Blocked];
}

impl Plan {
    /// How many steps have this action.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.summary.get(&action).copied().unwrap_or(0)
    }

    /// Whether the tool has something to do.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.count(Action::Create) + self.count(Action::Update) > 0
    }

    /// What stops the plan from being applied: findings about the region and about what would be made or changed that are
    /// bad enough, each with the thing that it is about. Waived ones are not among them.
    #[must_use]
    pub fn blocking(&self) -> Vec<(Option<&Address>, &Finding)> {
        let changing =
            self.steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update));
        let of_steps =
            changing.flat_map(|step| step.findings.iter().map(move |finding| (Some(&step.address), finding)));
        let of_region = self.notes.iter().map(|note| (None, &note.finding));
        of_region.chain(of_steps).filter(|(_, finding)| finding.stops && finding.waived.is_none()).collect()
    }

    /// Whether a step could not be planned because AWS refused to tell.
    #[must_use]
    pub fn forbidden(&self) -> bool {
        let errors = self.steps.iter().filter_map(|step| step.error.as_ref());
        errors.into_iter().any(|error| matches!(error, Error::Forbidden(_) | Error::Credentials(_)))
    }
}

/// Compares what is wanted with what is there; `rates` are those that an apply will be held to.
#[must_use]
pub fn plan(graph: &Graph, snapshot: &Snapshot, identity: &Identity, rates: &Rates) -> Plan {
    let mut planner = Planner { graph, snapshot, blocked: BTreeMap::new() };
    let steps: Vec<Step> = graph.order.iter().map(|address| planner.step(address)).collect();
    let mut summary: BTreeMap<Action, usize> = Action::ALL.into_iter().map(|action| (action, 0)).collect();
    for step in &steps {
        *summary.entry(step.action).or_default() += 1;
    }
    Plan {
        schema_version: SCHEMA_VERSION,
        account: identity.account.clone(),
        region: graph.region.clone(),
        estimate: estimate(graph, snapshot, &steps, rates),
        steps,
        notes: graph.notes.clone(),
        summary,
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    snapshot: &'a Snapshot,
    /// What was found out about an address: why it is blocked, or `None` where it isn't.
    blocked: BTreeMap<Address, Option<Error>>,
}

impl Planner<'_> {
    fn step(&mut self, address: &Address) -> Step {
        let added = &self.graph.nodes[address];
        let live = self.snapshot.live(address);
        let (action, changes, reason, error) = match self.blocked(address) {
            Some(error) => (Action::Blocked, vec![], error.to_string(), Some(error)),
            None => {
                let (action, changes, reason) = judge(added, live);
                (action, changes, reason, None)
            }
        };
        // What was left behind of a reference is told while there is something to copy.
        let told = |finding: &&Finding| action != Action::Keep || finding.is_error();
        let mut findings: Vec<_> = added.findings.iter().filter(told).cloned().map(Finding::stops).collect();
        findings.extend(live.map(|live| live.findings.clone()).unwrap_or_default());
        findings.extend(added.resource.remarks(live, self.graph));
        findings.extend(self.snapshot.preflight.get(address).cloned().unwrap_or_default());
        waive(&mut findings, &added.waivers);
        Step {
            address: address.clone(),
            section: added.section.clone(),
            action,
            changes,
            reason,
            origin: added.origin.clone(),
            findings,
            error,
        }
    }

    /// Why this can't be done: its own read failed, it should be there and isn't, or one of these is so for a need.
    fn blocked(&mut self, address: &Address) -> Option<Error> {
        if let Some(known) = self.blocked.get(address) {
            return known.clone();
        }
        let added = &self.graph.nodes[address];
        let own = match self.snapshot.things.get(address) {
            Some(Err(error)) => Some(error.clone()),
            Some(Ok(Some(_))) => None,
            Some(Ok(None)) if !looked_up(added) => None,
            Some(Ok(None)) | None => Some(Error::Conflict {
                message: format!("there is no `{address}` in {}", self.graph.region),
                hint: "it is only looked up: make it, or name another".to_owned(),
            }),
        };
        let why = match own {
            Some(error) => Some(error),
            None => self
                .graph
                .before(address)
                .into_iter()
                .find(|need| self.blocked(need).is_some())
                .map(Error::Needs),
        };
        self.blocked.insert(address.clone(), why.clone());
        why
    }
}

fn looked_up(added: &Added) -> bool {
    added.existing || added.resource.made_by() == MadeBy::Others
}

fn judge(added: &Added, live: Option<&Live<Resource>>) -> (Action, Vec<Change>, String) {
    let Some(live) = live else {
        let changes = changes(added, &Value::Null);
        return match added.resource.made_by() {
            MadeBy::Person => (Action::Human, vec![], added.resource.instructions()),
            _ => (Action::Create, changes, "there is none".to_owned()),
        };
    };
    if added.existing {
        return (Action::Keep, vec![], format!("it is there: {}", live.id));
    }
    let changes = changes(added, &live.is.fields());
    match changes.len() {
        0 => (Action::Keep, changes, "it is as wanted".to_owned()),
        1 => (Action::Update, changes, "1 field differs".to_owned()),
        n => (Action::Update, changes, format!("{n} fields differ")),
    }
}

/// The fields of a wanted thing that differ from the live ones.
pub(crate) fn changes(added: &Added, live: &Value) -> Vec<Change> {
    diff(&added.resource.fields(), live, &added.from, "default")
}

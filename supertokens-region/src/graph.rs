//! Region -> Graph: every check at once; pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::address::{Address, Origin};
use crate::findings::waive;
use crate::kind::Invalid;
use crate::region::{Added, Note, Region};

/// A region whose parts fit together: each need is there, no address twice, no cycle, nothing that AWS would reject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// AWS's name of the region.
    pub region: String,
    /// Everything that is wanted.
    pub nodes: BTreeMap<Address, Arc<Added>>,
    /// The addresses in the order of the script.
    pub order: Vec<Address>,
    /// Remarks that are of no one thing.
    pub notes: Vec<Note>,
}

impl Graph {
    /// What comes before this thing: what it needs, and what it comes after where that is wanted.
    #[must_use]
    pub fn before(&self, address: &Address) -> Vec<Address> {
        self.nodes.get(address).map(|added| before(added, &self.nodes)).unwrap_or_default()
    }
}

fn before(added: &Added, nodes: &BTreeMap<Address, Arc<Added>>) -> Vec<Address> {
    let mut before = added.resource.needs();
    before.extend(added.resource.after().into_iter().filter(|address| nodes.contains_key(address)));
    before
}

/// One thing that is wrong with a region, and where it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The line that asked for it.
    pub origin: Origin,
    /// What it is about.
    pub address: Address,
    /// What is wrong.
    pub invalid: Invalid,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: `{}`: {}", self.origin, self.address, self.invalid.message)?;
        match &self.invalid.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Checks a region and makes its graph.
///
/// # Errors
/// Everything that is wrong, at once, in the order of the script.
pub fn graph(region: &Region) -> Result<Graph, Vec<Problem>> {
    let mut nodes = BTreeMap::<Address, Arc<Added>>::new();
    let mut order = vec![];
    let mut problems = vec![];
    for added in &region.wanted {
        let address = added.resource.address();
        let problem = |invalid| Problem { origin: added.origin.clone(), address: address.clone(), invalid };
        // What is only looked up need not be whole.
        if !added.existing {
            problems.extend(added.resource.check().into_iter().map(problem));
        }
        let twin = nodes.get(&address);
        if let Some(first) = twin.filter(|first| !first.existing && !added.existing) {
            let twin = Invalid::new(format!("it is added twice, first at {}", first.origin));
            problems.push(problem(
                twin.hint("give one of them another name, or add it once and keep what `add` gives"),
            ));
        } else if twin.is_none() {
            order.push(address.clone());
            nodes.insert(address, added.clone());
        } else if !added.existing {
            // It was referred to before it was added.
            nodes.insert(address, added.clone());
        }
    }
    for (address, added) in &nodes {
        for need in added.resource.needs().iter().filter(|need| !nodes.contains_key(need)) {
            let invalid = Invalid::new(format!("it needs `{need}`, which this region doesn't have"))
                .hint("`add` it to the same region, or refer to one that is there with `existing`");
            problems.push(Problem { origin: added.origin.clone(), address: address.clone(), invalid });
        }
    }
    problems.extend(cycles(&nodes));
    let place = |problem: &Problem| {
        let at = order.iter().position(|address| *address == problem.address);
        (at, problem.origin.clone())
    };
    problems.sort_by_key(place);
    if problems.is_empty() {
        Ok(Graph { region: region.name.clone(), nodes, order, notes: notes(region) })
    } else {
        Err(problems)
    }
}

/// The region's notes, with what of them is waived.
fn notes(region: &Region) -> Vec<Note> {
    let mut findings: Vec<_> = region.notes.iter().map(|note| note.finding.clone().stops()).collect();
    waive(&mut findings, &region.waivers);
    let needless = findings.split_off(region.notes.len()).into_iter().map(|finding| Note {
        section: String::new(),
        origin: Origin::default(),
        finding,
    });
    let notes = region.notes.iter().zip(findings).map(|(note, finding)| Note { finding, ..note.clone() });
    notes.chain(needless).collect()
}

/// Takes away whatever needs nothing that is left, until nothing can be taken: what remains is in a cycle, or needs one.
fn cycles(nodes: &BTreeMap<Address, Arc<Added>>) -> Vec<Problem> {
    let needs: BTreeMap<_, Vec<_>> = nodes.iter().map(|(a, added)| (a, before(added, nodes))).collect();
    let mut left: BTreeSet<&Address> = nodes.keys().collect();
    loop {
        let ready: Vec<_> =
            left.iter().filter(|a| !needs[**a].iter().any(|need| left.contains(need))).copied().collect();
        if ready.is_empty() {
            break;
        }
        for address in ready {
            left.remove(address);
        }
    }
    let in_cycle = |start: &Address| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Address> = needs[start].iter().collect();
        while let Some(address) = next.pop() {
            if address == start {
                return true;
            }
            if seen.insert(address) {
                next.extend(needs.get(address).into_iter().flatten());
            }
        }
        false
    };
    left.iter()
        .filter(|address| in_cycle(address))
        .map(|address| {
            let around = needs[*address].iter().filter(|need| left.contains(need));
            let around: Vec<_> = around.map(|need| format!("`{need}`")).collect();
            let invalid = Invalid::new(format!("it needs itself, by way of {}", around.join(", ")))
                .hint("take one of the references out");
            Problem { origin: nodes[*address].origin.clone(), address: (*address).clone(), invalid }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::topic;

    #[test]
    fn what_is_referred_to_and_added_too_is_wanted_and_added_twice_is_a_mistake() {
        for referred_first in [true, false] {
            let mut region = Region::new("ap-south-1");
            if referred_first {
                region.existing(topic("alarms"));
            }
            region.add(topic("alarms").email("ops@example.com"));
            region.existing(topic("alarms"));
            let graph = graph(&region).expect("one thing, referred to several times");
            let [added] = graph.nodes.values().collect::<Vec<_>>()[..] else { panic!("{graph:?}") };
            assert!(!added.existing);
            assert_eq!(added.resource, topic("alarms").email("ops@example.com").into());
        }
        let mut region = Region::new("ap-south-1");
        region.add(topic("alarms"));
        region.add(topic("alarms"));
        assert_eq!(graph(&region).expect_err("twins").len(), 1);
    }
}

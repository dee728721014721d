//! Visits a graph, as wide as allowed: each thing after what it needs, and nothing below a failure.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;

use futures::stream::{FuturesUnordered, StreamExt};

use crate::address::Address;
use crate::graph::Graph;

/// How a visit ended, as far as what comes after is concerned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Visited<T> {
    /// It is there: what needs it can go on.
    There(T),
    /// It is not: what needs it is skipped.
    Missing(T),
    /// Not visited, because of this failure above it.
    Skipped(Address),
}

/// Visits every address after its needs, up to `width` of a kind at a time, so that no kind waits for the rates of another; those
/// that wait for something by themselves are not counted, so that what they wait for finds room. `lost` is told of those that are skipped, and of
/// the failure above them.
pub(crate) async fn walk<T, F, V>(
    graph: &Graph,
    width: usize,
    visit: V,
    lost: impl Fn(&Address, &Address),
) -> BTreeMap<Address, Visited<T>>
where
    V: Fn(Address) -> F,
    F: Future<Output = Visited<T>>,
{
    let counts = |address: &Address| {
        let resource = &graph.nodes[address].resource;
        usize::from(!resource.covers_others() && resource.awaits().is_empty())
    };
    let mut done = BTreeMap::new();
    let mut unmet: BTreeMap<&Address, usize> = BTreeMap::new();
    let mut waiting_for: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
    let mut ready: VecDeque<&Address> = VecDeque::new();
    for address in &graph.order {
        let needs = walked_before(graph, address);
        unmet.insert(address, needs.len());
        if needs.is_empty() {
            ready.push_back(address);
        }
        for need in needs {
            waiting_for.entry(need).or_default().push(address);
        }
    }
    let mut running = FuturesUnordered::new();
    // Of each kind how many are being visited, and which ones are not for want of room.
    let mut lanes: BTreeMap<&str, (usize, VecDeque<&Address>)> = BTreeMap::new();
    loop {
        while let Some(address) = ready.pop_front() {
            if let Some(because) = walked_before(graph, address).iter().find_map(|need| failure(&done, need))
            {
                lost(address, &because);
                done.insert(address.clone(), Visited::Skipped(because));
                release(address, &waiting_for, &mut unmet, &mut ready);
                continue;
            }
            let (visiting, held) = lanes.entry(address.word()).or_default();
            if *visiting < width || counts(address) == 0 {
                *visiting += counts(address);
                let visited = visit(address.clone());
                running.push(async move { (address, visited.await) });
            } else {
                held.push_back(address);
            }
        }
        let Some((address, visited)) = running.next().await else { return done };
        let (visiting, held) = lanes.entry(address.word()).or_default();
        *visiting -= counts(address);
        ready.extend(held.pop_front());
        done.insert(address.clone(), visited);
        release(address, &waiting_for, &mut unmet, &mut ready);
    }
}

/// What is visited before: all that comes before, but for what it waits for by itself.
fn walked_before(graph: &Graph, address: &Address) -> Vec<Address> {
    let by_itself = graph.nodes[address].resource.awaits();
    graph.before(address).into_iter().filter(|need| !by_itself.contains(need)).collect()
}

/// The failure that keeps what needs `need` from going on.
fn failure<T>(done: &BTreeMap<Address, Visited<T>>, need: &Address) -> Option<Address> {
    match done.get(need) {
        Some(Visited::Missing(_)) => Some(need.clone()),
        Some(Visited::Skipped(because)) => Some(because.clone()),
        _ => None,
    }
}

fn release<'a>(
    address: &Address,
    waiting_for: &BTreeMap<Address, Vec<&'a Address>>,
    unmet: &mut BTreeMap<&'a Address, usize>,
    ready: &mut VecDeque<&'a Address>,
) {
    for waiting in waiting_for.get(address).into_iter().flatten() {
        if let Some(count) = unmet.get_mut(waiting) {
            *count -= 1;
            if *count == 0 {
                ready.push_back(waiting);
            }
        }
    }
}

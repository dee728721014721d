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

/// Visits every address after its needs, up to `width` at a time; those that wait for something by themselves are not counted, so
/// that what they wait for finds room. `lost` is told of those that are skipped.
pub(crate) async fn walk<T, F, V>(
    graph: &Graph,
    width: usize,
    visit: V,
    lost: impl Fn(&Address),
) -> BTreeMap<Address, Visited<T>>
where
    V: Fn(Address) -> F,
    F: Future<Output = Visited<T>>,
{
    let waits = |address: &Address| {
        let resource = &graph.nodes[address].resource;
        usize::from(resource.covers_others() || !resource.awaits().is_empty())
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
    let mut waiting = 0;
    loop {
        while running.len() < width + waiting
            && let Some(address) = ready.pop_front()
        {
            match walked_before(graph, address).iter().find_map(|need| failure(&done, need)) {
                Some(because) => {
                    lost(address);
                    done.insert(address.clone(), Visited::Skipped(because));
                    release(address, &waiting_for, &mut unmet, &mut ready);
                }
                None => {
                    waiting += waits(address);
                    let visited = visit(address.clone());
                    running.push(async move { (address, visited.await) });
                }
            }
        }
        match running.next().await {
            Some((address, visited)) => {
                waiting -= waits(address);
                done.insert(address.clone(), visited);
                release(address, &waiting_for, &mut unmet, &mut ready);
            }
            None if ready.is_empty() => return done,
            None => {}
        }
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

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
/// that what they wait for finds room. `lost` is told of those that are skipped. What is to come last is visited when all
/// else is done, failed or not, and so is what goes on `beside`.
pub(crate) async fn walk<T, F, V>(
    graph: &Graph,
    width: usize,
    visit: V,
    lost: impl Fn(&Address),
    beside: impl Future<Output = ()>,
) -> BTreeMap<Address, Visited<T>>
where
    V: Fn(Address) -> F,
    F: Future<Output = Visited<T>>,
{
    let mut done = BTreeMap::new();
    let (last, first): (Vec<_>, Vec<_>) =
        graph.order.iter().partition(|address| graph.nodes[*address].resource.last());
    tokio::join!(visit_all(graph, first.into_iter(), width, &visit, &lost, &mut done), beside);
    visit_all(graph, last.into_iter(), width, &visit, &lost, &mut done).await;
    done
}

async fn visit_all<'a, T, F, V>(
    graph: &'a Graph,
    here: impl Iterator<Item = &'a Address>,
    width: usize,
    visit: &V,
    lost: &impl Fn(&Address),
    done: &mut BTreeMap<Address, Visited<T>>,
) where
    V: Fn(Address) -> F,
    F: Future<Output = Visited<T>>,
{
    let awaits = |address: &Address| graph.nodes[address].resource.awaits();
    let needs: BTreeMap<&Address, Vec<Address>> = here
        .map(|address| {
            let by_itself = awaits(address);
            let before = graph.before(address).into_iter().filter(|need| !by_itself.contains(need));
            (address, before.collect())
        })
        .collect();
    let mut unmet: BTreeMap<&Address, usize> = BTreeMap::new();
    let mut waiting_for: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    let mut ready: VecDeque<&Address> = VecDeque::new();
    for address in graph.order.iter().filter(|address| needs.contains_key(address)) {
        let open: Vec<_> = needs[address].iter().filter(|need| !done.contains_key(need)).collect();
        unmet.insert(address, open.len());
        if open.is_empty() {
            ready.push_back(address);
        }
        for need in needs[address].iter().filter(|need| !done.contains_key(need)) {
            waiting_for.entry(need).or_default().push(address);
        }
    }
    let mut running = FuturesUnordered::new();
    let mut waiting = 0;
    loop {
        while running.len() < width + waiting
            && let Some(address) = ready.pop_front()
        {
            match needs[address].iter().find_map(|need| failure(done, need)) {
                Some(because) => {
                    lost(address);
                    done.insert(address.clone(), Visited::Skipped(because));
                    release(address, &waiting_for, &mut unmet, &mut ready);
                }
                None => {
                    waiting += usize::from(!awaits(address).is_empty());
                    let visited = visit(address.clone());
                    running.push(async move { (address, visited.await) });
                }
            }
        }
        match running.next().await {
            Some((address, visited)) => {
                waiting -= usize::from(!awaits(address).is_empty());
                done.insert(address.clone(), visited);
                release(address, &waiting_for, &mut unmet, &mut ready);
            }
            None if ready.is_empty() => return,
            None => {}
        }
    }
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
    waiting_for: &BTreeMap<&Address, Vec<&'a Address>>,
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

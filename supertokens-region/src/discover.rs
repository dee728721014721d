//! Graph -> Snapshot: reads what is there, one batch a kind.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::future::{Either, FutureExt, join_all, select};
use serde::{Deserialize, Serialize};
use tokio::sync::SetOnce;

use crate::address::Address;
use crate::aws::{Aws, Identity};
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::ids::Ids;
use crate::kind::{Cx, Live, MadeBy, Progress};
use crate::kinds::Resource;

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of everything that is wanted: each thing, `None` where there is none, or why it could not be read.
    pub things: BTreeMap<Address, Result<Option<Live<Resource>>, Error>>,
    /// Of what is missing: what is in the way of making it.
    pub preflight: BTreeMap<Address, Vec<Finding>>,
}

impl Snapshot {
    /// The live thing of this address, where it was read and is there.
    #[must_use]
    pub fn live(&self, address: &Address) -> Option<&Live<Resource>> {
        self.things.get(address)?.as_ref().ok()?.as_ref()
    }
}

/// Reads everything that the graph wants, all kinds side by side; a kind that needs another's ids, as soon as those are there.
/// A read that fails is in the snapshot, and so is what hangs on it.
pub async fn discover(graph: &Graph, aws: &Aws, identity: &Identity, ids: &Ids) -> Snapshot {
    let aws = &aws.looking();
    let (kinds, none) = (by_kind(graph), Snapshot::default());
    let progress = Progress::default();
    let cx = Cx { aws, region: &graph.region, identity, ids, graph, seen: &none, beside: None, progress };
    let read = async |word: &str, wanted: &[Resource]| {
        let mut seen = Snapshot::default();
        for before in Resource::reads_after(word) {
            if let Some((_, answers)) = kinds.get(before) {
                seen.things.extend(answers.wait().await.iter().cloned());
            }
        }
        let cx = Cx { seen: &seen, ..cx };
        let (readable, mut answers) = sort_out(word, wanted, &seen);
        let live = Resource::read(word, &readable, &cx).await;
        answers.extend(readable.iter().map(Resource::address).zip(live));
        for (address, answer) in &answers {
            if let Ok(Some(live)) = answer {
                ids.put(address, &live.id);
            }
        }
        answers
    };
    let reads = join_all(kinds.iter().map(async |(word, (wanted, answers))| {
        // Nobody else sets it.
        let _ = answers.set(read(word, wanted).await);
        preflight(word, answers.wait().await, &cx).await
    }));
    let ahead = join_all(kinds.keys().map(|word| Resource::ahead(word, aws, &graph.region)));
    let ahead = ahead.then(|_| std::future::pending::<()>());
    let Either::Left((preflight, _)) = select(pin!(reads), pin!(ahead)).await else {
        unreachable!("the other one never ends")
    };
    let answers = kinds.into_values().filter_map(|(_, answers)| answers.into_inner());
    Snapshot { things: answers.flatten().collect(), preflight: preflight.into_iter().flatten().collect() }
}

/// Asks of what is missing, all of one kind, what is in the way of making it.
async fn preflight(word: &str, answers: &Answers, cx: &Cx<'_>) -> BTreeMap<Address, Vec<Finding>> {
    let mut missing = vec![];
    for (address, answer) in answers {
        let added = &cx.graph.nodes[address];
        if matches!(answer, Ok(None)) && !added.existing && added.resource.made_by() == MadeBy::Tool {
            missing.push(added.resource.clone());
        }
    }
    if missing.is_empty() {
        return BTreeMap::new();
    }
    let found = Resource::preflight(word, &missing, cx).await.unwrap_or_else(|error| {
        let text = format!("it can't be told beforehand whether AWS will make it: {error}");
        let finding = Finding::warning("not-asked-beforehand", text);
        missing.iter().map(|_| vec![finding.clone()]).collect()
    });
    let found =
        found.into_iter().map(|findings| findings.into_iter().map(Finding::stops).collect::<Vec<_>>());
    let found = missing.iter().map(Resource::address).zip(found);
    found.filter(|(_, findings)| !findings.is_empty()).collect()
}

type Answers = Vec<(Address, Result<Option<Live<Resource>>, Error>)>;

/// What can be read, and what can't because something that its read needs could not be.
fn sort_out(word: &str, wanted: &[Resource], seen: &Snapshot) -> (Vec<Resource>, Answers) {
    let after = Resource::reads_after(word);
    let (mut readable, mut blocked) = (vec![], vec![]);
    for resource in wanted {
        let unread = resource
            .needs()
            .into_iter()
            .filter(|need| after.contains(&need.word()))
            .find(|need| matches!(seen.things.get(need), Some(Err(_))));
        match unread {
            Some(need) => blocked.push((resource.address(), Err(Error::Needs(need)))),
            None => readable.push(resource.clone()),
        }
    }
    (readable, blocked)
}

/// The wanted things by kind, and what comes of reading them.
fn by_kind(graph: &Graph) -> BTreeMap<&'static str, (Vec<Resource>, SetOnce<Answers>)> {
    let mut kinds = BTreeMap::<_, (Vec<_>, _)>::new();
    for address in &graph.order {
        let resource = &graph.nodes[address].resource;
        kinds.entry(resource.word()).or_default().0.push(resource.clone());
    }
    kinds
}

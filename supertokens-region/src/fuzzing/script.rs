//! Scripts, as far along the line as they get.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use super::{RUNTIME, writer};
use crate::script::{self, Mistake, Options, run_with};
use crate::{
    Action, Aws, Graph, Identity, Ids, Live, MadeBy, Plan, Rates, Region, Sandbox, Snapshot, discover, graph,
    plan, verify,
};

/// Who asks the embedded AWS, from which references are read, and which nothing changes.
struct Here {
    aws: Aws,
    identity: Identity,
}

static HERE: LazyLock<Here> = LazyLock::new(|| {
    let aws = Aws::sandbox(&Sandbox::seeded());
    let identity = RUNTIME.block_on(aws.identity()).expect("the embedded AWS tells it").clone();
    Here { aws, identity }
});

/// The script that an input stands for.
#[must_use]
pub fn text(input: &[u8]) -> String {
    super::text(input, writer::script)
}

/// Runs a script, and plans what it describes against nothing, against all that it wants, and against the embedded AWS.
///
/// # Panics
/// When something doesn't hold.
pub fn check(text: &str) {
    let options = Options {
        any_account: true,
        thorough: false,
        region: "ap-south-1".to_owned(),
        params: BTreeMap::new(),
        root: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples")),
        file: "main.rhai".to_owned(),
        print: |_| (),
    };
    match run(text, &options) {
        Ok(region) => described(text, &region),
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "it failed for no reason:\n{text}");
            for mistake in mistakes {
                assert!(!mistake.message.is_empty(), "{mistake:?} says nothing:\n{text}");
                assert!(!mistake.origin.file.is_empty(), "{mistake:?} has no place:\n{text}");
            }
        }
    }
}

/// Deep values and deep recursion take stack, as much as the host gives.
const STACK: usize = 64 << 20;

/// Runs a script. Reading references takes most of the time: it is done for some, always the same ones.
fn run(text: &str, options: &Options) -> Result<Region, Vec<Mistake>> {
    if super::sometimes(text) {
        return RUNTIME.block_on(run_with(text, options, &HERE.aws));
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let run = thread.spawn_scoped(scope, || script::run(text, options)).expect("a thread can be made");
        run.join().expect("a script makes no panic")
    })
}

fn described(text: &str, region: &Region) {
    let graph = match graph(region) {
        Ok(graph) => graph,
        Err(problems) => {
            assert!(!problems.is_empty(), "it was refused for no reason:\n{text}");
            assert!(
                problems.iter().all(|problem| problem.origin.line > 0),
                "a problem has no place:\n{text}\n{problems:?}"
            );
            return;
        }
    };
    planned(text, &graph, &Snapshot::default());
    let nothing = graph.order.iter().map(|address| (address.clone(), Ok(None))).collect();
    planned(text, &graph, &Snapshot { things: nothing, ..Snapshot::default() });

    let all = graph.nodes.iter().map(|(address, added)| {
        (address.clone(), Ok(Some(Live::new(added.resource.clone(), address.name()))))
    });
    let plan = planned(text, &graph, &Snapshot { things: all.collect(), ..Snapshot::default() });
    assert_eq!(plan.count(Action::Keep), plan.steps.len(), "a thing is not what it is:\n{text}\n{plan:?}");

    if !super::sometimes(text) {
        return;
    }
    let found = RUNTIME.block_on(discover(&graph, &HERE.aws, &HERE.identity, &Ids::default()));
    planned(text, &graph, &found);
}

/// The plan, which has to be whole, to be told, and to come back from its file.
fn planned(text: &str, graph: &Graph, snapshot: &Snapshot) -> Plan {
    let plan = plan(graph, snapshot, &HERE.identity, &Rates::documented());
    assert_eq!(plan.steps.len(), graph.order.len(), "a step is missing:\n{text}");
    assert_eq!(plan.summary.values().sum::<usize>(), plan.steps.len(), "a step is not counted:\n{text}");
    for step in &plan.steps {
        let person = graph.nodes[&step.address].resource.made_by() == MadeBy::Person;
        assert!(step.action != Action::Human || person, "a person is to do it:\n{text}\n{step:?}");
    }
    assert!(!plan.text().is_empty() && !verify(&plan).text().is_empty(), "nothing is told:\n{text}");
    let written = serde_json::to_string(&plan).expect("it can be written");
    let read: Plan = serde_json::from_str(&written)
        .unwrap_or_else(|error| panic!("the plan can't be read back: {error}:\n{text}\n{written}"));
    assert_eq!(read, plan, "the plan comes back otherwise:\n{text}");
    plan
}

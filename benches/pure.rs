//! What needs no AWS, with as many things as the largest region may have: `cargo bench`.

use std::fmt::Write;
use std::path::Path;

use divan::{Bencher, black_box};
use supertokens_region::script::{self, Options};
use supertokens_region::{Errors, FreeableMemory, Min};
use supertokens_region::{
    Graph, Identity, Live, Max, Rates, Region, Snapshot, graph, lambda_alarm, plan, rds_alarm, topic,
};

/// How many things.
const SIZES: [usize; 2] = [1_000, 10_000];

fn main() {
    divan::main();
}

/// A topic, and alarms that notify it: what there is most of.
fn region(size: usize) -> Region {
    let mut region = Region::new("ap-south-1");
    let alarms = region.add(topic("CloudWatch_Alarms_AP_South_1_Lambda").email("alerts@example.com"));
    for number in 1..size {
        let alarm = match number % 2 {
            0 => lambda_alarm(Errors, Max, 1).of(&format!("function-{number:05}")),
            _ => rds_alarm(FreeableMemory, Min, 52_428_800).of(&format!("cluster-{number:05}")),
        };
        region.add(alarm.notify(alarms.clone()));
    }
    region
}

/// All of it is there, as wanted.
fn there(graph: &Graph) -> Snapshot {
    let live = graph.nodes.iter().map(|(address, added)| {
        (address.clone(), Ok(Some(Live::new(added.resource.clone(), address.as_str()))))
    });
    Snapshot { things: live.collect(), ..Snapshot::default() }
}

/// None of it is there.
fn nothing(graph: &Graph) -> Snapshot {
    let none = graph.nodes.keys().map(|address| (address.clone(), Ok(None)));
    Snapshot { things: none.collect(), ..Snapshot::default() }
}

fn identity() -> Identity {
    Identity {
        account: "123456789012".to_owned(),
        arn: "arn:aws:iam::123456789012:user/ops".to_owned(),
        partition: "aws".to_owned(),
    }
}

#[divan::bench(args = SIZES)]
fn graph_of(bencher: Bencher, size: usize) {
    let region = region(size);
    bencher.bench(|| graph(black_box(&region)));
}

#[divan::bench(args = SIZES)]
fn plan_where_all_is_there(bencher: Bencher, size: usize) {
    let graph = graph(&region(size)).expect("it fits together");
    let (snapshot, identity, rates) = (there(&graph), identity(), Rates::documented());
    bencher.bench(|| plan(black_box(&graph), black_box(&snapshot), &identity, &rates));
}

#[divan::bench(args = SIZES)]
fn plan_where_nothing_is_there(bencher: Bencher, size: usize) {
    let graph = graph(&region(size)).expect("it fits together");
    let (snapshot, identity, rates) = (nothing(&graph), identity(), Rates::documented());
    bencher.bench(|| plan(black_box(&graph), black_box(&snapshot), &identity, &rates));
}

#[divan::bench(args = SIZES)]
fn plan_as_text(bencher: Bencher, size: usize) {
    let graph = graph(&region(size)).expect("it fits together");
    let plan = plan(&graph, &nothing(&graph), &identity(), &Rates::documented());
    bencher.bench(|| black_box(&plan).text());
}

/// A script that adds each thing by a line of its own, as people write them; as long as a script may be.
#[divan::bench(args = [250, 2_500])]
fn script_of_lines(bencher: Bencher, size: usize) {
    let mut text = "let region = new_region();\nlet topic = region.add(topic(\"alarms\"));\n".to_owned();
    for number in 1..size {
        let line =
            format!("rds_alarm(FreeableMemory, Min, 52428800).of(\"cluster-{number:05}\").notify(topic)");
        writeln!(text, "region.add({line});").expect("it is a text");
    }
    let options = Options::new("ap-south-1", Path::new("main.rhai"));
    bencher.bench(|| script::run(black_box(&text), &options).expect("it is sound"));
}

/// A script that adds things in a loop.
#[divan::bench(args = SIZES)]
fn script_with_a_loop(bencher: Bencher, size: usize) {
    let text = format!(
        "let region = new_region();
        let alarm = rds_alarm(FreeableMemory, Min, 52428800).notify(region.add(topic(\"alarms\")));
        for number in 1..{size} {{
            region.add(alarm.of(`cluster-${{number}}`));
        }}"
    );
    let options = Options::new("ap-south-1", Path::new("main.rhai"));
    bencher.bench(|| script::run(black_box(&text), &options).expect("it is sound"));
}

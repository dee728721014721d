//! The line from Region to Report: what blocks what, what is asked and how often, and that every stop is plain data.

use std::sync::{Arc, Mutex};

use supertokens_region::{
    Action, Aws, CallRecord, Error, Graph, Opening, Plan, Region, Report, Sandbox, Snapshot, World, bucket,
    default_vpc, graph, manual_step, security_group, tcp, topic,
};

const R: &str = "ap-south-1";

/// An embedded AWS with its call log.
fn watched(world: World) -> (Sandbox, Aws, Arc<Mutex<Vec<CallRecord>>>) {
    let sandbox = Sandbox::new(world);
    let aws = Aws::sandbox(&sandbox);
    let calls: Arc<Mutex<Vec<CallRecord>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(call.clone()));
    (sandbox, aws, calls)
}

fn region() -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    region.add(security_group("web").in_vpc(vpc.clone()).allow(tcp(443), "0.0.0.0/0"));
    region.add(bucket("example-data").readable_from(vpc, "InsideOfTheVpc"));
    let alarms = region.add(topic("alarms").email("ops@example.com"));
    region.add(manual_step("confirm", "Follow the link.").until_confirmed(alarms));
    region
}

#[tokio::test]
async fn what_hangs_on_a_failed_read_is_blocked_and_not_read_and_everything_else_goes_on() {
    let mut world = World::default();
    world.settings.denied.insert("ec2:DescribeVpcs".to_owned());
    let (_, aws, calls) = watched(world);
    let opening = Opening::discover(&region(), &aws).await.unwrap();
    let plan = opening.plan();
    let actions: Vec<_> = plan.steps.iter().map(|step| (step.address.as_str(), step.action)).collect();
    assert_eq!(
        actions,
        [
            ("vpc/default", Action::Blocked),
            ("security_group/web", Action::Blocked),
            ("bucket/example-data", Action::Blocked),
            ("topic/alarms", Action::Create),
            ("manual_step/confirm", Action::Human),
        ]
    );
    assert!(
        matches!(&plan.steps[0].error, Some(Error::Forbidden(refusal)) if refusal.operation == "ec2:DescribeVpcs")
    );
    assert!(matches!(&plan.steps[1].error, Some(Error::Needs(need)) if need.as_str() == "vpc/default"));
    let asked: Vec<_> = calls.lock().unwrap().iter().map(|call| call.operation.clone()).collect();
    assert!(!asked.iter().any(|call| call.starts_with("GetBucket")), "{asked:?}");
    let report = opening.apply(|_| ()).await.unwrap();
    let summary = report.summary();
    assert_eq!((summary.created, summary.failed, summary.skipped, summary.human), (1, 1, 2, 1));
    // Which of the calls that run side by side comes first is not always the same.
    let text = strip(&report.text());
    let (before, after) = text.split_once("(request sandbox-").unwrap();
    insta::assert_snapshot!(format!("{before}(request ...{}", &after[after.find(')').unwrap()..]));
}

/// Without colours.
pub fn strip(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().take_while(|letter| *letter != 'm').for_each(drop);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[tokio::test]
async fn a_list_is_read_once_however_many_things_are_wanted() {
    let (_, aws, calls) = watched(World::default());
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    for number in 0..30 {
        region.add(topic(&format!("topic-{number}")).email("ops@example.com"));
        region.add(security_group(&format!("group-{number}")).in_vpc(vpc.clone()));
    }
    Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    calls.lock().unwrap().clear();
    Opening::discover(&region, &aws).await.unwrap();
    let calls = calls.lock().unwrap();
    let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!(count("ListSubscriptions"), 1);
    assert_eq!(count("DescribeVpcs"), 1);
    assert_eq!(count("DescribeSecurityGroups"), 1);
}

#[tokio::test]
async fn what_exists_is_looked_up_and_never_changed() {
    let (sandbox, aws, _) = watched(World::default());
    let mut region = Region::new(R);
    region.existing(topic("theirs").email("ops@example.com"));
    let plan = Opening::discover(&region, &aws).await.unwrap().plan().clone();
    assert_eq!(plan.steps[0].action, Action::Blocked);
    assert!(plan.steps[0].reason.contains("there is no `topic/theirs`"));
    aws.sns(R).create_topic().name("theirs").send().await.unwrap();
    let before = sandbox.world().sns.clone();
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert_eq!(opening.plan().steps[0].action, Action::Keep);
    assert!(!opening.apply(|_| ()).await.unwrap().changed());
    assert!(before == sandbox.world().sns);
}

#[tokio::test]
async fn every_stop_of_the_line_is_plain_data() {
    fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(stop: &T) {
        let text = serde_json::to_string(stop).unwrap();
        assert_eq!(*stop, serde_json::from_str::<T>(&text).unwrap());
    }
    let (_, aws, _) = watched(World::default());
    let mut region = region();
    // An address of people comes back masked: everything else comes back as it was.
    region.wanted.retain(|added| added.resource.word() != "topic" && added.resource.word() != "manual_step");
    round_trip::<Region>(&region);
    round_trip::<Graph>(&graph(&region).unwrap());
    let opening = Opening::discover(&region, &aws).await.unwrap();
    round_trip::<Snapshot>(opening.snapshot());
    round_trip::<Plan>(opening.plan());
    round_trip::<Report>(&opening.apply(|_| ()).await.unwrap());
    round_trip(&opening.verify());
}

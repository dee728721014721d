use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use supertokens_region::sandbox::logs::{LogClass, LogGroup};
use supertokens_region::script::{self, Options};
use supertokens_region::*;

use super::{BehindItsBack, R, apply, assert_settled, converges, plan};

const ADDRESS: &str = "log_retention/all";

fn region(days: i64) -> Region {
    let mut region = Region::new(R);
    region.add(log_retention(days));
    region
}

fn arn(name: &str) -> String {
    format!("arn:aws:logs:{R}:123456789012:log-group:{name}")
}

fn put(world: &mut World, name: &str, group: LogGroup) {
    world.logs.groups.insert(arn(name), group);
}

fn kept(retention: Option<i32>, stored_bytes: i64) -> LogGroup {
    LogGroup { retention, stored_bytes, ..LogGroup::default() }
}

/// More groups than AWS tells in one answer, of all retentions, and one that can't be set.
fn world() -> World {
    let mut world = World::default();
    for i in 0..120 {
        let retention = [None, Some(30), Some(365), Some(731)][i % 4];
        put(&mut world, &format!("/aws/lambda/function-{i}"), kept(retention, 0));
    }
    put(&mut world, "delivery", LogGroup { class: LogClass::Delivery, ..kept(Some(2), 9) });
    put(&mut world, "rare", LogGroup { class: LogClass::InfrequentAccess, ..kept(None, 0) });
    world
}

/// The one change that the plan shows, as `live -> wanted`.
async fn change(sandbox: &Sandbox, region: &Region) -> String {
    let plan = plan(sandbox, region).await;
    let [change] = &plan.steps[0].changes[..] else { panic!("{:?}", plan.steps[0]) };
    format!("{}: {} -> {}", change.field, change.live, change.wanted)
}

#[tokio::test]
async fn all_log_groups_converge() {
    let changes = [
        BehindItsBack {
            address: ADDRESS,
            field: "groups",
            change: |world| put(world, "new", LogGroup::default()),
        },
        BehindItsBack {
            address: ADDRESS,
            field: "groups",
            change: |world| {
                world.logs.groups.get_mut(&arn("rare")).expect("a group").retention = Some(400);
            },
        },
    ];
    let sandbox = Sandbox::new(world());
    assert_eq!(change(&sandbox, &region(365)).await, r#"groups: "30 of 121" -> "all""#);
    converges(&sandbox, &region(365), &changes).await;
    let world = sandbox.world();
    let others = world.logs.groups.iter().filter(|(_, group)| group.retention != Some(365));
    let others: Vec<_> = others.map(|(arn, _)| arn.as_str()).collect();
    assert_eq!(others, [arn("delivery")], "all but the one that nobody can set");
}

#[tokio::test]
async fn a_region_without_log_groups_is_as_wanted() {
    assert_settled(&Sandbox::new(World::default()), &region(365)).await;
}

/// The functions of the reference, and the retention before them.
const FUNCTIONS: &str = r#"
    let region = new_region();
    region.add(log_retention(365));
    let vpc = region.add(default_vpc());
    region.add(security_group("default").in_vpc(vpc));
    for function in reference("eu-west-1").functions() {
        region.add(function.in_vpc(vpc));
    }
"#;

/// Applies [`FUNCTIONS`]; tells what became of the retention.
async fn with_functions(sandbox: &Sandbox) -> Outcome {
    let aws = Aws::sandbox(sandbox);
    let options = Options::new(R, Path::new("main.rhai"));
    let region = script::run_with(FUNCTIONS, &options, &aws).await.expect("the script is right");
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    report.results.into_iter().find(|done| done.address.as_str() == ADDRESS).unwrap().outcome
}

#[tokio::test]
async fn groups_that_come_with_what_the_run_makes_are_set_too() {
    let sandbox = Sandbox::seeded();
    for before in [None, Some("before")] {
        sandbox.world().lambda.regions.remove(R);
        sandbox.world().logs.groups.retain(|arn, _| !arn.contains(R));
        if let Some(before) = before {
            put(&mut sandbox.world(), before, LogGroup::default());
        }
        assert_eq!(with_functions(&sandbox).await, Outcome::Updated);
        let groups = sandbox.world().logs.groups.clone();
        let here: Vec<_> = groups.iter().filter(|(arn, _)| arn.contains(R)).collect();
        assert!(here.len() > 3, "{here:?}");
        assert!(here.iter().all(|(_, group)| group.retention == Some(365)), "{here:?}");
        assert_eq!(with_functions(&sandbox).await, Outcome::Kept);
    }
}

#[tokio::test]
async fn a_group_that_somebody_deletes_meanwhile_is_no_error() {
    let sandbox = Sandbox::new(world());
    let aws = Aws::sandbox(&sandbox);
    let opening = Opening::discover(&region(365), &aws).await.expect("it can be planned");
    let (lists, behind) = (AtomicUsize::new(0), sandbox.clone());
    // 121 groups are three answers; what differs is set after the last one.
    aws.on_call(move |call| {
        if call.operation == "DescribeLogGroups" && lists.fetch_add(1, Ordering::Relaxed) == 2 {
            behind.world().logs.groups.remove(&arn("rare"));
        }
    });
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert!(!sandbox.world().logs.groups.contains_key(&arn("rare")), "it was deleted");
    assert_settled(&sandbox, &region(365)).await;
}

#[tokio::test]
async fn a_warning_tells_what_would_be_lost() {
    let sandbox = Sandbox::new(World::default());
    for (name, group) in [
        ("for-ever", kept(None, 1000)),
        ("longer", kept(Some(731), 500)),
        ("longer-but-empty", kept(Some(731), 0)),
        ("shorter", kept(Some(30), 7000)),
        ("delivery", LogGroup { class: LogClass::Delivery, ..kept(Some(2), 9000) }),
    ] {
        put(&mut sandbox.world(), name, group);
    }
    let told = plan(&sandbox, &region(365)).await;
    let [count, finding] = &told.steps[0].findings[..] else { panic!("{:?}", told.steps[0]) };
    assert_eq!((count.severity, count.message.as_str()), (Severity::Info, "4 log groups now, 4 to set"));
    assert_eq!((finding.severity, finding.rule.as_str()), (Severity::Error, "shortens-retention"));
    assert_eq!(
        finding.message,
        "2 log groups with 1500 bytes: events older than 365 days are deleted, for good"
    );
    assert_eq!(told.blocking().len(), 1);
    let mut wanted = Region::new(R);
    wanted.add(log_retention(365).waive("shortens-retention", "nobody reads them"));
    apply(&sandbox, &wanted).await;
    let after = plan(&sandbox, &region(365)).await;
    let messages: Vec<_> = after.steps[0].findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, ["4 log groups now, 0 to set"], "nothing is left to lose");
}

#[tokio::test]
async fn groups_that_cannot_be_read_or_set_are_an_error() {
    let sandbox = Sandbox::new(world());
    sandbox.world().settings.denied.insert("logs:PutRetentionPolicy".to_owned());
    let opening = Opening::discover(&region(365), &Aws::sandbox(&sandbox)).await.expect("it can be planned");
    assert!(opening.apply(|_| ()).await.unwrap().failed());
    sandbox.world().settings.denied.insert("logs:DescribeLogGroups".to_owned());
    assert!(plan(&sandbox, &region(365)).await.forbidden());
}

#[test]
fn a_script_says_it_as_rust_does() {
    let options = script::Options::new(R, std::path::Path::new("logs.rhai"));
    let said = script::run("new_region().add(log_retention(365));", &options).expect("the script runs");
    assert_eq!(said.wanted[0].resource, log_retention(365).into());
}

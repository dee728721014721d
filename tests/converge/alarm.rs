use std::collections::BTreeMap;

use supertokens_region::sandbox::cloudwatch::{Alarm, AlarmState, Query};
use supertokens_region::*;

use super::{BehindItsBack, R, apply, assert_settled, converges, plan};

const ADDRESS: &str = "alarm/db-Main FreeableMemory";
const NAME: &str = "db-Main FreeableMemory";
const OPS: &str = "arn:aws:sns:ap-south-1:123456789012:ops";
const THEIRS: &str = "arn:aws:sns:ap-south-1:123456789012:theirs";

/// Four alarms, one of each family; the first says everything that can be said.
fn region() -> Region {
    let mut region = Region::new(R);
    let ops = region.add(topic("ops"));
    region.add(
        rds_alarm(FreeableMemory, Min, 52428800)
            .of("Main")
            .notify(ops.clone())
            .period_secs(300)
            .evaluation_periods(3)
            .datapoints(2)
            .missing_data(Breaching)
            .description("memory is short")
            .tag("owner", "ops"),
    );
    region.add(lambda_alarm(Errors, Max, 1).of("send-mail").notify(ops.clone()));
    region.add(elb_alarm(TargetResponseTime, Max, 1.5).of("app/web/50dc6c495c0c9188").notify(ops.clone()));
    region.add(ec2_alarm(CPUUtilization, Avg, 80).of("i-0123456789abcdef0").notify(ops));
    region
}

fn arn(name: &str) -> String {
    format!("arn:aws:cloudwatch:{R}:123456789012:alarm:{name}")
}

fn main(world: &mut World) -> &mut Alarm {
    world.cloudwatch.alarms.get_mut(&arn(NAME)).expect("the alarm was made")
}

/// An alarm as it is made by hand.
fn by_hand() -> Alarm {
    let text = |text: &str| Some(text.to_owned());
    Alarm {
        name: NAME.to_owned(),
        description: text("made by hand"),
        actions_enabled: true,
        ok_actions: vec![THEIRS.to_owned()],
        alarm_actions: vec![THEIRS.to_owned(), "arn:aws:automate:ap-south-1:ec2:recover".to_owned()],
        insufficient_data_actions: vec![THEIRS.to_owned()],
        namespace: text("AWS/RDS"),
        metric_name: text("FreeableMemory"),
        dimensions: BTreeMap::from([("DBClusterIdentifier".to_owned(), "main".to_owned())]),
        statistic: text("Minimum"),
        period: Some(900),
        evaluation_periods: 1,
        threshold: Some(1e9),
        comparison_operator: "LessThanThreshold".to_owned(),
        tags: BTreeMap::from([("theirs".to_owned(), "1".to_owned())]),
        ..Alarm::default()
    }
}

fn world_with(alarm: Alarm) -> Sandbox {
    let mut world = World::default();
    world.cloudwatch.alarms.insert(arn(&alarm.name), alarm);
    Sandbox::new(world)
}

/// The smallest wanted alarm of that name.
fn small() -> Region {
    let mut region = Region::new(R);
    let ops = region.add(topic("ops"));
    region.add(rds_alarm(FreeableMemory, Min, 52428800).of("Main").notify(ops));
    region
}

fn rules(plan: &Plan, address: &str) -> Vec<String> {
    let step = plan.steps.iter().find(|step| step.address.as_str() == address).expect("a step");
    step.findings.iter().map(|finding| finding.rule.clone()).collect()
}

#[tokio::test]
async fn alarms_converge() {
    let change = |field, change| BehindItsBack { address: ADDRESS, field, change };
    let changes = [
        change("namespace", |world| main(world).namespace = Some("AWS/DocDB".to_owned())),
        change("metric", |world| main(world).metric_name = Some("SwapUsage".to_owned())),
        change("dimensions", |world| {
            drop(main(world).dimensions.insert("Role".to_owned(), "WRITER".to_owned()));
        }),
        change("dimensions", |world| main(world).dimensions.clear()),
        change("statistic", |world| main(world).statistic = Some("Average".to_owned())),
        change("statistic", |world| {
            let alarm = main(world);
            alarm.statistic = None;
            alarm.extended_statistic = Some("p99".to_owned());
        }),
        change("comparison", |world| {
            main(world).comparison_operator = "LessThanOrEqualToThreshold".to_owned();
        }),
        change("threshold", |world| main(world).threshold = Some(52_428_800.5)),
        change("unit", |world| main(world).unit = Some("Bytes".to_owned())),
        change("period_secs", |world| main(world).period = Some(600)),
        change("evaluation_periods", |world| main(world).evaluation_periods = 4),
        change("datapoints", |world| main(world).datapoints_to_alarm = Some(1)),
        change("datapoints", |world| main(world).datapoints_to_alarm = None),
        change("missing_data", |world| main(world).treat_missing_data = Some("ignore".to_owned())),
        change("missing_data", |world| main(world).treat_missing_data = None),
        change("description", |world| main(world).description = Some("other".to_owned())),
        change("description", |world| main(world).description = None),
        change("notify.ops", |world| main(world).alarm_actions.clear()),
        change("tags.owner", |world| drop(main(world).tags.remove("owner"))),
        BehindItsBack {
            address: "alarm/send-mail Errors",
            field: "datapoints",
            change: |world| {
                let alarm = world.cloudwatch.alarms.get_mut(&arn("send-mail Errors")).expect("an alarm");
                (alarm.evaluation_periods, alarm.datapoints_to_alarm) = (1, Some(2));
            },
        },
    ];
    converges(&Sandbox::new(World::default()), &region(), &changes).await;
}

#[tokio::test]
async fn what_aws_leaves_out_is_its_default_and_all_datapoints_may_be_said_in_two_ways() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &small()).await;
    assert_eq!(main(&mut sandbox.world()).datapoints_to_alarm, None);
    for (missing, points) in [(None, Some(1)), (Some("missing".to_owned()), None)] {
        {
            let mut world = sandbox.world();
            let alarm = main(&mut world);
            (alarm.treat_missing_data, alarm.datapoints_to_alarm) = (missing, points);
        }
        assert_settled(&sandbox, &small()).await;
    }
    let mut region = Region::new(R);
    region.add(rds_alarm(FreeableMemory, Min, 52428800.0).of("Main").datapoints(1));
    assert_settled(&sandbox, &region).await;
}

#[tokio::test]
async fn what_others_set_on_an_alarm_stays() {
    let sandbox = world_with(Alarm { actions_enabled: false, ..by_hand() });
    let before = plan(&sandbox, &small()).await;
    let fields: Vec<_> = before.steps[1].changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["threshold", "notify.ops"]);
    apply(&sandbox, &small()).await;
    assert_settled(&sandbox, &small()).await;
    let mut actions = by_hand().alarm_actions;
    actions.push(OPS.to_owned());
    let alarm = main(&mut sandbox.world()).clone();
    let expected = Alarm {
        actions_enabled: false,
        alarm_actions: actions,
        threshold: Some(52_428_800.0),
        treat_missing_data: Some("missing".to_owned()),
        configuration_updated: alarm.configuration_updated,
        ..by_hand()
    };
    assert_eq!(alarm, expected);
    assert_eq!(rules(&plan(&sandbox, &small()).await, ADDRESS), ["no-data", "actions-off"]);
}

#[tokio::test]
async fn what_changed_after_the_plan_is_kept_too() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &small()).await;
    main(&mut sandbox.world()).threshold = Some(1.0);
    let opening = Opening::discover(&small(), &Aws::sandbox(&sandbox)).await.expect("it can be planned");
    main(&mut sandbox.world()).alarm_actions.push(THEIRS.to_owned());
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(main(&mut sandbox.world()).alarm_actions, [OPS, THEIRS]);
    assert_settled(&sandbox, &small()).await;
}

#[tokio::test]
async fn tags_are_added_to_an_alarm_without_writing_it_again() {
    let tagged = |value: &str| {
        let mut region = Region::new(R);
        region.add(rds_alarm(FreeableMemory, Min, 52428800).of("Main").tag("owner", value));
        region
    };
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &tagged("ops")).await;
    main(&mut sandbox.world()).tags.insert("theirs".to_owned(), "1".to_owned());
    sandbox.world().settings.denied.insert("cloudwatch:PutMetricAlarm".to_owned());
    apply(&sandbox, &tagged("dev")).await;
    assert_settled(&sandbox, &tagged("dev")).await;
    assert_eq!(main(&mut sandbox.world()).tags["theirs"], "1");
}

#[tokio::test]
async fn an_alarm_on_an_expression_is_shown_before_it_is_replaced() {
    let query = Query { id: "m".to_owned(), expression: Some("1".to_owned()), ..Query::default() };
    let sandbox = world_with(Alarm {
        namespace: None,
        metric_name: None,
        dimensions: BTreeMap::new(),
        statistic: None,
        period: None,
        queries: vec![query],
        ..by_hand()
    });
    let plan = plan(&sandbox, &small()).await;
    let shown: Vec<_> = plan.steps[1].changes.iter().map(|it| format!("{}: {}", it.field, it.live)).collect();
    assert_eq!(
        shown,
        [
            r#"namespace: "none""#,
            r#"metric: "an expression""#,
            "dimensions: []",
            r#"statistic: "none""#,
            "threshold: 1000000000",
            "period_secs: 0",
            "notify.ops: null"
        ]
    );
    apply(&sandbox, &small()).await;
    assert_settled(&sandbox, &small()).await;
    assert!(main(&mut sandbox.world()).queries.is_empty());
}

#[tokio::test]
async fn a_composite_alarm_of_the_same_name_and_a_full_list_of_actions_block() {
    let sandbox = Sandbox::new(World::default());
    sandbox.world().cloudwatch.composite_alarms.entry(R.to_owned()).or_default().insert(NAME.to_owned());
    let blocked = plan(&sandbox, &small()).await;
    assert_eq!(blocked.steps[1].action, Action::Blocked);
    assert!(blocked.steps[1].reason.contains("composite"), "{}", blocked.steps[1].reason);

    let five = |first: &str| [first, "b", "c", "d", "e"].map(|name| OPS.replace("ops", name)).to_vec();
    let full = world_with(Alarm { alarm_actions: five("a"), ..by_hand() });
    let blocked = plan(&full, &small()).await;
    assert!(blocked.steps[1].reason.contains("no room for 1 more"), "{}", blocked.steps[1].reason);
    main(&mut full.world()).alarm_actions = five("ops");
    assert_eq!(plan(&full, &small()).await.steps[1].action, Action::Update, "ours is one of the five");
}

#[tokio::test]
async fn what_cannot_be_read_is_not_missing() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region()).await;
    for denied in ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"] {
        sandbox.world().settings.denied = [denied.to_owned()].into();
        let plan = plan(&sandbox, &region()).await;
        assert!(plan.forbidden(), "{denied}");
        assert_eq!(plan.count(Action::Create) + plan.count(Action::Update), 0, "{denied}");
    }
}

#[tokio::test]
async fn health_is_told_by_state() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region()).await;
    let told = plan(&sandbox, &region()).await;
    assert_eq!(rules(&told, ADDRESS), ["no-data"]);
    assert!(rules(&told, "alarm/send-mail Errors").is_empty(), "a function that nobody calls has no data");
    main(&mut sandbox.world()).state = AlarmState::Alarm;
    assert_eq!(rules(&plan(&sandbox, &region()).await, ADDRESS), ["in-alarm"]);
    main(&mut sandbox.world()).state = AlarmState::Ok;
    assert!(rules(&plan(&sandbox, &region()).await, ADDRESS).is_empty());
}

#[tokio::test]
async fn many_alarms_are_read_in_few_calls() {
    let sandbox = Sandbox::new(World::default());
    let mut region = Region::new(R);
    for i in 0..250 {
        region.add(lambda_alarm(Errors, Max, 1).of(&format!("function-{i}")));
    }
    apply(&sandbox, &region).await;
    let before = sandbox.world().requests;
    assert_eq!(plan(&sandbox, &region).await.count(Action::Keep), 250);
    // Three for alarms; the others ask who is calling and whether the region is enabled.
    let calls = sandbox.world().requests - before;
    assert!(calls <= 6, "{calls} calls");
}

#[test]
fn a_script_says_alarms_as_rust_does() {
    let text = r#"
        let region = new_region();
        let ops = region.add(topic("ops"));
        region.add(rds_alarm(FreeableMemory, Min, 52428800).of("Main").notify(ops).period_secs(300)
            .evaluation_periods(3).datapoints(2).missing_data(Breaching).description("memory is short")
            .tag("owner", "ops"));
        region.add(lambda_alarm(Errors, Max, 1).of("send-mail").notify(ops));
        region.add(elb_alarm(TargetResponseTime, Max, 1.5).of("app/web/50dc6c495c0c9188").notify(ops));
        region.add(ec2_alarm(CPUUtilization, Avg, 80.0).of("i-0123456789abcdef0").notify(ops));
    "#;
    let options = script::Options::new(R, std::path::Path::new("alarms.rhai"));
    let said = script::run(text, &options).expect("the script runs");
    let resources = |region: &Region| region.wanted.iter().map(|it| it.resource.clone()).collect::<Vec<_>>();
    assert_eq!(resources(&said), resources(&region()));
    let more = r#"
        let a = rds_alarm(CPUUtilization, Max, 80).named("x").dimension("DBInstanceIdentifier", "one");
        for alarm in [a.lower(), a.lower_or_equal(), a.greater(), a.greater_or_equal()] { new_region().existing(alarm); }
        if Min == Max || Missing != Missing || `${CPUUtilization}` != "CPUUtilization" { throw "compared"; }
    "#;
    script::run(more, &options).expect("the script runs");
}

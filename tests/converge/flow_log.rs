use std::collections::BTreeMap;

use supertokens_region::sandbox::ec2::FlowLog;
use supertokens_region::{
    Aws, Opening, Plan, Region, Sandbox, Traffic, World, bucket, default_vpc, flow_log,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

fn wanted() -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let logs = region.add(bucket("logs-of-ap-south-1").receives_flow_logs("vpc-flow-logs"));
    region.add(flow_log(vpc, logs, "vpc-flow-logs").tag("a", "1"));
    region
}

fn logs(world: &mut World) -> &mut BTreeMap<String, FlowLog> {
    &mut world.ec2.regions.get_mut(R).unwrap().flow_logs
}

fn log(world: &mut World) -> &mut FlowLog {
    logs(world).values_mut().next().unwrap()
}

fn findings(plan: &Plan) -> Vec<String> {
    plan.steps[2].findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
}

#[tokio::test]
async fn flow_logs_converge() {
    let address = "flow_log/default/logs-of-ap-south-1/vpc-flow-logs";
    let changes = [BehindItsBack { address, field: "tags.a", change: |world| log(world).tags.clear() }];
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &wanted(), &changes).await;
    let mut world = sandbox.world();
    let log = log(&mut world);
    assert_eq!(log.destination, "arn:aws:s3:::logs-of-ap-south-1/vpc-flow-logs/");
    assert_eq!((log.traffic_type.as_str(), log.max_aggregation_interval), ("ALL", 600));
}

#[tokio::test]
async fn traffic_interval_and_the_whole_bucket_may_be_asked_for() {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let bucket = region.add(bucket("logs-of-ap-south-1").receives_flow_logs(""));
    region.add(flow_log(vpc, bucket, "").traffic(Traffic::Reject).aggregation_secs(60));
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &region, &[]).await;
    let mut world = sandbox.world();
    let log = log(&mut world);
    assert_eq!((log.traffic_type.as_str(), log.max_aggregation_interval), ("REJECT", 60));
}

#[tokio::test]
async fn a_flow_log_of_others_to_the_same_place_is_taken_as_it_is() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    let theirs = {
        let mut world = sandbox.world();
        let log = log(&mut world);
        log.destination = log.destination.trim_end_matches('/').to_owned();
        log.max_aggregation_interval = 60;
        log.log_format = "${srcaddr}".to_owned();
        log.tags = [("theirs".to_owned(), "x".to_owned())].into();
        log.clone()
    };
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(log(&mut sandbox.world()).tags.remove("a").as_deref(), Some("1"));
    assert_eq!(*log(&mut sandbox.world()), theirs);
    assert_eq!(
        findings(&plan(&sandbox, &wanted()).await),
        [
            "other-interval: its interval is 60 seconds, not 600",
            "other-format: its format is plain-text: `${srcaddr}`"
        ]
    );
}

#[tokio::test]
async fn flow_logs_to_elsewhere_and_of_other_traffic_are_others() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    log(&mut sandbox.world()).traffic_type = "REJECT".to_owned();
    apply(&sandbox, &wanted()).await;
    log(&mut sandbox.world()).destination.push_str("more/");
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(findings(&plan(&sandbox, &wanted()).await), [] as [&str; 0]);
}

#[tokio::test]
async fn a_flow_log_that_does_not_deliver_is_failing() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    {
        let mut world = sandbox.world();
        let log = log(&mut world);
        log.deliver_logs_status = "FAILED".to_owned();
        log.deliver_logs_error = Some("Access error".to_owned());
        log.status = "INACTIVE".to_owned();
    }
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    assert!(!opening.verify().holds());
    assert_eq!(
        findings(opening.plan()),
        ["not-active: it is INACTIVE, not ACTIVE", "delivery-failed: its logs don't arrive: Access error"]
    );
}

#[tokio::test]
async fn a_flow_log_that_was_deleted_is_made_anew_though_aws_knows_its_token() {
    let sandbox = Sandbox::new(World::default());
    for _ in 0..3 {
        apply(&sandbox, &wanted()).await;
        assert_settled(&sandbox, &wanted()).await;
        logs(&mut sandbox.world()).clear();
    }
}

#[tokio::test]
async fn a_flow_log_that_somebody_makes_meanwhile_is_taken() {
    let sandbox = Sandbox::new(World::default());
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    apply(&sandbox, &wanted()).await;
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(logs(&mut sandbox.world()).len(), 1);
}

#[tokio::test]
async fn two_flow_logs_of_the_same_are_told() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    {
        let mut world = sandbox.world();
        let second = log(&mut world).clone();
        logs(&mut world).insert("fl-0fffffffffffffff0".to_owned(), second);
    }
    assert_eq!(plan(&sandbox, &wanted()).await.steps[2].findings[0].rule, "second-flow-log");
}

#[test]
fn a_script_makes_the_same_flow_log() {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let logs = region.add(bucket("logs"));
    let log = |folder: &str| flow_log(vpc.clone(), logs.clone(), folder);
    region.add(log("a").traffic(Traffic::Accept).aggregation_secs(60).tag("a", "1"));
    region.add(log("b").traffic(Traffic::Reject));
    region.add(log("c").traffic(Traffic::All));
    let script = r#"
        let vpc = region.add(default_vpc());
        let logs = region.add(bucket("logs"));
        region.add(flow_log(vpc, logs, "a").traffic(Accept).aggregation_secs(60).tag("a", "1"));
        region.add(flow_log(vpc, logs, "/b/").traffic(Reject));
        region.add(flow_log(vpc, logs, "c").traffic(All));
    "#;
    assert_same(script, &region);
}

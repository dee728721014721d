//! One property over all kinds: apply, then the plan is empty; change one field behind its back, then the plan shows that
//! field and no other; apply, and it is empty again. The second apply makes only read calls.

mod alarm;
mod bucket;
mod bucket_copy;
mod few_calls;
mod flow_log;
mod hosted_zone;
mod iam_policy;
mod instance;
mod key_pair;
mod lambda_function;
mod log_retention;
mod object_copy;
mod rds_cluster;
mod replication;
mod security_group;
mod ssm_document;
mod topic;
mod vpc;
mod vpc_endpoint;

use std::path::Path;
use std::sync::{Arc, Mutex};

use supertokens_region::script::{self, Options};
use supertokens_region::{Action, Aws, CallRecord, Lock, Opening, Outcome, Plan, Region, Sandbox, World};

/// The target region of these tests.
pub const R: &str = "ap-south-1";

/// A change that somebody makes without the tool, and the one field that the plan must show for it.
pub struct BehindItsBack {
    pub address: &'static str,
    pub field: &'static str,
    pub change: fn(&mut World),
}

/// Holds the property for this region on this world.
pub async fn converges(sandbox: &Sandbox, region: &Region, changes: &[BehindItsBack]) {
    apply(sandbox, region).await;
    assert_settled(sandbox, region).await;
    for BehindItsBack { address, field, change } in changes {
        let before = sandbox.world().clone();
        change(&mut sandbox.world());
        assert!(before != *sandbox.world(), "{address} {field}: the test changed nothing");
        let plan = plan(sandbox, region).await;
        let shown: Vec<_> = plan
            .steps
            .iter()
            .flat_map(|step| step.changes.iter().map(|change| (step.address.as_str(), change.field.as_str())))
            .collect();
        assert_eq!(shown, [(*address, *field)], "what the plan shows");
        apply(sandbox, region).await;
        assert_settled(sandbox, region).await;
    }
}

/// What would be done now.
pub async fn plan(sandbox: &Sandbox, region: &Region) -> Plan {
    let opening = Opening::discover(region, &Aws::sandbox(sandbox)).await.expect("it can be planned");
    opening.plan().clone()
}

/// Applies, and fails the test if anything failed. Without a lease, as somebody who comes in between.
pub async fn apply(sandbox: &Sandbox, region: &Region) {
    let opening = Opening::discover(region, &Aws::sandbox(sandbox)).await.expect("it can be planned");
    let report = opening.lock(Lock::Without).apply(|_| ()).await.unwrap();
    let bad: Vec<_> = report
        .results
        .iter()
        .filter(|done| matches!(done.outcome, Outcome::Failed { .. } | Outcome::Skipped { .. }))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

/// Nothing is left to do, and applying makes only read calls and changes nothing.
pub async fn assert_settled(sandbox: &Sandbox, region: &Region) {
    let aws = Aws::sandbox(sandbox);
    let calls: Arc<Mutex<Vec<CallRecord>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(call.clone()));
    let before = sandbox.world().clone();
    let opening = Opening::discover(region, &aws).await.expect("it can be planned");
    let left: Vec<_> = opening
        .plan()
        .steps
        .iter()
        .filter(|step| !matches!(step.action, Action::Keep | Action::Human))
        .collect();
    assert!(left.is_empty(), "left to do: {left:#?}");
    opening.apply(|_| ()).await.unwrap();
    let calls = calls.lock().unwrap();
    let writes: Vec<_> = calls.iter().filter(|call| !call.reads()).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    let after = sandbox.world().clone();
    assert!(World { requests: 0, ..before } == World { requests: 0, ..after }, "the world changed");
}

/// A script with these lines wants the same as this region.
pub fn assert_same(lines: &str, region: &Region) {
    let script = format!("let region = new_region();\n{lines}");
    let told = script::run(&script, &Options::new(R, Path::new("main.rhai"))).expect("the script is right");
    let resources =
        |region: &Region| region.wanted.iter().map(|added| added.resource.clone()).collect::<Vec<_>>();
    assert_eq!(resources(&told), resources(region));
}

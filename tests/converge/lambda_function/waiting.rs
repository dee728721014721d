//! What is waited for, refused beforehand, and told when it fails.

use super::*;

#[tokio::test(start_paused = true)]
async fn functions_are_waited_for_and_a_new_role_is_tried_again() {
    let sandbox = Sandbox::seeded();
    sandbox.world().lambda.settings.looks = 3;
    let role = "arn:aws:iam::123456789012:role/supertokens-lambda".to_owned();
    sandbox.world().lambda.settings.new_roles.insert(role, 4);
    let region = copies(&sandbox).await;
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
}

#[tokio::test]
async fn a_function_that_aws_could_not_make_is_told_and_the_others_go_on() {
    let sandbox = Sandbox::seeded();
    let region = copies(&sandbox).await;
    apply(&sandbox, &region).await;
    {
        let mut world = sandbox.world();
        let configuration = &mut usage(&mut world).latest.configuration;
        configuration.state = "Failed".into();
        configuration.state_reason = Some("no more room".into());
        configuration.timeout = 1;
        telemetry(&mut world).latest.configuration.timeout = 1;
    }
    let shown = plan(&sandbox, &region).await;
    let step = shown.steps.iter().find(|step| step.address.as_str() == USAGE).unwrap();
    assert!(step.findings.iter().any(|finding| finding.rule == "not-active"), "{step:#?}");
}

#[tokio::test]
async fn what_aws_would_refuse_is_told_before_anything_changes() {
    let sandbox = Sandbox::seeded();
    sandbox.world().lambda.settings.concurrency = 104;
    sandbox.world().lambda.settings.code_storage = 10;
    let mut region = Region::new(R);
    let function = |name: &str| {
        let function = lambda_function(name).runtime("nodejs22.x").handler("index.handler");
        function.role("supertokens-lambda").zip(b"PK\x03\x04 a package".to_vec())
    };
    region.add(function("a").runtime("nodejs14.x"));
    region.add(function("b").runtime("nodejs16.x").role("nobody"));
    region.add(function("c").role("rds-monitoring-role").reserved_concurrency(5));
    region.add(lambda_function("d"));
    let plan = plan(&sandbox, &region).await;
    let rules: Vec<Vec<&str>> = plan
        .steps
        .iter()
        .map(|step| step.findings.iter().map(|finding| finding.rule.as_str()).collect())
        .collect();
    assert_eq!(
        rules,
        [
            vec!["runtime-over", "code-storage-quota", "concurrency-quota"],
            vec!["runtime-leaving", "role-missing"],
            vec!["role-not-trusted"],
            vec!["incomplete"],
        ]
    );
    assert!(plan.steps.iter().all(|step| step.action == Action::Create));
}

#[tokio::test]
async fn a_runtime_that_aws_refuses_all_the_same_is_one_clear_error() {
    let sandbox = Sandbox::seeded();
    let mut region = Region::new(R);
    let function = |name: &str| {
        let function = lambda_function(name).runtime("nodejs22.x").handler("index.handler");
        function.role("supertokens-lambda").zip(b"PK\x03\x04 a package".to_vec())
    };
    region.add(function("a").runtime("ruby2.7"));
    region.add(function("b"));
    let report =
        Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap().apply(|_| ()).await.unwrap();
    let [a, b] = report.results.as_slice() else { panic!("two") };
    let Outcome::Failed { error: Error::Conflict { message, hint }, .. } = &a.outcome else {
        panic!("{a:?}")
    };
    assert_eq!(message, "`a`: AWS makes nothing new with `ruby2.7`");
    assert!(hint.contains("a runtime that is supported"));
    assert_eq!(b.outcome, Outcome::Created);
}

#[tokio::test]
async fn what_was_made_after_the_plan_is_made_once() {
    let sandbox = Sandbox::seeded();
    let region = copies(&sandbox).await;
    let aws = Aws::sandbox(&sandbox);
    let opening = Opening::discover(&region, &aws).await.unwrap();
    apply(&sandbox, &region).await;
    let whole = sandbox.world().lambda.clone();
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    assert!(sandbox.world().lambda == whole, "nothing twice");
    tokio::time::timeout(Duration::from_secs(5), assert_settled(&sandbox, &region)).await.unwrap();
}

#[tokio::test]
async fn code_that_changed_since_it_was_read_is_not_copied() {
    let sandbox = Sandbox::seeded();
    let region = copies(&sandbox).await;
    {
        let regions = &mut sandbox.world().lambda.regions;
        let usage = regions.get_mut(EU).unwrap().functions.get_mut("stripe-usage-reporter").unwrap();
        usage.latest.code = Code::zip(b"PK newer");
    }
    let report =
        Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap().apply(|_| ()).await.unwrap();
    let usage = report.results.iter().find(|done| done.address.as_str() == USAGE).unwrap();
    let Outcome::Failed { error, .. } = &usage.outcome else { panic!("{usage:?}") };
    assert_eq!(
        error.to_string(),
        "the code of the function stripe-usage-reporter in eu-west-1 is no longer the one that was read"
    );
}

//! Runs that end early, copies of copies, large packages, alarms for all.

use super::*;

/// What a function is made with, each of which may be the last thing that a run does.
const WRITES: [&str; 9] = [
    "logs:CreateLogGroup",
    "lambda:PublishLayerVersion",
    "lambda:CreateFunction",
    "lambda:PutFunctionConcurrency",
    "lambda:CreateAlias",
    "lambda:AddPermission",
    "lambda:CreateFunctionUrlConfig",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:TagResource",
];

#[tokio::test]
async fn a_run_that_ends_anywhere_is_finished_by_the_next_one() {
    let whole = Sandbox::seeded();
    let region = copies(&whole).await;
    apply(&whole, &region).await;
    let whole = whole.world().lambda.clone();
    for write in WRITES {
        let sandbox = Sandbox::seeded();
        sandbox.world().settings.denied.insert(write.to_owned());
        let opening = Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap();
        assert!(opening.apply(|_| ()).await.unwrap().failed(), "{write}");
        sandbox.world().settings.denied.clear();
        apply(&sandbox, &region).await;
        assert_settled(&sandbox, &region).await;
        assert!(sandbox.world().lambda == whole, "{write}");
    }
}

#[tokio::test]
async fn every_function_of_the_region_is_watched_and_one_that_was_there_before_is_not_changed() {
    let sandbox = Sandbox::seeded();
    {
        let regions = &mut sandbox.world().lambda.regions;
        let before = regions[EU].functions["telemetry-aggregator"].clone();
        regions.entry(R.into()).or_default().functions.insert("before".into(), before);
    }
    let text = r#"
        let region = new_region();
        let vpc = region.add(default_vpc());
        let alarms = region.add(topic("alarms"));
        region.add(security_group("default").in_vpc(vpc));
        for function in reference("eu-west-1").functions() {
            region.add(function.in_vpc(vpc).tag("copied", function.runtime));
        }
        for function in region.functions() {
            region.add(lambda_alarm(Errors, Max, 1).of(function).notify(alarms));
        }
    "#;
    let options = Options::new(R, Path::new("main.rhai"));
    let region = script::run_with(text, &options, &Aws::sandbox(&sandbox)).await.unwrap();
    let before = there(&mut sandbox.world(), "before").clone();
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let mut world = sandbox.world().clone();
    assert!(*there(&mut world, "before") == before);
    let names: Vec<_> =
        world.lambda.regions[R].functions.keys().map(|name| format!("{name} Errors")).collect();
    assert_eq!(names.len(), 6);
    let alarms: Vec<_> = world.cloudwatch.alarms.values().map(|alarm| alarm.name.clone()).collect();
    assert!(names.iter().all(|name| alarms.contains(name)), "{names:?} {alarms:?}");
    assert_eq!(there(&mut world, "core-health-monitor").tags["copied"], "python3.12");
}

#[tokio::test]
async fn what_is_copied_from_a_copy_is_the_same() {
    let sandbox = Sandbox::seeded();
    let first = found(&sandbox).await;
    apply(&sandbox, &copies(&sandbox).await).await;
    let copy = Reference::new(&Aws::sandbox(&sandbox), R).await.unwrap();
    let second = copy.functions().await.unwrap();
    let values = |found: &Found<LambdaFunction>| -> Vec<_> {
        found.all.iter().map(|function| serde_json::to_value(&function.value).unwrap()).collect()
    };
    assert_eq!(values(&first), values(&second));
}

/// One byte more than fits into a call.
const LARGE: u64 = (50 << 20) + 1;

#[tokio::test]
async fn a_package_that_is_too_large_for_a_call_goes_through_the_bucket() {
    let sandbox = Sandbox::seeded();
    {
        let regions = &mut sandbox.world().lambda.regions;
        let usage = regions.get_mut(EU).unwrap().functions.get_mut("stripe-usage-reporter").unwrap();
        usage.latest.code = Code::Zip(Blob::pattern(LARGE));
    }
    let mut region = Region::new(R);
    let through = region.add(bucket("packages-of-functions"));
    let reporter = |found: Found<LambdaFunction>| {
        let mut all = found.all.into_iter();
        all.find(|function| function.value.name() == "stripe-usage-reporter").expect("it is there")
    };
    let direct = reporter(found(&sandbox).await);
    region.add(direct.clone());
    let refused = plan(&sandbox, &region).await;
    let step = refused.steps.iter().find(|step| step.address.as_str() == USAGE).unwrap();
    let finding = step.findings.iter().find(|finding| finding.rule == "needs-bucket").expect("it is told");
    assert!(finding.is_error());
    region.wanted.pop();
    region.add(direct.map(|function| function.through(through)));
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let mut world = sandbox.world().clone();
    assert!(usage(&mut world).latest.code == Code::Zip(Blob::pattern(LARGE)));
    let objects = &world.s3.buckets["packages-of-functions"].objects;
    let [key] = objects.versions.keys().collect::<Vec<_>>()[..] else { panic!("one object") };
    assert!(key.starts_with("lambda/stripe-usage-reporter/") && key.ends_with(".zip"), "{key}");
    assert!(objects.uploads.is_empty(), "nothing is left half done");
    drop(world);

    // Killed before the function was made: what is in the bucket is not brought again.
    sandbox.world().lambda.regions.get_mut(R).unwrap().functions.clear();
    let aws = Aws::sandbox(&sandbox);
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(call.operation.clone()));
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let calls = calls.lock().unwrap();
    let made = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    // The small layer is on its way while it is looked for.
    assert!(made("UploadPart") == 0 && made("GetObject") <= 1, "{calls:?}");
}

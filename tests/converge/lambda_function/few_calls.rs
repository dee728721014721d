//! Functions that are there, finished, are compared by what lists tell: so a run that finds everything there makes few calls.

use std::collections::BTreeMap;

use supertokens_region::Finding;

use super::*;

const SCRIPT: &str = r#"
    let region = new_region();
    let vpc = region.add(default_vpc());
    region.add(security_group("default").in_vpc(vpc));
    for function in reference("eu-west-1").functions() {
        region.add(function.in_vpc(vpc));
    }
    for function in region.functions() {}
"#;

/// What a script describes, read through this door.
async fn described(text: &str, aws: &Aws, thorough: bool) -> Region {
    let mut options = Options::new(R, Path::new("main.rhai"));
    options.thorough = thorough;
    script::run_with(text, &options, aws).await.expect("the script is right")
}

/// Runs a script, and does what it describes; tells the outcomes of what was changed, by address.
async fn open(sandbox: &Sandbox, text: &str) -> BTreeMap<String, Outcome> {
    let aws = Aws::sandbox(sandbox).look();
    let region = described(text, &aws, false).await;
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    let changed = report.results.into_iter().filter(|done| done.outcome != Outcome::Kept);
    changed.map(|done| (done.address.to_string(), done.outcome)).collect()
}

/// The fields that differ, and what is told of the whole.
async fn compared(sandbox: &Sandbox, thorough: bool) -> (Vec<String>, Vec<Finding>) {
    let aws = Aws::sandbox(sandbox).look();
    let region = described(SCRIPT, &aws, thorough).await;
    let plan = Opening::discover(&region, &aws).await.unwrap().plan().clone();
    let notes = plan.notes.iter().map(|note| note.finding.clone());
    let notes = notes.filter(|finding| finding.rule == "not-compared").collect();
    (fields(&plan).into_iter().collect(), notes)
}

/// The calls of a run that finds everything there, by operation, with so many functions more.
async fn calls(more: usize) -> BTreeMap<String, usize> {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        let functions = &mut world.lambda.regions.get_mut(EU).unwrap().functions;
        for number in 0..more {
            let function = functions["stripe-usage-reporter"].clone();
            functions.insert(format!("more-{number}"), function);
        }
        // There before, and nobody's.
        let before = functions["telemetry-aggregator"].clone();
        let here = world.lambda.regions.entry(R.into()).or_default();
        here.functions.extend((0..more).map(|number| (format!("before-{number}"), before.clone())));
    }
    open(&sandbox, SCRIPT).await;
    let aws = Aws::sandbox(&sandbox).look();
    let calls: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| {
        let operation = format!("{}:{}", call.service, call.operation);
        *log.lock().unwrap().entry(operation).or_default() += 1;
    });
    let region = described(SCRIPT, &aws, false).await;
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert!(!opening.plan().has_changes(), "{}", opening.plan().text());
    std::mem::take(&mut *calls.lock().unwrap())
}

#[tokio::test]
async fn finished_functions_cost_no_call_each() {
    let (few, many) = (calls(0).await, calls(40).await);
    let lists = ["lambda:ListFunctions", "tag:GetResources"];
    let each = |calls: &BTreeMap<String, usize>| -> BTreeMap<String, usize> {
        calls.clone().into_iter().filter(|(operation, _)| !lists.contains(&operation.as_str())).collect()
    };
    assert_eq!(each(&few), each(&many));
    // The first page of the target is looked at twice, the first time together with the lease.
    assert_eq!((many["lambda:ListFunctions"], many["tag:GetResources"]), (4, 2), "a call a page");
    assert!(!many.contains_key("lambda:GetFunction") && !many.contains_key("lambda:ListAliases"), "{many:?}");
}

#[tokio::test]
async fn a_function_that_lacks_a_tag_is_unfinished_and_completed() {
    let sandbox = Sandbox::seeded();
    open(&sandbox, SCRIPT).await;
    let whole = sandbox.world().lambda.clone();
    {
        let mut world = sandbox.world();
        let function = sign_up(&mut world);
        function.tags.remove("VantaOwner").expect("it has one");
        function.urls.clear();
        function.aliases.clear();
        function.policies.clear();
    }
    assert_eq!(open(&sandbox, SCRIPT).await.keys().collect::<Vec<_>>(), [SIGN_UP]);
    assert!(sandbox.world().lambda == whole);
}

#[tokio::test]
async fn what_hangs_on_finished_functions_is_compared_when_asked_for_and_else_told_to_be_left_out() {
    let sandbox = Sandbox::seeded();
    open(&sandbox, SCRIPT).await;
    sign_up(&mut sandbox.world()).aliases.get_mut("live").unwrap().description = "other".into();
    let (quick, told) = compared(&sandbox, false).await;
    assert_eq!(quick, [""; 0]);
    let [told] = &told[..] else { panic!("once, not {told:#?}") };
    assert_eq!(
        told.message,
        "what hangs on 5 functions that are there already (aliases, URLs, permissions, concurrency) was not compared: \
         verify does, or --thorough"
    );
    let (full, told) = compared(&sandbox, true).await;
    assert_eq!((full, told), (vec!["aliases.live.description".to_owned()], vec![]));
}

#[tokio::test]
async fn what_the_lists_tell_is_compared_of_finished_functions_too() {
    let sandbox = Sandbox::seeded();
    open(&sandbox, SCRIPT).await;
    {
        let mut world = sandbox.world();
        usage(&mut world).latest.configuration.memory_size = 128;
        health(&mut world).latest.configuration.vpc.as_mut().unwrap().subnets.truncate(1);
        telemetry(&mut world).latest.configuration.environment.remove("BUCKET");
    }
    let (quick, _) = compared(&sandbox, false).await;
    assert_eq!(quick, ["environment.BUCKET", "memory_mib", "network.zones"]);
    open(&sandbox, SCRIPT).await;
    assert_eq!(compared(&sandbox, true).await.0, [""; 0]);
}

#[tokio::test]
async fn without_the_right_to_list_tags_everything_is_read_in_full() {
    let sandbox = Sandbox::seeded();
    open(&sandbox, SCRIPT).await;
    sandbox.world().settings.denied.insert("tag:GetResources".to_owned());
    sign_up(&mut sandbox.world()).aliases.get_mut("live").unwrap().description = "other".into();
    let (fields, told) = compared(&sandbox, false).await;
    assert_eq!((fields, told), (vec!["aliases.live.description".to_owned()], vec![]));
}

#[tokio::test]
async fn an_alias_follows_a_change_of_a_finished_function_also_when_the_run_dies_in_between() {
    for denied in ["", "lambda:PublishVersion", "lambda:UpdateAlias", "lambda:UpdateFunctionCode"] {
        let sandbox = Sandbox::seeded();
        open(&sandbox, SCRIPT).await;
        {
            let regions = &mut sandbox.world().lambda.regions;
            let original =
                &mut regions.get_mut(EU).unwrap().functions.get_mut("signup-webhook").unwrap().latest;
            original.configuration.memory_size = 1024;
            original.code =
                if denied.contains("Code") { Code::zip(b"PK newer") } else { original.code.clone() };
        }
        sandbox.world().settings.denied.insert(denied.to_owned());
        let first = open(&sandbox, SCRIPT).await;
        assert_eq!(
            matches!(first[SIGN_UP], Outcome::Failed { .. }),
            !denied.is_empty(),
            "{denied}: {first:?}"
        );
        sandbox.world().settings.denied.clear();
        open(&sandbox, SCRIPT).await;
        assert_eq!(compared(&sandbox, true).await.0, [""; 0], "{denied}");
        let mut world = sandbox.world().clone();
        let tags = world.lambda.regions[EU].functions["signup-webhook"].tags.clone();
        let function = sign_up(&mut world);
        assert_eq!(function.tags, tags, "{denied}");
        let number: u64 = function.aliases["live"].version.parse().unwrap();
        assert_eq!(function.versions[&number].configuration.memory_size, 1024, "{denied}");
    }
}

#[tokio::test]
async fn a_finished_function_that_is_made_under_another_name_is_made_whole() {
    let sandbox = Sandbox::seeded();
    open(&sandbox, SCRIPT).await;
    let renamed = SCRIPT.replace(
        "region.add(function.in_vpc(vpc));",
        "region.add(function.in_vpc(vpc).named(`new-${function.name}`));",
    );
    let made = open(&sandbox, &renamed).await;
    assert_eq!(made["lambda_function/new-signup-webhook"], Outcome::Created, "{made:#?}");
    let mut world = sandbox.world().clone();
    let old = sign_up(&mut world).clone();
    let new = there(&mut world, "new-signup-webhook");
    assert_eq!((&new.urls, &new.aliases, &new.tags), (&old.urls, &old.aliases, &old.tags));
    assert_eq!(new.policies["live"].statements.len(), 2);
    let reserved = health(&mut world).reserved_concurrency;
    assert_eq!(there(&mut world, "new-core-health-monitor").reserved_concurrency, reserved);
}

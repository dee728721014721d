use std::time::Duration;

use supertokens_region::sandbox::ssm::{Document, SsmRegion, Version};
use supertokens_region::{
    Action, Aws, Error, Lock, Opening, Outcome, Plan, Region, Sandbox, World, ssm_document,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const ADDRESS: &str = "ssm_document/Start";
const FIRST: &str = r#"{"schemaVersion":"2.2","description":"hunter2","mainSteps":[{"action":"aws:sleep"}]}"#;
const SECOND: &str = r#"{"schemaVersion":"2.2","description":"second","mainSteps":[{"action":"aws:sleep"}]}"#;
const THIRD: &str = r#"{"schemaVersion":"2.2","description":"third","mainSteps":[{"action":"aws:sleep"}]}"#;
const YAML: &str = "---\n# kept\nschemaVersion: '0.3'\nmainSteps:\n- name: wait\n  action: aws:sleep\n";

type Change = fn(&mut Document);

fn region() -> Region {
    let mut region = Region::new(R);
    region.add(
        ssm_document("Start")
            .version(FIRST)
            .version(SECOND)
            .named_version(THIRD, "three")
            .default_version(2)
            .target_type("/AWS::EC2::Instance")
            .display_name("Start it")
            .tag("a", "1"),
    );
    let wait = ssm_document("Wait").document_type("Automation").format("YAML").version(YAML);
    region.add(wait);
    region
}

fn start(world: &mut World) -> &mut Document {
    let here = world.ssm.regions.get_mut(R).expect("something was made");
    here.documents.get_mut("Start").expect("the document was made")
}

fn put(sandbox: &Sandbox, document: Document) {
    sandbox.world().ssm.regions.entry(R.to_owned()).or_default().documents.insert("Start".into(), document);
}

#[tokio::test]
async fn documents_converge() {
    let changes = [
        BehindItsBack {
            address: ADDRESS,
            field: "default_version",
            change: |world| start(world).default_version = 3,
        },
        BehindItsBack {
            address: ADDRESS,
            field: "tags.a",
            change: |world| drop(start(world).tags.insert("a".to_owned(), "2".to_owned())),
        },
        BehindItsBack {
            address: ADDRESS,
            field: "tags.a",
            change: |world| drop(start(world).tags.remove("a")),
        },
    ];
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &region(), &changes).await;
    let world = sandbox.world().clone();
    let documents = &world.ssm.regions[R].documents;
    let contents = |name: &str| -> Vec<_> {
        documents[name].versions.values().map(|version| version.content.clone()).collect()
    };
    assert_eq!(contents("Start"), [FIRST, SECOND, THIRD]);
    assert_eq!(contents("Wait"), [YAML]);
    assert_eq!(documents["Wait"].versions[&1].format, "YAML");
    assert_eq!(documents["Start"].versions[&3].version_name.as_deref(), Some("three"));
    let shown = documents["Start"].versions.values().map(|version| version.display_name.as_deref());
    assert_eq!(shown.collect::<Vec<_>>(), [Some("Start it"); 3]);
}

#[tokio::test]
async fn versions_that_are_missing_are_added_at_the_end() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region()).await;
    let whole = sandbox.world().clone();
    start(&mut sandbox.world()).versions.remove(&3);
    let plan = plan(&sandbox, &region()).await;
    assert_eq!(fields(&plan), ["versions.3.content", "versions.3.name", "versions.3.display_name"]);
    apply(&sandbox, &region()).await;
    assert_eq!(sandbox.world().ssm, whole.ssm);

    start(&mut sandbox.world()).versions.retain(|number, _| *number == 1);
    start(&mut sandbox.world()).target_type = None;
    start(&mut sandbox.world()).default_version = 1;
    apply(&sandbox, &region()).await;
    assert_eq!(sandbox.world().ssm, whole.ssm, "the target type comes with a new version");
}

#[tokio::test]
async fn what_aws_never_changes_is_shown_in_the_plan_and_refused_by_apply() {
    let changes: [(&str, Change); 6] = [
        ("document_type", |document| document.document_type = "Policy".to_owned()),
        ("target_type", |document| document.target_type = Some("/".to_owned())),
        ("versions.1.content", |document| {
            document.versions.get_mut(&1).unwrap().content = FIRST.replace("hunter2", "hunter3");
        }),
        ("versions.2.content", |document| document.versions.get_mut(&2).unwrap().format = "YAML".to_owned()),
        ("versions.3.name", |document| document.versions.get_mut(&3).unwrap().version_name = None),
        ("versions.2.display_name", |document| {
            document.versions.get_mut(&2).unwrap().display_name = Some("Other".to_owned());
        }),
    ];
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region()).await;
    let good = sandbox.world().clone();
    for (field, change) in changes {
        change(start(&mut sandbox.world()));
        let plan = plan(&sandbox, &region()).await;
        assert_eq!(fields(&plan), [field]);
        let shown = serde_json::to_string(&plan).unwrap();
        assert!(!shown.contains("hunter"), "{shown}");
        let finding = &plan.steps[0].findings[0];
        assert_eq!(finding.rule, "cannot-change");
        assert!(finding.message.contains(&format!("`{field}`")), "{}", finding.message);
        let before = sandbox.world().ssm.clone();
        match failure(&sandbox, &region()).await {
            Error::Conflict { message, hint } => {
                assert!(message.contains(&format!("AWS can't change `{field}`")), "{message}");
                assert!(hint.contains("a further version"), "{hint}");
            }
            other => panic!("{field}: {other:?}"),
        }
        assert_eq!(sandbox.world().ssm, before, "{field}");
        *sandbox.world() = good.clone();
    }
}

#[tokio::test]
async fn tags_and_later_versions_of_others_survive_and_other_layout_is_no_other_content() {
    let sandbox = Sandbox::new(World::default());
    let laid_out = FIRST.replace(",", ",\n  ");
    let mut document = Document::new("Command", Version::new("JSON", &laid_out));
    document.tags.insert("theirs".to_owned(), "x".to_owned());
    document.versions.insert(2, Version::new("JSON", SECOND));
    document.versions.insert(3, Version::new("JSON", THIRD));
    put(&sandbox, document.clone());
    let mut region = Region::new(R);
    region.add(ssm_document("Start").version(FIRST).version(SECOND).default_version(2).tag("a", "1"));
    let plan = plan(&sandbox, &region).await;
    assert_eq!(fields(&plan), ["default_version", "tags.a"]);
    let rules: Vec<_> = plan.steps[0].findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["more-versions", "runs-associations"]);
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    document.default_version = 2;
    document.tags.insert("a".to_owned(), "1".to_owned());
    assert_eq!(*start(&mut sandbox.world()), document);
}

#[tokio::test]
async fn a_version_that_was_deleted_can_not_be_made_again() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region()).await;
    start(&mut sandbox.world()).versions.remove(&1);
    let error = failure(&sandbox, &region()).await;
    assert!(error.to_string().contains("version 1 was deleted"), "{error}");
}

#[tokio::test]
async fn a_content_that_is_there_under_another_number_is_refused_with_a_hint() {
    let sandbox = Sandbox::new(World::default());
    put(&sandbox, Document::new("Command", Version::new("JSON", FIRST)));
    let mut region = Region::new(R);
    region.add(ssm_document("Start").version(FIRST).named_version(SECOND, "two").version(THIRD));
    apply(&sandbox, &region).await;
    // What stands for version 3 comes back as version 2 of somebody else, after the plan.
    start(&mut sandbox.world()).versions.remove(&3);
    let opening = Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap();
    start(&mut sandbox.world()).versions.get_mut(&2).unwrap().content = THIRD.to_owned();
    let report = opening.lock(Lock::Without).apply(|_| ()).await.unwrap();
    let Outcome::Failed { error, .. } = &report.results[0].outcome else { panic!("{report:?}") };
    assert!(error.to_string().contains("DuplicateDocumentContent"), "{error}");
    assert!(error.hint().unwrap().contains("same content"));
}

#[tokio::test]
async fn what_somebody_else_made_after_the_plan_is_looked_at() {
    let sandbox = Sandbox::new(World::default());
    let (aws, region) = (Aws::sandbox(&sandbox), region());
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert_eq!(opening.plan().count(Action::Create), 2);
    apply(&sandbox, &region).await;
    let whole = sandbox.world().ssm.clone();
    let report = opening.lock(Lock::Without).apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    assert_eq!(sandbox.world().ssm, whole, "nothing twice");

    start(&mut sandbox.world()).versions.retain(|number, _| *number == 1);
    start(&mut sandbox.world()).default_version = 1;
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let other = Version::new("JSON", &SECOND.replace("second", "theirs"));
    start(&mut sandbox.world()).versions.insert(2, other);
    let report = opening.lock(Lock::Without).apply(|_| ()).await.unwrap();
    let Outcome::Failed { error, .. } = &report.results[0].outcome else { panic!("{report:?}") };
    assert!(error.to_string().contains("somebody else has made version 2"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_version_is_waited_for_until_it_is_active_and_a_failed_one_is_told() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region()).await;
    let whole = sandbox.world().ssm.clone();
    let unfinished = |status: &str| {
        let mut world = sandbox.world();
        start(&mut world).versions.retain(|number, _| *number < 3);
        start(&mut world).versions.get_mut(&2).unwrap().status = status.to_owned();
    };
    unfinished("Creating");
    let waiting = plan(&sandbox, &region()).await;
    assert_eq!(waiting.steps[0].findings[0].message, "version 2 is `Creating`");
    let later = sandbox.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        start(&mut later.world()).versions.get_mut(&2).unwrap().status = "Active".to_owned();
    });
    apply(&sandbox, &region()).await;
    assert_eq!(sandbox.world().ssm, whole);

    unfinished("Creating");
    let error = failure(&sandbox, &region()).await;
    assert_eq!(error.to_string(), "the latest version of `Start` is active: not so after 120 s");

    unfinished("Failed");
    start(&mut sandbox.world()).versions.get_mut(&2).unwrap().status_information = Some("why".to_owned());
    let error = failure(&sandbox, &region()).await;
    assert_eq!(error.to_string(), "`Start`: AWS could not make version 2: why");
}

#[tokio::test]
async fn a_document_that_is_needed_is_made_before() {
    let sandbox = Sandbox::new(World::default());
    let mut region = Region::new(R);
    let needed = region.add(ssm_document("Wait").version(FIRST));
    region.add(ssm_document("Start").version(SECOND).requires(needed));
    converges(&sandbox, &region, &[]).await;
    assert_eq!(start(&mut sandbox.world()).versions[&1].requires[0].name, "Wait");
    start(&mut sandbox.world()).versions.get_mut(&1).unwrap().requires[0].name = "Other".to_owned();
    assert_eq!(fields(&plan(&sandbox, &region).await), ["requires"]);
    let error = failure(&sandbox, &region).await;
    assert!(error.to_string().contains("AWS can't change `requires`"), "{error}");
}

#[tokio::test]
async fn more_documents_than_aws_takes_are_told_before_anything_is_changed() {
    let sandbox = Sandbox::new(World::default());
    let document = Document::new("Command", Version::new("JSON", FIRST));
    let documents = (0..499).map(|number| (format!("Their{number}"), document.clone())).collect();
    sandbox.world().ssm.regions.insert(R.to_owned(), SsmRegion { documents, ..SsmRegion::default() });
    let told = plan(&sandbox, &region()).await;
    let blocking: Vec<_> = told.blocking().iter().map(|(_, finding)| finding.message.as_str()).collect();
    assert_eq!(blocking, ["with 2 more there would be 501 documents, where AWS takes 500"; 2]);
}

#[test]
fn a_script_says_the_same() {
    let lines = format!(
        r#"
        region.add(ssm_document("Start").version(`{FIRST}`).version(`{SECOND}`).version(`{THIRD}`, "three")
            .default_version(2).target_type("/AWS::EC2::Instance").display_name("Start it").tag("a", "1"));
        region.add(ssm_document("Wait").document_type("Automation").format("YAML").version({YAML:?}));
        "#
    );
    assert_same(&lines, &region());
}

fn fields(plan: &Plan) -> Vec<&str> {
    let changes = plan.steps.iter().flat_map(|step| &step.changes);
    changes.map(|change| change.field.as_str()).collect()
}

/// Why the first thing that is wanted fails.
async fn failure(sandbox: &Sandbox, region: &Region) -> Error {
    let opening = Opening::discover(region, &Aws::sandbox(sandbox)).await.unwrap();
    let report = opening.lock(Lock::Without).apply(|_| ()).await.unwrap();
    let failed = report.results.iter().find_map(|done| match &done.outcome {
        Outcome::Failed { error, .. } => Some(error.clone()),
        _ => None,
    });
    failed.unwrap_or_else(|| panic!("it did not fail: {}", report.text()))
}

use supertokens_region::sandbox::s3::{self, Filter, ReplicationRule, Timed};
use supertokens_region::{
    Action, Aws, Error, Opening, Plan, Region, Sandbox, Severity, World, bucket, replication,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const SSL: &str = "supertokens-ssl";
/// Where it is.
const HOME: &str = "eu-west-1";
const SAAS: &str = "supertokens-saas-ap-south-1";
const LIKE: &str = "supertokens-saas-us-east-1";
const ADDRESS: &str = "replication/supertokens-ssl/supertokens-saas-ap-south-1";
const ROLE: &str = "arn:aws:iam::123456789012:role/service-role/s3crr_role";

fn versioned(region: &str) -> s3::Bucket {
    s3::Bucket { versioning: Some("Enabled".into()), ..s3::Bucket::new(region, 0) }
}

/// A rule with everything that one can have, but a key.
fn rule(to: &str, priority: i32) -> ReplicationRule {
    let fifteen = Timed { status: "Enabled".into(), minutes: Some(15) };
    ReplicationRule {
        id: format!("ssl-to-{to}"),
        priority: Some(priority),
        filter: Some(Filter { prefix: Some("certificates/".into()), ..Filter::default() }),
        status: "Enabled".into(),
        replica_modifications: Some("Enabled".into()),
        delete_markers: Some("Enabled".into()),
        bucket: format!("arn:aws:s3:::{to}"),
        account: Some("123456789012".into()),
        storage_class: Some("STANDARD_IA".into()),
        owner_override: true,
        replication_time: Some(fifteen.clone()),
        metrics: Some(fifteen),
        ..ReplicationRule::default()
    }
}

/// A world in which the source has these rules.
fn world(rules: Vec<ReplicationRule>) -> Sandbox {
    let mut world = World::default();
    for name in [LIKE, "theirs"] {
        world.s3.buckets.insert(name.into(), versioned("us-east-1"));
    }
    let replication = (!rules.is_empty()).then(|| s3::Replication { role: ROLE.into(), rules });
    world.s3.buckets.insert(SSL.into(), s3::Bucket { replication, ..versioned(HOME) });
    Sandbox::new(world)
}

fn wanted() -> Region {
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS).versioning(true));
    region.add(replication(SSL, saas).like(LIKE));
    region
}

fn rules(world: &mut World) -> &mut Vec<ReplicationRule> {
    let source = world.s3.buckets.get_mut(SSL).expect("the source is there");
    &mut source.replication.as_mut().expect("it is replicated").rules
}

/// The rule to the region's bucket.
fn mine(world: &mut World) -> &mut ReplicationRule {
    let mine = rules(world).iter_mut().find(|rule| rule.bucket.ends_with(SAAS));
    mine.expect("the rule is there")
}

fn findings(plan: &Plan) -> Vec<&str> {
    let step = plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).expect("the step is there");
    step.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn blocked(plan: &Plan) -> String {
    let step = plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).expect("the step is there");
    assert_eq!(step.action, Action::Blocked);
    let Some(error @ Error::Conflict { .. }) = &step.error else { panic!("a conflict: {step:#?}") };
    assert!(error.hint().is_some());
    step.reason.clone()
}

#[tokio::test]
async fn replications_converge() {
    let at = |field, change| BehindItsBack { address: ADDRESS, field, change };
    let changes = [
        at("status", |world| mine(world).status = "Disabled".into()),
        at("like", |world| mine(world).filter = Some(Filter::default())),
        at("like", |world| mine(world).storage_class = None),
        at("like", |world| mine(world).delete_markers = Some("Disabled".into())),
        at("like", |world| mine(world).replication_time = None),
        at("like", |world| (mine(world).replication_time, mine(world).metrics) = (None, None)),
        at("like", |world| mine(world).replica_modifications = None),
        at("like", |world| mine(world).owner_override = false),
    ];
    converges(&world(vec![rule(LIKE, 1)]), &wanted(), &changes).await;
}

#[tokio::test]
async fn the_new_rule_is_like_its_model_and_all_others_stay_to_the_letter() {
    let theirs = ReplicationRule {
        id: "theirs".into(),
        status: "Disabled".into(),
        kms_key: Some("key".into()),
        sse_kms_objects: Some("Enabled".into()),
        ..rule("theirs", 40)
    };
    let before = vec![rule(LIKE, 7), theirs];
    let sandbox = world(before.clone());
    let now = plan(&sandbox, &wanted()).await;
    let step = &now.steps[1];
    assert_eq!(step.action, Action::Update);
    let shown: Vec<_> =
        step.changes.iter().map(|change| (change.field.as_str(), change.live.clone())).collect();
    assert_eq!(shown, [("status", "none".into()), ("like", serde_json::Value::Null)]);
    assert_eq!(findings(&now), ["not-retroactive", "data-residency"]);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let new = ReplicationRule { id: format!("ssl-to-{SAAS}"), ..rule(SAAS, 41) };
    assert_eq!(*rules(&mut sandbox.world()), [before, vec![new]].concat());
    assert_eq!(sandbox.world().s3.buckets[SSL].replication.as_ref().unwrap().role, ROLE);
    assert_eq!(findings(&plan(&sandbox, &wanted()).await), [] as [&str; 0]);
}

#[tokio::test]
async fn an_id_that_names_no_region_or_is_taken_gives_way_to_the_destinations_name() {
    for id in ["all", "to us-east-1"] {
        let taken = ReplicationRule { id: "to ap-south-1".into(), ..rule("theirs", 2) };
        let sandbox = world(vec![ReplicationRule { id: id.into(), ..rule(LIKE, 1) }, taken]);
        apply(&sandbox, &wanted()).await;
        assert_eq!(mine(&mut sandbox.world()).id, SAAS);
    }
}

#[tokio::test]
async fn a_rule_of_others_to_the_same_bucket_is_taken_and_keeps_its_name_and_place() {
    let theirs = ReplicationRule {
        id: "by hand".into(),
        status: "Disabled".into(),
        storage_class: None,
        kms_key: Some("arn:aws:kms:ap-south-1:123456789012:key/1".into()),
        sse_kms_objects: Some("Enabled".into()),
        ..rule(SAAS, 3)
    };
    let sandbox = world(vec![theirs.clone(), rule(LIKE, 1)]);
    sandbox.world().s3.buckets.insert(SAAS.into(), versioned(R));
    let now = plan(&sandbox, &wanted()).await;
    let like = now.steps[1].changes.iter().find(|change| change.field == "like").unwrap();
    assert_eq!(like.live, format!("{LIKE}, but for storage class"));
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let mended =
        ReplicationRule { status: "Enabled".into(), storage_class: Some("STANDARD_IA".into()), ..theirs };
    assert_eq!(*rules(&mut sandbox.world()), [mended, rule(LIKE, 1)]);
}

#[tokio::test]
async fn rules_of_the_old_form_go_on_replicating_deletions_and_the_plan_says_so_before() {
    let old = |id: &str, prefix: &str| ReplicationRule {
        id: id.into(),
        prefix: Some(prefix.into()),
        status: "Enabled".into(),
        bucket: format!("arn:aws:s3:::{LIKE}"),
        ..ReplicationRule::default()
    };
    let sandbox = world(vec![old("a", "a/"), old("b", "b/")]);
    let before = sandbox.world().s3.buckets[SSL].clone();
    let now = plan(&sandbox, &wanted()).await;
    assert_eq!(findings(&now), ["old-form", "several-rules", "not-retroactive", "data-residency"]);
    assert_eq!(sandbox.world().s3.buckets[SSL], before);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let new = |id: &str, priority, prefix: &str| ReplicationRule {
        priority: Some(priority),
        prefix: None,
        filter: Some(Filter { prefix: Some(prefix.into()), ..Filter::default() }),
        delete_markers: Some("Enabled".into()),
        ..old(id, "")
    };
    let third = ReplicationRule { bucket: format!("arn:aws:s3:::{SAAS}"), ..new(SAAS, 3, "a/") };
    assert_eq!(*rules(&mut sandbox.world()), [new("a", 1, "a/"), new("b", 2, "b/"), third]);
}

#[tokio::test]
async fn a_rule_of_the_old_form_to_the_bucket_itself_is_only_switched_on() {
    let old = ReplicationRule {
        id: "old".into(),
        prefix: Some(String::new()),
        status: "Disabled".into(),
        bucket: format!("arn:aws:s3:::{SAAS}"),
        ..ReplicationRule::default()
    };
    let sandbox = world(vec![old.clone()]);
    sandbox.world().s3.buckets.insert(SAAS.into(), versioned(R));
    assert_eq!(findings(&plan(&sandbox, &wanted()).await), ["no-model", "not-retroactive", "data-residency"]);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(*rules(&mut sandbox.world()), [ReplicationRule { status: "Enabled".into(), ..old }]);
}

#[tokio::test]
async fn the_models_key_and_its_other_account_are_left_out() {
    let model = ReplicationRule {
        kms_key: Some("arn:aws:kms:us-east-1:123456789012:key/1".into()),
        sse_kms_objects: Some("Enabled".into()),
        ..rule(LIKE, 1)
    };
    let sandbox = world(vec![model.clone()]);
    assert_eq!(
        findings(&plan(&sandbox, &wanted()).await),
        ["kms-key-dropped", "not-retroactive", "data-residency"]
    );
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(*mine(&mut sandbox.world()), rule(SAAS, 2));
    assert_eq!(rules(&mut sandbox.world())[0], model);
}

#[tokio::test]
async fn without_a_rule_to_be_like_and_without_a_role_it_is_blocked() {
    for others in [vec![], vec![rule("theirs", 1)]] {
        let sandbox = world(others);
        let reason = blocked(&plan(&sandbox, &wanted()).await);
        assert!(reason.contains("has no replication rule to `supertokens-saas-us-east-1`"), "{reason}");
    }
}

#[tokio::test]
async fn with_a_role_all_objects_are_copied() {
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS).versioning(true));
    region.add(replication(SSL, saas).role(ROLE));
    let sandbox = world(vec![]);
    assert_eq!(plan(&sandbox, &region).await.steps[1].action, Action::Create);
    let changes = [BehindItsBack {
        address: ADDRESS,
        field: "status",
        change: |world| mine(world).status = "Disabled".into(),
    }];
    converges(&sandbox, &region, &changes).await;
    let plain = ReplicationRule {
        id: SAAS.into(),
        priority: Some(1),
        filter: Some(Filter { prefix: Some(String::new()), ..Filter::default() }),
        status: "Enabled".into(),
        delete_markers: Some("Disabled".into()),
        bucket: format!("arn:aws:s3:::{SAAS}"),
        ..ReplicationRule::default()
    };
    let all = sandbox.world().s3.buckets[SSL].replication.clone().unwrap();
    assert_eq!((all.role.as_str(), all.rules), (ROLE, vec![plain]));
    sandbox.world().s3.buckets.get_mut(SSL).unwrap().replication.as_mut().unwrap().role += "_other";
    assert_eq!(findings(&plan(&sandbox, &region).await), ["other-role"]);
}

#[tokio::test]
async fn a_source_that_is_not_there_or_keeps_no_versions_blocks() {
    let sandbox = world(vec![]);
    sandbox.world().s3.buckets.get_mut(SSL).unwrap().versioning = None;
    let reason = blocked(&plan(&sandbox, &wanted()).await);
    assert!(reason.contains("doesn't keep versions"), "{reason}");
    let sandbox = world(vec![]);
    let _ = sandbox.world().s3.buckets.remove(SSL);
    sandbox.world().s3.foreign.insert(SSL.into(), HOME.into());
    let reason = blocked(&plan(&sandbox, &wanted()).await);
    assert!(reason.contains("has no bucket `supertokens-ssl`"), "{reason}");
}

#[tokio::test]
async fn a_destination_that_keeps_no_versions_is_told_and_refused() {
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS));
    region.add(replication(SSL, saas).like(LIKE));
    let sandbox = world(vec![rule(LIKE, 1)]);
    let opening = Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap();
    let errors =
        opening.plan().steps[1].findings.iter().filter(|finding| finding.severity == Severity::Error);
    assert_eq!(
        errors.map(|finding| finding.rule.as_str()).collect::<Vec<_>>(),
        ["destination-not-versioned"]
    );
    assert!(opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(*rules(&mut sandbox.world()), [rule(LIKE, 1)]);
}

#[tokio::test]
async fn several_replications_of_one_source_do_not_undo_each_other() {
    let mut region = Region::new(R);
    for number in 0..5 {
        let to = region.add(bucket(&format!("data-{number}")).versioning(true));
        region.add(replication(SSL, to).like(LIKE));
    }
    let sandbox = world(vec![rule(LIKE, 1)]);
    sandbox.world().settings.latency_millis = 5;
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    assert_eq!(rules(&mut sandbox.world()).len(), 6);
}

#[tokio::test]
async fn a_rule_that_somebody_adds_after_the_plan_stays() {
    let sandbox = world(vec![rule(LIKE, 1)]);
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    rules(&mut sandbox.world()).push(rule("theirs", 2));
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(*rules(&mut sandbox.world()), [rule(LIKE, 1), rule("theirs", 2), rule(SAAS, 3)]);
}

#[test]
fn a_script_makes_the_same_replication() {
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS).versioning(true));
    region.add(replication(SSL, saas).like(LIKE).role(ROLE));
    let script = format!(
        r#"
        let saas = region.add(bucket("{SAAS}").versioning(true));
        region.add(replication("{SSL}", saas).like("{LIKE}").role("{ROLE}"));
    "#
    );
    assert_same(&script, &region);
}

use supertokens_region::sandbox::Blob;
use supertokens_region::sandbox::s3::{self, Filter, Object, Replication, ReplicationRule};
use supertokens_region::{
    Action, Aws, Error, Opening, Outcome, Region, Sandbox, Severity, World, bucket, object_copy, replication,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const SSL: &str = "supertokens-ssl";
const SAAS: &str = "supertokens-saas-ap-south-1";
const LIKE: &str = "supertokens-saas-us-east-1";
const HOME: &str = "eu-west-1";
const ADDRESS: &str = "object_copy/supertokens-ssl/supertokens-saas-ap-south-1";
const DAY: i64 = 86_400;

fn object(text: &str) -> Object {
    Object::new(Blob::from(text.as_bytes()))
}

fn rule() -> ReplicationRule {
    ReplicationRule {
        id: LIKE.to_owned(),
        priority: Some(1),
        filter: Some(Filter::default()),
        status: "Enabled".to_owned(),
        delete_markers: Some("Enabled".to_owned()),
        bucket: format!("arn:aws:s3:::{LIKE}"),
        ..ReplicationRule::default()
    }
}

/// A world with a source that is replicated by this rule, and has these objects since yesterday.
fn world(rule: ReplicationRule, objects: &[(&str, Object)]) -> Sandbox {
    let mut world = World::default();
    let versioned =
        |region| s3::Bucket { versioning: Some("Enabled".to_owned()), ..s3::Bucket::new(region, 0) };
    let role = "arn:aws:iam::123456789012:role/s3crr".to_owned();
    let source = s3::Bucket { replication: Some(Replication { role, rules: vec![rule] }), ..versioned(HOME) };
    world.s3.buckets.insert(SSL.to_owned(), source);
    world.s3.buckets.insert(LIKE.to_owned(), versioned("us-east-1"));
    for (key, object) in objects {
        put(&mut world, SSL, key, object.clone(), -DAY);
    }
    Sandbox::new(world)
}

/// Puts an object so many seconds from now.
fn put(world: &mut World, bucket: &str, key: &str, object: Object, seconds: i64) {
    let time = world.clock + seconds;
    world.s3.buckets.get_mut(bucket).unwrap().objects.put(key, time, object);
}

fn there(world: &World) -> &s3::Objects {
    &world.s3.buckets[SAAS].objects
}

/// Nothing that the tool wrote makes it into a version that S3's replication would not have made of it.
fn current<'w>(world: &'w World, key: &str) -> &'w Object {
    there(world).current(key).unwrap_or_else(|| panic!("{key} is not there"))
}

fn wanted() -> Region {
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS).versioning(true));
    region.add(replication(SSL, saas.clone()).like(LIKE));
    region.add(object_copy(SSL, saas));
    region
}

/// The findings of the last step, the copy.
async fn findings(sandbox: &Sandbox) -> Vec<(String, String)> {
    let plan = plan(sandbox, &wanted()).await;
    let step = plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).unwrap();
    step.findings.iter().map(|finding| (finding.rule.clone(), finding.message.clone())).collect()
}

#[tokio::test]
async fn existing_objects_converge() {
    let sandbox = world(rule(), &[("a", object("1")), ("b/c d+&ü", object("2")), ("z", object("3"))]);
    let changes = [
        BehindItsBack {
            address: ADDRESS,
            field: "missing",
            change: |world| {
                world.s3.buckets.get_mut(SAAS).unwrap().objects.versions.remove("b/c d+&ü");
            },
        },
        BehindItsBack {
            address: ADDRESS,
            field: "missing",
            change: |world| {
                put(world, SSL, "new", object("past replication"), 5);
                world.clock += 10;
            },
        },
        BehindItsBack {
            address: ADDRESS,
            field: "missing",
            change: |world| {
                put(world, SSL, "a", object("renewed past replication"), 5);
                world.clock += 10;
            },
        },
    ];
    converges(&sandbox, &wanted(), &changes).await;
    let world = sandbox.world();
    for (key, object) in &world.s3.buckets[SSL].objects.versions {
        let original = object.last().unwrap().object.as_ref().unwrap();
        assert_eq!(current(&world, key).content, original.content, "{key}");
    }
}

#[tokio::test]
async fn the_plan_counts_what_is_missing_before_the_bucket_is_there() {
    let sandbox = world(rule(), &[]);
    for number in 0..1500 {
        put(&mut sandbox.world(), SSL, &format!("{number:04}"), object("x"), -DAY);
    }
    let plan = plan(&sandbox, &wanted()).await;
    let step = &plan.steps[2];
    assert_eq!(step.action, Action::Update);
    assert_eq!((step.changes[0].field.as_str(), &step.changes[0].live), ("missing", &1500.into()));
    let text = "1,500 of 1,500 objects of `supertokens-ssl` are not in `supertokens-saas-ap-south-1` yet";
    assert_eq!(findings(&sandbox).await, [("objects-missing".to_owned(), text.to_owned())]);
    apply(&sandbox, &wanted()).await;
    assert_eq!(there(&sandbox.world()).count(), 1500);
    assert_settled(&sandbox, &wanted()).await;
}

#[tokio::test]
async fn a_copy_has_all_that_a_replica_would_have() {
    let mut original = object("content");
    original.headers.insert("content-type".into(), "application/x-pem-file".into());
    original.headers.insert("cache-control".into(), "no-store".into());
    original.metadata.insert("issuer".into(), "acme".into());
    original.tags.insert("team".into(), "core & more".into());
    original.storage_class = "STANDARD_IA".into();
    let sandbox = world(rule(), &[("k", original.clone())]);
    apply(&sandbox, &wanted()).await;
    assert_eq!(*current(&sandbox.world(), "k"), original);
    let warm = ReplicationRule { storage_class: Some("GLACIER_IR".into()), ..rule() };
    let sandbox = world(warm, &[("k", original)]);
    apply(&sandbox, &wanted()).await;
    assert_eq!(current(&sandbox.world(), "k").storage_class, "GLACIER_IR", "as the rule says");
}

#[tokio::test]
async fn what_is_there_is_not_copied_again_whoever_brought_it() {
    let parts = Object { etag: format!("{}-3", object("big").etag), parts: Some(3), ..object("big") };
    let all = [("replica", object("1")), ("parts", parts.clone()), ("copied-parts", parts.clone())];
    let sandbox = world(rule(), &all);
    let saas = s3::Bucket { versioning: Some("Enabled".into()), ..s3::Bucket::new(R, 0) };
    sandbox.world().s3.buckets.insert(SAAS.into(), saas);
    // Replicas have the ETag of the original, copies of parts have one of their own.
    for (key, object) in [("replica", object("1")), ("parts", parts), ("copied-parts", object("big"))] {
        put(&mut sandbox.world(), SAAS, key, object, 0);
    }
    put(&mut sandbox.world(), SAAS, "of somebody else", object("x"), 0);
    let before = there(&sandbox.world()).clone();
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(*there(&sandbox.world()), before);
}

#[tokio::test]
async fn what_is_newer_there_or_was_deleted_there_stays_and_is_told() {
    let sandbox =
        world(rule(), &[("newer", object("old")), ("deleted", object("x")), ("older", object("new"))]);
    let saas = s3::Bucket { versioning: Some("Enabled".into()), ..s3::Bucket::new(R, 0) };
    sandbox.world().s3.buckets.insert(SAAS.into(), saas);
    put(&mut sandbox.world(), SAAS, "newer", object("theirs, and longer"), 0);
    put(&mut sandbox.world(), SAAS, "deleted", object("x"), -DAY);
    sandbox.world().s3.buckets.get_mut(SAAS).unwrap().objects.delete("deleted", 1);
    put(&mut sandbox.world(), SAAS, "older", object("a copy of before"), -2 * DAY);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(current(&sandbox.world(), "newer").content, object("theirs, and longer").content);
    assert_eq!(there(&sandbox.world()).current("deleted"), None);
    assert_eq!(current(&sandbox.world(), "older").content, object("new").content);
    assert_eq!(there(&sandbox.world()).versions["older"].len(), 2, "the old version is kept");
    let rules: Vec<_> = findings(&sandbox).await.into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["deleted-there", "newer-there"]);
}

#[tokio::test]
async fn a_replica_that_arrives_meanwhile_is_not_overwritten() {
    let sandbox = world(rule(), &[("k", object("old"))]);
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    // By the time of the copy, the object was renewed, and its replica is there already.
    let mut saas = s3::Bucket { versioning: Some("Enabled".into()), ..s3::Bucket::new(R, 0) };
    saas.objects.put("k", sandbox.world().clock, object("renewed, by replication"));
    sandbox.world().s3.buckets.insert(SAAS.into(), saas);
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(current(&sandbox.world(), "k").content, object("renewed, by replication").content);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_the_others_are_copied() {
    let archived = Object { storage_class: "DEEP_ARCHIVE".into(), ..object("cold") };
    let locked = Object { unreadable: Some("AccessDenied".into()), ..object("locked") };
    let sandbox =
        world(rule(), &[("a", object("1")), ("cold", archived), ("locked", locked), ("z", object("2"))]);
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    let archived = opening.plan().steps[2].findings.iter().find(|it| it.rule == "archived-objects").unwrap();
    assert_eq!(archived.severity, Severity::Warning);
    assert!(archived.message.contains("1 object of `supertokens-ssl` can't be copied"), "{archived:?}");
    let report = opening.apply(|_| ()).await.unwrap();
    let Outcome::Failed { error: Error::Conflict { message, hint }, .. } = &report.results[2].outcome else {
        panic!("{:?}", report.results[2]);
    };
    assert!(
        message.starts_with("1 object of `supertokens-ssl` could not be copied: `locked`: "),
        "{message}"
    );
    assert!(hint.contains("kms:Decrypt"), "{hint}");
    assert_eq!(there(&sandbox.world()).versions.keys().collect::<Vec<_>>(), ["a", "z"]);
    assert_eq!(plan(&sandbox, &wanted()).await.steps[2].changes[0].live, 1);
}

#[tokio::test]
async fn only_what_the_rule_covers_is_copied() {
    let tagged = |tag: &str| Object { tags: [("copy".to_owned(), tag.to_owned())].into(), ..object("x") };
    let all = [("in/a", tagged("yes")), ("in/b", tagged("no")), ("out/a", tagged("yes"))];
    let by_prefix = Filter { prefix: Some("in/".into()), ..Filter::default() };
    let by_both = Filter { tags: tagged("yes").tags, ..by_prefix.clone() };
    for (filter, copied) in [(by_prefix, vec!["in/a", "in/b"]), (by_both, vec!["in/a"])] {
        let delete_markers = Some("Disabled".to_owned());
        let sandbox = world(ReplicationRule { filter: Some(filter), delete_markers, ..rule() }, &all);
        apply(&sandbox, &wanted()).await;
        assert_settled(&sandbox, &wanted()).await;
        assert_eq!(there(&sandbox.world()).versions.keys().collect::<Vec<_>>(), copied);
    }
}

#[tokio::test]
async fn what_is_too_long_for_one_call_is_copied_in_parts_with_all_that_is_said_of_it() {
    let long = Object {
        headers: [("content-type".to_owned(), "application/gzip".to_owned())].into(),
        metadata: [("a".to_owned(), "b".to_owned())].into(),
        tags: [("t & u".to_owned(), "v=w".to_owned())].into(),
        storage_class: "STANDARD_IA".into(),
        ..Object::new(Blob::lost((5 << 30) + 7, "long"))
    };
    let sandbox = world(rule(), &[("long", long.clone())]);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let world = sandbox.world();
    let copy = current(&world, "long");
    assert_eq!((copy.content.len(), copy.parts), (long.content.len(), Some(41)));
    assert_eq!((&copy.headers, &copy.metadata), (&long.headers, &long.metadata));
    assert_eq!((&copy.tags, &copy.storage_class), (&long.tags, &long.storage_class));
}

#[tokio::test]
async fn a_long_copy_that_fails_leaves_no_parts_behind() {
    let long = Object::new(Blob::lost((5 << 30) + 7, "long"));
    let sandbox = world(rule(), &[("long", long)]);
    sandbox.world().settings.denied.insert("s3:UploadPartCopy".to_owned());
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    let report = opening.apply(|_| ()).await.unwrap();
    let Outcome::Failed { error: Error::Forbidden(refusal), .. } = &report.results[2].outcome else {
        panic!("{:?}", report.results[2]);
    };
    assert_eq!(refusal.operation, "s3:UploadPartCopy");
    assert!(there(&sandbox.world()).uploads.is_empty());
}

#[tokio::test]
async fn without_the_permission_to_copy_it_does_not_try_each_of_thousands() {
    let sandbox = world(rule(), &[]);
    for number in 0..1000 {
        put(&mut sandbox.world(), SSL, &format!("{number:04}"), object("x"), -DAY);
    }
    sandbox.world().settings.denied.insert("s3:CopyObject".to_owned());
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    let before = sandbox.world().requests;
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(matches!(&report.results[2].outcome, Outcome::Failed { error: Error::Forbidden(_), .. }));
    assert!(sandbox.world().requests - before < 120, "{}", sandbox.world().requests - before);
}

#[tokio::test]
async fn a_source_that_is_not_there_blocks() {
    let sandbox = world(rule(), &[]);
    let _ = sandbox.world().s3.buckets.remove(SSL);
    let plan = plan(&sandbox, &wanted()).await;
    assert_eq!(plan.steps[2].action, Action::Blocked);
}

#[test]
fn a_script_makes_the_same_copy() {
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS));
    region.add(object_copy(SSL, saas));
    let script = format!(r#"region.add(object_copy("{SSL}", region.add(bucket("{SAAS}"))));"#);
    assert_same(&script, &region);
}

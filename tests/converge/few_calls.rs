//! How few calls it takes to see that all is there, and how few after one another to make what isn't.

use std::sync::{Arc, Mutex};

use supertokens_region::sandbox::{At, Disturbance, Disturbs, s3};
use supertokens_region::{
    Aws, Bucket, Lock, Opening, Reference, Region, Sandbox, Severity, World, bucket, default_vpc, iam_policy,
    lifecycle_rule, object_copy, replication,
};
use tokio::time::Instant;

use super::{R, apply, assert_settled, plan};
use crate::reliability::paused;

const US: &str = "us-east-1";
const SAAS: &str = "supertokens-saas-ap-south-1";
const LIKE: &str = "supertokens-saas-us-east-1";
const SSL: &str = "supertokens-ssl";

/// A door for one look, and the calls through it: `us-east-1 GetBucketAcl`.
fn watched(sandbox: &Sandbox) -> (Aws, Arc<Mutex<Vec<String>>>) {
    let aws = Aws::sandbox(sandbox).look();
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(format!("{} {}", call.region, call.operation)));
    (aws, calls)
}

fn count(calls: &Mutex<Vec<String>>, call: &str) -> usize {
    calls.lock().unwrap().iter().filter(|made| made.ends_with(call)).count()
}

fn full(name: &str, region: &mut Region) -> Bucket {
    let vpc = region.add(default_vpc());
    let old = lifecycle_rule("old").expire_after_days(400);
    bucket(name).versioning(true).lifecycle(old).readable_from(vpc, "Read").tag("a", "1")
}

#[test]
fn a_new_bucket_is_made_in_three_round_trips_and_one_more_where_it_is_looked_for_before() {
    for (name, rounds) in [(R, 3), (US, 4)] {
        paused(async {
            let sandbox = Sandbox::new(World::default());
            let mut region = Region::new(name);
            let full = full("data", &mut region);
            region.add(full);
            let (aws, calls) = watched(&sandbox);
            let opening = Opening::discover(&region, &aws).await.unwrap().lock(Lock::Without);
            sandbox.world().settings.latency_millis = 1000;
            let start = Instant::now();
            let report = opening.apply(|_| ()).await.unwrap();
            assert!(!report.failed(), "{}", report.text());
            assert_eq!(start.elapsed().as_secs(), rounds, "{:?}", calls.lock().unwrap());
            sandbox.world().settings.latency_millis = 0;
            assert_settled(&sandbox, &region).await;
        });
    }
}

#[tokio::test]
async fn a_policy_is_put_only_where_the_block_stands_and_what_s3_does_not_know_yet_of_a_new_bucket_is_put() {
    let old = |world: &mut World| drop(world.s3.buckets.insert("data".into(), s3::Bucket::old(R, 0)));
    let unknown = |world: &mut World| {
        for operation in ["s3:GetPublicAccessBlock", "s3:GetBucketEncryption"] {
            let (at, what) = (At::Operation(operation.into()), Disturbs::Stale(60_000));
            world.settings.disturbances.push(Disturbance { at, times: 1, what });
        }
    };
    for before in [old as fn(&mut World), unknown] {
        let sandbox = Sandbox::new(World::default());
        before(&mut sandbox.world());
        let mut region = Region::new(R);
        let full = full("data", &mut region);
        region.add(full);
        let (aws, calls) = watched(&sandbox);
        let disturbances = std::mem::take(&mut sandbox.world().settings.disturbances);
        let opening = Opening::discover(&region, &aws).await.unwrap().lock(Lock::Without);
        sandbox.world().settings.disturbances = disturbances;
        let report = opening.apply(|_| ()).await.unwrap();
        assert!(!report.failed(), "{}", report.text());
        assert!(sandbox.world().settings.disturbances.iter().all(|it| it.times == 0), "{:?}", calls.lock());
        let calls = calls.lock().unwrap();
        let place = |call: &str| calls.iter().position(|made| made.ends_with(call)).unwrap();
        assert!(place("PutPublicAccessBlock") < place("PutBucketPolicy"), "{calls:?}");
        assert!(calls.iter().any(|made| made.ends_with("PutBucketEncryption")), "{calls:?}");
        assert_eq!(calls.iter().filter(|made| made.ends_with("ListBuckets")).count(), 1, "no second look");
    }
}

/// The bucket and what goes into it, like those of the reference.
async fn like_the_reference(aws: &Aws) -> Region {
    let us = Reference::new(aws, US).await.unwrap();
    let mut region = Region::new(R);
    let saas = us.bucket(LIKE).await.unwrap();
    let saas = region.add(saas.map(|bucket| bucket.named(SAAS).versioning(true)));
    region.add(replication(SSL, saas.clone()).like(LIKE));
    region.add(object_copy(SSL, saas));
    region
}

#[tokio::test]
async fn buckets_are_listed_once_and_only_what_is_carried_over_is_read_of_one_that_was_copied() {
    let sandbox = Sandbox::seeded();
    let region = like_the_reference(&Aws::sandbox(&sandbox)).await;
    apply(&sandbox, &region).await;
    let (aws, calls) = watched(&sandbox);
    let region = like_the_reference(&aws).await;
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert!(!opening.plan().has_changes(), "{}", opening.plan().text());
    for once in ["ListBuckets", "eu-west-1 GetBucketReplication", "eu-west-1 GetBucketVersioning"] {
        assert_eq!(count(&calls, once), 1, "{once}");
    }
    let calls = calls.lock().unwrap();
    let mut of_reference: Vec<_> =
        calls.iter().filter_map(|call| call.strip_prefix("us-east-1 Get")).collect();
    of_reference.retain(|call| call.starts_with("Bucket") || call.starts_with("Public"));
    of_reference.sort_unstable();
    let carried = ["Cors", "Encryption", "LifecycleConfiguration", "Tagging", "Versioning"];
    assert_eq!(of_reference, carried.map(|setting| format!("Bucket{setting}")));
}

/// All documents of the reference.
async fn documents(aws: &Aws) -> Region {
    let mut region = Region::new(R);
    for document in Reference::new(aws, US).await.unwrap().documents().await.unwrap().all {
        region.add(document);
    }
    region
}

#[tokio::test]
async fn a_content_is_fetched_once_and_only_where_it_is_made() {
    let sandbox = Sandbox::seeded();
    let versions = 5;
    let (aws, calls) = watched(&sandbox);
    let region = documents(&aws).await;
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let told = opening.plan().steps.iter().flat_map(|step| &step.findings);
    assert_eq!(told.filter(|finding| finding.rule == "names-region").count(), 2);
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    assert_eq!(count(&calls, "GetDocument"), versions);
    assert_eq!(count(&calls, "DescribeDocumentPermission"), 3);

    let (aws, calls) = watched(&sandbox);
    let region = documents(&aws).await;
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert!(!opening.plan().has_changes(), "{}", opening.plan().text());
    for (call, times) in [
        ("us-east-1 ListDocuments", 1),
        ("ap-south-1 ListDocuments", 1),
        ("us-east-1 DescribeDocument", versions),
        ("ap-south-1 DescribeDocument", versions),
        ("GetDocument", 0),
        ("DescribeDocumentPermission", 0),
    ] {
        assert_eq!(count(&calls, call), times, "{call}: {:?}", calls.lock().unwrap());
    }
}

#[tokio::test]
async fn a_version_that_is_to_be_added_is_looked_into_too() {
    let sandbox = Sandbox::seeded();
    let region = documents(&Aws::sandbox(&sandbox)).await;
    apply(&sandbox, &region).await;
    let whole = sandbox.world().ssm.regions[R].documents.clone();
    let add = |world: &mut World| {
        let here = world.ssm.regions.get_mut(R).unwrap();
        let document = here.documents.get_mut("StartUpdateSuperTokens").unwrap();
        document.versions.remove(&3).unwrap();
    };
    add(&mut sandbox.world());
    let (aws, calls) = watched(&sandbox);
    let region = documents(&aws).await;
    let opening = Opening::discover(&region, &aws).await.unwrap().lock(Lock::Without);
    let told: Vec<_> = opening.plan().steps.iter().flat_map(|step| &step.findings).collect();
    assert!(told.iter().any(|it| it.message.starts_with("`versions.3.content` names us-east-1")), "{told:?}");
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(count(&calls, "GetDocument"), 1);
    let mut again = sandbox.world().ssm.regions[R].documents.clone();
    let made = again.get_mut("StartUpdateSuperTokens").unwrap().versions.get_mut(&3).unwrap();
    made.created_at = whole["StartUpdateSuperTokens"].versions[&3].created_at;
    assert_eq!(again, whole);
}

#[tokio::test]
async fn a_copy_that_is_said_to_be_in_a_format_that_it_is_not_in_is_told_before_it_is_made() {
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    let mut region = Region::new(R);
    for document in Reference::new(&aws, US).await.unwrap().documents().await.unwrap().all {
        region.add(document.map(|document| document.format("JSON")));
    }
    let plan = plan(&sandbox, &region).await;
    let blocking = plan.blocking();
    let [(Some(address), finding)] = blocking[..] else { panic!("one, not {blocking:?}") };
    assert_eq!((address.name(), finding.severity), ("StartUpdateNginx", Severity::Error));
    assert!(finding.message.contains("version 1 is no JSON object"), "{}", finding.message);
}

#[tokio::test]
async fn the_text_of_a_policy_is_read_once_for_the_plan_and_the_change() {
    let sandbox = Sandbox::seeded();
    let mut region = Region::new(R);
    let saas = region.add(bucket(SAAS));
    region.add(iam_policy("S3SSLUpdater").also_for(saas, LIKE));
    let (aws, calls) = watched(&sandbox);
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    assert_eq!((count(&calls, "ListPolicies"), count(&calls, "GetPolicyVersion")), (1, 1));
    assert_eq!(count(&calls, "CreatePolicyVersion"), 1);
    assert_settled(&sandbox, &region).await;
}

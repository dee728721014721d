//! Buckets that are like those of another region.

use std::collections::BTreeMap;

use supertokens_region::sandbox::s3::{
    self, CorsRule, Encryption, Expiration, Filter, Grant, Grantee, Lifecycle, LifecycleRule, Logging,
    NoncurrentExpiration, NoncurrentTransition, PublicAccessBlock, Transition,
};
use supertokens_region::{Aws, Reference, Region, Sandbox, Wanted, World, bucket, lifecycle_rule};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const US: &str = "us-east-1";
const THERE: &str = "data-us-east-1";
const HERE: &str = "data-ap-south-1";
const ADDRESS: &str = "bucket/data-ap-south-1";

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A rule with one of everything that goes together.
fn full() -> LifecycleRule {
    LifecycleRule {
        id: "full".into(),
        status: "Enabled".into(),
        filter: Some(Filter {
            prefix: Some("logs/".into()),
            larger_than: Some(10),
            smaller_than: Some(1000),
            ..Filter::default()
        }),
        transitions: vec![
            Transition { days: Some(30), storage_class: "STANDARD_IA".into(), date: None },
            Transition { days: Some(90), storage_class: "GLACIER".into(), date: None },
        ],
        expiration: Some(Expiration { days: Some(400), ..Expiration::default() }),
        noncurrent_transitions: vec![NoncurrentTransition {
            days: Some(7),
            newer_versions: Some(2),
            storage_class: "GLACIER_IR".into(),
        }],
        noncurrent_expiration: Some(NoncurrentExpiration { days: Some(60), newer_versions: Some(3) }),
        abort_incomplete_upload_days: Some(5),
        ..LifecycleRule::default()
    }
}

fn rules() -> Vec<LifecycleRule> {
    let plain = |id: &str| LifecycleRule {
        id: id.into(),
        status: "Enabled".into(),
        filter: Some(Filter { prefix: Some(String::new()), ..Filter::default() }),
        ..LifecycleRule::default()
    };
    let date = 1_798_761_600;
    vec![
        full(),
        LifecycleRule {
            status: "Disabled".into(),
            filter: Some(Filter { tags: map(&[("temporary", "yes")]), ..Filter::default() }),
            expiration: Some(Expiration { date: Some(date), ..Expiration::default() }),
            transitions: vec![Transition {
                date: Some(date - 86_400 * 40),
                storage_class: "ONEZONE_IA".into(),
                days: None,
            }],
            ..plain("dated")
        },
        LifecycleRule {
            expiration: Some(Expiration {
                expired_object_delete_marker: Some(true),
                ..Expiration::default()
            }),
            ..plain("markers")
        },
    ]
}

fn cors() -> Vec<CorsRule> {
    let pages = |origin: &str| CorsRule {
        allowed_methods: vec!["GET".into(), "HEAD".into()],
        allowed_origins: vec![origin.into()],
        ..CorsRule::default()
    };
    let named = CorsRule {
        id: Some("dashboard".into()),
        allowed_headers: vec!["*".into()],
        expose_headers: vec!["ETag".into()],
        max_age: Some(600),
        ..pages("https://supertokens.com")
    };
    vec![named, pages("https://us-east-1.example.com")]
}

/// A bucket of before 2023, with all that one can have.
fn there() -> s3::Bucket {
    let group = Grantee::Group("http://acs.amazonaws.com/groups/s3/LogDelivery".into());
    let world = Grantee::Group("http://acs.amazonaws.com/groups/global/AllUsers".into());
    let mut bucket = s3::Bucket {
        public_access_block: Some(PublicAccessBlock {
            block_public_acls: true,
            ..PublicAccessBlock::default()
        }),
        encryption: Some(Encryption { bucket_key: true, ..Encryption::sse_s3() }),
        versioning: Some("Enabled".into()),
        tags: map(&[("aws:createdBy", "x"), ("VantaOwner", "me"), ("VantaDescription", "data of US_East_1")]),
        lifecycle: Some(Lifecycle { rules: rules(), minimum_object_size: "varies_by_storage_class".into() }),
        cors: cors(),
        logging: Some(Logging {
            bucket: "logs-us-east-1".into(),
            prefix: "data/".into(),
            ..Logging::default()
        }),
        policy: Some(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"FromVpc","Effect":"Allow","Principal":"*",
                "Action":"s3:GetObject","Resource":"arn:aws:s3:::data-us-east-1/*",
                "Condition":{"StringEquals":{"aws:sourceVpc":"vpc-1"}}}]}"#
                .into(),
        ),
        ..s3::Bucket::old(US, 0)
    };
    bucket.acl.push(Grant { grantee: group, permission: "WRITE".into() });
    bucket.acl.push(Grant { grantee: world, permission: "READ".into() });
    bucket
}

fn sandbox(bucket: s3::Bucket) -> Sandbox {
    let mut world = World::default();
    world.s3.buckets.insert(THERE.into(), bucket);
    Sandbox::new(world)
}

async fn carried(sandbox: &Sandbox) -> Wanted<supertokens_region::Bucket> {
    let us = Reference::new(&Aws::sandbox(sandbox), US).await.unwrap();
    us.bucket(THERE).await.unwrap()
}

fn told(wanted: &Wanted<supertokens_region::Bucket>) -> Vec<(&str, &str)> {
    wanted.findings.iter().map(|finding| (finding.rule.as_str(), finding.message.as_str())).collect()
}

fn here(world: &mut World) -> &mut s3::Bucket {
    world.s3.buckets.get_mut(HERE).expect("the bucket is there")
}

fn rule<'w>(world: &'w mut World, id: &str) -> &'w mut LifecycleRule {
    let all = here(world).lifecycle.as_mut().expect("it has rules");
    all.rules.iter_mut().find(|rule| rule.id == id).expect("the rule is there")
}

#[tokio::test]
async fn a_bucket_like_another_has_its_settings_and_keeps_them() {
    let sandbox = sandbox(there());
    let mut region = Region::new(R);
    region.add(carried(&sandbox).await.map(|bucket| bucket.named(HERE)));
    let changes = [
        (
            "encryption",
            (|w| here(w).encryption.as_mut().unwrap().algorithm = "aws:kms".into()) as fn(&mut World),
        ),
        ("bucket_key", |w| here(w).encryption.as_mut().unwrap().bucket_key = false),
        ("versioning", |w| here(w).versioning = Some("Suspended".into())),
        ("smallest_to_move", |w| {
            here(w).lifecycle.as_mut().unwrap().minimum_object_size = "all_storage_classes_128K".into();
        }),
        ("lifecycle.full.only.larger_than", |w| {
            rule(w, "full").filter.as_mut().unwrap().larger_than = Some(11);
        }),
        ("lifecycle.full.move_to", |w| {
            rule(w, "full").transitions.pop();
        }),
        ("lifecycle.full.move_noncurrent_to", |w| {
            rule(w, "full").noncurrent_transitions[0].newer_versions = None;
        }),
        ("lifecycle.full.keep_noncurrent", |w| {
            rule(w, "full").noncurrent_expiration.as_mut().unwrap().newer_versions = Some(9);
        }),
        ("lifecycle.dated.enabled", |w| rule(w, "dated").status = "Enabled".into()),
        ("lifecycle.dated.expire_on", |w| {
            rule(w, "dated").expiration.as_mut().unwrap().date = Some(1_798_761_600 + 86_400);
        }),
        ("lifecycle.dated.only.tags.temporary", |w| {
            rule(w, "dated").filter.as_mut().unwrap().tags = map(&[("temporary", "no")]);
        }),
        ("lifecycle.markers.expire_delete_markers", |w| {
            rule(w, "markers").expiration.as_mut().unwrap().expired_object_delete_marker = Some(false);
        }),
        ("cors", |w| here(w).cors.reverse()),
        ("cors", |w| here(w).cors[0].max_age = None),
        ("tags.VantaOwner", |w| {
            here(w).tags.remove("VantaOwner");
        }),
    ];
    let changes = changes.map(|(field, change)| BehindItsBack { address: ADDRESS, field, change });
    converges(&sandbox, &region, &changes).await;
    let (was, mut world) = (there(), sandbox.world());
    let is = here(&mut world);
    let mut expected = was.lifecycle.clone().unwrap();
    expected.rules.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!((&is.lifecycle, &is.cors), (&Some(expected), &was.cors), "to the letter");
    assert_eq!(is.public_access_block, Some(PublicAccessBlock::all()));
    assert_eq!(is.ownership.as_deref(), Some("BucketOwnerEnforced"));
    assert_eq!(is.tags, map(&[("VantaOwner", "me"), ("VantaDescription", "data of US_East_1")]));
    assert_eq!((&is.policy, &is.logging), (&None, &None));
}

#[tokio::test]
async fn what_is_not_carried_over_is_told() {
    let mut bucket = there();
    bucket.mfa_delete = Some("Enabled".into());
    bucket.object_lock = true;
    bucket.others = ["website", "accelerate", "requester-pays", "notification", "inventory", "analytics"]
        .into_iter()
        .chain(["metrics", "intelligent-tiering"])
        .map(str::to_owned)
        .collect();
    let sandbox = sandbox(bucket);
    sandbox.world().settings.denied.insert("s3:GetBucketReplication".into());
    let mut region = Region::new(R);
    region.add(carried(&sandbox).await.map(|bucket| bucket.named(HERE)));
    let told = plan(&sandbox, &region).await.steps[0].findings.clone();
    assert!(told.iter().all(|finding| !finding.is_error()), "none of them stops it");
    let lines: Vec<_> = told.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect();
    insta::assert_snapshot!(lines.join("\n"));
    apply(&sandbox, &region).await;
    assert!(
        plan(&sandbox, &region).await.steps[0].findings.is_empty(),
        "it is told while there is something to do"
    );
}

#[tokio::test]
async fn a_plain_bucket_is_carried_over_without_a_word() {
    let sandbox = sandbox(s3::Bucket::new(US, 0));
    let carried = carried(&sandbox).await;
    let fields = |bucket: &supertokens_region::Bucket| serde_json::to_value(bucket).unwrap();
    assert_eq!((told(&carried), fields(&carried.value)), (vec![], fields(&bucket(THERE))));
}

#[tokio::test]
async fn a_kms_alias_names_the_key_of_the_region() {
    let encryption = Encryption {
        algorithm: "aws:kms".into(),
        kms_key: Some("arn:aws:kms:us-east-1:123456789012:alias/data".into()),
        bucket_key: true,
        blocked: vec![],
    };
    let sandbox = sandbox(s3::Bucket { encryption: Some(encryption), ..s3::Bucket::new(US, 0) });
    let carried = carried(&sandbox).await;
    assert_eq!(told(&carried)[0].0, "mapped");
    let mut region = Region::new(R);
    region.add(carried.map(|bucket| bucket.named(HERE)));
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let key = here(&mut sandbox.world()).encryption.clone().unwrap().kms_key;
    assert_eq!(key.as_deref(), Some("alias/data"));
}

#[tokio::test]
async fn rules_of_others_stay_beside_those_that_are_copied() {
    let sandbox = sandbox(there());
    let theirs = CorsRule {
        allowed_methods: vec!["PUT".into()],
        allowed_origins: vec!["https://theirs.example.com".into()],
        ..CorsRule::default()
    };
    let replaced = CorsRule { id: Some("dashboard".into()), ..theirs.clone() };
    let bucket = s3::Bucket { cors: vec![replaced, theirs.clone()], ..s3::Bucket::new(R, 0) };
    sandbox.world().s3.buckets.insert(HERE.into(), bucket);
    let mut region = Region::new(R);
    region.add(carried(&sandbox).await.map(|bucket| bucket.named(HERE)));
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let mut expected = cors();
    expected.push(theirs);
    assert_eq!(here(&mut sandbox.world()).cors, expected);
    let plan = plan(&sandbox, &region).await;
    assert!(plan.steps[0].findings.iter().any(|finding| finding.rule == "extra-cors-rule"));
}

#[test]
fn a_script_names_a_bucket_anew_and_moves_objects() {
    let rule = lifecycle_rule("cold").move_to("STANDARD_IA", 30).move_to("GLACIER", 90);
    let mut region = Region::new(R);
    region.add(bucket("old").named("new").lifecycle(rule));
    let script = r#"
        let rule = lifecycle_rule("cold").move_to("STANDARD_IA", 30).move_to("GLACIER", 90);
        region.add(bucket("old").named("new").lifecycle(rule));
    "#;
    assert_same(script, &region);
}

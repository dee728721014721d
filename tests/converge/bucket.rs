use std::collections::BTreeMap;

use serde_json::{Value, json};
use supertokens_region::sandbox::s3;
use supertokens_region::{
    Action, Aws, Bucket, Error, Opening, Outcome, Ref, Region, Sandbox, Severity, Vpc, World, bucket,
    default_vpc, lifecycle_rule,
};

use super::{BehindItsBack, R, apply, assert_settled, converges, plan};

const SAAS: &str = "supertokens-saas";
const LOGS: &str = "supertokens-logs";
const KMS: &str = "supertokens-kms";
const STATEMENT: &str = "Stmt1594127148960";

fn logs() -> Bucket {
    bucket(LOGS).receives_access_logs(SAAS, "saas").receives_flow_logs("vpc-flow-logs").no_logging()
}

fn saas(vpc: Ref<Vpc>, logs: Ref<Bucket>) -> Bucket {
    let tidy = lifecycle_rule("tidy").under("tmp/").expire_after_days(30);
    bucket(SAAS)
        .versioning(true)
        .lifecycle(tidy.expire_noncurrent_after_days(7).abort_uploads_after_days(3))
        .policy_id("Policy1594127151493")
        .readable_from(vpc, STATEMENT)
        .tag("VantaOwner", "rishabh@supertokens.com")
        .tag("VantaDescription", "certificates")
        .log_to(logs, "saas/")
}

/// A region with all that a bucket can be given, in `region`.
fn all(region: &str) -> Region {
    let mut region = Region::new(region);
    let vpc = region.add(default_vpc());
    let logs = region.add(logs());
    region.add(saas(vpc, logs));
    region.add(bucket(KMS).encrypt_with("alias/mine").versioning(false));
    region
}

fn at<'w>(world: &'w mut World, name: &str) -> &'w mut s3::Bucket {
    world.s3.buckets.get_mut(name).expect("the bucket is there")
}

fn rule(world: &mut World) -> &mut s3::LifecycleRule {
    &mut at(world, SAAS).lifecycle.as_mut().expect("it has rules").rules[0]
}

fn block(world: &mut World) -> &mut s3::PublicAccessBlock {
    at(world, SAAS).public_access_block.as_mut().expect("it has a block")
}

fn policy_of(bucket: &s3::Bucket) -> Value {
    serde_json::from_str(bucket.policy.as_deref().expect("it has a policy")).expect("it is JSON")
}

fn edit(world: &mut World, name: &str, edit: impl FnOnce(&mut Value)) {
    let bucket = at(world, name);
    let mut policy = policy_of(bucket);
    edit(&mut policy);
    bucket.policy = Some(policy.to_string());
}

fn statement<'p>(policy: &'p mut Value, sid: &str) -> &'p mut Value {
    let all = policy["Statement"].as_array_mut().expect("it has statements");
    all.iter_mut().find(|statement| statement["Sid"] == sid).expect("the statement is there")
}

macro_rules! behind {
    ($($address:literal $field:literal $change:expr;)+) => {
        [$(BehindItsBack { address: $address, field: $field, change: $change }),+]
    };
}

#[tokio::test]
async fn buckets_converge() {
    let changes = behind! {
        "bucket/supertokens-saas" "public_access_block.block_public_acls" |w| block(w).block_public_acls = false;
        "bucket/supertokens-saas" "public_access_block.ignore_public_acls" |w| block(w).ignore_public_acls = false;
        "bucket/supertokens-saas" "public_access_block.block_public_policy" |w| block(w).block_public_policy = false;
        "bucket/supertokens-saas" "public_access_block.restrict_public_buckets" |w| {
            block(w).restrict_public_buckets = false;
        };
        "bucket/supertokens-saas" "ownership" |w| at(w, SAAS).ownership = Some("ObjectWriter".into());
        "bucket/supertokens-logs" "ownership" |w| at(w, LOGS).ownership = None;
        "bucket/supertokens-saas" "encryption" |w| at(w, SAAS).encryption = None;
        "bucket/supertokens-logs" "encryption" |w| {
            let encryption = at(w, LOGS).encryption.as_mut().unwrap();
            encryption.algorithm = "aws:kms".into();
            encryption.blocked = vec!["SSE-C".into()];
        };
        "bucket/supertokens-kms" "encryption" |w| {
            at(w, KMS).encryption.as_mut().unwrap().kms_key = Some("alias/other".into());
        };
        "bucket/supertokens-kms" "bucket_key" |w| at(w, KMS).encryption.as_mut().unwrap().bucket_key = false;
        "bucket/supertokens-saas" "versioning" |w| at(w, SAAS).versioning = Some("Suspended".into());
        "bucket/supertokens-kms" "versioning" |w| at(w, KMS).versioning = Some("Enabled".into());
        "bucket/supertokens-saas" "lifecycle.tidy.enabled" |w| rule(w).status = "Disabled".into();
        "bucket/supertokens-saas" "lifecycle.tidy.under" |w| {
            rule(w).filter.as_mut().unwrap().prefix = Some("else/".into());
        };
        "bucket/supertokens-saas" "lifecycle.tidy.under" |w| {
            rule(w).filter.as_mut().unwrap().larger_than = Some(1);
        };
        "bucket/supertokens-saas" "lifecycle.tidy.expire_after_days" |w| rule(w).expiration = None;
        "bucket/supertokens-saas" "lifecycle.tidy.expire_noncurrent_after_days" |w| {
            rule(w).noncurrent_expiration.as_mut().unwrap().days = Some(8);
        };
        "bucket/supertokens-saas" "lifecycle.tidy.abort_uploads_after_days" |w| {
            rule(w).abort_incomplete_upload_days = Some(4);
        };
        "bucket/supertokens-saas" "policy_id" |w| edit(w, SAAS, |policy| policy["Id"] = json!("other"));
        "bucket/supertokens-saas" "policy.Stmt1594127148960" |w| edit(w, SAAS, |policy| {
            statement(policy, STATEMENT)["Condition"]["StringEquals"]["aws:sourceVpc"] = json!("vpc-other");
        });
        "bucket/supertokens-logs" "policy.S3ServerAccessLogsPolicy" |w| edit(w, LOGS, |policy| {
            statement(policy, "S3ServerAccessLogsPolicy")["Resource"] = json!("arn:aws:s3:::supertokens-logs/x*");
        });
        "bucket/supertokens-logs" "policy.AWSLogDeliveryWrite" |w| edit(w, LOGS, |policy| {
            statement(policy, "AWSLogDeliveryWrite")["Condition"] = json!({});
        });
        "bucket/supertokens-logs" "policy.AWSLogDeliveryAclCheck" |w| edit(w, LOGS, |policy| {
            policy["Statement"].as_array_mut().unwrap().retain(|it| it["Sid"] != "AWSLogDeliveryAclCheck");
        });
        "bucket/supertokens-saas" "tags.VantaOwner" |w| {
            at(w, SAAS).tags.insert("VantaOwner".into(), "other".into());
        };
        "bucket/supertokens-saas" "tags.VantaDescription" |w| {
            at(w, SAAS).tags.remove("VantaDescription");
        };
        "bucket/supertokens-saas" "logging" |w| at(w, SAAS).logging = None;
        "bucket/supertokens-saas" "logging" |w| at(w, SAAS).logging.as_mut().unwrap().prefix = "saas".into();
        "bucket/supertokens-logs" "logging" |w| {
            at(w, LOGS).logging = Some(s3::Logging { bucket: KMS.into(), ..s3::Logging::default() });
        };
    };
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &all(R), &changes).await;
    let blocked = &sandbox.world().s3.buckets[LOGS].encryption.clone().unwrap().blocked;
    assert_eq!(blocked, &["SSE-C"], "what was blocked still is");
}

#[tokio::test]
async fn buckets_converge_in_the_region_that_is_never_named() {
    converges(&Sandbox::new(World::default()), &all("us-east-1"), &[]).await;
}

#[tokio::test]
async fn the_policies_are_those_of_the_checklist() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &all(R)).await;
    let world = sandbox.world();
    let statements = policy_of(&world.s3.buckets[SAAS]);
    assert_eq!(statements["Id"], "Policy1594127151493");
    assert_eq!(statements["Statement"][0]["Resource"][0], "arn:aws:s3:::supertokens-saas/*");
    let mut logs = policy_of(&world.s3.buckets[LOGS]);
    assert_eq!(
        *statement(&mut logs, "S3ServerAccessLogsPolicy"),
        json!({
            "Sid": "S3ServerAccessLogsPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::supertokens-logs/saas*",
            "Condition": {
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::supertokens-saas"},
                "StringEquals": {"aws:SourceAccount": "123456789012"},
            },
        })
    );
    assert_eq!(
        *statement(&mut logs, "AWSLogDeliveryWrite"),
        json!({
            "Sid": "AWSLogDeliveryWrite",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::supertokens-logs/vpc-flow-logs/AWSLogs/123456789012/*",
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": "123456789012",
                    "s3:x-amz-acl": "bucket-owner-full-control",
                },
                "ArnLike": {"aws:SourceArn": "arn:aws:logs:ap-south-1:123456789012:*"},
            },
        })
    );
}

/// A bucket of before 2023, with much in it that isn't ours.
fn lived_in() -> s3::Bucket {
    let theirs = json!({"Version": "2008-10-17", "Statement": {
        "Sid": "theirs", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["s3:*"],
        "Resource": ["arn:aws:s3:::supertokens-saas"], "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
    }});
    let rule = s3::LifecycleRule {
        id: "theirs".into(),
        status: "Enabled".into(),
        prefix: Some("old/".into()),
        transitions: vec![s3::Transition { days: Some(40), date: None, storage_class: "GLACIER".into() }],
        ..s3::LifecycleRule::default()
    };
    let half = s3::LifecycleRule {
        id: "tidy".into(),
        noncurrent_expiration: Some(s3::NoncurrentExpiration { days: Some(1), newer_versions: Some(5) }),
        ..rule.clone()
    };
    let lifecycle = s3::Lifecycle {
        rules: vec![rule, s3::LifecycleRule { transitions: vec![], ..half }],
        minimum_object_size: "varies_by_storage_class".into(),
    };
    let tags = [("aws:cloudformation:stack-name", "s"), ("theirs", "x"), ("VantaOwner", "nobody")];
    s3::Bucket {
        policy: Some(theirs.to_string()),
        lifecycle: Some(lifecycle),
        tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        logging: Some(s3::Logging {
            bucket: LOGS.into(),
            prefix: "wrong".into(),
            grants: vec![],
            key_format: Some(s3::LogKeyFormat::Partitioned(Some("EventTime".into()))),
        }),
        ..s3::Bucket::old(R, 0)
    }
}

#[tokio::test]
async fn what_others_have_put_into_a_bucket_stays_to_the_letter() {
    let sandbox = Sandbox::new(World::default());
    let before = lived_in();
    sandbox.world().s3.buckets.insert(SAAS.into(), before.clone());
    let region = all(R);
    let plan = plan(&sandbox, &region).await;
    let step = plan.steps.iter().find(|step| step.address.name() == SAAS).unwrap();
    assert_eq!(step.action, Action::Update);
    let rules: Vec<_> = step.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["extra-lifecycle-rule", "extra-statement", "readable-without-credentials"]);
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let after = sandbox.world().s3.buckets[SAAS].clone();
    let (old, new) = (policy_of(&before), policy_of(&after));
    assert_eq!(new["Statement"][0].to_string(), old["Statement"].to_string());
    assert_eq!(new["Version"], old["Version"]);
    let (old, new) = (before.lifecycle.unwrap(), after.lifecycle.unwrap());
    assert_eq!(new.rules[0], old.rules[0]);
    assert_eq!(new.minimum_object_size, old.minimum_object_size);
    assert_eq!(new.rules[1].noncurrent_expiration.as_ref().unwrap().newer_versions, Some(5));
    let tags: BTreeMap<_, _> = after.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!((tags["aws:cloudformation:stack-name"], tags["theirs"]), ("s", "x"));
    assert_eq!(after.logging.unwrap().key_format, before.logging.unwrap().key_format);
    assert_eq!(after.acl, before.acl);
}

#[tokio::test]
async fn what_aws_adds_for_other_flow_logs_is_no_change() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &all(R)).await;
    edit(&mut sandbox.world(), LOGS, |policy| {
        policy["Id"] = json!("AWSLogDeliveryWrite20150319");
        let ours = statement(policy, "AWSLogDeliveryWrite")["Resource"].clone();
        let theirs = "arn:aws:s3:::supertokens-logs/others/AWSLogs/123456789012/*";
        statement(policy, "AWSLogDeliveryWrite")["Resource"] = json!([theirs, ours]);
        statement(policy, "AWSLogDeliveryAclCheck")["Action"] = json!(["s3:GetBucketAcl", "s3:ListBucket"]);
    });
    assert_settled(&sandbox, &all(R)).await;
}

fn error_of(plan: &supertokens_region::Plan) -> String {
    let [step] = &plan.steps[..] else { panic!("one step: {plan:#?}") };
    assert_eq!(step.action, Action::Blocked);
    assert!(matches!(step.error, Some(Error::Conflict { .. })), "{:?}", step.error);
    step.reason.clone()
}

#[tokio::test]
async fn a_name_that_is_taken_elsewhere_blocks() {
    let mut region = Region::new(R);
    region.add(bucket(SAAS));
    for home in [R, "eu-west-1"] {
        let sandbox = Sandbox::new(World::default());
        sandbox.world().s3.foreign.insert(SAAS.into(), home.into());
        let reason = error_of(&plan(&sandbox, &region).await);
        assert!(reason.contains("is taken"), "{reason}");
    }
    let sandbox = Sandbox::new(World::default());
    sandbox.world().s3.buckets.insert(SAAS.into(), s3::Bucket::new("eu-west-1", 0));
    let reason = error_of(&plan(&sandbox, &region).await);
    assert!(reason.contains("is in eu-west-1, not in ap-south-1"), "{reason}");
}

#[tokio::test]
async fn a_bucket_that_somebody_makes_after_the_plan_is_adopted_as_it_is() {
    for region in [R, "us-east-1"] {
        let mut wanted = Region::new(region);
        wanted.add(bucket(SAAS).tag("ours", "1"));
        let sandbox = Sandbox::new(World::default());
        let opening = Opening::discover(&wanted, &Aws::sandbox(&sandbox)).await.unwrap();
        let group = s3::Grantee::Group("http://acs.amazonaws.com/groups/s3/LogDelivery".into());
        let mut theirs = s3::Bucket::new(region, 7);
        theirs.tags = [("theirs".to_owned(), "x".to_owned())].into();
        theirs.acl.push(s3::Grant { grantee: group, permission: "WRITE".into() });
        sandbox.world().s3.buckets.insert(SAAS.into(), theirs.clone());
        let report = opening.apply(|_| ()).await.unwrap();
        assert!(!report.failed(), "{report:#?}");
        theirs.tags.insert("ours".into(), "1".into());
        assert_eq!(sandbox.world().s3.buckets[SAAS], theirs);
    }
}

#[tokio::test]
async fn a_name_that_somebody_takes_after_the_plan_is_told() {
    let mut wanted = Region::new(R);
    wanted.add(bucket(SAAS));
    let sandbox = Sandbox::new(World::default());
    let opening = Opening::discover(&wanted, &Aws::sandbox(&sandbox)).await.unwrap();
    sandbox.world().s3.foreign.insert(SAAS.into(), R.into());
    let report = opening.apply(|_| ()).await.unwrap();
    let Outcome::Failed { error: Error::Conflict { message, .. }, hint: Some(_) } =
        &report.results[0].outcome
    else {
        panic!("{report:#?}")
    };
    assert!(message.contains("is taken"), "{message}");
}

#[tokio::test]
async fn a_public_policy_and_logs_that_nobody_takes_are_errors() {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let logs = region.add(bucket(LOGS));
    region.add(bucket(SAAS).readable_from(vpc, STATEMENT).log_to(logs, "saas/"));
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region).await;
    edit(&mut sandbox.world(), SAAS, |policy| {
        let mut open = statement(policy, STATEMENT).clone();
        open["Sid"] = json!("open");
        open["Condition"] = json!({});
        policy["Statement"].as_array_mut().unwrap().push(open);
    });
    let plan = plan(&sandbox, &region).await;
    let step = plan.steps.iter().find(|step| step.address.name() == SAAS).unwrap();
    let errors = step.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<_> = errors.map(|finding| finding.rule.as_str()).collect();
    assert_eq!(errors, ["public-bucket", "logs-not-let-in"]);
}

#[tokio::test]
async fn a_key_is_the_same_by_alias_and_by_arn() {
    let mut region = Region::new(R);
    region.add(bucket(KMS).encrypt_with("alias/mine"));
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &region).await;
    at(&mut sandbox.world(), KMS).encryption.as_mut().unwrap().kms_key =
        Some("arn:aws:kms:ap-south-1:123456789012:alias/mine".into());
    assert_settled(&sandbox, &region).await;
    let mut elsewhere = Region::new(R);
    elsewhere.add(bucket(KMS).encrypt_with("arn:aws:kms:eu-west-1:123456789012:alias/mine"));
    let plan = plan(&sandbox, &elsewhere).await;
    assert_eq!(plan.steps[0].findings[0].rule, "key-elsewhere");
    assert_eq!(plan.steps[0].changes.len(), 1);
}

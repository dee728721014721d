use std::sync::{Arc, Mutex};

use supertokens_region::sandbox::iam::{Policy, PolicyVersion, Role};
use supertokens_region::{Action, Aws, Error, Opening, Outcome, Region, Sandbox, World, bucket, iam_policy};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const ADDRESS: &str = "iam_policy/updater";
const FIELD: &str = "also_for.saas-new";

/// As people write policies: with blanks of their own, a single `Resource`, members that nobody knows, and a denial.
const DOCUMENT: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Resource": ["arn:aws:s3:::saas-old/*",  "arn:aws:s3:::ssl/*"],
            "Sid": "Write", "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"]
        },
        { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::saas-old" },
        { "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" },
        { "Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::saas-old/*" }
    ]
}"#;

/// The same for this bucket.
fn extended(bucket: &str) -> String {
    DOCUMENT
        .replace("\"arn:aws:s3:::ssl/*\"]", &format!("\"arn:aws:s3:::ssl/*\",  \"arn:aws:s3:::{bucket}/*\"]"))
        .replace(
            "\"arn:aws:s3:::saas-old\"",
            &format!("[\"arn:aws:s3:::saas-old\", \"arn:aws:s3:::{bucket}\"]"),
        )
}

fn region() -> Region {
    let mut region = Region::new(R);
    let saas = region.add(bucket("saas-new"));
    region.add(iam_policy("updater").also_for(saas, "saas-old"));
    region
}

/// A world with the policy; its versions have these numbers, the last of which is in force.
fn sandbox(numbers: &[u64]) -> Sandbox {
    let mut world = World::default();
    let version = PolicyVersion { document: DOCUMENT.to_owned(), created_at: 1_700_000_000 };
    let last = *numbers.last().unwrap();
    let policy = Policy {
        versions: numbers.iter().map(|number| (*number, version.clone())).collect(),
        default_version: last,
        last_version: last,
        ..Policy::new(DOCUMENT)
    };
    world.iam.policies.insert("updater".to_owned(), policy);
    Sandbox::new(world)
}

fn updater(world: &mut World) -> &mut Policy {
    world.iam.policies.get_mut("updater").expect("it is there")
}

fn in_force(sandbox: &Sandbox) -> String {
    let mut world = sandbox.world();
    let policy = updater(&mut world);
    policy.versions[&policy.default_version].document.clone()
}

fn rules(findings: &[supertokens_region::Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[tokio::test]
async fn policies_converge() {
    let mut region = region();
    let other = region.add(bucket("saas-other"));
    region.add(iam_policy("second").also_for(other, "saas-old"));
    let sandbox = sandbox(&[1]);
    sandbox.world().iam.policies.insert("second".to_owned(), Policy::new(DOCUMENT));
    let changes = [
        BehindItsBack { address: ADDRESS, field: FIELD, change: |world| updater(world).default_version = 1 },
        BehindItsBack {
            address: ADDRESS,
            field: FIELD,
            change: |world| {
                let policy = updater(world);
                let version = policy.versions.get_mut(&policy.default_version).unwrap();
                version.document = version.document.replace(",  \"arn:aws:s3:::saas-new/*\"", "");
            },
        },
    ];
    converges(&sandbox, &region, &changes).await;
}

#[tokio::test]
async fn a_script_and_rust_say_the_same() {
    assert_same(
        r#"let saas = region.add(bucket("saas-new"));
           region.add(iam_policy("updater").also_for(saas, "saas-old"));"#,
        &region(),
    );
}

#[tokio::test]
async fn everything_else_in_a_policy_stays_to_the_letter() {
    let sandbox = sandbox(&[1]);
    let planned = plan(&sandbox, &region()).await;
    let step = &planned.steps[1];
    assert_eq!(step.action, Action::Update);
    assert_eq!(step.changes[0].live, "named in 0 of 2 statements");
    assert_eq!(step.changes[0].wanted, "named wherever saas-old is");
    assert_eq!(rules(&step.findings), ["not-extended", "all-regions"]);
    apply(&sandbox, &region()).await;
    assert_eq!(in_force(&sandbox), extended("saas-new"));
    let mut world = sandbox.world();
    let policy = updater(&mut world);
    assert_eq!((policy.default_version, policy.versions[&1].document.as_str()), (2, DOCUMENT));
}

#[tokio::test]
async fn at_five_versions_the_oldest_that_is_not_in_force_goes_and_the_plan_says_so() {
    let sandbox = sandbox(&[9, 10, 11, 12, 13]);
    updater(&mut sandbox.world()).default_version = 9;
    let planned = plan(&sandbox, &region()).await;
    let findings = &planned.steps[1].findings;
    assert_eq!(rules(findings), ["not-extended", "all-regions", "version-goes"]);
    assert_eq!(findings[2].message, "there are 5 versions: v10, of 2023-11-14, is deleted for the new one");
    apply(&sandbox, &region()).await;
    assert_settled(&sandbox, &region()).await;
    let numbers: Vec<_> = updater(&mut sandbox.world()).versions.keys().copied().collect();
    assert_eq!(numbers, [9, 11, 12, 13, 14]);
    assert_eq!(in_force(&sandbox), extended("saas-new"));
}

#[tokio::test]
async fn what_others_changed_after_the_plan_is_extended_and_not_written_over() {
    let sandbox = sandbox(&[1]);
    let (region, aws) = (region(), Aws::sandbox(&sandbox));
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let theirs = DOCUMENT.replace("s3:PutObject", "s3:PutObjectAcl");
    {
        let mut world = sandbox.world();
        let policy = updater(&mut world);
        policy.versions.insert(2, PolicyVersion { document: theirs.clone(), created_at: 0 });
        (policy.default_version, policy.last_version) = (2, 2);
    }
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(in_force(&sandbox), extended("saas-new").replace("s3:PutObject", "s3:PutObjectAcl"));
}

#[tokio::test]
async fn a_version_that_the_plan_did_not_name_never_goes() {
    let sandbox = sandbox(&[1]);
    let region = region();
    let opening = Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap();
    let full = {
        let mut world = sandbox.world();
        let policy = updater(&mut world);
        for number in 2..=5 {
            policy.versions.insert(number, policy.versions[&1].clone());
        }
        (policy.default_version, policy.last_version) = (5, 5);
        policy.clone()
    };
    let report = opening.apply(|_| ()).await.unwrap();
    let Outcome::Failed { error: Error::Conflict { message, .. }, .. } = &report.results[1].outcome else {
        panic!("{report:#?}");
    };
    assert_eq!(message, "`v1` of `updater` would have to go, which the plan didn't say");
    assert_eq!(*updater(&mut sandbox.world()), full);
    apply(&sandbox, &region).await;
}

#[tokio::test]
async fn a_policy_in_a_role_is_found_where_no_managed_one_has_the_name() {
    let sandbox = sandbox(&[1]);
    {
        let mut world = sandbox.world();
        world.iam.policies.clear();
        let mut role = Role::new("{}");
        role.inline_policies.insert("updater".to_owned(), DOCUMENT.to_owned());
        role.inline_policies.insert("theirs".to_owned(), DOCUMENT.to_owned());
        world.iam.roles.insert("send".to_owned(), role);
        world.iam.roles.insert("other".to_owned(), Role::new("{}"));
    }
    apply(&sandbox, &region()).await;
    assert_settled(&sandbox, &region()).await;
    let policies = sandbox.world().iam.roles["send"].inline_policies.clone();
    assert_eq!(
        (policies["updater"].as_str(), policies["theirs"].as_str()),
        (extended("saas-new").as_str(), DOCUMENT)
    );

    sandbox.world().iam.roles.get_mut("other").unwrap().inline_policies = policies;
    let twice = plan(&sandbox, &region()).await;
    assert_eq!(twice.steps[1].reason, "a policy `updater` is part of 2 roles: other, send");
}

#[tokio::test]
async fn roles_are_only_searched_for_what_is_no_managed_policy() {
    let sandbox = sandbox(&[1]);
    let aws = Aws::sandbox(&sandbox);
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(format!("{} {}", call.operation, call.region)));
    let mut region = region();
    Opening::discover(&region, &aws).await.unwrap();
    assert!(!calls.lock().unwrap().iter().any(|call| call.contains("Role")));
    region.add(iam_policy("missing"));
    let opening = Opening::discover(&region, &aws).await.unwrap();
    assert_eq!(opening.plan().steps[2].action, Action::Blocked);
    assert!(calls.lock().unwrap().contains(&"ListRoles us-east-1".to_owned()), "IAM is asked at home");
}

#[tokio::test]
async fn a_policy_without_room_is_told_before_anything_is_changed() {
    let sandbox = sandbox(&[1]);
    let long = DOCUMENT.replace("/*\",  ", &format!("/*\",  \"arn:aws:s3:::{}\", ", "x".repeat(6_000)));
    assert_ne!(long, DOCUMENT);
    updater(&mut sandbox.world()).versions.get_mut(&1).unwrap().document = long;
    let planned = plan(&sandbox, &region()).await;
    assert_eq!(planned.steps[1].action, Action::Blocked);
    let Some(Error::Conflict { message, .. }) = &planned.steps[1].error else {
        panic!("{:?}", planned.steps[1]);
    };
    assert!(message.ends_with("characters, where IAM takes 6144"), "{message}");
}

#[tokio::test]
async fn a_policy_that_names_neither_bucket_fails_verify() {
    let sandbox = sandbox(&[1]);
    let other = DOCUMENT.replace("saas-old", "saas-older").replace("\"*\"", "\"arn:aws:s3:::ssl\"");
    updater(&mut sandbox.world()).versions.get_mut(&1).unwrap().document = other;
    let planned = plan(&sandbox, &region()).await;
    assert_eq!(planned.steps[1].action, Action::Keep);
    assert_eq!(rules(&planned.steps[1].findings), ["names-neither"]);
}

//! IAM: the policies that name buckets of regions, and who has them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::buckets::{CERTIFICATES, COPIER, saas};
use super::{AUDITED, OPENED, REGIONS, tags};
use crate::sandbox::World;
use crate::sandbox::iam::{Holder, Policy, PolicyVersion, Role};

/// The role that functions run as.
pub(super) const FUNCTIONS: &str = "supertokens-lambda";
/// The role of the function that renews certificates.
pub(super) const CERTIFICATE_UPDATER: &str = "supertokens-ssl-updater";
/// The role with which databases report how they are.
pub(super) const DATABASE_MONITORING: &str = "rds-monitoring-role";

/// The policies that are to be updated for each new region.
const UPDATER: &str = "S3SSLUpdater";
const LISTER: &str = "listBucketItems";
const COPY: &str = "s3crr_for_supertokens-ssl_to_supertokens-saas-us-east-1";

pub(super) fn add(world: &mut World) {
    let [first, both] = [&REGIONS[..1], &REGIONS[..]];
    // Some were changed so often that old versions had to go: one more version has no room.
    let lister = [
        (3, listing(first)),
        (4, listing(&[])),
        (5, listing(first)),
        (6, listing(&[REGIONS[1]])),
        (7, listing(both)),
    ];
    let policies = &mut world.iam.policies;
    policies.insert(UPDATER.to_owned(), policy("/", &[(1, updating(first)), (2, updating(both))]));
    policies.insert(LISTER.to_owned(), policy("/", &lister));
    let copy = policy("/service-role/", &[(1, copying(first)), (2, copying(both))]);
    policies.insert(COPY.to_owned(), copy);

    let own = |path: &str, name: &str| format!("arn:aws:iam::{}:policy{path}{name}", world.account);
    let aws = |name: &str| format!("arn:aws:iam::aws:policy/service-role/{name}");
    let basic = aws("AWSLambdaBasicExecutionRole");
    let roles = [
        (COPIER, role("/service-role/", "s3", "", &[own("/service-role/", COPY)])),
        (
            FUNCTIONS,
            role(
                "/",
                "lambda",
                "of the functions",
                &[basic.clone(), aws("AWSLambdaVPCAccessExecutionRole"), own("/", LISTER)],
            ),
        ),
        (
            CERTIFICATE_UPDATER,
            role("/", "lambda", "renews certificates", &[basic, own("/", UPDATER), own("/", LISTER)]),
        ),
        (DATABASE_MONITORING, role("/", "monitoring.rds", "", &[aws("AmazonRDSEnhancedMonitoringRole")])),
    ];
    let user = Holder { path: "/".to_owned(), attached_policies: BTreeSet::from([own("/", LISTER)]) };
    world.iam.roles.extend(roles.map(|(name, role)| (name.to_owned(), role)));
    world.iam.users.insert("saas-api".to_owned(), user);
}

/// A policy with these versions, of which the last one is in force.
fn policy(path: &str, versions: &[(u64, Value)]) -> Policy {
    let last = versions.last().map_or(1, |(number, _)| *number);
    let kept = versions.iter().map(|(number, document)| {
        let created_at = if *number == last { AUDITED } else { OPENED };
        (*number, PolicyVersion { document: format!("{document:#}"), created_at })
    });
    Policy {
        path: path.to_owned(),
        versions: kept.collect(),
        default_version: last,
        last_version: last,
        created_at: OPENED,
        updated_at: AUDITED,
        ..Policy::default()
    }
}

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The ARNs of the bucket of certificates and of these regions' buckets, each with `end` behind it.
fn buckets(regions: &[&str], end: &str) -> Vec<String> {
    let names = regions.iter().map(|region| saas(region));
    let names = std::iter::once(CERTIFICATES.to_owned()).chain(names);
    names.map(|name| format!("arn:aws:s3:::{name}{end}")).collect()
}

fn updating(regions: &[&str]) -> Value {
    document(json!([{
        "Sid": "VisualEditor0",
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
        "Resource": buckets(regions, "/*"),
    }]))
}

fn listing(regions: &[&str]) -> Value {
    document(json!([
        {
            "Sid": "VisualEditor0",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": buckets(regions, ""),
        },
        {"Sid": "VisualEditor1", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    ]))
}

fn copying(regions: &[&str]) -> Value {
    let source = format!("arn:aws:s3:::{CERTIFICATES}");
    // The last statement's resources without the source: nothing is copied to it.
    let targets: Vec<String> = buckets(regions, "/*").into_iter().skip(1).collect();
    let targets = match targets.as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    document(json!([
        {
            "Action": ["s3:ListBucket", "s3:GetReplicationConfiguration"],
            "Effect": "Allow",
            "Resource": [&source],
        },
        {
            "Action": [
                "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging",
            ],
            "Effect": "Allow",
            "Resource": [format!("{source}/*")],
        },
        {
            "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
            "Effect": "Allow",
            "Resource": targets,
        },
    ]))
}

/// A role that a service of AWS assumes.
fn role(path: &str, service: &str, description: &str, policies: &[String]) -> Role {
    let trust = document(json!([{
        "Effect": "Allow",
        "Principal": {"Service": format!("{service}.amazonaws.com")},
        "Action": "sts:AssumeRole",
    }]));
    Role {
        path: path.to_owned(),
        description: Some(description.to_owned()).filter(|text| !text.is_empty()),
        attached_policies: policies.iter().cloned().collect(),
        created_at: OPENED,
        tags: tags("role of AWS services"),
        ..Role::new(&format!("{trust:#}"))
    }
}

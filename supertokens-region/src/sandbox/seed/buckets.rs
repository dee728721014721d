//! The buckets: of each region one for its instances and one for logs, and the one that all certificates come from.

use serde_json::{Value, json};

use super::{AUDITED, OPENED, REGIONS, network, tags};
use crate::sandbox::World;
use crate::sandbox::s3::{
    Bucket, Encryption, Expiration, Filter, Grant, Grantee, Lifecycle, LifecycleRule, Logging,
    NoncurrentExpiration, PublicAccessBlock, Replication, ReplicationRule, Transition,
};

/// The bucket that certificates are put into, and from there copied to the regions.
pub(super) const CERTIFICATES: &str = "supertokens-ssl";
/// Where it is.
const HOME: &str = "eu-west-1";
/// The role that copies. It kept the name of the first region that it copied to.
pub(super) const COPIER: &str = "s3crr_role_for_supertokens-ssl_to_supertokens-saas-us-east-1";

pub(super) fn saas(region: &str) -> String {
    format!("supertokens-saas-{region}")
}

pub(super) fn logs(region: &str) -> String {
    format!("supertokens-s3-access-logs-{region}")
}

/// The folder of the log bucket that the network's flow logs go to.
pub(super) const FLOW_LOGS: &str = "vpc-flow-logs";

pub(super) fn add(world: &mut World, region: &str) {
    let (saas, logs) = (saas(region), logs(region));
    let logging = Logging { bucket: logs.clone(), prefix: "saas/".to_owned(), ..Logging::default() };
    let vpc = network::default_vpc(world, region);
    let of_instances = Bucket {
        policy: Some(for_instances(&saas, &vpc).to_string()),
        tags: tags("stores SSL certificates and files for SaaS containers"),
        logging: Some(logging),
        ..old(region, OPENED)
    };
    let mut of_logs = Bucket {
        policy: Some(for_logs(world, region, &saas, &logs).to_string()),
        tags: tags("stores S3 access logs and VPC flow logs"),
        lifecycle: Some(lifecycle()),
        ..old(region, AUDITED)
    };
    if lets_logs_in_by_acl(region) {
        let group = Grantee::Group("http://acs.amazonaws.com/groups/s3/LogDelivery".to_owned());
        of_logs.acl.extend(
            ["WRITE", "READ_ACP"]
                .map(|permission| Grant { grantee: group.clone(), permission: permission.to_owned() }),
        );
    }
    world.s3.buckets.insert(saas, of_instances);
    world.s3.buckets.insert(logs, of_logs);
}

pub(super) fn add_certificates(world: &mut World) {
    let rules = (1..).zip(REGIONS).map(|(priority, region)| rule(region, priority)).collect();
    let role = format!("arn:aws:iam::{}:role/service-role/{COPIER}", world.account);
    let bucket = Bucket {
        tags: tags("stores the SSL certificates of all regions"),
        replication: Some(Replication { role, rules }),
        ..old(HOME, OPENED - 86_400)
    };
    world.s3.buckets.insert(CERTIFICATES.to_owned(), bucket);
}

/// A bucket from before AWS closed all new ones, which somebody closed later.
fn old(region: &str, created: i64) -> Bucket {
    Bucket {
        public_access_block: Some(PublicAccessBlock::all()),
        encryption: Some(Encryption::sse_s3()),
        versioning: Some("Enabled".to_owned()),
        ..Bucket::old(region, created)
    }
}

/// Everything in the network may read.
fn for_instances(bucket: &str, vpc: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Id": "Policy1594127151493",
        "Statement": [{
            "Sid": "Stmt1594127148960",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": [format!("arn:aws:s3:::{bucket}/*"), format!("arn:aws:s3:::{bucket}")],
            "Condition": {"StringEquals": {"aws:sourceVpc": vpc}},
        }],
    })
}

/// The oldest log bucket lets S3's access logs in the old way, by its access control list.
fn lets_logs_in_by_acl(region: &str) -> bool {
    region == "us-east-1"
}

/// What AWS itself put there when the logs were switched on.
fn for_logs(world: &World, region: &str, saas: &str, logs: &str) -> Value {
    let account = &world.account;
    let from_here = format!("arn:aws:logs:{region}:{account}:*");
    let mut statements = vec![];
    if !lets_logs_in_by_acl(region) {
        statements.push(json!({
            "Sid": "S3ServerAccessLogsPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{logs}/saas/*"),
            "Condition": {
                "ArnLike": {"aws:SourceArn": format!("arn:aws:s3:::{saas}")},
                "StringEquals": {"aws:SourceAccount": account},
            },
        }));
    }
    statements.push(json!({
        "Sid": "AWSLogDeliveryWrite",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{logs}/{FLOW_LOGS}/AWSLogs/{account}/*"),
        "Condition": {
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": from_here},
        },
    }));
    statements.push(json!({
        "Sid": "AWSLogDeliveryAclCheck",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:GetBucketAcl",
        "Resource": format!("arn:aws:s3:::{logs}"),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": from_here},
        },
    }));
    json!({"Version": "2012-10-17", "Id": "AWSLogDeliveryWrite20150319", "Statement": statements})
}

fn lifecycle() -> Lifecycle {
    let ages = LifecycleRule {
        id: "expire-logs".to_owned(),
        status: "Enabled".to_owned(),
        filter: Some(Filter::default()),
        transitions: vec![Transition {
            days: Some(30),
            storage_class: "STANDARD_IA".to_owned(),
            ..Transition::default()
        }],
        expiration: Some(Expiration { days: Some(400), ..Expiration::default() }),
        noncurrent_expiration: Some(NoncurrentExpiration { days: Some(30), newer_versions: None }),
        abort_incomplete_upload_days: Some(7),
        ..LifecycleRule::default()
    };
    // What rules have that are older than the other choice.
    Lifecycle { rules: vec![ages], minimum_object_size: "varies_by_storage_class".to_owned() }
}

fn rule(region: &str, priority: i32) -> ReplicationRule {
    ReplicationRule {
        id: format!("supertokens-ssl-to-{}", saas(region)),
        priority: Some(priority),
        filter: Some(Filter::default()),
        status: "Enabled".to_owned(),
        delete_markers: Some("Enabled".to_owned()),
        bucket: format!("arn:aws:s3:::{}", saas(region)),
        ..ReplicationRule::default()
    }
}

//! What a statement of a bucket's policy grants, in words and as AWS has it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::address::Ref;
use crate::kinds::Vpc;
use crate::policy::{canonical, same};

/// What a statement grants. Told in words, or as the statement where it is none of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub(crate) enum Grant {
    /// Everybody in the VPC may read the objects.
    ReadableFrom(Ref<Vpc>),
    /// S3 may deliver the access logs of a bucket.
    AccessLogs { source: String, prefix: String },
    /// AWS may deliver VPC flow logs.
    FlowLogs { folder: String },
    /// AWS may look whether it may.
    FlowLogsAclCheck,
    /// Some other statement.
    Other(Value),
}

const READABLE: &str = "objects readable from ";
const ACCESS_LOGS: &str = "access logs of ";
const FLOW_LOGS: &str = "flow logs into /";
const ACL_CHECK: &str = "check of the ACL for flow logs";

impl From<Grant> for Value {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::ReadableFrom(vpc) => format!("{READABLE}{}", vpc.address()).into(),
            Grant::AccessLogs { source, prefix } => format!("{ACCESS_LOGS}{source} under {prefix}").into(),
            Grant::FlowLogs { folder } => format!("{FLOW_LOGS}{folder}").into(),
            Grant::FlowLogsAclCheck => ACL_CHECK.into(),
            Grant::Other(statement) => statement,
        }
    }
}

impl From<Value> for Grant {
    fn from(value: Value) -> Self {
        let text = value.as_str().unwrap_or_default();
        if let Some(vpc) = text.strip_prefix(READABLE).and_then(|address| address.strip_prefix("vpc/")) {
            Self::ReadableFrom(Ref::new(vpc))
        } else if let Some((source, prefix)) =
            text.strip_prefix(ACCESS_LOGS).and_then(|rest| rest.split_once(" under "))
        {
            Self::AccessLogs { source: source.to_owned(), prefix: prefix.to_owned() }
        } else if let Some(folder) = text.strip_prefix(FLOW_LOGS) {
            Self::FlowLogs { folder: folder.to_owned() }
        } else if text == ACL_CHECK {
            Self::FlowLogsAclCheck
        } else {
            Self::Other(value)
        }
    }
}

/// What a statement is made of beside the grant.
pub(crate) struct Names<'a> {
    pub(crate) partition: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) bucket: &'a str,
    /// The id of the VPC, where the grant is about one.
    pub(crate) vpc: String,
}

impl Grant {
    pub(super) fn vpc(&self) -> Option<&Ref<Vpc>> {
        match self {
            Self::ReadableFrom(vpc) => Some(vpc),
            _ => None,
        }
    }

    /// Whether it is for logs of S3 or of AWS.
    pub(super) fn is_for_logs(&self) -> bool {
        matches!(self, Self::AccessLogs { .. } | Self::FlowLogs { .. } | Self::FlowLogsAclCheck)
    }

    /// Whether it lets the access logs of this bucket in.
    pub(super) fn lets_logs_in(&self, bucket: &str, under: &str) -> bool {
        matches!(self, Self::AccessLogs { source, prefix } if source == bucket && under.starts_with(prefix.as_str()))
    }

    /// The statement that grants this.
    pub(crate) fn statement(&self, sid: &str, names: &Names<'_>) -> Value {
        let Names { partition, account, region, bucket, vpc } = names;
        let arn = |name: &str| format!("arn:{partition}:s3:::{name}");
        let delivery = || {
            json!({
                "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": format!("arn:{partition}:logs:{region}:{account}:*") },
            })
        };
        match self {
            Self::ReadableFrom(_) => json!({
                "Sid": sid,
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": [arn(&format!("{bucket}/*")), arn(bucket)],
                "Condition": { "StringEquals": { "aws:sourceVpc": vpc } },
            }),
            Self::AccessLogs { source, prefix } => json!({
                "Sid": sid,
                "Effect": "Allow",
                "Principal": { "Service": "logging.s3.amazonaws.com" },
                "Action": "s3:PutObject",
                // A string, not a list of one: stand-ins for AWS look for it in this form.
                "Resource": arn(&format!("{bucket}/{prefix}*")),
                "Condition": {
                    "ArnLike": { "aws:SourceArn": arn(source) },
                    "StringEquals": { "aws:SourceAccount": account },
                },
            }),
            Self::FlowLogs { folder } => {
                let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                let mut condition = delivery();
                condition["StringEquals"]["s3:x-amz-acl"] = "bucket-owner-full-control".into();
                json!({
                    "Sid": sid,
                    "Effect": "Allow",
                    "Principal": { "Service": "delivery.logs.amazonaws.com" },
                    "Action": "s3:PutObject",
                    "Resource": arn(&format!("{bucket}/{folder}AWSLogs/{account}/*")),
                    "Condition": condition,
                })
            }
            Self::FlowLogsAclCheck => json!({
                "Sid": sid,
                "Effect": "Allow",
                "Principal": { "Service": "delivery.logs.amazonaws.com" },
                "Action": "s3:GetBucketAcl",
                "Resource": arn(bucket),
                "Condition": delivery(),
            }),
            Self::Other(statement) => statement.clone(),
        }
    }

    /// Whether the live statement grants what the wanted one does. AWS adds actions, and resources of other flow logs, to
    /// the statements for flow logs by itself: those may have more.
    pub(crate) fn is_granted(&self, wanted: &Value, live: &Value) -> bool {
        if !matches!(self, Self::FlowLogs { .. } | Self::FlowLogsAclCheck) || !live.is_object() {
            return same(wanted, live);
        }
        let (wanted, mut live) = (canonical(wanted), canonical(live));
        for field in ["Action", "Resource"] {
            if list(&wanted[field]).iter().all(|one| list(&live[field]).contains(one)) {
                live[field] = wanted[field].clone();
            }
        }
        wanted == live
    }

    /// The statement to write where this one is live: with what AWS has added for other flow logs.
    pub(crate) fn amended(&self, wanted: Value, live: &Value) -> Value {
        if !live.is_object() {
            return wanted;
        }
        let mut amended = live.clone();
        for field in ["Action", "Resource"] {
            let mut all = list(&live[field]);
            let missing = list(&wanted[field]).into_iter().filter(|one| !all.contains(one));
            let missing: Vec<_> = missing.collect();
            if !missing.is_empty() {
                all.extend(missing);
                amended[field] = Value::Array(all);
            }
        }
        if self.is_granted(&wanted, &amended) { amended } else { wanted }
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all.clone(),
        Value::Null => vec![],
        one => vec![one.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AWSLogDeliveryWrite";

    fn names() -> Names<'static> {
        Names {
            partition: "aws",
            account: "123456789012",
            region: "ap-south-1",
            bucket: "b",
            vpc: "vpc-1".to_owned(),
        }
    }

    fn flow_logs() -> (Grant, Value) {
        let grant = Grant::FlowLogs { folder: "vpc".to_owned() };
        let statement = grant.statement(SID, &names());
        (grant, statement)
    }

    #[test]
    fn a_grant_is_the_same_after_it_was_told() {
        for grant in [
            Grant::ReadableFrom(Ref::new("default")),
            Grant::AccessLogs { source: "saas".to_owned(), prefix: "a under b/".to_owned() },
            Grant::AccessLogs { source: "saas".to_owned(), prefix: String::new() },
            Grant::FlowLogs { folder: String::new() },
            Grant::FlowLogsAclCheck,
            Grant::Other(json!({"Sid": "theirs", "Effect": "Deny"})),
        ] {
            assert_eq!(Grant::from(Value::from(grant.clone())), grant);
        }
    }

    #[test]
    fn the_vpc_may_read_exactly_as_the_checklist_says() {
        let statement = Grant::ReadableFrom(Ref::new("default")).statement("Stmt1594127148960", &names());
        let wanted = json!({
            "Sid": "Stmt1594127148960",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"],
            "Condition": {"StringEquals": {"aws:sourceVpc": "vpc-1"}},
        });
        assert_eq!(statement, wanted);
    }

    #[test]
    fn what_aws_adds_for_other_flow_logs_is_no_difference_and_stays() {
        let (grant, wanted) = flow_logs();
        let (ours, theirs) =
            (wanted["Resource"].clone(), json!("arn:aws:s3:::b/other/AWSLogs/123456789012/*"));
        let mut live = wanted.clone();
        live["Resource"] = json!([theirs, ours]);
        assert!(grant.is_granted(&wanted, &live));
        live["Resource"] = json!([theirs]);
        assert!(!grant.is_granted(&wanted, &live));
        assert_eq!(grant.amended(wanted.clone(), &live)["Resource"], json!([theirs, ours]));
        live["Effect"] = json!("Deny");
        assert_eq!(grant.amended(wanted.clone(), &live), wanted);
    }
}

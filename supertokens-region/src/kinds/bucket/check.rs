//! What S3 would reject, told without asking S3.

use std::net::Ipv4Addr;

use super::grant::{Grant, Names};
use super::settings::{Logging, SSE_S3};
use super::{Bucket, lifecycle};
use crate::kind::Invalid;
use crate::tags;

/// Beginnings of names that AWS keeps for itself.
const RESERVED_STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Ends that AWS keeps for access points, directory and table buckets, and names within an account.
const RESERVED_ENDS: [&str; 6] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];
/// The longest key, and so the longest prefix, in bytes.
const KEY: usize = 1024;
/// The longest policy, in bytes.
const POLICY: usize = 20 * 1024;
/// The most lifecycle rules of a bucket.
const RULES: usize = 1000;

pub(super) fn check(bucket: &Bucket) -> Vec<Invalid> {
    let mut invalid = tags::check(&bucket.tags);
    if !is_name(&bucket.name) {
        let text = format!("`{}` is not a name that S3 takes", bucket.name);
        let hint = "3-63 lower-case letters, digits, `-` or `.`, with a letter or digit at both ends, no `..`, no IP \
                    address, none of the beginnings and ends that AWS keeps for itself";
        invalid.push(Invalid::new(text).hint(hint));
    }
    if let Some(key) = bucket.encryption.split_once(' ').map(|(_, key)| key)
        && (key.is_empty()
            || key.contains(char::is_whitespace)
            || key.starts_with("arn:") && !key.contains(":kms:"))
    {
        let text = format!("`{key}` is not a KMS key");
        invalid.push(Invalid::new(text).hint("`alias/...`, a key id, or the ARN of one of the two"));
    }
    for (id, rule) in &bucket.lifecycle {
        invalid.extend(check_rule(id, rule));
    }
    if bucket.lifecycle.len() > RULES {
        invalid.push(Invalid::new(format!(
            "{} lifecycle rules, where S3 takes {RULES}",
            bucket.lifecycle.len()
        )));
    }
    invalid.extend(check_policy(bucket));
    invalid.extend(check_logs(bucket));
    invalid
}

fn is_name(name: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| edge(c) || c == '-' || c == '.')
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !RESERVED_STARTS.iter().any(|start| name.starts_with(start))
        && !RESERVED_ENDS.iter().any(|end| name.ends_with(end))
}

fn check_rule(id: &str, rule: &lifecycle::Rule) -> Vec<Invalid> {
    let mut invalid = vec![];
    if id.is_empty() || id.chars().count() > 255 {
        invalid
            .push(Invalid::new(format!("`{id}` is not an id of a lifecycle rule")).hint("1-255 characters"));
    }
    if rule.under.len() > KEY {
        invalid
            .push(Invalid::new(format!("the lifecycle rule `{id}` has a prefix of more than {KEY} bytes")));
    }
    if !rule.acts() {
        let text = format!("the lifecycle rule `{id}` does nothing");
        let hint = "`expire_after_days`, `expire_noncurrent_after_days` or `abort_uploads_after_days`";
        invalid.push(Invalid::new(text).hint(hint));
    }
    for days in
        rule.moves().filter_map(|it| it.after_days).filter(|days| !(0..=i64::from(i32::MAX)).contains(days))
    {
        let text = format!("the lifecycle rule `{id}` moves objects after {days} days");
        invalid.push(Invalid::new(text).hint(format!("0-{}", i32::MAX)));
    }
    for days in rule.days().filter(|days| !(1..=i64::from(i32::MAX)).contains(days)) {
        let text = format!("the lifecycle rule `{id}` says {days} days");
        invalid.push(Invalid::new(text).hint(format!("1-{}", i32::MAX)));
    }
    invalid
}

fn check_policy(bucket: &Bucket) -> Vec<Invalid> {
    let mut invalid = vec![];
    if bucket.policy.keys().any(String::is_empty) {
        invalid
            .push(Invalid::new("a statement of its policy has an empty `Sid`").hint("such as `ReadFromVpc`"));
    }
    if bucket.policy_id.is_some() && bucket.policy.is_empty() {
        let text = "its policy has an id and grants nothing, which S3 refuses";
        invalid.push(Invalid::new(text).hint("say what it grants, or leave `policy_id` out"));
    }
    let logs = bucket.policy.values().any(Grant::is_for_logs);
    if logs && bucket.policy.values().any(|grant| grant.vpc().is_some()) {
        let text = "it receives logs and is readable from a VPC";
        let hint = "log buckets are for nobody to read without credentials: log into a bucket of its own";
        invalid.push(Invalid::new(text).hint(hint));
    }
    // Of the length that AWS's ids have.
    let names = Names {
        partition: "aws",
        account: "123456789012",
        region: "ap-southeast-1",
        bucket: &bucket.name,
        vpc: "vpc-0123456789abcdef0".to_owned(),
    };
    let statements =
        bucket.policy.iter().map(|(sid, grant)| grant.statement(sid, &names).to_string().len() + 1);
    let size: usize = statements.sum();
    if size > POLICY {
        let text = format!("the statements of its policy have {size} bytes, where S3 takes {POLICY}");
        invalid.push(Invalid::new(text).hint("spread them over several buckets"));
    }
    invalid
}

fn check_logs(bucket: &Bucket) -> Vec<Invalid> {
    let mut invalid = vec![];
    if let Some(Logging::To { bucket: target, prefix }) = &bucket.logging {
        if target.name() == bucket.name {
            let text = "it logs into itself: each log that is written is an access to log";
            invalid.push(Invalid::new(text).hint("log into a bucket of its own"));
        }
        if prefix.len() > KEY {
            invalid.push(Invalid::new(format!("the prefix of its logs has more than {KEY} bytes")));
        }
    }
    for grant in bucket.policy.values() {
        match grant {
            Grant::AccessLogs { source, .. } if *source == bucket.name => {
                let text = "it receives its own access logs: each log that is written is an access to log";
                invalid.push(Invalid::new(text).hint("log into a bucket of its own"));
            }
            Grant::AccessLogs { source, .. } if !is_name(source) => {
                let text = format!("`{source}` is not the name of a bucket");
                invalid.push(Invalid::new(text).hint("the name of the bucket whose accesses are logged"));
            }
            Grant::FlowLogs { folder } if folder.split('/').any(|part| part == "AWSLogs") => {
                let text = format!(
                    "the folder `{folder}` of flow logs contains `AWSLogs`, which AWS adds by itself"
                );
                invalid.push(Invalid::new(text).hint("such as `vpc-flow-logs`"));
            }
            _ => {}
        }
    }
    if bucket.encryption != SSE_S3 && bucket.policy.values().any(Grant::is_for_logs) {
        let text = "it receives logs, which S3 can't deliver into a bucket that is encrypted with a KMS key";
        invalid.push(Invalid::new(text).hint("leave `encrypt_with` out"));
    }
    invalid
}

#[cfg(test)]
mod tests {
    use super::super::{bucket, lifecycle_rule};
    use super::*;
    use crate::address::Ref;

    fn problems(bucket: Bucket) -> Vec<String> {
        check(&bucket).into_iter().map(|invalid| invalid.message).collect()
    }

    fn assert_says(bucket: Bucket, part: &str) {
        let problems = problems(bucket);
        assert!(problems.len() == 1 && problems[0].contains(part), "{problems:#?}");
    }

    #[test]
    fn a_bucket_as_the_checklist_has_it_is_valid() {
        let saas = bucket("supertokens-saas-ap-south-1")
            .versioning(true)
            .lifecycle(lifecycle_rule("tidy").under("tmp/").expire_after_days(1).abort_uploads_after_days(7))
            .policy_id("Policy1594127151493")
            .readable_from(Ref::new("default"), "Stmt1594127148960")
            .tag("VantaOwner", "rishabh@supertokens.com")
            .log_to(Ref::new("supertokens-s3-access-logs-ap-south-1"), "saas/");
        assert_eq!(problems(saas), Vec::<String>::new());
        let logs = bucket("supertokens-s3-access-logs-ap-south-1")
            .receives_access_logs("supertokens-saas-ap-south-1", "saas")
            .receives_flow_logs("vpc-flow-logs")
            .no_logging();
        assert_eq!(problems(logs), Vec::<String>::new());
    }

    #[test]
    fn names_that_s3_would_refuse_are_told() {
        for name in ["ab", "Abc", "a_b", "-ab", "ab.", "a..b", "10.0.0.1", "xn--a", "a-s3alias"] {
            assert_says(bucket(name), "is not a name");
        }
    }

    #[test]
    fn lifecycle_rules_that_s3_would_refuse_are_told() {
        let with = |rule| bucket("logs").lifecycle(rule);
        assert_says(with(lifecycle_rule("idle")), "does nothing");
        assert_says(with(lifecycle_rule("a").expire_after_days(0)), "0 days");
        assert_says(with(lifecycle_rule("a").abort_uploads_after_days(1 << 31)), "2147483648 days");
        assert_says(with(lifecycle_rule("").expire_after_days(1)), "is not an id");
        assert_says(with(lifecycle_rule("a").under(&"x".repeat(1025)).expire_after_days(1)), "1024 bytes");
    }

    #[test]
    fn log_buckets_that_cant_work_are_told() {
        assert_says(bucket("logs").log_to(Ref::new("logs"), "a/"), "logs into itself");
        assert_says(bucket("logs").receives_access_logs("logs", ""), "its own access logs");
        assert_says(bucket("logs").receives_access_logs("L", ""), "not the name of a bucket");
        assert_says(bucket("logs").receives_flow_logs("a/AWSLogs"), "AWS adds by itself");
        assert_says(bucket("logs").receives_flow_logs("a").encrypt_with("alias/mine"), "KMS key");
        let readable = bucket("logs").receives_flow_logs("a").readable_from(Ref::new("default"), "s");
        assert_says(readable, "readable from a VPC");
    }

    #[test]
    fn policies_tags_and_keys_that_s3_would_refuse_are_told() {
        assert_says(bucket("logs").policy_id("empty"), "grants nothing");
        assert_says(bucket("logs").readable_from(Ref::new("default"), ""), "empty `Sid`");
        assert_says(bucket("logs").tag("a", "x & y"), "tag `a`");
        assert_says(bucket("logs").encrypt_with("arn:aws:iam::1:role/x"), "not a KMS key");
        let many = (0..200)
            .fold(bucket("logs"), |logs, i| logs.readable_from(Ref::new("default"), &format!("Sid{i}")));
        assert_says(many, "where S3 takes 20480");
    }

    #[test]
    fn each_source_of_logs_has_a_statement() {
        let logs = bucket("logs").receives_access_logs("aaa", "a/").receives_access_logs("bbb", "b/");
        let sids: Vec<_> = logs.receives_access_logs("aaa", "a/").policy.into_keys().collect();
        assert_eq!(sids, ["S3ServerAccessLogsPolicy", "S3ServerAccessLogsPolicy-bbb"]);
    }
}

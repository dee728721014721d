//! How many round trips follow one another: on the embedded AWS, each answer of which takes a second, on a clock that nobody
//! waits for. So the seconds that a run takes are its round trips, to the digit.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use supertokens_region::{Aws, CallRecord, Opening, Sandbox};
use tokio::time::Instant;

use crate::host::repository;
use crate::reliability::{describe, describe_with, paused, seeded, standard_script};

/// What an answer takes.
const ROUND_TRIP: Duration = Duration::from_secs(1);

/// The calls of a run, each with the round trip that it was, counted from 1.
struct Rounds {
    start: Instant,
    calls: Arc<Mutex<Vec<(u64, CallRecord)>>>,
}

impl Rounds {
    fn watch(aws: &Aws) -> Self {
        let (start, calls) = (Instant::now(), Arc::<Mutex<Vec<_>>>::default());
        let seen = calls.clone();
        aws.on_call(move |call| seen.lock().unwrap().push((start.elapsed().as_secs(), call.clone())));
        Self { start, calls }
    }

    fn depth(&self) -> f64 {
        self.start.elapsed().as_secs_f64() / ROUND_TRIP.as_secs_f64()
    }

    /// Which calls were made in which round trip.
    fn told(&self) -> String {
        let mut calls = self.calls.lock().unwrap().clone();
        calls.sort_by(|a, b| {
            (a.0, &a.1.service, &a.1.region, &a.1.operation).cmp(&(
                b.0,
                &b.1.service,
                &b.1.region,
                &b.1.operation,
            ))
        });
        let mut text = format!("{} calls, {} round trips\n", calls.len(), self.depth());
        let mut before = (0, String::new());
        for (round, call) in calls {
            let what = format!("{}:{} {}", call.service, call.operation, call.region);
            match (round, &what) == (before.0, &before.1) {
                true => text.push_str(" +"),
                false => write!(text, "\n{round:4} {what}").unwrap(),
            }
            before = (round, what);
        }
        text
    }
}

/// The seeded world after the standard script was applied.
async fn opened() -> Sandbox {
    let sandbox = Sandbox::new(seeded());
    let aws = Aws::sandbox(&sandbox);
    let region = describe(&aws).await.unwrap();
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    sandbox.world().settings.latency_millis = ROUND_TRIP.as_millis().try_into().unwrap();
    sandbox
}

/// The least that has to be asked where everything is there: a call a page of a list, and a call for each thing of which AWS tells
/// something nowhere else. And why we ask more, where we do.
const LEAST: [(&str, usize, &str); 51] = [
    ("cloudwatch:DescribeAlarms", 2, ""),
    (
        "cloudwatch:ListMetrics",
        1,
        "a filter takes one name of a dimension, and the checklist's differs from AWS's",
    ),
    ("ec2:DescribeFlowLogs", 1, ""),
    ("ec2:DescribeImages", 2, ""),
    ("ec2:DescribeInstanceAttribute", 4, ""),
    ("ec2:DescribeInstances", 2, ""),
    ("ec2:DescribeKeyPairs", 2, ""),
    ("ec2:DescribeRegions", 1, ""),
    ("ec2:DescribeRouteTables", 1, ""),
    (
        "ec2:DescribeSecurityGroupRules",
        0,
        "the groups tell their rules, too; read so, since each rule has an id and a note of its own",
    ),
    ("ec2:DescribeSecurityGroups", 3, ""),
    ("ec2:DescribeSubnets", 3, ""),
    ("ec2:DescribeVolumes", 1, ""),
    ("ec2:DescribeVpcAttribute", 2, ""),
    ("ec2:DescribeVpcEndpoints", 1, ""),
    ("ec2:DescribeVpcs", 2, ""),
    ("iam:GetPolicyVersion", 3, ""),
    ("iam:ListPolicies", 1, ""),
    ("lambda:GetLayerVersion", 2, ""),
    (
        "lambda:ListFunctions",
        2,
        "the first page of the target, at the same time as the lease: so a first apply is a round trip shorter",
    ),
    ("logs:DescribeLogGroups", 1, ""),
    ("rds:DescribeDBClusterParameters", 2, ""),
    ("rds:DescribeDBClusters", 2, ""),
    ("rds:DescribeDBInstances", 2, ""),
    ("rds:DescribeDBParameters", 2, ""),
    ("rds:DescribeDBSubnetGroups", 2, ""),
    ("route53:GetHostedZone", 2, ""),
    ("route53:ListHostedZonesByName", 1, ""),
    ("route53:ListHostedZonesByVPC", 1, ""),
    ("route53:ListTagsForResource", 2, ""),
    ("s3:GetBucketCors", 2, ""),
    ("s3:GetBucketEncryption", 4, ""),
    ("s3:GetBucketLifecycleConfiguration", 3, ""),
    ("s3:GetBucketLogging", 1, ""),
    ("s3:GetBucketOwnershipControls", 2, ""),
    ("s3:GetBucketPolicy", 2, ""),
    ("s3:GetBucketPolicyStatus", 2, ""),
    ("s3:GetBucketReplication", 1, ""),
    ("s3:GetBucketTagging", 4, ""),
    ("s3:GetBucketVersioning", 5, ""),
    ("s3:GetPublicAccessBlock", 2, ""),
    ("s3:ListBuckets", 1, ""),
    ("s3:ListObjectVersions", 1, ""),
    ("s3:ListObjectsV2", 1, ""),
    ("sns:GetTopicAttributes", 4, ""),
    ("sns:ListSubscriptions", 1, ""),
    ("ssm:DescribeDocument", 10, ""),
    (
        "ssm:GetParameter",
        0,
        "the lease as it was before anything was read: so an apply takes it with one call",
    ),
    ("ssm:ListDocuments", 2, ""),
    ("sts:GetCallerIdentity", 1, ""),
    ("tag:GetResources", 2, ""),
];

/// `docs/calls.md`: what is asked, beside the least.
fn page(calls: &[(u64, CallRecord)]) -> String {
    let mut asked = BTreeMap::<String, usize>::new();
    for (_, call) in calls {
        *asked.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
    }
    let least: BTreeMap<&str, (usize, &str)> =
        LEAST.iter().map(|(name, least, why)| (*name, (*least, *why))).collect();
    let (all, fewest) = (calls.len(), LEAST.iter().map(|(_, least, _)| least).sum::<usize>());
    let mut text = format!(
        "# Calls\n\n\
         A run of the standard script that finds everything there, with a dev instance and a key pair, on the seeded world of the \
         embedded AWS:\n{all} calls, where {fewest} are the least, {:.2} times as many. This page is written by the tests \
         (`INSTA_UPDATE=always cargo test --workspace --locked rounds`), and they fail\nwhen it is out of date.\n\n\
         | operation | least | asked | |\n| --- | ---: | ---: | --- |\n",
        all as f64 / fewest as f64
    );
    for (name, count) in &asked {
        let (least, why) = least.get(name.as_str()).copied().unwrap_or_default();
        writeln!(text, "| `{name}` | {least} | {count} | {why} |").unwrap();
    }
    text
}

#[test]
fn a_run_that_finds_everything_there_is_six_round_trips_deep_and_asks_hardly_more_than_it_must() {
    paused(async {
        let sandbox = opened().await;
        let aws = Aws::sandbox(&sandbox).look();
        let rounds = Rounds::watch(&aws);
        let region = describe(&aws).await.unwrap();
        println!("script: {}", rounds.depth());
        let opening = Opening::discover(&region, &aws).await.unwrap();
        println!("{}", rounds.told());
        assert!(!opening.plan().has_changes(), "{}", opening.plan().text());
        assert!(rounds.depth() <= 6.0, "{}", rounds.told());
        let calls = rounds.calls.lock().unwrap().clone();
        let least: usize = LEAST.iter().map(|(_, least, _)| least).sum();
        assert!(calls.len() * 10 <= least * 11, "{} calls, where {least} are the least", calls.len());
        let (file, text) = (repository().join("docs/calls.md"), page(&calls));
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(&file, &text).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(there == text, "docs/calls.md is out of date: run the tests once with INSTA_UPDATE=always");
    });
}

/// How deep an apply from nothing is, by the script.
fn apply_depth(script: &str) -> f64 {
    paused(async {
        let sandbox = Sandbox::new(seeded());
        sandbox.world().settings.latency_millis = ROUND_TRIP.as_millis().try_into().unwrap();
        let aws = Aws::sandbox(&sandbox).look();
        let rounds = Rounds::watch(&aws);
        let region = describe_with(script, &aws).await.unwrap();
        println!("script: {}", rounds.depth());
        let opening = Opening::discover(&region, &aws).await.unwrap();
        println!("discover: {}", rounds.depth());
        let report = opening.apply(|_| ()).await.unwrap();
        println!("{}", rounds.told());
        assert!(!report.failed(), "{}", report.text());
        rounds.depth()
    })
}

/// Clusters and instances are waited for by looking at them: how often is up to AWS, so they are left out.
#[test]
fn an_apply_of_everything_that_needs_no_waiting_is_fourteen_round_trips_deep() {
    let text = standard_script();
    let waiting = [("let likes = us.clusters();", "let likes = [];"), ("if dev.is_empty() {", "if true {")];
    assert!(waiting.iter().all(|(line, _)| text.contains(line)), "the script has other lines by now");
    let without = waiting.iter().fold(text.to_owned(), |text, (line, other)| text.replace(line, other));
    let depth = apply_depth(&without);
    assert!(depth <= 14.0, "{depth}");
}

/// With clusters and instances that are there at the first looks.
#[test]
fn an_apply_of_everything_is_hardly_deeper() {
    let depth = apply_depth(standard_script());
    assert!(depth < 20.0, "{depth}");
}

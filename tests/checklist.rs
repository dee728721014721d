//! The checklist, line by line: what the standard script wants for each of its 30 lines, with every name and number.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Region, Sandbox};

use crate::host::repository;

const SAAS: &str = "bucket/supertokens-saas-ap-south-1";
const LOGS: &str = "bucket/supertokens-s3-access-logs-ap-south-1";

/// What the script wants: its things by address.
struct Wanted(BTreeMap<String, Value>);

impl Wanted {
    /// The fields of one thing.
    #[track_caller]
    fn of(&self, address: &str) -> &Value {
        self.0.get(address).unwrap_or_else(|| panic!("no {address} among {:#?}", self.0.keys()))
    }

    /// The things of a kind.
    fn all(&self, kind: &str) -> BTreeMap<&str, &Value> {
        let named = self.0.iter().filter_map(|(address, fields)| {
            let (word, name) = address.split_once('/')?;
            (word == kind).then_some((name, fields))
        });
        named.collect()
    }

    /// The fields of one thing are at least these.
    #[track_caller]
    fn has(&self, address: &str, fields: &Value) {
        let there = self.of(address);
        let changes = supertokens_region::diff(fields, there, &BTreeMap::new(), "");
        assert!(changes.is_empty(), "{address}: {changes:#?}");
    }

    /// A step of people.
    #[track_caller]
    fn person(&self, step: &str) {
        self.of(&format!("manual_step/{step}"));
    }
}

fn seeded() -> Sandbox {
    let sandbox = Sandbox::seeded();
    // A function that is in the region already.
    let mut world = sandbox.world();
    let function = world.lambda.regions["eu-west-1"].functions.values().next().unwrap().clone();
    world
        .lambda
        .regions
        .entry("ap-south-1".to_owned())
        .or_default()
        .functions
        .insert("there-before".to_owned(), function);
    drop(world);
    sandbox
}

/// The region that the standard script describes.
async fn region(sandbox: &Sandbox, params: &[(&str, &str)]) -> Region {
    let text = std::fs::read_to_string(repository().join("scripts/add_region.rhai")).unwrap();
    let mut options = Options::new("ap-south-1", Path::new("scripts/add_region.rhai"));
    let params = params.iter().chain(&[("alert_email", "alerts@example.com")]);
    options.params = params.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    script::run_with(&text, &options, &Aws::sandbox(sandbox)).await.unwrap()
}

async fn wanted(params: &[(&str, &str)]) -> Wanted {
    let region = region(&seeded(), params).await;
    let things =
        region.wanted.iter().map(|added| (added.resource.address().to_string(), added.resource.fields()));
    Wanted(things.collect())
}

/// A line of the checklist: its id, and what holds of what is wanted.
type Line = (&'static str, fn(&Wanted));

/// Each line of the checklist, and what it comes to.
const LINES: [Line; 30] = [
    ("sns-topics", |wanted| {
        let names: Vec<_> = wanted.all("topic").into_keys().collect();
        let all = ["EC2", "ELB", "Lambda", "RDS"].map(|of| format!("CloudWatch_Alarms_AP_South_1_{of}"));
        assert_eq!(names, all);
        for name in all {
            wanted.has(&format!("topic/{name}"), &json!({"alarms_may_publish": true}));
        }
    }),
    ("sns-subscriptions", |wanted| {
        for (name, topic) in wanted.all("topic") {
            let emails = topic["emails"].as_object().unwrap();
            assert_eq!(emails.len(), 1, "{name}");
            assert!(emails.values().all(|is| is == "asked"), "{name}");
        }
    }),
    ("sns-confirmed", |wanted| {
        let step = serde_json::to_string(wanted.of("manual_step/sns-confirmed")).unwrap();
        for of in ["EC2", "ELB", "Lambda", "RDS"] {
            assert!(step.contains(&format!("CloudWatch_Alarms_AP_South_1_{of}")), "{step}");
        }
    }),
    ("s3-saas", |wanted| {
        wanted.has(
            SAAS,
            &json!({"versioning": true, "encryption": "AES256", "ownership": "BucketOwnerEnforced"}),
        );
    }),
    ("s3-logs", |wanted| {
        wanted.has(
            LOGS,
            &json!({"policy": {
                "S3ServerAccessLogsPolicy": "access logs of supertokens-saas-ap-south-1 under saas/",
                "AWSLogDeliveryWrite": "flow logs into /vpc-flow-logs",
                "AWSLogDeliveryAclCheck": "check of the ACL for flow logs",
            }}),
        );
    }),
    ("s3-policy", |wanted| {
        let policy = json!({"Stmt1594127148960": "objects readable from vpc/default"});
        wanted.has(SAAS, &json!({"policy_id": "Policy1594127151493", "policy": policy}));
        assert_eq!(wanted.of(SAAS)["policy"], policy, "this statement and no other");
    }),
    ("s3-public-access", |wanted| {
        for bucket in [SAAS, LOGS] {
            let block = wanted.of(bucket)["public_access_block"].as_object().unwrap();
            assert_eq!(block.len(), 4);
            assert!(block.values().all(|on| *on == json!(true)), "{bucket}: {block:?}");
        }
    }),
    ("iam-policies", |wanted| {
        let names: BTreeSet<_> = wanted.all("iam_policy").into_keys().collect();
        let all =
            ["S3SSLUpdater", "listBucketItems", "s3crr_for_supertokens-ssl_to_supertokens-saas-us-east-1"];
        assert_eq!(names, all.into());
        for policy in wanted.all("iam_policy").into_values() {
            let named = "named wherever supertokens-saas-us-east-1 is";
            assert_eq!(policy["also_for"], json!({"supertokens-saas-ap-south-1": named}));
        }
    }),
    ("s3-replication", |wanted| {
        wanted.has(
            "replication/supertokens-ssl/supertokens-saas-ap-south-1",
            &json!({"status": "enabled", "like": "supertokens-saas-us-east-1"}),
        );
    }),
    ("s3-existing", |wanted| {
        wanted.has("object_copy/supertokens-ssl/supertokens-saas-ap-south-1", &json!({"missing": 0}));
    }),
    ("s3-tags", |wanted| {
        for bucket in [SAAS, LOGS] {
            wanted.has(bucket, &json!({"tags": {"VantaOwner": "rishabh@supertokens.com"}}));
            assert!(wanted.of(bucket)["tags"]["VantaDescription"].is_string(), "{bucket}");
        }
        let description = "stores SSL certificates and files for SaaS containers";
        wanted.has(SAAS, &json!({"tags": {"VantaDescription": description}}));
    }),
    ("s3-access-logging", |wanted| {
        wanted.has(SAAS, &json!({"logging": "s3://supertokens-s3-access-logs-ap-south-1/saas/"}));
    }),
    ("r53-zone", |wanted| {
        wanted.has("hosted_zone/ap-south-1.dns", &json!({"vpcs": {"default": "associated"}}));
        wanted.has("vpc/default", &json!({"dns_support": true, "dns_hostnames": true}));
    }),
    ("sg-nginx", |wanted| rules(wanted, "supertokens-nginx-port", &["tcp 3567-3600 from 0.0.0.0/0"])),
    ("sg-dev-postgresql", |wanted| rules(wanted, "dev-postgresql", &["tcp 5432 from 0.0.0.0/0"])),
    ("sg-ping", |wanted| rules(wanted, "ping-ssh", &["ping from 0.0.0.0/0"])),
    ("sg-default", |wanted| {
        let known = ["192.0.2.10/32", "192.0.2.20/32"];
        let rule = |port: u16| known.map(|cidr| format!("tcp {port} from {cidr}"));
        let all = [rule(4243), rule(5432)].concat();
        rules(wanted, "default", &all.iter().map(String::as_str).collect::<Vec<_>>());
    }),
    ("sg-team", |wanted| {
        let known = ["198.51.100.7/32", "203.0.113.128/28", "203.0.113.24/32"];
        let all = known.map(|cidr| format!("tcp 22 from {cidr}"));
        rules(wanted, "ec2-internal-team-access", &all.each_ref().map(String::as_str));
    }),
    ("rds-cluster", |wanted| {
        let names: Vec<_> = wanted.all("rds_cluster").into_keys().collect();
        assert_eq!(names, ["supertokens-dev-ap-south-1", "supertokens-prod-ap-south-1"]);
        for (name, cluster) in wanted.all("rds_cluster") {
            assert_eq!(cluster["vpc"], "default", "{name}");
            assert_eq!(cluster["encrypted"], true, "{name}");
            assert_eq!(cluster["status"], "available", "{name}");
            assert!(!cluster["instances"].as_object().unwrap().is_empty(), "{name}");
        }
    }),
    ("rds-tags", |wanted| {
        for cluster in wanted.all("rds_cluster").into_values() {
            for instance in cluster["instances"].as_object().unwrap().values() {
                let tags = json!({
                    "VantaContainsUserData": "true",
                    "VantaDescription": "db cluster to store development/production containers data",
                    "VantaOwner": "rishabh@supertokens.com",
                });
                let missing = supertokens_region::diff(&tags, &instance["tags"], &BTreeMap::new(), "");
                assert!(missing.is_empty(), "{missing:#?}");
            }
        }
    }),
    ("rds-alarms", |wanted| {
        for cluster in ["supertokens-dev-ap-south-1", "supertokens-prod-ap-south-1"] {
            for (named, metric, statistic, comparison, threshold) in [
                ("FreeableMemory", "FreeableMemory", "Minimum", "LessThanThreshold", 52_428_800),
                ("FreeStorageSpace", "FreeLocalStorage", "Minimum", "LessThanThreshold", 1_073_741_824),
                ("CPUUtilization", "CPUUtilization", "Maximum", "GreaterThanThreshold", 80),
                ("ReadIOPS", "ReadIOPS", "Maximum", "GreaterThanThreshold", 1000),
            ] {
                let alarm = format!("alarm/db-{cluster} {named}");
                let published = format!("DBClusterIdentifier={cluster}");
                let as_written = [&format!("DbClusterIdentifier={cluster}"), "EngineName=aurora"];
                // Serverless instances have no disk of their own, and publish nothing about it.
                let (metric, dimensions) = match (cluster, named) {
                    ("supertokens-dev-ap-south-1", "FreeStorageSpace") => (named, json!(as_written)),
                    _ => (metric, json!([published])),
                };
                wanted.has(
                    &alarm,
                    &json!({
                        "metric": metric, "statistic": statistic, "comparison": comparison, "threshold": threshold,
                        "namespace": "AWS/RDS", "period_secs": 900, "evaluation_periods": 1, "datapoints": "all",
                        "notify": {"CloudWatch_Alarms_AP_South_1_RDS": "on_alarm"},
                    }),
                );
                assert_eq!(wanted.of(&alarm)["dimensions"], dimensions);
            }
        }
    }),
    ("ssm-documents", |wanted| {
        let names: Vec<_> = wanted.all("ssm_document").into_keys().collect();
        assert_eq!(names, ["StartUpdateBoxyHQ", "StartUpdateNginx", "StartUpdateSuperTokens"]);
        let versions =
            |name: &str| wanted.of(&format!("ssm_document/{name}"))["versions"].as_object().unwrap().len();
        assert_eq!(versions("StartUpdateSuperTokens"), 3);
    }),
    ("lambda-functions", |wanted| {
        let there: BTreeSet<_> = wanted.all("lambda_function").into_keys().collect();
        let world = seeded().world().clone();
        let all = world.lambda.regions["eu-west-1"].functions.keys();
        let left_out: Vec<_> = all.filter(|name| !there.contains(name.as_str())).collect();
        assert_eq!(left_out, ["weekly-email-digest"], "its runtime is over");
    }),
    ("lambda-alarms", |wanted| {
        assert!(wanted.0.contains_key("lambda_function/there-before"));
        for function in wanted.all("lambda_function").into_keys() {
            let alarm = format!("alarm/{function} Errors");
            wanted.has(
                &alarm,
                &json!({
                    "metric": "Errors", "statistic": "Maximum", "comparison": "GreaterThanOrEqualToThreshold",
                    "threshold": 1, "namespace": "AWS/Lambda", "period_secs": 900, "evaluation_periods": 1,
                    "notify": {"CloudWatch_Alarms_AP_South_1_Lambda": "on_alarm"},
                }),
            );
            assert_eq!(wanted.of(&alarm)["dimensions"], json!([format!("FunctionName={function}")]));
        }
    }),
    ("vpc-endpoint", |wanted| {
        wanted.has(
            "vpc_endpoint/default/s3",
            &json!({"service": "s3", "vpc": "default", "routes": "every subnet"}),
        );
    }),
    ("vpc-flow-logs", |wanted| {
        wanted.has(
            "flow_log/default/supertokens-s3-access-logs-ap-south-1/vpc-flow-logs",
            &json!({"bucket": "supertokens-s3-access-logs-ap-south-1", "folder": "vpc-flow-logs", "traffic": "all"}),
        );
    }),
    ("logs-retention", |wanted| wanted.has("log_retention/all", &json!({"days": 365, "groups": "all"}))),
    ("dev-instance", |wanted| wanted.person("dev-instance")),
    ("ssh-keys", |wanted| wanted.person("ssh-keys")),
    ("soc2", |wanted| wanted.person("soc2")),
];

/// These rules and no others.
#[track_caller]
fn rules(wanted: &Wanted, group: &str, rules: &[&str]) {
    let there: Vec<_> =
        wanted.of(&format!("security_group/{group}"))["rules"].as_object().unwrap().keys().collect();
    assert_eq!(there, rules, "{group}");
}

#[tokio::test]
async fn each_of_the_30_lines_has_its_resources_or_its_step() {
    let wanted = wanted(&[]).await;
    let ids: BTreeSet<_> = LINES.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), 30, "each line once");
    for (id, holds) in LINES {
        println!("{id}");
        holds(&wanted);
    }
    let steps: Vec<_> = wanted.all("manual_step").into_keys().collect();
    assert_eq!(steps, ["dev-instance", "sns-confirmed", "soc2", "ssh-keys"], "what AWS's API can't do");
}

#[tokio::test]
async fn a_dev_instance_and_a_key_that_are_named_are_made_too() {
    let wanted = wanted(&[("dev_instance", "dev"), ("key_pair", "supertokens-us-east-1")]).await;
    wanted.of("key_pair/supertokens-ap-south-1");
    wanted.has("instance/dev", &json!({"key_pair": "supertokens-ap-south-1", "vpc": "default"}));
    assert!(!wanted.0.contains_key("manual_step/dev-instance"));
}

#[tokio::test]
async fn as_written_the_alarms_of_clusters_have_the_letter_of_the_checklist() {
    let wanted = wanted(&[("dimensions", "as-written")]).await;
    for metric in ["FreeableMemory", "FreeStorageSpace", "CPUUtilization", "ReadIOPS"] {
        let alarm = format!("alarm/db-supertokens-prod-ap-south-1 {metric}");
        wanted.has(&alarm, &json!({"metric": metric}));
        let dimensions = json!(["DbClusterIdentifier=supertokens-prod-ap-south-1", "EngineName=aurora"]);
        assert_eq!(wanted.of(&alarm)["dimensions"], dimensions);
    }
}

#[tokio::test]
async fn the_whole_script_applied_again_only_reads_and_changes_nothing() {
    let sandbox = seeded();
    let params = [("dev_instance", "dev"), ("key_pair", "supertokens-us-east-1")];
    crate::converge::apply(&sandbox, &region(&sandbox, &params).await).await;
    crate::converge::assert_settled(&sandbox, &region(&sandbox, &params).await).await;
}

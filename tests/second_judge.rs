//! The standard script on `moto`, over HTTP, through the program; every kind read back with the SDK; and the same world as
//! on the embedded AWS, told by the kinds.

mod databases;

use std::path::Path;

use serde_json::Value;
use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Opening, Region, Resource, Sandbox, World};

use crate::host::{Ended, host_with, repository};
use crate::judge_lambda;
use crate::judge_s3::{self, LOGS, SAAS};
use crate::moto::Moto;

const R: &str = "ap-south-1";

/// What the script is given, so that every kind has something to do. No `dev_instance`: moto takes images and key pairs that
/// aren't there, and makes a second instance for the same client token. The embedded AWS stands for it.
const PARAMS: [(&str, &str); 5] = [
    ("alert_email", "alerts@example.com"),
    ("api_cidrs", "203.0.113.7/32,203.0.113.8/32"),
    ("team_cidrs", "198.51.100.0/24"),
    ("clusters", "prod-us-east-1"),
    ("public_key", KEY),
];

/// Made for these tests; nobody has its private half.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhmWXJKG0BVNyCd5aHI4wz6jpz7JWs/AJ2Ogw9kRoCj";

/// Runs a verb of the standard script there.
pub fn run(moto: &Moto, verb: &str, more: &[&str]) -> Ended {
    let set: Vec<String> = PARAMS.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut args = vec![verb, "--region", R];
    for assignment in &set {
        args.extend(["--set", assignment]);
    }
    args.extend(more);
    let env = moto.env();
    host_with(&args, &env.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
}

/// The region that the standard script describes.
async fn region(aws: &Aws) -> Region {
    let path = repository().join("scripts/add_region.rhai");
    let mut options = Options::new(R, Path::new("scripts/add_region.rhai"));
    options.params = PARAMS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    script::run_with(&std::fs::read_to_string(path).unwrap(), &options, aws).await.unwrap()
}

/// The policies that name the reference region's bucket, each with its statement: one `Resource`, and a list of them.
const POLICIES: [(&str, &str); 3] = [
    (
        "S3SSLUpdater",
        r#""Action": "s3:PutObject", "Resource": ["arn:aws:s3:::supertokens-saas-us-east-1/*"]"#,
    ),
    (
        "listBucketItems",
        r#""Action": "s3:ListBucket", "Resource": "arn:aws:s3:::supertokens-saas-us-east-1""#,
    ),
    (
        "s3crr_for_supertokens-ssl_to_supertokens-saas-us-east-1",
        r#""Action": "s3:ReplicateObject", "Resource": ["arn:aws:s3:::supertokens-saas-us-east-1/*", "arn:aws:s3:::other"]"#,
    ),
];

/// What is there before, by the services' own APIs: log groups in the target, policies, what is read of the reference, and
/// the certificates' bucket with its first replication.
pub async fn seed(aws: &Aws) {
    seed_reference(aws).await;
    seed_documents(aws).await;
    for (name, allowed) in POLICIES {
        let document =
            format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {allowed}}}]}}"#);
        aws.iam("us-east-1")
            .create_policy()
            .policy_name(name)
            .policy_document(document)
            .send()
            .await
            .unwrap();
    }
    for name in ["/aws/lambda/resize", "/aws/lambda/notify", "/app"] {
        aws.logs(R).create_log_group().log_group_name(name).send().await.unwrap();
    }
    aws.logs(R).put_retention_policy().log_group_name("/app").retention_in_days(30).send().await.unwrap();
    judge_s3::seed_source(aws).await;
    judge_lambda::seed(aws, R).await;
}

/// The buckets and the group of us-east-1 that the script looks into.
async fn seed_reference(aws: &Aws) {
    databases::seed(aws).await;
    judge_s3::seed_reference(aws).await;
    let ec2 = aws.ec2("us-east-1");
    let vpcs = ec2.describe_vpcs().send().await.unwrap();
    let vpc = vpcs.vpcs().iter().find(|vpc| vpc.is_default() == Some(true)).unwrap().vpc_id().unwrap();
    let group =
        ec2.create_security_group().group_name("ec2-internal-team-access").description("ssh").vpc_id(vpc);
    group.send().await.unwrap();
}

/// The versions of a document of us-east-1, of which the second is the default one.
const VERSIONS: [&str; 3] = [
    r#"{"schemaVersion": "2.2", "description": "first", "mainSteps": []}"#,
    r#"{"schemaVersion": "2.2", "description": "second", "mainSteps": []}"#,
    r#"{"schemaVersion": "2.2", "description": "third", "mainSteps": []}"#,
];

async fn seed_documents(aws: &Aws) {
    let ssm = aws.ssm("us-east-1");
    let make =
        ssm.create_document().name("Start").document_type("Command".into()).document_format("JSON".into());
    make.content(VERSIONS[0]).send().await.unwrap();
    for content in &VERSIONS[1..] {
        let update = ssm.update_document().name("Start").document_version("$LATEST");
        update.content(*content).document_format("JSON".into()).send().await.unwrap();
    }
    ssm.update_document_default_version().name("Start").document_version("2").send().await.unwrap();
}

async fn read_back_documents(aws: &Aws) {
    for (number, content) in (1..).zip(VERSIONS) {
        let get = aws.ssm(R).get_document().name("Start").document_version(number.to_string());
        assert_eq!(get.send().await.unwrap().content(), Some(content));
    }
    let document = aws.ssm(R).describe_document().name("Start").send().await.unwrap().document.unwrap();
    assert_eq!(document.default_version(), Some("2"));
}

#[tokio::test]
async fn the_standard_script_opens_a_region_on_moto_and_a_second_apply_changes_nothing() {
    let moto = Moto::start();
    let aws = Aws::new(moto.config(R));
    judge_lambda::make_role(&aws).await;
    seed(&aws).await;
    run(&moto, "plan", &["--detailed-exitcode"]).expect(2);
    run(&moto, "apply", &["--yes"]).expect(0);
    run(&moto, "verify", &[]).expect(7);

    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls.jsonl");
    let again = run(&moto, "apply", &["--json", "--calls", calls.to_str().unwrap()]).expect(0);
    let summary: Value = serde_json::from_str(again.out.lines().last().unwrap()).unwrap();
    assert_eq!((&summary["created"], &summary["updated"]), (&0.into(), &0.into()), "{}", again.out);
    for line in std::fs::read_to_string(&calls).unwrap().lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let operation = call["operation"].as_str().unwrap();
        assert!(["Get", "List", "Describe", "Head"].iter().any(|verb| operation.starts_with(verb)), "{line}");
        assert_ne!(operation, "GetDocument", "both know a content by the same hash");
    }

    read_back(&aws).await;
    agree(&aws).await;
}

/// Every kind, with the SDK.
pub async fn read_back(aws: &Aws) {
    let arn = format!("arn:aws:sns:{R}:{}:CloudWatch_Alarms_AP_South_1_RDS", crate::moto::ACCOUNT);
    let rows = aws.sns(R).list_subscriptions_by_topic().topic_arn(&arn).send().await.unwrap();
    let rows: Vec<_> = rows.subscriptions().iter().map(|row| (row.protocol(), row.endpoint())).collect();
    assert_eq!(rows, [(Some("email"), Some("alerts@example.com"))]);

    let s3 = aws.s3(R);
    let place = s3.get_bucket_location().bucket(SAAS).send().await.unwrap();
    assert_eq!(place.location_constraint().map(|place| place.as_str()), Some(R));
    let policy = s3.get_bucket_policy().bucket(SAAS).send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let vpc = default_vpc(aws).await;
    assert_eq!(
        policy,
        serde_json::json!({
            "Version": "2012-10-17",
            "Id": "Policy1594127151493",
            "Statement": [{
                "Sid": "Stmt1594127148960",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": [format!("arn:aws:s3:::{SAAS}/*"), format!("arn:aws:s3:::{SAAS}")],
                "Condition": { "StringEquals": { "aws:sourceVpc": vpc } },
            }],
        })
    );
    for bucket in [SAAS, LOGS] {
        let block = s3.get_public_access_block().bucket(bucket).send().await.unwrap();
        let block = block.public_access_block_configuration().unwrap().clone();
        let all = [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ];
        assert_eq!(all, [Some(true); 4], "{bucket}");
    }
    let logging = s3.get_bucket_logging().bucket(SAAS).send().await.unwrap();
    let logging = logging.logging_enabled().unwrap();
    assert_eq!((logging.target_bucket(), logging.target_prefix()), (LOGS, "saas/"));
    let versioning = s3.get_bucket_versioning().bucket(SAAS).send().await.unwrap();
    assert_eq!(versioning.status().map(|status| status.as_str()), Some("Enabled"));

    judge_s3::read_back(aws).await;
    read_back_policies(aws).await;

    let zones = aws.route53(R).list_hosted_zones().send().await.unwrap();
    let zone = zones.hosted_zones().iter().find(|zone| zone.name() == "ap-south-1.dns.").unwrap();
    let zone = aws.route53(R).get_hosted_zone().id(zone.id()).send().await.unwrap();
    assert!(zone.hosted_zone().unwrap().config().unwrap().private_zone());
    assert_eq!(zone.vpcs()[0].vpc_id(), Some(vpc.as_str()));

    read_back_network(aws, &vpc).await;
    read_back_documents(aws).await;

    let alarms = aws
        .cloudwatch(R)
        .describe_alarms()
        .alarm_names("db-prod-ap-south-1 FreeableMemory")
        .send()
        .await
        .unwrap();
    let alarm = &alarms.metric_alarms()[0];
    assert_eq!((alarm.threshold(), alarm.period()), (Some(52428800.0), Some(900)));
    assert_eq!(alarm.statistic().map(|statistic| statistic.as_str()), Some("Minimum"));
    assert_eq!(alarm.comparison_operator().map(|operator| operator.as_str()), Some("LessThanThreshold"));
    assert_eq!(alarm.alarm_actions(), [arn]);
    let alarms = aws.cloudwatch(R).describe_alarms().send().await.unwrap();
    assert_eq!(alarms.metric_alarms().len(), 4 + 2);

    databases::read_back(aws).await;

    let groups = aws.logs(R).describe_log_groups().send().await.unwrap();
    assert_eq!(groups.log_groups().len(), 3);
    assert!(groups.log_groups().iter().all(|group| group.retention_in_days() == Some(365)));
}

async fn read_back_policies(aws: &Aws) {
    let iam = aws.iam("us-east-1");
    for (name, allowed) in POLICIES {
        let arn = format!("arn:aws:iam::{}:policy/{name}", crate::moto::ACCOUNT);
        let policy = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
        assert_eq!(policy.default_version_id(), Some("v2"), "{name}");
        let version = iam.get_policy_version().policy_arn(&arn).version_id("v2").send().await.unwrap();
        let document = version.policy_version.unwrap().document.unwrap();
        let document: Value =
            serde_json::from_str(&percent_encoding::percent_decode_str(&document).decode_utf8().unwrap())
                .unwrap();
        let resources = document["Statement"][0]["Resource"].as_array().unwrap();
        let end = if allowed.contains("/*") { "/*" } else { "" };
        assert_eq!(resources.last().unwrap(), &format!("arn:aws:s3:::{SAAS}{end}"), "{name}");
    }
}

async fn read_back_network(aws: &Aws, vpc: &str) {
    let ec2 = aws.ec2(R);
    let groups = ec2.describe_security_groups().send().await.unwrap();
    let rules = |name: &str| {
        let group = groups.security_groups().iter().find(|group| group.group_name() == Some(name)).unwrap();
        let mut rules: Vec<_> = group
            .ip_permissions()
            .iter()
            .flat_map(|permission| {
                permission.ip_ranges().iter().map(|range| {
                    let ports = (permission.from_port().unwrap(), permission.to_port().unwrap());
                    (permission.ip_protocol().unwrap().to_owned(), ports, range.cidr_ip().unwrap().to_owned())
                })
            })
            .collect();
        rules.sort();
        rules
    };
    let rule = |protocol: &str, from, to, cidr: &str| (protocol.to_owned(), (from, to), cidr.to_owned());
    assert_eq!(rules("supertokens-nginx-port"), [rule("tcp", 3567, 3600, "0.0.0.0/0")]);
    assert_eq!(rules("dev-postgresql"), [rule("tcp", 5432, 5432, "0.0.0.0/0")]);
    assert_eq!(rules("ping-ssh"), [rule("icmp", 8, -1, "0.0.0.0/0")]);
    assert_eq!(rules("ec2-internal-team-access"), [rule("tcp", 22, 22, "198.51.100.0/24")]);
    let api = ["203.0.113.7/32", "203.0.113.8/32"];
    let wanted: Vec<_> =
        [4243, 5432].iter().flat_map(|port| api.map(|cidr| rule("tcp", *port, *port, cidr))).collect();
    assert_eq!(rules("default"), wanted);

    let endpoints = ec2.describe_vpc_endpoints().send().await.unwrap();
    let [endpoint] = endpoints.vpc_endpoints() else { panic!("one endpoint, not {endpoints:?}") };
    assert_eq!(
        (endpoint.vpc_id(), endpoint.service_name()),
        (Some(vpc), Some("com.amazonaws.ap-south-1.s3"))
    );
    assert!(!endpoint.route_table_ids().is_empty());

    let pairs = ec2.describe_key_pairs().include_public_key(true).send().await.unwrap();
    let [pair] = pairs.key_pairs() else { panic!("one key pair, not {pairs:?}") };
    assert_eq!(pair.key_name(), Some("supertokens-ap-south-1"));
    assert!(pair.public_key().unwrap().starts_with(KEY), "{pair:?}");

    let logs = ec2.describe_flow_logs().send().await.unwrap();
    let [log] = logs.flow_logs() else { panic!("one flow log, not {logs:?}") };
    let destination = log.log_destination().unwrap().trim_end_matches('/');
    assert_eq!(
        (log.resource_id(), destination),
        (Some(vpc), format!("arn:aws:s3:::{LOGS}/vpc-flow-logs").as_str())
    );
}

async fn default_vpc(aws: &Aws) -> String {
    let vpcs = aws.ec2(R).describe_vpcs().send().await.unwrap();
    let vpc = vpcs.vpcs().iter().find(|vpc| vpc.is_default() == Some(true)).unwrap();
    vpc.vpc_id().unwrap().to_owned()
}

/// Where the two worlds may differ, and why: the address, and what is true of moto.
const EXPLAINED: [(&str, &str); 3] = [
    (
        "rds_cluster/prod-ap-south-1",
        "moto tells other defaults of new clusters: their windows, and what it doesn't keep",
    ),
    (
        "manual_step/sns-confirmed",
        "moto confirms an email subscription at once, where AWS waits for the link",
    ),
    ("security_group/default", "moto's default group lacks the rule that lets its own members in"),
];

/// The same run on the embedded AWS ends in the same world, told by the kinds.
async fn agree(moto: &Aws) {
    let embedded = Aws::sandbox(&Sandbox::new(judge_lambda::with_role(World::default())));
    let region = region(moto).await;
    seed(&embedded).await;
    let report = Opening::discover(&region, &embedded).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let told = async |aws: &Aws| {
        let opening = Opening::discover(&region, aws).await.unwrap();
        let told: Vec<_> = opening
            .snapshot()
            .things
            .iter()
            .map(|(address, live)| {
                let live = live.as_ref().unwrap_or_else(|error| panic!("{address}: {error}"));
                (address.to_string(), live.as_ref().map(|live| Resource::fields(&live.is)))
            })
            .collect();
        told
    };
    let (there, here) = (told(moto).await, told(&embedded).await);
    assert_eq!(there.len(), here.len());
    for ((address, there), (_, here)) in there.iter().zip(&here) {
        let explained = EXPLAINED.iter().any(|(known, _)| known == address);
        assert_eq!(explained, there != here, "{address}\nmoto: {there:#?}\nembedded: {here:#?}");
    }
}

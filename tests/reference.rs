//! Copying from a live region: what is read, what is carried over, and what is left behind.

mod clusters;

use std::path::Path;
use std::sync::{Arc, Mutex};

use supertokens_region::sandbox::ec2::{Peer, Rule};
use supertokens_region::sandbox::route53::ZoneVpc;
use supertokens_region::sandbox::ssm::{Document, SsmRegion, Version};
use supertokens_region::sandbox::{At, Disturbance, Disturbs};
use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Error, Finding, Kind, Reference, Region, Sandbox, default_vpc, tcp};

const US: &str = "us-east-1";

#[tokio::test]
async fn a_bucket_is_carried_over_without_what_belongs_to_its_region() {
    let sandbox = Sandbox::seeded();
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let bucket = us.bucket("supertokens-saas-us-east-1").await.unwrap();
    let told = serde_json::to_value(&bucket.value).unwrap();
    assert_eq!(told["versioning"], true);
    let live = sandbox.world().s3.buckets["supertokens-saas-us-east-1"].clone();
    assert_eq!(told["tags"], serde_json::to_value(&live.tags).unwrap());
    assert_eq!(told["ownership"], "BucketOwnerEnforced", "stricter than there");
    for left_behind in ["policy", "policy_id", "logging"] {
        assert!(told.get(left_behind).is_none(), "{left_behind}: {told}");
    }
}

#[tokio::test]
async fn a_group_is_carried_over_with_its_rules_and_can_be_added_elsewhere() {
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    let us = Reference::new(&aws, US).await.unwrap();
    let group = us.security_group("supertokens-nginx-port").await.unwrap();
    assert_eq!(group.cidrs(3570), ["0.0.0.0/0", "::/0"]);
    assert!(group.cidrs(5432).is_empty());
    let mut region = Region::new("ap-south-1");
    let vpc = region.add(default_vpc());
    region.add(group.map(|group| group.in_vpc(vpc).allow(tcp(443), "198.51.100.0/24")));
    crate::converge::converges(&sandbox, &region, &[]).await;
}

#[tokio::test]
async fn what_the_reference_does_not_have_is_told_with_its_name() {
    let us = Reference::new(&Aws::sandbox(&Sandbox::seeded()), US).await.unwrap();
    let error = us.bucket("supertokens-saas-nowhere").await.unwrap_err();
    assert_eq!(error.to_string(), "us-east-1 has no `bucket/supertokens-saas-nowhere`");
    let unknown = Reference::new(&Aws::sandbox(&Sandbox::seeded()), "us-east-11").await.unwrap_err();
    assert!(matches!(unknown, Error::UnknownRegion { .. }), "{unknown}");
}

#[tokio::test]
async fn a_script_looks_into_what_it_reads_and_the_plan_says_where_it_is_from() {
    let aws = Aws::sandbox(&Sandbox::seeded());
    let text = r#"
        let us = reference("us-east-1");
        let like = us.bucket("supertokens-saas-us-east-1");
        let copy = bucket("copy").tag("VantaDescription", like.tags.VantaDescription);
        new_region().add(copy);
        new_region().add(us.security_group("ping-ssh").in_vpc(new_region().add(default_vpc())));
    "#;
    let region =
        script::run_with(text, &Options::new("ap-south-1", Path::new("main.rhai")), &aws).await.unwrap();
    let group = &region.wanted[2];
    let rule = group.from.iter().find(|(field, _)| field.starts_with("rules.")).unwrap();
    assert_eq!(rule.1, "reference us-east-1");
    assert_eq!(group.from["vpc"], "main.rhai:6:56");
}

#[tokio::test]
async fn a_reference_that_cannot_be_read_is_a_mistake_with_its_line_and_its_cause() {
    let sandbox = Sandbox::seeded();
    sandbox.world().settings.denied.insert("s3:ListBuckets".to_owned());
    let text = "let us = reference(\"us-east-1\");\nus.bucket(\"supertokens-saas-us-east-1\");";
    let options = Options::new("ap-south-1", Path::new("main.rhai"));
    let mistakes = script::run_with(text, &options, &Aws::sandbox(&sandbox)).await.unwrap_err();
    assert_eq!(mistakes[0].origin.to_string(), "main.rhai:2:4");
    assert!(
        matches!(&mistakes[0].cause, Some(Error::Forbidden(refusal)) if refusal.operation == "s3:ListBuckets")
    );
}

/// The operations of a script's reads of its reference, as they were answered.
async fn calls_of(text: &str) -> Vec<String> {
    let sandbox = Sandbox::seeded();
    sandbox.world().settings.latency_millis = 5;
    // What takes longest is asked for first.
    let slow = Disturbance {
        at: At::Operation("ssm:DescribeDocument".into()),
        times: 100,
        what: Disturbs::Slow(50),
    };
    sandbox.world().settings.disturbances.push(slow);
    let aws = Aws::sandbox(&sandbox);
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| {
        if call.region != "ap-south-1" {
            log.lock().unwrap().push(call.operation.clone());
        }
    });
    script::run_with(text, &Options::new("ap-south-1", Path::new("main.rhai")), &aws).await.unwrap();
    let calls = calls.lock().unwrap();
    calls.clone()
}

#[tokio::test]
async fn reads_of_a_reference_overlap_and_each_region_is_asked_for_once() {
    let calls = calls_of(
        r#"
        let us = reference("us-east-1");
        let documents = us.documents();
        let group = us.security_group("default");
        let other = us.security_group("ping-ssh");
        let again = us.documents();
        "#,
    )
    .await;
    let first = calls.iter().position(|call| call == "DescribeSecurityGroups").unwrap();
    let documents = calls.iter().rposition(|call| call == "DescribeDocument").unwrap();
    assert!(first < documents, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| *call == "DescribeRegions").count(), 1);
    let groups = calls.iter().filter(|call| *call == "DescribeSecurityGroups").count();
    assert_eq!(groups, 1, "two by name, read once");
    let lists = calls.iter().filter(|call| *call == "ListDocuments").count();
    assert_eq!(lists, 1, "asked for twice, read once");
}

#[tokio::test]
async fn what_a_script_may_not_ask_for_is_not_read_before() {
    let calls = calls_of(
        r#"
        let us = reference("us-east-1");
        if param("copy", "no") == "yes" { us.documents(); }
        "#,
    )
    .await;
    assert_eq!(calls, [""; 0]);
}

/// What is told of a value, each with its rule.
fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
}

#[tokio::test]
async fn all_groups_are_carried_over_and_what_names_things_of_the_region_is_left_behind() {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        let here = world.ec2.regions.get_mut(US).unwrap();
        let id = |name: &str| here.groups.iter().find(|(_, group)| group.name == name).unwrap().0.clone();
        let (nginx, boxyhq) = (id("supertokens-nginx-port"), id("boxyhq"));
        let rules = [
            Rule::incoming("tcp", 1, 1, Peer::PrefixList("pl-12345678".to_owned()), "their bucket"),
            Rule::incoming("tcp", 2, 2, Peer::Group("sg-12345678".to_owned()), ""),
            Rule::incoming("tcp", 3, 3, Peer::Group(nginx), "of us-east-1"),
        ];
        here.add_rules(US, &boxyhq, &rules);
    }
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let found = us.security_groups().await.unwrap();
    let names: Vec<_> = found.all.iter().map(|group| group.value.name()).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    let boxyhq = found.all.iter().find(|group| group.value.name() == "boxyhq").unwrap();
    let fields = serde_json::to_value(&boxyhq.value).unwrap();
    assert_eq!(fields["description"], "nginx in front of BoxyHQ containers");
    let rules: Vec<_> = fields["rules"].as_object().unwrap().keys().collect();
    assert_eq!(rules, ["tcp 3 from security_group/supertokens-nginx-port", "tcp 5225 from 0.0.0.0/0"]);
    assert_eq!(
        told(&boxyhq.findings),
        [
            "not-carried-over: the rule `tcp 1 from pl-12345678` in us-east-1 is not carried over",
            "not-carried-over: the rule `tcp 2 from security_group/foreign:sg-12345678` in us-east-1 is not carried over",
            "names-region: `rules.tcp 3 from security_group/supertokens-nginx-port` names us-east-1",
        ]
    );
    let default = found.all.iter().find(|group| group.value.name() == "default").unwrap();
    assert!(serde_json::to_string(&default.value).unwrap().contains("all traffic from itself"));
}

#[tokio::test]
async fn topics_are_carried_over_without_those_who_hear_of_them() {
    let sandbox = Sandbox::seeded();
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let found = us.topics().await.unwrap();
    let names: Vec<_> = found.all.iter().map(|topic| topic.value.name()).collect();
    let wanted =
        ["EC2", "ELB", "Lambda", "RDS"].map(|subject| format!("CloudWatch_Alarms_US_East_1_{subject}"));
    assert!(wanted.iter().all(|name| names.contains(name)), "{names:?}");
    let topic = found.all.into_iter().find(|topic| topic.value.name() == wanted[0]).unwrap();
    assert!(serde_json::to_value(&topic.value).unwrap().get("emails").is_none());
    assert_eq!(
        told(&topic.findings),
        [
            "not-carried-over: who is subscribed to the topic in us-east-1 is not carried over",
            "names-region: `name` names us-east-1",
        ]
    );
    let renamed = topic.map(|topic| topic.named("CloudWatch_Alarms_AP_South_1_EC2"));
    assert_eq!(renamed.findings.len(), 1, "the name says something else now");
    let mut region = Region::new("ap-south-1");
    region.add(renamed);
    crate::converge::converges(&sandbox, &region, &[]).await;
}

#[tokio::test]
async fn a_zone_is_carried_over_without_its_records_and_who_else_sees_it_is_told() {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        let zone = world.route53.zones.values_mut().find(|zone| zone.name == "us-east-1.dns.").unwrap();
        zone.vpcs.push(ZoneVpc { region: "eu-west-1".to_owned(), id: "vpc-0123456789abcdef0".to_owned() });
    }
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    assert_eq!(us.zones().await.unwrap().all.len(), 1);
    let zone = us.zone("us-east-1.dns").await.unwrap();
    assert_eq!(
        serde_json::to_value(&zone.value).unwrap(),
        serde_json::json!({
            "name": "us-east-1.dns",
            "comment": "names of SaaS instances",
            "tags": { "Name": "us-east-1.dns" },
        })
    );
    assert_eq!(
        told(&zone.findings),
        [
            "other-vpc: `vpc-0123456789abcdef0` in eu-west-1 sees the zone `us-east-1.dns` of us-east-1, too",
            "names-region: `name` names us-east-1",
            "names-region: `tags.Name` names us-east-1",
        ]
    );
    let error = us.zone("nowhere.dns").await.unwrap_err();
    assert_eq!(error.to_string(), "us-east-1 has no `hosted_zone/nowhere.dns`");
}

#[tokio::test]
async fn a_key_pair_is_carried_over_with_its_public_key() {
    let sandbox = Sandbox::seeded();
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let key = us.key_pair("supertokens-us-east-1").await.unwrap();
    assert_eq!(told(&key.findings), ["names-region: `name` names us-east-1"]);
    let mut region = Region::new("ap-south-1");
    region.add(key.map(|key| key.named("supertokens-ap-south-1")));
    crate::converge::converges(&sandbox, &region, &[]).await;
    let world = sandbox.world();
    let keys = |region: &str| world.ec2.regions[region].key_pairs.values().next().unwrap().public_key.clone();
    assert_eq!(keys("ap-south-1"), keys(US));
}

#[tokio::test]
async fn all_documents_are_copied_by_a_script_and_a_second_run_finds_them() {
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    let text = r#"
        let region = new_region();
        for document in reference("us-east-1").documents() { region.add(document); }
        for document in region.documents() { print(document.name); }
    "#;
    let theirs = Document::new("Command", Version::new("JSON", r#"{"schemaVersion":"2.2","mainSteps":[]}"#));
    let here = SsmRegion { documents: [("Theirs".to_owned(), theirs)].into(), ..SsmRegion::default() };
    sandbox.world().ssm.regions.insert("ap-south-1".to_owned(), here);
    let run = async || {
        let options = Options::new("ap-south-1", Path::new("main.rhai"));
        script::run_with(text, &options, &aws).await.unwrap()
    };
    let region = run().await;
    assert_eq!(region.wanted.len(), 4, "three copies, and the one that is there");
    assert!(region.wanted[3].existing);
    assert_eq!(region.wanted[0].from["versions.1.content"], "reference us-east-1");
    crate::converge::converges(&sandbox, &region, &[]).await;
    crate::converge::assert_settled(&sandbox, &run().await).await;
}

//! Copying from a live region: what is read, what is carried over, and what is left behind.

use std::path::Path;
use std::sync::{Arc, Mutex};

use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Error, Reference, Region, Sandbox, default_vpc, tcp};

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

/// The operations of a script's reads, as they were answered.
async fn calls_of(text: &str) -> Vec<String> {
    let sandbox = Sandbox::seeded();
    sandbox.world().settings.latency_millis = 5;
    let aws = Aws::sandbox(&sandbox);
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(call.operation.clone()));
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
        let again = us.documents();
        "#,
    )
    .await;
    let first = calls.iter().position(|call| call == "DescribeSecurityGroups").unwrap();
    let documents = calls.iter().rposition(|call| call == "GetDocument").unwrap();
    assert!(first < documents, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| *call == "DescribeRegions").count(), 1);
    assert_eq!(
        calls.iter().filter(|call| *call == "ListDocuments").count(),
        2,
        "asked for twice, read twice"
    );
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

//! A region that was opened like another one is a reference itself: what is opened like it is the same but for the names.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Opening, Region, Sandbox};

use crate::host::repository;

/// The region that the standard script describes, like another one.
async fn standard(aws: &Aws, name: &str, reference: &str, functions: &str) -> Region {
    let text = std::fs::read_to_string(repository().join("scripts/add_region.rhai")).unwrap();
    let mut options = Options::new(name, Path::new("scripts/add_region.rhai"));
    let params = [
        ("alert_email", "alerts@example.com"),
        ("reference", reference),
        ("lambda_reference", functions),
        ("dev_instance", "dev"),
        ("key_pair", &format!("supertokens-{reference}")),
    ];
    options.params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    script::run_with(&text, &options, aws).await.unwrap()
}

/// Brings it up, and tells what is there then: each thing with its fields, the names of both regions left out.
async fn opened(aws: &Aws, region: &Region, reference: &str) -> BTreeMap<String, String> {
    let report = Opening::discover(region, aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let opening = Opening::discover(region, aws).await.unwrap();
    assert!(!opening.plan().has_changes(), "{}", opening.plan().text());
    let label = region.label();
    let nameless = |text: &str| {
        let text = text.replace(&region.name, "REGION").replace(&label, "LABEL");
        text.replace(reference, "REFERENCE")
    };
    let things = opening.snapshot().things.iter().map(|(address, live)| {
        let fields = live.clone().unwrap().map_or(Value::Null, |live| live.is.fields());
        // The policies are those of the whole account: one is called after the first region of all.
        let whole = address.word() == "iam_policy";
        let address = if whole { address.to_string() } else { nameless(address.as_str()) };
        let fields = serde_json::to_string(&fields).unwrap();
        let fields = if whole { String::new() } else { nameless(&fields) };
        (address, fields)
    });
    things.collect()
}

#[tokio::test]
async fn a_region_like_a_region_like_us_east_1_is_the_same_but_for_its_names() {
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    let region = standard(&aws, "ap-south-1", "us-east-1", "eu-west-1").await;
    let first = opened(&aws, &region, "us-east-1").await;
    let region = standard(&aws, "eu-north-1", "ap-south-1", "ap-south-1").await;
    let second = opened(&aws, &region, "ap-south-1").await;
    for kind in ["bucket", "rds_cluster", "lambda_function", "ssm_document", "instance", "alarm", "key_pair"]
    {
        let word = format!("{kind}/");
        assert!(first.keys().any(|address| address.starts_with(&word)), "{kind}: {:?}", first.keys());
    }
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (address, fields) in &first {
        assert_eq!(fields, &second[address], "{address}");
    }
}

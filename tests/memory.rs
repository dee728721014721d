//! How much memory it takes: each measured in a process of its own, which this very program is, run again.

use std::process::Command;

use supertokens_region::sandbox::Blob;
use supertokens_region::sandbox::lambda::Code;
use supertokens_region::{Aws, Kind, Opening, Reference, Region, Sandbox, bucket, object_copy, replication};

/// What may be taken beside what it takes to do nothing, in KiB.
const MOST: u64 = 150 << 10;
/// A function's package that can't be sent with the call itself.
const PACKAGE: u64 = 200 << 20;

/// The most memory that this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn alone(test: &str) -> (u64, u64) {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("memory::{test}"), "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{text}{}", String::from_utf8_lossy(&run.stderr));
    let line = text.lines().find_map(|line| line.split_once("KiB: ")).unwrap_or_else(|| panic!("{text}"));
    let mut numbers = line.1.split_whitespace().filter_map(|word| word.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "it is measured as Linux tells it")]
fn a_thousand_objects_a_package_of_200_mb_and_documents_are_copied_in_little_memory() {
    for test in ["copies_a_thousand_objects", "imports_a_large_function_and_documents"] {
        let (idle, peak) = alone(test);
        println!("{test}: {} KiB idle, {} KiB more at the peak", idle, peak - idle);
        assert!(peak - idle < MOST, "{test}: {idle} KiB, then {peak} KiB");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_thousand_objects_a_package_of_200_mb_and_documents_are_copied_in_little_memory"]
async fn copies_a_thousand_objects() {
    let sandbox = Sandbox::seeded();
    sandbox.world().add_certificates(1000);
    let aws = Aws::sandbox(&sandbox);
    aws.identity().await.unwrap();
    let idle = peak();
    let mut region = Region::new("ap-south-1");
    let saas = region.add(bucket("supertokens-saas-ap-south-1").versioning(true));
    region.add(replication("supertokens-ssl", saas.clone()).like("supertokens-saas-us-east-1"));
    region.add(object_copy("supertokens-ssl", saas));
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{report:?}");
    assert_eq!(sandbox.world().s3.buckets["supertokens-saas-ap-south-1"].objects.count(), 1000);
    println!("KiB: {idle} idle, {} at the peak", peak());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_thousand_objects_a_package_of_200_mb_and_documents_are_copied_in_little_memory"]
async fn imports_a_large_function_and_documents() {
    let sandbox = Sandbox::seeded();
    {
        let regions = &mut sandbox.world().lambda.regions;
        let large = regions.get_mut("eu-west-1").unwrap().functions.get_mut("telemetry-aggregator").unwrap();
        large.latest.code = Code::Zip(Blob::pattern(PACKAGE));
    }
    let aws = Aws::sandbox(&sandbox);
    aws.identity().await.unwrap();
    let idle = peak();
    let eu = Reference::new(&aws, "eu-west-1").await.unwrap();
    let found = eu.functions().await.unwrap();
    let mut region = Region::new("ap-south-1");
    let logs = region.add(bucket("packages-of-functions"));
    let large =
        found.all.into_iter().find(|function| function.value.name() == "telemetry-aggregator").unwrap();
    region.add(large.map(|function| function.through(logs)));
    let us = Reference::new(&aws, "us-east-1").await.unwrap();
    for document in us.documents().await.unwrap().all {
        region.add(document);
    }
    let report = Opening::discover(&region, &aws).await.unwrap().apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{report:?}");
    let copy =
        sandbox.world().lambda.regions["ap-south-1"].functions["telemetry-aggregator"].latest.code.clone();
    assert_eq!(copy, Code::Zip(Blob::pattern(PACKAGE)), "byte for byte");
    let versions =
        sandbox.world().ssm.regions["ap-south-1"].documents["StartUpdateSuperTokens"].versions.len();
    assert_eq!(versions, 3);
    println!("KiB: {idle} idle, {} at the peak", peak());
}

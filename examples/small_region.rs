//! A small region as a whole: applied twice, of which the second time does nothing. See `small_region.rhai` for the same
//! as a script.

use supertokens_region::*;

fn small_region(name: &str) -> Region {
    let mut region = Region::new(name);
    let vpc = region.add(default_vpc().dns());
    let logs = bucket(&format!("example-logs-{name}"))
        .receives_access_logs(&format!("example-data-{name}"), "data/")
        .receives_flow_logs("vpc-flow-logs");
    let logs = region.add(logs);
    let data = bucket(&format!("example-data-{name}")).versioning(true).log_to(logs.clone(), "data/");
    region.add(data.readable_from(vpc.clone(), "ReadInsideOfTheVpc"));
    region.add(hosted_zone(&format!("{name}.example")).vpc(vpc.clone()));
    region.add(security_group("web").in_vpc(vpc.clone()).allow(tcp(443), "0.0.0.0/0"));
    region.add(vpc_endpoint("s3", vpc.clone()));
    region.add(flow_log(vpc, logs, "vpc-flow-logs"));
    region.add(log_retention(365));
    region.add(manual_step("tell", "Tell the others that the region is open."));
    region
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let region = small_region("ap-south-1");
    let aws = Aws::sandbox(&Sandbox::seeded());
    let first = Opening::discover(&region, &aws).await?.apply(|_| ()).await?;
    print!("{}", first.text());
    let second = Opening::discover(&region, &aws).await?.apply(|_| ()).await?;
    print!("{}", second.text());
    assert!(!second.changed());
    Ok(())
}

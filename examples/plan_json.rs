//! Planning only: nothing is changed, and the plan is told as JSON. See `plan_json.rhai` for the same as a script.

use supertokens_region::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut region = Region::new("ap-south-1");
    let vpc = region.add(default_vpc());
    region.add(security_group("web").in_vpc(vpc).description("web servers").allow(tcp(443), "0.0.0.0/0"));

    let aws = Aws::sandbox(&Sandbox::seeded());
    let opening = Opening::discover(&region, &aws).await?;
    println!("{}", serde_json::to_string_pretty(opening.plan())?);
    Ok(())
}

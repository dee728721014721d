//! Copies what another region has: its functions but one, and a cluster with an alarm. What can't be carried over is told in
//! the plan. A finding that is wanted so is waived, with the reason. See `like_another_region.rhai` for the same as a script.

use supertokens_region::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let aws = Aws::sandbox(&Sandbox::seeded());
    let mut region = Region::new("ap-south-1");
    let vpc = region.add(default_vpc());
    // What doesn't depend on each other is read side by side.
    let (us, eu) = tokio::try_join!(Reference::new(&aws, "us-east-1"), Reference::new(&aws, "eu-west-1"))?;
    let name = "supertokens-dev-us-east-1";
    let (functions, like, published) =
        tokio::try_join!(eu.functions(), us.cluster(name), us.published(name))?;

    for function in functions.all.into_iter().filter(|function| function.name() != "supertokens-usage") {
        region.add(function.map(|function| function.in_vpc(vpc.clone())));
    }
    functions.findings.into_iter().for_each(|finding| region.note(finding));

    let cluster = like.map(|like| like.renamed(us.name(), "ap-south-1").in_vpc(vpc.clone()));
    let db = region.add(cluster.map(|cluster| cluster.tag_instances("VantaOwner", "ops@example.com")));
    region.add(rds_alarm(CPUUtilization, Max, 80).of(db).as_published(&published));

    for name in ["dev-postgresql", "supertokens-nginx-port"] {
        let group = us.security_group(name).await?.map(|group| group.in_vpc(vpc.clone()));
        region.add(group.waive("open-to-internet", "development databases are reached from anywhere"));
    }

    let opening = Opening::discover(&region, &aws).await?;
    print!("{}", opening.plan().text());
    let report = opening.apply(|_| ()).await?;
    print!("{}", report.text());
    assert!(!report.failed());
    Ok(())
}

//! One alarm, and the topic that it tells: the smallest thing to open. See `one_alarm.rhai` for the same as a script.

use supertokens_region::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut region = Region::new("ap-south-1");
    let topic = region.add(topic("CloudWatch_Alarms_AP_South_1_RDS").email("alerts@example.com"));
    region.add(rds_alarm(FreeableMemory, Min, 52428800).of("supertokens-prod").notify(topic));

    let aws = Aws::sandbox(&Sandbox::seeded()); // the real one: Aws::from_env().await
    let opening = Opening::discover(&region, &aws).await?;
    print!("{}", opening.plan().text());
    let report = opening.apply(|_| ()).await?;
    print!("{}", report.text());
    Ok(())
}

//! The four alarms of a cluster, added by a function, then verified. See `cluster_alarms.rhai` for the same as a script.

use supertokens_region::*;

/// What the checklist wants of every cluster.
fn add_cluster_alarms(region: &mut Region, cluster: &str, topic: &Ref<Topic>) {
    for alarm in [
        rds_alarm(FreeableMemory, Min, 52428800),
        rds_alarm(FreeLocalStorage, Min, 1073741824),
        rds_alarm(CPUUtilization, Max, 80),
        rds_alarm(ReadIOPS, Max, 1000),
    ] {
        region.add(alarm.of(cluster).notify(topic.clone()));
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut region = Region::new("us-east-1");
    let topic = region.existing(topic("CloudWatch_Alarms_US_East_1_RDS"));
    for cluster in ["supertokens-prod-us-east-1", "supertokens-dev-us-east-1"] {
        add_cluster_alarms(&mut region, cluster, &topic);
    }

    let aws = Aws::sandbox(&Sandbox::seeded());
    Opening::discover(&region, &aws).await?.apply(|_| ()).await?;
    let verification = Opening::discover(&region, &aws).await?.verify();
    print!("{}", verification.text());
    assert!(verification.holds());
    Ok(())
}

use supertokens_region::{Region, Sandbox, World, topic};

use super::{BehindItsBack, R, converges};

#[tokio::test]
async fn topics_converge() {
    let mut region = Region::new(R);
    region.add(
        topic("alarms")
            .email("ops@example.com")
            .email("dev@example.com")
            .display_name("Alarms")
            .tag("a", "1"),
    );
    region.add(topic("plain"));
    converges(&Sandbox::new(World::default()), &region, &[]).await;
}

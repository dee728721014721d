use supertokens_region::{Region, Sandbox, World, default_vpc};

use super::{BehindItsBack, R, converges};

#[tokio::test]
async fn vpcs_converge() {
    let mut region = Region::new(R);
    region.add(default_vpc().dns());
    converges(&Sandbox::new(World::default()), &region, &[]).await;
}

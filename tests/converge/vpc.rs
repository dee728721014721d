use supertokens_region::sandbox::ec2::Vpc;
use supertokens_region::{Action, Region, Sandbox, World, default_vpc, vpc};

use super::{BehindItsBack, R, converges, plan};

fn default(world: &mut World) -> &mut Vpc {
    let region = world.ec2.regions.get_mut(R).expect("the region is enabled");
    region.vpcs.values_mut().find(|vpc| vpc.is_default).expect("it has a default VPC")
}

#[tokio::test]
async fn the_dns_attributes_of_a_vpc_converge() {
    let mut region = Region::new(R);
    region.add(default_vpc().dns());
    let changes = [
        BehindItsBack {
            address: "vpc/default",
            field: "dns_hostnames",
            change: |world| default(world).dns_hostnames = false,
        },
        BehindItsBack {
            address: "vpc/default",
            field: "dns_support",
            change: |world| default(world).dns_support = false,
        },
    ];
    converges(&Sandbox::new(World::default()), &region, &changes).await;
}

#[tokio::test]
async fn a_vpc_is_found_by_id_and_by_name_and_never_made() {
    let sandbox = Sandbox::new(World::default());
    let id = {
        let mut world = sandbox.world();
        default(&mut world).tags.insert("Name".to_owned(), "main".to_owned());
        let region = &world.ec2.regions[R];
        region.vpcs.keys().next().expect("a VPC").clone()
    };
    let mut region = Region::new(R);
    for which in ["main", id.as_str(), "nowhere"] {
        region.add(vpc(which));
    }
    let plan = plan(&sandbox, &region).await;
    let actions: Vec<_> = plan.steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::Keep, Action::Keep, Action::Blocked]);
    assert!(plan.steps[2].reason.contains("there is no `vpc/nowhere`"), "{}", plan.steps[2].reason);
}

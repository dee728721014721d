use supertokens_region::sandbox::route53::{HostedZone, ZoneVpc};
use supertokens_region::{
    Action, Aws, Error, Opening, Region, Sandbox, World, default_vpc, hosted_zone, vpc,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

fn wanted() -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc().dns());
    region.add(hosted_zone("ap-south-1.dns").vpc(vpc).comment("ours").tag("a", "1").tag("b", "2"));
    region
}

fn zone(world: &mut World) -> &mut HostedZone {
    world.route53.zones.values_mut().find(|zone| zone.name == "ap-south-1.dns.").unwrap()
}

fn default_vpc_of(world: &World) -> ZoneVpc {
    let id = world.ec2.regions[R].vpcs.iter().find(|(_, vpc)| vpc.is_default).unwrap().0;
    ZoneVpc { region: R.to_owned(), id: id.clone() }
}

fn another_vpc() -> ZoneVpc {
    ZoneVpc { region: "us-east-1".to_owned(), id: "vpc-0123456789abcdef0".to_owned() }
}

fn rules(plan: &supertokens_region::Plan) -> Vec<&str> {
    plan.steps[1].findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[tokio::test]
async fn hosted_zones_converge() {
    let address = "hosted_zone/ap-south-1.dns";
    let changes = [
        BehindItsBack { address, field: "comment", change: |world| zone(world).comment = None },
        BehindItsBack {
            address,
            field: "vpcs.default",
            change: |world| zone(world).vpcs = vec![another_vpc()],
        },
        BehindItsBack {
            address,
            field: "tags.a",
            change: |world| {
                zone(world).tags.insert("a".to_owned(), "x".to_owned());
            },
        },
    ];
    converges(&Sandbox::new(World::default()), &wanted(), &changes).await;
}

#[tokio::test]
async fn a_zone_of_others_gets_our_vpc_and_keeps_what_it_has() {
    let mut world = World::default();
    let mut theirs = HostedZone::new("ap-south-1.dns.", "by hand", vec![another_vpc()]);
    theirs.tags.insert("theirs".to_owned(), "x".to_owned());
    world.route53.zones.insert("Z1".to_owned(), theirs.clone());
    let sandbox = Sandbox::new(world);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let mut world = sandbox.world().clone();
    let ours = default_vpc_of(&world);
    let zone = zone(&mut world);
    assert_eq!(zone.vpcs, [another_vpc(), ours]);
    assert_eq!((&zone.records, &zone.tags["theirs"]), (&theirs.records, &theirs.tags["theirs"]));
    assert_eq!(world.route53.zones.len(), 1);
    assert_eq!(rules(&plan(&sandbox, &wanted()).await), ["other-vpc"]);
}

#[tokio::test]
async fn of_several_zones_of_a_name_ours_is_the_one_that_our_vpc_sees() {
    let mut world = World::default();
    let ours = default_vpc_of(&world);
    for (id, vpcs) in [("Z1", vec![another_vpc()]), ("Z2", vec![ours]), ("Z3", vec![])] {
        world.route53.zones.insert(id.to_owned(), HostedZone::new("ap-south-1.dns.", id, vpcs));
    }
    let sandbox = Sandbox::new(world);
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(sandbox.world().route53.zones["Z2"].comment.as_deref(), Some("ours"));
    assert_eq!(rules(&plan(&sandbox, &wanted()).await), ["same-name", "public-zone"]);
}

#[tokio::test]
async fn a_zone_is_not_chosen_among_several_that_our_vpc_does_not_see() {
    let mut world = World::default();
    for id in ["Z1", "Z2"] {
        world
            .route53
            .zones
            .insert(id.to_owned(), HostedZone::new("ap-south-1.dns.", id, vec![another_vpc()]));
    }
    let plan = plan(&Sandbox::new(world), &wanted()).await;
    assert_eq!(plan.steps[1].action, Action::Blocked);
    assert!(matches!(plan.steps[1].error, Some(Error::Conflict { .. })));
}

#[tokio::test]
async fn a_zone_is_found_behind_more_than_a_page_of_others() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    for n in 0..150 {
        let (name, id) = (format!("{n}.dns."), format!("Z{n}"));
        sandbox.world().route53.zones.insert(id.clone(), HostedZone::new(&name, &id, vec![another_vpc()]));
        let (name, id) = ("ap-south-1.dns.", format!("Y{n}"));
        sandbox.world().route53.zones.insert(id.clone(), HostedZone::new(name, &id, vec![another_vpc()]));
    }
    assert_settled(&sandbox, &wanted()).await;
}

#[tokio::test]
async fn a_zone_that_was_deleted_is_made_anew_though_its_reference_is_spent() {
    let sandbox = Sandbox::new(World::default());
    for _ in 0..3 {
        apply(&sandbox, &wanted()).await;
        assert_settled(&sandbox, &wanted()).await;
        let world = &mut *sandbox.world();
        let (_, zone) = world.route53.zones.pop_first().unwrap();
        world.route53.spent_references.insert(zone.caller_reference);
    }
}

#[tokio::test]
async fn a_zone_that_somebody_makes_meanwhile_is_taken() {
    let sandbox = Sandbox::new(World::default());
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    apply(&sandbox, &wanted()).await;
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(sandbox.world().route53.zones.len(), 1);
}

#[tokio::test]
async fn a_zone_may_be_for_two_vpcs() {
    let sandbox = Sandbox::new(World::default());
    let ec2 = Aws::sandbox(&sandbox).ec2(R);
    let made = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    let mut region = Region::new(R);
    let first = region.add(default_vpc());
    let second = region.add(vpc(made.vpc().unwrap().vpc_id().unwrap()));
    region.add(hosted_zone("ap-south-1.dns").vpc(first).vpc(second));
    converges(&sandbox, &region, &[]).await;
    assert_eq!(zone(&mut sandbox.world()).vpcs.len(), 2);
}

#[test]
fn a_script_makes_the_same_zone() {
    let script = r#"
        let vpc = region.add(default_vpc().dns());
        region.add(hosted_zone("AP-South-1.dns.").vpc(vpc).comment("ours").tag("a", "1").tag("b", "2"));
    "#;
    assert_same(script, &wanted());
}

#[tokio::test]
async fn a_vpc_of_which_nobody_asks_whether_names_resolve_is_told() {
    let rules = async |vpc: supertokens_region::Vpc| {
        let mut region = Region::new(R);
        let vpc = region.add(vpc);
        region.add(hosted_zone("ap-south-1.dns").vpc(vpc));
        let plan = plan(&Sandbox::new(World::default()), &region).await;
        plan.steps[1].findings.iter().map(|finding| finding.rule.clone()).collect::<Vec<_>>()
    };
    assert_eq!(rules(default_vpc()).await, ["dns-not-asked"]);
    assert!(rules(default_vpc().dns()).await.is_empty());
}

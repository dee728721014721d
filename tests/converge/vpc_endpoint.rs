use supertokens_region::sandbox::ec2::{Region as Network, RouteTable, VpcEndpoint};
use supertokens_region::{Action, Aws, Opening, Plan, Region, Sandbox, World, default_vpc, vpc_endpoint};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

fn wanted() -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    region.add(vpc_endpoint("s3", vpc).tag("a", "1"));
    region
}

fn network(world: &mut World) -> &mut Network {
    world.ec2.regions.get_mut(R).unwrap()
}

fn endpoint(world: &mut World) -> &mut VpcEndpoint {
    network(world).vpc_endpoints.values_mut().next().unwrap()
}

/// A table of its own for one of the subnets.
fn add_table(world: &mut World, id: &str, subnet: usize) {
    let network = network(world);
    let vpc = network.vpcs.keys().next().unwrap().clone();
    let subnet = network.subnets.keys().nth(subnet).cloned();
    let associations = [(id.replace("rtb", "rtbassoc"), subnet)].into();
    network.route_tables.insert(id.to_owned(), RouteTable { vpc, associations, ..RouteTable::default() });
}

fn rules(plan: &Plan) -> Vec<&str> {
    plan.steps[1].findings.iter().map(|finding| finding.rule.as_str()).collect()
}

const FIRST: &str = "rtb-00000000000000001";
const SECOND: &str = "rtb-00000000000000002";

#[tokio::test]
async fn vpc_endpoints_converge() {
    let address = "vpc_endpoint/default/s3";
    let changes = [
        BehindItsBack { address, field: "tags.a", change: |world| endpoint(world).tags.clear() },
        BehindItsBack { address, field: "routes", change: |world| endpoint(world).route_tables.clear() },
        BehindItsBack { address, field: "routes", change: |world| add_table(world, FIRST, 0) },
    ];
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &wanted(), &changes).await;
    assert_eq!(endpoint(&mut sandbox.world()).route_tables.len(), 2);
}

#[tokio::test]
async fn the_plan_names_the_tables_that_are_missing() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    add_table(&mut sandbox.world(), FIRST, 0);
    let plan = plan(&sandbox, &wanted()).await;
    assert_eq!(plan.steps[1].changes[0].live, format!("1 of 2 route tables: {FIRST} missing"));
}

#[tokio::test]
async fn the_main_table_is_left_alone_when_every_subnet_has_its_own() {
    let sandbox = Sandbox::new(World::default());
    for (subnet, table) in [FIRST, SECOND, "rtb-00000000000000003"].into_iter().enumerate() {
        add_table(&mut sandbox.world(), table, subnet);
    }
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let tables = endpoint(&mut sandbox.world()).route_tables.clone();
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), [FIRST, SECOND, "rtb-00000000000000003"]);
}

#[tokio::test]
async fn an_endpoint_of_others_gets_the_missing_tables_and_keeps_its_policy_and_tags() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    let policy = r#"{"Statement":[]}"#;
    {
        let world = &mut *sandbox.world();
        add_table(world, FIRST, 0);
        endpoint(world).policy = policy.to_owned();
        endpoint(world).tags = [("theirs".to_owned(), "x".to_owned())].into();
        endpoint(world).route_tables = [FIRST.to_owned()].into();
    }
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    let world = &mut *sandbox.world();
    let endpoint = endpoint(world);
    assert_eq!((endpoint.policy.as_str(), endpoint.tags["theirs"].as_str()), (policy, "x"));
    assert_eq!(endpoint.route_tables.len(), 2);
    assert_eq!(network(world).vpc_endpoints.len(), 1);
}

#[tokio::test]
async fn two_endpoints_may_share_the_tables_and_are_told() {
    let sandbox = Sandbox::new(World::default());
    add_table(&mut sandbox.world(), FIRST, 0);
    apply(&sandbox, &wanted()).await;
    {
        let world = &mut *sandbox.world();
        let mut second = endpoint(world).clone();
        endpoint(world).route_tables.remove(FIRST);
        second.route_tables = [FIRST.to_owned()].into();
        network(world).vpc_endpoints.insert("vpce-0fffffffffffffff0".to_owned(), second);
    }
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(rules(&plan(&sandbox, &wanted()).await), ["second-endpoint"]);
}

#[tokio::test]
async fn an_endpoint_that_is_not_available_is_failing() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    endpoint(&mut sandbox.world()).state = "failed".to_owned();
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    assert!(!opening.verify().holds());
    assert_eq!(rules(opening.plan()), ["endpoint-not-available"]);
}

#[tokio::test]
async fn an_endpoint_that_was_deleted_is_made_anew_though_aws_knows_its_token() {
    let sandbox = Sandbox::new(World::default());
    for _ in 0..3 {
        apply(&sandbox, &wanted()).await;
        assert_settled(&sandbox, &wanted()).await;
        network(&mut sandbox.world()).vpc_endpoints.clear();
    }
    assert_eq!(plan(&sandbox, &wanted()).await.count(Action::Create), 1);
}

#[tokio::test]
async fn an_endpoint_that_somebody_makes_meanwhile_is_taken() {
    let sandbox = Sandbox::new(World::default());
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    apply(&sandbox, &wanted()).await;
    assert!(!opening.apply(|_| ()).await.unwrap().failed());
    assert_eq!(network(&mut sandbox.world()).vpc_endpoints.len(), 1);
}

#[test]
fn a_script_makes_the_same_endpoint() {
    let script = r#"
        let vpc = region.add(default_vpc());
        region.add(vpc_endpoint("s3", vpc).tag("a", "1"));
    "#;
    assert_same(script, &wanted());
}

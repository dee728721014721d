use aws_sdk_ec2::types::{ResourceType, RouteOrigin, RouteState};

use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

#[tokio::test]
async fn the_default_vpcs_main_table_has_a_local_route_and_one_to_the_internet() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let main = main_table(&aws, R, &vpc).await;
    let answer = aws.ec2(R).describe_route_tables().route_table_ids(&main).send().await.unwrap();
    let routes = answer.route_tables()[0].routes();
    assert_eq!(routes.len(), 2);
    assert_eq!(routes[0].destination_cidr_block(), Some("172.31.0.0/16"));
    assert_eq!(routes[0].gateway_id(), Some("local"));
    assert_eq!(routes[0].origin(), Some(&RouteOrigin::CreateRouteTable));
    assert_eq!(routes[1].destination_cidr_block(), Some("0.0.0.0/0"));
    assert!(routes[1].gateway_id().unwrap().starts_with("igw-"));
    assert_eq!(routes[1].state(), Some(&RouteState::Active));
}

#[tokio::test]
async fn create_route_table_and_associate_it_with_a_subnet() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let create = aws.ec2(R).create_route_table().vpc_id(&vpc);
    let create = create.tag_specifications(tagged(ResourceType::RouteTable, "Name", "private"));
    let answer = create.send().await.unwrap();
    let table = answer.route_table().unwrap();
    assert_eq!(table.routes()[0].gateway_id(), Some("local"));
    assert!(table.associations().is_empty());
    let table = table.route_table_id().unwrap();
    let subnets = aws.ec2(R).describe_subnets().send().await.unwrap();
    let subnet = subnets.subnets()[0].subnet_id().unwrap();
    let associate = || aws.ec2(R).associate_route_table().route_table_id(table).subnet_id(subnet);
    let association = associate().send().await.unwrap();
    let describe = aws.ec2(R).describe_route_tables().filters(filter("association.subnet-id", subnet));
    let answer = describe.send().await.unwrap();
    assert_eq!(answer.route_tables().len(), 1);
    assert_eq!(answer.route_tables()[0].tags(), [tag("Name", "private")]);
    let associations = answer.route_tables()[0].associations();
    assert_eq!(associations[0].route_table_association_id(), association.association_id());
    assert_eq!(associations[0].main(), Some(false));
    assert_eq!(code(associate().send().await), "Resource.AlreadyAssociated");
    assert_ne!(main_table(&aws, R, &vpc).await, table);
}

#[tokio::test]
async fn create_route_table_with_the_same_client_token_is_the_same_table() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let other = new_vpc(&aws, R, "10.0.0.0/16").await;
    let create = |vpc: &str| aws.ec2(R).create_route_table().vpc_id(vpc).client_token("once");
    let first = create(&vpc).send().await.unwrap();
    let again = create(&vpc).send().await.unwrap();
    assert_eq!(first.route_table(), again.route_table());
    assert_eq!(code(create(&other).send().await), "IdempotentParameterMismatch");
    let tables = aws.ec2(R).describe_route_tables().filters(filter("vpc-id", &vpc)).send().await.unwrap();
    assert_eq!(tables.route_tables().len(), 2);
}

#[tokio::test]
async fn route_tables_and_subnets_of_different_networks_are_not_associated() {
    let (sandbox, aws) = sandbox();
    let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
    let table = new_table(&aws, R, &vpc).await;
    let subnets = aws.ec2(R).describe_subnets().send().await.unwrap();
    let subnet = subnets.subnets()[0].subnet_id().unwrap();
    let before = sandbox.world().ec2.clone();
    let associate = |region: &str| aws.ec2(region).associate_route_table().route_table_id(&table);
    assert_eq!(code(associate(R).subnet_id(subnet).send().await), "InvalidParameterValue");
    assert_eq!(code(associate(R).send().await), "MissingParameter");
    let there = associate("us-east-1").subnet_id(subnet).send().await;
    assert_eq!(code(there), "InvalidRouteTableID.NotFound");
    let create = aws.ec2("us-east-1").create_route_table().vpc_id(&vpc).send().await;
    assert_eq!(code(create), "InvalidVpcID.NotFound");
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn describe_route_tables_with_malformed_and_unknown_ids_is_refused() {
    let (_, aws) = sandbox();
    let describe = |id: &str| aws.ec2(R).describe_route_tables().route_table_ids(id);
    assert_eq!(code(describe("rtb-1").send().await), "InvalidRouteTableId.Malformed");
    assert_eq!(code(describe("rtb-12345678").send().await), "InvalidRouteTableID.NotFound");
}

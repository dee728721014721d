use aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointFluentBuilder;
use aws_sdk_ec2::types::{ResourceType, VpcEndpoint, VpcEndpointType};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

const S3: &str = "com.amazonaws.ap-south-1.s3";

fn create(aws: &Aws, vpc: &str, tables: &[&str]) -> CreateVpcEndpointFluentBuilder {
    let create = aws.ec2(R).create_vpc_endpoint().vpc_id(vpc).service_name(S3);
    create.set_route_table_ids(Some(tables.iter().map(|table| (*table).to_owned()).collect()))
}

async fn created(create: CreateVpcEndpointFluentBuilder) -> String {
    create.send().await.unwrap().vpc_endpoint.unwrap().vpc_endpoint_id.unwrap()
}

async fn read(aws: &Aws, id: &str) -> VpcEndpoint {
    let answer = aws.ec2(R).describe_vpc_endpoints().vpc_endpoint_ids(id).send().await.unwrap();
    answer.vpc_endpoints.unwrap().remove(0)
}

fn policy(endpoint: &VpcEndpoint) -> Value {
    serde_json::from_str(endpoint.policy_document().unwrap()).unwrap()
}

fn narrow() -> Value {
    let statement =
        json!({"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "arn:aws:s3:::logs/*"});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

#[tokio::test]
async fn create_vpc_endpoint_makes_a_gateway_to_s3_with_full_access() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let table = main_table(&aws, R, &vpc).await;
    let tags = tagged(ResourceType::VpcEndpoint, "Name", "s3");
    let create = create(&aws, &vpc, &[&table]).vpc_endpoint_type(VpcEndpointType::Gateway);
    let endpoint = read(&aws, &created(create.tag_specifications(tags)).await).await;
    assert_eq!(endpoint.service_name(), Some(S3));
    assert_eq!(endpoint.vpc_id(), Some(vpc.as_str()));
    assert_eq!(endpoint.vpc_endpoint_type(), Some(&VpcEndpointType::Gateway));
    assert_eq!(endpoint.state().map(|state| state.as_str()), Some("available"));
    assert_eq!(endpoint.route_table_ids(), [table]);
    assert_eq!(endpoint.tags(), [tag("Name", "s3")]);
    assert_eq!(endpoint.creation_timestamp().map(|time| time.secs()), Some(1_767_225_600));
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
    assert_eq!(policy(&endpoint)["Statement"], json!([statement]));
}

#[tokio::test]
async fn a_gateway_endpoint_adds_a_prefix_list_route_to_its_tables() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let table = main_table(&aws, R, &vpc).await;
    let id = created(create(&aws, &vpc, &[&table])).await;
    let lists =
        aws.ec2(R).describe_prefix_lists().filters(filter("prefix-list-name", S3)).send().await.unwrap();
    let list = lists.prefix_lists()[0].prefix_list_id().unwrap();
    let describe = |name: &str, value: &str| aws.ec2(R).describe_route_tables().filters(filter(name, value));
    let answer = describe("route.destination-prefix-list-id", list).send().await.unwrap();
    assert_eq!(answer.route_tables()[0].route_table_id(), Some(table.as_str()));
    let routes = answer.route_tables()[0].routes();
    assert_eq!(routes.len(), 3);
    assert_eq!(routes[2].destination_prefix_list_id(), Some(list));
    assert_eq!(routes[2].gateway_id(), Some(id.as_str()));
    assert_eq!(describe("route.gateway-id", &id).send().await.unwrap().route_tables().len(), 1);
}

#[tokio::test]
async fn create_vpc_endpoint_again_on_the_same_route_table_is_refused() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let (main, other) = (main_table(&aws, R, &vpc).await, new_table(&aws, R, &vpc).await);
    let first = created(create(&aws, &vpc, &[&main])).await;
    let before = sandbox.world().ec2.clone();
    assert_eq!(code(create(&aws, &vpc, &[&other, &main]).send().await), "RouteAlreadyExists");
    assert_eq!(sandbox.world().ec2, before);
    assert_ne!(created(create(&aws, &vpc, &[&other])).await, first);
    assert_ne!(created(create(&aws, &vpc, &[])).await, created(create(&aws, &vpc, &[])).await);
}

#[tokio::test]
async fn create_vpc_endpoint_with_what_is_not_in_the_region_is_refused() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let other = new_vpc(&aws, R, "10.0.0.0/16").await;
    let there = default_vpc(&aws, "us-east-1").await;
    let table_of_other = main_table(&aws, R, &other).await;
    let before = sandbox.world().ec2.clone();
    let service = create(&aws, &vpc, &[]).service_name("com.amazonaws.us-east-1.s3").send().await;
    assert_eq!(code(service), "InvalidServiceName");
    assert_eq!(code(create(&aws, &there, &[]).send().await), "InvalidVpcID.NotFound");
    assert_eq!(code(create(&aws, &vpc, &["rtb-12345678"]).send().await), "InvalidRouteTableId.NotFound");
    assert_eq!(code(create(&aws, &vpc, &[&table_of_other]).send().await), "InvalidParameter");
    assert_eq!(code(create(&aws, &vpc, &[]).subnet_ids("subnet-12345678").send().await), "InvalidParameter");
    let interface = create(&aws, &vpc, &[]).vpc_endpoint_type(VpcEndpointType::Interface);
    assert_eq!(code(interface.send().await), "UnsupportedOperation");
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn create_vpc_endpoint_with_the_same_client_token_is_the_same_endpoint() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let table = main_table(&aws, R, &vpc).await;
    let first = create(&aws, &vpc, &[&table]).client_token("once").send().await.unwrap();
    let again = create(&aws, &vpc, &[&table]).client_token("once").send().await.unwrap();
    assert_eq!(first.vpc_endpoint(), again.vpc_endpoint());
    assert_eq!(again.client_token(), Some("once"));
    let changed = create(&aws, &vpc, &[]).client_token("once").send().await;
    assert_eq!(code(changed), "IdempotentParameterMismatch");
    assert_eq!(aws.ec2(R).describe_vpc_endpoints().send().await.unwrap().vpc_endpoints().len(), 1);
}

#[tokio::test]
async fn create_vpc_endpoint_refuses_policies_that_are_none() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let long = narrow().to_string().replace("logs", &"l".repeat(20_480));
    for policy in ["no json", "{}", r#"{"Statement":[{"Effect":"Allow"}]}"#, &long] {
        let create = create(&aws, &vpc, &[]).policy_document(policy);
        assert_eq!(code(create.send().await), "InvalidPolicyDocument");
    }
    let id = created(create(&aws, &vpc, &[]).policy_document(format!(" {:#} ", narrow()))).await;
    assert_eq!(policy(&read(&aws, &id).await), narrow());
}

#[tokio::test]
async fn describe_vpc_endpoints_filters_by_vpc_and_service() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let other = new_vpc(&aws, R, "10.0.0.0/16").await;
    created(create(&aws, &vpc, &[])).await;
    let id = created(create(&aws, &other, &[])).await;
    let describe = |name: &str, value: &str| aws.ec2(R).describe_vpc_endpoints().filters(filter(name, value));
    let one = describe("vpc-id", &other).filters(filter("service-name", S3));
    let one = one
        .filters(filter("vpc-endpoint-type", "Gateway"))
        .filters(filter("vpc-endpoint-state", "available"));
    let one = one.send().await.unwrap();
    assert_eq!(one.vpc_endpoints().len(), 1);
    assert_eq!(one.vpc_endpoints()[0].vpc_endpoint_id(), Some(id.as_str()));
    assert!(
        describe("service-name", "com.amazonaws.ap-south-1.dynamodb")
            .send()
            .await
            .unwrap()
            .vpc_endpoints()
            .is_empty()
    );
    let there = aws.ec2("us-east-1").describe_vpc_endpoints().vpc_endpoint_ids(&id).send().await;
    assert_eq!(code(there), "InvalidVpcEndpointId.NotFound");
}

#[tokio::test]
async fn modify_vpc_endpoint_adds_a_route_table_and_changes_the_policy() {
    let (sandbox, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let (main, other) = (main_table(&aws, R, &vpc).await, new_table(&aws, R, &vpc).await);
    let id = created(create(&aws, &vpc, &[&main])).await;
    let modify = || aws.ec2(R).modify_vpc_endpoint().vpc_endpoint_id(&id);
    modify().add_route_table_ids(&other).policy_document(narrow().to_string()).send().await.unwrap();
    let endpoint = read(&aws, &id).await;
    assert_eq!(endpoint.route_table_ids().len(), 2);
    assert_eq!(policy(&endpoint), narrow());
    let before = sandbox.world().ec2.clone();
    assert_eq!(code(modify().add_route_table_ids(&other).send().await), "RouteAlreadyExists");
    assert_eq!(code(modify().remove_route_table_ids("rtb-12345678").send().await), "InvalidParameter");
    assert_eq!(code(modify().policy_document("{").send().await), "InvalidPolicyDocument");
    let both = modify().policy_document(narrow().to_string()).reset_policy(true).send().await;
    assert_eq!(code(both), "InvalidParameterCombination");
    let there = aws.ec2("us-east-1").modify_vpc_endpoint().vpc_endpoint_id(&id).send().await;
    assert_eq!(code(there), "InvalidVpcEndpointId.NotFound");
    assert_eq!(sandbox.world().ec2, before);
    modify().reset_policy(true).remove_route_table_ids(&main).send().await.unwrap();
    let endpoint = read(&aws, &id).await;
    assert_eq!(endpoint.route_table_ids(), [other]);
    assert_ne!(policy(&endpoint), narrow());
}

#[tokio::test]
async fn a_region_holds_twenty_gateway_endpoints() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    for _ in 0..20 {
        created(create(&aws, &vpc, &[])).await;
    }
    assert_eq!(code(create(&aws, &vpc, &[]).send().await), "VpcEndpointLimitExceeded");
}

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Tenancy, VpcAttributeName, VpcState};

use crate::aws::Aws;
use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

fn on(value: bool) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(value).build()
}

/// DNS support and DNS host names.
async fn dns(aws: &Aws, vpc: &str) -> (Option<bool>, Option<bool>) {
    let describe = |name| aws.ec2(R).describe_vpc_attribute().vpc_id(vpc).attribute(name);
    let support = describe(VpcAttributeName::EnableDnsSupport).send().await.unwrap();
    let names = describe(VpcAttributeName::EnableDnsHostnames).send().await.unwrap();
    assert_eq!(support.enable_dns_hostnames(), None);
    let value = |attribute: Option<&AttributeBooleanValue>| attribute.and_then(|it| it.value());
    (value(support.enable_dns_support()), value(names.enable_dns_hostnames()))
}

#[tokio::test]
async fn each_region_has_one_default_vpc_with_an_id_of_its_own() {
    let (sandbox, aws) = sandbox();
    assert_ne!(default_vpc(&aws, R).await, default_vpc(&aws, "us-east-1").await);
    let answer = aws.ec2(R).describe_vpcs().send().await.unwrap();
    let vpc = &answer.vpcs()[0];
    assert_eq!(vpc.cidr_block(), Some("172.31.0.0/16"));
    assert_eq!(vpc.owner_id(), Some("123456789012"));
    assert_eq!(vpc.state(), Some(&VpcState::Available));
    assert_eq!(dns(&aws, vpc.vpc_id().unwrap()).await, (Some(true), Some(true)));
    let fresh = crate::sandbox::World::default().ec2;
    assert_eq!(sandbox.world().ec2, fresh);
}

#[tokio::test]
async fn create_vpc_is_described_and_its_dns_attributes_can_be_changed() {
    let (_, aws) = sandbox();
    let create = aws.ec2(R).create_vpc().cidr_block("10.9.8.7/16");
    let answer = create.tag_specifications(tagged(ResourceType::Vpc, "Name", "prod")).send().await.unwrap();
    let vpc = answer.vpc().unwrap();
    assert_eq!(vpc.cidr_block(), Some("10.9.0.0/16"));
    assert_eq!(vpc.instance_tenancy(), Some(&Tenancy::Default));
    let id = vpc.vpc_id().unwrap();
    let answer = aws.ec2(R).describe_vpcs().vpc_ids(id).send().await.unwrap();
    assert_eq!(answer.vpcs()[0].is_default(), Some(false));
    assert_eq!(answer.vpcs()[0].tags(), [tag("Name", "prod")]);
    assert_eq!(dns(&aws, id).await, (Some(true), Some(false)));
    let modify = || aws.ec2(R).modify_vpc_attribute().vpc_id(id);
    modify().enable_dns_hostnames(on(true)).send().await.unwrap();
    assert_eq!(dns(&aws, id).await, (Some(true), Some(true)));
}

#[tokio::test]
async fn modify_vpc_attribute_takes_one_attribute_a_call() {
    let (_, aws) = sandbox();
    let id = new_vpc(&aws, R, "10.0.0.0/16").await;
    let modify = || aws.ec2(R).modify_vpc_attribute().vpc_id(&id);
    let both = modify().enable_dns_hostnames(on(true)).enable_dns_support(on(true)).send().await;
    assert_eq!(code(both), "InvalidParameterCombination");
    assert_eq!(code(modify().send().await), "InvalidParameterCombination");
    modify().enable_dns_support(on(false)).send().await.unwrap();
    assert_eq!(code(modify().enable_dns_hostnames(on(true)).send().await), "InvalidParameterCombination");
    assert_eq!(dns(&aws, &id).await, (Some(false), Some(false)));
}

#[tokio::test]
async fn a_vpc_of_another_region_is_not_found() {
    let (_, aws) = sandbox();
    let id = new_vpc(&aws, R, "10.0.0.0/16").await;
    let there = aws.ec2("us-east-1");
    assert_eq!(code(there.describe_vpcs().vpc_ids(&id).send().await), "InvalidVpcID.NotFound");
    let attribute = there.describe_vpc_attribute().vpc_id(&id).attribute(VpcAttributeName::EnableDnsSupport);
    assert_eq!(code(attribute.send().await), "InvalidVpcID.NotFound");
    let modify = there.modify_vpc_attribute().vpc_id(&id).enable_dns_support(on(true));
    assert_eq!(code(modify.send().await), "InvalidVpcID.NotFound");
    assert_eq!(code(there.describe_vpcs().vpc_ids("vpc-x").send().await), "InvalidVpcID.Malformed");
}

#[tokio::test]
async fn create_vpc_makes_a_default_group_and_a_main_route_table() {
    let (_, aws) = sandbox();
    let id = new_vpc(&aws, R, "10.0.0.0/16").await;
    let groups = aws.ec2(R).describe_security_groups().filters(filter("vpc-id", &id)).send().await.unwrap();
    assert_eq!(groups.security_groups().len(), 1);
    assert_eq!(groups.security_groups()[0].group_name(), Some("default"));
    let tables = aws.ec2(R).describe_route_tables().filters(filter("vpc-id", &id)).send().await.unwrap();
    assert_eq!(tables.route_tables().len(), 1);
    let routes = tables.route_tables()[0].routes();
    assert_eq!(routes.len(), 1);
    assert_eq!(routes[0].gateway_id(), Some("local"));
    assert_eq!(tables.route_tables()[0].associations()[0].main(), Some(true));
}

#[tokio::test]
async fn describe_vpcs_filters() {
    let (_, aws) = sandbox();
    let create = aws.ec2(R).create_vpc().cidr_block("10.0.0.0/16");
    create.tag_specifications(tagged(ResourceType::Vpc, "Name", "prod-eu")).send().await.unwrap();
    let found = async |name: &str, value: &str| {
        aws.ec2(R).describe_vpcs().filters(filter(name, value)).send().await.unwrap().vpcs().len()
    };
    assert_eq!(found("tag:Name", "prod-*").await, 1);
    assert_eq!(found("tag:Name", "prod").await, 0);
    assert_eq!(found("tag-key", "Name").await, 1);
    assert_eq!(found("cidr", "172.31.0.0/16").await, 1);
    assert_eq!(found("is-default", "false").await, 1);
    assert_eq!(found("state", "available").await, 2);
    assert_eq!(found("vpc-id", "vpc-*").await, 2);
    let unknown = aws.ec2(R).describe_vpcs().filters(filter("name", "prod")).send().await;
    assert_eq!(code(unknown), "InvalidParameterValue");
}

#[tokio::test]
async fn create_vpc_with_bad_addresses_is_refused() {
    let (_, aws) = sandbox();
    let create = async |cidr: &str| code(aws.ec2(R).create_vpc().cidr_block(cidr).send().await);
    assert_eq!(create("10.0.0.0").await, "InvalidParameterValue");
    assert_eq!(create("10.0.0.0/8").await, "InvalidVpc.Range");
    assert_eq!(create("10.0.0.0/29").await, "InvalidVpc.Range");
    assert_eq!(create("").await, "MissingParameter");
    let ipv6 = aws.ec2(R).create_vpc().cidr_block("10.0.0.0/16").amazon_provided_ipv6_cidr_block(true);
    assert_eq!(code(ipv6.send().await), "UnsupportedOperation");
    assert_eq!(aws.ec2(R).describe_vpcs().send().await.unwrap().vpcs().len(), 1);
}

#[tokio::test]
async fn a_region_holds_five_vpcs_even_alike() {
    let (_, aws) = sandbox();
    for _ in 0..4 {
        new_vpc(&aws, R, "10.0.0.0/16").await;
    }
    let fifth = aws.ec2(R).create_vpc().cidr_block("10.0.0.0/16").send().await;
    assert_eq!(code(fifth), "VpcLimitExceeded");
    assert_eq!(aws.ec2(R).describe_vpcs().send().await.unwrap().vpcs().len(), 5);
}

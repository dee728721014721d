//! What the tests of EC2 share.

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};

use crate::aws::Aws;

pub(super) fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

pub(super) fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

pub(super) fn tagged(resource_type: ResourceType, key: &str, value: &str) -> TagSpecification {
    TagSpecification::builder().resource_type(resource_type).tags(tag(key, value)).build()
}

/// The id of the region's default VPC.
pub(super) async fn default_vpc(aws: &Aws, region: &str) -> String {
    let answer = aws.ec2(region).describe_vpcs().filters(filter("is-default", "true")).send().await.unwrap();
    assert_eq!(answer.vpcs().len(), 1);
    answer.vpcs()[0].vpc_id().unwrap().to_owned()
}

/// The id of a new VPC.
pub(super) async fn new_vpc(aws: &Aws, region: &str, cidr: &str) -> String {
    let answer = aws.ec2(region).create_vpc().cidr_block(cidr).send().await.unwrap();
    answer.vpc().and_then(|vpc| vpc.vpc_id()).unwrap().to_owned()
}

/// The id of a VPC's main route table.
pub(super) async fn main_table(aws: &Aws, region: &str, vpc: &str) -> String {
    let describe = aws.ec2(region).describe_route_tables();
    let main = describe.filters(filter("vpc-id", vpc)).filters(filter("association.main", "true"));
    let answer = main.send().await.unwrap();
    assert_eq!(answer.route_tables().len(), 1);
    answer.route_tables()[0].route_table_id().unwrap().to_owned()
}

/// The id of a VPC's new route table.
pub(super) async fn new_table(aws: &Aws, region: &str, vpc: &str) -> String {
    let answer = aws.ec2(region).create_route_table().vpc_id(vpc).send().await.unwrap();
    answer.route_table().and_then(|table| table.route_table_id()).unwrap().to_owned()
}

/// The id of a new security group in the default VPC.
pub(super) async fn new_group(aws: &Aws, region: &str, name: &str) -> String {
    let answer = aws
        .ec2(region)
        .create_security_group()
        .group_name(name)
        .description("for tests")
        .send()
        .await
        .unwrap();
    answer.group_id().unwrap().to_owned()
}

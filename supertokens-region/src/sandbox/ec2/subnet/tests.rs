use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

#[tokio::test]
async fn the_default_vpc_has_a_subnet_in_each_of_three_zones() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let answer = aws.ec2(R).describe_subnets().filters(filter("vpc-id", &vpc)).send().await.unwrap();
    let mut zones: Vec<_> = answer.subnets().iter().filter_map(|subnet| subnet.availability_zone()).collect();
    zones.sort_unstable();
    assert_eq!(zones, ["ap-south-1a", "ap-south-1b", "ap-south-1c"]);
    for subnet in answer.subnets() {
        assert_eq!(subnet.default_for_az(), Some(true));
        assert_eq!(subnet.map_public_ip_on_launch(), Some(true));
        assert_eq!(subnet.available_ip_address_count(), Some(4091));
    }
}

#[tokio::test]
async fn create_subnet_twice_gives_two_in_the_zones_that_were_asked_for() {
    let (_, aws) = sandbox();
    let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
    for (cidr, zone) in [("10.0.1.9/24", "ap-south-1a"), ("10.0.2.0/24", "ap-south-1b")] {
        let create = aws.ec2(R).create_subnet().vpc_id(&vpc).cidr_block(cidr);
        create.availability_zone(zone).send().await.unwrap();
    }
    let answer = aws.ec2(R).describe_subnets().filters(filter("vpc-id", &vpc)).send().await.unwrap();
    assert_eq!(answer.subnets().len(), 2);
    let one = aws.ec2(R).describe_subnets().filters(filter("cidr-block", "10.0.1.0/24"));
    let one = one.send().await.unwrap();
    assert_eq!(one.subnets()[0].availability_zone_id(), Some("aps1-az1"));
    assert_eq!(one.subnets()[0].default_for_az(), Some(false));
}

#[tokio::test]
async fn create_subnet_that_does_not_fit_is_refused() {
    let (sandbox, aws) = sandbox();
    let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
    let create = |cidr: &str| aws.ec2(R).create_subnet().vpc_id(&vpc).cidr_block(cidr);
    create("10.0.1.0/24").send().await.unwrap();
    let before = sandbox.world().ec2.clone();
    assert_eq!(code(create("10.0.0.0/20").send().await), "InvalidSubnet.Conflict");
    assert_eq!(code(create("10.1.0.0/24").send().await), "InvalidSubnet.Range");
    assert_eq!(code(create("10.0.2.0/29").send().await), "InvalidSubnet.Range");
    assert_eq!(code(create("10.0.2/24").send().await), "InvalidParameterValue");
    let zone = create("10.0.2.0/24").availability_zone("us-east-1a").send().await;
    assert_eq!(code(zone), "InvalidParameterValue");
    let there = aws.ec2("us-east-1").create_subnet().vpc_id(&vpc).cidr_block("10.0.2.0/24").send().await;
    assert_eq!(code(there), "InvalidVpcID.NotFound");
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn describe_subnets_of_another_region_is_refused() {
    let (_, aws) = sandbox();
    let answer = aws.ec2(R).describe_subnets().send().await.unwrap();
    let id = answer.subnets()[0].subnet_id().unwrap();
    let there = aws.ec2("us-east-1").describe_subnets().subnet_ids(id).send().await;
    assert_eq!(code(there), "InvalidSubnetID.NotFound");
}

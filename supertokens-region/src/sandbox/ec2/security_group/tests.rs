use aws_sdk_ec2::types::ResourceType;

use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

#[tokio::test]
async fn create_security_group_with_tags_is_described_with_the_default_egress_rule() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, R).await;
    let create = aws.ec2(R).create_security_group().group_name("web").description("The web").vpc_id(&vpc);
    let create = create.tag_specifications(tagged(ResourceType::SecurityGroup, "team", "core"));
    let answer = create.send().await.unwrap();
    let id = answer.group_id().unwrap();
    assert_eq!(answer.tags(), [tag("team", "core")]);
    let arn = format!("arn:aws:ec2:ap-south-1:123456789012:security-group/{id}");
    assert_eq!(answer.security_group_arn(), Some(arn.as_str()));
    let answer = aws.ec2(R).describe_security_groups().group_ids(id).send().await.unwrap();
    let group = &answer.security_groups()[0];
    assert_eq!(group.group_name(), Some("web"));
    assert_eq!(group.description(), Some("The web"));
    assert_eq!(group.vpc_id(), Some(vpc.as_str()));
    assert_eq!(group.tags(), [tag("team", "core")]);
    assert!(group.ip_permissions().is_empty());
    let [egress] = group.ip_permissions_egress() else { panic!("one egress rule") };
    assert_eq!(egress.ip_protocol(), Some("-1"));
    assert_eq!(egress.from_port(), None);
    assert_eq!(egress.ip_ranges()[0].cidr_ip(), Some("0.0.0.0/0"));
}

#[tokio::test]
async fn create_security_group_again_is_refused() {
    let (sandbox, aws) = sandbox();
    new_group(&aws, R, "web").await;
    let before = sandbox.world().ec2.clone();
    for name in ["web", "WEB", "web  "] {
        let again = aws.ec2(R).create_security_group().group_name(name).description("again").send().await;
        assert_eq!(code(again), "InvalidGroup.Duplicate");
    }
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn the_same_name_in_another_vpc_is_another_group() {
    let (_, aws) = sandbox();
    let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
    let first = new_group(&aws, R, "web").await;
    let create = aws.ec2(R).create_security_group().group_name("web").description("x").vpc_id(&vpc);
    assert_ne!(create.send().await.unwrap().group_id(), Some(first.as_str()));
    let both = aws.ec2(R).describe_security_groups().filters(filter("group-name", "web"));
    assert_eq!(both.clone().send().await.unwrap().security_groups().len(), 2);
    let one = both.filters(filter("vpc-id", &vpc)).send().await.unwrap();
    assert_eq!(one.security_groups().len(), 1);
    let other_case = aws.ec2(R).describe_security_groups().filters(filter("group-name", "Web"));
    assert!(other_case.send().await.unwrap().security_groups().is_empty());
}

#[tokio::test]
async fn create_security_group_in_a_vpc_of_another_region_is_refused() {
    let (_, aws) = sandbox();
    let vpc = default_vpc(&aws, "us-east-1").await;
    let create = aws.ec2(R).create_security_group().group_name("web").description("x").vpc_id(&vpc);
    assert_eq!(code(create.send().await), "InvalidVpcID.NotFound");
}

#[tokio::test]
async fn names_and_descriptions_that_aws_does_not_take_are_refused() {
    let (sandbox, aws) = sandbox();
    let before = sandbox.world().ec2.clone();
    let create = async |name: &str, description: &str| {
        let create = aws.ec2(R).create_security_group().group_name(name).description(description);
        code(create.send().await)
    };
    assert_eq!(create("default", "x").await, "InvalidGroup.Reserved");
    assert_eq!(create("sg-web", "x").await, "InvalidParameterValue");
    assert_eq!(create("web|db", "x").await, "InvalidParameterValue");
    assert_eq!(create("wéb", "x").await, "InvalidParameterValue");
    assert_eq!(create(&"w".repeat(256), "x").await, "InvalidParameterValue");
    assert_eq!(create("", "x").await, "MissingParameter");
    assert_eq!(create("web", "it's").await, "InvalidParameterValue");
    assert_eq!(create("web", &"x".repeat(256)).await, "InvalidParameterValue");
    assert_eq!(create("web", "").await, "MissingParameter");
    assert_eq!(sandbox.world().ec2, before);
    new_group(&aws, R, "a b._-:/()#,@[]+=&;{}!$*").await;
}

#[tokio::test]
async fn describe_security_groups_with_a_missing_id_or_name_is_refused() {
    let (_, aws) = sandbox();
    let here = new_group(&aws, R, "web").await;
    let describe = || aws.ec2("us-east-1").describe_security_groups();
    assert_eq!(code(describe().group_ids(&here).send().await), "InvalidGroup.NotFound");
    assert_eq!(code(describe().group_ids("web").send().await), "InvalidGroupId.Malformed");
    assert_eq!(code(describe().group_names("web").send().await), "InvalidGroup.NotFound");
    let found = describe().group_names("default").send().await.unwrap();
    assert_eq!(found.security_groups().len(), 1);
}

#[tokio::test]
async fn describe_security_groups_with_five_a_page_gives_them_all() {
    let (_, aws) = sandbox();
    for number in 0..6 {
        new_group(&aws, R, &format!("group-{number}")).await;
    }
    let describe = || aws.ec2(R).describe_security_groups();
    let first = describe().max_results(5).send().await.unwrap();
    assert_eq!(first.security_groups().len(), 5);
    let second = describe().max_results(5).set_next_token(first.next_token).send().await.unwrap();
    assert_eq!(second.security_groups().len(), 2);
    assert_eq!(second.next_token(), None);
    for size in [4, 1001] {
        assert_eq!(code(describe().max_results(size).send().await), "InvalidParameterValue");
    }
    let id = second.security_groups()[0].group_id().unwrap();
    let both = describe().max_results(5).group_ids(id).send().await;
    assert_eq!(code(both), "InvalidParameterCombination");
    assert_eq!(describe().send().await.unwrap().security_groups().len(), 7);
}

#[tokio::test]
async fn describe_security_groups_filters_by_rules_and_tags() {
    let (_, aws) = sandbox();
    let id = new_group(&aws, R, "web").await;
    aws.ec2(R).create_tags().resources(&id).tags(tag("env", "prod")).send().await.unwrap();
    let allow = aws.ec2(R).authorize_security_group_ingress().group_id(&id).ip_protocol("tcp");
    allow.from_port(22).to_port(23).cidr_ip("10.0.0.0/8").send().await.unwrap();
    for (name, value) in [
        ("tag:env", "prod"),
        ("ip-permission.cidr", "10.0.0.0/8"),
        ("ip-permission.from-port", "22"),
        ("ip-permission.protocol", "tcp"),
        ("description", "for tests"),
    ] {
        let found = aws.ec2(R).describe_security_groups().filters(filter(name, value)).send().await.unwrap();
        assert_eq!(found.security_groups().len(), 1, "{name}");
        assert_eq!(found.security_groups()[0].group_id(), Some(id.as_str()));
    }
    let egress = filter("egress.ip-permission.cidr", "0.0.0.0/0");
    let found = aws.ec2(R).describe_security_groups().filters(egress).send().await.unwrap();
    assert_eq!(found.security_groups().len(), 2);
}

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, SecurityGroup, SecurityGroupRule,
    SecurityGroupRuleDescription, UserIdGroupPair,
};

use crate::aws::Aws;
use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

fn tcp(port: i32, cidrs: &[&str]) -> IpPermission {
    let ranges = cidrs.iter().map(|cidr| IpRange::builder().cidr_ip(*cidr).build());
    of("tcp", port, port).set_ip_ranges(Some(ranges.collect())).build()
}

fn of(protocol: &str, from: i32, to: i32) -> aws_sdk_ec2::types::builders::IpPermissionBuilder {
    IpPermission::builder().ip_protocol(protocol).from_port(from).to_port(to)
}

fn group_pair(id: &str) -> UserIdGroupPair {
    UserIdGroupPair::builder().group_id(id).build()
}

async fn allow(aws: &Aws, group: &str, permissions: Vec<IpPermission>) -> Vec<SecurityGroupRule> {
    let call = aws.ec2(R).authorize_security_group_ingress().group_id(group);
    let answer = call.set_ip_permissions(Some(permissions)).send().await.unwrap();
    assert_eq!(answer.r#return(), Some(true));
    answer.security_group_rules.unwrap()
}

async fn refused(aws: &Aws, group: &str, permissions: Vec<IpPermission>) -> String {
    let call = aws.ec2(R).authorize_security_group_ingress().group_id(group);
    code(call.set_ip_permissions(Some(permissions)).send().await)
}

async fn read(aws: &Aws, group: &str) -> SecurityGroup {
    let answer = aws.ec2(R).describe_security_groups().group_ids(group).send().await.unwrap();
    answer.security_groups.unwrap().remove(0)
}

async fn ingress_rules(aws: &Aws, group: &str) -> Vec<SecurityGroupRule> {
    let describe = aws.ec2(R).describe_security_group_rules().filters(filter("group-id", group));
    let answer = describe.send().await.unwrap();
    answer.security_group_rules.unwrap().into_iter().filter(|rule| rule.is_egress() == Some(false)).collect()
}

#[tokio::test]
async fn authorize_ingress_keeps_range_and_description() {
    let (_, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let range = IpRange::builder().cidr_ip("0.0.0.0/0").description("the world").build();
    let rules = allow(&aws, &group, vec![of("tcp", 3567, 3600).ip_ranges(range.clone()).build()]).await;
    assert_eq!(rules.len(), 1);
    let read = read(&aws, &group).await;
    let [permission] = read.ip_permissions() else { panic!("one permission") };
    assert_eq!((permission.from_port(), permission.to_port()), (Some(3567), Some(3600)));
    assert_eq!(permission.ip_ranges(), [range]);
    assert_eq!(ingress_rules(&aws, &group).await, rules);
}

#[tokio::test]
async fn authorize_ingress_of_a_rule_that_is_there_is_refused_and_nothing_else_of_the_call_applied() {
    let (sandbox, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    allow(&aws, &group, vec![tcp(22, &["1.2.3.4/32"])]).await;
    let before = sandbox.world().ec2.clone();
    assert_eq!(refused(&aws, &group, vec![tcp(22, &["1.2.3.4/32"])]).await, "InvalidPermission.Duplicate");
    let described = IpRange::builder().cidr_ip("1.2.3.4/32").description("other words").build();
    let described = of("6", 22, 22).ip_ranges(described).build();
    assert_eq!(refused(&aws, &group, vec![described]).await, "InvalidPermission.Duplicate");
    let with_new = vec![tcp(443, &["0.0.0.0/0"]), tcp(22, &["5.6.7.8/32", "1.2.3.4/32"])];
    assert_eq!(refused(&aws, &group, with_new).await, "InvalidPermission.Duplicate");
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn authorize_ingress_with_the_same_rule_twice_in_one_call_is_refused() {
    let (sandbox, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let before = sandbox.world().ec2.clone();
    let twice = vec![tcp(22, &["100.68.0.18/18"]), tcp(22, &["100.68.0.0/18"])];
    assert_eq!(refused(&aws, &group, twice).await, "InvalidParameterValue");
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn authorize_ingress_takes_icmp_ipv6_groups_and_all_traffic() {
    let (_, aws) = sandbox();
    let (group, other) = (new_group(&aws, R, "web").await, new_group(&aws, R, "db").await);
    let world = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let ipv6 = Ipv6Range::builder().cidr_ipv6("2001:DB8::1/32").build();
    let permissions = vec![
        of("icmp", -1, -1).ip_ranges(world.clone()).build(),
        of("icmp", 8, -1).ip_ranges(world).build(),
        of("tcp", 443, 443).ipv6_ranges(ipv6).user_id_group_pairs(group_pair(&other)).build(),
        IpPermission::builder().ip_protocol("-1").user_id_group_pairs(group_pair(&group)).build(),
    ];
    assert_eq!(allow(&aws, &group, permissions).await.len(), 5);
    let rules = ingress_rules(&aws, &group).await;
    assert_eq!(rules.len(), 5);
    let ping = rules.iter().find(|rule| rule.from_port() == Some(8)).unwrap();
    assert_eq!((ping.ip_protocol(), ping.to_port()), (Some("icmp"), Some(-1)));
    assert!(rules.iter().any(|rule| rule.cidr_ipv6() == Some("2001:db8::/32")));
    let all = rules.iter().find(|rule| rule.ip_protocol() == Some("-1")).unwrap();
    let info = all.referenced_group_info().unwrap();
    assert_eq!(info.group_id(), Some(group.as_str()));
    assert_eq!(info.user_id(), Some("123456789012"));
    let read = read(&aws, &group).await;
    assert_eq!(read.ip_permissions().len(), 4);
    let all = read.ip_permissions().iter().find(|it| it.ip_protocol() == Some("-1")).unwrap();
    assert_eq!((all.from_port(), all.to_port()), (None, None));
    assert_eq!(all.user_id_group_pairs()[0].group_id(), Some(group.as_str()));
}

#[tokio::test]
async fn authorize_ingress_clears_host_bits_and_refuses_bad_blocks() {
    let (sandbox, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    allow(&aws, &group, vec![tcp(22, &["100.68.0.18/18"])]).await;
    assert_eq!(ingress_rules(&aws, &group).await[0].cidr_ipv4(), Some("100.68.0.0/18"));
    let before = sandbox.world().ec2.clone();
    for cidr in ["300.0.0.0/8", "10.0.0.0", "10.0.0.0/33", "::/0"] {
        assert_eq!(refused(&aws, &group, vec![tcp(80, &[cidr])]).await, "InvalidParameterValue", "{cidr}");
    }
    assert_eq!(sandbox.world().ec2, before);
}

#[tokio::test]
async fn authorize_ingress_refuses_what_makes_no_rule() {
    let (sandbox, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let before = sandbox.world().ec2.clone();
    let world = || IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let of = |protocol, from, to| of(protocol, from, to).ip_ranges(world()).build();
    for bad in [of("tcp", 2, 1), of("udp", -1, -1), of("tcp", 0, 65536), of("icmp", -1, 0), of("ftp", 1, 2)] {
        assert_eq!(refused(&aws, &group, vec![bad]).await, "InvalidParameterValue");
    }
    let portless = IpPermission::builder().ip_protocol("tcp").ip_ranges(world()).build();
    assert_eq!(refused(&aws, &group, vec![portless]).await, "InvalidParameterValue");
    assert_eq!(refused(&aws, &group, vec![tcp(22, &[])]).await, "MissingParameter");
    assert_eq!(refused(&aws, &group, vec![]).await, "MissingParameter");
    let range = IpRange::builder().cidr_ip("0.0.0.0/0").description("it's").build();
    let described = IpPermission::builder().ip_protocol("-1").ip_ranges(range).build();
    assert_eq!(refused(&aws, &group, vec![described]).await, "InvalidParameterValue");
    let from =
        |id: &str| IpPermission::builder().ip_protocol("-1").user_id_group_pairs(group_pair(id)).build();
    assert_eq!(refused(&aws, &group, vec![from("sg-12345678")]).await, "InvalidGroup.NotFound");
    let list = PrefixListId::builder().prefix_list_id("pl-12345678").build();
    let list = IpPermission::builder().ip_protocol("-1").prefix_list_ids(list).build();
    assert_eq!(refused(&aws, &group, vec![list]).await, "InvalidPrefixListId.NotFound");
    assert_eq!(sandbox.world().ec2, before);
    let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
    let stranger = aws.ec2(R).create_security_group().group_name("x").description("x").vpc_id(&vpc);
    let stranger = stranger.send().await.unwrap().group_id.unwrap();
    assert_eq!(refused(&aws, &group, vec![from(&stranger)]).await, "InvalidGroup.NotFound");
}

#[tokio::test]
async fn a_group_has_at_most_sixty_rules_of_each_family() {
    let (_, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let ipv4 = |ports: std::ops::Range<i32>| ports.map(|port| tcp(port, &["1.2.3.4/32"])).collect::<Vec<_>>();
    allow(&aws, &group, ipv4(0..60)).await;
    assert_eq!(refused(&aws, &group, ipv4(60..61)).await, "RulesPerSecurityGroupLimitExceeded");
    let ipv6 = Ipv6Range::builder().cidr_ipv6("::/0").build();
    allow(&aws, &group, vec![of("tcp", 22, 22).ipv6_ranges(ipv6).build()]).await;
    let own = IpPermission::builder().ip_protocol("-1").user_id_group_pairs(group_pair(&group)).build();
    assert_eq!(refused(&aws, &group, vec![own]).await, "RulesPerSecurityGroupLimitExceeded");
    assert_eq!(ingress_rules(&aws, &group).await.len(), 61);
}

#[tokio::test]
async fn describe_security_group_rules_gives_one_row_for_each_source_in_pages() {
    let (_, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    allow(
        &aws,
        &group,
        vec![tcp(22, &["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8"]), tcp(80, &["0.0.0.0/0", "4.0.0.0/8"])],
    )
    .await;
    assert_eq!(read(&aws, &group).await.ip_permissions().len(), 2);
    let describe = || aws.ec2(R).describe_security_group_rules().filters(filter("group-id", &group));
    let all = describe().send().await.unwrap();
    assert_eq!(all.security_group_rules().len(), 6);
    assert_eq!(all.security_group_rules().iter().filter(|rule| rule.is_egress() == Some(true)).count(), 1);
    let first = describe().max_results(5).send().await.unwrap();
    let second = describe().max_results(5).set_next_token(first.next_token).send().await.unwrap();
    assert_eq!(second.security_group_rules().len(), 1);
    let id = all.security_group_rules()[0].security_group_rule_id().unwrap();
    let there = aws.ec2("us-east-1").describe_security_group_rules().security_group_rule_ids(id).send().await;
    assert_eq!(code(there), "InvalidSecurityGroupRuleId.NotFound");
}

#[tokio::test]
async fn update_rule_descriptions_by_permission_and_by_id() {
    let (_, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let rules = allow(&aws, &group, vec![tcp(22, &["1.0.0.0/8"])]).await;
    let id = rules[0].security_group_rule_id().unwrap();
    let update = || aws.ec2(R).update_security_group_rule_descriptions_ingress().group_id(&group);
    let described = |cidr: &str| IpRange::builder().cidr_ip(cidr).description("office").build();
    let permission = |cidr: &str| of("tcp", 22, 22).ip_ranges(described(cidr)).build();
    update().ip_permissions(permission("1.0.0.0/8")).send().await.unwrap();
    assert_eq!(ingress_rules(&aws, &group).await[0].description(), Some("office"));
    let by_id =
        SecurityGroupRuleDescription::builder().security_group_rule_id(id).description("home").build();
    update().security_group_rule_descriptions(by_id.clone()).send().await.unwrap();
    let after = ingress_rules(&aws, &group).await;
    assert_eq!(after[0].description(), Some("home"));
    assert_eq!(after[0].security_group_rule_id(), Some(id));
    let missing = update().ip_permissions(permission("9.0.0.0/8")).send().await;
    assert_eq!(code(missing), "InvalidPermission.NotFound");
    let both = update().ip_permissions(permission("1.0.0.0/8")).security_group_rule_descriptions(by_id);
    assert_eq!(code(both.send().await), "InvalidParameterCombination");
    assert_eq!(code(update().send().await), "MissingParameter");
    update().ip_permissions(tcp(22, &["1.0.0.0/8"])).send().await.unwrap();
    assert_eq!(ingress_rules(&aws, &group).await[0].description(), None);
}

#[tokio::test]
async fn revoke_ingress_takes_rules_away_all_or_none() {
    let (sandbox, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let rules = allow(&aws, &group, vec![tcp(22, &["1.0.0.0/8", "2.0.0.0/8"])]).await;
    let revoke = || aws.ec2(R).revoke_security_group_ingress().group_id(&group);
    let before = sandbox.world().ec2.clone();
    let missing = revoke().ip_permissions(tcp(22, &["1.0.0.0/8", "9.0.0.0/8"])).send().await;
    assert_eq!(code(missing), "InvalidPermission.NotFound");
    let unknown = revoke().security_group_rule_ids("sgr-12345678").send().await;
    assert_eq!(code(unknown), "InvalidSecurityGroupRuleId.NotFound");
    assert_eq!(code(revoke().send().await), "MissingParameter");
    assert_eq!(sandbox.world().ec2, before);
    let answer = revoke().ip_permissions(tcp(22, &["1.0.0.0/8"])).send().await.unwrap();
    assert_eq!(answer.revoked_security_group_rules().len(), 1);
    let left = ingress_rules(&aws, &group).await;
    assert_eq!(left.len(), 1);
    assert!(rules.contains(&left[0]));
    revoke()
        .set_security_group_rule_ids(left[0].security_group_rule_id.clone().map(|id| vec![id]))
        .send()
        .await
        .unwrap();
    assert!(ingress_rules(&aws, &group).await.is_empty());
}

#[tokio::test]
async fn the_default_groups_rules_can_be_edited() {
    let (_, aws) = sandbox();
    let answer = aws.ec2(R).describe_security_groups().filters(filter("group-name", "default"));
    let group = answer.send().await.unwrap().security_groups.unwrap().remove(0);
    let id = group.group_id().unwrap();
    let [own] = group.ip_permissions() else { panic!("the rule of its own") };
    assert_eq!(own.ip_protocol(), Some("-1"));
    assert_eq!(own.user_id_group_pairs()[0].group_id(), Some(id));
    allow(&aws, id, vec![tcp(5432, &["10.1.2.3/32"])]).await;
    assert_eq!(ingress_rules(&aws, id).await.len(), 2);
    let revoke = aws.ec2(R).revoke_security_group_ingress().group_name("default");
    revoke.ip_permissions(own.clone()).send().await.unwrap();
    assert_eq!(ingress_rules(&aws, id).await.len(), 1);
}

#[tokio::test]
async fn authorize_egress_adds_and_refuses_what_is_there() {
    let (_, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let egress =
        |permission| aws.ec2(R).authorize_security_group_egress().group_id(&group).ip_permissions(permission);
    egress(tcp(443, &["10.0.0.0/8"])).send().await.unwrap();
    assert_eq!(read(&aws, &group).await.ip_permissions_egress().len(), 2);
    assert!(read(&aws, &group).await.ip_permissions().is_empty());
    let all = IpPermission::builder().ip_protocol("-1");
    let all = all.ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build();
    assert_eq!(code(egress(all).send().await), "InvalidPermission.Duplicate");
}

#[tokio::test]
async fn one_permission_can_be_spread_over_the_parameters_and_rules_have_tags() {
    let (_, aws) = sandbox();
    let group = new_group(&aws, R, "web").await;
    let call = || aws.ec2(R).authorize_security_group_ingress().group_name("web");
    let spread = || call().ip_protocol("udp").from_port(53).to_port(53).cidr_ip("10.0.0.0/8");
    spread().tag_specifications(tagged(ResourceType::SecurityGroupRule, "why", "dns")).send().await.unwrap();
    let rules = ingress_rules(&aws, &group).await;
    assert_eq!(rules[0].ip_protocol(), Some("udp"));
    assert_eq!(rules[0].tags(), [tag("why", "dns")]);
    let both = spread().ip_permissions(tcp(1, &["10.0.0.0/8"])).send().await;
    assert_eq!(code(both), "InvalidParameterCombination");
    let wrong = call().ip_permissions(tcp(1, &["10.0.0.0/8"]));
    let wrong = wrong.tag_specifications(tagged(ResourceType::Vpc, "why", "x")).send().await;
    assert_eq!(code(wrong), "InvalidParameterValue");
    assert_eq!(code(call().group_id(&group).send().await), "InvalidParameterCombination");
}

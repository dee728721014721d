//! Hosted zones, as a caller sees them.

use aws_sdk_route53::Client;
use aws_sdk_route53::operation::create_hosted_zone::CreateHostedZoneOutput;
use aws_sdk_route53::types::{
    ChangeStatus, HostedZoneConfig, HostedZoneType, Tag, TagResourceType, Vpc, VpcRegion,
};

use super::{HostedZone, ZoneVpc};
use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::ec2;
use crate::sandbox::testing::{R, code};

const VPC: &str = "vpc-0a1b2c3d4e5f60718";
const OTHER_VPC: &str = "vpc-0ffffffffffffffff";

/// A world with both VPCs in it.
fn sandbox() -> (Sandbox, Aws) {
    let (sandbox, aws) = crate::sandbox::testing::sandbox();
    let vpcs = [VPC, OTHER_VPC].map(|id| (id.to_owned(), ec2::Vpc::default()));
    sandbox.world().ec2.regions.get_mut(R).unwrap().vpcs.extend(vpcs);
    (sandbox, aws)
}

fn vpc(id: &str) -> Vpc {
    Vpc::builder().vpc_region(VpcRegion::from(R)).vpc_id(id).build()
}

async fn private(aws: &Aws, name: &str, vpc_id: &str, reference: &str) -> CreateHostedZoneOutput {
    let config = HostedZoneConfig::builder().private_zone(true).comment("inside").build();
    let create = aws.route53(R).create_hosted_zone().name(name).vpc(vpc(vpc_id)).caller_reference(reference);
    create.hosted_zone_config(config).send().await.unwrap()
}

async fn public(route53: &Client, name: &str) -> String {
    let answer = route53.create_hosted_zone().name(name).caller_reference(name).send().await.unwrap();
    answer.hosted_zone.unwrap().id
}

#[tokio::test]
async fn a_private_zone_has_its_vpc_two_records_and_is_the_same_from_every_region() {
    let (_, aws) = sandbox();
    let made = private(&aws, "AP-south-1.dns", VPC, "one").await;
    let zone = made.hosted_zone().unwrap();
    let bare = zone.id().strip_prefix("/hostedzone/Z").unwrap();
    assert!(bare.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()));
    assert!(made.location().ends_with(bare) && made.delegation_set().is_none());
    assert_eq!(made.vpc(), Some(&vpc(VPC)));
    assert_eq!(made.change_info().unwrap().status(), &ChangeStatus::Pending);
    for region in [R, "us-east-1"] {
        let read = aws.route53(region).get_hosted_zone().id(zone.id()).send().await.unwrap();
        let config = read.hosted_zone().unwrap().config().unwrap();
        assert_eq!((config.private_zone(), config.comment()), (true, Some("inside")));
        assert_eq!(read.hosted_zone().unwrap().name(), "ap-south-1.dns.");
        assert_eq!(read.hosted_zone().unwrap().resource_record_set_count(), Some(2));
        assert_eq!((read.vpcs(), read.delegation_set()), ([vpc(VPC)].as_slice(), None));
    }
    let change = made.change_info().unwrap().id();
    let change = aws.route53(R).get_change().id(change).send().await.unwrap().change_info.unwrap();
    assert_eq!(change.status(), &ChangeStatus::Insync);
    assert_eq!(code(aws.route53(R).get_change().id("C0").send().await), "NoSuchChange");
}

#[tokio::test]
async fn without_a_vpc_a_zone_is_public_and_has_name_servers() {
    let (_, aws) = sandbox();
    let id = public(&aws.route53(R), "example.com").await;
    let read = aws.route53(R).get_hosted_zone().id(id).send().await.unwrap();
    assert!(!read.hosted_zone().unwrap().config().unwrap().private_zone());
    assert_eq!((read.delegation_set().unwrap().name_servers().len(), read.vpcs().len()), (4, 0));
}

#[tokio::test]
async fn create_hosted_zone_with_the_same_caller_reference_is_refused() {
    let (sandbox, aws) = sandbox();
    private(&aws, "a.dns", VPC, "one").await;
    let route53 = aws.route53(R);
    let again = route53.create_hosted_zone().name("b.dns").caller_reference("one").vpc(vpc(VPC)).send().await;
    assert_eq!(again.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 409);
    assert_eq!(code(again), "HostedZoneAlreadyExists");
    sandbox.world().route53.spent_references.insert("deleted".to_owned());
    let spent =
        route53.create_hosted_zone().name("b.dns").caller_reference("deleted").vpc(vpc(VPC)).send().await;
    assert_eq!(code(spent), "HostedZoneAlreadyExists");
    assert_eq!(sandbox.world().route53.zones.len(), 1);
}

#[tokio::test]
async fn create_hosted_zone_with_the_same_name_and_vpc_is_refused_but_another_vpc_gets_a_twin() {
    let (sandbox, aws) = sandbox();
    private(&aws, "a.dns", VPC, "one").await;
    let create = aws.route53(R).create_hosted_zone().name("a.dns.").caller_reference("two");
    assert_eq!(code(create.clone().vpc(vpc(VPC)).send().await), "ConflictingDomainExists");
    create.vpc(vpc(OTHER_VPC)).send().await.unwrap();
    assert_eq!(sandbox.world().route53.zones.len(), 2);
}

#[tokio::test]
async fn create_hosted_zone_with_an_unknown_vpc_is_refused() {
    let (sandbox, aws) = sandbox();
    let create = aws.route53(R).create_hosted_zone().name("a.dns").caller_reference("one");
    assert_eq!(code(create.clone().vpc(vpc("vpc-unknown")).send().await), "InvalidVPCId");
    assert_eq!(code(create.clone().vpc(vpc("vpc-0123456789abcdef0")).send().await), "InvalidVPCId");
    let elsewhere = Vpc::builder().vpc_region(VpcRegion::from("us-east-1")).vpc_id(VPC).build();
    assert_eq!(code(create.vpc(elsewhere).send().await), "InvalidVPCId");
    assert!(sandbox.world().route53.zones.is_empty() && sandbox.world().route53.changes.is_empty());
}

#[tokio::test]
async fn create_hosted_zone_checks_name_reference_comment_and_privacy() {
    let (_, aws) = sandbox();
    let create = aws.route53(R).create_hosted_zone().name("a.dns").caller_reference("one");
    let config = HostedZoneConfig::builder;
    assert_eq!(code(create.clone().name("a..dns").send().await), "InvalidDomainName");
    assert_eq!(code(create.clone().name("dns").send().await), "InvalidDomainName");
    assert_eq!(code(create.clone().caller_reference("").send().await), "InvalidInput");
    assert_eq!(code(create.clone().caller_reference("r".repeat(129)).send().await), "InvalidInput");
    let no_vpc = create.clone().hosted_zone_config(config().private_zone(true).build());
    assert_eq!(code(no_vpc.send().await), "InvalidInput");
    let long = create.clone().hosted_zone_config(config().comment("c".repeat(257)).build());
    assert_eq!(code(long.send().await), "InvalidInput");
    assert_eq!(code(create.delegation_set_id("N1").send().await), "NoSuchDelegationSet");
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_not_found() {
    let (_, aws) = sandbox();
    let missing = aws.route53(R).get_hosted_zone().id("Z0").send().await;
    assert_eq!(missing.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(missing), "NoSuchHostedZone");
}

#[tokio::test]
async fn list_hosted_zones_by_vpc_gives_the_zones_that_the_vpc_sees() {
    let (_, aws) = sandbox();
    let made = private(&aws, "a.dns", VPC, "one").await;
    private(&aws, "b.dns", OTHER_VPC, "two").await;
    let list = aws.route53(R).list_hosted_zones_by_vpc().vpc_region(VpcRegion::from(R));
    let answer = list.clone().vpc_id(VPC).send().await.unwrap();
    let [summary] = answer.hosted_zone_summaries() else { panic!("one") };
    assert_eq!(format!("/hostedzone/{}", summary.hosted_zone_id()), made.hosted_zone().unwrap().id());
    assert_eq!(summary.owner().unwrap().owning_account(), Some("123456789012"));
    assert_eq!(code(list.clone().vpc_id(VPC).next_token("made up").send().await), "InvalidPaginationToken");
    let elsewhere = list.vpc_id(VPC).vpc_region(VpcRegion::from("us-east-1")).send().await;
    assert_eq!(code(elsewhere), "InvalidInput");
}

#[tokio::test]
async fn list_hosted_zones_by_name_is_sorted_by_reversed_labels_and_starts_at_the_name() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    for name in ["us-east-1.dns", "z.com", "a.dns", "b.a.com", "ap-south-1.dns"] {
        public(&route53, name).await;
    }
    let all = route53.list_hosted_zones_by_name().send().await.unwrap();
    let names: Vec<&str> = all.hosted_zones().iter().map(|zone| zone.name()).collect();
    assert_eq!(names, ["b.a.com.", "z.com.", "a.dns.", "ap-south-1.dns.", "us-east-1.dns."]);
    let list = route53.list_hosted_zones_by_name().max_items(1);
    let first = list.clone().dns_name("ap-south-1.dns").send().await.unwrap();
    assert_eq!(first.hosted_zones()[0].name(), "ap-south-1.dns.");
    assert_eq!((first.is_truncated(), first.next_dns_name()), (true, Some("us-east-1.dns.")));
    let next =
        list.dns_name("us-east-1.dns.").set_hosted_zone_id(first.next_hosted_zone_id).send().await.unwrap();
    assert_eq!((next.hosted_zones()[0].name(), next.is_truncated()), ("us-east-1.dns.", false));
    let from_a_missing_name = route53.list_hosted_zones_by_name().dns_name("b.dns").send().await.unwrap();
    assert_eq!(from_a_missing_name.hosted_zones()[0].name(), "us-east-1.dns.");
    assert_eq!(code(route53.list_hosted_zones_by_name().hosted_zone_id("Z0").send().await), "InvalidInput");
}

#[tokio::test]
async fn list_hosted_zones_pages_by_max_items_and_by_hundreds() {
    let (sandbox, aws) = sandbox();
    for number in 0..130 {
        let vpcs =
            if number < 3 { vec![ZoneVpc { region: R.to_owned(), id: VPC.to_owned() }] } else { vec![] };
        let zone = HostedZone::new(&format!("{number}.dns."), &number.to_string(), vpcs);
        sandbox.world().route53.zones.insert(format!("Z{number:03}"), zone);
    }
    let list = aws.route53(R).list_hosted_zones();
    let first = list.clone().max_items(1).send().await.unwrap();
    assert_eq!((first.hosted_zones().len(), first.is_truncated(), first.max_items()), (1, true, 1));
    let second = list.clone().set_marker(first.next_marker).send().await.unwrap();
    assert_eq!((second.hosted_zones().len(), second.hosted_zones()[0].id()), (100, "/hostedzone/Z001"));
    let last = list.clone().set_marker(second.next_marker).send().await.unwrap();
    assert_eq!((last.hosted_zones().len(), last.is_truncated(), last.next_marker()), (29, false, None));
    let most = list.clone().max_items(1000).send().await.unwrap();
    assert_eq!((most.hosted_zones().len(), most.max_items()), (100, 100));
    let private = list.clone().hosted_zone_type(HostedZoneType::PrivateHostedZone).send().await.unwrap();
    assert_eq!((private.hosted_zones().len(), private.is_truncated()), (3, false));
    assert_eq!(code(list.clone().marker("Z9").send().await), "InvalidInput");
    assert_eq!(code(list.max_items(0).send().await), "InvalidInput");
}

#[tokio::test]
async fn tags_of_a_zone_are_merged_listed_and_removed() {
    let (_, aws) = sandbox();
    let id = private(&aws, "a.dns", VPC, "one").await.hosted_zone.unwrap().id;
    let route53 = aws.route53(R);
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let bare = id.trim_start_matches("/hostedzone/");
    let change =
        route53.change_tags_for_resource().resource_type(TagResourceType::Hostedzone).resource_id(bare);
    change.clone().add_tags(tag("a", "1")).add_tags(tag("b", "2")).send().await.unwrap();
    change.clone().add_tags(tag("b", "3")).remove_tag_keys("a").send().await.unwrap();
    let list = route53.list_tags_for_resource().resource_type(TagResourceType::Hostedzone);
    let set = list.clone().resource_id(bare).send().await.unwrap().resource_tag_set.unwrap();
    assert_eq!((set.tags(), set.resource_id()), ([tag("b", "3")].as_slice(), Some(bare)));
    assert_eq!(code(change.clone().send().await), "InvalidInput");
    assert_eq!(code(change.clone().add_tags(tag("aws:x", "1")).send().await), "InvalidInput");
    assert_eq!(
        code(change.clone().add_tags(tag("x", "1")).add_tags(tag("x", "2")).send().await),
        "InvalidInput"
    );
    let many = (0..11).map(|number| tag(&number.to_string(), "")).collect();
    assert_eq!(code(change.set_add_tags(Some(many)).send().await), "InvalidInput");
    assert_eq!(code(list.clone().resource_id("Z0").send().await), "NoSuchHostedZone");
    let check = list.resource_type(TagResourceType::Healthcheck).resource_id("h");
    assert_eq!(code(check.send().await), "NoSuchHealthCheck");
}

#[tokio::test]
async fn associate_vpc_adds_a_vpc_once_and_only_to_private_zones() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = private(&aws, "a.dns", VPC, "one").await.hosted_zone.unwrap().id;
    let associate = route53.associate_vpc_with_hosted_zone().hosted_zone_id(&id);
    associate.clone().vpc(vpc(OTHER_VPC)).send().await.unwrap();
    let read = route53.get_hosted_zone().id(&id).send().await.unwrap();
    assert_eq!(read.vpcs(), [vpc(VPC), vpc(OTHER_VPC)]);
    assert_eq!(code(associate.clone().vpc(vpc(OTHER_VPC)).send().await), "ConflictingDomainExists");
    assert_eq!(code(associate.clone().vpc(vpc("vpc-0")).send().await), "InvalidVPCId");
    assert_eq!(code(associate.send().await), "InvalidInput");
    let outside = public(&route53, "example.com").await;
    let associate = route53.associate_vpc_with_hosted_zone().hosted_zone_id(outside).vpc(vpc(VPC));
    assert_eq!(code(associate.send().await), "PublicZoneVPCAssociation");
}

#[tokio::test]
async fn update_hosted_zone_comment_sets_it_and_without_one_removes_it() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = private(&aws, "a.dns", VPC, "one").await.hosted_zone.unwrap().id;
    for comment in [Some("new"), None] {
        let update = route53.update_hosted_zone_comment().id(&id).set_comment(comment.map(str::to_owned));
        update.send().await.unwrap();
        let read = route53.get_hosted_zone().id(&id).send().await.unwrap().hosted_zone.unwrap();
        assert_eq!(read.config().unwrap().comment(), comment);
    }
}

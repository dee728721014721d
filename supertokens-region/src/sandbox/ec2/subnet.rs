//! Subnets.

use aws_sdk_ec2::operation::create_subnet::{CreateSubnetError, CreateSubnetInput, CreateSubnetOutput};
use aws_sdk_ec2::operation::describe_subnets::{
    DescribeSubnetsError, DescribeSubnetsInput, DescribeSubnetsOutput,
};
use aws_sdk_ec2::types::{self, SubnetState};
use serde::{Deserialize, Serialize};

use super::Tags;
use super::cidr::Cidr;
use super::here::{Here, enter, invalid, required, unsupported};
use super::kind::{SUBNET, VPC};
use super::list::{FROM_5_TO_1000, Question};
use super::tag;
use super::zone::{zone_id, zones};
use crate::sandbox::call::id;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A part of a network, in one zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    /// The id of its VPC.
    pub vpc: String,
    /// Its addresses, such as `172.31.16.0/20`.
    pub cidr: String,
    /// The name of its zone, such as `ap-south-1a`.
    pub zone: String,
    /// Whether it is the zone's default subnet.
    pub default_for_zone: bool,
    /// Whether instances get public addresses.
    pub map_public_ip: bool,
    /// Its tags.
    pub tags: Tags,
}

/// How many subnets a VPC may have.
const SUBNETS: usize = 200;

const FILTERS: [&str; 10] = [
    "availability-zone",
    "availability-zone-id",
    "available-ip-address-count",
    "cidr-block",
    "default-for-az",
    "map-public-ip-on-launch",
    "owner-id",
    "state",
    "subnet-id",
    "vpc-id",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateSubnet", create_subnet, CreateSubnetError::generic);
    handlers.on("ec2:DescribeSubnets", describe_subnets, DescribeSubnetsError::generic);
}

/// The id of a subnet: in one VPC, no two have the same addresses.
pub(super) fn id_of(region: &str, subnet: &Subnet) -> String {
    id(region, "subnet-", &format!("{}\n{}", subnet.vpc, subnet.cidr))
}

fn create_subnet(call: &mut Call<'_>, input: &CreateSubnetInput) -> Result<CreateSubnetOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[
        ("Ipv4IpamPoolId", input.ipv4_ipam_pool_id.is_some()),
        ("Ipv4NetmaskLength", input.ipv4_netmask_length.is_some()),
        ("Ipv6CidrBlock", input.ipv6_cidr_block.is_some()),
        ("Ipv6IpamPoolId", input.ipv6_ipam_pool_id.is_some()),
        ("Ipv6Native", input.ipv6_native == Some(true)),
        ("Ipv6NetmaskLength", input.ipv6_netmask_length.is_some()),
        ("OutpostArn", input.outpost_arn.is_some()),
    ])?;
    let vpc_id = required(input.vpc_id(), "vpcId")?;
    let text = required(input.cidr_block(), "cidrBlock")?;
    let cidr = Cidr::v4(text).ok_or_else(|| invalid("cidrBlock", text, "This is not a valid CIDR block."))?;
    let zone = zone(&here.name, input)?;
    let tags = tag::given(input.tag_specifications(), &SUBNET)?;
    let vpc = VPC.find(&here.region.vpcs, vpc_id)?;
    let is_inside = Cidr::v4(&vpc.cidr).is_some_and(|whole| whole.contains(cidr));
    if !is_inside || !(16..=28).contains(&cidr.length()) {
        return Err(Fault::new("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let siblings = || here.region.subnets.values().filter(|subnet| subnet.vpc == vpc_id);
    if siblings().any(|subnet| Cidr::v4(&subnet.cidr).is_some_and(|other| other.overlaps(cidr))) {
        let text = format!("The CIDR '{text}' conflicts with another subnet");
        return Err(Fault::new("InvalidSubnet.Conflict", text));
    }
    if siblings().count() >= SUBNETS {
        return Err(Fault::new("SubnetLimitExceeded", "The maximum number of subnets has been reached."));
    }
    let subnet = Subnet { vpc: vpc_id.to_owned(), cidr: cidr.to_string(), zone, tags, ..Subnet::default() };
    let id = id_of(&here.name, &subnet);
    let answer = shown(&here, &id, &subnet);
    here.region.subnets.insert(id, subnet);
    Ok(CreateSubnetOutput::builder().subnet(answer).build())
}

/// The zone that is asked for; AWS chooses where none is.
fn zone(region: &str, input: &CreateSubnetInput) -> Result<String, Fault> {
    let [first, ..] = zones(region);
    let (name, id) = match (input.availability_zone(), input.availability_zone_id()) {
        (None, None) => return Ok(first.0),
        (Some(_), Some(_)) => {
            let text = "The parameter availabilityZone cannot be used with the parameter availabilityZoneId";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
        asked => asked,
    };
    let found = zones(region)
        .into_iter()
        .find(|zone| name.is_none_or(|name| name == zone.0) && id.is_none_or(|id| id == zone.1));
    found.map(|(name, _)| name).ok_or_else(|| {
        let names = zones(region).map(|(name, _)| name).join(", ");
        let why =
            format!("Subnets can currently only be created in the following availability zones: {names}.");
        invalid("availabilityZone", name.or(id).unwrap_or_default(), &why)
    })
}

fn describe_subnets(
    call: &mut Call<'_>,
    input: &DescribeSubnetsInput,
) -> Result<DescribeSubnetsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.subnet_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let values = |id: &str, subnet: &Subnet, filter: &str| {
        vec![match filter {
            "availability-zone" => subnet.zone.clone(),
            "availability-zone-id" => zone_id(&here.name, &subnet.zone),
            "available-ip-address-count" => addresses(subnet).to_string(),
            "cidr-block" => subnet.cidr.clone(),
            "default-for-az" => subnet.default_for_zone.to_string(),
            "map-public-ip-on-launch" => subnet.map_public_ip.to_string(),
            "owner-id" => here.account.clone(),
            "state" => "available".to_owned(),
            "subnet-id" => id.to_owned(),
            _ => subnet.vpc.clone(),
        }]
    };
    let things = &here.region.subnets;
    let (subnets, next_token) =
        question.answer(&SUBNET, FROM_5_TO_1000, things, &FILTERS, |subnet| &subnet.tags, values)?;
    let subnets = subnets.into_iter().map(|(id, subnet)| shown(&here, id, subnet)).collect();
    Ok(DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).set_next_token(next_token).build())
}

/// How many addresses are free: AWS keeps five of each subnet.
fn addresses(subnet: &Subnet) -> i32 {
    Cidr::v4(&subnet.cidr).map_or(0, |cidr| (1 << (32 - cidr.length())) - 5)
}

fn shown(here: &Here<'_>, id: &str, subnet: &Subnet) -> types::Subnet {
    types::Subnet::builder()
        .subnet_id(id)
        .subnet_arn(here.arn("subnet", id))
        .vpc_id(&subnet.vpc)
        .owner_id(&here.account)
        .cidr_block(&subnet.cidr)
        .availability_zone(&subnet.zone)
        .availability_zone_id(zone_id(&here.name, &subnet.zone))
        .available_ip_address_count(addresses(subnet))
        .default_for_az(subnet.default_for_zone)
        .map_public_ip_on_launch(subnet.map_public_ip)
        .assign_ipv6_address_on_creation(false)
        .ipv6_native(false)
        .enable_dns64(false)
        .state(SubnetState::Available)
        .set_tags(tag::listed(&subnet.tags))
        .build()
}

#[cfg(test)]
mod tests;

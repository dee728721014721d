//! VPCs and their DNS attributes.

use aws_sdk_ec2::operation::create_vpc::{CreateVpcError, CreateVpcInput, CreateVpcOutput};
use aws_sdk_ec2::operation::describe_vpc_attribute::{
    DescribeVpcAttributeError, DescribeVpcAttributeInput, DescribeVpcAttributeOutput,
};
use aws_sdk_ec2::operation::describe_vpcs::{DescribeVpcsError, DescribeVpcsInput, DescribeVpcsOutput};
use aws_sdk_ec2::operation::modify_vpc_attribute::{
    ModifyVpcAttributeError, ModifyVpcAttributeInput, ModifyVpcAttributeOutput,
};
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, VpcAttributeName, VpcCidrBlockAssociation, VpcCidrBlockState,
    VpcCidrBlockStateCode, VpcState,
};
use serde::{Deserialize, Serialize};

use super::cidr::Cidr;
use super::here::{Here, enter, invalid, missing, required, unsupported};
use super::kind::VPC;
use super::list::{FROM_5_TO_1000, Question};
use super::route_table;
use super::security_group;
use super::subnet;
use super::tag;
use super::zone::zones;
use super::{Region, Route, Subnet, Tags};
use crate::sandbox::call::id;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    /// Its addresses, such as `172.31.0.0/16`.
    pub cidr: String,
    /// Whether it is the region's default VPC.
    pub is_default: bool,
    /// `default` or `dedicated`.
    pub tenancy: String,
    /// Whether Amazon's DNS server answers in it.
    pub dns_support: bool,
    /// Whether instances with public addresses get host names.
    pub dns_hostnames: bool,
    /// Whether metrics of its use of addresses are kept.
    pub address_usage_metrics: bool,
    /// Its tags.
    pub tags: Tags,
}

/// How many VPCs a region may have.
const VPCS: usize = 5;

const FILTERS: [&str; 9] = [
    "cidr",
    "cidr-block-association.association-id",
    "cidr-block-association.cidr-block",
    "cidr-block-association.state",
    "dhcp-options-id",
    "is-default",
    "owner-id",
    "state",
    "vpc-id",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateVpc", create_vpc, CreateVpcError::generic);
    handlers.on("ec2:DescribeVpcs", describe_vpcs, DescribeVpcsError::generic);
    handlers.on("ec2:DescribeVpcAttribute", describe_vpc_attribute, DescribeVpcAttributeError::generic);
    handlers.on("ec2:ModifyVpcAttribute", modify_vpc_attribute, ModifyVpcAttributeError::generic);
}

/// Puts the default VPC into a new region: public subnets in three zones, and a way to the internet.
pub(super) fn add_default(region: &mut Region, name: &str) {
    let vpc_id = id(name, "vpc-", "default");
    let vpc = Vpc {
        cidr: "172.31.0.0/16".to_owned(),
        is_default: true,
        tenancy: "default".to_owned(),
        dns_support: true,
        dns_hostnames: true,
        ..Vpc::default()
    };
    let main = add(region, name, &vpc_id, vpc);
    let gateway = Route::to("0.0.0.0/0", &id(name, "igw-", "default"), "CreateRoute");
    if let Some(table) = region.route_tables.get_mut(&main) {
        table.routes.push(gateway);
    }
    for ((zone, _), third) in zones(name).into_iter().zip([0, 16, 32]) {
        let subnet = Subnet {
            vpc: vpc_id.clone(),
            cidr: format!("172.31.{third}.0/20"),
            zone,
            default_for_zone: true,
            map_public_ip: true,
            tags: Tags::new(),
        };
        region.subnets.insert(subnet::id_of(name, &subnet), subnet);
    }
}

/// Puts a VPC into a region, with its default group and its main route table, whose id it gives.
fn add(region: &mut Region, name: &str, vpc_id: &str, vpc: Vpc) -> String {
    let main = route_table::add_main(region, name, vpc_id, &vpc.cidr);
    security_group::add_default(region, name, vpc_id);
    region.vpcs.insert(vpc_id.to_owned(), vpc);
    main
}

fn create_vpc(call: &mut Call<'_>, input: &CreateVpcInput) -> Result<CreateVpcOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[
        ("AmazonProvidedIpv6CidrBlock", input.amazon_provided_ipv6_cidr_block == Some(true)),
        ("Ipv4IpamPoolId", input.ipv4_ipam_pool_id.is_some()),
        ("Ipv4NetmaskLength", input.ipv4_netmask_length.is_some()),
        ("Ipv6CidrBlock", input.ipv6_cidr_block.is_some()),
        ("Ipv6IpamPoolId", input.ipv6_ipam_pool_id.is_some()),
        ("Ipv6NetmaskLength", input.ipv6_netmask_length.is_some()),
        ("Ipv6Pool", input.ipv6_pool.is_some()),
        ("VpcEncryptionControl", input.vpc_encryption_control.is_some()),
    ])?;
    let text = required(input.cidr_block(), "cidrBlock")?;
    let cidr = Cidr::v4(text).ok_or_else(|| invalid("cidrBlock", text, "This is not a valid CIDR block."))?;
    if !(16..=28).contains(&cidr.length()) {
        return Err(Fault::new("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let tenancy = input.instance_tenancy().map_or("default", |tenancy| tenancy.as_str());
    if !["default", "dedicated"].contains(&tenancy) {
        return Err(invalid("instanceTenancy", tenancy, "It must be default or dedicated."));
    }
    let tags = tag::given(input.tag_specifications(), &VPC)?;
    if here.region.vpcs.len() >= VPCS {
        let text = "The maximum number of VPCs has been reached.";
        return Err(Fault::new("VpcLimitExceeded", text));
    }
    let vpc = Vpc {
        cidr: cidr.to_string(),
        tenancy: tenancy.to_owned(),
        dns_support: true,
        tags,
        ..Vpc::default()
    };
    let what = format!("{cidr}\n{}", vpc.tags.get("Name").map_or("", String::as_str));
    let vpc_id = here.free_id("vpc-", &what, |id| here.region.vpcs.contains_key(id));
    let mut answer = shown(&here, &vpc_id, &vpc);
    answer.state = Some(VpcState::Pending);
    add(here.region, &here.name, &vpc_id, vpc);
    Ok(CreateVpcOutput::builder().vpc(answer).build())
}

fn describe_vpcs(call: &mut Call<'_>, input: &DescribeVpcsInput) -> Result<DescribeVpcsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.vpc_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let values = |id: &str, vpc: &Vpc, filter: &str| {
        vec![match filter {
            "cidr" | "cidr-block-association.cidr-block" => vpc.cidr.clone(),
            "cidr-block-association.association-id" => association_id(&here, id),
            "cidr-block-association.state" => "associated".to_owned(),
            "dhcp-options-id" => dhcp_options_id(&here),
            "is-default" => vpc.is_default.to_string(),
            "owner-id" => here.account.clone(),
            "state" => "available".to_owned(),
            _ => id.to_owned(),
        }]
    };
    let (vpcs, next_token) =
        question.answer(&VPC, FROM_5_TO_1000, &here.region.vpcs, &FILTERS, |vpc| &vpc.tags, values)?;
    let vpcs = vpcs.into_iter().map(|(id, vpc)| shown(&here, id, vpc)).collect();
    Ok(DescribeVpcsOutput::builder().set_vpcs(Some(vpcs)).set_next_token(next_token).build())
}

fn shown(here: &Here<'_>, id: &str, vpc: &Vpc) -> types::Vpc {
    let state = VpcCidrBlockState::builder().state(VpcCidrBlockStateCode::Associated).build();
    let association = VpcCidrBlockAssociation::builder().association_id(association_id(here, id));
    types::Vpc::builder()
        .vpc_id(id)
        .owner_id(&here.account)
        .cidr_block(&vpc.cidr)
        .cidr_block_association_set(association.cidr_block(&vpc.cidr).cidr_block_state(state).build())
        .dhcp_options_id(dhcp_options_id(here))
        .instance_tenancy(vpc.tenancy.as_str().into())
        .is_default(vpc.is_default)
        .state(VpcState::Available)
        .set_tags(tag::listed(&vpc.tags))
        .build()
}

fn association_id(here: &Here<'_>, vpc_id: &str) -> String {
    here.id("vpc-cidr-assoc-", vpc_id)
}

fn dhcp_options_id(here: &Here<'_>) -> String {
    here.id("dopt-", "default")
}

fn describe_vpc_attribute(
    call: &mut Call<'_>,
    input: &DescribeVpcAttributeInput,
) -> Result<DescribeVpcAttributeOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let id = required(input.vpc_id(), "vpcId")?;
    let attribute = input.attribute().ok_or_else(|| missing("attribute"))?;
    let vpc = VPC.find(&here.region.vpcs, id)?;
    let value = |value: bool| AttributeBooleanValue::builder().value(value).build();
    let answer = DescribeVpcAttributeOutput::builder().vpc_id(id);
    Ok(match attribute {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(value(vpc.dns_support)),
        VpcAttributeName::EnableDnsHostnames => answer.enable_dns_hostnames(value(vpc.dns_hostnames)),
        VpcAttributeName::EnableNetworkAddressUsageMetrics => {
            answer.enable_network_address_usage_metrics(value(vpc.address_usage_metrics))
        }
        other => return Err(invalid("attribute", other, "Unknown attribute.")),
    }
    .build())
}

fn modify_vpc_attribute(
    call: &mut Call<'_>,
    input: &ModifyVpcAttributeInput,
) -> Result<ModifyVpcAttributeOutput, Fault> {
    let here = enter(call, None)?;
    let id = required(input.vpc_id(), "vpcId")?;
    let combination = |text: &str| Err(Fault::new("InvalidParameterCombination", text));
    let value = |attribute: Option<&AttributeBooleanValue>| attribute.and_then(AttributeBooleanValue::value);
    let support = value(input.enable_dns_support());
    let hostnames = value(input.enable_dns_hostnames());
    let metrics = value(input.enable_network_address_usage_metrics());
    match [support, hostnames, metrics].into_iter().flatten().count() {
        0 => return combination("No attributes specified."),
        1 => {}
        _ => return combination("Fields for multiple attribute types specified"),
    }
    let vpc = VPC.find_mut(&mut here.region.vpcs, id)?;
    if hostnames == Some(true) && !vpc.dns_support {
        return combination("DNS hostnames can be enabled only if DNS support is enabled.");
    }
    vpc.dns_support = support.unwrap_or(vpc.dns_support);
    vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
    vpc.address_usage_metrics = metrics.unwrap_or(vpc.address_usage_metrics);
    Ok(ModifyVpcAttributeOutput::builder().build())
}

#[cfg(test)]
mod tests;

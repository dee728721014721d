//! Gateway endpoints: the way from a network to S3 without the internet.

use std::collections::BTreeSet;

use aws_sdk_ec2::operation::create_vpc_endpoint::{
    CreateVpcEndpointError, CreateVpcEndpointInput, CreateVpcEndpointOutput,
};
use aws_sdk_ec2::operation::describe_vpc_endpoints::{
    DescribeVpcEndpointsError, DescribeVpcEndpointsInput, DescribeVpcEndpointsOutput,
};
use aws_sdk_ec2::operation::modify_vpc_endpoint::{
    ModifyVpcEndpointError, ModifyVpcEndpointInput, ModifyVpcEndpointOutput,
};
use aws_sdk_ec2::types::{self, VpcEndpointType};
use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Tags;
use super::endpoint_service::{gateway_services, unknown_service};
use super::here::{Here, enter, required, unsupported};
use super::kind::{ROUTE_TABLE_OF_ENDPOINT, VPC, VPC_ENDPOINT};
use super::list::{CAPPED_AT_1000, Question};
use super::prefix_list;
use super::tag;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A gateway endpoint. Its routes are in the tables that it names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    /// The id of its VPC.
    pub vpc: String,
    /// The service, such as `com.amazonaws.ap-south-1.s3`.
    pub service: String,
    /// `available`. AWS writes it in lower case here, which the SDK's `State` does not know.
    pub state: String,
    /// Who may do what through it, as JSON.
    pub policy: String,
    /// The ids of the tables that lead to it.
    pub route_tables: BTreeSet<String>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// Its tags.
    pub tags: Tags,
}

impl VpcEndpoint {
    /// An endpoint that these tables lead to and that allows everything.
    #[must_use]
    pub fn gateway(vpc: &str, service: &str, route_tables: BTreeSet<String>) -> Self {
        Self {
            vpc: vpc.to_owned(),
            service: service.to_owned(),
            state: "available".to_owned(),
            policy: FULL_ACCESS.to_owned(),
            route_tables,
            ..Self::default()
        }
    }
}

/// How many gateway endpoints a region may have.
const ENDPOINTS: usize = 20;
/// How long a policy may be.
const POLICY: usize = 20_480;
/// AWS's policy where none is given: everything is allowed.
const FULL_ACCESS: &str = r#"{"Version":"2008-10-17","Statement":[
    {"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}
]}"#;

const FILTERS: [&str; 6] = [
    "ip-address-type",
    "service-name",
    "vpc-endpoint-id",
    "vpc-endpoint-state",
    "vpc-endpoint-type",
    "vpc-id",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateVpcEndpoint", create_vpc_endpoint, CreateVpcEndpointError::generic);
    handlers.on("ec2:ModifyVpcEndpoint", modify_vpc_endpoint, ModifyVpcEndpointError::generic);
    handlers.on("ec2:DescribeVpcEndpoints", describe_vpc_endpoints, DescribeVpcEndpointsError::generic);
}

fn create_vpc_endpoint(
    call: &mut Call<'_>,
    input: &CreateVpcEndpointInput,
) -> Result<CreateVpcEndpointOutput, Fault> {
    let mut here = enter(call, input.dry_run)?;
    let endpoint_type = input.vpc_endpoint_type().unwrap_or(&VpcEndpointType::Gateway);
    unsupported(&[
        ("VpcEndpointType other than Gateway", *endpoint_type != VpcEndpointType::Gateway),
        ("ServiceRegion", input.service_region().is_some_and(|region| region != here.name)),
        ("ServiceNetworkArn", input.service_network_arn.is_some()),
        ("ResourceConfigurationArn", input.resource_configuration_arn.is_some()),
    ])?;
    only_gateway(&[
        ("SubnetIds", !input.subnet_ids().is_empty()),
        ("SecurityGroupIds", !input.security_group_ids().is_empty()),
        ("SubnetConfigurations", !input.subnet_configurations().is_empty()),
        ("PrivateDnsEnabled", input.private_dns_enabled == Some(true)),
        ("DnsOptions", input.dns_options.is_some()),
        ("IpAddressType", input.ip_address_type.is_some()),
    ])?;
    let vpc = required(input.vpc_id(), "vpcId")?.to_owned();
    let service = required(input.service_name(), "serviceName")?.to_owned();
    let tags = tag::given(input.tag_specifications(), &VPC_ENDPOINT)?;
    let (operation, token) = ("CreateVpcEndpoint", input.client_token());
    let route_tables: BTreeSet<String> = input.route_table_ids().iter().cloned().collect();
    let request = format!("{vpc}\n{service}\n{:?}\n{route_tables:?}\n{tags:?}", input.policy_document());
    let before = here.made_before(operation, token, &request)?;
    let id = match before.and_then(|made| made.into_iter().next()) {
        Some(id) => id,
        None => {
            VPC.find(&here.region.vpcs, &vpc)?;
            if !gateway_services(&here.name).contains(&service) {
                return Err(unknown_service(&service));
            }
            let policy = policy(input.policy_document().filter(|policy| !policy.is_empty()))?;
            check_tables(&here, &vpc, &service, &route_tables)?;
            if here.region.vpc_endpoints.len() >= ENDPOINTS {
                let text = "The maximum number of VPC endpoints has been reached.";
                return Err(Fault::new("VpcEndpointLimitExceeded", text));
            }
            let what = format!("{vpc}\n{service}\n{route_tables:?}");
            let id = here.free_id("vpce-", &what, |id| here.region.vpc_endpoints.contains_key(id));
            let (state, created) = ("available".to_owned(), here.now.secs());
            let endpoint = VpcEndpoint { vpc, service, state, policy, route_tables, created, tags };
            here.region.vpc_endpoints.insert(id.clone(), endpoint);
            here.remember(operation, token, &request, std::slice::from_ref(&id));
            id
        }
    };
    let endpoint = shown(&here, &id, VPC_ENDPOINT.find(&here.region.vpc_endpoints, &id)?);
    let answer = CreateVpcEndpointOutput::builder().vpc_endpoint(endpoint);
    Ok(answer.set_client_token(token.map(str::to_owned)).build())
}

/// Refuses what AWS takes for other types of endpoint only.
fn only_gateway(parameters: &[(&str, bool)]) -> Result<(), Fault> {
    match parameters.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => {
            let text = format!("{name} cannot be specified for a VPC endpoint of type Gateway.");
            Err(Fault::new("InvalidParameter", text))
        }
    }
}

/// Whether these tables can lead to an endpoint of this service: they are its VPC's, and lead to none yet.
fn check_tables(here: &Here<'_>, vpc: &str, service: &str, tables: &BTreeSet<String>) -> Result<(), Fault> {
    for id in tables {
        let table = ROUTE_TABLE_OF_ENDPOINT.find(&here.region.route_tables, id)?;
        if table.vpc != vpc {
            let text = format!("Route table {id} does not belong to VPC {vpc}");
            return Err(Fault::new("InvalidParameter", text));
        }
        let mut endpoints = here.region.vpc_endpoints.values();
        if endpoints.any(|endpoint| endpoint.service == service && endpoint.route_tables.contains(id)) {
            let list = prefix_list::id_of(&here.name, service);
            let text = format!("route table {id} already has a route with destination-prefix-list-id {list}");
            return Err(Fault::new("RouteAlreadyExists", text));
        }
    }
    Ok(())
}

/// A policy as AWS gives it back: not to the letter, but the same JSON.
fn policy(given: Option<&str>) -> Result<String, Fault> {
    let Some(text) = given else { return Ok(FULL_ACCESS.to_owned()) };
    let refused = || Fault::new("InvalidPolicyDocument", "The specified policy document is not valid.");
    let policy: Value = serde_json::from_str(text).map_err(|_| refused())?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err(refused()),
    };
    let versions = ["2008-10-17", "2012-10-17"];
    let version = policy.get("Version").is_none_or(|version| versions.iter().any(|known| version == known));
    let has = |statement: &Value, names: [&str; 2]| {
        names.into_iter().filter(|name| statement.get(name).is_some()).count() == 1
    };
    let is_whole = |statement: &Value| {
        statement.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny")
            && has(statement, ["Principal", "NotPrincipal"])
            && has(statement, ["Action", "NotAction"])
            && has(statement, ["Resource", "NotResource"])
    };
    if version && text.len() <= POLICY && statements.iter().all(is_whole) {
        Ok(policy.to_string())
    } else {
        Err(refused())
    }
}

fn modify_vpc_endpoint(
    call: &mut Call<'_>,
    input: &ModifyVpcEndpointInput,
) -> Result<ModifyVpcEndpointOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let id = required(input.vpc_endpoint_id(), "vpcEndpointId")?;
    let endpoint = VPC_ENDPOINT.find(&here.region.vpc_endpoints, id)?;
    only_gateway(&[
        ("AddSubnetIds", !input.add_subnet_ids().is_empty()),
        ("RemoveSubnetIds", !input.remove_subnet_ids().is_empty()),
        ("AddSecurityGroupIds", !input.add_security_group_ids().is_empty()),
        ("RemoveSecurityGroupIds", !input.remove_security_group_ids().is_empty()),
        ("SubnetConfigurations", !input.subnet_configurations().is_empty()),
        ("PrivateDnsEnabled", input.private_dns_enabled == Some(true)),
        ("DnsOptions", input.dns_options.is_some()),
        ("IpAddressType", input.ip_address_type.is_some()),
    ])?;
    let given = input.policy_document().filter(|policy| !policy.is_empty());
    let reset = input.reset_policy == Some(true);
    if reset && given.is_some() {
        let text = "The parameter ResetPolicy cannot be used with the parameter PolicyDocument";
        return Err(Fault::new("InvalidParameterCombination", text));
    }
    let policy = if reset || given.is_some() { Some(policy(given)?) } else { None };
    let added: BTreeSet<String> = input.add_route_table_ids().iter().cloned().collect();
    check_tables(&here, &endpoint.vpc, &endpoint.service, &added)?;
    let removed = input.remove_route_table_ids();
    if let Some(table) = removed.iter().find(|table| !endpoint.route_tables.contains(*table)) {
        let text = format!("Route table {table} is not associated with VPC endpoint {id}");
        return Err(Fault::new("InvalidParameter", text));
    }
    let endpoint = VPC_ENDPOINT.find_mut(&mut here.region.vpc_endpoints, id)?;
    endpoint.route_tables.retain(|table| !removed.contains(table));
    endpoint.route_tables.extend(added);
    if let Some(policy) = policy {
        endpoint.policy = policy;
    }
    Ok(ModifyVpcEndpointOutput::builder().r#return(true).build())
}

fn describe_vpc_endpoints(
    call: &mut Call<'_>,
    input: &DescribeVpcEndpointsInput,
) -> Result<DescribeVpcEndpointsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.vpc_endpoint_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let values = |id: &str, endpoint: &VpcEndpoint, filter: &str| {
        vec![match filter {
            "ip-address-type" => "ipv4".to_owned(),
            "service-name" => endpoint.service.clone(),
            "vpc-endpoint-id" => id.to_owned(),
            "vpc-endpoint-state" => endpoint.state.clone(),
            "vpc-endpoint-type" => "Gateway".to_owned(),
            _ => endpoint.vpc.clone(),
        }]
    };
    let things = &here.region.vpc_endpoints;
    let (endpoints, next_token) = question.answer(
        &VPC_ENDPOINT,
        CAPPED_AT_1000,
        things,
        &FILTERS,
        |endpoint| &endpoint.tags,
        values,
    )?;
    let endpoints = endpoints.into_iter().map(|(id, endpoint)| shown(&here, id, endpoint)).collect();
    let answer = DescribeVpcEndpointsOutput::builder().set_vpc_endpoints(Some(endpoints));
    Ok(answer.set_next_token(next_token).build())
}

fn shown(here: &Here<'_>, id: &str, endpoint: &VpcEndpoint) -> types::VpcEndpoint {
    types::VpcEndpoint::builder()
        .vpc_endpoint_id(id)
        .vpc_endpoint_type(VpcEndpointType::Gateway)
        .vpc_id(&endpoint.vpc)
        .service_name(&endpoint.service)
        .service_region(&here.name)
        .state(endpoint.state.as_str().into())
        .policy_document(&endpoint.policy)
        .set_route_table_ids(Some(endpoint.route_tables.iter().cloned().collect()))
        .set_subnet_ids(Some(vec![]))
        .set_groups(Some(vec![]))
        .set_network_interface_ids(Some(vec![]))
        .set_dns_entries(Some(vec![]))
        .private_dns_enabled(false)
        .requester_managed(false)
        .creation_timestamp(DateTime::from_secs(endpoint.created))
        .owner_id(&here.account)
        .set_tags(tag::listed(&endpoint.tags))
        .build()
}

#[cfg(test)]
mod tests;

//! Route tables.

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::associate_route_table::{
    AssociateRouteTableError, AssociateRouteTableInput, AssociateRouteTableOutput,
};
use aws_sdk_ec2::operation::create_route_table::{
    CreateRouteTableError, CreateRouteTableInput, CreateRouteTableOutput,
};
use aws_sdk_ec2::operation::describe_route_tables::{
    DescribeRouteTablesError, DescribeRouteTablesInput, DescribeRouteTablesOutput,
};
use aws_sdk_ec2::types::{
    self, RouteState, RouteTableAssociation, RouteTableAssociationState, RouteTableAssociationStateCode,
};
use serde::{Deserialize, Serialize};

use super::here::{Here, enter, required, unsupported};
use super::kind::{ROUTE_TABLE, SUBNET, VPC};
use super::list::{FROM_5_TO_100, Question};
use super::prefix_list;
use super::tag;
use super::{Region, Tags};
use crate::sandbox::call::id;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// Where a network's traffic goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    /// The id of its VPC.
    pub vpc: String,
    /// Its routes, but for those of the gateway endpoints: these come from the endpoints.
    pub routes: Vec<Route>,
    /// The subnets that it is for, by the association's id (`rtbassoc-`). None in the place of a subnet makes
    /// it the main table, which is for all that have no other.
    pub associations: BTreeMap<String, Option<String>>,
    /// Its tags.
    pub tags: Tags,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Addresses, or a prefix list's id.
    pub destination: String,
    /// `local`, or a gateway's id.
    pub target: String,
    /// `CreateRouteTable` or `CreateRoute`.
    pub origin: String,
}

/// How many route tables a VPC may have.
const TABLES: usize = 200;

const FILTERS: [&str; 12] = [
    "association.main",
    "association.route-table-association-id",
    "association.route-table-id",
    "association.subnet-id",
    "owner-id",
    "route-table-id",
    "route.destination-cidr-block",
    "route.destination-prefix-list-id",
    "route.gateway-id",
    "route.origin",
    "route.state",
    "vpc-id",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateRouteTable", create_route_table, CreateRouteTableError::generic);
    handlers.on("ec2:AssociateRouteTable", associate_route_table, AssociateRouteTableError::generic);
    handlers.on("ec2:DescribeRouteTables", describe_route_tables, DescribeRouteTablesError::generic);
}

impl Route {
    pub(super) fn to(destination: &str, target: &str, origin: &str) -> Self {
        Self { destination: destination.to_owned(), target: target.to_owned(), origin: origin.to_owned() }
    }

    fn shown(&self) -> types::Route {
        let route = types::Route::builder().gateway_id(&self.target).state(RouteState::Active);
        let route = if self.destination.starts_with("pl-") {
            route.destination_prefix_list_id(&self.destination)
        } else {
            route.destination_cidr_block(&self.destination)
        };
        route.origin(self.origin.as_str().into()).build()
    }
}

/// Puts a new VPC's main table into the region; tells its id.
pub(super) fn add_main(region: &mut Region, name: &str, vpc_id: &str, cidr: &str) -> String {
    let table_id = id(name, "rtb-", &format!("{vpc_id}\nmain"));
    let table = RouteTable {
        vpc: vpc_id.to_owned(),
        routes: vec![Route::to(cidr, "local", "CreateRouteTable")],
        associations: BTreeMap::from([(id(name, "rtbassoc-", &format!("{table_id}\nmain")), None)]),
        tags: Tags::new(),
    };
    region.route_tables.insert(table_id.clone(), table);
    table_id
}

fn create_route_table(
    call: &mut Call<'_>,
    input: &CreateRouteTableInput,
) -> Result<CreateRouteTableOutput, Fault> {
    let mut here = enter(call, input.dry_run)?;
    let vpc_id = required(input.vpc_id(), "vpcId")?;
    let tags = tag::given(input.tag_specifications(), &ROUTE_TABLE)?;
    let vpc = VPC.find(&here.region.vpcs, vpc_id)?;
    let (operation, token) = ("CreateRouteTable", input.client_token());
    let request = format!("{vpc_id}\n{tags:?}");
    let before = here.made_before(operation, token, &request)?;
    let table_id = match before.and_then(|made| made.into_iter().next()) {
        Some(table_id) => table_id,
        None => {
            if here.region.route_tables.values().filter(|table| table.vpc == vpc_id).count() >= TABLES {
                let text = "The maximum number of route tables has been reached.";
                return Err(Fault::new("RouteTableLimitExceeded", text));
            }
            let routes = vec![Route::to(&vpc.cidr, "local", "CreateRouteTable")];
            let what = format!("{vpc_id}\n{}", tags.get("Name").map_or("", String::as_str));
            let table_id = here.free_id("rtb-", &what, |id| here.region.route_tables.contains_key(id));
            let table = RouteTable { vpc: vpc_id.to_owned(), routes, tags, ..RouteTable::default() };
            here.region.route_tables.insert(table_id.clone(), table);
            here.remember(operation, token, &request, std::slice::from_ref(&table_id));
            table_id
        }
    };
    let answer = shown(&here, &table_id, ROUTE_TABLE.find(&here.region.route_tables, &table_id)?);
    let answer = CreateRouteTableOutput::builder().route_table(answer);
    Ok(answer.set_client_token(token.map(str::to_owned)).build())
}

fn associate_route_table(
    call: &mut Call<'_>,
    input: &AssociateRouteTableInput,
) -> Result<AssociateRouteTableOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[
        ("GatewayId", input.gateway_id.is_some()),
        ("PublicIpv4Pool", input.public_ipv4_pool.is_some()),
    ])?;
    let table_id = required(input.route_table_id(), "routeTableId")?;
    let subnet_id = required(input.subnet_id(), "subnetId")?;
    let vpc = &ROUTE_TABLE.find(&here.region.route_tables, table_id)?.vpc;
    if SUBNET.find(&here.region.subnets, subnet_id)?.vpc != *vpc {
        let text = format!("Route table {table_id} and subnet {subnet_id} belong to different networks");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let mut associations = here.region.route_tables.values().flat_map(|table| table.associations.values());
    if associations.any(|subnet| subnet.as_deref() == Some(subnet_id)) {
        let text = format!(
            "the specified association for route table {table_id} conflicts with an existing association"
        );
        return Err(Fault::new("Resource.AlreadyAssociated", text));
    }
    let association_id = here.id("rtbassoc-", &format!("{table_id}\n{subnet_id}"));
    let table = ROUTE_TABLE.find_mut(&mut here.region.route_tables, table_id)?;
    table.associations.insert(association_id.clone(), Some(subnet_id.to_owned()));
    let answer = AssociateRouteTableOutput::builder().association_id(association_id);
    Ok(answer.association_state(associated()).build())
}

fn describe_route_tables(
    call: &mut Call<'_>,
    input: &DescribeRouteTablesInput,
) -> Result<DescribeRouteTablesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.route_table_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let things = &here.region.route_tables;
    let (tables, next_token) = question.answer(
        &ROUTE_TABLE,
        FROM_5_TO_100,
        things,
        &FILTERS,
        |table| &table.tags,
        |id, table, filter| values(&here, id, table, filter),
    )?;
    let tables = tables.into_iter().map(|(id, table)| shown(&here, id, table)).collect();
    Ok(DescribeRouteTablesOutput::builder().set_route_tables(Some(tables)).set_next_token(next_token).build())
}

fn values(here: &Here<'_>, id: &str, table: &RouteTable, filter: &str) -> Vec<String> {
    let associations = table.associations.iter();
    let routes = || routes(here, id, table).into_iter();
    match filter {
        "association.main" => associations.map(|(_, subnet)| subnet.is_none().to_string()).collect(),
        "association.route-table-association-id" => associations.map(|(id, _)| id.clone()).collect(),
        "association.route-table-id" => associations.map(|_| id.to_owned()).collect(),
        "association.subnet-id" => associations.filter_map(|(_, subnet)| subnet.clone()).collect(),
        "owner-id" => vec![here.account.clone()],
        "route-table-id" => vec![id.to_owned()],
        "route.destination-cidr-block" | "route.destination-prefix-list-id" => {
            let is_list = filter.ends_with("prefix-list-id");
            let destinations = routes().map(|route| route.destination);
            destinations.filter(|destination| destination.starts_with("pl-") == is_list).collect()
        }
        "route.gateway-id" => routes().map(|route| route.target).collect(),
        "route.origin" => routes().map(|route| route.origin).collect(),
        "route.state" => routes().map(|_| "active".to_owned()).collect(),
        _ => vec![table.vpc.clone()],
    }
}

/// A table's own routes, and those that gateway endpoints put into it.
fn routes(here: &Here<'_>, id: &str, table: &RouteTable) -> Vec<Route> {
    let endpoints =
        here.region.vpc_endpoints.iter().filter(|(_, endpoint)| endpoint.route_tables.contains(id));
    let of_endpoints = endpoints.map(|(endpoint_id, endpoint)| {
        Route::to(&prefix_list::id_of(&here.name, &endpoint.service), endpoint_id, "CreateRoute")
    });
    table.routes.iter().cloned().chain(of_endpoints).collect()
}

fn shown(here: &Here<'_>, id: &str, table: &RouteTable) -> types::RouteTable {
    let associations = table.associations.iter().map(|(association_id, subnet)| {
        RouteTableAssociation::builder()
            .route_table_association_id(association_id)
            .route_table_id(id)
            .set_subnet_id(subnet.clone())
            .main(subnet.is_none())
            .association_state(associated())
            .build()
    });
    types::RouteTable::builder()
        .route_table_id(id)
        .vpc_id(&table.vpc)
        .owner_id(&here.account)
        .set_associations(Some(associations.collect()))
        .set_routes(Some(routes(here, id, table).iter().map(Route::shown).collect()))
        .set_tags(tag::listed(&table.tags))
        .build()
}

fn associated() -> RouteTableAssociationState {
    RouteTableAssociationState::builder().state(RouteTableAssociationStateCode::Associated).build()
}

#[cfg(test)]
mod tests;

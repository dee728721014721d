//! A VPC's route tables, and the gateway endpoints of one service in it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;

use super::ec2::{Endpoints, RouteTables, Subnets};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;

/// What of a VPC matters for an endpoint.
pub(super) struct Network {
    subnets: Vec<String>,
    tables: Vec<sdk::RouteTable>,
    /// Those that are not deleted; the one with the most route tables first.
    endpoints: Vec<sdk::VpcEndpoint>,
}

impl Network {
    pub(super) async fn read(service: &str, vpc: &str, cx: &Cx<'_>) -> Result<Self, Error> {
        let (subnets, tables, endpoints) = tokio::try_join!(
            cx.aws.list::<Subnets>(cx.region),
            cx.aws.list::<RouteTables>(cx.region),
            cx.aws.list::<Endpoints>(cx.region),
        )?;
        Ok(Self::of(service, vpc, &subnets, &tables, &endpoints))
    }

    /// As it was seen a moment ago.
    pub(super) async fn lately(service: &str, vpc: &str, cx: &Cx<'_>) -> Result<Self, Error> {
        let (subnets, tables, endpoints) = tokio::try_join!(
            cx.aws.listed_lately::<Subnets>(cx.region),
            cx.aws.listed_lately::<RouteTables>(cx.region),
            cx.aws.listed_lately::<Endpoints>(cx.region),
        )?;
        Ok(Self::of(service, vpc, &subnets, &tables, &endpoints))
    }

    fn of(service: &str, vpc: &str, subnets: &Subnets, tables: &RouteTables, endpoints: &Endpoints) -> Self {
        let subnets = subnets.0.iter().filter(|subnet| subnet.vpc_id() == Some(vpc));
        let tables = tables.0.iter().filter(|table| table.vpc_id() == Some(vpc));
        let is_it = |endpoint: &&sdk::VpcEndpoint| {
            endpoint.vpc_id() == Some(vpc)
                && endpoint.service_name() == Some(service)
                && endpoint.vpc_endpoint_type() == Some(&sdk::VpcEndpointType::Gateway)
        };
        let mut network = Self {
            subnets: subnets.filter_map(|subnet| subnet.subnet_id.clone()).collect(),
            tables: tables.cloned().collect(),
            endpoints: vec![],
        };
        network.add(endpoints.0.iter().filter(is_it).cloned());
        network
    }

    /// Adds endpoints that are there: one that was deleted is listed for some time.
    pub(super) fn add(&mut self, endpoints: impl IntoIterator<Item = sdk::VpcEndpoint>) {
        let is_there =
            |endpoint: &sdk::VpcEndpoint| !["deleted", "deleting"].contains(&state(endpoint).as_str());
        self.endpoints.extend(endpoints.into_iter().filter(is_there));
        self.endpoints.sort_by_key(|endpoint| {
            (Reverse(endpoint.route_table_ids().len()), endpoint.vpc_endpoint_id.clone())
        });
    }

    /// The endpoint that counts as ours.
    pub(super) fn endpoint(&self) -> Option<&sdk::VpcEndpoint> {
        self.endpoints.first()
    }

    /// The ids of the route tables that the subnets use: those of their own, and the main one for all others. A VPC without
    /// subnets has its main one.
    pub(super) fn tables(&self) -> Vec<String> {
        let mut of_subnet = BTreeMap::new();
        let mut main = "";
        for table in &self.tables {
            let id = table.route_table_id().unwrap_or_default();
            for association in table.associations() {
                if association.main() == Some(true) {
                    main = id;
                }
                if let Some(subnet) = association.subnet_id() {
                    of_subnet.insert(subnet, id);
                }
            }
        }
        let table = |subnet: &String| of_subnet.get(subnet.as_str()).copied().unwrap_or(main);
        let mut used: BTreeSet<&str> = self.subnets.iter().map(table).collect();
        if used.is_empty() {
            used.insert(main);
        }
        used.into_iter().map(str::to_owned).collect()
    }

    /// Those of the tables that no endpoint is on. A table can be on one only.
    pub(super) fn missing(&self) -> Vec<String> {
        let on: BTreeSet<&String> =
            self.endpoints.iter().flat_map(sdk::VpcEndpoint::route_table_ids).collect();
        self.tables().into_iter().filter(|table| !on.contains(table)).collect()
    }

    /// What is remarkable: another state than available, routes that are not there, a second endpoint.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![];
        for endpoint in &self.endpoints {
            let id = endpoint.vpc_endpoint_id().unwrap_or_default();
            let state = state(endpoint);
            if state != "available" {
                let text = format!("`{id}` is {state}, not available");
                findings.push(
                    Finding::error("endpoint-not-available", text).hint("look at it in the VPC console"),
                );
            }
            for table in self.tables().iter().filter(|table| endpoint.route_table_ids().contains(table)) {
                if !self.leads(table, id) {
                    let text = format!("the route table `{table}` has no active route to `{id}`");
                    findings.push(
                        Finding::error("route-missing", text)
                            .hint("take the table off the endpoint and put it on again"),
                    );
                }
            }
        }
        if let [first, others @ ..] = &self.endpoints[..]
            && !others.is_empty()
        {
            let others: Vec<_> = others.iter().filter_map(sdk::VpcEndpoint::vpc_endpoint_id).collect();
            let text = format!(
                "there are more of them: `{}` besides `{}`",
                others.join("`, `"),
                first.vpc_endpoint_id().unwrap_or_default()
            );
            findings
                .push(Finding::warning("second-endpoint", text).hint("one is enough for all route tables"));
        }
        findings
    }

    /// Whether this table has a route to this endpoint that is in use.
    fn leads(&self, table: &str, endpoint: &str) -> bool {
        let tables = self.tables.iter().filter(|one| one.route_table_id() == Some(table));
        tables.flat_map(sdk::RouteTable::routes).any(|route| {
            route.destination_prefix_list_id().is_some()
                && route.gateway_id() == Some(endpoint)
                && route.state() == Some(&sdk::RouteState::Active)
        })
    }
}

/// In lower case: AWS's model has `Available`, its answers have `available`.
fn state(endpoint: &sdk::VpcEndpoint) -> String {
    endpoint.state().map_or("unknown", sdk::State::as_str).to_lowercase()
}

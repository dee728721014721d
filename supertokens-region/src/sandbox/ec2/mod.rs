//! EC2: regions, networks, security groups, gateway endpoints, flow logs, key pairs, images and instances.

mod cidr;
mod endpoint_service;
mod flow_log;
mod here;
mod image;
mod instance;
mod instance_type;
mod key_pair;
mod kind;
mod list;
mod permission;
mod prefix_list;
mod region;
mod route_table;
mod security_group;
mod security_group_rule;
mod subnet;
mod tag;
#[cfg(test)]
mod testing;
mod volume;
mod vpc;
mod vpc_endpoint;
mod zone;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::door::Handlers;
pub use flow_log::FlowLog;
pub use here::ClientToken;
pub use image::{Image, ImageDevice};
pub use instance::Instance;
pub use key_pair::KeyPair;
pub use permission::{Peer, Rule};
pub use route_table::{Route, RouteTable};
pub use security_group::Group;
pub use subnet::Subnet;
pub use tag::Tags;
pub use volume::Volume;
pub use vpc::Vpc;
pub use vpc_endpoint::VpcEndpoint;

/// What is in EC2: one [`Region`] for each region that the account has enabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ec2 {
    /// The enabled regions by name. A call in any other region is refused.
    pub regions: BTreeMap<String, Region>,
}

/// What is in EC2 in one region, by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The networks (`vpc-`).
    pub vpcs: BTreeMap<String, Vpc>,
    /// The subnets (`subnet-`).
    pub subnets: BTreeMap<String, Subnet>,
    /// The route tables (`rtb-`).
    pub route_tables: BTreeMap<String, RouteTable>,
    /// The security groups (`sg-`) with their rules.
    pub groups: BTreeMap<String, Group>,
    /// The gateway endpoints (`vpce-`).
    pub vpc_endpoints: BTreeMap<String, VpcEndpoint>,
    /// The flow logs (`fl-`).
    pub flow_logs: BTreeMap<String, FlowLog>,
    /// The key pairs (`key-`).
    #[serde(default)]
    pub key_pairs: BTreeMap<String, KeyPair>,
    /// The account's own machine images (`ami-`). AWS's are in no world.
    #[serde(default)]
    pub images: BTreeMap<String, Image>,
    /// The instances (`i-`).
    #[serde(default)]
    pub instances: BTreeMap<String, Instance>,
    /// The volumes (`vol-`).
    #[serde(default)]
    pub volumes: BTreeMap<String, Volume>,
    /// What was asked for and made with which client token, by `Operation/token`.
    pub client_tokens: BTreeMap<String, ClientToken>,
}

impl Default for Ec2 {
    /// The regions that need no opt-in, each with what AWS gives a new account.
    fn default() -> Self {
        let mut ec2 = Self { regions: BTreeMap::new() };
        for name in region::WITHOUT_OPT_IN {
            ec2.enable(name);
        }
        ec2
    }
}

impl Ec2 {
    /// Enables a region for the account: it gets a default VPC with all that belongs to one. Nothing happens to
    /// a region that is enabled already.
    pub fn enable(&mut self, region: &str) {
        self.regions.entry(region.to_owned()).or_insert_with(|| Region::new(region));
    }
}

impl Region {
    /// A region as AWS hands it to a new account: with a default VPC.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut region = Self::default();
        vpc::add_default(&mut region, name);
        region
    }
}

pub(super) fn handlers(handlers: &mut Handlers) {
    region::handlers(handlers);
    zone::handlers(handlers);
    vpc::handlers(handlers);
    subnet::handlers(handlers);
    route_table::handlers(handlers);
    security_group::handlers(handlers);
    security_group_rule::handlers(handlers);
    tag::handlers(handlers);
    prefix_list::handlers(handlers);
    endpoint_service::handlers(handlers);
    vpc_endpoint::handlers(handlers);
    flow_log::handlers(handlers);
    key_pair::handlers(handlers);
    image::handlers(handlers);
    instance_type::handlers(handlers);
    instance::handlers(handlers);
    volume::handlers(handlers);
}

#[cfg(test)]
mod tests {
    use super::Ec2;
    use super::testing::*;
    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn what_is_in_it_can_be_written_and_read() {
        let (sandbox, aws) = sandbox();
        let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
        new_table(&aws, R, &vpc).await;
        new_group(&aws, R, "web").await;
        let ec2 = sandbox.world().ec2.clone();
        let text = serde_json::to_string(&ec2).unwrap();
        assert_eq!(serde_json::from_str::<Ec2>(&text).unwrap(), ec2);
    }

    #[test]
    fn enabling_a_region_again_leaves_it_as_it_is() {
        let mut ec2 = Ec2::default();
        ec2.enable("ap-east-1");
        assert_eq!(ec2.regions.len(), 18);
        if let Some(region) = ec2.regions.get_mut("ap-east-1") {
            region.vpcs.clear();
        }
        ec2.enable("ap-east-1");
        assert!(ec2.regions["ap-east-1"].vpcs.is_empty());
    }

    #[tokio::test]
    async fn ids_do_not_depend_on_the_order_in_which_things_were_made() {
        let mut worlds = vec![];
        for names in [["web", "db"], ["db", "web"]] {
            let (sandbox, aws) = sandbox();
            for name in names {
                new_group(&aws, R, name).await;
            }
            worlds.push(sandbox.world().clone());
        }
        assert_eq!(worlds[0], worlds[1]);
    }
}

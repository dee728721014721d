//! The network of a region: what stands in its default VPC, and the private zone of its names.

use std::collections::BTreeSet;

use super::buckets::{FLOW_LOGS, logs};
use super::{AUDITED, OPENED, map};
use crate::sandbox::World;
use crate::sandbox::call::id;
use crate::sandbox::ec2::{FlowLog, Peer, Region, Rule, VpcEndpoint};
use crate::sandbox::route53::{HostedZone, Record, ZoneVpc};

/// The servers of the API: in production, and where it is developed.
const API_SERVERS: [(&str, &str); 2] =
    [("192.0.2.10/32", "node API prod"), ("192.0.2.20/32", "node API dev")];
/// Where people log in from.
const TEAM: [(&str, &str); 3] =
    [("198.51.100.7/32", "office"), ("203.0.113.24/32", "on call"), ("203.0.113.128/28", "VPN")];
const EVERYWHERE: &str = "0.0.0.0/0";

pub(super) fn add(world: &mut World, region: &str) {
    let vpc = default_vpc(world, region);
    add_zone(world, region, &vpc);
    let Some(here) = world.ec2.regions.get_mut(region) else { return };
    add_groups(here, region, &vpc);
    if let Some(vpc) = here.vpcs.get_mut(&vpc) {
        vpc.tags = map(&[("Name", "default")]);
    }
    let tables = here.route_tables.iter().filter(|(_, table)| table.vpc == vpc);
    let tables: BTreeSet<String> = tables.map(|(id, _)| id.clone()).collect();
    let endpoint = VpcEndpoint::gateway(&vpc, &format!("com.amazonaws.{region}.s3"), tables);
    here.vpc_endpoints.insert(id(region, "vpce-", "s3"), VpcEndpoint { created: OPENED, ..endpoint });
    let folder = format!("arn:aws:s3:::{}/{FLOW_LOGS}", logs(region));
    let log =
        FlowLog { created: AUDITED, tags: map(&[("Name", FLOW_LOGS)]), ..FlowLog::to_s3(&vpc, &folder) };
    here.flow_logs.insert(id(region, "fl-", &folder), log);
}

/// The id of a region's default VPC.
pub(super) fn default_vpc(world: &World, region: &str) -> String {
    let vpcs = world.ec2.regions.get(region).into_iter().flat_map(|here| &here.vpcs);
    vpcs.filter(|(_, vpc)| vpc.is_default).map(|(id, _)| id.clone()).next().unwrap_or_default()
}

/// The id of the group of this name.
pub(super) fn group(world: &World, region: &str, name: &str) -> String {
    let groups = world.ec2.regions.get(region).into_iter().flat_map(|here| &here.groups);
    groups.filter(|(_, group)| group.name == name).map(|(id, _)| id.clone()).next().unwrap_or_default()
}

/// The ids of the region's subnets, each with its zone.
pub(super) fn subnets(world: &World, region: &str) -> Vec<(String, String)> {
    let subnets = world.ec2.regions.get(region).into_iter().flat_map(|here| &here.subnets);
    subnets.map(|(id, subnet)| (id.clone(), subnet.zone.clone())).collect()
}

fn add_groups(here: &mut Region, region: &str, vpc: &str) {
    let tcp = |from, to, cidr: &str, why: &str| {
        let peer = if cidr.contains(':') { Peer::Ipv6(cidr.to_owned()) } else { Peer::Ipv4(cidr.to_owned()) };
        Rule::incoming("tcp", from, to, peer, why)
    };
    let ping = Rule::incoming("icmp", 8, -1, Peer::Ipv4(EVERYWHERE.to_owned()), "");
    let team = TEAM.map(|(cidr, who)| tcp(22, 22, cidr, who));
    let containers = [tcp(3567, 3600, EVERYWHERE, ""), tcp(3567, 3600, "::/0", "")];
    let groups: [(&str, &str, &[Rule]); 5] = [
        ("supertokens-nginx-port", "nginx in front of SuperTokens containers", &containers),
        ("dev-postgresql", "PostgreSQL for development", &[tcp(5432, 5432, EVERYWHERE, "")]),
        ("ping-ssh", "Allow ping and ssh", &[ping]),
        ("ec2-internal-team-access", "SSH for internal team members", &team),
        ("boxyhq", "nginx in front of BoxyHQ containers", &[tcp(5225, 5225, EVERYWHERE, "")]),
    ];
    for (name, description, rules) in groups {
        let group = here.add_group(region, vpc, name, description);
        here.add_rules(region, &group, rules);
    }
    let ports = [(4243, "docker"), (5432, "postgresql")];
    let from_servers = ports.iter().flat_map(|(port, what)| {
        API_SERVERS.map(|(cidr, who)| tcp(*port, *port, cidr, &format!("{what} from {who}")))
    });
    let from_servers: Vec<Rule> = from_servers.collect();
    let default = here.groups.iter().find(|(_, group)| group.vpc == vpc && group.name == "default");
    if let Some(default) = default.map(|(id, _)| id.clone()) {
        here.add_rules(region, &default, &from_servers);
    }
}

fn add_zone(world: &mut World, region: &str, vpc: &str) {
    let name = format!("{region}.dns.");
    let vpcs = vec![ZoneVpc { region: region.to_owned(), id: vpc.to_owned() }];
    let mut zone = HostedZone::new(&name, &format!("RISWorkflow-RD:{region}"), vpcs);
    zone.comment = Some("names of SaaS instances".to_owned());
    zone.tags = map(&[("Name", name.trim_end_matches('.'))]);
    for (host, address) in [("instance-1", "172.31.4.11"), ("instance-2", "172.31.20.12")] {
        zone.add(Record::new(&format!("{host}.{name}"), "A", 300, &[address]));
    }
    world.route53.zones.insert(id("", "Z", &name).to_uppercase(), zone);
}

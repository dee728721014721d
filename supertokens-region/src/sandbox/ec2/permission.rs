//! What a security group lets through. AWS takes permissions, each of many sources; it keeps rules of one each.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, ReferencedSecurityGroup, SecurityGroupRule,
    UserIdGroupPair,
};
use serde::{Deserialize, Serialize};

use super::Tags;
use super::cidr::Cidr;
use super::here::{Here, missing, unsupported};
use super::kind::{self, GROUP};
use super::prefix_list;
use super::security_group;
use super::tag;
use crate::sandbox::Fault;
use crate::sandbox::call::id;

/// One rule of a security group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Whether it is about what goes out.
    pub egress: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all.
    pub protocol: String,
    /// The first port, or the ICMP type; -1 for all.
    pub from_port: i32,
    /// The last port, or the ICMP code; -1 for all.
    pub to_port: i32,
    /// The other end.
    pub peer: Peer,
    /// What it is for. No part of what it is: no two rules differ in nothing else.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// The other end of a rule: the source of what comes in, the destination of what goes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Peer {
    /// An IPv4 block.
    Ipv4(String),
    /// An IPv6 block.
    Ipv6(String),
    /// A prefix list's id.
    PrefixList(String),
    /// A security group's id.
    Group(String),
}

impl Peer {
    fn text(&self) -> &str {
        match self {
            Self::Ipv4(text) | Self::Ipv6(text) | Self::PrefixList(text) | Self::Group(text) => text,
        }
    }
}

impl Rule {
    /// A rule for what comes in; without a description if that is empty.
    #[must_use]
    pub fn incoming(protocol: &str, from_port: i32, to_port: i32, peer: Peer, description: &str) -> Self {
        let description = Some(description.to_owned()).filter(|text| !text.is_empty());
        Self {
            egress: false,
            protocol: protocol.to_owned(),
            from_port,
            to_port,
            peer,
            description,
            tags: Tags::new(),
        }
    }

    /// A rule for all traffic.
    pub(super) fn all_traffic(egress: bool, peer: Peer) -> Self {
        let protocol = "-1".to_owned();
        Self { egress, protocol, from_port: -1, to_port: -1, peer, description: None, tags: Tags::new() }
    }

    /// Whether AWS takes both for the same rule.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let Self { egress, protocol, from_port, to_port, peer, description: _, tags: _ } = self;
        (*egress, protocol, *from_port, *to_port, peer)
            == (other.egress, &other.protocol, other.from_port, other.to_port, &other.peer)
    }

    pub(super) fn id(&self, region: &str, group_id: &str) -> String {
        let Self { egress, protocol, from_port, to_port, peer, .. } = self;
        let peer = peer.text();
        id(region, "sgr-", &format!("{group_id}\n{egress}\n{protocol}\n{from_port}\n{to_port}\n{peer}"))
    }

    /// As error messages name it.
    pub(super) fn told(&self) -> String {
        let (peer, protocol) = (self.peer.text(), self.protocol.to_uppercase());
        match protocol.as_str() {
            "-1" => format!("peer: {peer}, ALL, ALLOW"),
            _ => {
                let (from, to) = (self.from_port, self.to_port);
                format!("peer: {peer}, {protocol}, from port: {from}, to port: {to}, ALLOW")
            }
        }
    }

    pub(super) fn shown(&self, here: &Here<'_>, group_id: &str, id: &str) -> SecurityGroupRule {
        let rule = SecurityGroupRule::builder()
            .security_group_rule_arn(here.arn(kind::RULE.resource_type, id))
            .security_group_rule_id(id)
            .group_id(group_id)
            .group_owner_id(&here.account)
            .is_egress(self.egress)
            .ip_protocol(&self.protocol)
            .from_port(self.from_port)
            .to_port(self.to_port)
            .set_description(self.description.clone())
            .set_tags(tag::listed(&self.tags));
        match &self.peer {
            Peer::Ipv4(cidr) => rule.cidr_ipv4(cidr),
            Peer::Ipv6(cidr) => rule.cidr_ipv6(cidr),
            Peer::PrefixList(id) => rule.prefix_list_id(id),
            Peer::Group(id) => {
                let group = ReferencedSecurityGroup::builder().group_id(id).user_id(&here.account);
                rule.referenced_group_info(group.build())
            }
        }
        .build()
    }
}

/// Rules as permissions: one for each protocol and ports, with all that it is for.
pub(super) fn grouped<'r>(here: &Here<'_>, rules: impl Iterator<Item = &'r Rule>) -> Vec<IpPermission> {
    let mut groups: BTreeMap<_, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        groups.entry((&rule.protocol, rule.from_port, rule.to_port)).or_default().push(rule);
    }
    let permission = |((protocol, from, to), rules): ((&String, i32, i32), Vec<&Rule>)| {
        let has_ports = ["tcp", "udp", "icmp", "icmpv6"].contains(&protocol.as_str());
        let mut permission = IpPermission::builder()
            .ip_protocol(protocol)
            .set_from_port(has_ports.then_some(from))
            .set_to_port(has_ports.then_some(to))
            .set_ip_ranges(Some(vec![]))
            .set_ipv6_ranges(Some(vec![]))
            .set_prefix_list_ids(Some(vec![]))
            .set_user_id_group_pairs(Some(vec![]));
        for rule in rules {
            let why = rule.description.clone();
            permission = match &rule.peer {
                Peer::Ipv4(cidr) => {
                    permission.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(why).build())
                }
                Peer::Ipv6(cidr) => {
                    permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(why).build())
                }
                Peer::PrefixList(id) => permission
                    .prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(why).build()),
                Peer::Group(id) => permission.user_id_group_pairs(
                    UserIdGroupPair::builder()
                        .group_id(id)
                        .user_id(&here.account)
                        .set_description(why)
                        .build(),
                ),
            };
        }
        permission.build()
    };
    groups.into_iter().map(permission).collect()
}

/// The rules that permissions stand for, in the group with this id.
pub(super) fn rules(
    here: &Here<'_>,
    group_id: &str,
    permissions: &[IpPermission],
    egress: bool,
) -> Result<Vec<Rule>, Fault> {
    let mut rules = vec![];
    for permission in permissions {
        let protocol = protocol(permission.ip_protocol().ok_or_else(|| missing("ipProtocol"))?)?;
        let (from_port, to_port) = ports(&protocol, permission.from_port(), permission.to_port())?;
        let peers = peers(here, group_id, permission)?;
        if peers.is_empty() {
            let text = "Missing source specification: include source security group or CIDR information";
            return Err(Fault::new("MissingParameter", text));
        }
        for (peer, description) in peers {
            let description = checked_description(description)?;
            let protocol = protocol.clone();
            rules.push(Rule { egress, protocol, from_port, to_port, peer, description, tags: Tags::new() });
        }
    }
    let mut others = rules.iter().enumerate();
    if others.any(|(place, rule)| rules[..place].iter().any(|other| other.is_same_as(rule))) {
        let text = "The same permission must not appear multiple times";
        return Err(Fault::new("InvalidParameterValue", text));
    }
    Ok(rules)
}

fn protocol(text: &str) -> Result<String, Fault> {
    Ok(match text {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "tcp" | "udp" | "icmp" | "icmpv6" | "-1" => text,
        number if number.parse::<u8>().is_ok_and(|parsed| parsed.to_string() == number) => number,
        _ => {
            let text = format!("Invalid value '{text}' for IP protocol. Unknown protocol.");
            return Err(Fault::new("InvalidParameterValue", text));
        }
    }
    .to_owned())
}

/// The ports, or ICMP type and code. Other protocols have none: what is given is dropped.
fn ports(protocol: &str, from: Option<i32>, to: Option<i32>) -> Result<(i32, i32), Fault> {
    let refused = |text: String| Err(Fault::new("InvalidParameterValue", text));
    match (protocol, from, to) {
        ("tcp" | "udp", Some(from), Some(to)) => {
            if let Some(port) = [from, to].into_iter().find(|port| !(0..=65535).contains(port)) {
                refused(format!("TCP/UDP port ({port}) out of range"))
            } else if from > to {
                refused(format!("Invalid TCP/UDP port range ({from}:{to})"))
            } else {
                Ok((from, to))
            }
        }
        ("tcp" | "udp", ..) => {
            let text = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
            refused(text.to_owned())
        }
        ("icmpv6", None, None) => Ok((-1, -1)),
        ("icmp" | "icmpv6", Some(kind), Some(code)) => {
            if !(-1..=255).contains(&kind) || !(-1..=255).contains(&code) {
                refused(format!("ICMP type ({kind}) or code ({code}) out of range"))
            } else if kind == -1 && code != -1 {
                refused("ICMP code must be -1 if the ICMP type is -1".to_owned())
            } else {
                Ok((kind, code))
            }
        }
        ("icmp" | "icmpv6", ..) => {
            refused("Invalid value 'Must specify both type and code with ICMP.' for portRange.".to_owned())
        }
        _ => Ok((-1, -1)),
    }
}

/// All that a permission is for, with descriptions.
fn peers<'i>(
    here: &Here<'_>,
    group_id: &str,
    permission: &'i IpPermission,
) -> Result<Vec<(Peer, Option<&'i str>)>, Fault> {
    let mut peers = vec![];
    for range in permission.ip_ranges() {
        let text = range.cidr_ip().ok_or_else(|| missing("cidrIp"))?;
        let cidr = Cidr::v4(text).ok_or_else(|| malformed(text))?;
        peers.push((Peer::Ipv4(cidr.to_string()), range.description()));
    }
    for range in permission.ipv6_ranges() {
        let text = range.cidr_ipv6().ok_or_else(|| missing("cidrIpv6"))?;
        let cidr = Cidr::v6(text).ok_or_else(|| malformed(text))?;
        peers.push((Peer::Ipv6(cidr.to_string()), range.description()));
    }
    for list in permission.prefix_list_ids() {
        let id = list.prefix_list_id().ok_or_else(|| missing("prefixListId"))?;
        kind::PREFIX_LIST.find(&prefix_list::lists(&here.name), id)?;
        peers.push((Peer::PrefixList(id.to_owned()), list.description()));
    }
    for pair in permission.user_id_group_pairs() {
        unsupported(&[("VpcPeeringConnectionId", pair.vpc_peering_connection_id.is_some())])?;
        let other = security_group::named(here, pair.group_id(), pair.group_name())?;
        if pair.user_id().is_some_and(|account| account != here.account) {
            return Err(GROUP.unknown(&other));
        }
        let groups = &here.region.groups;
        if GROUP.find(groups, &other)?.vpc != GROUP.find(groups, group_id)?.vpc {
            let text = "You have specified two resources that belong to different networks.";
            return Err(Fault::new("InvalidGroup.NotFound", text));
        }
        peers.push((Peer::Group(other), pair.description()));
    }
    Ok(peers)
}

fn malformed(cidr: &str) -> Fault {
    Fault::new("InvalidParameterValue", format!("CIDR block {cidr} is malformed"))
}

/// A rule's description, if AWS takes it.
pub(super) fn checked_description(text: Option<&str>) -> Result<Option<String>, Fault> {
    match text {
        Some(text) if !is_plain(text) => {
            let text = "Invalid rule description. Valid descriptions are strings less than 256 characters \
                from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
            Err(Fault::new("InvalidParameterValue", text))
        }
        text => Ok(text.filter(|text| !text.is_empty()).map(str::to_owned)),
    }
}

/// Whether AWS takes a text as the name or the description of a group, or as the description of a rule.
pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= 255
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter))
}

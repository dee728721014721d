//! Rules of security groups: which traffic, from where, and a note.

use std::fmt;

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule, UserIdGroupPair,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::SecurityGroup;
use super::ports::{ALL, ANY, ECHO, ECHO_V6, ICMP, ICMPV6, Ports};
use crate::address::{Address, Ref};
use crate::error::Error;
use crate::kind::{Cx, Kind};

/// A rule without its note: what AWS takes for its identity. Its text is its key in plans.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Rule {
    protocol: String,
    from: i64,
    to: i64,
    source: Source,
}

/// From where a rule lets traffic in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// An address block in its canonical form; as it was given where it is none.
    Block(String),
    /// Another group, by its name.
    Group(String),
    /// The group itself.
    Itself,
    /// A prefix list, by its id.
    PrefixList(String),
}

impl Source {
    pub(super) fn block(text: &str) -> Self {
        Self::Block(text.parse().map_or_else(|_| text.to_owned(), |net: IpNet| net.trunc().to_string()))
    }

    fn net(&self) -> Option<IpNet> {
        match self {
            Self::Block(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Whether it counts for AWS's quota of IPv4 rules, and for that of IPv6 rules.
    pub(super) fn counts(&self) -> (bool, bool) {
        match self.net() {
            Some(net) => (matches!(net, IpNet::V4(_)), matches!(net, IpNet::V6(_))),
            None => (true, true),
        }
    }
}

impl Rule {
    pub(super) fn new(ports: &Ports, source: Source) -> Self {
        let Ports { protocol, from, to, note: _ } = ports.clone();
        let v6 = matches!(source.net(), Some(IpNet::V6(_)));
        match (protocol.as_str(), from) {
            (ICMP, ECHO) if v6 => Self { protocol: ICMPV6.to_owned(), from: ECHO_V6, to, source },
            (ICMP, ANY) if v6 => Self { protocol: ICMPV6.to_owned(), from, to, source },
            _ => Self { protocol, from, to, source },
        }
    }

    /// As AWS lists it. `group` tells the name of another group by its id.
    pub(super) fn told(row: &SecurityGroupRule, group: impl Fn(&str) -> String) -> Self {
        let referenced = row.referenced_group_info().and_then(|info| info.group_id());
        let source = match (row.prefix_list_id(), referenced) {
            (Some(list), _) => Source::PrefixList(list.to_owned()),
            (_, Some(id)) if Some(id) == row.group_id() => Source::Itself,
            (_, Some(id)) => Source::Group(group(id)),
            _ => Source::block(row.cidr_ipv4().or(row.cidr_ipv6()).unwrap_or_default()),
        };
        let protocol = row.ip_protocol().unwrap_or(ALL).to_owned();
        let port = |port: Option<i32>| port.map_or(ANY, i64::from);
        Self { protocol, from: port(row.from_port()), to: port(row.to_port()), source }
    }

    /// As AWS takes it.
    pub(super) fn permission(
        &self,
        note: Option<&str>,
        itself: &str,
        cx: &Cx<'_>,
    ) -> Result<IpPermission, Error> {
        let mut permission = IpPermission::builder().ip_protocol(&self.protocol);
        if ["tcp", "udp", ICMP, ICMPV6].contains(&self.protocol.as_str()) {
            // `check` has seen that they fit.
            let port = |port: i64| i32::try_from(port).unwrap_or(-1);
            permission = permission.from_port(port(self.from)).to_port(port(self.to));
        }
        let note = note.map(str::to_owned);
        let group = |id: &str| UserIdGroupPair::builder().group_id(id).set_description(note.clone()).build();
        Ok(match &self.source {
            Source::Block(text) if text.contains(':') => {
                permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(text).set_description(note).build())
            }
            Source::Block(text) => {
                permission.ip_ranges(IpRange::builder().cidr_ip(text).set_description(note).build())
            }
            Source::Group(name) => {
                let id = cx.ids.id(&Ref::<SecurityGroup>::new(name))?;
                permission.user_id_group_pairs(group(&id))
            }
            Source::Itself => permission.user_id_group_pairs(group(itself)),
            Source::PrefixList(id) => permission
                .prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(note).build()),
        }
        .build())
    }

    /// The group that it names, other than its own.
    pub(super) fn group(&self) -> Option<Address> {
        match &self.source {
            Source::Group(name) => Some(Address::new(SecurityGroup::WORD, name)),
            _ => None,
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Whether it is the rule that a VPC's default group begins with: all traffic from itself.
    pub(super) fn is_own_traffic(&self) -> bool {
        self.protocol == ALL && self.source == Source::Itself
    }

    /// Whether it lets anybody on the internet reach this TCP port.
    pub(super) fn opens(&self, port: i64) -> bool {
        let reaches = self.reaches(port) || self.protocol == ALL;
        reaches && self.source.net().is_some_and(|net| net.prefix_len() == 0)
    }

    /// Whether it is about this TCP port.
    pub(super) fn reaches(&self, port: i64) -> bool {
        self.protocol == "tcp" && (self.from..=self.to).contains(&port)
    }

    /// What AWS would reject.
    pub(super) fn wrong(&self) -> Option<(String, &'static str)> {
        if ["tcp", "udp"].contains(&self.protocol.as_str()) {
            let port = 0..=65535;
            if !port.contains(&self.from) || !port.contains(&self.to) || self.from > self.to {
                return Some((format!("`{self}` has no valid ports"), "0-65535, the lower one first"));
            }
        }
        match &self.source {
            Source::Block(text) if self.source.net().is_none() => Some((
                format!("`{text}` is not an address block"),
                "an address and a length: `203.0.113.7/32`, `2001:db8::/32`",
            )),
            Source::PrefixList(id) if !is_prefix_list(id) => {
                Some((format!("`{id}` is not the id of a prefix list"), "`pl-` and 8 or 17 hex digits"))
            }
            _ => None,
        }
    }
}

fn is_prefix_list(id: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    id.strip_prefix("pl-").is_some_and(|digits| [8, 17].contains(&digits.len()) && is_hex(digits))
}

/// `tcp 3567-3600 from 0.0.0.0/0`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        match (self.protocol.as_str(), from, to) {
            (ALL, ..) => f.write_str("all traffic"),
            (ICMP, ECHO, ANY) => f.write_str("ping"),
            (ICMPV6, ECHO_V6, ANY) => f.write_str("ping-v6"),
            (protocol @ (ICMP | ICMPV6), ANY, ANY) => f.write_str(protocol),
            (protocol @ (ICMP | ICMPV6), ..) => write!(f, "{protocol} {from}/{to}"),
            (protocol @ ("tcp" | "udp"), ..) if from == to => write!(f, "{protocol} {from}"),
            (protocol @ ("tcp" | "udp"), ..) => write!(f, "{protocol} {from}-{to}"),
            (protocol, ..) => write!(f, "protocol {protocol}"),
        }?;
        match &self.source {
            Source::Block(text) => write!(f, " from {text}"),
            Source::Group(name) => write!(f, " from {}/{name}", SecurityGroup::WORD),
            Source::Itself => f.write_str(" from itself"),
            Source::PrefixList(id) => write!(f, " from {id}"),
        }
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let no_rule = || format!("`{text}` is not a rule");
        let (traffic, source) = text.split_once(" from ").ok_or_else(no_rule)?;
        let source = match source {
            "itself" => Source::Itself,
            list if list.starts_with("pl-") => Source::PrefixList(list.to_owned()),
            other => match other.split_once('/') {
                Some((SecurityGroup::WORD, name)) => Source::Group(name.to_owned()),
                _ => Source::block(other),
            },
        };
        let rule = |protocol: &str, from, to| {
            Ok(Self { protocol: protocol.to_owned(), from, to, source: source.clone() })
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| no_rule());
        match traffic.split_once(' ').unwrap_or((traffic, "")) {
            ("all", "traffic") => rule(ALL, ANY, ANY),
            ("ping", "") => rule(ICMP, ECHO, ANY),
            ("ping-v6", "") => rule(ICMPV6, ECHO_V6, ANY),
            (protocol @ (ICMP | ICMPV6), "") => rule(protocol, ANY, ANY),
            ("protocol", protocol) => rule(protocol, ANY, ANY),
            (protocol @ ("tcp" | "udp" | ICMP | ICMPV6), numbers) => {
                let (from, to) = numbers.split_once(['-', '/']).unwrap_or((numbers, numbers));
                rule(protocol, number(from)?, number(to)?)
            }
            _ => Err(no_rule()),
        }
    }
}

/// How a rule is wanted or there, besides that it is: with a note, where that matters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(super) struct Allowed {
    pub(super) note: Option<String>,
}

impl From<Allowed> for String {
    fn from(allowed: Allowed) -> Self {
        allowed.note.map_or("allowed".to_owned(), |note| format!("allowed: {note}"))
    }
}

impl From<String> for Allowed {
    fn from(text: String) -> Self {
        Self { note: text.strip_prefix("allowed: ").map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests;

//! Security groups: who may reach what. Rules are added, never revoked.

mod carried;
mod check;
mod ports;
mod rule;
mod there;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use aws_sdk_ec2::types as sdk;

pub use self::ports::{Ports, all_traffic, icmp_all, ping, tcp, tcp_range, udp};
use self::rule::{Allowed, Rule, Source};
use self::there::There;
use super::{Vpc, ec2};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::tags::Tags;

/// A security group of a VPC. Made with [`security_group`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc: Option<Ref<Vpc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    rules: BTreeMap<Rule, Allowed>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// The name of the group that every VPC has from the start.
const DEFAULT: &str = "default";

/// A security group of this name: up to 255 letters, digits, blanks and `._-:/()#,@[]+=&;{}!$*`, not beginning with `sg-`.
/// It needs a [`SecurityGroup::in_vpc`]. `default` is the group that every VPC has. All traffic out of a new group is
/// allowed; no traffic into it is, but what its rules allow. Rules that are there stay, and those that nobody asked for are
/// told.
#[must_use]
pub fn security_group(name: &str) -> SecurityGroup {
    SecurityGroup {
        name: name.to_owned(),
        vpc: None,
        description: None,
        rules: BTreeMap::new(),
        tags: Tags::new(),
    }
}

impl SecurityGroup {
    /// The VPC that it belongs to.
    #[must_use]
    pub fn in_vpc(mut self, vpc: Ref<Vpc>) -> Self {
        self.vpc = Some(vpc);
        self
    }

    /// The same with another name. Rules that let in its own members still do.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// What the group is for, 1-255 characters like those of its name. Default: its name. AWS can't change the description of
    /// a group that is there: another one is told, and stays.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Lets these addresses in: an IPv4 or IPv6 block (`203.0.113.7/32`, `::/0`).
    #[must_use]
    pub fn allow(self, ports: Ports, cidr: &str) -> Self {
        self.with(&ports, Source::block(cidr))
    }

    /// Lets in whatever is in this group.
    #[must_use]
    pub fn allow_group(self, ports: Ports, group: Ref<Self>) -> Self {
        let source = match group.name() {
            own if own == self.name => Source::Itself,
            other => Source::Group(other.to_owned()),
        };
        self.with(&ports, source)
    }

    /// Lets in whatever is in the same group.
    #[must_use]
    pub fn allow_self(self, ports: Ports) -> Self {
        self.with(&ports, Source::Itself)
    }

    /// Lets in the addresses of this prefix list (`pl-...`). For AWS's quota of rules it counts as often as it may have
    /// entries.
    #[must_use]
    pub fn allow_prefix_list(self, ports: Ports, id: &str) -> Self {
        self.with(&ports, Source::PrefixList(id.to_owned()))
    }

    fn with(mut self, ports: &Ports, source: Source) -> Self {
        self.rules.insert(Rule::new(ports, source), Allowed { note: ports.note.clone() });
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        Ports::words(words);
        words.kind::<Self>("SecurityGroup");
        words.word("security_group", security_group);
        words.word("in_vpc", Self::in_vpc);
        words.word("named", Self::named);
        words.word("description", Self::description);
        words.word("allow", Self::allow);
        words.word("allow_group", Self::allow_group);
        words.word("allow_self", Self::allow_self);
        words.word("allow_prefix_list", Self::allow_prefix_list);
        words.word("tag", Self::tag);
    }
}

/// The port of the Docker API.
const DOCKER: i64 = 4243;
/// Ports that should not be open to the internet without somebody knowing, and what listens there.
const DELICATE: [(i64, &str); 3] = [(22, "SSH"), (DOCKER, "the Docker API"), (5432, "PostgreSQL")];

impl Kind for SecurityGroup {
    const WORD: &'static str = "security_group";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        let groups: BTreeSet<Address> = self.rules.keys().filter_map(Rule::group).collect();
        self.vpc.iter().map(Ref::address).chain(groups).collect()
    }

    fn check(&self) -> Vec<Invalid> {
        check::check(self)
    }

    fn remarks(&self, live: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        let none = BTreeMap::new();
        let there = live.map_or(&none, |live| &live.is.rules);
        let mut findings = vec![];
        for rule in self.rules.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
            for (port, what) in DELICATE.into_iter().filter(|(port, _)| rule.opens(*port)) {
                let text = format!("`{rule}` lets all of the internet reach port {port} ({what})");
                let open = Finding::error("open-to-internet", text).hint("name the addresses that need it");
                findings.push(if self.rules.contains_key(rule) { open.stops() } else { open });
            }
        }
        if self.rules.keys().any(|rule| rule.reaches(DOCKER) && !there.contains_key(rule)) {
            let text = format!("whoever reaches port {DOCKER} (the Docker API) is root on the machine");
            let hint = "let Docker ask for a client's certificate, or use Systems Manager";
            findings.push(Finding::warning("docker-api", text).hint(hint));
        }
        let more = self.rules.keys().any(|rule| !there.contains_key(rule));
        if self.name == DEFAULT && more {
            let text = "whatever has no group of its own gets what this group allows";
            let hint = "a group of its own name is safer, where you can choose";
            findings.push(Finding::info("default-group", text).hint(hint));
        }
        let looked_up =
            graph.nodes.get(&Address::new(Self::WORD, &self.name)).is_some_and(|node| node.existing);
        for rule in there.keys().filter(|rule| !looked_up && !self.rules.contains_key(*rule)) {
            if self.name != DEFAULT || !rule.is_own_traffic() {
                let text = format!("nobody asked for the rule `{rule}`");
                findings.push(Finding::warning("extra-rule", text).hint("ask for it, or revoke it"));
            }
        }
        findings
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = tokio::join!(aws.list::<ec2::Groups>(region), aws.list::<ec2::Rules>(region));
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let there = match There::read(cx).await {
            Ok(there) => there,
            Err(error) => return all_failed(wanted, &error),
        };
        wanted.iter().map(|group| there.told(group, cx)).collect()
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let live = match live {
            Some(live) => live.clone(),
            None => self.ensure(cx).await?,
        };
        let live = self.authorize(live, cx).await?;
        self.write_notes(&live, cx).await?;
        ec2::tag(&live.id, &self.tags, &live.is.tags, cx).await?;
        Ok(live.id)
    }
}

impl SecurityGroup {
    fn vpc_id(&self, cx: &Cx<'_>) -> Result<String, Error> {
        match &self.vpc {
            Some(vpc) => cx.ids.id(vpc),
            None => Err(Error::Needs(Address::new(Vpc::WORD, DEFAULT))),
        }
    }

    async fn look(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        There::read(cx).await?.told(self, cx)
    }

    async fn ensure(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let create = cx.aws.ec2(cx.region).create_security_group().group_name(&self.name);
        let description = self.description.as_ref().unwrap_or(&self.name);
        let create = create.description(description).vpc_id(self.vpc_id(cx)?);
        match create.send().await.map_err(Error::from) {
            Ok(made) => Ok(Live::new(security_group(&self.name), made.group_id().unwrap_or_default())),
            Err(error) if error.code() == Some("InvalidGroup.Duplicate") => self.look(cx).await?.ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// Adds the rules that are missing, in one call: AWS adds all or none. It adds none when one of them is there by now:
    /// then what is there is looked at again.
    async fn authorize(&self, mut live: Live<Self>, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let mut tries = 1;
        loop {
            let missing = self.rules.iter().filter(|(rule, _)| !live.is.rules.contains_key(*rule));
            let missing: Vec<_> = self.permissions(missing, &live.id, cx)?;
            if missing.is_empty() {
                return Ok(live);
            }
            let authorize = cx.aws.ec2(cx.region).authorize_security_group_ingress().group_id(&live.id);
            match authorize.set_ip_permissions(Some(missing)).send().await.map_err(Error::from) {
                Ok(_) => {
                    for (rule, allowed) in self.rules.clone() {
                        live.is.rules.entry(rule).or_insert(allowed);
                    }
                    return Ok(live);
                }
                Err(error) if tries < TRIES && error.code() == Some("InvalidPermission.Duplicate") => {
                    tries += 1;
                    live = self.look(cx).await?.ok_or(error)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes the notes of rules that have others.
    async fn write_notes(&self, live: &Live<Self>, cx: &Cx<'_>) -> Result<(), Error> {
        let differs = |(rule, wanted): &(&Rule, &Allowed)| {
            wanted.note.is_some() && live.is.rules.get(*rule) != Some(wanted)
        };
        let others = self.permissions(self.rules.iter().filter(differs), &live.id, cx)?;
        if !others.is_empty() {
            let update = cx.aws.ec2(cx.region).update_security_group_rule_descriptions_ingress();
            update.group_id(&live.id).set_ip_permissions(Some(others)).send().await?;
        }
        Ok(())
    }

    fn permissions<'a>(
        &self,
        rules: impl Iterator<Item = (&'a Rule, &'a Allowed)>,
        itself: &str,
        cx: &Cx<'_>,
    ) -> Result<Vec<sdk::IpPermission>, Error> {
        rules.map(|(rule, allowed)| rule.permission(allowed.note.as_deref(), itself, cx)).collect()
    }
}

/// How often rules are sent when others add the same ones at the same time.
const TRIES: usize = 3;

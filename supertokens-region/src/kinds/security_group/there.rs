//! The groups that are there, with their rules.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use futures::future::try_join_all;

use super::rule::{Allowed, Rule};
use super::{DEFAULT, SecurityGroup, ec2};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Live};

/// The wanted groups that are there, and the rules into them by the group's id.
pub(super) struct There {
    groups: Vec<sdk::SecurityGroup>,
    rules: BTreeMap<String, Vec<sdk::SecurityGroupRule>>,
}

impl There {
    /// Reads all wanted groups at once. Those whose VPC isn't known are told later.
    pub(super) async fn read(wanted: &[SecurityGroup], cx: &Cx<'_>) -> Result<Self, Error> {
        let vpcs: BTreeSet<String> = wanted.iter().filter_map(|group| group.vpc_id(cx).ok()).collect();
        let names: Vec<&str> = wanted.iter().map(|group| group.name.as_str()).collect();
        if vpcs.is_empty() {
            return Ok(Self { groups: vec![], rules: BTreeMap::new() });
        }
        let vpcs = ec2::filter("vpc-id", vpcs);
        let asked = names.chunks(ec2::FILTER_VALUES / 2).map(|names| groups(&vpcs, names, cx));
        Self::with_rules(try_join_all(asked).await?.into_iter().flatten().collect(), cx).await
    }

    /// Reads all groups of a VPC.
    pub(super) async fn all(vpc: &str, cx: &Cx<'_>) -> Result<Self, Error> {
        Self::with_rules(groups(&ec2::filter("vpc-id", [vpc]), &[], cx).await?, cx).await
    }

    async fn with_rules(groups: Vec<sdk::SecurityGroup>, cx: &Cx<'_>) -> Result<Self, Error> {
        let ids: Vec<&str> = groups.iter().filter_map(sdk::SecurityGroup::group_id).collect();
        let rows = try_join_all(ids.chunks(ec2::FILTER_VALUES).map(|ids| rows(ids, cx))).await?;
        let mut rules = BTreeMap::<String, Vec<_>>::new();
        for row in rows.into_iter().flatten().filter(|row| row.is_egress() == Some(false)) {
            rules.entry(row.group_id().unwrap_or_default().to_owned()).or_default().push(row);
        }
        Ok(Self { groups, rules })
    }

    /// The names of the groups.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().filter_map(sdk::SecurityGroup::group_name)
    }

    /// A group with its description, which is only told by who asks for it.
    pub(super) fn described(&self, live: Live<SecurityGroup>) -> SecurityGroup {
        let group = self.groups.iter().find(|group| group.group_id() == Some(&live.id));
        let description = group.and_then(sdk::SecurityGroup::description).map(str::to_owned);
        SecurityGroup { description, ..live.is }
    }

    /// A wanted group as it is there.
    pub(super) fn told(
        &self,
        wanted: &SecurityGroup,
        cx: &Cx<'_>,
    ) -> Result<Option<Live<SecurityGroup>>, Error> {
        let vpc = wanted.vpc_id(cx)?;
        let is_it = |group: &&sdk::SecurityGroup| {
            group.vpc_id() == Some(&vpc) && group.group_name() == Some(&wanted.name)
        };
        let Some(group) = self.groups.iter().find(is_it) else {
            if wanted.name != DEFAULT {
                return Ok(None);
            }
            return Err(Error::Conflict {
                message: format!("{vpc} has no group `default`, which every VPC has"),
                hint: "look whether the role may see it".to_owned(),
            });
        };
        let id = group.group_id().unwrap_or_default();
        let rules = self.rules.get(id).into_iter().flatten().map(|row| {
            let rule = Rule::told(row, |id| self.name_of(id, &vpc, cx));
            let note = row.description().unwrap_or_default().to_owned();
            // A note that nobody asked for is not compared.
            let note = match wanted.rules.get(&rule) {
                Some(wanted) => wanted.note.is_some().then_some(note),
                None => Some(note).filter(|note| !note.is_empty()),
            };
            (rule, Allowed { note })
        });
        let is = SecurityGroup {
            name: wanted.name.clone(),
            vpc: wanted.vpc.clone(),
            // It can't be changed, so another one is told below instead of planned.
            description: wanted.description.clone(),
            rules: rules.collect(),
            tags: ec2::told(group.tags()),
        };
        let mut live = Live::new(is, id);
        let description = group.description().unwrap_or_default();
        if wanted.description.as_ref().is_some_and(|wanted| wanted != description) {
            let text = format!("its description is `{description}`");
            live.findings.push(
                Finding::info("other-description", text)
                    .hint("AWS can't change it: ask for this one, or for none"),
            );
        }
        Ok(Some(live))
    }

    /// The name of the group with this id, where it is one of the wanted ones.
    fn name_of(&self, id: &str, vpc: &str, cx: &Cx<'_>) -> String {
        let is_it = |group: &&sdk::SecurityGroup| group.group_id() == Some(id) && group.vpc_id() == Some(vpc);
        match self.groups.iter().find(is_it).and_then(sdk::SecurityGroup::group_name) {
            Some(name) => name.to_owned(),
            None => cx.ids.name_of::<SecurityGroup>(id).name().to_owned(),
        }
    }
}

async fn groups(vpcs: &sdk::Filter, names: &[&str], cx: &Cx<'_>) -> Result<Vec<sdk::SecurityGroup>, Error> {
    let ask = cx.aws.ec2(cx.region).describe_security_groups().filters(vpcs.clone());
    let names =
        (!names.is_empty()).then(|| ec2::filter("group-name", names.iter().map(|name| ec2::literal(name))));
    let mut pages = names.into_iter().fold(ask, |ask, names| ask.filters(names)).into_paginator().send();
    let mut found = vec![];
    while let Some(page) = pages.try_next().await? {
        found.extend(page.security_groups.unwrap_or_default());
    }
    Ok(found)
}

async fn rows(groups: &[&str], cx: &Cx<'_>) -> Result<Vec<sdk::SecurityGroupRule>, Error> {
    let ask = cx.aws.ec2(cx.region).describe_security_group_rules();
    let mut pages = ask.filters(ec2::filter("group-id", groups.iter().copied())).into_paginator().send();
    let mut found = vec![];
    while let Some(page) = pages.try_next().await? {
        found.extend(page.security_group_rules.unwrap_or_default());
    }
    Ok(found)
}

//! The groups that are there, with their rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_ec2::types as sdk;

use super::ec2::{self, Groups, Rules};
use super::rule::{Allowed, Rule};
use super::{DEFAULT, SecurityGroup};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Live};

/// The groups of the region, and the rules into them by the group's id.
pub(super) struct There {
    groups: Arc<Groups>,
    rules: BTreeMap<String, Vec<sdk::SecurityGroupRule>>,
    /// The VPC whose groups are meant; of all where there is none.
    vpc: Option<String>,
}

impl There {
    /// Reads all groups, which are few: by the VPC they are told apart later.
    pub(super) async fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        let (groups, rows) =
            tokio::try_join!(cx.aws.list::<Groups>(cx.region), cx.aws.list::<Rules>(cx.region))?;
        let mut rules = BTreeMap::<String, Vec<_>>::new();
        for row in rows.0.iter().filter(|row| row.is_egress() == Some(false)) {
            rules.entry(row.group_id().unwrap_or_default().to_owned()).or_default().push(row.clone());
        }
        Ok(Self { groups, rules, vpc: None })
    }

    /// Reads all groups of a VPC.
    pub(super) async fn all(vpc: &str, cx: &Cx<'_>) -> Result<Self, Error> {
        Ok(Self { vpc: Some(vpc.to_owned()), ..Self::read(cx).await? })
    }

    fn groups(&self) -> impl Iterator<Item = &sdk::SecurityGroup> {
        let is_meant = |group: &&sdk::SecurityGroup| self.vpc.is_none() || self.vpc == group.vpc_id;
        self.groups.0.iter().filter(is_meant)
    }

    /// The names of the groups.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.groups().filter_map(sdk::SecurityGroup::group_name)
    }

    /// A group with its description, which is only told by who asks for it.
    pub(super) fn described(&self, live: Live<SecurityGroup>) -> SecurityGroup {
        let group = self.groups().find(|group| group.group_id() == Some(&live.id));
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
        let Some(group) = self.groups().find(is_it) else {
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
        match self.groups().find(is_it).and_then(sdk::SecurityGroup::group_name) {
            Some(name) => name.to_owned(),
            None => cx.ids.name_of::<SecurityGroup>(id).name().to_owned(),
        }
    }
}

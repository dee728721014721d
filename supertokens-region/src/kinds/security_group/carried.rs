//! The groups of a region's default VPC as wanted values, to be made in another one; and who is let in there.

use super::SecurityGroup;
use super::rule::Source;
use super::there::There;
use super::{Vpc, security_group};
use crate::address::{Address, Ref};
use crate::error::Error;
use crate::kind::{Cx, Kind, Listed};
use crate::kinds::carried::{fields_of, left_behind, own, suspects};
use crate::wanted::{Found, Wanted};

impl Listed for SecurityGroup {
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        let Some((there, groups)) = of_default_vpc(cx).await? else { return Ok(Found::default()) };
        let mut found = Found::default();
        for wanted in groups {
            if let Some(live) = there.told(&wanted, cx)? {
                found.all.push(there.described(live).carried_over(cx.region));
            }
        }
        Ok(found)
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        Ok(of_default_vpc(cx).await?.map(|(_, groups)| groups).unwrap_or_default())
    }
}

/// All groups of the region's default VPC, where it has one.
async fn of_default_vpc(cx: &Cx<'_>) -> Result<Option<(There, Vec<SecurityGroup>)>, Error> {
    let Some(vpc) = Vpc::default_id(cx).await? else { return Ok(None) };
    let reference = Ref::new(super::DEFAULT);
    cx.ids.put(&Address::new(Vpc::WORD, reference.name()), &vpc);
    let there = There::all(&vpc, cx).await?;
    let groups = there.names().map(|name| security_group(name).in_vpc(reference.clone())).collect();
    Ok(Some((there, groups)))
}

impl SecurityGroup {
    /// The group without what belongs to its region alone: its VPC, and rules that name prefix lists, or groups of others, by
    /// their ids.
    fn carried_over(mut self, region: &str) -> Wanted<Self> {
        self.vpc = None;
        self.tags = own(self.tags);
        let mut left = vec![];
        self.rules.retain(|rule, _| {
            let stays = match rule.source() {
                Source::PrefixList(_) => {
                    Some("name the prefix list of the new region with `allow_prefix_list`")
                }
                Source::Group(name) if name.starts_with("foreign:") => {
                    Some("it is of another VPC or account: allow by hand what is needed")
                }
                _ => None,
            };
            left.extend(stays.map(|hint| left_behind(&format!("the rule `{rule}`"), region, hint)));
            stays.is_none()
        });
        let mut told = Wanted::new(self);
        told.findings = left;
        let fields = [("name".to_owned(), told.value.name.as_str())].into_iter();
        let description = told.value.description.iter().map(|text| ("description".to_owned(), text.as_str()));
        let notes = told.value.rules.iter();
        let notes =
            notes.filter_map(|(rule, allowed)| Some((format!("rules.{rule}"), allowed.note.as_deref()?)));
        let suspects =
            suspects(fields.chain(description).chain(notes).chain(fields_of(&told.value.tags)), region);
        told.findings.extend(suspects);
        told
    }

    /// The address blocks that may reach this TCP port.
    #[must_use]
    pub fn cidrs(&self, port: i64) -> Vec<String> {
        let reaching = self.rules.keys().filter(|rule| rule.reaches(port));
        reaching
            .filter_map(|rule| match rule.source() {
                Source::Block(block) => Some(block.clone()),
                _ => None,
            })
            .collect()
    }
}

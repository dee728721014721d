//! Private hosted zones: domain names that only the VPCs of the zone see.

mod associate;
mod found;
mod listed;
mod remarks;

use std::collections::BTreeMap;

use futures::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};

use aws_sdk_route53::types as sdk;

use self::associate::{associate, in_region, is_there_already};
use self::found::{Found, canonical, id_of, is_private, tags_of, zone, zones};
use super::{Vpc, ec2};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live};
use crate::tags::{self, Tags};

/// A private hosted zone of Route 53. Made with [`hosted_zone`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostedZone {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// By the VPC's name, so that VPCs of others are not compared.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    vpcs: BTreeMap<String, Association>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Association {
    Associated,
}

/// A private hosted zone for this domain: up to 255 letters, digits, `-`, `_` and dots, in any case, with or without the
/// last dot. It needs a [`HostedZone::vpc`]. Its records are not touched.
#[must_use]
pub fn hosted_zone(name: &str) -> HostedZone {
    HostedZone { name: canonical(name), comment: None, vpcs: BTreeMap::new(), tags: Tags::new() }
}

impl HostedZone {
    /// Lets this VPC see the zone. May be said of several VPCs of the region; VPCs that see it already stay. The VPC's DNS
    /// attributes must be on: see [`Vpc::dns`].
    #[must_use]
    pub fn vpc(mut self, vpc: Ref<Vpc>) -> Self {
        self.vpcs.insert(vpc.name().to_owned(), Association::Associated);
        self
    }

    /// The same for another domain.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = canonical(name);
        self
    }

    /// What the zone is for, up to 256 characters. Default: as it is.
    #[must_use]
    pub fn comment(mut self, text: &str) -> Self {
        self.comment = Some(text.to_owned());
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
        words.kind::<Self>("HostedZone");
        words.word("hosted_zone", hosted_zone);
        words.word("named", Self::named);
        words.word("vpc", Self::vpc);
        words.word("comment", Self::comment);
        words.word("tag", Self::tag);
    }
}

impl Kind for HostedZone {
    const WORD: &'static str = "hosted_zone";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        self.vpcs.keys().map(|vpc| Address::new(Vpc::WORD, vpc)).collect()
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = tags::check(&self.tags);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_label = |label: &str| !label.is_empty() && label.len() <= 63 && label.chars().all(plain);
        if self.name.len() > 254 || !self.name.split('.').all(is_label) {
            let text = format!("`{}` is not a domain name", self.name);
            invalid.push(Invalid::new(text).hint(
                "parts of 1-63 letters, digits, `-` or `_` with dots between them, 254 characters at the most",
            ));
        }
        if self.vpcs.is_empty() {
            let text = "it has no VPC: a zone without one is public, for all of the internet to see";
            invalid.push(Invalid::new(text).hint("say who sees it with `vpc`"));
        }
        if self.comment.as_ref().is_some_and(|text| text.chars().count() > 256) {
            invalid.push(Invalid::new("the comment is longer than 256 characters"));
        }
        invalid
    }

    fn remarks(&self, _: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        self.without_dns(graph)
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<ec2::Vpcs>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        join_all(wanted.iter().map(|zone| zone.look(cx))).await
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let live = match live {
            Some(live) => live.clone(),
            None => self.ensure(cx).await?,
        };
        let route53 = cx.aws.route53(cx.region);
        for vpc in self.vpcs.keys().filter(|vpc| !live.is.vpcs.contains_key(*vpc)) {
            associate(&live.id, &Ref::new(vpc), cx).await?;
        }
        if let Some(text) = &self.comment
            && live.is.comment.as_ref() != Some(text)
        {
            route53.update_hosted_zone_comment().id(&live.id).comment(text).send().await?;
        }
        let missing = tags::missing(&self.tags, &live.is.tags);
        let missing: Vec<_> = missing
            .into_iter()
            .map(|(key, value)| sdk::Tag::builder().key(key).value(value).build())
            .collect();
        for some in missing.chunks(TAGS) {
            let change = route53.change_tags_for_resource().set_add_tags(Some(some.to_vec()));
            change.resource_type(sdk::TagResourceType::Hostedzone).resource_id(&live.id).send().await?;
        }
        Ok(live.id)
    }
}

/// How many tags AWS takes in one call.
const TAGS: usize = 10;
/// How many caller references are tried. AWS takes each once, and keeps those of deleted zones: so this many of one name
/// may have been deleted by hand.
const REFERENCES: usize = 10;

impl HostedZone {
    /// The private zone of this name that our VPCs see, or else the only one. A public zone is another thing.
    async fn look(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        let ids = self.vpcs.keys().map(|vpc| Ok((vpc.clone(), cx.ids.id(&Ref::<Vpc>::new(vpc))?)));
        let ids: BTreeMap<String, String> = ids.collect::<Result<_, Error>>()?;
        let (private, public): (Vec<_>, Vec<_>) =
            zones(&self.name, cx).await?.into_iter().partition(is_private);
        let read = private.iter().map(async |found| {
            let id = id_of(found);
            let tags = async { if self.tags.is_empty() { Ok(Tags::new()) } else { tags_of(&id, cx).await } };
            let (zone, tags) = tokio::try_join!(zone(&id, cx), tags)?;
            Ok::<_, Error>(zone.map(|zone| Found { tags, ..zone }))
        });
        let found: Vec<Found> = try_join_all(read).await?.into_iter().flatten().collect();
        let others = found.len().saturating_sub(1);
        let ours = |found: &Found| ids.values().filter(|id| found.sees(cx.region, id)).count();
        let Some(best) = found.into_iter().max_by_key(ours) else { return Ok(None) };
        if others > 0 && ours(&best) == 0 {
            return Err(Error::Conflict {
                message: format!(
                    "there are {} private zones `{}`, and the VPC sees none of them",
                    others + 1,
                    self.name
                ),
                hint: "associate the VPC with the right one".to_owned(),
            });
        }
        let seen = ids.iter().filter(|(_, id)| best.sees(cx.region, id));
        let is = HostedZone {
            name: self.name.clone(),
            comment: Some(best.comment.clone()),
            vpcs: seen.map(|(vpc, _)| (vpc.clone(), Association::Associated)).collect(),
            tags: best.tags.clone(),
        };
        let mut live = Live::new(is, &best.id);
        for (region, id) in &best.vpcs {
            if region != cx.region || !ids.values().any(|ours| ours == id) {
                let text = format!("`{id}` in {region} sees the zone, too");
                live.findings.push(Finding::info("other-vpc", text));
            }
        }
        if others > 0 {
            let text = format!("other VPCs see {others} more private zones of this name");
            live.findings.push(Finding::info("same-name", text));
        }
        for zone in public {
            let text = format!("there is a public zone of this name, too: `{}`", id_of(&zone));
            live.findings.push(
                Finding::warning("public-zone", text)
                    .hint("names that are only in the public zone don't resolve in the VPC"),
            );
        }
        Ok(Some(live))
    }

    /// Creates the zone. The same caller reference every time: so a call whose answer got lost makes no second zone.
    async fn ensure(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let Some(first) = self.vpcs.keys().next() else {
            return Err(Error::Conflict {
                message: "a zone without a VPC would be public".to_owned(),
                hint: "say who sees it with `vpc`".to_owned(),
            });
        };
        let vpc = cx.ids.id(&Ref::<Vpc>::new(first))?;
        let short: String = self.name.chars().take(60).collect();
        let mut number = 1;
        loop {
            if (number > 1 || !cx.aws.looked_lately())
                && let Some(live) = self.look(cx).await?
            {
                return Ok(live);
            }
            let config = sdk::HostedZoneConfig::builder().private_zone(true);
            let create = cx.aws.route53(cx.region).create_hosted_zone();
            let answer = create
                .name(&self.name)
                .vpc(in_region(&vpc, cx))
                .hosted_zone_config(config.set_comment(self.comment.clone()).build())
                .caller_reference(format!("supertokens-region/{}/{vpc}/{short}/{number}", cx.region))
                .send()
                .await
                .map_err(Error::from);
            match answer {
                Ok(answer) => {
                    let id = answer.hosted_zone().map(id_of).unwrap_or_default();
                    let is = HostedZone { comment: self.comment.clone(), ..hosted_zone(&self.name) };
                    return Ok(Live::new(is.vpc(Ref::new(first)), id));
                }
                Err(error) if number < REFERENCES && is_there_already(&error) => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_without_a_vpc_would_be_public_and_is_refused() {
        let told = hosted_zone("ap-south-1.dns").check();
        assert!(told[0].message.contains("public"), "{told:?}");
        assert_eq!(hosted_zone("ap-south-1.dns").vpc(Ref::new("default")).check(), []);
    }

    #[test]
    fn names_are_told_in_lower_case_without_the_last_dot() {
        assert_eq!(hosted_zone("AP-south-1.DNS.").name(), "ap-south-1.dns");
    }

    #[test]
    fn what_is_no_domain_name_is_refused() {
        for name in ["", "a..b", ".a", "a b", "a*b", &"a".repeat(64), &"a.".repeat(200)] {
            assert_eq!(hosted_zone(name).vpc(Ref::new("default")).check().len(), 1, "{name}");
        }
    }
}

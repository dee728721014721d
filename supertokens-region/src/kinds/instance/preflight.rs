//! What AWS would refuse of an instance that is to be made: asked before anything is changed.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::image::{Found, SELF, is_encrypted};
use super::making::zones_with;
use super::{Instance, SecurityGroup};
use crate::address::Ref;
use crate::aws::home;
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;

pub(super) async fn preflight(missing: &[Instance], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
    let asked = missing.iter().map(async |instance| {
        let (image, kind, key, groups, profile) = tokio::try_join!(
            instance.image_finding(cx),
            instance.type_finding(cx),
            instance.key_finding(cx),
            instance.group_findings(cx),
            instance.profile_finding(cx),
        )?;
        Ok(image.into_iter().chain(kind).chain(key).chain(groups).chain(profile).collect())
    });
    join_all(asked).await.into_iter().collect()
}

impl Instance {
    async fn image_finding(&self, cx: &Cx<'_>) -> Result<Option<Finding>, Error> {
        let Some(wanted) = &self.image else { return Ok(None) };
        let name = &wanted.name;
        Ok(match wanted.find(cx).await? {
            Found::Here(_) => None,
            Found::Alike(image) => {
                let other = image.name().unwrap_or_default();
                let text =
                    format!("{} has no image `{name}` of {}: `{other}` is taken", cx.region, wanted.owner);
                Some(Finding::info("mapped", text))
            }
            Found::ToCopy(image, _) => {
                let from = wanted.copied_from.as_deref().unwrap_or_default();
                let mut text = format!("the image `{name}` is copied from {from}, which takes its time");
                if is_encrypted(&image) {
                    text.push_str("; the copy is encrypted with the region's own key of EBS");
                }
                Some(Finding::info("copies-image", text))
            }
            Found::Nowhere => {
                let owner = match wanted.owner.as_str() {
                    SELF => "this account".to_owned(),
                    other => format!("`{other}`"),
                };
                let also = wanted.copied_from.as_ref().map(|from| format!(", nor has {from}"));
                let also = also.unwrap_or_default();
                let text = format!("{} has no image `{name}` of {owner} that can be used{also}", cx.region);
                Some(Finding::error("no-image", text).hint("name another with `image`"))
            }
        })
    }

    async fn type_finding(&self, cx: &Cx<'_>) -> Result<Option<Finding>, Error> {
        let kind = &self.instance_type;
        let (zones, places) = tokio::try_join!(zones_with(kind, cx), self.places(cx))?;
        if zones.is_empty() {
            let text = format!("{} doesn't offer the type `{kind}`", cx.region);
            let hint = format!(
                "see `aws ec2 describe-instance-type-offerings --region {}`, and name another with `instance_type`",
                cx.region
            );
            return Ok(Some(Finding::error("type-not-offered", text).hint(hint)));
        }
        if places.is_empty() {
            let text = format!("no subnet of its VPC is in a zone that has the type `{kind}`");
            let hint = "name another type, or make a subnet in another zone";
            return Ok(Some(Finding::error("type-not-offered", text).hint(hint)));
        }
        Ok(None)
    }

    async fn key_finding(&self, cx: &Cx<'_>) -> Result<Option<Finding>, Error> {
        let Some(pair) = &self.key_pair else {
            let text = "it has no key pair: nobody gets in by SSH";
            return Ok(Some(Finding::info("no-key-pair", text)));
        };
        if cx.is_wanted(&pair.address()) {
            return Ok(None);
        }
        let answer = cx.aws.ec2(cx.region).describe_key_pairs().send().await?;
        if answer.key_pairs().iter().any(|known| known.key_name() == Some(pair.name())) {
            return Ok(None);
        }
        let text = format!("{} has no key pair `{}`", cx.region, pair.name());
        let hint = "`add` it, or give the instance another with `key_pair`";
        Ok(Some(Finding::error("no-key-pair", text).hint(hint)))
    }

    async fn group_findings(&self, cx: &Cx<'_>) -> Result<Vec<Finding>, Error> {
        let unknown = |name: &&String| !cx.is_wanted(&Ref::<SecurityGroup>::new(name).address());
        let names: BTreeSet<&str> = self.groups.keys().filter(unknown).map(String::as_str).collect();
        let known = self.known_groups(&names, cx).await?;
        let missing = names.into_iter().filter(|name| !known.contains_key(*name)).map(|name| {
            let text = format!("its VPC has no security group `{name}`");
            Finding::error("no-group", text).hint("`add` it, or take the instance out of it")
        });
        Ok(missing.collect())
    }

    async fn profile_finding(&self, cx: &Cx<'_>) -> Result<Option<Finding>, Error> {
        let Some(name) = &self.profile else { return Ok(None) };
        let get = cx.aws.iam(home(Some(cx.region))).get_instance_profile().instance_profile_name(name);
        Ok(match get.send().await.absent(&["NoSuchEntity"])? {
            Some(_) => None,
            None => {
                let text = format!("there is no instance profile `{name}`");
                Some(
                    Finding::error("no-profile", text).hint("make it in IAM, or name another with `profile`"),
                )
            }
        })
    }
}

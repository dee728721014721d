//! The instances that are there, in our words; and what of them differs that AWS can't change while they run.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use aws_sdk_ec2::types as sdk;
use aws_sdk_ec2::types::{InstanceAttributeName, InstanceStateName, MonitoringState};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::{FutureExt, TryFutureExt, join_all, try_join_all};
use serde::{Deserialize, Serialize};

use super::image::SELF;
use super::{Instance, RUNNING, ec2, instance};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Live};
use crate::secret::Secret;

/// That it is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Member {
    Member,
}

/// Who may ask an instance for its metadata, which hold the credentials of its role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Metadata {
    /// `required`: only who has fetched a token (IMDSv2).
    pub(super) tokens: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hop_limit: Option<i64>,
}

/// Whether it is gone, or about to be. In any other state, one that nobody has heard of yet too, it is there.
fn is_gone(instance: &sdk::Instance) -> bool {
    let state = instance.state().and_then(sdk::InstanceState::name);
    matches!(state, Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated))
}

/// User data as AWS takes and tells them: in base64.
pub(super) fn encoded(text: &str) -> Secret {
    Secret::new(STANDARD.encode(text))
}

/// User data themselves, where they are known.
pub(super) fn bytes(data: &Secret) -> Option<Vec<u8>> {
    STANDARD.decode(data.expose()?).ok()
}

/// The wanted instances that are there.
pub(super) async fn read(
    wanted: &[Instance],
    cx: &Cx<'_>,
) -> Result<Vec<Result<Option<Live<Instance>>, Error>>, Error> {
    let names: Vec<&str> = wanted.iter().map(|instance| instance.name.as_str()).collect();
    let asked = names.chunks(ec2::FILTER_VALUES).map(|names| {
        let names = ec2::filter("tag:Name", names.iter().map(|name| ec2::literal(name)));
        all(Some(names), cx)
    });
    let found: Vec<_> = try_join_all(asked).await?.into_iter().flatten().collect();
    let images = images(&found, cx.region, cx).map_ok(Arc::new).shared();
    let told = wanted.iter().map(|instance| async {
        let same = found.iter().filter(|found| name_of(found) == Some(&instance.name));
        let same: Vec<&sdk::Instance> = same.collect();
        match same[..] {
            [] => Ok(None),
            [one] => instance.told(one, images.clone(), cx).await.map(Some),
            _ => Err(Error::Conflict {
                message: format!("{} instances are named `{}`", same.len(), instance.name),
                hint: "give the others another `Name` tag, or terminate them".to_owned(),
            }),
        }
    });
    Ok(join_all(told).await)
}

/// The instances of the region that are not gone, all or those that pass a filter.
pub(super) async fn all(filter: Option<sdk::Filter>, cx: &Cx<'_>) -> Result<Vec<sdk::Instance>, Error> {
    let ask = cx.aws.ec2(cx.region).describe_instances().set_filters(filter.map(|filter| vec![filter]));
    let mut pages = ask.into_paginator().send();
    let mut found = vec![];
    while let Some(page) = pages.try_next().await? {
        let reservations = page.reservations.into_iter().flatten();
        let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
        found.extend(instances.filter(|instance| !is_gone(instance)));
    }
    Ok(found)
}

/// The instance with this id. AWS may not know a new one yet.
pub(super) async fn by_id(id: &str, cx: &Cx<'_>) -> Result<Option<sdk::Instance>, Error> {
    let ask = cx.aws.ec2(cx.region).describe_instances().filters(ec2::filter("instance-id", [id]));
    // What passes a filter can be on any page.
    let mut reservations = ask.into_paginator().items().send();
    while let Some(reservation) = reservations.try_next().await? {
        if let Some(instance) = reservation.instances.unwrap_or_default().pop() {
            return Ok(Some(instance));
        }
    }
    Ok(None)
}

/// The images that these instances were made of, by id: those that are still there.
pub(super) async fn images(
    instances: &[sdk::Instance],
    region: &str,
    cx: &Cx<'_>,
) -> Result<BTreeMap<String, sdk::Image>, Error> {
    let mut ids: Vec<&str> = instances.iter().filter_map(sdk::Instance::image_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let asked = ids.chunks(ec2::FILTER_VALUES).map(async |ids| {
        let ask = cx.aws.ec2(region).describe_images().include_deprecated(true);
        let ask = ask.filters(ec2::filter("image-id", ids.iter().copied()));
        Ok::<_, Error>(ask.into_paginator().items().send().try_collect().await?)
    });
    let found = try_join_all(asked).await?.into_iter().flatten();
    Ok(found.filter_map(|image| Some((image.image_id.clone()?, image))).collect())
}

/// What people call it.
pub(super) fn name_of(instance: &sdk::Instance) -> Option<&str> {
    instance.tags().iter().find(|tag| tag.key() == Some("Name"))?.value()
}

/// `running`, `stopped` ...
pub(super) fn state_of(instance: &sdk::Instance) -> &str {
    instance.state().and_then(sdk::InstanceState::name).map_or("unknown", InstanceStateName::as_str)
}

/// The name of an instance profile, which is the end of its ARN.
pub(super) fn profile_of(instance: &sdk::Instance) -> Option<&str> {
    instance.iam_instance_profile()?.arn()?.rsplit('/').next()
}

/// AWS tells one attribute a call: user data.
pub(super) async fn user_data(id: &str, cx: &Cx<'_>) -> Result<Option<Secret>, Error> {
    let ask = cx.aws.ec2(cx.region).describe_instance_attribute().instance_id(id);
    let answer = ask.attribute(InstanceAttributeName::UserData).send().await?;
    let data = answer.user_data().and_then(sdk::AttributeValue::value).filter(|data| !data.is_empty());
    Ok(data.map(Secret::new))
}

/// AWS tells one attribute a call: whether it can't be terminated.
pub(super) async fn is_protected(id: &str, cx: &Cx<'_>) -> Result<bool, Error> {
    let ask = cx.aws.ec2(cx.region).describe_instance_attribute().instance_id(id);
    let answer = ask.attribute(InstanceAttributeName::DisableApiTermination).send().await?;
    Ok(answer.disable_api_termination().and_then(sdk::AttributeBooleanValue::value) == Some(true))
}

impl Instance {
    /// The one that is there, with what can't be changed told as it is wanted, and in findings as it is.
    pub(super) async fn told(
        &self,
        found: &sdk::Instance,
        images: impl Future<Output = Result<Arc<BTreeMap<String, sdk::Image>>, Error>>,
        cx: &Cx<'_>,
    ) -> Result<Live<Self>, Error> {
        let id = found.instance_id().unwrap_or_default();
        let protected = async {
            Ok::<_, Error>(match self.termination_protection {
                Some(_) => Some(is_protected(id, cx).await?),
                None => None,
            })
        };
        let data = async {
            Ok::<_, Error>(match self.user_data {
                Some(_) => user_data(id, cx).await?,
                None => None,
            })
        };
        let (termination_protection, data, images) = tokio::try_join!(protected, data, images)?;
        let groups = found.security_groups().iter().filter_map(sdk::GroupIdentifier::group_name);
        let options = found.metadata_options();
        let tokens = options.and_then(|options| options.http_tokens()).map_or("optional", |it| it.as_str());
        let monitoring = found.monitoring().and_then(sdk::Monitoring::state);
        let on = [Some(&MonitoringState::Enabled), Some(&MonitoringState::Pending)].contains(&monitoring);
        let state = state_of(found);
        let mut tags = ec2::told(found.tags());
        tags.remove("Name");
        let is = Self {
            image: self.image.clone(),
            instance_type: self.instance_type.clone(),
            vpc: self.vpc.clone(),
            zone: self.zone,
            groups: groups.map(|name| (name.to_owned(), Member::Member)).collect(),
            key_pair: self.key_pair.clone(),
            profile: self.profile.clone(),
            user_data: self.user_data.clone(),
            disks: self.disks.clone(),
            metadata: Metadata {
                tokens: tokens.to_owned(),
                hop_limit: options.and_then(|options| options.http_put_response_hop_limit()).map(i64::from),
            },
            monitoring: Some(on),
            termination_protection,
            // One that is starting will run.
            state: Some(if state == "pending" { RUNNING } else { state }.to_owned()),
            tags,
            ..instance(&self.name)
        };
        let mut live = Live::new(is, id);
        live.findings.extend(self.otherwise(found, &images, data.as_ref(), cx));
        if ["stopping", "stopped"].contains(&state) {
            let text = format!("the instance is {state}");
            let hint = "start it if it is needed; `.running()` in the script does";
            live.findings.push(Finding::warning("not-running", text).hint(hint));
        }
        Ok(live)
    }

    /// What differs, and can't be changed while it runs.
    fn otherwise(
        &self,
        found: &sdk::Instance,
        images: &BTreeMap<String, sdk::Image>,
        data: Option<&Secret>,
        cx: &Cx<'_>,
    ) -> Vec<Finding> {
        let mut told = vec![];
        let mut differs = |what: &str, is: Option<&str>, wanted: &str| {
            if is != Some(wanted) {
                let is = is.map_or("none".to_owned(), |is| format!("`{is}`"));
                told.push(format!("its {what} is {is}, not `{wanted}`"));
            }
        };
        if !self.instance_type.is_empty() {
            differs("type", found.instance_type().map(|kind| kind.as_str()), &self.instance_type);
        }
        if let Some(pair) = &self.key_pair {
            differs("key pair", found.key_name(), pair.name());
        }
        if let Some(profile) = &self.profile {
            differs("instance profile", profile_of(found), profile);
        }
        if let Some(vpc) = self.vpc.as_ref().and_then(|vpc| cx.ids.id(vpc).ok()) {
            differs("VPC", found.vpc_id(), &vpc);
        }
        // An image that is gone has no name any more; one of another date is as good.
        if let (Some(wanted), Some(image)) = (&self.image, found.image_id().and_then(|id| images.get(id))) {
            let is = image.name().unwrap_or_default();
            let alike =
                wanted.owner != SELF && super::image::family(is) == super::image::family(&wanted.name);
            differs("image", Some(if alike { &wanted.name } else { is }), &wanted.name);
        }
        if self.user_data.as_ref().is_some_and(|wanted| data != Some(wanted)) {
            told.push("it was given other user data".to_owned());
        }
        let hint = "AWS can't change this while it runs: want what is there, or make it anew by hand";
        told.into_iter().map(|text| Finding::warning("made-otherwise", text).hint(hint)).collect()
    }
}

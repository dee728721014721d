//! Machine images: the account's own, and those that AWS offers.

mod copy;
mod public;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::copy_image::CopyImageError;
use aws_sdk_ec2::operation::describe_images::{
    DescribeImagesError, DescribeImagesInput, DescribeImagesOutput,
};
use aws_sdk_ec2::types::{
    self, BlockDeviceMapping, DeviceType, EbsBlockDevice, HypervisorType, ImageState, ImageTypeValues,
    StateReason, VirtualizationType,
};
use serde::{Deserialize, Serialize};

use super::Tags;
use super::here::{Here, enter};
use super::kind::IMAGE;
use super::list::{FROM_5_TO_1000, Question};
use super::tag;
use crate::sandbox::door::Handlers;
use crate::sandbox::lambda::links::time;
use crate::sandbox::{Call, Fault};

/// A machine image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Its name.
    pub name: String,
    /// The account that it belongs to, 12 digits.
    pub owner: String,
    /// What AWS calls that account, where it has a name: `amazon`.
    pub owner_alias: Option<String>,
    /// What it is.
    pub description: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// `available`, `pending`, `failed` ...
    pub state: String,
    /// Why, where the state is `failed`.
    pub state_reason: Option<String>,
    /// How many more answers tell it as `pending`; then it is available.
    pub pending_for: u32,
    /// The device that it starts from, such as `/dev/xvda`.
    pub root_device: String,
    /// Its devices by name.
    pub devices: BTreeMap<String, ImageDevice>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// Since when it should no longer be used, seconds since 1970.
    pub deprecated: Option<i64>,
    /// The region and the id of the image that it is a copy of.
    pub source: Option<(String, String)>,
    /// Its tags.
    pub tags: Tags,
}

/// A device of an image, made from a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageDevice {
    /// The id of the snapshot (`snap-`).
    pub snapshot: String,
    /// GiB.
    pub size: i32,
    /// `gp2`, `gp3` ...
    pub volume_type: String,
    /// The ARN of the key that it is encrypted with.
    pub kms_key: Option<String>,
    /// Whether a volume made of it goes with its instance.
    pub delete_on_termination: bool,
}

impl Image {
    /// An available image of this account with one device, `/dev/xvda`.
    #[must_use]
    pub fn new(account: &str, name: &str, device: ImageDevice) -> Self {
        Self {
            name: name.to_owned(),
            owner: account.to_owned(),
            architecture: "x86_64".to_owned(),
            state: "available".to_owned(),
            root_device: "/dev/xvda".to_owned(),
            devices: [("/dev/xvda".to_owned(), device)].into(),
            ..Self::default()
        }
    }
}

const FILTERS: [&str; 14] = [
    "architecture",
    "creation-date",
    "description",
    "image-id",
    "image-type",
    "is-public",
    "name",
    "owner-alias",
    "owner-id",
    "root-device-name",
    "source-image-id",
    "source-image-region",
    "state",
    "virtualization-type",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:DescribeImages", describe_images, DescribeImagesError::generic);
    handlers.on("ec2:CopyImage", copy::copy_image, CopyImageError::generic);
}

/// All images that can be seen in a region, by id.
pub(super) fn seen(region: &super::Region, name: &str) -> BTreeMap<String, Image> {
    let mut images = public::images(name);
    images.extend(region.images.clone());
    images
}

/// The key that EBS encrypts with in a region where no other is named.
pub(super) fn own_key(region: &str, account: &str) -> String {
    let digits = crate::sandbox::call::id(region, "", "alias/aws/ebs");
    format!("arn:aws:kms:{region}:{account}:key/{digits}")
}

fn describe_images(call: &mut Call<'_>, input: &DescribeImagesInput) -> Result<DescribeImagesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let images = seen(here.region, &here.name);
    let by_id = !input.image_ids().is_empty();
    let is_owner = |image: &Image| {
        let is = |owner: &String| match owner.as_str() {
            "self" => image.owner == here.account,
            other => image.owner == other || image.owner_alias.as_deref() == Some(other),
        };
        input.owners().is_empty() || input.owners().iter().any(is)
    };
    let hidden = |image: &Image| {
        image.deprecated.is_some_and(|since| since <= here.now.secs())
            && image.owner != here.account
            && input.include_deprecated() != Some(true)
            && !by_id
    };
    if let Some(unknown) = input.image_ids().iter().find(|id| !images.contains_key(*id)) {
        IMAGE.check(unknown)?;
        return Err(IMAGE.unknown(unknown));
    }
    let asked = |id: &String| !by_id || input.image_ids().contains(id);
    let mut images = images;
    images.retain(|id, image| asked(id) && is_owner(image) && !hidden(image));
    let question = Question {
        ids: None,
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let values = |id: &str, image: &Image, filter: &str| {
        vec![match filter {
            "architecture" => image.architecture.clone(),
            "creation-date" => time(image.created),
            "description" => image.description.clone(),
            "image-id" => id.to_owned(),
            "image-type" => "machine".to_owned(),
            "is-public" => image.owner_alias.is_some().to_string(),
            "name" => image.name.clone(),
            "owner-alias" => image.owner_alias.clone().unwrap_or_default(),
            "owner-id" => image.owner.clone(),
            "root-device-name" => image.root_device.clone(),
            "source-image-id" => image.source.as_ref().map(|(_, id)| id.clone()).unwrap_or_default(),
            "source-image-region" => {
                image.source.as_ref().map(|(region, _)| region.clone()).unwrap_or_default()
            }
            "state" => image.state.clone(),
            _ => "hvm".to_owned(),
        }]
    };
    let (found, next_token) =
        question.answer(&IMAGE, FROM_5_TO_1000, &images, &FILTERS, |image| &image.tags, values)?;
    let told: Vec<_> = found.iter().map(|(id, image)| shown(&here, id, image)).collect();
    let waiting: Vec<String> = found.into_iter().map(|(id, _)| id.clone()).collect();
    for id in waiting {
        if let Some(image) = here.region.images.get_mut(&id).filter(|image| image.state == "pending") {
            image.pending_for = image.pending_for.saturating_sub(1);
            if image.pending_for == 0 {
                "available".clone_into(&mut image.state);
            }
        }
    }
    Ok(DescribeImagesOutput::builder().set_images(Some(told)).set_next_token(next_token).build())
}

fn shown(here: &Here<'_>, id: &str, image: &Image) -> types::Image {
    let devices = image.devices.iter().map(|(name, device)| {
        let ebs = EbsBlockDevice::builder()
            .snapshot_id(&device.snapshot)
            .volume_size(device.size)
            .volume_type(device.volume_type.as_str().into())
            .encrypted(device.kms_key.is_some())
            .delete_on_termination(device.delete_on_termination);
        BlockDeviceMapping::builder().device_name(name).ebs(ebs.build()).build()
    });
    let reason = image.state_reason.as_ref().map(|why| StateReason::builder().message(why).build());
    types::Image::builder()
        .image_id(id)
        .name(&image.name)
        .owner_id(&image.owner)
        .set_image_owner_alias(image.owner_alias.clone())
        .image_location(format!("{}/{}", image.owner_alias.as_ref().unwrap_or(&image.owner), image.name))
        .description(&image.description)
        .architecture(image.architecture.as_str().into())
        .image_type(ImageTypeValues::Machine)
        .public(image.owner != here.account)
        .state(ImageState::from(image.state.as_str()))
        .set_state_reason(reason)
        .root_device_name(&image.root_device)
        .root_device_type(DeviceType::Ebs)
        .virtualization_type(VirtualizationType::Hvm)
        .hypervisor(HypervisorType::Xen)
        .ena_support(true)
        .creation_date(time(image.created))
        .set_deprecation_time(image.deprecated.map(time))
        .set_source_image_region(image.source.as_ref().map(|(region, _)| region.clone()))
        .set_source_image_id(image.source.as_ref().map(|(_, id)| id.clone()))
        .set_block_device_mappings(Some(devices.collect()))
        .set_tags(tag::listed(&image.tags))
        .build()
}

//! Volumes: the disks of instances, read.

use aws_sdk_ec2::operation::describe_volumes::{
    DescribeVolumesError, DescribeVolumesInput, DescribeVolumesOutput,
};
use aws_sdk_ec2::types::{self, VolumeAttachment, VolumeAttachmentState, VolumeState};
use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use super::Tags;
use super::here::enter;
use super::kind::VOLUME;
use super::list::{FROM_5_TO_1000, Question};
use super::tag;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A volume, attached to an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// The id of the instance.
    pub instance: String,
    /// The device as which the instance sees it, such as `/dev/xvda`.
    pub device: String,
    /// Its zone, such as `ap-south-1a`.
    pub zone: String,
    /// GiB.
    pub size: i32,
    /// `gp2`, `gp3` ...
    pub volume_type: String,
    /// Operations a second; AWS tells them of all types of SSD.
    pub iops: Option<i32>,
    /// MiB a second; of `gp3` only.
    pub throughput: Option<i32>,
    /// The ARN of the key that it is encrypted with.
    pub kms_key: Option<String>,
    /// The id of the snapshot that it was made of.
    pub snapshot: Option<String>,
    /// Whether it goes with its instance.
    pub delete_on_termination: bool,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// Its tags.
    pub tags: Tags,
}

const FILTERS: [&str; 9] = [
    "attachment.delete-on-termination",
    "attachment.device",
    "attachment.instance-id",
    "availability-zone",
    "encrypted",
    "size",
    "snapshot-id",
    "volume-id",
    "volume-type",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:DescribeVolumes", describe_volumes, DescribeVolumesError::generic);
}

fn describe_volumes(
    call: &mut Call<'_>,
    input: &DescribeVolumesInput,
) -> Result<DescribeVolumesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.volume_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let values = |id: &str, volume: &Volume, filter: &str| {
        vec![match filter {
            "attachment.delete-on-termination" => volume.delete_on_termination.to_string(),
            "attachment.device" => volume.device.clone(),
            "attachment.instance-id" => volume.instance.clone(),
            "availability-zone" => volume.zone.clone(),
            "encrypted" => volume.kms_key.is_some().to_string(),
            "size" => volume.size.to_string(),
            "snapshot-id" => volume.snapshot.clone().unwrap_or_default(),
            "volume-id" => id.to_owned(),
            _ => volume.volume_type.clone(),
        }]
    };
    let things = &here.region.volumes;
    let (found, next_token) =
        question.answer(&VOLUME, FROM_5_TO_1000, things, &FILTERS, |volume| &volume.tags, values)?;
    let told = found.into_iter().map(|(id, volume)| shown(id, volume)).collect();
    Ok(DescribeVolumesOutput::builder().set_volumes(Some(told)).set_next_token(next_token).build())
}

fn shown(id: &str, volume: &Volume) -> types::Volume {
    let attachment = VolumeAttachment::builder()
        .volume_id(id)
        .instance_id(&volume.instance)
        .device(&volume.device)
        .state(VolumeAttachmentState::Attached)
        .delete_on_termination(volume.delete_on_termination)
        .attach_time(DateTime::from_secs(volume.created));
    types::Volume::builder()
        .volume_id(id)
        .availability_zone(&volume.zone)
        .size(volume.size)
        .volume_type(volume.volume_type.as_str().into())
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .encrypted(volume.kms_key.is_some())
        .set_kms_key_id(volume.kms_key.clone())
        .set_snapshot_id(volume.snapshot.clone())
        .state(VolumeState::InUse)
        .create_time(DateTime::from_secs(volume.created))
        .attachments(attachment.build())
        .set_tags(tag::listed(&volume.tags))
        .build()
}

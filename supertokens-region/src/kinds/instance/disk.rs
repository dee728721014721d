//! The disks of an instance.

use aws_sdk_ec2::types::{BlockDeviceMapping, EbsBlockDevice, Volume, VolumeType};
use serde::{Deserialize, Serialize};

/// A disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) size_gib: i64,
    pub(super) volume_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iops: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) throughput: Option<i64>,
    pub(super) encrypted: bool,
    /// Whether it stays when the instance is terminated.
    pub(super) stays: bool,
}

/// The types of disks whose operations a second are chosen. AWS tells them of other types too, and refuses them there.
const WITH_IOPS: [&str; 3] = ["gp3", "io1", "io2"];
/// All types, with the sizes in GiB that AWS takes.
pub(super) const TYPES: [(&str, i64, i64); 7] = [
    ("gp3", 1, 65_536),
    ("gp2", 1, 16_384),
    ("io2", 4, 65_536),
    ("io1", 4, 16_384),
    ("st1", 125, 16_384),
    ("sc1", 125, 16_384),
    ("standard", 1, 1_024),
];

impl Disk {
    pub(super) fn new(size_gib: i64, volume_type: &str) -> Self {
        Self {
            size_gib,
            volume_type: volume_type.to_owned(),
            iops: None,
            throughput: None,
            encrypted: true,
            stays: false,
        }
    }

    /// As a volume that is there is to be had elsewhere.
    pub(super) fn like(volume: &Volume, stays: bool) -> Self {
        let kind = volume.volume_type().map_or("gp2", VolumeType::as_str);
        let iops = volume.iops().filter(|_| WITH_IOPS.contains(&kind)).map(i64::from);
        Self {
            iops,
            throughput: volume.throughput().filter(|_| kind == "gp3").map(i64::from),
            encrypted: volume.encrypted() == Some(true),
            stays,
            ..Self::new(volume.size().map_or(0, i64::from), kind)
        }
    }

    /// As AWS takes it. What isn't encrypted in the image stays so unless it is to be; it never can be decrypted.
    pub(super) fn mapping(&self, device: &str) -> BlockDeviceMapping {
        let number = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        let ebs = EbsBlockDevice::builder()
            .volume_size(number(self.size_gib))
            .volume_type(self.volume_type.as_str().into())
            .set_iops(self.iops.map(number))
            .set_throughput(self.throughput.map(number))
            .set_encrypted(self.encrypted.then_some(true))
            .delete_on_termination(!self.stays);
        BlockDeviceMapping::builder().device_name(device).ebs(ebs.build()).build()
    }
}

//! `CopyImage`: an image of another region is made here, which takes its time.

use aws_sdk_ec2::operation::copy_image::{CopyImageInput, CopyImageOutput};

use super::{Image, ImageDevice, own_key, seen};
use crate::sandbox::ec2::here::{enter, invalid, required, unsupported};
use crate::sandbox::ec2::kind::IMAGE;
use crate::sandbox::ec2::tag;
use crate::sandbox::{Call, Fault};

/// How many answers tell a new copy as `pending`.
const PENDING: u32 = 2;

pub(super) fn copy_image(call: &mut Call<'_>, input: &CopyImageInput) -> Result<CopyImageOutput, Fault> {
    enter(call, input.dry_run)?;
    unsupported(&[
        ("DestinationOutpostArn", input.destination_outpost_arn.is_some()),
        ("DestinationAvailabilityZone", input.destination_availability_zone.is_some()),
        ("KmsKeyId", input.kms_key_id.is_some()),
        ("SnapshotCopyCompletionDurationMinutes", input.snapshot_copy_completion_duration_minutes.is_some()),
    ])?;
    let name = required(input.name(), "Name")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "()[] ./-'@_".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(allowed) {
        let text = "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', \
                    '.', '-', '/' and '_'";
        return Err(Fault::new("InvalidAMIName.Malformed", text));
    }
    let from = required(input.source_region(), "SourceRegion")?;
    let source_id = required(input.source_image_id(), "SourceImageId")?;
    let Some(source_region) = call.world.ec2.regions.get(from) else {
        return Err(invalid("SourceRegion", from, "It is not a region that is enabled."));
    };
    IMAGE.check(source_id)?;
    let source = seen(source_region, from).remove(source_id).ok_or_else(|| IMAGE.unknown(source_id))?;
    if source.state != "available" {
        let text = format!("The image '{source_id}' is not available: its state is {}", source.state);
        return Err(Fault::new("InvalidAMIID.Unavailable", text));
    }
    let is_encrypted = source.devices.values().any(|device| device.kms_key.is_some());
    if is_encrypted && input.encrypted() != Some(true) {
        let text = "An unencrypted copy of an encrypted snapshot can't be made.";
        return Err(Fault::new("InvalidRequest", text));
    }
    let mut tags = tag::given(input.tag_specifications(), &IMAGE)?;
    if input.copy_image_tags() == Some(true) {
        let own = source.tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        own.for_each(|(key, value)| _ = tags.entry(key.clone()).or_insert_with(|| value.clone()));
    }
    let mut here = enter(call, None)?;
    let (operation, token) = ("CopyImage", input.client_token());
    let request = format!("{name}\n{from}\n{source_id}\n{:?}\n{tags:?}", input.encrypted());
    if let Some(made) = here.made_before(operation, token, &request)? {
        return Ok(CopyImageOutput::builder().set_image_id(made.into_iter().next()).build());
    }
    let id = here.free_id("ami-", &format!("{name}\n{source_id}"), |id| here.region.images.contains_key(id));
    let key = (input.encrypted() == Some(true)).then(|| own_key(&here.name, &here.account));
    let devices = source.devices.iter().map(|(device, from)| {
        let snapshot = here.id("snap-", &format!("{id}\n{device}"));
        (device.clone(), ImageDevice { snapshot, kms_key: key.clone(), ..from.clone() })
    });
    let copy = Image {
        name: name.to_owned(),
        owner: here.account.clone(),
        owner_alias: None,
        description: input.description().unwrap_or_default().to_owned(),
        state: "pending".to_owned(),
        pending_for: PENDING,
        devices: devices.collect(),
        created: here.now.secs(),
        deprecated: None,
        source: Some((from.to_owned(), source_id.to_owned())),
        tags,
        ..source
    };
    here.region.images.insert(id.clone(), copy);
    here.remember(operation, token, &request, std::slice::from_ref(&id));
    Ok(CopyImageOutput::builder().image_id(id).build())
}

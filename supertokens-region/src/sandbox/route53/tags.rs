//! Tags of hosted zones.

use aws_sdk_route53::operation::change_tags_for_resource::{
    ChangeTagsForResourceInput, ChangeTagsForResourceOutput,
};
use aws_sdk_route53::operation::list_tags_for_resource::{
    ListTagsForResourceInput, ListTagsForResourceOutput,
};
use aws_sdk_route53::types::{ResourceTagSet, Tag, TagResourceType};

use super::{HostedZone, Route53, invalid_input, zones};
use crate::sandbox::{Call, Fault};

/// What a request may add, and what it may remove.
const MOST_IN_A_REQUEST: usize = 10;
/// What a zone may have.
const MOST: usize = 50;

pub(super) fn change_tags_for_resource(
    call: &mut Call<'_>,
    input: &ChangeTagsForResourceInput,
) -> Result<ChangeTagsForResourceOutput, Fault> {
    let (zone_id, zone) = find(&call.world.route53, input.resource_type(), input.resource_id())?;
    let (added, removed) = (input.add_tags(), input.remove_tag_keys());
    if added.is_empty() && removed.is_empty() {
        return Err(invalid_input("There must be a tag to add or a tag key to remove"));
    }
    if added.len() > MOST_IN_A_REQUEST || removed.len() > MOST_IN_A_REQUEST {
        return Err(invalid_input("A request may add 10 tags and remove 10 tag keys at the most"));
    }
    let mut tags = zone.tags.clone();
    tags.retain(|key, _| !removed.contains(key));
    for tag in added {
        let (key, value) = (tag.key().unwrap_or_default(), tag.value().unwrap_or_default());
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(invalid_input(format!(
                "The tag {key:?} is not valid: key 1 to 128, value up to 256"
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid_input(format!("The tag key {key:?} is reserved for AWS")));
        }
        if added.iter().filter(|other| other.key() == Some(key)).count() > 1 {
            return Err(invalid_input(format!("The tag key {key:?} is given twice")));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > MOST {
        return Err(invalid_input("A resource may have 50 tags at the most"));
    }
    zones::change_zone(call, &zone_id, |zone| zone.tags = tags);
    Ok(ChangeTagsForResourceOutput::builder().build())
}

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    let (zone_id, zone) = find(&call.world.route53, input.resource_type(), input.resource_id())?;
    let tags = zone.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags = ResourceTagSet::builder()
        .resource_type(TagResourceType::Hostedzone)
        .resource_id(zone_id)
        .set_tags(Some(tags.collect()))
        .build();
    Ok(ListTagsForResourceOutput::builder().resource_tag_set(tags).build())
}

/// The zone that the tags are for. There are no health checks in this world.
fn find<'w>(
    route53: &'w Route53,
    resource_type: Option<&TagResourceType>,
    resource_id: Option<&str>,
) -> Result<(String, &'w HostedZone), Fault> {
    match resource_type {
        Some(TagResourceType::Hostedzone) => zones::find(route53, resource_id),
        Some(TagResourceType::Healthcheck) => {
            let message = format!("No health check found with ID: {}", resource_id.unwrap_or_default());
            Err(Fault::new("NoSuchHealthCheck", message).status(404))
        }
        other => Err(invalid_input(format!("Invalid resource type: {other:?}"))),
    }
}

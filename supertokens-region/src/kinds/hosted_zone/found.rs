//! What Route 53 tells about zones: by name, and who sees them.

use aws_sdk_route53::types as sdk;

use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::tags::Tags;

/// A private zone, and the VPCs that see it: region and id.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) comment: String,
    pub(super) vpcs: Vec<(String, String)>,
    /// Where they were asked for.
    pub(super) tags: Tags,
}

impl Found {
    pub(super) fn sees(&self, region: &str, vpc: &str) -> bool {
        self.vpcs.iter().any(|(in_region, id)| in_region == region && id == vpc)
    }
}

/// As this crate tells names: lower case, without the last dot.
pub(super) fn canonical(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name.strip_suffix('.').unwrap_or(&name).to_owned()
}

pub(super) fn id_of(zone: &sdk::HostedZone) -> String {
    zone.id().trim_start_matches("/hostedzone/").to_owned()
}

pub(super) fn is_private(zone: &sdk::HostedZone) -> bool {
    zone.config().is_some_and(sdk::HostedZoneConfig::private_zone)
}

/// All zones of this name, public and private. AWS's list begins at the name and doesn't end there.
pub(super) async fn zones(name: &str, cx: &Cx<'_>) -> Result<Vec<sdk::HostedZone>, Error> {
    let list = cx.aws.route53(cx.region).list_hosted_zones_by_name();
    let mut found = vec![];
    let mut page = list.clone().dns_name(format!("{name}.")).send().await?;
    loop {
        let (same, other): (Vec<_>, Vec<_>) =
            page.hosted_zones.into_iter().partition(|zone| canonical(zone.name()) == name);
        found.extend(same);
        if !other.is_empty() || !page.is_truncated {
            return Ok(found);
        }
        let next = list.clone().set_dns_name(page.next_dns_name);
        page = next.set_hosted_zone_id(page.next_hosted_zone_id).send().await?;
    }
}

/// The zone with this id, unless it is gone.
pub(super) async fn zone(id: &str, cx: &Cx<'_>) -> Result<Option<Found>, Error> {
    let answer = cx.aws.route53(cx.region).get_hosted_zone().id(id).send().await;
    let Some(answer) = answer.absent(&["NoSuchHostedZone"])? else { return Ok(None) };
    let config = answer.hosted_zone().and_then(sdk::HostedZone::config);
    let comment = config.and_then(sdk::HostedZoneConfig::comment).unwrap_or_default().to_owned();
    let place = |vpc: &sdk::Vpc| {
        let region = vpc.vpc_region().map_or("", sdk::VpcRegion::as_str).to_owned();
        (region, vpc.vpc_id().unwrap_or_default().to_owned())
    };
    let vpcs = answer.vpcs().iter().map(place).collect();
    Ok(Some(Found { id: id.to_owned(), comment, vpcs, tags: Tags::new() }))
}

pub(super) async fn tags_of(zone: &str, cx: &Cx<'_>) -> Result<Tags, Error> {
    let list = cx.aws.route53(cx.region).list_tags_for_resource();
    let answer = list.resource_type(sdk::TagResourceType::Hostedzone).resource_id(zone).send().await;
    let Some(answer) = answer.absent(&["NoSuchHostedZone"])? else { return Ok(Tags::new()) };
    let tags = answer.resource_tag_set().map(sdk::ResourceTagSet::tags).unwrap_or_default();
    let pair = |tag: &sdk::Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    Ok(tags.iter().filter_map(pair).collect())
}

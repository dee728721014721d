//! The lists of hosted zones: all, by name, by VPC.

use aws_sdk_route53::operation::list_hosted_zones::{ListHostedZonesInput, ListHostedZonesOutput};
use aws_sdk_route53::operation::list_hosted_zones_by_name::{
    ListHostedZonesByNameInput, ListHostedZonesByNameOutput,
};
use aws_sdk_route53::operation::list_hosted_zones_by_vpc::{
    ListHostedZonesByVpcInput, ListHostedZonesByVpcOutput,
};
use aws_sdk_route53::types::{HostedZoneOwner, HostedZoneSummary, HostedZoneType};

use super::{HostedZone, ZoneVpc, invalid_input, names, page_size, vpc_exists, zones};
use crate::sandbox::{Call, Fault, Pages, page};

/// AWS's page size for hosted zones.
const PAGE: i32 = 100;

/// A marker is the id of the page's first zone.
pub(super) fn list_hosted_zones(
    call: &mut Call<'_>,
    input: &ListHostedZonesInput,
) -> Result<ListHostedZonesOutput, Fault> {
    let size = page_size(input.max_items(), PAGE)?;
    if let Some(set) = input.delegation_set_id() {
        return Err(Fault::new("NoSuchDelegationSet", format!("No delegation set found with ID: {set}")));
    }
    let private_only = match input.hosted_zone_type() {
        None => false,
        Some(HostedZoneType::PrivateHostedZone) => true,
        Some(other) => return Err(invalid_input(format!("Invalid hosted zone type: {other}"))),
    };
    let all = &call.world.route53.zones;
    let start = input.marker().unwrap_or_default().trim_start_matches("/hostedzone/");
    if !start.is_empty() && !all.contains_key(start) {
        return Err(invalid_input(format!("The specified marker is not valid: {start}")));
    }
    let rest = all
        .iter()
        .filter(|(_, zone)| !private_only || zone.private())
        .filter(|(zone_id, _)| zone_id.as_str() >= start);
    let (zones, next) = first_page(rest, size, start.is_empty());
    Ok(ListHostedZonesOutput::builder()
        .set_hosted_zones(Some(told(zones)?))
        .marker(input.marker().unwrap_or_default())
        .is_truncated(next.is_some())
        .set_next_marker(next.map(|(zone_id, _)| zone_id.clone()))
        .max_items(size)
        .build()?)
}

/// Starts at a name, in the order of the names' labels from the last one on; it is not a filter.
pub(super) fn list_hosted_zones_by_name(
    call: &mut Call<'_>,
    input: &ListHostedZonesByNameInput,
) -> Result<ListHostedZonesByNameOutput, Fault> {
    let size = page_size(input.max_items(), PAGE)?;
    let start_id = input.hosted_zone_id().unwrap_or_default().trim_start_matches("/hostedzone/");
    let start = match input.dns_name() {
        Some(name) => (names::reversed(&names::normal(name)?), start_id),
        None if start_id.is_empty() => (String::new(), start_id),
        None => return Err(invalid_input("DNSName is required when HostedZoneId is given")),
    };
    let mut all: Vec<(&String, &HostedZone)> = call.world.route53.zones.iter().collect();
    all.sort_by_cached_key(|(zone_id, zone)| (names::reversed(&zone.name), (*zone_id).clone()));
    let rest = all.into_iter().skip_while(|(zone_id, zone)| {
        (names::reversed(&zone.name), zone_id.as_str()) < (start.0.clone(), start.1)
    });
    let (zones, next) = first_page(rest, size, start_id.is_empty());
    Ok(ListHostedZonesByNameOutput::builder()
        .set_hosted_zones(Some(told(zones)?))
        .set_dns_name(input.dns_name.clone())
        .set_hosted_zone_id(input.hosted_zone_id.clone())
        .is_truncated(next.is_some())
        .set_next_dns_name(next.map(|(_, zone)| zone.name.clone()))
        .set_next_hosted_zone_id(next.map(|(zone_id, _)| zone_id.clone()))
        .max_items(size)
        .build()?)
}

pub(super) fn list_hosted_zones_by_vpc(
    call: &mut Call<'_>,
    input: &ListHostedZonesByVpcInput,
) -> Result<ListHostedZonesByVpcOutput, Fault> {
    let size = page_size(input.max_items(), PAGE)?;
    let (Some(region), Some(vpc_id)) = (input.vpc_region(), input.vpc_id()) else {
        return Err(invalid_input("VPCRegion and VPCId are both required"));
    };
    if !vpc_exists(call.world, region.as_str(), vpc_id) {
        return Err(invalid_input(format!("The VPC {vpc_id} in region {region} does not exist")));
    }
    let vpc = ZoneVpc { region: region.as_str().to_owned(), id: vpc_id.to_owned() };
    let seen = call.world.route53.zones.iter().filter(|(_, zone)| zone.vpcs.contains(&vpc));
    let size_of_page = usize::try_from(size).unwrap_or_default();
    let (zones, next) = page(seen, input.next_token(), size_of_page, "InvalidPaginationToken")?;
    let owner = HostedZoneOwner::builder().owning_account(call.account()).build();
    let summary = |(zone_id, zone): (&String, &HostedZone)| {
        HostedZoneSummary::builder().hosted_zone_id(zone_id).name(&zone.name).owner(owner.clone()).build()
    };
    let summaries: Vec<HostedZoneSummary> = zones.into_iter().map(summary).collect::<Result<_, _>>()?;
    Ok(ListHostedZonesByVpcOutput::builder()
        .set_hosted_zone_summaries(Some(summaries))
        .max_items(size)
        .set_next_token(next)
        .build()?)
}

/// The first `size` items, and the one that the next page starts with.
pub(super) fn first_page<T: Copy>(
    items: impl IntoIterator<Item = T>,
    size: i32,
    at_beginning: bool,
) -> (Vec<T>, Option<T>) {
    let mut rest = items.into_iter();
    let size = Pages::size(usize::try_from(size).unwrap_or_default());
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest.next();
    let again = items.first().copied().filter(|_| next.is_some() && Pages::stuck() && !at_beginning);
    (items, again.or(next))
}

fn told(zones: Vec<(&String, &HostedZone)>) -> Result<Vec<aws_sdk_route53::types::HostedZone>, Fault> {
    zones.into_iter().map(|(zone_id, zone)| zones::told(zone_id, zone)).collect()
}

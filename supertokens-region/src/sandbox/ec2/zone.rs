//! `DescribeAvailabilityZones`: three zones in each region, `a` to `c`.

use aws_sdk_ec2::operation::describe_availability_zones::{
    DescribeAvailabilityZonesError, DescribeAvailabilityZonesInput, DescribeAvailabilityZonesOutput,
};
use aws_sdk_ec2::types::{AvailabilityZone, AvailabilityZoneOptInStatus, AvailabilityZoneState};

use super::here::enter;
use super::list::{check_filters, passes};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

const FILTERS: [&str; 7] =
    ["group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name", "zone-type"];

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = DescribeAvailabilityZonesError::generic;
    handlers.on("ec2:DescribeAvailabilityZones", describe_availability_zones, error);
}

/// A region's zones: name (`ap-south-1a`) and id (`aps1-az1`).
pub(super) fn zones(region: &str) -> [(String, String); 3] {
    let short = short(region);
    [('a', 1), ('b', 2), ('c', 3)]
        .map(|(letter, number)| (format!("{region}{letter}"), format!("{short}-az{number}")))
}

/// The id of the zone with this name.
pub(super) fn zone_id(region: &str, zone: &str) -> String {
    let found = zones(region).into_iter().find(|(name, _)| name == zone);
    found.map(|(_, id)| id).unwrap_or_default()
}

/// A region's name as zone ids have it: `aps1` for `ap-south-1`, `apse2` for `ap-southeast-2`.
fn short(region: &str) -> String {
    let mut parts = region.splitn(3, '-').map(str::to_owned);
    let (area, direction, number) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let direction = match direction.as_str() {
        "northeast" => "ne",
        "southeast" => "se",
        "northwest" => "nw",
        "southwest" => "sw",
        other => other.get(..1).unwrap_or_default(),
    };
    format!("{area}{direction}{number}")
}

fn describe_availability_zones(
    call: &mut Call<'_>,
    input: &DescribeAvailabilityZonesInput,
) -> Result<DescribeAvailabilityZonesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let zones = zones(&here.name);
    let unknown_name = input.zone_names().iter().find(|name| !zones.iter().any(|(known, _)| known == *name));
    let unknown_id = input.zone_ids().iter().find(|id| !zones.iter().any(|(_, known)| known == *id));
    if let Some(unknown) = unknown_name.or(unknown_id) {
        return Err(Fault::new("InvalidParameterValue", format!("Invalid availability zone: [{unknown}]")));
    }
    check_filters(input.filters(), &FILTERS, false)?;
    let (names, ids) = (input.zone_names(), input.zone_ids());
    let zones = zones
        .into_iter()
        .filter(|(name, id)| {
            (names.is_empty() || names.contains(name)) && (ids.is_empty() || ids.contains(id))
        })
        .filter(|(name, id)| {
            passes(input.filters(), None, |filter| {
                vec![match filter {
                    "group-name" => format!("{}-zg-1", here.name),
                    "opt-in-status" => "opt-in-not-required".to_owned(),
                    "region-name" => here.name.clone(),
                    "state" => "available".to_owned(),
                    "zone-id" => id.clone(),
                    "zone-name" => name.clone(),
                    _ => "availability-zone".to_owned(),
                }]
            })
        })
        .map(|(name, id)| {
            AvailabilityZone::builder()
                .zone_name(name)
                .zone_id(id)
                .region_name(&here.name)
                .group_name(format!("{}-zg-1", here.name))
                .network_border_group(&here.name)
                .zone_type("availability-zone")
                .state(AvailabilityZoneState::Available)
                .opt_in_status(AvailabilityZoneOptInStatus::OptInNotRequired)
                .build()
        });
    let zones = zones.collect();
    Ok(DescribeAvailabilityZonesOutput::builder().set_availability_zones(Some(zones)).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn describe_availability_zones_gives_three_with_names_and_ids() {
        let (_, aws) = sandbox();
        let answer = aws.ec2(R).describe_availability_zones().send().await.unwrap();
        let zones = answer.availability_zones();
        assert_eq!(zones.len(), 3);
        assert_eq!(zones[0].zone_name(), Some("ap-south-1a"));
        assert_eq!(zones[2].zone_id(), Some("aps1-az3"));
        assert!(zones.iter().all(|zone| zone.state() == Some(&AvailabilityZoneState::Available)));
    }

    #[tokio::test]
    async fn describe_availability_zones_of_another_region_is_refused() {
        let (_, aws) = sandbox();
        let describe = aws.ec2(R).describe_availability_zones();
        assert_eq!(code(describe.clone().zone_names("us-east-1a").send().await), "InvalidParameterValue");
        let one = describe.zone_names("ap-south-1b").send().await.unwrap();
        assert_eq!(one.availability_zones().len(), 1);
    }

    #[test]
    fn zone_ids_shorten_the_region() {
        assert_eq!(short("ap-southeast-2"), "apse2");
        assert_eq!(short("us-east-1"), "use1");
        assert_eq!(short("me-central-1"), "mec1");
    }
}

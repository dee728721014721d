//! `DescribeInstanceTypeOfferings`: which types of instances there are, where. Some of each kind.

use aws_sdk_ec2::operation::describe_instance_type_offerings::{
    DescribeInstanceTypeOfferingsError, DescribeInstanceTypeOfferingsInput,
    DescribeInstanceTypeOfferingsOutput,
};
use aws_sdk_ec2::types::{InstanceTypeOffering, LocationType};

use super::here::{enter, invalid, unsupported};
use super::list::{FROM_5_TO_1000, Question, check_filters, passes};
use super::zone::{zone_id, zones};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A type of instances.
pub(super) struct Type {
    pub(super) name: &'static str,
    /// `x86_64` or `arm64`.
    pub(super) architecture: &'static str,
    /// Older types are in the oldest regions only.
    everywhere: bool,
    /// The letters of the zones that have it.
    zones: &'static str,
}

const OLD_REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "us-west-2"];

const TYPES: [Type; 8] = [
    offer("t2.micro", "x86_64", false, "abc"),
    offer("t3.micro", "x86_64", true, "abc"),
    offer("t3.medium", "x86_64", true, "abc"),
    offer("t3.large", "x86_64", true, "abc"),
    offer("m5.large", "x86_64", true, "ab"),
    offer("c5.xlarge", "x86_64", true, "bc"),
    offer("t4g.medium", "arm64", true, "abc"),
    offer("m1.small", "x86_64", false, "c"),
];

const fn offer(
    name: &'static str,
    architecture: &'static str,
    everywhere: bool,
    zones: &'static str,
) -> Type {
    Type { name, architecture, everywhere, zones }
}

/// The type with this name, wherever it is offered.
pub(super) fn find(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|offered| offered.name == name)
}

impl Type {
    fn is_in(&self, region: &str) -> bool {
        self.everywhere || OLD_REGIONS.contains(&region)
    }

    /// Whether it is offered in this zone of the region.
    pub(super) fn is_in_zone(&self, region: &str, zone: &str) -> bool {
        self.is_in(region) && zone.chars().next_back().is_some_and(|letter| self.zones.contains(letter))
    }
}

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = DescribeInstanceTypeOfferingsError::generic;
    handlers.on("ec2:DescribeInstanceTypeOfferings", describe_instance_type_offerings, error);
}

fn describe_instance_type_offerings(
    call: &mut Call<'_>,
    input: &DescribeInstanceTypeOfferingsInput,
) -> Result<DescribeInstanceTypeOfferingsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    check_filters(input.filters(), &["instance-type", "location"], false)?;
    let kind = input.location_type().cloned().unwrap_or(LocationType::Region);
    unsupported(&[("LocationType outpost", kind == LocationType::Outpost)])?;
    if !LocationType::values().contains(&kind.as_str()) {
        return Err(invalid("LocationType", kind.as_str(), "It is no type of location."));
    }
    let mut rows = vec![];
    for offered in TYPES.iter().filter(|offered| offered.is_in(&here.name)) {
        if kind == LocationType::Region {
            rows.push((offered.name, here.name.clone()));
            continue;
        }
        for (zone, _) in
            zones(&here.name).into_iter().filter(|(zone, _)| offered.is_in_zone(&here.name, zone))
        {
            let by_id = kind == LocationType::AvailabilityZoneId;
            rows.push((offered.name, if by_id { zone_id(&here.name, &zone) } else { zone }));
        }
    }
    let rows = rows.into_iter().filter(|(name, location)| {
        passes(input.filters(), None, |filter| {
            vec![if filter == "location" { location.clone() } else { (*name).to_owned() }]
        })
    });
    let question =
        Question { ids: None, filters: None, max_results: input.max_results, next_token: input.next_token() };
    let (rows, next_token) = question.page(rows, FROM_5_TO_1000, false)?;
    let told = rows.into_iter().map(|(name, location)| {
        let offering = InstanceTypeOffering::builder().instance_type(name.into());
        offering.location_type(kind.clone()).location(location).build()
    });
    Ok(DescribeInstanceTypeOfferingsOutput::builder()
        .set_instance_type_offerings(Some(told.collect()))
        .set_next_token(next_token)
        .build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::LocationType;

    use crate::sandbox::ec2::testing::*;
    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn describe_instance_type_offerings_tells_regions_and_zones() {
        let (_, aws) = sandbox();
        let ask = |region: &str| aws.ec2(region).describe_instance_type_offerings();
        let m5 = filter("instance-type", "m5.large");
        let zones = ask(R).location_type(LocationType::AvailabilityZone).filters(m5.clone());
        let zones = zones.send().await.unwrap();
        let zones: Vec<_> =
            zones.instance_type_offerings().iter().filter_map(|offering| offering.location()).collect();
        assert_eq!(zones, ["ap-south-1a", "ap-south-1b"]);
        let region = ask(R).filters(m5).send().await.unwrap();
        assert_eq!(region.instance_type_offerings()[0].location(), Some(R));
        let old = filter("instance-type", "m1.small");
        assert_eq!(ask(R).filters(old.clone()).send().await.unwrap().instance_type_offerings().len(), 0);
        let there = ask("us-east-1").filters(old).send().await.unwrap();
        assert_eq!(there.instance_type_offerings().len(), 1);
        assert_eq!(code(ask(R).filters(filter("size", "1")).send().await), "InvalidParameterValue");
    }
}

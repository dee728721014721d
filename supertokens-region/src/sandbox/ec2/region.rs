//! `DescribeRegions`: the regions of AWS, and which of them the account has enabled.

use aws_sdk_ec2::operation::describe_regions::{
    DescribeRegionsError, DescribeRegionsInput, DescribeRegionsOutput,
};
use aws_sdk_ec2::types;

use super::Ec2;
use super::here::enter;
use super::list::{check_filters, passes};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// The regions that every account has.
pub(super) const WITHOUT_OPT_IN: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The regions that an account must enable first: those that opened after March 2019.
const WITH_OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:DescribeRegions", describe_regions, DescribeRegionsError::generic);
}

fn describe_regions(
    call: &mut Call<'_>,
    input: &DescribeRegionsInput,
) -> Result<DescribeRegionsOutput, Fault> {
    enter(call, input.dry_run)?;
    let ec2 = &call.world.ec2;
    let asked = input.region_names();
    if let Some(unknown) = asked.iter().find(|name| !names().any(|known| known == *name)) {
        let text = format!("Invalid region name(s) provided: [{unknown}]");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    check_filters(input.filters(), &["endpoint", "opt-in-status", "region-name"], false)?;
    let regions = names()
        .filter(|name| {
            if asked.is_empty() {
                input.all_regions == Some(true) || ec2.regions.contains_key(*name)
            } else {
                asked.iter().any(|asked| asked == name)
            }
        })
        .filter(|name| {
            passes(input.filters(), None, |filter| match filter {
                "endpoint" => vec![endpoint(name)],
                "opt-in-status" => vec![opt_in_status(ec2, name).to_owned()],
                _ => vec![(*name).to_owned()],
            })
        })
        .map(|name| {
            let region = types::Region::builder().region_name(name).endpoint(endpoint(name));
            region.opt_in_status(opt_in_status(ec2, name)).build()
        });
    Ok(DescribeRegionsOutput::builder().set_regions(Some(regions.collect())).build())
}

fn names() -> impl Iterator<Item = &'static str> {
    WITHOUT_OPT_IN.into_iter().chain(WITH_OPT_IN)
}

fn endpoint(region: &str) -> String {
    format!("ec2.{region}.amazonaws.com")
}

fn opt_in_status(ec2: &Ec2, region: &str) -> &'static str {
    if WITHOUT_OPT_IN.contains(&region) {
        "opt-in-not-required"
    } else if ec2.regions.contains_key(region) {
        "opted-in"
    } else {
        "not-opted-in"
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::Filter;

    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn describe_regions_gives_the_enabled_ones() {
        let (_, aws) = sandbox();
        let answer = aws.ec2("us-east-1").describe_regions().send().await.unwrap();
        let names: Vec<_> = answer.regions().iter().filter_map(|region| region.region_name()).collect();
        assert_eq!(names.len(), 17);
        assert!(names.contains(&R) && !names.contains(&"ap-east-1"));
    }

    #[tokio::test]
    async fn describe_regions_with_all_regions_shows_who_opted_in() {
        let (sandbox, aws) = sandbox();
        sandbox.world().ec2.enable("me-south-1");
        let answer = aws.ec2("us-east-1").describe_regions().all_regions(true).send().await.unwrap();
        let status = |name: &str| {
            let region = answer.regions().iter().find(|region| region.region_name() == Some(name));
            region.and_then(|region| region.opt_in_status()).map(str::to_owned)
        };
        assert_eq!(answer.regions().len(), 34);
        assert_eq!(status(R).as_deref(), Some("opt-in-not-required"));
        assert_eq!(status("ap-east-1").as_deref(), Some("not-opted-in"));
        assert_eq!(status("me-south-1").as_deref(), Some("opted-in"));
    }

    #[tokio::test]
    async fn describe_regions_with_one_name_gives_that_one_enabled_or_not() {
        let (_, aws) = sandbox();
        let describe = aws.ec2("us-east-1").describe_regions().region_names("il-central-1");
        let answer = describe.send().await.unwrap();
        assert_eq!(answer.regions().len(), 1);
        assert_eq!(answer.regions()[0].endpoint(), Some("ec2.il-central-1.amazonaws.com"));
    }

    #[tokio::test]
    async fn describe_regions_with_an_unknown_name_is_refused() {
        let (_, aws) = sandbox();
        let describe = aws.ec2("us-east-1").describe_regions().region_names(R).region_names("xx-north-9");
        assert_eq!(code(describe.send().await), "InvalidParameterValue");
    }

    #[tokio::test]
    async fn describe_regions_filters() {
        let (_, aws) = sandbox();
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let describe = || aws.ec2(R).describe_regions().all_regions(true);
        let answer = describe().filters(filter("opt-in-status", "not-opted-in")).send().await.unwrap();
        assert_eq!(answer.regions().len(), 17);
        let answer = describe().filters(filter("region-name", "us-*")).send().await.unwrap();
        assert_eq!(answer.regions().len(), 4);
        let refused = describe().filters(filter("made-up", "x")).send().await;
        assert_eq!(code(refused), "InvalidParameterValue");
    }

    #[tokio::test]
    async fn a_call_in_a_region_that_is_not_enabled_is_refused() {
        let (sandbox, aws) = sandbox();
        for region in ["ap-east-1", "xx-north-9"] {
            assert_eq!(code(aws.ec2(region).describe_regions().send().await), "AuthFailure");
            assert_eq!(code(aws.ec2(region).describe_vpcs().send().await), "AuthFailure");
        }
        sandbox.world().ec2.enable("ap-east-1");
        assert_eq!(aws.ec2("ap-east-1").describe_vpcs().send().await.unwrap().vpcs().len(), 1);
    }

    #[tokio::test]
    async fn a_dry_run_is_refused_with_what_would_have_been() {
        let (sandbox, aws) = sandbox();
        let before = sandbox.world().ec2.clone();
        let vpc = aws.ec2(R).create_vpc().cidr_block("10.0.0.0/16").dry_run(true).send().await.unwrap_err();
        assert_eq!(vpc.raw_response().map(|response| response.status().as_u16()), Some(412));
        assert_eq!(code::<(), _>(Err(vpc)), "DryRunOperation");
        assert_eq!(code(aws.ec2(R).describe_vpcs().dry_run(true).send().await), "DryRunOperation");
        assert_eq!(sandbox.world().ec2, before);
    }
}

//! `DescribeVpcEndpointServices`: the services that endpoints lead to.

use std::collections::BTreeSet;

use aws_sdk_ec2::operation::describe_vpc_endpoint_services::{
    DescribeVpcEndpointServicesError, DescribeVpcEndpointServicesInput, DescribeVpcEndpointServicesOutput,
};
use aws_sdk_ec2::types::{ServiceDetail, ServiceType, ServiceTypeDetail};

use super::here::{Here, enter, unsupported};
use super::list::{CAPPED_AT_1000, Question, check_filters, passes};
use super::zone::zones;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = DescribeVpcEndpointServicesError::generic;
    handlers.on("ec2:DescribeVpcEndpointServices", describe_vpc_endpoint_services, error);
}

/// The names of a region's services that have gateway endpoints.
pub(super) fn gateway_services(region: &str) -> [String; 2] {
    ["dynamodb", "s3"].map(|service| format!("com.amazonaws.{region}.{service}"))
}

/// What AWS answers to a service that the region does not have.
pub(super) fn unknown_service(name: &str) -> Fault {
    let text = format!("The Vpc Endpoint Service '{name}' does not exist");
    Fault::new("InvalidServiceName", text)
}

fn describe_vpc_endpoint_services(
    call: &mut Call<'_>,
    input: &DescribeVpcEndpointServicesInput,
) -> Result<DescribeVpcEndpointServicesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[("ServiceRegions", !input.service_regions().is_empty())])?;
    let services: Vec<(String, ServiceType)> = gateway_services(&here.name)
        .into_iter()
        .flat_map(|name| [(name.clone(), ServiceType::Gateway), (name, ServiceType::Interface)])
        .collect();
    let asked = input.service_names();
    if let Some(unknown) = asked.iter().find(|name| !services.iter().any(|(known, _)| known == *name)) {
        return Err(unknown_service(unknown));
    }
    check_filters(input.filters(), &["owner", "service-name", "service-region", "service-type"], true)?;
    let services = services.into_iter().filter(|(name, service_type)| {
        (asked.is_empty() || asked.contains(name))
            && passes(input.filters(), None, |filter| match filter {
                "owner" => vec!["amazon".to_owned()],
                "service-name" => vec![name.clone()],
                "service-region" => vec![here.name.clone()],
                "service-type" => vec![service_type.as_str().to_owned()],
                _ => vec![],
            })
    });
    let question =
        Question { ids: None, filters: None, max_results: input.max_results, next_token: input.next_token() };
    let (services, next_token) = question.page(services, CAPPED_AT_1000, false)?;
    let names: BTreeSet<String> = services.iter().map(|(name, _)| name.clone()).collect();
    let details = services.iter().map(|(name, service_type)| shown(&here, name, service_type));
    Ok(DescribeVpcEndpointServicesOutput::builder()
        .set_service_names(Some(names.into_iter().collect()))
        .set_service_details(Some(details.collect()))
        .set_next_token(next_token)
        .build())
}

fn shown(here: &Here<'_>, name: &str, service_type: &ServiceType) -> ServiceDetail {
    let short = name.rsplit('.').next().unwrap_or_default();
    ServiceDetail::builder()
        .service_name(name)
        .service_id(here.id("vpce-svc-", &format!("{name}\n{service_type}")))
        .service_type(ServiceTypeDetail::builder().service_type(service_type.clone()).build())
        .service_region(&here.name)
        .set_availability_zones(Some(zones(&here.name).map(|(zone, _)| zone).into()))
        .owner("amazon")
        .base_endpoint_dns_names(format!("{short}.{}.amazonaws.com", here.name))
        .vpc_endpoint_policy_supported(true)
        .acceptance_required(false)
        .manages_vpc_endpoints(false)
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{Filter, ServiceType};

    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn describe_vpc_endpoint_services_has_the_s3_gateway() {
        let (_, aws) = sandbox();
        let filter = Filter::builder().name("service-type").values("Gateway").build();
        let describe = aws.ec2(R).describe_vpc_endpoint_services().filters(filter);
        let answer = describe.service_names("com.amazonaws.ap-south-1.s3").send().await.unwrap();
        assert_eq!(answer.service_names(), ["com.amazonaws.ap-south-1.s3"]);
        assert_eq!(answer.service_details().len(), 1);
        let kinds = answer.service_details()[0].service_type();
        assert_eq!(kinds[0].service_type(), Some(&ServiceType::Gateway));
    }

    #[tokio::test]
    async fn describe_vpc_endpoint_services_of_another_region_is_refused() {
        let (_, aws) = sandbox();
        let describe = aws.ec2(R).describe_vpc_endpoint_services();
        let answer = describe.service_names("com.amazonaws.us-east-1.s3").send().await;
        assert_eq!(code(answer), "InvalidServiceName");
    }
}

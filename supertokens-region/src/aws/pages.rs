//! Lists that come page by page. A page that says that it follows itself is no page: the SDK's paginators end there as if
//! all had been told, and a loop by hand would never end. Here such an answer is an error, whoever asks.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextMut, Input, Output,
};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use percent_encoding::percent_decode_str;

use super::call::{Asked, repeats_itself};

/// Where a page begins, in the words of its list: a token, or the names that it begins with.
#[derive(Clone, Debug, PartialEq)]
struct Place(Vec<Option<String>>);

impl Storable for Place {
    type Storer = StoreReplace<Self>;
}

/// Makes `begins`, where the page that an input asks for begins, and `goes_on`, where the page after an output does: from
/// the fields that say so. A page that begins nowhere is the first one, or comes after the last one.
macro_rules! paged {
    ($($sdk:ident :: $operation:ident { $input:ident: $($from:ident),+ => $output:ident: $($to:ident),+ })+) => {
        fn begins(input: &Input) -> Option<Place> {
            $(if let Some(input) = input.downcast_ref::<$sdk::operation::$operation::$input>() {
                return place(vec![$(input.$from.clone()),+]);
            })+
            None
        }

        fn goes_on(output: &Output) -> Option<Place> {
            $(if let Some(output) = output.downcast_ref::<$sdk::operation::$operation::$output>() {
                return place(vec![$(output.$to.clone()),+]);
            })+
            None
        }
    };
}

impl Place {
    /// Whether the page that begins at `next` begins here. S3 tells keys encoded, and takes them as they are.
    fn is(&self, next: &Self) -> bool {
        let decoded =
            |text: &String| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        self == next || *self == Self(next.0.iter().map(|text| text.as_ref().map(decoded)).collect())
    }
}

fn place(told: Vec<Option<String>>) -> Option<Place> {
    told.iter().flatten().any(|text| !text.is_empty()).then_some(Place(told))
}

// Every list that is asked for page by page.
paged! {
    aws_sdk_cloudwatch::describe_alarms { DescribeAlarmsInput: next_token => DescribeAlarmsOutput: next_token }
    aws_sdk_cloudwatch::list_metrics { ListMetricsInput: next_token => ListMetricsOutput: next_token }
    aws_sdk_cloudwatchlogs::describe_log_groups { DescribeLogGroupsInput: next_token => DescribeLogGroupsOutput: next_token }
    aws_sdk_ec2::describe_flow_logs { DescribeFlowLogsInput: next_token => DescribeFlowLogsOutput: next_token }
    aws_sdk_ec2::describe_images { DescribeImagesInput: next_token => DescribeImagesOutput: next_token }
    aws_sdk_ec2::describe_instance_type_offerings {
        DescribeInstanceTypeOfferingsInput: next_token => DescribeInstanceTypeOfferingsOutput: next_token
    }
    aws_sdk_ec2::describe_instances { DescribeInstancesInput: next_token => DescribeInstancesOutput: next_token }
    aws_sdk_ec2::describe_route_tables { DescribeRouteTablesInput: next_token => DescribeRouteTablesOutput: next_token }
    aws_sdk_ec2::describe_security_group_rules {
        DescribeSecurityGroupRulesInput: next_token => DescribeSecurityGroupRulesOutput: next_token
    }
    aws_sdk_ec2::describe_security_groups {
        DescribeSecurityGroupsInput: next_token => DescribeSecurityGroupsOutput: next_token
    }
    aws_sdk_ec2::describe_subnets { DescribeSubnetsInput: next_token => DescribeSubnetsOutput: next_token }
    aws_sdk_ec2::describe_volumes { DescribeVolumesInput: next_token => DescribeVolumesOutput: next_token }
    aws_sdk_ec2::describe_vpc_endpoints { DescribeVpcEndpointsInput: next_token => DescribeVpcEndpointsOutput: next_token }
    aws_sdk_ec2::describe_vpcs { DescribeVpcsInput: next_token => DescribeVpcsOutput: next_token }
    aws_sdk_iam::list_attached_role_policies {
        ListAttachedRolePoliciesInput: marker => ListAttachedRolePoliciesOutput: marker
    }
    aws_sdk_iam::list_policies { ListPoliciesInput: marker => ListPoliciesOutput: marker }
    aws_sdk_iam::list_policy_versions { ListPolicyVersionsInput: marker => ListPolicyVersionsOutput: marker }
    aws_sdk_iam::list_role_policies { ListRolePoliciesInput: marker => ListRolePoliciesOutput: marker }
    aws_sdk_iam::list_roles { ListRolesInput: marker => ListRolesOutput: marker }
    aws_sdk_lambda::list_aliases { ListAliasesInput: marker => ListAliasesOutput: next_marker }
    aws_sdk_lambda::list_event_source_mappings {
        ListEventSourceMappingsInput: marker => ListEventSourceMappingsOutput: next_marker
    }
    aws_sdk_lambda::list_function_event_invoke_configs {
        ListFunctionEventInvokeConfigsInput: marker => ListFunctionEventInvokeConfigsOutput: next_marker
    }
    aws_sdk_lambda::list_function_url_configs {
        ListFunctionUrlConfigsInput: marker => ListFunctionUrlConfigsOutput: next_marker
    }
    aws_sdk_lambda::list_functions { ListFunctionsInput: marker => ListFunctionsOutput: next_marker }
    aws_sdk_lambda::list_layer_versions { ListLayerVersionsInput: marker => ListLayerVersionsOutput: next_marker }
    aws_sdk_lambda::list_provisioned_concurrency_configs {
        ListProvisionedConcurrencyConfigsInput: marker => ListProvisionedConcurrencyConfigsOutput: next_marker
    }
    aws_sdk_lambda::list_versions_by_function {
        ListVersionsByFunctionInput: marker => ListVersionsByFunctionOutput: next_marker
    }
    aws_sdk_rds::describe_db_cluster_parameters {
        DescribeDbClusterParametersInput: marker => DescribeDbClusterParametersOutput: marker
    }
    aws_sdk_rds::describe_db_clusters { DescribeDbClustersInput: marker => DescribeDbClustersOutput: marker }
    aws_sdk_rds::describe_db_engine_versions {
        DescribeDbEngineVersionsInput: marker => DescribeDbEngineVersionsOutput: marker
    }
    aws_sdk_rds::describe_db_instances { DescribeDbInstancesInput: marker => DescribeDbInstancesOutput: marker }
    aws_sdk_rds::describe_db_parameters { DescribeDbParametersInput: marker => DescribeDbParametersOutput: marker }
    aws_sdk_rds::describe_db_subnet_groups { DescribeDbSubnetGroupsInput: marker => DescribeDbSubnetGroupsOutput: marker }
    aws_sdk_rds::describe_orderable_db_instance_options {
        DescribeOrderableDbInstanceOptionsInput: marker => DescribeOrderableDbInstanceOptionsOutput: marker
    }
    aws_sdk_resourcegroupstagging::get_resources {
        GetResourcesInput: pagination_token => GetResourcesOutput: pagination_token
    }
    aws_sdk_route53::list_hosted_zones_by_name {
        ListHostedZonesByNameInput: dns_name, hosted_zone_id
            => ListHostedZonesByNameOutput: next_dns_name, next_hosted_zone_id
    }
    aws_sdk_route53::list_hosted_zones_by_vpc {
        ListHostedZonesByVpcInput: next_token => ListHostedZonesByVpcOutput: next_token
    }
    aws_sdk_s3::list_buckets { ListBucketsInput: continuation_token => ListBucketsOutput: continuation_token }
    aws_sdk_s3::list_object_versions {
        ListObjectVersionsInput: key_marker, version_id_marker
            => ListObjectVersionsOutput: next_key_marker, next_version_id_marker
    }
    aws_sdk_s3::list_objects_v2 {
        ListObjectsV2Input: continuation_token => ListObjectsV2Output: next_continuation_token
    }
    aws_sdk_sns::list_subscriptions { ListSubscriptionsInput: next_token => ListSubscriptionsOutput: next_token }
    aws_sdk_sns::list_subscriptions_by_topic {
        ListSubscriptionsByTopicInput: next_token => ListSubscriptionsByTopicOutput: next_token
    }
    aws_sdk_sns::list_topics { ListTopicsInput: next_token => ListTopicsOutput: next_token }
    aws_sdk_ssm::describe_document_permission {
        DescribeDocumentPermissionInput: next_token => DescribeDocumentPermissionOutput: next_token
    }
    aws_sdk_ssm::list_document_versions {
        ListDocumentVersionsInput: next_token => ListDocumentVersionsOutput: next_token
    }
    aws_sdk_ssm::list_documents { ListDocumentsInput: next_token => ListDocumentsOutput: next_token }
}

/// Refuses pages that follow themselves.
#[derive(Debug)]
pub(super) struct Pages;

impl Intercept for Pages {
    fn name(&self) -> &'static str {
        "pages"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(place) = begins(context.input()) {
            cfg.interceptor_state().store_put(place);
        }
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let next = match context.output_or_error() {
            Some(Ok(output)) => goes_on(output),
            _ => None,
        };
        if let (Some(next), Some(here)) = (next, cfg.load::<Place>())
            && here.is(&next)
        {
            let error = repeats_itself(Asked::last(cfg));
            context.inner_mut().set_output_or_error(Err(OrchestratorError::other(error)));
        }
        Ok(())
    }
}

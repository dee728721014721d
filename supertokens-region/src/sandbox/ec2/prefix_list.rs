//! AWS's own prefix lists: the addresses of the services that have gateway endpoints.

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::describe_managed_prefix_lists::{
    DescribeManagedPrefixListsError, DescribeManagedPrefixListsInput, DescribeManagedPrefixListsOutput,
};
use aws_sdk_ec2::operation::describe_prefix_lists::{
    DescribePrefixListsError, DescribePrefixListsInput, DescribePrefixListsOutput,
};
use aws_sdk_ec2::types::{self, ManagedPrefixList, PrefixListState};

use super::Tags;
use super::endpoint_service::gateway_services;
use super::here::enter;
use super::kind::PREFIX_LIST;
use super::list::{FROM_1_TO_100, FROM_5_TO_1000, Question};
use crate::sandbox::call::id;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A prefix list.
pub(super) struct PrefixList {
    /// The name of its service, such as `com.amazonaws.ap-south-1.s3`.
    name: String,
    /// AWS's own lists have none.
    tags: Tags,
}

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:DescribePrefixLists", describe_prefix_lists, DescribePrefixListsError::generic);
    let error = DescribeManagedPrefixListsError::generic;
    handlers.on("ec2:DescribeManagedPrefixLists", describe_managed_prefix_lists, error);
}

/// The prefix lists of a region, by id.
pub(super) fn lists(region: &str) -> BTreeMap<String, PrefixList> {
    let list = |name: String| (id_of(region, &name), PrefixList { name, tags: Tags::new() });
    gateway_services(region).map(list).into()
}

/// The id of a service's prefix list.
pub(super) fn id_of(region: &str, service: &str) -> String {
    id(region, PREFIX_LIST.prefix, service)
}

fn describe_prefix_lists(
    call: &mut Call<'_>,
    input: &DescribePrefixListsInput,
) -> Result<DescribePrefixListsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.prefix_list_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let lists = lists(&here.name);
    let filters = ["prefix-list-id", "prefix-list-name"];
    let (lists, next_token) =
        question.answer(&PREFIX_LIST, FROM_5_TO_1000, &lists, &filters, |list| &list.tags, values)?;
    let lists = lists.into_iter().map(|(id, list)| {
        let cidrs = if list.name.ends_with(".s3") {
            ["3.5.208.0/22", "52.219.62.0/23"]
        } else {
            ["52.94.0.0/22", "3.218.180.0/22"]
        };
        let list = types::PrefixList::builder().prefix_list_id(id).prefix_list_name(&list.name);
        list.set_cidrs(Some(cidrs.map(str::to_owned).into())).build()
    });
    let answer = DescribePrefixListsOutput::builder().set_prefix_lists(Some(lists.collect()));
    Ok(answer.set_next_token(next_token).build())
}

fn describe_managed_prefix_lists(
    call: &mut Call<'_>,
    input: &DescribeManagedPrefixListsInput,
) -> Result<DescribeManagedPrefixListsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.prefix_list_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let lists = lists(&here.name);
    let filters = ["owner-id", "prefix-list-id", "prefix-list-name"];
    let (lists, next_token) =
        question.answer(&PREFIX_LIST, FROM_1_TO_100, &lists, &filters, |list| &list.tags, values)?;
    let lists = lists.into_iter().map(|(id, list)| {
        ManagedPrefixList::builder()
            .prefix_list_id(id)
            .prefix_list_name(&list.name)
            .prefix_list_arn(format!("arn:aws:ec2:{}:aws:prefix-list/{id}", here.name))
            .address_family("IPv4")
            .state(PrefixListState::CreateComplete)
            .owner_id("AWS")
            .build()
    });
    let answer = DescribeManagedPrefixListsOutput::builder().set_prefix_lists(Some(lists.collect()));
    Ok(answer.set_next_token(next_token).build())
}

fn values(id: &str, list: &PrefixList, filter: &str) -> Vec<String> {
    vec![match filter {
        "owner-id" => "AWS".to_owned(),
        "prefix-list-id" => id.to_owned(),
        _ => list.name.clone(),
    }]
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::Filter;

    use crate::sandbox::testing::*;

    fn filter(name: &str, value: &str) -> Filter {
        Filter::builder().name(name).values(value).build()
    }

    #[tokio::test]
    async fn a_region_has_a_prefix_list_of_its_s3_with_an_id_of_its_own() {
        let (_, aws) = sandbox();
        let mut ids = vec![];
        for region in [R, "us-east-1"] {
            let name = format!("com.amazonaws.{region}.s3");
            let ec2 = aws.ec2(region);
            let filter = filter("prefix-list-name", &name);
            let lists = ec2.describe_prefix_lists().filters(filter.clone()).send().await.unwrap();
            let managed = ec2.describe_managed_prefix_lists().filters(filter).send().await.unwrap();
            assert_eq!(lists.prefix_lists().len(), 1);
            assert_eq!(lists.prefix_lists()[0].prefix_list_name(), Some(name.as_str()));
            assert!(!lists.prefix_lists()[0].cidrs().is_empty());
            assert_eq!(managed.prefix_lists()[0].owner_id(), Some("AWS"));
            let id = lists.prefix_lists()[0].prefix_list_id().unwrap().to_owned();
            assert_eq!(managed.prefix_lists()[0].prefix_list_id(), Some(id.as_str()));
            ids.push(id);
        }
        assert_ne!(ids[0], ids[1]);
        let other = aws.ec2("us-east-1").describe_prefix_lists().prefix_list_ids(&ids[0]).send().await;
        assert_eq!(code(other), "InvalidPrefixListId.NotFound");
    }

    #[tokio::test]
    async fn managed_prefix_lists_come_in_pages() {
        let (_, aws) = sandbox();
        let describe = || aws.ec2(R).describe_managed_prefix_lists().max_results(1);
        let first = describe().send().await.unwrap();
        let second = describe().set_next_token(first.next_token).send().await.unwrap();
        assert_eq!(second.prefix_lists().len(), 1);
        assert_eq!(second.next_token(), None);
        assert_eq!(code(describe().max_results(101).send().await), "InvalidParameterValue");
        assert_eq!(code(describe().next_token("made up").send().await), "InvalidNextToken");
    }
}

//! What the kinds of EC2 share: lists, filters, tags and client tokens.

use aws_sdk_ec2::types::{self as sdk, Filter, ResourceType, Tag, TagSpecification};
use sha2::{Digest, Sha256};

use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::kind::Cx;
use crate::tags::{self, Tags};

/// Lists of all that a region has of something.
macro_rules! lists {
    ($($(#[$doc:meta])+ $list:ident: $item:ident, $describe:ident, $field:ident;)+) => {$(
        $(#[$doc])+
        pub(super) struct $list(pub(super) Vec<sdk::$item>);

        impl Listing for $list {
            async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
                let mut pages = aws.ec2(region).$describe().into_paginator().send();
                let mut all = vec![];
                while let Some(page) = pages.try_next().await? {
                    all.extend(page.$field.unwrap_or_default());
                }
                Ok(Self(all))
            }
        }
    )+};
}

lists! {
    /// VPCs, in any state.
    Vpcs: Vpc, describe_vpcs, vpcs;
    /// Subnets of all VPCs.
    Subnets: Subnet, describe_subnets, subnets;
    /// Security groups of all VPCs, without their rules' ids and notes: those are in [`Rules`].
    Groups: SecurityGroup, describe_security_groups, security_groups;
    /// Rules of all security groups, in and out.
    Rules: SecurityGroupRule, describe_security_group_rules, security_group_rules;
    /// Route tables of all VPCs.
    RouteTables: RouteTable, describe_route_tables, route_tables;
    /// Endpoints of all VPCs, of any type and state.
    Endpoints: VpcEndpoint, describe_vpc_endpoints, vpc_endpoints;
    /// Flow logs of everything, to anywhere.
    FlowLogs: FlowLog, describe_flow_logs, flow_logs;
}

/// AWS takes this many values of one filter.
pub(super) const FILTER_VALUES: usize = 200;

/// Those of which this is one of the values.
pub(super) fn filter<T: Into<String>>(name: &str, values: impl IntoIterator<Item = T>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// Tags as AWS lists them.
pub(super) fn told(tags: &[Tag]) -> Tags {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// Tags that a thing is to have from the start.
pub(super) fn at_creation(what: ResourceType, tags: &Tags) -> Option<Vec<TagSpecification>> {
    let specification = TagSpecification::builder().resource_type(what).set_tags(Some(listed(tags)));
    (!tags.is_empty()).then(|| vec![specification.build()])
}

/// Adds the tags that are missing; others stay.
pub(super) async fn tag(id: &str, wanted: &Tags, live: &Tags, cx: &Cx<'_>) -> Result<(), Error> {
    let missing = tags::missing(wanted, live);
    if !missing.is_empty() {
        let tags = Some(listed(&missing));
        cx.aws.ec2(cx.region).create_tags().resources(id).set_tags(tags).send().await?;
    }
    Ok(())
}

/// A client token, the same for the same request: so a call whose answer got lost makes no second thing. AWS takes 64
/// characters. `number` tells apart the tries after something was deleted, whose token AWS remembers for a day.
pub(super) fn token(request: &impl std::fmt::Debug, number: usize) -> String {
    let hash = Sha256::digest(format!("supertokens-region {number} {request:?}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn listed(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// A text as a filter takes it to the letter: filters know `*` and `?`.
pub(super) fn literal(text: &str) -> String {
    let special = |c: char| ['\\', '*', '?'].contains(&c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

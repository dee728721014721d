//! Tags: on creation, `CreateTags`, `DescribeTags`.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::operation::create_tags::{CreateTagsError, CreateTagsInput, CreateTagsOutput};
use aws_sdk_ec2::operation::describe_tags::{DescribeTagsError, DescribeTagsInput, DescribeTagsOutput};
use aws_sdk_ec2::types::{Tag, TagDescription, TagSpecification};

use super::Region;
use super::here::{enter, invalid, missing};
use super::kind::{self, Kind};
use super::list::{FROM_5_TO_1000, Question, check_filters, passes};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// The tags of one thing.
pub type Tags = BTreeMap<String, String>;

const TAGS: usize = 50;
const RESOURCES: usize = 1000;
const KEY: usize = 127;
const VALUE: usize = 256;

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateTags", create_tags, CreateTagsError::generic);
    handlers.on("ec2:DescribeTags", describe_tags, DescribeTagsError::generic);
}

fn create_tags(call: &mut Call<'_>, input: &CreateTagsInput) -> Result<CreateTagsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let resources: BTreeSet<&String> = input.resources().iter().collect();
    if resources.is_empty() {
        return Err(missing("resourceIdSet"));
    }
    if input.tags().is_empty() {
        return Err(missing("tagSet"));
    }
    if resources.len() > RESOURCES {
        return Err(Fault::new(
            "InvalidParameterValue",
            "At most 1000 resources can be tagged in one request",
        ));
    }
    let new = checked(input.tags())?;
    for id in &resources {
        let old = tags_of(here.region, id)?;
        if old.keys().chain(new.keys()).collect::<BTreeSet<_>>().len() > TAGS {
            return Err(too_many());
        }
    }
    for id in &resources {
        tags_of(here.region, id)?.extend(new.clone());
    }
    Ok(CreateTagsOutput::builder().build())
}

fn describe_tags(call: &mut Call<'_>, input: &DescribeTagsInput) -> Result<DescribeTagsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let names = ["key", "resource-id", "resource-type", "value"];
    check_filters(input.filters(), &names, true)?;
    let rows = rows(here.region).into_iter().filter(|(id, kind, key, value)| {
        let tags = Tags::from([((*key).clone(), (*value).clone())]);
        passes(input.filters(), Some(&tags), |name| match name {
            "key" => vec![(*key).clone()],
            "resource-id" => vec![(*id).clone()],
            "resource-type" => vec![kind.resource_type.to_owned()],
            "value" => vec![(*value).clone()],
            _ => vec![],
        })
    });
    let question =
        Question { ids: None, filters: None, max_results: input.max_results, next_token: input.next_token() };
    let (rows, next_token) = question.page(rows, FROM_5_TO_1000, false)?;
    let described = rows.into_iter().map(|(id, kind, key, value)| {
        let tag = TagDescription::builder().resource_id(id).resource_type(kind.resource_type.into());
        tag.key(key).value(value).build()
    });
    Ok(DescribeTagsOutput::builder().set_tags(Some(described.collect())).set_next_token(next_token).build())
}

/// A tag: whose it is, of which kind that is, the key, the value.
type Row<'r> = (&'r String, &'static Kind, &'r String, &'r String);

/// All tags of the region.
fn rows(region: &Region) -> Vec<Row<'_>> {
    let mut rows = vec![];
    rows.extend(region.vpcs.iter().flat_map(|(id, thing)| of(&kind::VPC, id, &thing.tags)));
    rows.extend(region.subnets.iter().flat_map(|(id, thing)| of(&kind::SUBNET, id, &thing.tags)));
    rows.extend(region.route_tables.iter().flat_map(|(id, thing)| of(&kind::ROUTE_TABLE, id, &thing.tags)));
    rows.extend(region.groups.iter().flat_map(|(id, thing)| of(&kind::GROUP, id, &thing.tags)));
    let rules = region.groups.values().flat_map(|group| &group.rules);
    rows.extend(rules.flat_map(|(id, thing)| of(&kind::RULE, id, &thing.tags)));
    rows.extend(region.vpc_endpoints.iter().flat_map(|(id, thing)| of(&kind::VPC_ENDPOINT, id, &thing.tags)));
    rows.extend(region.flow_logs.iter().flat_map(|(id, thing)| of(&kind::FLOW_LOG, id, &thing.tags)));
    rows.extend(region.key_pairs.iter().flat_map(|(id, thing)| of(&kind::KEY_PAIR, id, &thing.tags)));
    rows.extend(region.images.iter().flat_map(|(id, thing)| of(&kind::IMAGE, id, &thing.tags)));
    rows.extend(region.instances.iter().flat_map(|(id, thing)| of(&kind::INSTANCE, id, &thing.tags)));
    rows.extend(region.volumes.iter().flat_map(|(id, thing)| of(&kind::VOLUME, id, &thing.tags)));
    rows
}

fn of<'r>(kind: &'static Kind, id: &'r String, tags: &'r Tags) -> impl Iterator<Item = Row<'r>> {
    tags.iter().map(move |(key, value)| (id, kind, key, value))
}

/// The tags of the thing with this id, whatever its kind.
fn tags_of<'r>(region: &'r mut Region, id: &str) -> Result<&'r mut Tags, Fault> {
    let prefix = id.split_inclusive('-').next().unwrap_or_default();
    Ok(match prefix {
        "vpc-" => &mut kind::VPC.find_mut(&mut region.vpcs, id)?.tags,
        "subnet-" => &mut kind::SUBNET.find_mut(&mut region.subnets, id)?.tags,
        "rtb-" => &mut kind::ROUTE_TABLE.find_mut(&mut region.route_tables, id)?.tags,
        "sg-" => &mut kind::GROUP.find_mut(&mut region.groups, id)?.tags,
        "sgr-" => {
            kind::RULE.check(id)?;
            let rule = region.groups.values_mut().find_map(|group| group.rules.get_mut(id));
            &mut rule.ok_or_else(|| kind::RULE.unknown(id))?.tags
        }
        "vpce-" => &mut kind::VPC_ENDPOINT.find_mut(&mut region.vpc_endpoints, id)?.tags,
        "fl-" => &mut kind::FLOW_LOG.find_mut(&mut region.flow_logs, id)?.tags,
        "key-" => &mut kind::KEY_PAIR.find_mut(&mut region.key_pairs, id)?.tags,
        "ami-" => &mut kind::IMAGE.find_mut(&mut region.images, id)?.tags,
        "i-" => &mut kind::INSTANCE.find_mut(&mut region.instances, id)?.tags,
        "vol-" => &mut kind::VOLUME.find_mut(&mut region.volumes, id)?.tags,
        _ => return Err(Fault::new("InvalidID", format!("The ID '{id}' is not valid"))),
    })
}

/// The tags that a creating call gives to what it creates.
pub(super) fn given(specifications: &[TagSpecification], kind: &Kind) -> Result<Tags, Fault> {
    let mut tags = vec![];
    for specification in specifications {
        let resource_type = specification.resource_type().map_or("", |resource_type| resource_type.as_str());
        if resource_type != kind.resource_type {
            let text = format!("'{resource_type}' is not a valid taggable resource type for this operation.");
            return Err(Fault::new("InvalidParameterValue", text));
        }
        if specification.tags().is_empty() {
            return Err(Fault::new("InvalidParameterValue", "Tag specification must have at least one tag"));
        }
        tags.extend_from_slice(specification.tags());
    }
    let tags = checked(&tags)?;
    if tags.len() > TAGS {
        return Err(too_many());
    }
    Ok(tags)
}

fn checked(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let (key, value) = (tag.key().unwrap_or_default(), tag.value().unwrap_or_default());
        if key.is_empty() {
            return Err(missing("Tag.Key"));
        }
        if key.chars().count() > KEY {
            return Err(invalid("tagKey", key, "Tag key exceeds the maximum length of 127 characters."));
        }
        if value.chars().count() > VALUE {
            return Err(invalid(
                "tagValue",
                value,
                "Tag value exceeds the maximum length of 256 characters.",
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(
                "tagKey",
                key,
                "Tag keys starting with 'aws:' are reserved for internal use.",
            ));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid("tagKey", key, "Duplicate tag keys found."));
        }
    }
    Ok(tags)
}

fn too_many() -> Fault {
    Fault::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
}

/// The tags as the SDK lists them.
pub(super) fn listed(tags: &Tags) -> Option<Vec<Tag>> {
    Some(tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::ResourceType;

    use crate::sandbox::ec2::testing::*;
    use crate::sandbox::testing::*;

    #[tokio::test]
    async fn create_tags_adds_to_the_tags_that_are_there_and_describe_tags_tells_all() {
        let (_, aws) = sandbox();
        let (vpc, group) = (default_vpc(&aws, R).await, new_group(&aws, R, "web").await);
        let create = || aws.ec2(R).create_tags().resources(&vpc);
        create().resources(&group).tags(tag("a", "1")).tags(tag("b", "2")).send().await.unwrap();
        create().tags(tag("b", "3")).tags(tag("c", "")).send().await.unwrap();
        let vpcs = aws.ec2(R).describe_vpcs().send().await.unwrap();
        assert_eq!(vpcs.vpcs()[0].tags(), [tag("a", "1"), tag("b", "3"), tag("c", "")]);
        let describe = |name: &str, value: &str| aws.ec2(R).describe_tags().filters(filter(name, value));
        let of_vpc = describe("resource-id", &vpc).send().await.unwrap();
        assert_eq!(of_vpc.tags().len(), 3);
        assert_eq!(of_vpc.tags()[0].resource_type(), Some(&ResourceType::Vpc));
        let of_groups = describe("resource-type", "security-group").send().await.unwrap();
        assert_eq!(of_groups.tags().len(), 2);
        assert_eq!(describe("tag:b", "3").send().await.unwrap().tags().len(), 1);
        assert_eq!(describe("key", "a").send().await.unwrap().tags().len(), 2);
        assert_eq!(aws.ec2("us-east-1").describe_tags().send().await.unwrap().tags().len(), 0);
    }

    #[tokio::test]
    async fn create_tags_on_anything_unknown_is_refused_and_tags_nothing() {
        let (sandbox, aws) = sandbox();
        let (vpc, there) = (default_vpc(&aws, R).await, default_vpc(&aws, "us-east-1").await);
        let before = sandbox.world().ec2.clone();
        let create = async |id: &str| {
            code(aws.ec2(R).create_tags().resources(&vpc).resources(id).tags(tag("a", "1")).send().await)
        };
        assert_eq!(create(&there).await, "InvalidVpcID.NotFound");
        assert_eq!(create("sg-12345678").await, "InvalidGroup.NotFound");
        assert_eq!(create("made-up").await, "InvalidID");
        assert_eq!(sandbox.world().ec2, before);
    }

    #[tokio::test]
    async fn tags_that_aws_does_not_take_are_refused() {
        let (sandbox, aws) = sandbox();
        let vpc = default_vpc(&aws, R).await;
        let before = sandbox.world().ec2.clone();
        let create = || aws.ec2(R).create_tags().resources(&vpc);
        let one = async |key: &str, value: &str| code(create().tags(tag(key, value)).send().await);
        assert_eq!(one("aws:x", "1").await, "InvalidParameterValue");
        assert_eq!(one(&"k".repeat(128), "1").await, "InvalidParameterValue");
        assert_eq!(one("k", &"v".repeat(257)).await, "InvalidParameterValue");
        assert_eq!(one("", "1").await, "MissingParameter");
        assert_eq!(
            code(create().tags(tag("a", "1")).tags(tag("a", "2")).send().await),
            "InvalidParameterValue"
        );
        assert_eq!(code(create().send().await), "MissingParameter");
        let many = (0..51).map(|number| tag(&format!("k{number}"), "")).collect();
        assert_eq!(code(create().set_tags(Some(many)).send().await), "TagLimitExceeded");
        assert_eq!(sandbox.world().ec2, before);
    }
}

//! Tags of topics: TagResource, UntagResource, ListTagsForResource.

use std::collections::BTreeMap;

use aws_sdk_sns::operation::list_tags_for_resource::{ListTagsForResourceInput, ListTagsForResourceOutput};
use aws_sdk_sns::operation::tag_resource::{TagResourceInput, TagResourceOutput};
use aws_sdk_sns::operation::untag_resource::{UntagResourceInput, UntagResourceOutput};
use aws_sdk_sns::types::Tag;

use super::{Topic, arn_parts, invalid};
use crate::sandbox::call::tag_problem;
use crate::sandbox::{Call, Fault};

/// How many tags a topic can have.
const MOST: usize = 50;

/// The tags by key, if they may be set together.
pub(super) fn checked(tags: &[Tag]) -> Result<BTreeMap<String, String>, Fault> {
    let mut checked = BTreeMap::new();
    for tag in tags {
        if let Some(problem) = tag_problem(tag.key(), tag.value()) {
            return Err(invalid(format!("Tags Reason: {problem}")));
        }
        if checked.insert(tag.key().to_owned(), tag.value().to_owned()).is_some() {
            return Err(invalid("Duplicated keys are not allowed."));
        }
    }
    check_count(checked.len())?;
    Ok(checked)
}

fn check_count(count: usize) -> Result<(), Fault> {
    if count > MOST {
        let text = "Could not complete request: tag quota of per resource exceeded";
        return Err(Fault::new("TagLimitExceeded", text));
    }
    Ok(())
}

/// The topic. Unlike the calls for topics, those for tags tell of a missing one with a code of their own.
fn resource<'w>(call: &'w mut Call<'_>, arn: Option<&str>) -> Result<&'w mut Topic, Fault> {
    let arn = arn_parts("ResourceArn", arn)?.join(":");
    let here = arn.starts_with(&super::prefix(call));
    let topic = call.world.sns.topics.get_mut(&arn).filter(|_| here);
    topic.ok_or_else(|| Fault::new("ResourceNotFound", "Resource does not exist").status(404))
}

pub(super) fn tag_resource(
    call: &mut Call<'_>,
    input: &TagResourceInput,
) -> Result<TagResourceOutput, Fault> {
    let new = checked(input.tags())?;
    let topic = resource(call, input.resource_arn())?;
    let mut tags = topic.tags.clone();
    tags.extend(new);
    check_count(tags.len())?;
    topic.tags = tags;
    Ok(TagResourceOutput::builder().build())
}

pub(super) fn untag_resource(
    call: &mut Call<'_>,
    input: &UntagResourceInput,
) -> Result<UntagResourceOutput, Fault> {
    let topic = resource(call, input.resource_arn())?;
    topic.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagResourceOutput::builder().build())
}

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    let topic = resource(call, input.resource_arn())?;
    let tags = topic.tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok());
    Ok(ListTagsForResourceOutput::builder().set_tags(Some(tags.collect())).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag::builder().key(key).value(value).build().unwrap()
    }

    #[tokio::test]
    async fn tags_are_added_replaced_listed_and_removed() {
        let (_, aws) = sandbox();
        let sns = aws.sns(R);
        let arn = sns.create_topic().name("t").tags(tag("a", "1")).send().await.unwrap().topic_arn.unwrap();
        let both = [tag("a", "2"), tag("b", "")];
        sns.tag_resource().resource_arn(&arn).set_tags(Some(both.to_vec())).send().await.unwrap();
        let read = sns.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
        assert_eq!(read.tags(), both);
        sns.untag_resource().resource_arn(&arn).tag_keys("a").tag_keys("never set").send().await.unwrap();
        let read = sns.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
        assert_eq!(read.tags(), &both[1..]);
    }

    #[tokio::test]
    async fn tags_of_a_missing_topic_are_not_found() {
        let (_, aws) = sandbox();
        let arn = "arn:aws:sns:ap-south-1:123456789012:missing";
        let sns = aws.sns(R);
        assert_eq!(code(sns.list_tags_for_resource().resource_arn(arn).send().await), "ResourceNotFound");
        assert_eq!(
            code(sns.tag_resource().resource_arn(arn).tags(tag("a", "")).send().await),
            "ResourceNotFound"
        );
        assert_eq!(
            code(sns.untag_resource().resource_arn(arn).tag_keys("a").send().await),
            "ResourceNotFound"
        );
        let there = aws.sns("us-east-1").create_topic().name("t").send().await.unwrap().topic_arn.unwrap();
        assert_eq!(code(sns.list_tags_for_resource().resource_arn(there).send().await), "ResourceNotFound");
    }

    #[tokio::test]
    async fn tags_that_aws_refuses_change_nothing() {
        let (sandbox, aws) = sandbox();
        let sns = aws.sns(R);
        let arn = sns.create_topic().name("t").send().await.unwrap().topic_arn.unwrap();
        let tags = |tags: Vec<Tag>| sns.tag_resource().resource_arn(&arn).set_tags(Some(tags)).send();
        assert_eq!(code(tags(vec![tag("a", "1"), tag("a", "2")]).await), "InvalidParameter");
        assert_eq!(code(tags(vec![tag("ok", ""), tag("aws:mine", "")]).await), "InvalidParameter");
        let many = |count| (0..count).map(|n| tag(&n.to_string(), "")).collect();
        assert_eq!(code(tags(many(51)).await), "TagLimitExceeded");
        assert!(sandbox.world().sns.topics[&arn].tags.is_empty());
        tags(many(50)).await.unwrap();
        assert_eq!(code(tags(vec![tag("one more", "")]).await), "TagLimitExceeded");
        tags(vec![tag("7", "replaced")]).await.unwrap();
    }
}

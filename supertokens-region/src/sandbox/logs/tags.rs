//! Tags of log groups: TagResource, UntagResource, ListTagsForResource.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::{
    ListTagsForResourceInput, ListTagsForResourceOutput,
};
use aws_sdk_cloudwatchlogs::operation::tag_resource::{TagResourceInput, TagResourceOutput};
use aws_sdk_cloudwatchlogs::operation::untag_resource::{UntagResourceInput, UntagResourceOutput};

use super::{LogGroup, constraint, invalid, not_found, prefix};
use crate::sandbox::call::tag_problem;
use crate::sandbox::{Call, Fault};

/// How many tags a log group can have.
const MOST: usize = 50;

/// The tags, if they may be set.
pub(super) fn checked(tags: Option<&HashMap<String, String>>) -> Result<BTreeMap<String, String>, Fault> {
    let tags: BTreeMap<String, String> = tags.cloned().into_iter().flatten().collect();
    match tags.iter().find_map(|(key, value)| tag_problem(key, value)) {
        Some(problem) => Err(invalid(problem)),
        None if tags.len() > MOST => Err(invalid("A log group can have 50 tags at the most.")),
        None => Ok(tags),
    }
}

/// The log group. Its ARN here is the one without `:*` behind the name.
fn resource<'w>(call: &'w mut Call<'_>, arn: Option<&str>) -> Result<&'w mut LogGroup, Fault> {
    let Some(arn) = arn else {
        return Err(constraint("null", "resourceArn", "Member must not be null"));
    };
    if !arn.starts_with("arn:aws:logs:") || arn.ends_with(":*") {
        return Err(invalid(format!("The specified resource ARN {arn} is not valid.")));
    }
    let here = arn.starts_with(&prefix(call));
    let group = call.world.logs.groups.get_mut(arn).filter(|_| here);
    group.ok_or_else(|| not_found("The specified resource does not exist."))
}

pub(super) fn tag_resource(
    call: &mut Call<'_>,
    input: &TagResourceInput,
) -> Result<TagResourceOutput, Fault> {
    let new = checked(input.tags())?;
    if new.is_empty() {
        return Err(constraint("null", "tags", "Member must not be null or empty"));
    }
    let group = resource(call, input.resource_arn())?;
    let mut tags = group.tags.clone();
    tags.extend(new);
    if tags.len() > MOST {
        let text = "The resource can have no more than 50 tags.";
        return Err(Fault::new("TooManyTagsException", text));
    }
    group.tags = tags;
    Ok(TagResourceOutput::builder().build())
}

pub(super) fn untag_resource(
    call: &mut Call<'_>,
    input: &UntagResourceInput,
) -> Result<UntagResourceOutput, Fault> {
    let group = resource(call, input.resource_arn())?;
    group.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagResourceOutput::builder().build())
}

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    let tags = resource(call, input.resource_arn())?.tags.clone();
    Ok(ListTagsForResourceOutput::builder().set_tags(Some(tags.into_iter().collect())).build())
}

#[cfg(test)]
mod tests {
    use crate::sandbox::testing::*;

    const ARN: &str = "arn:aws:logs:ap-south-1:123456789012:log-group:g";

    #[tokio::test]
    async fn tags_are_added_replaced_listed_and_removed() {
        let (_, aws) = sandbox();
        let logs = aws.logs(R);
        logs.create_log_group().log_group_name("g").tags("a", "1").send().await.unwrap();
        logs.tag_resource().resource_arn(ARN).tags("a", "2").tags("b", "3").send().await.unwrap();
        logs.untag_resource().resource_arn(ARN).tag_keys("b").tag_keys("never set").send().await.unwrap();
        let read = logs.list_tags_for_resource().resource_arn(ARN).send().await.unwrap();
        assert_eq!(read.tags.unwrap().into_iter().collect::<Vec<_>>(), [("a".to_owned(), "2".to_owned())]);
    }

    #[tokio::test]
    async fn tags_of_a_missing_group_are_not_found() {
        let (_, aws) = sandbox();
        let logs = aws.logs(R);
        let (missing, list) = ("ResourceNotFoundException", || logs.list_tags_for_resource());
        assert_eq!(code(list().resource_arn(ARN).send().await), missing);
        assert_eq!(code(logs.tag_resource().resource_arn(ARN).tags("a", "").send().await), missing);
        assert_eq!(code(logs.untag_resource().resource_arn(ARN).tag_keys("a").send().await), missing);
        aws.logs("us-east-1").create_log_group().log_group_name("g").send().await.unwrap();
        let there = ARN.replace(R, "us-east-1");
        assert_eq!(code(list().resource_arn(there).send().await), missing);
        assert_eq!(code(list().resource_arn("g").send().await), "InvalidParameterException");
        let starred = format!("{ARN}:*");
        assert_eq!(code(list().resource_arn(starred).send().await), "InvalidParameterException");
    }

    #[tokio::test]
    async fn tags_that_aws_refuses_change_nothing() {
        let (sandbox, aws) = sandbox();
        let logs = aws.logs(R);
        let create = logs.create_log_group().log_group_name("g");
        let bad = create.clone().tags("aws:mine", "");
        assert_eq!(code(bad.send().await), "InvalidParameterException");
        assert!(sandbox.world().logs.groups.is_empty());
        create.send().await.unwrap();
        let tag = || logs.tag_resource().resource_arn(ARN);
        assert_eq!(code(tag().tags("ok", "").tags("", "").send().await), "InvalidParameterException");
        assert_eq!(code(tag().send().await), "InvalidParameterException");
        let many = (0..50).map(|number| (number.to_string(), String::new())).collect();
        tag().set_tags(Some(many)).send().await.unwrap();
        assert_eq!(code(tag().tags("one more", "").send().await), "TooManyTagsException");
        assert_eq!(sandbox.world().logs.groups[ARN].tags.len(), 50);
    }
}

//! Tags of alarms: TagResource, UntagResource, ListTagsForResource.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::operation::list_tags_for_resource::{
    ListTagsForResourceInput, ListTagsForResourceOutput,
};
use aws_sdk_cloudwatch::operation::tag_resource::{TagResourceInput, TagResourceOutput};
use aws_sdk_cloudwatch::operation::untag_resource::{UntagResourceInput, UntagResourceOutput};
use aws_sdk_cloudwatch::types::Tag;

use super::{Alarm, checks, prefix};
use crate::sandbox::call::tag_problem;
use crate::sandbox::{Call, Fault};

/// How many tags an alarm can have.
const MOST: usize = 50;

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", text)
}

/// The tags by key, if they may be set together.
pub(super) fn checked(tags: &[Tag]) -> Result<BTreeMap<String, String>, Fault> {
    let mut checked = BTreeMap::new();
    for tag in tags {
        let (Some(key), Some(value)) = (tag.key(), tag.value()) else {
            return Err(checks::constraint("null", "tags.member", "Member must not be null"));
        };
        if let Some(problem) = tag_problem(key, value) {
            return Err(invalid(problem));
        }
        if checked.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!("The tag key {key} is there twice.")));
        }
    }
    check_count(checked.len())?;
    Ok(checked)
}

fn check_count(count: usize) -> Result<(), Fault> {
    if count > MOST { Err(invalid(format!("An alarm can have {MOST} tags at the most."))) } else { Ok(()) }
}

fn resource<'w>(call: &'w mut Call<'_>, arn: Option<&str>) -> Result<&'w mut Alarm, Fault> {
    let arn = checks::required(arn, "resourceARN", 1024)?;
    if !arn.starts_with("arn:aws:cloudwatch:") {
        return Err(invalid(format!("{arn} is not the ARN of an alarm.")));
    }
    let here = arn.starts_with(&prefix(call));
    let alarm = call.world.cloudwatch.alarms.get_mut(arn).filter(|_| here);
    alarm.ok_or_else(|| Fault::new("ResourceNotFoundException", format!("There is no {arn}.")).status(404))
}

pub(super) fn tag_resource(
    call: &mut Call<'_>,
    input: &TagResourceInput,
) -> Result<TagResourceOutput, Fault> {
    let new = checked(input.tags())?;
    let alarm = resource(call, input.resource_arn())?;
    let mut tags = alarm.tags.clone();
    tags.extend(new);
    check_count(tags.len())?;
    alarm.tags = tags;
    Ok(TagResourceOutput::builder().build())
}

pub(super) fn untag_resource(
    call: &mut Call<'_>,
    input: &UntagResourceInput,
) -> Result<UntagResourceOutput, Fault> {
    let alarm = resource(call, input.resource_arn())?;
    alarm.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagResourceOutput::builder().build())
}

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, Fault> {
    let alarm = resource(call, input.resource_arn())?;
    let tags = alarm.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    Ok(ListTagsForResourceOutput::builder().set_tags(Some(tags.collect())).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::*;

    const ARN: &str = "arn:aws:cloudwatch:ap-south-1:123456789012:alarm:db CPU";

    fn tag(key: &str, value: &str) -> Tag {
        Tag::builder().key(key).value(value).build()
    }

    fn world() -> (crate::sandbox::Sandbox, crate::aws::Aws) {
        let (sandbox, aws) = sandbox();
        let alarm = Alarm { name: "db CPU".to_owned(), ..Alarm::default() };
        sandbox.world().cloudwatch.alarms.insert(ARN.to_owned(), alarm);
        (sandbox, aws)
    }

    #[tokio::test]
    async fn tags_are_added_replaced_listed_and_removed() {
        let (_, aws) = world();
        let cloudwatch = aws.cloudwatch(R);
        for tags in [vec![tag("a", "1")], vec![tag("a", "2"), tag("b", "")]] {
            cloudwatch.tag_resource().resource_arn(ARN).set_tags(Some(tags)).send().await.unwrap();
        }
        let list = || cloudwatch.list_tags_for_resource().resource_arn(ARN).send();
        assert_eq!(list().await.unwrap().tags(), [tag("a", "2"), tag("b", "")]);
        cloudwatch.untag_resource().resource_arn(ARN).tag_keys("b").tag_keys("c").send().await.unwrap();
        assert_eq!(list().await.unwrap().tags(), [tag("a", "2")]);
    }

    #[tokio::test]
    async fn tags_of_a_missing_alarm_are_not_found() {
        let (_, aws) = world();
        let missing = "ResourceNotFoundException";
        let list = |region: &str, arn: &str| {
            aws.cloudwatch(region).list_tags_for_resource().resource_arn(arn).send()
        };
        assert_eq!(code(list(R, &format!("{ARN}x")).await), missing);
        assert_eq!(code(list("us-east-1", ARN).await), missing);
        assert_eq!(code(list(R, "db CPU").await), "InvalidParameterValue");
        let cloudwatch = aws.cloudwatch("us-east-1");
        assert_eq!(
            code(cloudwatch.tag_resource().resource_arn(ARN).tags(tag("a", "")).send().await),
            missing
        );
        assert_eq!(code(cloudwatch.untag_resource().resource_arn(ARN).tag_keys("a").send().await), missing);
    }

    #[tokio::test]
    async fn tags_that_aws_refuses_change_nothing() {
        let (sandbox, aws) = world();
        let put =
            |tags: Vec<Tag>| aws.cloudwatch(R).tag_resource().resource_arn(ARN).set_tags(Some(tags)).send();
        let many = (0..51).map(|number| tag(&number.to_string(), "")).collect();
        for tags in [vec![tag("a", "1"), tag("a", "2")], vec![tag("ok", ""), tag("aws:a", "")], many] {
            assert_eq!(code(put(tags).await), "InvalidParameterValue");
        }
        assert!(sandbox.world().cloudwatch.alarms[ARN].tags.is_empty());
    }
}

//! Parameters, as a caller writes and reads them.

use aws_sdk_ssm::types::{ParameterTier, ParameterType, Tag};
use aws_smithy_types::DateTime;

use crate::aws::Aws;
use crate::sandbox::testing::*;

const NAME: &str = "/team/lease";

type Put = aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;

fn put(aws: &Aws, value: &str) -> Put {
    aws.ssm(R).put_parameter().name(NAME).value(value).r#type(ParameterType::String)
}

async fn get(aws: &Aws, name: &str) -> aws_sdk_ssm::types::Parameter {
    aws.ssm(R).get_parameter().name(name).send().await.unwrap().parameter.unwrap()
}

#[tokio::test(start_paused = true)]
async fn put_parameter_makes_one_that_get_parameter_tells() {
    let (sandbox, aws) = sandbox();
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    let answer = put(&aws, "one").description("who works").send().await.unwrap();
    assert_eq!((answer.version(), answer.tier()), (1, Some(&ParameterTier::Standard)));
    let told = get(&aws, NAME).await;
    assert_eq!((told.value(), told.version(), told.selector()), (Some("one"), 1, None));
    assert_eq!((told.r#type(), told.data_type()), (Some(&ParameterType::String), Some("text")));
    assert_eq!(told.arn(), Some("arn:aws:ssm:ap-south-1:123456789012:parameter/team/lease"));
    assert_eq!(told.last_modified_date(), Some(&DateTime::from_secs(sandbox.world().clock + 7)));
    assert_eq!(get(&aws, told.arn().unwrap()).await, told, "by its ARN");
    let elsewhere = aws.ssm("us-east-1").get_parameter().name(NAME);
    assert_eq!(code(elsewhere.send().await), "ParameterNotFound");
}

#[tokio::test]
async fn put_parameter_of_one_that_exists_is_refused_unless_it_is_to_be_overwritten() {
    let (_, aws) = sandbox();
    put(&aws, "one").send().await.unwrap();
    assert_eq!(code(put(&aws, "two").send().await), "ParameterAlreadyExists");
    assert_eq!(code(put(&aws, "one").overwrite(false).send().await), "ParameterAlreadyExists");
    assert_eq!(get(&aws, NAME).await.value(), Some("one"));
    let overwrite = aws.ssm(R).put_parameter().name(NAME).overwrite(true);
    for (version, value) in [(2, "two"), (3, "two")] {
        let answer = overwrite.clone().value(value).send().await.unwrap();
        assert_eq!(answer.version(), version, "each write counts, also of the same value");
    }
    let told = get(&aws, "/team/lease:1").await;
    assert_eq!((told.value(), told.selector(), told.name()), (Some("one"), Some(":1"), Some(NAME)));
}

#[tokio::test]
async fn put_parameter_with_overwrite_makes_it_where_there_is_none() {
    let (_, aws) = sandbox();
    assert_eq!(put(&aws, "one").overwrite(true).send().await.unwrap().version(), 1);
    let untyped = aws.ssm(R).put_parameter().name("/other").value("one").overwrite(true);
    assert_eq!(code(untyped.send().await), "ValidationException", "a new one needs a type");
}

#[tokio::test]
async fn put_parameter_keeps_a_hundred_versions_and_none_goes_that_has_a_label() {
    let (sandbox, aws) = sandbox();
    for number in 1..=101 {
        let answer = put(&aws, &number.to_string()).overwrite(true).send().await.unwrap();
        assert_eq!(answer.version(), number);
    }
    let first = aws.ssm(R).get_parameter().name("/team/lease:1");
    assert_eq!(code(first.send().await), "ParameterVersionNotFound");
    assert_eq!(get(&aws, "/team/lease:2").await.value(), Some("2"));
    let label = |world: &mut crate::World| {
        let parameter = world.ssm.regions.get_mut(R).unwrap().parameters.get_mut(NAME).unwrap();
        parameter.versions.get_mut(&2).unwrap().labels.insert("good".to_owned());
    };
    label(&mut sandbox.world());
    let refused = put(&aws, "more").overwrite(true).send().await;
    assert_eq!(code(refused), "ParameterMaxVersionLimitExceeded");
    assert_eq!(get(&aws, "/team/lease:good").await.value(), Some("2"));
    assert_eq!(get(&aws, NAME).await.version(), 101);
}

#[tokio::test]
async fn put_parameter_with_a_name_that_aws_does_not_take_is_refused() {
    let (_, aws) = sandbox();
    let long = "n".repeat(980);
    for name in ["", "a/b", "/a//b", "/a/", "sp ace", "/ssm/x", "SSMx", "a$", "ä", long.as_str()] {
        assert_eq!(code(put(&aws, "v").name(name).send().await), "ValidationException", "{name}");
    }
    for name in ["aws-x", "/aws/x", "/AWS/x"] {
        assert_eq!(code(put(&aws, "v").name(name).send().await), "AccessDeniedException", "{name}");
    }
    let deep = "/x".repeat(16);
    assert_eq!(code(put(&aws, "v").name(deep).send().await), "HierarchyLevelLimitExceededException");
    put(&aws, "v").name("/x".repeat(15)).send().await.unwrap();
    put(&aws, "v").name("plain_name.of-mine").send().await.unwrap();
}

#[tokio::test]
async fn put_parameter_with_a_value_that_the_standard_tier_does_not_take_is_refused() {
    let (_, aws) = sandbox();
    let (most, more) = ("v".repeat(4096), "v".repeat(4097));
    for value in ["", "{{ssm:other}}", more.as_str()] {
        assert_eq!(code(put(&aws, value).send().await), "ValidationException");
    }
    put(&aws, &most).send().await.unwrap();
}

#[tokio::test]
async fn put_parameter_takes_tags_of_a_new_one_only() {
    let (sandbox, aws) = sandbox();
    let tag = Tag::builder().key("owner").value("team").build().unwrap();
    let both = put(&aws, "one").tags(tag.clone()).overwrite(true);
    assert_eq!(code(both.send().await), "ValidationException");
    put(&aws, "one").tags(tag).send().await.unwrap();
    assert_eq!(sandbox.world().ssm.regions[R].parameters[NAME].tags["owner"], "team");
}

#[tokio::test]
async fn put_parameter_of_what_the_embedded_aws_does_not_keep_is_refused() {
    let (_, aws) = sandbox();
    for put in [
        put(&aws, "v").r#type(ParameterType::SecureString),
        put(&aws, "v").r#type("Text".into()),
        put(&aws, "v").tier(ParameterTier::Advanced),
        put(&aws, "v").data_type("aws:ec2:image"),
        put(&aws, "v").policies("[]"),
    ] {
        assert_eq!(code(put.send().await), "ValidationException");
    }
}

#[tokio::test]
async fn get_parameter_of_none_or_of_a_version_that_is_not_there_is_refused() {
    let (_, aws) = sandbox();
    let get = |name: &str| aws.ssm(R).get_parameter().name(name).send();
    assert_eq!(code(get(NAME).await), "ParameterNotFound");
    assert_eq!(code(get("/team/lease:1").await), "ParameterNotFound");
    put(&aws, "one").send().await.unwrap();
    assert_eq!(code(get("/team/lease:2").await), "ParameterVersionNotFound");
    assert_eq!(code(get("/team/lease:none").await), "ParameterVersionNotFound");
}

//! Documents, as a caller makes and changes them.

use aws_sdk_ssm::types::{
    AttachmentsSource, DocumentFormat, DocumentRequires, DocumentStatus, DocumentType,
    ResourceTypeForTagging, Tag,
};

use super::{Document, Version};
use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

const FIRST: &str = "{ \"schemaVersion\": \"2.2\",\n \"description\": \"1\", \"mainSteps\": [ { \"action\": \
                     \"aws:runShellScript\", \"name\": \"a\" } ] }\n";
const SECOND: &str = "{ \"schemaVersion\": \"2.2\", \"description\": \"2\", \"mainSteps\": [ ] }";
const AUTOMATION: &str = "---\n# kept\nschemaVersion: '0.3'\nmainSteps:\n- name: wait\n  action: aws:sleep\n";

type Create = aws_sdk_ssm::operation::create_document::builders::CreateDocumentFluentBuilder;
type Update = aws_sdk_ssm::operation::update_document::builders::UpdateDocumentFluentBuilder;

fn create(aws: &Aws) -> Create {
    aws.ssm(R).create_document().name("Start").content(FIRST).document_type(DocumentType::Command)
}

fn update(aws: &Aws) -> Update {
    aws.ssm(R).update_document().name("Start").content(SECOND).document_version("$LATEST")
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

fn stored(sandbox: &Sandbox) -> Document {
    sandbox.world().ssm.regions[R].documents["Start"].clone()
}

#[tokio::test]
async fn create_document_of_a_json_command_with_tags() {
    let (sandbox, aws) = sandbox();
    let create = create(&aws).target_type("/AWS::EC2::Instance").version_name("one").display_name("Start it");
    let answer = create.tags(tag("owner", "team")).send().await.unwrap().document_description.unwrap();
    assert_eq!((answer.status(), answer.document_version()), (Some(&DocumentStatus::Creating), Some("1")));
    assert_eq!(answer.document_format(), Some(&DocumentFormat::Json));
    assert_eq!(answer.target_type(), Some("/AWS::EC2::Instance"));
    let described = aws.ssm(R).describe_document().name("Start").send().await.unwrap().document.unwrap();
    assert_eq!((described.status(), described.hash()), (Some(&DocumentStatus::Active), answer.hash()));
    assert_eq!((described.version_name(), described.display_name()), (Some("one"), Some("Start it")));
    assert_eq!(described.tags()[0].value(), "team");
    assert_eq!(stored(&sandbox).versions[&1].content, FIRST, "byte for byte");
}

#[tokio::test]
async fn create_document_of_a_yaml_automation() {
    let (_, aws) = sandbox();
    let create = create(&aws).content(AUTOMATION).document_type(DocumentType::Automation);
    assert_eq!(code(create.clone().send().await), "InvalidDocumentContent", "YAML is no JSON");
    let answer = create.document_format(DocumentFormat::Yaml).send().await.unwrap();
    assert_eq!(answer.document_description().unwrap().schema_version(), Some("0.3"));
    let get = aws.ssm(R).get_document().name("Start").document_format(DocumentFormat::Yaml);
    assert_eq!(get.send().await.unwrap().content(), Some(AUTOMATION));
}

#[tokio::test]
async fn create_document_again_is_refused() {
    let (_, aws) = sandbox();
    create(&aws).send().await.unwrap();
    assert_eq!(code(create(&aws).send().await), "DocumentAlreadyExists");
    assert_eq!(code(create(&aws).content(SECOND).send().await), "DocumentAlreadyExists");
    let elsewhere = aws.ssm("us-east-1").create_document().name("Start").content(FIRST);
    elsewhere.send().await.unwrap();
}

#[tokio::test]
async fn create_document_with_invalid_content_is_refused() {
    let (sandbox, aws) = sandbox();
    let no_steps = "{\"schemaVersion\":\"2.2\"}";
    for content in ["no document", "[]", "{}", "{\"mainSteps\":[]}", no_steps] {
        assert_eq!(code(create(&aws).content(content).send().await), "InvalidDocumentContent", "{content}");
    }
    let automation = create(&aws).document_type(DocumentType::Automation);
    assert_eq!(code(automation.send().await), "InvalidDocumentSchemaVersion");
    let text = create(&aws).document_format(DocumentFormat::Text);
    assert_eq!(code(text.send().await), "InvalidDocumentContent");
    let long = FIRST.replace("\"1\"", &format!("\"{}\"", "x".repeat(64 * 1024)));
    assert_eq!(code(create(&aws).content(long).send().await), "MaxDocumentSizeExceeded");
    assert!(sandbox.world().ssm.regions.is_empty());
}

#[tokio::test]
async fn create_document_refuses_what_is_no_name_type_or_tag() {
    let (sandbox, aws) = sandbox();
    let long = "x".repeat(129);
    for name in ["ab", "a b c", &long, "AWS-Start", "aws", "amazonStart", "AmznStart", "AWSSupport-x"] {
        assert_eq!(code(create(&aws).name(name).send().await), "ValidationException", "{name}");
    }
    let refused = [
        create(&aws).version_name("a b"),
        create(&aws).display_name("a#b"),
        create(&aws).target_type("AWS::EC2::Instance"),
        create(&aws).document_type(DocumentType::from("Odd")),
        create(&aws).document_format(DocumentFormat::from("XML")),
        create(&aws).tags(tag("aws:a", "b")),
        create(&aws).tags(tag("a", "b")).tags(tag("a", "c")),
        create(&aws).set_tags(Some((0..51).map(|n| tag(&format!("k{n}"), "v")).collect())),
        create(&aws).attachments(AttachmentsSource::builder().name("a.zip").build()),
        create(&aws).content(""),
    ];
    for create in refused {
        assert_eq!(code(create.send().await), "ValidationException");
    }
    let needs = DocumentRequires::builder().name("Missing").build().unwrap();
    assert_eq!(code(create(&aws).requires(needs).send().await), "InvalidDocument");
    assert!(sandbox.world().ssm.regions.is_empty());
}

#[tokio::test]
async fn there_are_500_documents_at_the_most() {
    let (sandbox, aws) = sandbox();
    let document = Document::new("Command", Version::new("JSON", FIRST));
    let all = (0..500).map(|n| (format!("Other{n}"), document.clone())).collect();
    sandbox.world().ssm.regions.entry(R.to_owned()).or_default().documents = all;
    assert_eq!(code(create(&aws).send().await), "DocumentLimitExceeded");
}

#[tokio::test]
async fn update_document_of_the_latest_makes_version_2_and_the_default_stays_1() {
    let (sandbox, aws) = sandbox();
    create(&aws).display_name("Start it").send().await.unwrap();
    let answer = update(&aws).version_name("two").send().await.unwrap().document_description.unwrap();
    assert_eq!((answer.document_version(), answer.default_version()), (Some("2"), Some("1")));
    assert_eq!((answer.latest_version(), answer.status()), (Some("2"), Some(&DocumentStatus::Updating)));
    assert_eq!(answer.display_name(), Some("Start it"), "as in the version before");
    let versions = aws.ssm(R).list_document_versions().name("Start").send().await.unwrap();
    let numbers: Vec<_> = versions.document_versions().iter().map(|it| it.document_version()).collect();
    assert_eq!(numbers, [Some("1"), Some("2")]);
    assert_eq!(stored(&sandbox).versions[&2].content, SECOND);
    let third = update(&aws).content(SECOND.replace('2', "3").replace("3.3", "2.2")).document_version("2");
    let answer = third.target_type("/").send().await.unwrap().document_description.unwrap();
    assert_eq!((answer.document_version(), answer.target_type()), (Some("3"), Some("/")));
}

#[tokio::test]
async fn update_document_refuses_duplicates_old_versions_and_what_is_not_there() {
    let (sandbox, aws) = sandbox();
    assert_eq!(code(update(&aws).send().await), "InvalidDocument");
    create(&aws).version_name("one").send().await.unwrap();
    assert_eq!(code(update(&aws).content(FIRST).send().await), "DuplicateDocumentContent");
    assert_eq!(code(update(&aws).version_name("one").send().await), "DuplicateDocumentVersionName");
    update(&aws).send().await.unwrap();
    assert_eq!(code(update(&aws).content(FIRST).send().await), "DuplicateDocumentContent");
    let third = update(&aws).content(SECOND.replace(" ", ""));
    for version in [Some("1".to_owned()), Some("3".to_owned()), Some("$DEFAULT".to_owned()), None] {
        let update = third.clone().set_document_version(version);
        assert_eq!(code(update.send().await), "InvalidDocumentVersion");
    }
    assert_eq!(code(third.clone().content("{").send().await), "InvalidDocumentContent");
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(64 * 1024));
    assert_eq!(code(third.clone().content(long).send().await), "MaxDocumentSizeExceeded");
    let of_aws = third.clone().name("AWS-RunShellScript");
    assert_eq!(code(of_aws.send().await), "InvalidDocumentOperation");
    assert_eq!(stored(&sandbox).versions.len(), 2);

    let mut many = stored(&sandbox);
    many.versions = (1..=1000).map(|n| (n, Version::new("JSON", &n.to_string()))).collect();
    sandbox.world().ssm.regions.entry(R.to_owned()).or_default().documents.insert("Start".to_owned(), many);
    assert_eq!(code(third.send().await), "DocumentVersionLimitExceeded");
}

#[tokio::test]
async fn update_document_default_version_takes_a_version_that_is_there() {
    let (sandbox, aws) = sandbox();
    create(&aws).send().await.unwrap();
    update(&aws).version_name("two").send().await.unwrap();
    let set = aws.ssm(R).update_document_default_version().name("Start");
    let answer = set.clone().document_version("2").send().await.unwrap().description.unwrap();
    assert_eq!((answer.default_version(), answer.default_version_name()), (Some("2"), Some("two")));
    assert_eq!(stored(&sandbox).default_version, 2);
    assert_eq!(code(set.clone().document_version("3").send().await), "InvalidDocumentVersion");
    assert_eq!(code(set.clone().document_version("$LATEST").send().await), "ValidationException");
    assert_eq!(code(set.name("None").document_version("1").send().await), "InvalidDocument");
    assert_eq!(stored(&sandbox).default_version, 2);
}

#[tokio::test]
async fn document_tags_are_added_and_the_others_stay() {
    let (sandbox, aws) = sandbox();
    create(&aws).tags(tag("owner", "team")).send().await.unwrap();
    let add = aws.ssm(R).add_tags_to_resource().resource_type(ResourceTypeForTagging::Document);
    add.clone().resource_id("Start").tags(tag("a", "1")).send().await.unwrap();
    add.clone().resource_id("Start").tags(tag("a", "2")).send().await.unwrap();
    let tags: Vec<_> = stored(&sandbox).tags.into_iter().collect();
    assert_eq!(tags, [("a".into(), "2".into()), ("owner".into(), "team".into())]);
    let odd = add.clone().resource_id("None").tags(tag("a", "1"));
    assert_eq!(code(odd.send().await), "InvalidResourceId");
    let odd = add.clone().resource_type(ResourceTypeForTagging::from("Odd")).resource_id("Start");
    assert_eq!(code(odd.tags(tag("a", "1")).send().await), "InvalidResourceType");
    let odd = add.clone().resource_id("Start").tags(tag("a", "#"));
    assert_eq!(code(odd.send().await), "ValidationException");
    let many = (0..50).map(|n| tag(&format!("k{n}"), "v")).collect();
    let many = add.resource_id("Start").set_tags(Some(many));
    assert_eq!(code(many.send().await), "TooManyTagsError");
    assert_eq!(stored(&sandbox).tags.len(), 2);
}

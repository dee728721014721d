//! Documents, as a caller sees them.

use aws_sdk_ssm::types::{
    AttachmentHashType, DocumentFormat, DocumentHashType, DocumentKeyValuesFilter, DocumentPermissionType,
    DocumentStatus, DocumentType, PlatformType, ResourceTypeForTagging,
};

use super::{Attachment, Document, Requirement, Version, content};
use crate::sandbox::Sandbox;
use crate::sandbox::testing::*;

const COMMAND: &str = "{ \"schemaVersion\": \"2.2\",\n  \"description\": \"Starts it\", \"parameters\": {\n\
    \"Version\": { \"type\": \"String\", \"description\": \"Which\", \"default\": \"1\" } },\n  \"mainSteps\": [\n\
    { \"action\": \"aws:runShellScript\", \"name\": \"start\", \"inputs\": { \"runCommand\": [\"true\"] } } ] }\n";
const AUTOMATION: &str =
    "---\nschemaVersion: '0.3'\ndescription: Waits\nmainSteps:\n- name: wait\n  action: aws:sleep\n";

fn put(sandbox: &Sandbox, name: &str, document: Document) {
    let mut world = sandbox.world();
    world.ssm.regions.entry(R.to_owned()).or_default().documents.insert(name.to_owned(), document);
}

/// A JSON document with two versions, the first of which is the default.
fn command() -> Document {
    let mut document = Document::new("Command", Version::new("JSON", COMMAND));
    let second = Version {
        version_name: Some("new".to_owned()),
        ..Version::new("JSON", "{\"schemaVersion\":\"2.2\"}")
    };
    document.versions.insert(2, second);
    document.target_type = Some("/AWS::EC2::Instance".to_owned());
    document.tags.insert("owner".to_owned(), "team".to_owned());
    document
}

fn filter(key: &str, value: &str) -> DocumentKeyValuesFilter {
    DocumentKeyValuesFilter::builder().key(key).values(value).build()
}

#[tokio::test]
async fn get_document_gives_json_content_byte_for_byte() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Start", command());
    let get = aws.ssm(R).get_document().name("Start");
    let answer = get.clone().send().await.unwrap();
    assert_eq!((answer.content(), answer.document_version()), (Some(COMMAND), Some("1")));
    assert_eq!(answer.document_format(), Some(&DocumentFormat::Json));
    let latest = get.clone().document_version("$LATEST").send().await.unwrap();
    assert_eq!((latest.document_version(), latest.version_name()), (Some("2"), Some("new")));
    let named = get.clone().version_name("new").send().await.unwrap();
    assert_eq!(named.document_version(), Some("2"));
    for version in ["3", "x"] {
        assert_eq!(code(get.clone().document_version(version).send().await), "InvalidDocumentVersion");
    }
    assert_eq!(code(get.version_name("old").send().await), "InvalidDocumentVersion");
}

#[tokio::test]
async fn get_document_gives_yaml_content_byte_for_byte_to_who_asks_for_yaml() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Wait", Document::new("Automation", Version::new("YAML", AUTOMATION)));
    let get = aws.ssm(R).get_document().name("Wait");
    let answer = get.clone().document_format(DocumentFormat::Yaml).send().await.unwrap();
    assert_eq!(answer.content(), Some(AUTOMATION));
    assert_eq!(answer.document_type(), Some(&DocumentType::Automation));
    // AWS would convert it to JSON.
    assert_eq!(code(get.send().await), "ValidationException");
}

#[tokio::test]
async fn a_document_that_is_missing_or_elsewhere_is_invalid() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Start", command());
    assert_eq!(code(aws.ssm(R).get_document().name("None").send().await), "InvalidDocument");
    assert_eq!(code(aws.ssm("us-east-1").get_document().name("Start").send().await), "InvalidDocument");
    assert_eq!(code(aws.ssm(R).describe_document().name("a b c").send().await), "ValidationException");
    assert_eq!(code(aws.ssm(R).list_document_versions().name("None").send().await), "InvalidDocument");
}

#[tokio::test]
async fn a_document_of_aws_is_there_in_every_region() {
    let (_, aws) = sandbox();
    let answer = aws.ssm("us-east-1").get_document().name("AWS-RunShellScript").send().await.unwrap();
    assert!(answer.content().unwrap().contains("aws:runShellScript"));
    let answer = aws.ssm(R).describe_document().name("AWS-RunShellScript").send().await.unwrap();
    assert_eq!(answer.document().unwrap().owner(), Some("Amazon"));
    assert_eq!(answer.document().unwrap().parameters().len(), 3);
}

#[tokio::test]
async fn describe_document_tells_hash_owner_platforms_and_parameters() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Start", command());
    let answer = aws.ssm(R).describe_document().name("Start").send().await.unwrap().document.unwrap();
    assert_eq!((answer.status(), answer.owner()), (Some(&DocumentStatus::Active), Some("123456789012")));
    assert_eq!((answer.schema_version(), answer.description()), (Some("2.2"), Some("Starts it")));
    assert_eq!((answer.document_version(), answer.default_version()), (Some("1"), Some("1")));
    assert_eq!((answer.latest_version(), answer.hash_type()), (Some("2"), Some(&DocumentHashType::Sha256)));
    assert_eq!(answer.hash(), Some(content::sha256(COMMAND.as_bytes()).as_str()));
    assert_eq!(answer.platform_types(), [PlatformType::Linux, PlatformType::Macos]);
    assert_eq!(answer.target_type(), Some("/AWS::EC2::Instance"));
    let [parameter] = answer.parameters() else { panic!("one") };
    assert_eq!((parameter.name(), parameter.default_value()), (Some("Version"), Some("1")));
}

#[tokio::test]
async fn list_documents_of_the_owner_self_pages_by_50() {
    let (sandbox, aws) = sandbox();
    for number in 0..60 {
        put(&sandbox, &format!("Start{number}"), command());
    }
    let list = aws.ssm(R).list_documents().filters(filter("Owner", "Self"));
    let first = list.clone().send().await.unwrap();
    assert_eq!((first.document_identifiers().len(), first.next_token().is_some()), (50, true));
    let rest = list.clone().set_next_token(first.next_token).send().await.unwrap();
    assert_eq!((rest.document_identifiers().len(), rest.next_token()), (10, None));
    assert_eq!(code(list.clone().next_token("made up").send().await), "InvalidNextToken");
    assert_eq!(code(list.max_results(51).send().await), "ValidationException");
}

#[tokio::test]
async fn list_documents_tells_identifiers_and_filters() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Start", command());
    put(&sandbox, "Wait", Document::new("Automation", Version::new("YAML", AUTOMATION)));
    let list = aws.ssm(R).list_documents();
    assert_eq!(list.clone().send().await.unwrap().document_identifiers().len(), 3);
    for by in [filter("DocumentType", "Automation"), filter("Name", "Wai"), filter("SearchKeyword", "wait")] {
        let answer = list.clone().filters(filter("Owner", "Self")).filters(by).send().await.unwrap();
        let [found] = answer.document_identifiers() else { panic!("one") };
        assert_eq!((found.name(), found.schema_version()), (Some("Wait"), Some("0.3")));
        assert_eq!(found.document_format(), Some(&DocumentFormat::Yaml));
    }
    let tagged = list.clone().filters(filter("tag:owner", "team")).send().await.unwrap();
    assert_eq!(tagged.document_identifiers()[0].tags()[0].value(), "team");
    assert_eq!(code(list.clone().filters(filter("Odd", "x")).send().await), "InvalidFilterKey");
    assert_eq!(code(list.filters(filter("Owner", "Me")).send().await), "ValidationException");
}

#[tokio::test]
async fn list_document_versions_gives_all_and_which_is_the_default() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Start", command());
    let answer = aws.ssm(R).list_document_versions().name("Start").send().await.unwrap();
    let versions = answer.document_versions().iter();
    let versions: Vec<_> =
        versions.map(|it| (it.document_version().unwrap(), it.is_default_version())).collect();
    assert_eq!(versions, [("1", true), ("2", false)]);
    let first = aws.ssm(R).list_document_versions().name("Start").max_results(1).send().await.unwrap();
    assert!(first.next_token().is_some());
}

#[tokio::test]
async fn document_tags_are_listed() {
    let (sandbox, aws) = sandbox();
    put(&sandbox, "Start", command());
    let list = aws.ssm(R).list_tags_for_resource().resource_type(ResourceTypeForTagging::Document);
    let answer = list.clone().resource_id("Start").send().await.unwrap();
    assert_eq!((answer.tag_list().len(), answer.tag_list()[0].key()), (1, "owner"));
    assert_eq!(code(list.clone().resource_id("None").send().await), "InvalidResourceId");
    let odd = list.resource_type(ResourceTypeForTagging::from("Odd")).resource_id("Start");
    assert_eq!(code(odd.send().await), "InvalidResourceType");
}

#[tokio::test]
async fn describe_document_permission_tells_who_it_is_shared_with() {
    let (sandbox, aws) = sandbox();
    let mut document = command();
    document.shares.insert("210987654321".to_owned(), "$DEFAULT".to_owned());
    put(&sandbox, "Start", document);
    let describe = aws.ssm(R).describe_document_permission().permission_type(DocumentPermissionType::Share);
    let answer = describe.clone().name("Start").send().await.unwrap();
    assert_eq!(answer.account_ids(), ["210987654321"]);
    assert_eq!(answer.account_sharing_info_list()[0].shared_document_version(), Some("$DEFAULT"));
    assert_eq!(code(describe.clone().name("None").send().await), "InvalidDocument");
    let odd = describe.name("Start").permission_type(DocumentPermissionType::from("Odd"));
    assert_eq!(code(odd.send().await), "InvalidPermissionType");
}

#[tokio::test]
async fn attachments_and_requirements_come_with_the_document() {
    let (sandbox, aws) = sandbox();
    let mut version = Version::new("JSON", "{\"schemaVersion\":\"2.0\"}");
    version.attachments.insert("a.zip".to_owned(), Attachment::new(b"file"));
    version.requires.push(Requirement { name: "Other".to_owned(), ..Requirement::default() });
    put(&sandbox, "Package", Document::new("Package", version));
    let answer = aws.ssm(R).get_document().name("Package").send().await.unwrap();
    let [attachment] = answer.attachments_content() else { panic!("one") };
    assert_eq!((attachment.size(), attachment.hash_type()), (4, Some(&AttachmentHashType::Sha256)));
    assert_eq!(answer.requires()[0].name(), "Other");
    assert_eq!(sandbox.world().download(attachment.url().unwrap()), Some(b"file".to_vec()));
    let described = aws.ssm(R).describe_document().name("Package").send().await.unwrap().document.unwrap();
    assert_eq!(described.attachments_information()[0].name(), Some("a.zip"));
}

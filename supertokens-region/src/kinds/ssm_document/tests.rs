//! What is refused without asking AWS, what is shown of a content, and copies of a region's documents.

use super::*;
use crate::aws::{Aws, Identity};
use crate::discover::Snapshot;
use crate::findings::Severity;
use crate::graph::Graph;
use crate::ids::Ids;
use crate::kind::{Listed, Progress};
use crate::wanted::Found;

const JSON: &str = r#"{"schemaVersion":"2.2","mainSteps":[]}"#;

fn told(document: &SsmDocument) -> Vec<String> {
    document.check().into_iter().map(|invalid| invalid.message).collect()
}

#[test]
fn what_aws_would_refuse_is_told() {
    assert_eq!(told(&ssm_document("Start").version(JSON)), Vec::<String>::new());
    let yaml = ssm_document("Start").version("---\nschemaVersion: '2.2'\n").format("YAML");
    assert_eq!(
        told(&yaml.target_type("/").display_name("Start it").default_version(1)),
        Vec::<String>::new()
    );
    let one = |document: SsmDocument, part: &str| match told(&document).as_slice() {
        [only] => assert!(only.contains(part), "{only}"),
        other => panic!("{part}: {other:?}"),
    };
    let start = || ssm_document("Start").version(JSON);
    one(ssm_document("ab").version(JSON), "`ab` is not a name");
    one(ssm_document("AWS-Start").version(JSON), "only AWS");
    one(ssm_document("Start"), "no version");
    one(start().document_type("Odd"), "`Odd` is not a type");
    one(start().format("XML"), "`XML`, the format of version 1");
    one(start().version(""), "version 2 has 0 bytes");
    one(start().version(&format!("{{\"a\":\"{}\"}}", "x".repeat(64 * 1024))), "where AWS takes 1 to 65536");
    one(start().version("---\nsecret"), "version 2 is no JSON object: look at line 1, column");
    one(start().version("[\n1]"), "version 2 is no JSON object");
    one(start().version(JSON), "versions 1 and 2 have the same content");
    one(start().default_version(2), "version 2 can't be the default one");
    one(start().default_version(0), "version 0 can't be the default one");
    one(start().named_version("{}", "a b"), "`a b` is not a name that a version");
    one(start().target_type("AWS::EC2::Instance"), "can run on");
    one(start().display_name("a#"), "`a#` is not a name that consoles");
    one(start().tag("aws:a", "b"), "the tag key `aws:a`");
    let twins = ssm_document("Start").named_version(JSON, "a").named_version("{}", "a");
    one(twins, "both named `a`");
}

#[test]
fn a_content_is_shown_by_its_format_and_hash_and_never_comes_out() {
    let secret = r#"{"password":"hunter2"}"#;
    let document = ssm_document("Start").named_version(secret, "one").version(JSON);
    let fields = serde_json::to_value(&document).unwrap();
    assert_eq!(fields["versions"]["1"]["content"], "JSON, sha256 7881d759c44f");
    assert_eq!(fields["versions"]["1"]["name"], "one");
    for shown in [fields.to_string(), format!("{document:?}"), format!("{document:#?}")] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let back: SsmDocument = serde_json::from_value(fields.clone()).unwrap();
    assert_eq!(serde_json::to_value(&back).unwrap(), fields);
    assert_eq!(back.versions[&Number(1)].content.reveal(), None);
    let resource = crate::kinds::Resource::from(document);
    let text = serde_json::to_string(&resource).unwrap();
    let back: crate::kinds::Resource = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text, "numbers survive inside a tagged enum");
}

#[test]
fn json_in_another_layout_says_the_same_and_yaml_only_to_the_letter() {
    let says = |a, b, format| Content::new(format, a).says_the_same(&Content::new(format, b));
    assert!(says("{\"a\": 1, \"b\": 2}", "{\"b\":2,\n\"a\":1}", "JSON"));
    assert!(!says("{\"a\": 1}", "{\"a\": 2}", "JSON"));
    assert!(!says("a: 1", "a:  1", "YAML"));
}

/// A place to read from or write to.
struct Place {
    aws: Aws,
    ids: Ids,
    seen: Snapshot,
    nothing: Graph,
    identity: Identity,
}

impl Place {
    fn new(sandbox: &crate::Sandbox) -> Self {
        let arn = "arn:aws:iam::123456789012:root".to_owned();
        let identity = Identity { account: "123456789012".to_owned(), arn, partition: "aws".to_owned() };
        Self {
            aws: Aws::sandbox(sandbox),
            ids: Ids::default(),
            seen: Snapshot::default(),
            nothing: Graph::default(),
            identity,
        }
    }

    fn cx<'a>(&'a self, region: &'a str) -> Cx<'a> {
        Cx {
            aws: &self.aws,
            region,
            identity: &self.identity,
            ids: &self.ids,
            graph: &self.nothing,
            seen: &self.seen,
            beside: None,
            progress: Progress::default(),
        }
    }
}

/// The documents, and what is told of them and of those that aren't copied, where they are to be made.
async fn all(cx: &Cx<'_>) -> Result<(Vec<SsmDocument>, Vec<Finding>), Error> {
    let Found { all, mut findings } = SsmDocument::list(cx).await?;
    findings.extend(all.iter().flat_map(|wanted| wanted.findings.clone()));
    let all: Vec<_> = all.into_iter().map(|wanted| wanted.value).collect();
    findings.extend(SsmDocument::preflight(&all, cx).await?.into_iter().flatten());
    Ok((all, findings))
}

fn rules(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.rule.as_str(), finding.message.as_str())).collect()
}

#[tokio::test]
async fn the_documents_of_the_reference_are_copied_with_all_versions_and_to_the_letter() {
    let sandbox = crate::Sandbox::seeded();
    let place = Place::new(&sandbox);
    let (documents, findings) = all(&place.cx("us-east-1")).await.unwrap();
    let names: Vec<_> = documents.iter().map(Kind::name).collect();
    assert_eq!(names, ["StartUpdateBoxyHQ", "StartUpdateNginx", "StartUpdateSuperTokens"]);
    assert_eq!(
        rules(&findings),
        [
            ("names-region", "`versions.1.content` names us-east-1 1 time"),
            ("names-region", "`versions.3.content` names us-east-1 1 time"),
        ]
    );
    let there = place.cx("ap-south-1");
    for document in &documents {
        assert_eq!(told(document), Vec::<String>::new());
        document.apply(None, &there).await.unwrap();
    }
    let untimed = |region: &str| {
        let mut documents = sandbox.world().ssm.regions[region].documents.clone();
        let versions = documents.values_mut().flat_map(|document| document.versions.values_mut());
        versions.for_each(|version| version.created_at = 0);
        documents
    };
    assert_eq!(untimed("ap-south-1"), untimed("us-east-1"));
    let (again, _) = all(&there).await.unwrap();
    assert_eq!(again, documents);
    let live = SsmDocument::read(&documents, &there).await;
    let live: Vec<_> = live.into_iter().map(|live| live.unwrap().unwrap()).collect();
    assert!(live.iter().zip(&documents).all(|(live, document)| live.is == *document), "{live:?}");
}

#[tokio::test]
async fn what_is_not_copied_and_what_becomes_of_deleted_versions_and_shares_is_told() {
    use crate::sandbox::ssm::{Attachment, Document, Requirement, Version};
    let sandbox = crate::Sandbox::new(crate::World::default());
    let text = |n: u64| format!("{{\"schemaVersion\":\"2.2\",\"description\":\"{n}\"}}");
    let mut gaps = Document::new("Command", Version::new("JSON", &text(1)));
    gaps.versions = [2, 4, 5].into_iter().map(|n| (n, Version::new("JSON", &text(n)))).collect();
    gaps.default_version = 4;
    gaps.shares.insert("210987654321".to_owned(), "$DEFAULT".to_owned());
    let mut open = Document::new("Command", Version::new("JSON", &text(1)));
    open.shares.insert("All".to_owned(), "$DEFAULT".to_owned());
    let mut files = Document::new("Package", Version::new("JSON", "{\"schemaVersion\":\"2.0\"}"));
    let attachments = &mut files.versions.get_mut(&1).unwrap().attachments;
    attachments.insert("a.zip".to_owned(), Attachment::new(b"file"));
    let mut needs = Document::new("Command", Version::new("JSON", &text(1)));
    let needed = Requirement { name: "Files".to_owned(), ..Requirement::default() };
    needs.versions.get_mut(&1).unwrap().requires.push(needed);
    let session = Document::new("Session", Version::new("JSON", "{\"schemaVersion\":\"1.0\"}"));
    let config = Document::new("ApplicationConfiguration", Version::new("JSON", "{\"a\":1}"));
    let own = [
        ("AWSOld", open.clone()),
        ("Config", config),
        ("Files", files),
        ("Gaps", gaps),
        ("Needs", needs),
        ("Open", open),
        ("SSM-SessionManagerRunShell", session),
    ];
    sandbox.world().ssm.regions.entry("eu-west-1".to_owned()).or_default().documents =
        own.into_iter().map(|(name, document)| (name.to_owned(), document)).collect();

    let place = Place::new(&sandbox);
    let (documents, findings) = all(&place.cx("eu-west-1")).await.unwrap();
    let [gaps, open] = documents.as_slice() else { panic!("two, not {documents:?}") };
    assert_eq!((gaps.name.as_str(), open.name.as_str()), ("Gaps", "Open"));
    assert_eq!((gaps.versions.len(), gaps.default_version), (3, Some(2)));
    assert_eq!(gaps.versions[&Number(2)].content.fetched(&place.aws).await.unwrap(), text(4));
    let rules: Vec<_> =
        rules(&findings).into_iter().map(|(rule, message)| format!("{rule}: {message}")).collect();
    assert_eq!(
        rules,
        [
            "not-copied: the document `AWSOld` of eu-west-1 is not copied: only AWS may make a document of this name",
            "not-copied: the document `Config` of eu-west-1 is not copied: it belongs to AppConfig",
            "not-copied: the document `Files` of eu-west-1 is not copied: it comes with files, which have to be in a bucket of the new region first",
            "not-copied: the document `SSM-SessionManagerRunShell` of eu-west-1 is not copied: it holds the preferences of Session Manager, which name things of their region",
            "not-copied: the document `Needs` of eu-west-1 is not copied: it needs a document that isn't",
            "version-gap: the document `Gaps` of eu-west-1 has no usable version 1, 3: in the copy 2 becomes 1, 4 becomes 2, 5 becomes 3",
            "shared: the document `Gaps` of eu-west-1 is shared with 210987654321; the copy isn't",
            "shared-with-everybody: everybody can read the document `Open` of eu-west-1; nobody else the copy",
        ]
    );
    assert!(findings.iter().all(|finding| finding.severity < Severity::Error && finding.hint.is_some()));
}

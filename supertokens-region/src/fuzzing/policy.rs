//! Policy documents as AWS may hold them: what we compare, and what we write back.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{RUNTIME, document};
use crate::address::Ref;
use crate::kinds::bucket::grant::{Grant, Names};
use crate::kinds::iam_policy::document::{Look, extended};
use crate::policy::{Document, canonical, same};
use crate::{Action, Aws, Opening, Region, Sandbox, World, bucket, default_vpc, iam_policy, sandbox, topic};

/// Buckets and those that they are modelled on; one is the model of another.
const PAIRS: [(&str, &str); 3] = [("new", "old"), ("newer", "new"), ("third", "old")];

/// The document that an input stands for.
#[must_use]
pub fn text(input: &[u8]) -> String {
    super::text(input, document::document)
}

/// Compares a document with itself, puts statements into it, and has buckets, topics and IAM policies that hold it changed on
/// the embedded AWS.
///
/// # Panics
/// When something doesn't hold.
pub fn check(text: &str) {
    names_buckets(text);
    match Document::parse(text) {
        Ok(document) => {
            compares(&document);
            takes_statements(&document);
            document.statements().into_iter().for_each(grants);
        }
        Err(why) => assert!(!why.is_empty()),
    }
    if super::sometimes(text) {
        RUNTIME.block_on(changes(text));
    }
}

/// Each statement is itself, in all its forms, and another one without any of its conditions.
fn compares(document: &Document) {
    let again = Document::parse(&document.to_string()).expect("what is written can be read");
    assert_eq!(again, *document);
    for statement in document.statements() {
        let form = canonical(statement);
        assert!(
            same(statement, statement) && same(statement, &form) && same(&form, statement),
            "{statement}"
        );
        assert_eq!(canonical(&form), form, "the form has another form");
        let Some(operators) = statement["Condition"].as_object() else { continue };
        for operator in operators.keys() {
            let mut without = statement.clone();
            without["Condition"].as_object_mut().expect("it is one").remove(operator);
            assert!(!same(statement, &without), "{operator} makes no difference: {statement}");
        }
    }
}

/// A statement that is put in is there once, and all others stay as they were.
fn takes_statements(document: &Document) {
    let first = document.statements().into_iter().find_map(|statement| statement["Sid"].as_str());
    for sid in ["ours", first.unwrap_or("theirs")] {
        let statement = json!({ "Sid": sid, "Effect": "Deny", "Ours": true });
        let put = document.clone().with(statement.clone());
        assert_eq!(put.statement(sid), Some(&statement), "it is not there");
        assert_eq!(put.clone().with(statement.clone()), put, "twice is not once");
        let mut replaced = document.statements().into_iter().position(|old| old["Sid"] == sid);
        let stay = document.statements().into_iter().enumerate().filter(|(at, _)| Some(*at) != replaced);
        let before: Vec<String> = stay.map(|(_, statement)| statement.to_string()).collect();
        replaced = replaced.or(Some(document.statements().len()));
        let others = put.statements().into_iter().enumerate().filter(|(at, _)| Some(*at) != replaced);
        let after: Vec<String> = others.map(|(_, statement)| statement.to_string()).collect();
        assert_eq!(after, before, "others were changed");
        assert_eq!(put.id(), document.id());
    }
}

/// A grant is told and comes back; what it writes in place of a statement grants it.
fn grants(live: &Value) {
    let told = Value::from(Grant::from(live.clone()));
    assert_eq!(told, *live, "it comes back otherwise");
    let names = Names {
        partition: "aws",
        account: "123456789012",
        region: "ap-south-1",
        bucket: "new",
        vpc: "vpc-1".to_owned(),
    };
    for grant in [
        Grant::ReadableFrom(Ref::new("default")),
        Grant::AccessLogs { source: "old".to_owned(), prefix: "logs/".to_owned() },
        Grant::FlowLogs { folder: "vpc".to_owned() },
        Grant::FlowLogsAclCheck,
        Grant::Other(live.clone()),
    ] {
        let wanted = grant.statement(live["Sid"].as_str().unwrap_or("ours"), &names);
        let amended = grant.amended(wanted.clone(), live);
        assert!(grant.is_granted(&wanted, &amended), "{wanted} is not granted by {amended}");
        assert_eq!(grant.amended(wanted.clone(), &amended), amended, "twice is not once");
    }
}

/// Buckets are named beside others in the text, once, and all of the text stays.
fn names_buckets(text: &str) {
    let Ok(more) = extended(text, PAIRS.into_iter()) else { return };
    let again = extended(&more, PAIRS.into_iter()).expect("what is written can be read");
    assert_eq!(again, more, "twice is not once");
    for (bucket, like) in PAIRS {
        let look = Look::at(&more, bucket, like).expect("what is written can be read");
        assert!(look.is_complete(), "{bucket} is not named wherever {like} is: {more}");
    }
    let mut written = more.chars();
    assert!(text.chars().all(|c| written.any(|other| other == c)), "something is gone: {more}");
    let (before, after) = (value(text), value(&more));
    let (before, after) = (all_but_resources(&before), all_but_resources(&after));
    assert_eq!(before, after, "more than resources was changed");
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The document with what may be changed of it taken out.
fn all_but_resources(document: &Value) -> Value {
    let mut document = document.clone();
    let rest = |statement: &mut Value| {
        if let Some(members) = statement.as_object_mut()
            && members.get("Effect").is_some_and(|effect| effect == "Allow")
        {
            members.remove("Resource");
        }
    };
    match document.get_mut("Statement") {
        Some(Value::Array(all)) => all.iter_mut().for_each(rest),
        Some(one) => rest(one),
        None => {}
    }
    document
}

const TOPIC: &str = "arn:aws:sns:ap-south-1:123456789012:t";

/// What is wanted of things that hold the document.
static WANTED: LazyLock<Region> = LazyLock::new(|| {
    let mut region = Region::new("ap-south-1");
    let vpc = region.add(default_vpc());
    let new = region.add(bucket("new").readable_from(vpc, "Stmt1594127148960"));
    region.add(bucket("logs").receives_access_logs("old", "logs/").receives_flow_logs("vpc"));
    region.add(iam_policy("managed").also_for(new, "old"));
    region.add(topic("t"));
    region
});

/// A world in which a bucket, a topic and an IAM policy have the document.
fn world(text: &str) -> World {
    let mut world = World::default();
    for name in ["new", "logs"] {
        let mut bucket = sandbox::s3::Bucket::new("ap-south-1", 0);
        bucket.policy = Some(text.to_owned());
        world.s3.buckets.insert(name.to_owned(), bucket);
    }
    world.sns.add_topic(TOPIC);
    if let Some(topic) = world.sns.topics.get_mut(TOPIC) {
        topic.attributes.insert("Policy".to_owned(), text.to_owned());
    }
    world.iam.policies.insert("managed".to_owned(), sandbox::iam::Policy::new(text));
    world
}

/// What is done is done: what AWS took is as wanted, and what it didn't take is as it was.
async fn changes(text: &str) {
    let sandbox = Sandbox::new(world(text));
    let aws = Aws::sandbox(&sandbox);
    let opened = Opening::discover(&WANTED, &aws).await.expect("it can be asked");
    let report = opened.apply(|_| ()).await.expect("nobody else is at work");
    let failed: Vec<_> = report.failed().then(|| report.text()).into_iter().collect();
    let again = Opening::discover(&WANTED, &aws).await.expect("it can be asked");
    if failed.is_empty() {
        assert_eq!(again.plan().count(Action::Keep), again.plan().steps.len(), "{}", again.plan().text());
    }
    let stays = |after: Option<&str>| {
        let (before, after) = (Document::parse(text), Document::parse(after.unwrap_or_default()));
        let (Ok(before), Ok(after)) = (before, after) else { return };
        for theirs in before.statements() {
            let ours = |sid: &str| sid.starts_with("Stmt1594127148960") || sid.starts_with("AWSLogDelivery");
            let ours =
                |sid: &str| ours(sid) || sid == "S3ServerAccessLogsPolicy" || sid == "AllowCloudWatchAlarms";
            let is_ours = theirs["Sid"].as_str().is_some_and(ours);
            assert!(
                is_ours || after.statements().into_iter().any(|one| same(one, theirs)),
                "{theirs} is gone"
            );
        }
    };
    let world = sandbox.world();
    stays(world.s3.buckets["new"].policy.as_deref());
    stays(world.s3.buckets["logs"].policy.as_deref());
    stays(world.sns.topics[TOPIC].attributes.get("Policy").map(String::as_str));
}

//! What AWS would refuse, without asking it.

use std::collections::BTreeMap;

use super::SsmDocument;
use super::content::{Content, Number};
use crate::findings::Finding;
use crate::kind::Invalid;
use crate::tags;

/// Names that begin so are AWS's own.
const RESERVED: [&str; 3] = ["aws", "amazon", "amzn"];
/// The types that can be made without another service's help.
pub(super) const TYPES: [&str; 11] = [
    "ApplicationConfiguration",
    "ApplicationConfigurationSchema",
    "Automation",
    "AutoApprovalPolicy",
    "ChangeCalendar",
    "CloudFormation",
    "Command",
    "ConformancePackTemplate",
    "ManualApprovalPolicy",
    "Policy",
    "Session",
];
/// The longest content, in bytes.
const LONGEST: usize = 64 * 1024;
/// As many versions as AWS keeps of a document.
const VERSIONS: usize = 1000;

/// As many documents as an account has in a region, unless it asks AWS for more.
const DOCUMENTS: usize = 500;

/// That so many more documents than there are would be too many.
pub(super) fn no_room(there: usize, more: usize) -> Option<Finding> {
    (there + more > DOCUMENTS).then(|| {
        let text = format!(
            "with {more} more there would be {} documents, where AWS takes {DOCUMENTS}",
            there + more
        );
        Finding::error("quota", text).hint("ask AWS for a higher quota of documents, or copy fewer")
    })
}

/// Whether only AWS can make a document of this name.
pub(super) fn is_reserved(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with("arn:") || RESERVED.iter().any(|prefix| name.starts_with(prefix))
}

fn plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

pub(super) fn check(document: &SsmDocument) -> Vec<Invalid> {
    let mut invalid = tags::check(&document.tags);
    let name = &document.name;
    if !(3..=128).contains(&name.len()) || !plain(name) {
        let text = format!("`{name}` is not a name that Systems Manager takes");
        invalid.push(Invalid::new(text).hint("3-128 letters, digits, `_`, `-` or `.`"));
    } else if is_reserved(name) {
        let text = format!("`{name}` is a name that only AWS may give");
        invalid.push(Invalid::new(text).hint("one that doesn't begin with `aws`, `amazon` or `amzn`"));
    }
    if !TYPES.contains(&document.document_type.as_str()) {
        let text = format!("`{}` is not a type of documents that can be made", document.document_type);
        invalid.push(Invalid::new(text).hint(format!("one of {}", TYPES.join(", "))));
    }
    let target = document.target_type.as_deref().unwrap_or("/");
    let of_target = |c: char| c.is_ascii_alphanumeric() || "_.-:/".contains(c);
    if !target.starts_with('/') || target.len() > 200 || !target.chars().all(of_target) {
        let text = format!("`{target}` is not a type that a document can run on");
        invalid.push(Invalid::new(text).hint("such as `/AWS::EC2::Instance`, or `/` for everything"));
    }
    invalid.extend(check_versions(document));
    invalid
}

/// What is wrong with a content, if it is at hand.
pub(super) fn check_content(number: Number, content: &Content) -> Option<Invalid> {
    let text = content.reveal()?;
    let size = text.len();
    if size == 0 || size > LONGEST {
        let text = format!("version {number} has {size} bytes, where AWS takes 1 to {LONGEST}");
        return Some(Invalid::new(text));
    }
    let json = serde_json::from_str::<serde_json::Map<_, _>>(text);
    let error = json.err().filter(|_| content.format() == "JSON")?;
    // Where, and not what: the content is nobody's business.
    let (line, column) = (error.line(), error.column());
    let text = format!("version {number} is no JSON object: look at line {line}, column {column}");
    Some(Invalid::new(text).hint("is it YAML? then say `format(\"YAML\")`"))
}

fn check_versions(document: &SsmDocument) -> Vec<Invalid> {
    let mut invalid = vec![];
    let versions = &document.versions;
    let last = document.last();
    if versions.is_empty() {
        invalid.push(Invalid::new("it has no version").hint("give it one with `version(content)`"));
    } else if document.default_version.is_some_and(|number| !(1..=last.0).contains(&number)) {
        let number = document.default_version.unwrap_or_default();
        let text = format!("version {number} can't be the default one, where the last one is {last}");
        invalid.push(Invalid::new(text).hint(format!("a number from 1 to {last}")));
    }
    if versions.len() > VERSIONS {
        invalid.push(Invalid::new(format!("{} versions, where AWS takes {VERSIONS}", versions.len())));
    }
    let (mut contents, mut names) = (BTreeMap::new(), BTreeMap::new());
    for (number, version) in versions {
        let content = &version.content;
        if !["JSON", "YAML", "TEXT"].contains(&content.format()) {
            let text = format!("`{}`, the format of version {number}, is none", content.format());
            invalid.push(Invalid::new(text).hint("JSON, YAML or TEXT"));
        }
        invalid.extend(check_content(*number, content));
        if let Some(twin) = contents.insert(content.sha256(), number) {
            let text = format!("versions {twin} and {number} have the same content, which AWS refuses");
            invalid.push(Invalid::new(text).hint("make them differ, if by a comment only"));
        }
        let Some(name) = &version.name else { continue };
        if !(1..=128).contains(&name.len()) || !plain(name) {
            let text = format!("`{name}` is not a name that a version can have");
            invalid.push(Invalid::new(text).hint("1-128 letters, digits, `_`, `-` or `.`"));
        }
        if let Some(twin) = names.insert(name, number) {
            invalid.push(Invalid::new(format!("versions {twin} and {number} are both named `{name}`")));
        }
    }
    let of_display = |c: char| c.is_ascii_alphanumeric() || "_.-:/ ".contains(c);
    let shown = versions.values().filter_map(|version| version.display_name.as_ref()).next_back();
    if let Some(name) = shown
        && (name.len() > 1024 || !name.chars().all(of_display))
    {
        let text = format!("`{name}` is not a name that consoles can show");
        invalid.push(Invalid::new(text).hint("up to 1024 letters, digits, blanks or _.-:/"));
    }
    invalid
}

//! Words that AWS may say one day and this program has never heard: it doesn't panic, and takes them for nothing that it knows.
//! Above all, what is there with such a word is there: no second one is made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use supertokens_region::{Aws, Sandbox, World};

use super::{open, paused, settled, try_all, undisturbed};

/// The fields of the world that hold one of AWS's words. Those that say what a thing is (a rule's protocol) are not among
/// them: with another word it is another thing.
const FIELDS: [&str; 20] = [
    "architecture",
    "architectures",
    "class",
    "comparison_operator",
    "document_type",
    "engine_mode",
    "format",
    "last_update_status",
    "ownership",
    "package_type",
    "runtime",
    "state",
    "statistic",
    "status",
    "storage_class",
    "tenancy",
    "treat_missing_data",
    "unit",
    "versioning",
    "volume_type",
];
const UNHEARD: &str = "unheard-of";

/// Where such words are, with what is told apart by keys and places taken together: `/logs/groups/*/class`.
fn kinds(world: &Value) -> BTreeSet<String> {
    fn search(at: &[String], value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                let next = [at, std::slice::from_ref(key)].concat();
                if FIELDS.contains(&key.as_str()) && (value.is_string() || value.is_array()) {
                    found.insert(shape(&next));
                } else {
                    search(&next, value, found);
                }
            }),
            Value::Array(all) => {
                all.iter().for_each(|value| search(&[at, &["*".to_owned()]].concat(), value, found));
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    search(&[], world, &mut found);
    found
}

/// A path without what is a key of its own: keys that aren't field names.
fn shape(path: &[String]) -> String {
    let is_field = |part: &String| part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let parts: Vec<&str> = path.iter().map(|part| if is_field(part) { part } else { "*" }).collect();
    parts.join("/")
}

/// Says the unheard word wherever a path has this shape. In the target region and where no region is told; what is
/// elsewhere is nobody's business here.
fn say(at: &[String], value: &mut Value, kind: &str) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let next = [at, std::slice::from_ref(key)].concat();
                let elsewhere = at.last().is_some_and(|last| last == "regions") && key != "ap-south-1";
                if shape(&next) == kind && !elsewhere {
                    *value = match value {
                        Value::Array(_) => Value::from(vec![UNHEARD]),
                        _ => Value::from(UNHEARD),
                    };
                } else if !elsewhere {
                    say(&next, value, kind);
                }
            }
        }
        Value::Array(all) => {
            all.iter_mut().for_each(|value| say(&[at, &["*".to_owned()]].concat(), value, kind));
        }
        _ => {}
    }
}

/// Every thing that there is, by where it is.
fn things(world: &World) -> BTreeSet<String> {
    fn search(at: &str, value: &Value, found: &mut BTreeSet<String>) {
        if let Value::Object(map) = value {
            for (key, value) in map.iter().filter(|(_, value)| value.is_object()) {
                let at = format!("{at}/{key}");
                search(&at, value, found);
                found.insert(at);
            }
        }
    }
    let mut found = BTreeSet::new();
    search("", &serde_json::to_value(world).unwrap(), &mut found);
    found
}

#[test]
fn a_word_that_nobody_has_heard_makes_no_second_thing_and_no_panic() {
    let end = &undisturbed().end;
    let world = serde_json::to_value(end).unwrap();
    let cases: Vec<String> = kinds(&world).into_iter().collect();
    let ended = try_all(&cases, Clone::clone, |kind| {
        let mut world = world.clone();
        say(&[], &mut world, kind);
        // Where the embedded AWS knows all words that there are, it can't say another one.
        let Ok(world) = serde_json::from_value::<World>(world) else { return "can't be" };
        let sandbox = Sandbox::new(world);
        let before = things(&settled(&sandbox));
        let ended = paused(open(&undisturbed().region, &Aws::sandbox(&sandbox)));
        let after = things(&settled(&sandbox));
        // A function that differs gets a version that doesn't.
        let is_version = |it: &&String| it.starts_with("/lambda/") && it.contains("/versions/");
        let made: Vec<_> = after.difference(&before).filter(|it| !is_version(it)).collect();
        assert!(made.is_empty(), "{kind}: was made: {made:#?}");
        if ended.well() { "well" } else { "told" }
    });
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    ended.into_iter().for_each(|ending| *table.entry(ending).or_default() += 1);
    println!("{} words: {table:?}", cases.len());
}

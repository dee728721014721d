//! What belongs to others, in the midst of what is ours. All of it has the word "foreign" in it, so that it is found again.

use serde_json::{Map, Value};
use supertokens_region::World;
use supertokens_region::sandbox::cloudwatch::Alarm;
use supertokens_region::sandbox::{ec2, s3};

use super::wish::R;

const WORD: &str = "foreign";

/// Puts foreign things beside ours, and foreign parts into ours: tags, subscriptions, rules, statements of policies.
pub fn plant(mut world: World) -> World {
    let account = world.account.clone();
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:{R}:{account}:{name}");

    world.s3.buckets.insert(format!("{WORD}-bucket"), s3::Bucket::new(R, 0));
    for bucket in world.s3.buckets.values_mut().filter(|bucket| bucket.region == R) {
        let Some(policy) = &bucket.policy else { continue };
        let mut policy: Value = serde_json::from_str(policy).unwrap();
        if let Some(statements) = policy["Statement"].as_array_mut() {
            statements.push(serde_json::json!({
                "Sid": WORD,
                "Effect": "Deny",
                "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
                "Action": "s3:DeleteBucket",
                "Resource": statements[0]["Resource"],
            }));
        }
        bucket.policy = Some(policy.to_string());
    }

    if let Some(topic) = world.sns.topics.values().next().cloned() {
        world.sns.topics.insert(arn("sns", &format!("{WORD}-topic")), topic);
    }
    let ours: Vec<String> = world.sns.topics.keys().filter(|topic| topic.contains(R)).cloned().collect();
    if let Some(like) = world.sns.subscriptions.values().next().cloned() {
        for topic in ours {
            let mut subscription = like.clone();
            subscription.topic.clone_from(&topic);
            subscription.endpoint = format!("{WORD}@example.com");
            world.sns.subscriptions.insert(format!("{topic}:{WORD}"), subscription);
        }
    }

    if let Some(alarm) = world.cloudwatch.alarms.values().next().cloned() {
        let name = format!("{WORD}-alarm");
        let arn = arn("cloudwatch", &format!("alarm:{name}"));
        world.cloudwatch.alarms.insert(arn, Alarm { name, ..alarm });
    }

    let documents = &mut world.ssm.regions.entry(R.to_owned()).or_default().documents;
    if let Some(document) = documents.values().next().cloned() {
        documents.insert(format!("{WORD}-document"), document);
    }

    if let Some(region) = world.ec2.regions.get_mut(R) {
        for group in region.groups.values_mut() {
            let rule = ec2::Rule {
                egress: false,
                protocol: "tcp".to_owned(),
                from_port: 9999,
                to_port: 9999,
                peer: ec2::Peer::Ipv4("203.0.113.99/32".to_owned()),
                description: None,
                tags: ec2::Tags::default(),
            };
            group.rules.insert(format!("sgr-0{WORD}-{}", group.name), rule);
        }
        if let Some(group) = region.groups.values().next().cloned() {
            let group = ec2::Group { name: format!("{WORD}-group"), rules: [].into(), ..group };
            region.groups.insert(format!("sg-0{WORD}"), group);
        }
    }

    let mut value = serde_json::to_value(&world).unwrap();
    let mut all = vec![];
    tags_in(&mut value, &mut all);
    for tags in all {
        tags.insert(WORD.to_owned(), Value::from("tag"));
    }
    serde_json::from_value(value).unwrap()
}

/// The tags of everything, but of what is copied with them: objects, and what is in other regions. Those that a filter asks
/// for are no tags.
pub fn tags_in<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Map<String, Value>>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map
                .iter_mut()
                .filter(|(key, _)| !["filter", "objects", "us-east-1", "eu-west-1"].contains(&key.as_str()))
            {
                if key != "tags" {
                    tags_in(value, found);
                } else if let Value::Object(tags) = value {
                    found.push(tags);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|value| tags_in(value, found)),
        _ => {}
    }
}

/// All that is foreign, each with where it is.
pub fn all(world: &World) -> Vec<(String, Value)> {
    let mut found = vec![];
    search("", &serde_json::to_value(world).unwrap(), &mut found);
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

/// What of it is otherwise now, or not there any more.
pub fn differences(before: &[(String, Value)], now: &[(String, Value)]) -> Vec<(String, Value)> {
    let changed = before.iter().filter(|it| !now.contains(it));
    changed.chain(now.iter().filter(|it| !before.contains(it))).cloned().collect()
}

fn search(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let at = format!("{at}/{key}");
                if key.contains(WORD) {
                    found.push((at, value.clone()));
                } else {
                    search(&at, value, found);
                }
            }
        }
        Value::Array(all) => {
            for value in all {
                let is_foreign = value.get("Sid").is_some_and(|sid| sid == WORD);
                if is_foreign {
                    found.push((at.to_owned(), value.clone()));
                } else {
                    search(at, value, found);
                }
            }
        }
        Value::String(text) => match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => search(at, &value, found),
            _ if text.contains(WORD) => found.push((at.to_owned(), value.clone())),
            _ => {}
        },
        _ => {}
    }
}

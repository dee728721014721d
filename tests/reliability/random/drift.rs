//! What somebody changes behind the tool's back: a field here and there, of whatever is there.

use proptest::prelude::*;
use serde_json::{Map, Value};
use supertokens_region::World;
use supertokens_region::sandbox::ec2;

use super::foreign::tags_in;
use super::wish::R;

/// One change, to the n-th of the things that can have it; to none where there is no such thing.
#[derive(Clone, Debug)]
pub enum Drift {
    /// A tag of ours has another value.
    Tag(usize),
    /// A tag of ours is gone.
    TagGone(usize),
    Threshold(usize),
    Period(usize),
    Retention(usize, Option<i32>),
    BucketPolicy(usize),
    Versioning(usize),
    Lifecycle(usize),
    Logging(usize),
    Encryption(usize),
    PublicAccess(usize),
    RuleGone(usize),
    Dns,
    SubscriptionGone(usize),
    DefaultVersion(usize),
    ZoneComment(usize),
    DisplayName(usize),
}

pub fn drift() -> impl Strategy<Value = Drift> {
    let n = || 0_usize..20;
    prop_oneof![
        n().prop_map(Drift::Tag),
        n().prop_map(Drift::TagGone),
        n().prop_map(Drift::Threshold),
        n().prop_map(Drift::Period),
        (n(), prop_oneof![Just(None), Just(Some(1)), Just(Some(365))])
            .prop_map(|(n, days)| Drift::Retention(n, days)),
        n().prop_map(Drift::BucketPolicy),
        n().prop_map(Drift::Versioning),
        n().prop_map(Drift::Lifecycle),
        n().prop_map(Drift::Logging),
        n().prop_map(Drift::Encryption),
        n().prop_map(Drift::PublicAccess),
        n().prop_map(Drift::RuleGone),
        Just(Drift::Dns),
        n().prop_map(Drift::SubscriptionGone),
        n().prop_map(Drift::DefaultVersion),
        n().prop_map(Drift::ZoneComment),
        n().prop_map(Drift::DisplayName),
    ]
}

/// The n-th of them, counted round.
fn nth<T>(all: impl Iterator<Item = T>, n: usize) -> Option<T> {
    let mut all: Vec<T> = all.collect();
    if all.is_empty() {
        return None;
    }
    Some(all.swap_remove(n % all.len()))
}

impl Drift {
    pub fn apply(&self, mut world: World) -> World {
        match self {
            Self::Tag(n) => {
                return with_tags(world, *n, |tags| _ = tags.insert("team".into(), "drifted".into()));
            }
            Self::TagGone(n) => return with_tags(world, *n, |tags| _ = tags.remove("team")),
            _ => self.change(&mut world),
        };
        world
    }

    /// `None`: there is nothing to change.
    fn change(&self, world: &mut World) -> Option<()> {
        let here = format!(":{R}:");
        match *self {
            Self::Tag(_) | Self::TagGone(_) => {}
            Self::Threshold(n) | Self::Period(n) => {
                let alarms = world.cloudwatch.alarms.iter_mut().filter(|(arn, _)| arn.contains(&here));
                let (_, alarm) = nth(alarms, n)?;
                match self {
                    Self::Threshold(_) => alarm.threshold = alarm.threshold.map(|it| it + 1.0),
                    _ => alarm.period = alarm.period.map(|it| it * 2),
                }
            }
            Self::Retention(n, days) => {
                let groups = world.logs.groups.iter_mut().filter(|(arn, _)| arn.contains(&here));
                nth(groups, n)?.1.retention = days;
            }
            Self::BucketPolicy(n) => bucket(world, n)?.policy = None,
            Self::Versioning(n) => {
                let bucket = bucket(world, n)?;
                // S3 doesn't let a bucket that replicates be suspended.
                if bucket.replication.is_none() && bucket.versioning.is_some() {
                    bucket.versioning = Some("Suspended".to_owned());
                }
            }
            Self::Lifecycle(n) => bucket(world, n)?.lifecycle = None,
            Self::Logging(n) => bucket(world, n)?.logging = None,
            Self::Encryption(n) => bucket(world, n)?.encryption = None,
            Self::PublicAccess(n) => bucket(world, n)?.public_access_block = None,
            Self::RuleGone(n) => {
                let groups = region(world)?.groups.values_mut().filter(|group| !group.rules.is_empty());
                let group = nth(groups, n)?;
                let rule = nth(group.rules.keys().cloned(), n)?;
                group.rules.remove(&rule);
            }
            Self::Dns => region(world)?.vpcs.values_mut().for_each(|vpc| vpc.dns_hostnames = false),
            Self::SubscriptionGone(n) => {
                let ours = world.sns.subscriptions.keys().filter(|arn| arn.contains(&here)).cloned();
                let gone = nth(ours, n)?;
                world.sns.subscriptions.remove(&gone);
            }
            Self::DefaultVersion(n) => {
                let document = nth(world.ssm.regions.get_mut(R)?.documents.values_mut(), n)?;
                document.default_version = *document.versions.keys().next()?;
            }
            Self::ZoneComment(n) => {
                let zones = world.route53.zones.values_mut();
                nth(zones.filter(|zone| zone.vpcs.iter().all(|vpc| vpc.region == R)), n)?.comment =
                    Some("drifted".to_owned());
            }
            Self::DisplayName(n) => {
                let topics = world.sns.topics.iter_mut().filter(|(arn, _)| arn.contains(&here));
                nth(topics, n)?.1.attributes.insert("DisplayName".to_owned(), "drifted".to_owned());
            }
        }
        Some(())
    }
}

fn bucket(world: &mut World, n: usize) -> Option<&mut supertokens_region::sandbox::s3::Bucket> {
    nth(world.s3.buckets.values_mut().filter(|bucket| bucket.region == R), n)
}

fn region(world: &mut World) -> Option<&mut ec2::Region> {
    world.ec2.regions.get_mut(R)
}

/// Changes the n-th of all tags that have a key of ours, whatever they are of.
fn with_tags(world: World, n: usize, change: impl FnOnce(&mut Map<String, Value>)) -> World {
    let mut value = serde_json::to_value(&world).unwrap();
    let mut all = vec![];
    tags_in(&mut value, &mut all);
    if let Some(tags) = nth(all.into_iter().filter(|tags| tags.contains_key("team")), n) {
        change(tags);
    }
    serde_json::from_value(value).unwrap()
}

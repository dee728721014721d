//! Random regions: sound ones, whatever they are made of.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use supertokens_region::*;

use crate::reliability::undisturbed;

/// The target region of the standard script's run, so that its worlds have part of what is wanted here.
pub const R: &str = "ap-south-1";
/// Made for tests; nobody has its private half.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhmWXJKG0BVNyCd5aHI4wz6jpz7JWs/AJ2Ogw9kRoCj";
const SSL: &str = "supertokens-ssl";
const LIKE: &str = "supertokens-saas-us-east-1";

/// What is wanted.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Made with the builders.
    Built(Vec<Piece>),
    /// These of what the standard script wants, and what they need.
    Standard(Vec<prop::sample::Index>),
}

/// One thing, or some that belong together, each with a small number that its name has. A tag's value is a number, too.
#[derive(Clone, Debug)]
pub enum Piece {
    Topic {
        n: u8,
        email: bool,
        display: Option<u8>,
        tag: Option<u8>,
    },
    Bucket {
        n: u8,
        days: Option<u8>,
        versioned: Option<bool>,
        closed: bool,
        logged: bool,
        tag: Option<u8>,
    },
    /// A bucket that is filled from another one, and may be read by whoever may read the one that it is like.
    Filled {
        tag: Option<u8>,
        policies: bool,
    },
    Zone {
        n: u8,
        comment: Option<u8>,
        tag: Option<u8>,
    },
    Group {
        n: u8,
        rules: Vec<(u8, u8)>,
        itself: bool,
        tag: Option<u8>,
    },
    Document {
        n: u8,
        versions: u8,
        default: u8,
        tag: Option<u8>,
    },
    Alarm {
        n: u8,
        threshold: u8,
        minutes: u8,
        topic: Option<u8>,
        tag: Option<u8>,
    },
    Endpoint {
        tag: Option<u8>,
    },
    FlowLog {
        tag: Option<u8>,
    },
    Retention {
        months: u8,
    },
    KeyPair {
        tag: Option<u8>,
    },
    Instance {
        group: Option<u8>,
        keyed: bool,
        tag: Option<u8>,
    },
    Step,
}

pub fn built() -> BoxedStrategy<Wish> {
    let tag = || option::of(0_u8..3);
    let rules = vec((0_u8..4, 0_u8..4), 0..4);
    let piece = prop_oneof![
        3 => (0_u8..3, any::<bool>(), option::of(0_u8..3), tag())
            .prop_map(|(n, email, display, tag)| Piece::Topic { n, email, display, tag }),
        3 => (0_u8..3, option::of(1_u8..4), option::of(any::<bool>()), any::<bool>(), any::<bool>(), tag()).prop_map(
            |(n, days, versioned, closed, logged, tag)| Piece::Bucket { n, days, versioned, closed, logged, tag }
        ),
        1 => (tag(), any::<bool>()).prop_map(|(tag, policies)| Piece::Filled { tag, policies }),
        1 => (0_u8..2, option::of(0_u8..3), tag()).prop_map(|(n, comment, tag)| Piece::Zone { n, comment, tag }),
        3 => (0_u8..3, rules, any::<bool>(), tag())
            .prop_map(|(n, rules, itself, tag)| Piece::Group { n, rules, itself, tag }),
        2 => (0_u8..2, 1_u8..5, 1_u8..5, tag()).prop_map(|(n, versions, default, tag)| Piece::Document {
            n,
            versions,
            default: default.min(versions),
            tag,
        }),
        2 => (0_u8..3, 1_u8..5, 1_u8..4, option::of(0_u8..3), tag()).prop_map(
            |(n, threshold, minutes, topic, tag)| Piece::Alarm { n, threshold, minutes, topic, tag }
        ),
        1 => tag().prop_map(|tag| Piece::Endpoint { tag }),
        1 => tag().prop_map(|tag| Piece::FlowLog { tag }),
        1 => (0_u8..3).prop_map(|months| Piece::Retention { months }),
        1 => tag().prop_map(|tag| Piece::KeyPair { tag }),
        1 => (option::of(0_u8..3), any::<bool>(), tag())
            .prop_map(|(group, keyed, tag)| Piece::Instance { group, keyed, tag }),
        1 => Just(Piece::Step),
    ];
    vec(piece, 0..8).prop_map(Wish::Built).boxed()
}

pub fn standard() -> BoxedStrategy<Wish> {
    vec(any::<prop::sample::Index>(), 0..6).prop_map(Wish::Standard).boxed()
}

impl Wish {
    pub fn region(&self) -> Region {
        let region = match self {
            Self::Built(pieces) => Building::new().all(pieces),
            Self::Standard(chosen) => parts(chosen),
        };
        assert!(graph(&region).is_ok(), "{:?}", graph(&region));
        region
    }
}

/// The chosen things of the standard script, with what they need: from the last one on, what nobody needs is left out.
fn parts(chosen: &[prop::sample::Index]) -> Region {
    let mut region = undisturbed().region.clone();
    let kept: BTreeSet<usize> = chosen.iter().map(|index| index.index(region.wanted.len())).collect();
    for n in (0..region.wanted.len()).rev().filter(|n| !kept.contains(n)) {
        let left_out = region.wanted.remove(n);
        if graph(&region).is_err() {
            region.wanted.insert(n, left_out);
        }
    }
    region
}

/// A region on the way, with what several pieces share, made where the first one needs it.
struct Building {
    region: Region,
    vpc: Ref<Vpc>,
    /// The bucket of all logs, and who logs there.
    logs: Option<Ref<Bucket>>,
    loggers: BTreeSet<String>,
    topics: BTreeMap<u8, Ref<Topic>>,
    groups: BTreeMap<u8, Ref<SecurityGroup>>,
    key: Option<Ref<KeyPair>>,
    done: BTreeSet<String>,
}

macro_rules! tagged {
    ($thing:expr, $tag:expr) => {
        match $tag {
            Some(n) => $thing.tag("team", &format!("team-{n}")),
            None => $thing,
        }
    };
}

impl Building {
    fn new() -> Self {
        let mut region = Region::new(R);
        let vpc = region.add(default_vpc().dns());
        Self {
            region,
            vpc,
            logs: None,
            loggers: BTreeSet::new(),
            topics: BTreeMap::new(),
            groups: BTreeMap::new(),
            key: None,
            done: BTreeSet::new(),
        }
    }

    fn all(mut self, pieces: &[Piece]) -> Region {
        self.loggers = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Bucket { n, logged: true, .. } => Some(bucket_name(*n)),
                _ => None,
            })
            .collect();
        for piece in pieces {
            self.piece(piece);
        }
        self.region
    }

    /// Whether this is the first one of its name: nothing can be wanted twice.
    fn first(&mut self, name: String) -> bool {
        self.done.insert(name)
    }

    fn logs(&mut self) -> Ref<Bucket> {
        if let Some(logs) = &self.logs {
            return logs.clone();
        }
        let logs = bucket("random-logs").receives_flow_logs("flows");
        let receives = |logs: Bucket, name: &String| logs.receives_access_logs(name, &format!("{name}/"));
        let logs = self.region.add(self.loggers.iter().fold(logs, receives));
        self.logs = Some(logs.clone());
        logs
    }

    fn topic(&mut self, n: u8, value: Option<Topic>) -> Ref<Topic> {
        let region = &mut self.region;
        let new = || region.add(value.unwrap_or_else(|| topic(&format!("random-{n}"))));
        self.topics.entry(n).or_insert_with(new).clone()
    }

    fn group(&mut self, n: u8, value: Option<SecurityGroup>) -> Ref<SecurityGroup> {
        let (region, vpc) = (&mut self.region, self.vpc.clone());
        let new = || region.add(value.unwrap_or_else(|| group(n, vpc)));
        self.groups.entry(n).or_insert_with(new).clone()
    }

    fn key(&mut self, value: Option<KeyPair>) -> Ref<KeyPair> {
        let region = &mut self.region;
        self.key.get_or_insert_with(|| region.add(value.unwrap_or_else(|| key_pair("random", KEY)))).clone()
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Topic { n, email, display, tag } => {
                let mut value = tagged!(topic(&format!("random-{n}")), tag);
                if *email {
                    value = value.email("random@example.com");
                }
                if let Some(display) = display {
                    value = value.display_name(&format!("name {display}"));
                }
                self.topic(*n, Some(value));
            }
            Piece::Bucket { n, days, versioned, closed, logged, tag } => {
                if !self.first(bucket_name(*n)) {
                    return;
                }
                let mut value = tagged!(bucket(&bucket_name(*n)), tag);
                if let Some(days) = days {
                    value = value.lifecycle(
                        lifecycle_rule("tidy").under("tmp/").expire_after_days(i64::from(*days) * 10),
                    );
                }
                if let Some(on) = versioned {
                    value = value.versioning(*on);
                }
                if *closed {
                    value = value.readable_from(self.vpc.clone(), "Stmt1594127148960");
                }
                if *logged {
                    let logs = self.logs();
                    value = value.log_to(logs, &format!("{}/", bucket_name(*n)));
                }
                self.region.add(value);
            }
            Piece::Filled { tag, policies } => {
                if !self.first("filled".to_owned()) {
                    return;
                }
                let to = self.region.add(tagged!(bucket("random-filled").versioning(true), tag));
                self.region.add(replication(SSL, to.clone()).like(LIKE));
                self.region.add(object_copy(SSL, to.clone()));
                if *policies {
                    self.region.add(iam_policy("S3SSLUpdater").also_for(to, LIKE));
                }
            }
            Piece::Zone { n, comment, tag } => {
                if !self.first(format!("zone {n}")) {
                    return;
                }
                let mut value = tagged!(hosted_zone(&format!("random-{n}.dns")).vpc(self.vpc.clone()), tag);
                if let Some(comment) = comment {
                    value = value.comment(&format!("comment {comment}"));
                }
                self.region.add(value);
            }
            Piece::Group { n, rules, itself, tag } => {
                let mut value = tagged!(group(*n, self.vpc.clone()), tag);
                for (port, cidr) in rules {
                    value = value.allow(tcp(5000 + i64::from(*port)), &format!("198.51.100.{cidr}/32"));
                }
                if *itself {
                    value = value.allow_self(udp(53));
                }
                self.group(*n, Some(value));
            }
            Piece::Document { n, versions, default, tag } => {
                if !self.first(format!("document {n}")) {
                    return;
                }
                let mut value = tagged!(ssm_document(&format!("random-{n}")), tag);
                for version in 0..*versions {
                    value = value.version(&format!(
                        r#"{{"schemaVersion":"2.2","description":"{version}","mainSteps":[{{"action":"aws:sleep"}}]}}"#
                    ));
                }
                self.region.add(value.default_version(i64::from(*default)));
            }
            Piece::Alarm { n, threshold, minutes, topic, tag } => {
                if !self.first(format!("alarm {n}")) {
                    return;
                }
                let mut value = rds_alarm(FreeableMemory, Min, i64::from(*threshold) * 1000)
                    .of(format!("random-{n}").as_str())
                    .period_secs(i64::from(*minutes) * 60);
                if let Some(topic) = topic {
                    let topic = self.topic(*topic, None);
                    value = value.notify(topic);
                }
                self.region.add(tagged!(value, tag));
            }
            Piece::Endpoint { tag } => {
                if self.first("endpoint".to_owned()) {
                    self.region.add(tagged!(vpc_endpoint("s3", self.vpc.clone()), tag));
                }
            }
            Piece::FlowLog { tag } => {
                if self.first("flow log".to_owned()) {
                    let logs = self.logs();
                    self.region.add(tagged!(flow_log(self.vpc.clone(), logs, "flows"), tag));
                }
            }
            Piece::Retention { months } => {
                if self.first("retention".to_owned()) {
                    self.region.add(log_retention([30, 90, 365][usize::from(*months)]));
                }
            }
            Piece::KeyPair { tag } => {
                let value = tagged!(key_pair("random", KEY), tag);
                self.key(Some(value));
            }
            Piece::Instance { group, keyed, tag } => {
                if !self.first("instance".to_owned()) {
                    return;
                }
                let group = group.map(|n| self.group(n, None));
                let key = keyed.then(|| self.key(None));
                let mut value = instance("random")
                    .image_from("supertokens-dev-2022-04", "us-east-1")
                    .instance_type("t3.medium")
                    .in_vpc(self.vpc.clone());
                value = match group {
                    Some(group) => value.group(group),
                    None => value.group_named("default"),
                };
                if let Some(key) = key {
                    value = value.key_pair(key);
                }
                self.region.add(tagged!(value, tag));
            }
            Piece::Step => {
                if self.first("step".to_owned()) {
                    self.region.add(manual_step("random", "Do it by hand."));
                }
            }
        }
    }
}

fn bucket_name(n: u8) -> String {
    format!("random-bucket-{n}")
}

fn group(n: u8, vpc: Ref<Vpc>) -> SecurityGroup {
    security_group(&format!("random-{n}")).in_vpc(vpc).description("random")
}

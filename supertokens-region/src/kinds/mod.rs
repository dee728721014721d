//! The kinds, one file each, in the order of the checklist. A new kind is a file, its `mod` line and its line in the list.

mod alarm;
pub(crate) mod bucket;
mod carried;
mod ec2;
mod flow_log;
mod hosted_zone;
pub(crate) mod iam_policy;
mod instance;
mod key_pair;
mod lambda_function;
mod log_retention;
mod manual_step;
mod object_copy;
mod rds_cluster;
mod replication;
mod security_group;
pub(crate) mod ssm_document;
mod topic;
mod vpc;
mod vpc_endpoint;

pub use alarm::{
    Alarm, Metric, Metric::*, MissingData, MissingData::*, Published, Statistic, Statistic::*, Threshold,
    Watched, ec2_alarm, elb_alarm, lambda_alarm, rds_alarm,
};
pub use bucket::{Bucket, LifecycleRule, bucket, lifecycle_rule};
pub use flow_log::{FlowLog, Traffic, flow_log};
pub use hosted_zone::{HostedZone, hosted_zone};
pub use iam_policy::{IamPolicy, iam_policy};
pub use instance::{Instance, instance};
pub use key_pair::{KeyPair, key_pair};
pub use lambda_function::{LambdaFunction, lambda_function};
pub use log_retention::{LogRetention, log_retention};
pub use manual_step::{ManualStep, manual_step};
pub use object_copy::{ObjectCopy, object_copy};
pub use rds_cluster::{RdsCluster, rds_cluster};
pub use replication::{Replication, replication};
pub use security_group::{
    Ports, SecurityGroup, all_traffic, icmp_all, ping, security_group, tcp, tcp_range, udp,
};
pub use ssm_document::{SsmDocument, ssm_document};
pub use topic::{Topic, topic};
pub use vpc::{Vpc, default_vpc, vpc};
pub use vpc_endpoint::{VpcEndpoint, vpc_endpoint};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live, MadeBy};

/// The closed set of kinds: makes the enum with its serde tag, the conversions and the dispatch.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// A wanted or live thing of any kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the variants are the kinds, documented as such")]
        // Shared: a large account has thousands, and each is looked at by many.
        pub enum Resource { $($kind(Arc<$kind>)),+ }

        $(
            impl From<$kind> for Resource {
                fn from(kind: $kind) -> Self { Self::$kind(Arc::new(kind)) }
            }
            impl TryFrom<Resource> for $kind {
                type Error = Resource;
                fn try_from(resource: Resource) -> Result<Self, Resource> {
                    match resource { Resource::$kind(kind) => Ok(Arc::unwrap_or_clone(kind)), other => Err(other) }
                }
            }
        )+

        /// Runs an expression with `$it` bound to the kind inside and `$K` to its type.
        macro_rules! each {
            ($resource:expr, $K:ident, $it:ident => $run:expr) => {
                match $resource { $(Resource::$kind($it) => { type $K = $kind; $run })+ }
            };
        }

        impl Resource {
            /// The words of all kinds, in checklist order.
            pub const WORDS: &'static [&'static str] = &[$($kind::WORD),+];

            /// See [`Kind::READS_AFTER`].
            pub(crate) fn reads_after(word: &str) -> &'static [&'static str] {
                match word { $($kind::WORD => $kind::READS_AFTER,)+ _ => &[] }
            }

            /// See [`Kind::ahead`], of the kind that `word` names.
            pub(crate) async fn ahead(word: &str, aws: &Aws, region: &str) {
                $(if word == $kind::WORD { Box::pin($kind::ahead(aws, region)).await })+
            }

            /// See [`Kind::glance`], of the kind that `word` names.
            pub(crate) async fn glance(word: &str, aws: &Aws, region: &str) {
                $(if word == $kind::WORD { Box::pin($kind::glance(aws, region)).await })+
            }

            /// See [`Kind::read`]: all of `wanted` are of the kind that `word` names.
            pub(crate) async fn read(
                word: &str,
                wanted: &[Self],
                cx: &Cx<'_>,
            ) -> Vec<Result<Option<Live<Self>>, Error>> {
                match word {
                    $($kind::WORD => Box::pin(read_as::<$kind>(wanted, cx)).await,)+
                    _ => vec![],
                }
            }

            /// See [`Kind::preflight`]: all of `missing` are of the kind that `word` names.
            pub(crate) async fn preflight(
                word: &str,
                missing: &[Self],
                cx: &Cx<'_>,
            ) -> Result<Vec<Vec<Finding>>, Error> {
                match word {
                    $($kind::WORD => Box::pin($kind::preflight(&of_kind::<$kind>(missing), cx)).await,)+
                    _ => Ok(vec![]),
                }
            }
        }

        /// Registers the words of all kinds.
        #[cfg(feature = "rhai")]
        pub(crate) fn words(words: &mut crate::script::Words) {
            $($kind::words(words);)+
        }
    };
}

kinds! {
    Topic,
    Bucket,
    IamPolicy,
    Replication,
    ObjectCopy,
    HostedZone,
    Vpc,
    SecurityGroup,
    RdsCluster,
    Alarm,
    SsmDocument,
    LambdaFunction,
    VpcEndpoint,
    FlowLog,
    LogRetention,
    KeyPair,
    Instance,
    ManualStep,
}

fn of_kind<K: Kind>(wanted: &[Resource]) -> Vec<K> {
    wanted.iter().cloned().filter_map(|resource| K::try_from(resource).ok()).collect()
}

async fn read_as<K: Kind>(wanted: &[Resource], cx: &Cx<'_>) -> Vec<Result<Option<Live<Resource>>, Error>> {
    let wanted: Vec<K> = of_kind(wanted);
    let answers = K::read(&wanted, cx).await;
    debug_assert_eq!(answers.len(), wanted.len(), "{}: one answer a wanted value", K::WORD);
    let told = |live: Live<K>| Live { is: live.is.into(), id: live.id, findings: live.findings };
    answers.into_iter().map(|answer| answer.map(|live| live.map(told))).collect()
}

fn inner<K: Kind>(live: Option<&Live<Resource>>) -> Option<Live<K>> {
    let live = live?.clone();
    Some(Live { is: K::try_from(live.is).ok()?, id: live.id, findings: live.findings })
}

impl Resource {
    /// The kind's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        each!(self, K, _kind => K::WORD)
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        each!(self, K, kind => Address::new(K::WORD, &kind.name()))
    }

    /// Its fields as they are compared.
    #[must_use]
    pub fn fields(&self) -> Value {
        // Only a map with keys that aren't text can't be told as JSON, and no kind has one.
        each!(self, K, kind => serde_json::to_value::<&K>(kind).unwrap_or_default())
    }

    pub(crate) fn needs(&self) -> Vec<Address> {
        each!(self, K, kind => K::needs(kind))
    }

    pub(crate) fn awaits(&self) -> Vec<Address> {
        each!(self, K, kind => K::awaits(kind))
    }

    pub(crate) fn after(&self) -> Vec<Address> {
        each!(self, K, kind => K::after(kind))
    }

    pub(crate) fn check(&self) -> Vec<Invalid> {
        each!(self, K, kind => K::check(kind))
    }

    pub(crate) fn instructions(&self) -> String {
        each!(self, K, kind => K::instructions(kind))
    }

    pub(crate) fn log_groups(&self) -> Vec<String> {
        each!(self, K, kind => K::log_groups(kind))
    }

    pub(crate) fn made_by(&self) -> MadeBy {
        each!(self, K, _kind => K::MADE_BY)
    }

    /// See [`Kind::COVERS_OTHERS`].
    pub(crate) fn covers_others(&self) -> bool {
        each!(self, K, _kind => K::COVERS_OTHERS)
    }

    /// See [`Kind::TALLIES`].
    pub(crate) fn tallies(&self) -> &'static [&'static str] {
        each!(self, K, _kind => K::TALLIES)
    }

    pub(crate) fn remarks(&self, live: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        each!(self, K, kind => K::remarks(kind, inner::<K>(live).as_ref(), graph))
    }

    pub(crate) fn calls(&self, live: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        each!(self, K, kind => K::calls(kind, inner::<K>(live).as_ref()))
    }

    pub(crate) async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        // In boxes, as above: or else each visit takes as much of the stack as the largest of all kinds.
        each!(self, K, kind => Box::pin(K::apply(kind, inner::<K>(live).as_ref(), cx)).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Ref;

    /// One of each kind.
    fn one_of_each() -> Vec<Resource> {
        vec![
            topic("a").into(),
            bucket("a").into(),
            iam_policy("a").into(),
            replication("a", Ref::new("b")).like("c").into(),
            object_copy("a", Ref::new("b")).into(),
            hosted_zone("a").into(),
            default_vpc().into(),
            security_group("a").into(),
            rds_cluster("a").into(),
            rds_alarm(FreeableMemory, Min, 52428800).of("a").into(),
            ssm_document("a").into(),
            lambda_function("a").into(),
            vpc_endpoint("s3", Ref::new("a")).into(),
            flow_log(Ref::new("a"), Ref::new("b"), "c").into(),
            log_retention(365).into(),
            key_pair("a", "b").into(),
            instance("a").into(),
            manual_step("a", "b").into(),
        ]
    }

    #[test]
    fn the_serde_tag_of_every_kind_is_its_word() {
        let words: Vec<_> = one_of_each().iter().map(Resource::word).collect();
        assert_eq!(words, Resource::WORDS);
        for resource in one_of_each() {
            assert_eq!(serde_json::to_value(&resource).unwrap()["kind"], resource.word());
        }
    }

    #[test]
    fn kinds_are_read_after_kinds_that_there_are() {
        for word in Resource::WORDS {
            assert!(
                Resource::reads_after(word).iter().all(|before| Resource::WORDS.contains(before)),
                "{word}"
            );
        }
    }
}

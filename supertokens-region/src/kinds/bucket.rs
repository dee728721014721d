//! S3 buckets with their settings: closed to the public, without ACLs, encrypted; policy, lifecycle, tags and logging as
//! asked for, beside what others have put there.

mod carried;
mod check;
mod cors;
pub(crate) mod grant;
mod left_behind;
mod lifecycle;
mod making;
pub(super) mod place;
mod policy;
mod reviewed;
pub(super) mod settings;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde::{Deserialize, Serialize};

pub use lifecycle::{LifecycleRule, lifecycle_rule};

use super::Vpc;
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::tags::Tags;
use cors::Cors;
use grant::Grant;
use place::At;
use settings::{Logging, PublicAccessBlock};

/// An S3 bucket. Made with [`bucket`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    name: String,
    public_access_block: PublicAccessBlock,
    ownership: String,
    /// `AES256`, or an algorithm of KMS and its key: `aws:kms alias/mine`.
    encryption: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    bucket_key: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    versioning: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    lifecycle: BTreeMap<String, lifecycle::Rule>,
    /// From which size on objects change their storage class, as S3 words it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    smallest_to_move: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cors: Option<Vec<Cors>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    policy_id: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    policy: BTreeMap<String, Grant>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    logging: Option<Logging>,
    /// The region and the name of the bucket that it was carried over from.
    #[serde(skip)]
    like: Option<(String, String)>,
}

/// A bucket of this name, which no other account in the world may have: 3-63 lower-case letters, digits, `-` and `.`.
/// All public access is blocked, ACLs are off (`BucketOwnerEnforced`), and objects are encrypted with S3's own keys.
#[must_use]
pub fn bucket(name: &str) -> Bucket {
    Bucket {
        public_access_block: PublicAccessBlock::ALL,
        ownership: settings::NO_ACLS.to_owned(),
        encryption: settings::SSE_S3.to_owned(),
        ..Bucket::unset(name)
    }
}

impl Bucket {
    /// The same under another name: for a bucket that was read from a reference.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Encrypts new objects with this KMS key of the bucket's region: an alias (`alias/...`), a key id or an ARN. A bucket
    /// key saves calls of KMS. Not for buckets that receive logs: S3 can't deliver them there.
    #[must_use]
    pub fn encrypt_with(mut self, key: &str) -> Self {
        self.encryption = format!("{} {key}", settings::SSE_KMS);
        self.bucket_key = Some(true);
        self
    }

    /// Whether S3 keeps old versions of objects. `false` suspends it; versions that exist stay. Default: as it is.
    #[must_use]
    pub fn versioning(mut self, on: bool) -> Self {
        self.versioning = Some(on);
        self
    }

    /// Adds a lifecycle rule, made with [`lifecycle_rule`]; rules with other ids stay.
    #[must_use]
    pub fn lifecycle(mut self, rule: LifecycleRule) -> Self {
        let (id, rule) = rule.into_parts();
        self.lifecycle.insert(id, rule);
        self
    }

    /// The `Id` of the bucket's policy. Default: as it is.
    #[must_use]
    pub fn policy_id(mut self, id: &str) -> Self {
        self.policy_id = Some(id.to_owned());
        self
    }

    /// Lets everybody in this VPC read the objects, by way of an S3 endpoint there, in a policy statement with this `Sid`.
    #[must_use]
    pub fn readable_from(mut self, vpc: Ref<Vpc>, sid: &str) -> Self {
        self.policy.insert(sid.to_owned(), Grant::ReadableFrom(vpc));
        self
    }

    /// Lets S3 deliver the access logs of the bucket `source`, under keys that begin with `prefix`.
    #[must_use]
    pub fn receives_access_logs(self, source: &str, prefix: &str) -> Self {
        let grant = Grant::AccessLogs { source: source.to_owned(), prefix: prefix.to_owned() };
        self.grant("S3ServerAccessLogsPolicy", source, grant)
    }

    /// Lets AWS deliver VPC flow logs of this account and region into this folder; `""` is the whole bucket.
    #[must_use]
    pub fn receives_flow_logs(self, folder: &str) -> Self {
        let grant = Grant::FlowLogs { folder: folder.trim_matches('/').to_owned() };
        let this = self.grant("AWSLogDeliveryWrite", folder, grant);
        this.grant("AWSLogDeliveryAclCheck", "", Grant::FlowLogsAclCheck)
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Logs each access into another bucket of the region, whose policy must let S3 do so (`receives_access_logs`). Nothing
    /// is put between `prefix` and the rest of a log's name, so that it should end with `/`. Default: as it is.
    #[must_use]
    pub fn log_to(mut self, bucket: Ref<Self>, prefix: &str) -> Self {
        self.logging = Some(Logging::To { bucket, prefix: prefix.to_owned() });
        self
    }

    /// Wants the logging of accesses off.
    #[must_use]
    pub fn no_logging(mut self) -> Self {
        self.logging = Some(Logging::Off);
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("Bucket");
        words.word("bucket", bucket);
        words.word("named", Self::named);
        words.word("encrypt_with", Self::encrypt_with);
        words.word("versioning", Self::versioning);
        words.word("lifecycle", Self::lifecycle);
        words.word("policy_id", Self::policy_id);
        words.word("readable_from", Self::readable_from);
        words.word("receives_access_logs", Self::receives_access_logs);
        words.word("receives_flow_logs", Self::receives_flow_logs);
        words.word("tag", Self::tag);
        words.word("log_to", Self::log_to);
        words.word("no_logging", Self::no_logging);
        LifecycleRule::words(words);
    }

    /// Whether it is wanted to keep old versions of objects.
    pub(super) fn keeps_versions(&self) -> bool {
        self.versioning == Some(true)
    }

    /// A bucket with nothing set.
    fn unset(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            public_access_block: PublicAccessBlock::NONE,
            ownership: settings::UNSET.to_owned(),
            encryption: settings::UNSET.to_owned(),
            bucket_key: None,
            versioning: None,
            lifecycle: BTreeMap::new(),
            smallest_to_move: None,
            cors: None,
            policy_id: None,
            policy: BTreeMap::new(),
            tags: Tags::new(),
            logging: None,
            like: None,
        }
    }

    /// Adds a grant under AWS's own `Sid` for it, or under one of its own where that is taken.
    fn grant(mut self, sid: &str, of: &str, grant: Grant) -> Self {
        let sid = match self.policy.get(sid) {
            Some(other) if *other != grant => format!("{sid}-{}", of.replace('/', "-")),
            _ => sid.to_owned(),
        };
        self.policy.insert(sid, grant);
        self
    }
}

impl Kind for Bucket {
    const WORD: &'static str = "bucket";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn awaits(&self) -> Vec<Address> {
        self.logging.iter().filter_map(Logging::target).map(Ref::address).collect()
    }

    fn needs(&self) -> Vec<Address> {
        let vpcs = self.policy.values().filter_map(Grant::vpc).map(Ref::address);
        let target = self.logging.iter().filter_map(Logging::target).map(Ref::address);
        vpcs.chain(target).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn check(&self) -> Vec<Invalid> {
        check::check(self)
    }

    fn remarks(&self, live: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        let wrong = self.unheard_logs(graph).into_iter().chain(self.key_elsewhere(&graph.region));
        wrong.chain(self.reviewed(live.map(|live| &live.is))).collect()
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = place::regions(aws, region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let regions = match place::regions(cx.aws, cx.region).await {
            Ok(regions) => regions,
            Err(error) => return all_failed(wanted, &error),
        };
        let live = wanted.iter().map(|bucket| async {
            let at = At::new(&bucket.name, cx);
            let there = at.is_there(regions.get(&bucket.name)).await?;
            if there { bucket.told(&at).await.map(Some) } else { Ok(None) }
        });
        join_all(live).await
    }

    /// What stays behind of the buckets that they were carried over from.
    async fn preflight(missing: &[Self], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
        Ok(join_all(missing.iter().map(|bucket| bucket.stays_behind(cx))).await)
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        self.put(live.map(|live| &live.is), cx).await?;
        Ok(self.name.clone())
    }
}

//! The settings that S3 replaces as a whole: what is told of them, and how they are written.

use aws_sdk_s3::types::{
    BucketLoggingStatus, BucketVersioningStatus, LoggingEnabled, MfaDeleteStatus, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};
use aws_smithy_types::error::operation::BuildError;
use serde::{Deserialize, Serialize};

use super::Bucket;
use super::place::{At, on};
use crate::address::Ref;
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::graph::Graph;
use crate::ids::Stage;
use crate::kind::Cx;
use crate::tags::Tags;

/// What stands for a setting that old buckets, and some stand-ins for AWS, don't have.
pub(super) const UNSET: &str = "none";
/// The ownership under which ACLs are off.
pub(super) const NO_ACLS: &str = "BucketOwnerEnforced";
/// Encryption with S3's own keys.
pub(super) const SSE_S3: &str = "AES256";
/// Encryption with keys of KMS.
pub(super) const SSE_KMS: &str = "aws:kms";
/// The key that AWS takes where none is named.
const DEFAULT_KEY: &str = "alias/aws/s3";

/// What is done against public access.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PublicAccessBlock {
    block_public_acls: bool,
    ignore_public_acls: bool,
    block_public_policy: bool,
    restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    pub(super) const ALL: Self = Self::each(true);
    pub(super) const NONE: Self = Self::each(false);

    const fn each(on: bool) -> Self {
        Self {
            block_public_acls: on,
            ignore_public_acls: on,
            block_public_policy: on,
            restrict_public_buckets: on,
        }
    }
}

/// Where the log of accesses goes. Told as `off`, or as `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) enum Logging {
    Off,
    To { bucket: Ref<Bucket>, prefix: String },
}

impl From<Logging> for String {
    fn from(logging: Logging) -> Self {
        match logging {
            Logging::Off => "off".to_owned(),
            Logging::To { bucket, prefix } => format!("s3://{}/{prefix}", bucket.name()),
        }
    }
}

impl From<String> for Logging {
    fn from(text: String) -> Self {
        match text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, prefix)) => Self::To { bucket: Ref::new(bucket), prefix: prefix.to_owned() },
            None => Self::Off,
        }
    }
}

impl Logging {
    pub(super) fn target(&self) -> Option<&Ref<Bucket>> {
        match self {
            Self::Off => None,
            Self::To { bucket, .. } => Some(bucket),
        }
    }

    /// A bucket's id is its name: so it can be told whether or not it was read.
    pub(super) fn told(enabled: Option<&LoggingEnabled>) -> Self {
        enabled.map_or(Self::Off, |to| Self::To {
            bucket: Ref::new(to.target_bucket()),
            prefix: to.target_prefix().to_owned(),
        })
    }
}

impl At<'_> {
    pub(super) async fn ownership(&self) -> Result<String, Error> {
        let answer = on!(self, get_bucket_ownership_controls).send().await;
        let controls =
            answer.absent(&["OwnershipControlsNotFoundError"])?.and_then(|it| it.ownership_controls);
        let rule = controls.as_ref().and_then(|controls| controls.rules().first());
        Ok(rule.map_or(UNSET, |rule| rule.object_ownership().as_str()).to_owned())
    }

    pub(super) async fn put_ownership(&self, ownership: &str) -> Result<(), Error> {
        let ownership = ObjectOwnership::from(ownership);
        let rule = OwnershipControlsRule::builder().object_ownership(ownership).build();
        let controls = OwnershipControls::builder().rules(built(rule)?).build();
        on!(self, put_bucket_ownership_controls).ownership_controls(built(controls)?).send().await?;
        Ok(())
    }

    pub(super) async fn public_access_block(&self) -> Result<PublicAccessBlock, Error> {
        let answer = on!(self, get_public_access_block).send().await;
        let answer = answer.absent(&["NoSuchPublicAccessBlockConfiguration"])?;
        let told = answer.and_then(|answer| answer.public_access_block_configuration);
        Ok(told.map_or(PublicAccessBlock::NONE, |told| PublicAccessBlock {
            block_public_acls: told.block_public_acls() == Some(true),
            ignore_public_acls: told.ignore_public_acls() == Some(true),
            block_public_policy: told.block_public_policy() == Some(true),
            restrict_public_buckets: told.restrict_public_buckets() == Some(true),
        }))
    }

    pub(super) async fn put_public_access_block(&self, block: &PublicAccessBlock) -> Result<(), Error> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_public_acls)
            .ignore_public_acls(block.ignore_public_acls)
            .block_public_policy(block.block_public_policy)
            .restrict_public_buckets(block.restrict_public_buckets)
            .build();
        on!(self, put_public_access_block).public_access_block_configuration(block).send().await?;
        Ok(())
    }

    /// How new objects are encrypted, and whether with a bucket key. A key that is the wanted one is told as it is wanted,
    /// by id, ARN or alias.
    pub(super) async fn encryption(&self, wanted: &str) -> Result<(String, Option<bool>), Error> {
        let Some(rule) = self.encryption_rule().await? else { return Ok((UNSET.to_owned(), Some(false))) };
        let told = rule.apply_server_side_encryption_by_default().map_or(UNSET.to_owned(), |it| {
            match it.sse_algorithm().as_str() {
                SSE_S3 => SSE_S3.to_owned(),
                algorithm => format!("{algorithm} {}", it.kms_master_key_id().unwrap_or(DEFAULT_KEY)),
            }
        });
        let told = if bare(&told, self.cx) == bare(wanted, self.cx) { wanted.to_owned() } else { told };
        Ok((told, Some(rule.bucket_key_enabled() == Some(true))))
    }

    async fn encryption_rule(&self) -> Result<Option<ServerSideEncryptionRule>, Error> {
        let answer = on!(self, get_bucket_encryption).send().await;
        let answer = answer.absent(&["ServerSideEncryptionConfigurationNotFoundError"])?;
        let all = answer.and_then(|answer| answer.server_side_encryption_configuration);
        Ok(all.and_then(|all| all.rules.into_iter().next()))
    }

    /// Writes the default; what else the rule says, such as kinds of encryption that are blocked, stays.
    pub(super) async fn put_encryption(&self, wanted: &str, bucket_key: Option<bool>) -> Result<(), Error> {
        let old = self.encryption_rule().await?;
        let mut rule = old.unwrap_or_else(|| ServerSideEncryptionRule::builder().build());
        let (algorithm, key) = wanted.split_once(' ').map_or((wanted, None), |(it, key)| (it, Some(key)));
        let by_default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(algorithm))
            .set_kms_master_key_id(key.map(str::to_owned))
            .build();
        rule.apply_server_side_encryption_by_default = Some(built(by_default)?);
        rule.bucket_key_enabled = bucket_key.or(rule.bucket_key_enabled);
        let all = built(ServerSideEncryptionConfiguration::builder().rules(rule).build())?;
        on!(self, put_bucket_encryption).server_side_encryption_configuration(all).send().await?;
        Ok(())
    }

    pub(super) async fn versioning(&self) -> Result<bool, Error> {
        Ok(self.versioning_and_mfa().await?.0)
    }

    /// Whether old versions are kept, and whether who deletes one is asked for a device.
    pub(super) async fn versioning_and_mfa(&self) -> Result<(bool, bool), Error> {
        let answer = on!(self, get_bucket_versioning).send().await?;
        let keeps = answer.status() == Some(&BucketVersioningStatus::Enabled);
        Ok((keeps, answer.mfa_delete() == Some(&MfaDeleteStatus::Enabled)))
    }

    pub(super) async fn put_versioning(&self, on: bool) -> Result<(), Error> {
        let status = if on { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let versioning = VersioningConfiguration::builder().status(status).build();
        on!(self, put_bucket_versioning).versioning_configuration(versioning).send().await?;
        Ok(())
    }

    pub(super) async fn tags(&self) -> Result<Tags, Error> {
        let answer = on!(self, get_bucket_tagging).send().await.absent(&["NoSuchTagSet"])?;
        let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    /// S3 takes what it is given for all the tags of the bucket, also AWS's own, which must come back as they are.
    pub(super) async fn put_tags(&self, wanted: &Tags) -> Result<(), Error> {
        let mut tags = if self.new { Tags::new() } else { self.tags().await? };
        tags.extend(wanted.clone());
        let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<Result<_, _>>();
        let tagging = Tagging::builder().set_tag_set(Some(built(tags)?)).build();
        on!(self, put_bucket_tagging).tagging(built(tagging)?).send().await?;
        Ok(())
    }

    pub(super) async fn logging(&self) -> Result<Option<LoggingEnabled>, Error> {
        Ok(on!(self, get_bucket_logging).send().await?.logging_enabled)
    }

    /// The bucket that logs go to, once it lets them in.
    async fn target(&self, bucket: &Ref<Bucket>) -> Result<String, Error> {
        match self.cx.reached(&[bucket.address()], Stage::Done).await {
            Err(Error::Needs(target)) => Err(Error::Conflict {
                message: format!("its logs can't go to {target}, which failed"),
                hint: "see what it says of that one, then run again".to_owned(),
            }),
            reached => reached.and_then(|()| self.cx.ids.id(bucket)),
        }
    }

    /// Writes where logs go; the form of their keys stays, and so do grants on them, as long as the bucket does.
    pub(super) async fn put_logging(&self, wanted: &Logging) -> Result<(), Error> {
        let enabled = match wanted {
            Logging::Off => None,
            Logging::To { bucket, prefix } => {
                let target = self.target(bucket).await?;
                let old = if self.new { None } else { self.logging().await? };
                let grants = old.as_ref().filter(|old| old.target_bucket() == target);
                let enabled = LoggingEnabled::builder()
                    .target_bucket(&target)
                    .target_prefix(prefix)
                    .set_target_grants(grants.and_then(|old| old.target_grants.clone()))
                    .set_target_object_key_format(old.and_then(|old| old.target_object_key_format))
                    .build();
                Some(built(enabled)?)
            }
        };
        let status = BucketLoggingStatus::builder().set_logging_enabled(enabled).build();
        on!(self, put_bucket_logging).bucket_logging_status(status).send().await?;
        Ok(())
    }
}

impl Bucket {
    /// Logs that never arrive, since the bucket that they go to doesn't let them in: S3 takes the setting all the same.
    pub(super) fn unheard_logs(&self, graph: &Graph) -> Option<Finding> {
        let Logging::To { bucket, prefix } = self.logging.as_ref()? else { return None };
        let added = graph.nodes.get(&bucket.address()).filter(|added| !added.existing)?;
        let target = Self::try_from(added.resource.clone()).ok()?;
        if target.policy.values().any(|grant| grant.lets_logs_in(&self.name, prefix)) {
            return None;
        }
        let text =
            format!("its access logs will be lost: the policy of `{}` doesn't let them in", target.name);
        let hint = format!("add `.receives_access_logs(\"{}\", \"{prefix}\")` to that bucket", self.name);
        Some(Finding::error("logs-not-let-in", text).hint(hint))
    }

    /// A key of another region: S3 takes the setting, and then refuses each object.
    pub(super) fn key_elsewhere(&self, region: &str) -> Option<Finding> {
        let (_, key) = self.encryption.split_once(' ')?;
        let theirs = key.strip_prefix("arn:")?.split(':').nth(2)?;
        let text = format!("the KMS key is in {theirs}, the bucket in {region}: nothing can be written");
        (theirs != region)
            .then(|| Finding::error("key-elsewhere", text).hint("name a key of the bucket's region"))
    }
}

/// An encryption without what an ARN of a key of this account and region says in addition.
fn bare(encryption: &str, cx: &Cx<'_>) -> String {
    encryption.replace(&cx.arn("kms", cx.region, ""), "").replace(" key/", " ")
}

/// What the SDK built: it fails only without a required part, and all parts are given.
pub(in crate::kinds) fn built<T>(built: Result<T, BuildError>) -> Result<T, Error> {
    let hint = || "this is a mistake of the tool: report it".to_owned();
    built.map_err(|error| Error::Conflict { message: error.to_string(), hint: hint() })
}

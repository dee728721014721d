//! What is there of a bucket, told in the words of the builder: only what is wanted, all of it side by side.

use std::collections::BTreeMap;

use super::place::At;
use super::settings::Logging;
use super::{Bucket, cors, lifecycle};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Live;

impl Bucket {
    /// What is there of what is wanted.
    pub(super) async fn told(&self, at: &At<'_>) -> Result<Live<Self>, Error> {
        let policy_wanted = self.policy_id.is_some() || !self.policy.is_empty();
        let (public_access_block, ownership, encryption, versioning, lifecycle, cors, policy, tags, logging) =
            tokio::try_join!(
                at.public_access_block(),
                at.ownership(),
                at.encryption(&self.encryption),
                wanted(self.versioning.is_some(), at.versioning()),
                wanted(!self.lifecycle.is_empty(), at.lifecycle()),
                wanted(self.cors.is_some(), at.cors()),
                wanted(policy_wanted, at.policy_and_status()),
                wanted(!self.tags.is_empty(), at.tags()),
                wanted(self.logging.is_some(), at.logging()),
            )?;
        let (encryption, bucket_key) = encryption;
        let (document, public) = policy.unwrap_or_default();
        // Stand-ins may not tell it: then it is as it was put.
        let smallest = lifecycle.as_ref().and_then(|all| all.transition_default_minimum_object_size());
        let smallest = smallest.map(|it| it.as_str().to_owned()).or_else(|| self.smallest_to_move.clone());
        let lifecycle = lifecycle.map(|all| lifecycle::told(&all, &self.lifecycle)).unwrap_or_default();
        let mut live = Live::new(Self::unset(&self.name), &self.name);
        live.findings.extend(self.extra_rules(&lifecycle));
        live.findings.extend(self.extra_cors(cors.as_deref().unwrap_or_default()));
        if let Some(document) = &document {
            live.findings.extend(self.extra_statements(document));
        }
        if public {
            let text = "AWS calls the bucket's policy public: it lets in more than a fixed set of callers";
            let hint = "look for statements with the principal `*` and no condition on a VPC or an account";
            live.findings.push(Finding::error("public-bucket", text).hint(hint));
        }
        live.is = Self {
            public_access_block,
            ownership,
            encryption,
            bucket_key,
            versioning,
            smallest_to_move: smallest.filter(|_| !lifecycle.is_empty()),
            lifecycle,
            cors: cors.map(|live| cors::told(&live, self.cors.as_deref().unwrap_or_default())),
            policy_id: document.as_ref().and_then(|document| document.id()).map(str::to_owned),
            policy: document.map_or(Ok(BTreeMap::new()), |document| self.grants(&document, at.cx))?,
            tags: tags.unwrap_or_default(),
            logging: logging.map(|enabled| Logging::told(enabled.as_ref())),
            ..live.is
        };
        Ok(live)
    }
}

/// What a read gives, where it is wanted at all.
async fn wanted<T>(wanted: bool, read: impl Future<Output = Result<T, Error>>) -> Result<Option<T>, Error> {
    if wanted { read.await.map(Some) } else { Ok(None) }
}

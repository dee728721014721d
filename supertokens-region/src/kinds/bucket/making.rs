//! A bucket is made, and made equal to what is wanted: all that S3 sets apart from one another, side by side.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Bucket;
use super::place::At;
use super::settings::SSE_S3;
use crate::address::Ref;
use crate::diff::diff;
use crate::error::{Absent, Error};
use crate::ids::Stage;
use crate::kind::Cx;
use crate::tags;

/// With this S3 may answer for some seconds after a bucket was made. A write to it is tried again by itself.
const NOT_YET: [&str; 1] = ["NoSuchBucket"];

impl Bucket {
    /// Makes it where the plan has seen none, and puts what differs.
    pub(super) async fn put(&self, live: Option<&Self>, cx: &Cx<'_>) -> Result<(), Error> {
        let mut at = At::new(&self.name, cx);
        let live = match live {
            Some(live) => live.clone(),
            None => {
                at.new = at.ensure(&self.ownership).await?;
                let made = || Self { ownership: self.ownership.clone(), ..Self::unset(&self.name) };
                if at.new { made() } else { self.told(&at).await?.is }
            }
        };
        let (at, live) = (&at, &live);
        tokio::try_join!(
            self.put_who_may_reach_it(at, live),
            self.put_encryption(at, live),
            self.put_what_becomes_of_objects(at, live),
            self.put_the_rest(at, live),
        )?;
        Ok(())
    }

    /// The block comes before the policy: a policy that is public by mistake is refused then. AWS blocks a new bucket by
    /// itself, stand-ins may not.
    async fn put_who_may_reach_it(&self, at: &At<'_>, live: &Self) -> Result<(), Error> {
        let ownership = async {
            if self.ownership == live.ownership { Ok(()) } else { at.put_ownership(&self.ownership).await }
        };
        let closed = async {
            let mut block = live.public_access_block;
            if at.new {
                block = at.public_access_block().await.absent(&NOT_YET)?.unwrap_or(block);
            }
            if self.public_access_block != block {
                at.put_public_access_block(&self.public_access_block).await?;
            }
            if differs(&(&self.policy, &self.policy_id), &(&live.policy, &live.policy_id)) {
                at.put_policy(self.policy_id.as_deref(), &self.policy).await?;
            }
            Ok::<_, Error>(())
        };
        tokio::try_join!(ownership, closed)?;
        Ok(())
    }

    /// AWS encrypts what is in a new bucket by itself, stand-ins may not.
    async fn put_encryption(&self, at: &At<'_>, live: &Self) -> Result<(), Error> {
        let (mut is, mut key) = (live.encryption.clone(), live.bucket_key);
        if at.new && self.encryption == SSE_S3 && self.bucket_key.is_none() {
            (is, key) = at.encryption("").await.absent(&NOT_YET)?.unwrap_or((is, key));
        }
        if self.encryption != is || self.bucket_key.is_some_and(|on| key != Some(on)) {
            at.put_encryption(&self.encryption, self.bucket_key).await?;
        }
        Ok(())
    }

    async fn put_what_becomes_of_objects(&self, at: &At<'_>, live: &Self) -> Result<(), Error> {
        let versioning = async {
            // What was never on needs no suspending.
            if let Some(on) = self.versioning.filter(|on| live.versioning.unwrap_or_default() != *on) {
                at.put_versioning(on).await?;
            }
            at.cx.ids.reach(&Ref::<Self>::new(&self.name).address(), Stage::Usable);
            Ok(())
        };
        let lifecycle = async {
            let ages = differs(&self.lifecycle, &live.lifecycle);
            if ages || differs(&self.smallest_to_move, &live.smallest_to_move) {
                at.put_lifecycle(&self.lifecycle, self.smallest_to_move.as_deref()).await?;
            }
            Ok::<_, Error>(())
        };
        tokio::try_join!(versioning, lifecycle)?;
        Ok(())
    }

    async fn put_the_rest(&self, at: &At<'_>, live: &Self) -> Result<(), Error> {
        let cors = async {
            match self.cors.as_ref().filter(|_| self.cors != live.cors) {
                Some(cors) => at.put_cors(cors).await,
                None => Ok(()),
            }
        };
        let tags = async {
            if tags::missing(&self.tags, &live.tags).is_empty() {
                Ok(())
            } else {
                at.put_tags(&self.tags).await
            }
        };
        let logging = async {
            match self.logging.as_ref().filter(|_| self.logging != live.logging) {
                Some(logging) => at.put_logging(logging).await,
                None => Ok(()),
            }
        };
        tokio::try_join!(cors, tags, logging)?;
        Ok(())
    }
}

/// Whether the plan would show a difference.
fn differs(wanted: &impl Serialize, live: &impl Serialize) -> bool {
    let value = |it: serde_json::Result<_>| it.unwrap_or_default();
    let (wanted, live) = (value(serde_json::to_value(wanted)), value(serde_json::to_value(live)));
    !diff(&wanted, &live, &BTreeMap::new(), "").is_empty()
}

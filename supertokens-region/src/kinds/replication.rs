//! Replication of a bucket's new objects into a bucket of the region: one rule more among those that the source has.

mod parts;
mod rule;
mod source;

use std::time::Duration;

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::bucket::place;
use super::{Bucket, ObjectCopy};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::ids::Stage;
use crate::kind::{Cx, Invalid, Kind, Live};
pub(super) use parts::{goes_to, in_new_form};
pub(super) use source::Source;

/// Replication of one bucket into another. Made with [`replication`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    source: String,
    to: Ref<Bucket>,
    /// `enabled`, `disabled`, or `none` where there is no such rule.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    like: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role: Option<String>,
    /// Where the two other buckets are. Only reads tell it.
    #[serde(skip)]
    homes: Option<Homes>,
}

/// Where the source is, and where the bucket is that another rule goes to, as far as that is told.
#[derive(Clone, Debug, PartialEq)]
struct Homes {
    source: String,
    like: Option<String>,
}

/// As long as the bucket that it goes to isn't there by then, the rules of the source are read once more.
const STILL_SO: Duration = Duration::from_secs(5);
const ENABLED: &str = "enabled";
const NONE: &str = "none";

/// A rule that copies each new object of the bucket `source`, which may be in any region, into the bucket `to`. Both keep
/// versions. S3 doesn't copy the objects that are there already, nor those that came by replication themselves. It needs a
/// rule that it is to be [`like`](Replication::like), or a [`role`](Replication::role).
#[must_use]
pub fn replication(source: &str, to: Ref<Bucket>) -> Replication {
    Replication {
        source: source.to_owned(),
        to,
        status: ENABLED.to_owned(),
        like: None,
        role: None,
        homes: None,
    }
}

impl Replication {
    /// Makes the rule like the one to this bucket: the same objects, storage class, deletions, metrics, time control. A KMS
    /// key is left out, since it belongs to a region.
    #[must_use]
    pub fn like(mut self, bucket: &str) -> Self {
        self.like = Some(bucket.to_owned());
        self
    }

    /// The ARN of the role that S3 copies with, for a source that is not replicated yet. All rules of a bucket share one: a
    /// role that is there stays. Without a rule to be like, all objects are copied, and deletions are not.
    #[must_use]
    pub fn role(mut self, arn: &str) -> Self {
        self.role = Some(arn.to_owned());
        self
    }

    /// Where the bucket is that the other rule goes to, as far as that is told.
    async fn like_region(&self, cx: &Cx<'_>) -> Result<Option<String>, Error> {
        let Some(like) = &self.like else { return Ok(None) };
        Ok(place::regions(cx.aws, cx.region).await?.get(like).cloned().flatten())
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("Replication");
        words.word("replication", replication);
        words.word("like", Self::like);
        words.word("role", Self::role);
    }
}

impl Kind for Replication {
    const WORD: &'static str = "replication";

    /// `supertokens-ssl/supertokens-saas-ap-south-1`.
    fn name(&self) -> String {
        format!("{}/{}", self.source, self.to.name())
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.to.address()]
    }

    /// What else is set at the bucket is set meanwhile.
    fn awaits(&self) -> Vec<Address> {
        self.needs()
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = vec![];
        let is_name = |name: &str| !name.is_empty() && !name.contains([':', '/', ' ']);
        for name in [Some(&self.source), self.like.as_ref()].into_iter().flatten() {
            if !is_name(name) {
                let text = format!("`{name}` is not the name of a bucket");
                invalid.push(Invalid::new(text).hint("its name alone, not its ARN or URL"));
            }
        }
        if self.source == self.to.name() {
            let text = "it goes from a bucket to itself, which S3 refuses";
            invalid.push(Invalid::new(text).hint("name two buckets"));
        }
        if let Some(like) =
            self.like.as_ref().filter(|like| [self.to.name(), &self.source].contains(&&***like))
        {
            let text = format!("it is to be like a rule to `{like}`, which is one of its own two buckets");
            invalid.push(Invalid::new(text).hint("name the bucket of another region"));
        }
        match &self.role {
            Some(role) if !is_role(role) => {
                let text = format!("`{role}` is not the ARN of a role");
                invalid.push(Invalid::new(text).hint("such as `arn:aws:iam::123456789012:role/replication`"));
            }
            None if self.like.is_none() => {
                let text = "it says neither what rule it is like, nor which role S3 copies with";
                invalid.push(Invalid::new(text).hint("add `.like(bucket)` or `.role(arn)`"));
            }
            _ => {}
        }
        invalid
    }

    fn remarks(&self, live: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        let mut findings = vec![];
        if live.is_none_or(|live| live.is.status != ENABLED) {
            if !graph.nodes.contains_key(&Address::new(ObjectCopy::WORD, &self.name())) {
                let text =
                    format!("objects that `{}` has already are not replicated: new ones are", self.source);
                let hint = "add `object_copy(source, to)`";
                findings.push(Finding::info("not-retroactive", text).hint(hint));
            }
            let text = format!("what is in `{}` will be in {} too", self.source, graph.region);
            let hint = "make sure that the data may be kept there";
            findings.push(Finding::info("data-residency", text).hint(hint));
        }
        let added = graph.nodes.get(&self.to.address()).filter(|added| !added.existing);
        let bucket = added.and_then(|added| Bucket::try_from(added.resource.clone()).ok());
        if bucket.is_some_and(|bucket| !bucket.keeps_versions()) {
            let text = format!("`{}` doesn't keep versions, which S3 asks of it", self.to.name());
            let hint = "add `.versioning(true)` to that bucket";
            findings.push(Finding::error("destination-not-versioned", text).hint(hint).stops());
        }
        findings
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = place::regions(aws, region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let read = wanted.iter().map(|it| async move {
            let (source, like) = tokio::try_join!(Source::seen(&it.source, cx), it.like_region(cx))?;
            let homes = Homes { source: source.region.clone(), like };
            Ok(it.told(&source, cx)?.map(|live| Live { is: Self { homes: Some(homes), ..live.is }, ..live }))
        });
        join_all(read).await
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        // S3 knows only all rules at once, and may tell those of before for a while: so one after the other.
        let _turn = cx.aws.turn().await;
        let known = live.and_then(|live| live.is.homes.as_ref());
        let source = async || Source::now(&self.source, known.map(|homes| &*homes.source), cx).await;
        let (begin, needs) = (Instant::now(), self.needs());
        let (read, ()) = tokio::try_join!(source(), cx.reached(&needs, Stage::Usable))?;
        // So nothing is lost that somebody else has added since.
        let source = if begin.elapsed() < STILL_SO { read } else { source().await? };
        let like = match known {
            Some(homes) => homes.like.clone(),
            None => self.like_region(cx).await?,
        };
        if let Some(all) = self.put_into(&source, like.as_deref(), cx)? {
            source.put(all, self.to.name()).await?;
        }
        Ok(self.name())
    }
}

/// `arn:aws:iam::123456789012:role/some/path/name`
fn is_role(arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let [arn, partition, service, region, account, name] = parts[..] else { return false };
    (arn, service, region) == ("arn", "iam", "")
        && partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && name.strip_prefix("role/").is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssl() -> Replication {
        replication("ssl", Ref::new("saas"))
    }

    #[test]
    fn what_s3_would_refuse_is_told() {
        let role = "arn:aws:iam::123456789012:role/service-role/copier";
        for (wanted, wrong) in [
            (ssl().like("saas-us-east-1"), 0),
            (ssl().role(role), 0),
            (ssl().like("saas-us-east-1").role(role), 0),
            (ssl(), 1),
            (ssl().role("copier"), 1),
            (ssl().role("arn:aws:iam::123456789012:user/copier"), 1),
            (ssl().role("arn:aws:iam::1:role/copier"), 1),
            (ssl().like("saas"), 1),
            (ssl().like("ssl"), 1),
            (ssl().like("arn:aws:s3:::saas-us-east-1"), 1),
            (replication("", Ref::new("saas")).role(role), 1),
            (replication("saas", Ref::new("saas")).role(role), 1),
        ] {
            assert_eq!(wanted.check().len(), wrong, "{wanted:?}");
        }
    }

    #[test]
    fn the_name_is_of_both_buckets() {
        assert_eq!(ssl().name(), "ssl/saas");
    }
}

//! The objects that a bucket has already, copied once into another bucket: replication copies new ones only.

mod compare;
mod copy;
mod covered;
mod large;
mod listing;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::bucket::place;
use super::carried::IN_FLIGHT;
use super::replication::Source;
use super::{Bucket, Replication};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Invalid, Kind, Live};
use crate::text::{count, thousands};
use compare::{Verdict, compare};
use covered::Ends;

/// A copy of all objects of one bucket in another. Made with [`object_copy`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectCopy {
    source: String,
    to: Ref<Bucket>,
    /// Objects that are not there yet: none are wanted.
    missing: u64,
    /// Where the source is. Only reads tell it.
    #[serde(skip)]
    home: Option<String>,
}

/// Wants all objects that the bucket `source` has, wherever it is, to be in the bucket `to`: those that its replication rule
/// covers, or all where it has no such rule. S3 copies them itself, several at a time, with their metadata and tags; what is
/// there stays, and so does whatever is newer there or was deleted there. It goes on where a run before it ended.
#[must_use]
pub fn object_copy(source: &str, to: Ref<Bucket>) -> ObjectCopy {
    ObjectCopy { source: source.to_owned(), to, missing: 0, home: None }
}

impl ObjectCopy {
    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("ObjectCopy");
        words.word("object_copy", object_copy);
    }

    /// How many objects are missing, and what is remarkable about the others.
    async fn told(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let to = self.to.name();
        let (source, regions) =
            tokio::try_join!(Source::seen(&self.source, cx), place::regions(cx.aws, cx.region))?;
        let there = match regions.get(to) {
            Some(Some(region)) => region == cx.region,
            listed => listed.is_some(),
        };
        let ends = Ends::open(&self.source, source, to, there, cx);
        let verdicts = compare(&ends).map(|verdict| async { ends.if_covered(verdict?).await });
        let tally = verdicts.buffered(IN_FLIGHT).try_fold(Tally::default(), |mut tally, verdict| {
            tally.note(verdict);
            async { Ok(tally) }
        });
        let tally = tally.await?;
        let home = Some(ends.home.clone());
        let mut live = Live::new(Self { missing: tally.missing, home, ..self.clone() }, self.name());
        live.findings = tally.findings(&self.source, self.to.name());
        Ok(live)
    }
}

impl Kind for ObjectCopy {
    const WORD: &'static str = "object_copy";
    const TALLIES: &'static [&'static str] = &["missing"];

    /// `supertokens-ssl/supertokens-saas-ap-south-1`.
    fn name(&self) -> String {
        format!("{}/{}", self.source, self.to.name())
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.to.address()]
    }

    /// What comes between the copy and the rule would be in neither.
    fn after(&self) -> Vec<Address> {
        vec![Address::new(Replication::WORD, &self.name())]
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = vec![];
        if self.source.is_empty() || self.source.contains([':', '/', ' ']) {
            let text = format!("`{}` is not the name of a bucket", self.source);
            invalid.push(Invalid::new(text).hint("its name alone, not its ARN or URL"));
        }
        if self.source == self.to.name() {
            let text = "it copies from a bucket to itself";
            invalid.push(Invalid::new(text).hint("name two buckets"));
        }
        invalid
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = place::regions(aws, region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        join_all(wanted.iter().map(async |it| it.told(cx).await.map(Some))).await
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        // With the rules as they are by now. The bucket that it goes to is there: it needs it.
        let home = live.and_then(|live| live.is.home.as_deref());
        let source = Source::now(&self.source, home, cx).await?;
        let ends = Ends::open(&self.source, source, self.to.name(), true, cx);
        copy::all(&ends, live.map(|live| live.is.missing)).await?;
        Ok(self.name())
    }
}

/// What a comparison found, by number; of each sort one as an example.
#[derive(Default)]
struct Tally {
    all: u64,
    missing: u64,
    archived: (u64, Option<String>),
    deleted: (u64, Option<String>),
    newer: (u64, Option<String>),
}

impl Tally {
    fn note(&mut self, verdict: Verdict) {
        let add = |(count, example): &mut (u64, Option<String>), key| {
            *count += 1;
            example.get_or_insert(key);
        };
        self.all += u64::from(!matches!(verdict, Verdict::NotOurs));
        match verdict {
            Verdict::There | Verdict::NotOurs => {}
            Verdict::Missing(..) => self.missing += 1,
            Verdict::Archived(key) => add(&mut self.archived, key),
            Verdict::Deleted(key) => add(&mut self.deleted, key),
            Verdict::Newer(key) => add(&mut self.newer, key),
        }
    }

    fn findings(self, source: &str, to: &str) -> Vec<Finding> {
        let mut findings = vec![];
        if self.missing > 0 {
            let (missing, all) = (thousands(self.missing), objects(self.all));
            let text = format!("{missing} of {all} of `{source}` are not in `{to}` yet");
            findings.push(Finding::info("objects-missing", text));
        }
        if let (number, Some(key)) = self.archived {
            let text = format!("{} of `{source}` can't be copied, being archived: `{key}`", objects(number));
            let hint =
                "restore those that are needed, then run again: replication leaves archived objects out too";
            findings.push(Finding::warning("archived-objects", text).hint(hint));
        }
        if let (number, Some(key)) = self.deleted {
            let text = format!("{} of `{source}` stay away, deleted in `{to}`: `{key}`", objects(number));
            findings.push(Finding::info("deleted-there", text));
        }
        if let (number, Some(key)) = self.newer {
            let text = format!("{} differ, and are newer in `{to}`: `{key}`", objects(number));
            let hint = format!("they stay: nothing but copies from `{source}` should be written there");
            findings.push(Finding::warning("newer-there", text).hint(hint));
        }
        findings
    }
}

/// `1 object`, `1,000 objects`.
fn objects(number: u64) -> String {
    if number == 1 { count(1, "object") } else { format!("{} objects", thousands(number)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_told() {
        let to = || Ref::new("saas");
        assert!(object_copy("ssl", to()).check().is_empty());
        for source in ["", "arn:aws:s3:::ssl", "ssl/a", "saas"] {
            assert_eq!(object_copy(source, to()).check().len(), 1, "{source}");
        }
    }

    #[test]
    fn it_comes_after_the_rule_that_copies_new_objects() {
        let rule = super::super::replication("ssl", Ref::new("saas"));
        assert_eq!(object_copy("ssl", Ref::new("saas")).after(), [Address::new("replication", &rule.name())]);
    }
}

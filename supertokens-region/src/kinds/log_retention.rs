//! For how long the log groups of the region keep their events: all of them, those that this run makes included.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};

use crate::aws::{Aws, Listing};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live};
use crate::text::count;

/// How long the region's log groups keep their events. Made with [`log_retention`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRetention {
    days: i64,
    /// The groups that are so: `all`, or how many of how many.
    groups: String,
}

/// All log groups of the region keep their events for so many days: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400,
/// 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653. Those that are there are set at once, those that the run brings as soon
/// as they are there. AWS deletes what is older, for good. Groups of the class `DELIVERY` have a retention that nobody can
/// change.
#[must_use]
pub fn log_retention(days: i64) -> LogRetention {
    LogRetention { days, groups: ALL.to_owned() }
}

const ALL: &str = "all";
const AWS_VALUES: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
/// As many as AWS tells in one answer.
const PAGE: i32 = 50;
/// How many groups are set at a time. AWS's rate, not this, is what limits it.
const SIDE_BY_SIDE: usize = 32;
/// How often groups that somebody else changes at the same moment are tried.
const ROUNDS: usize = 3;

impl LogRetention {
    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("LogRetention");
        words.word("log_retention", log_retention);
    }
}

impl Kind for LogRetention {
    const WORD: &'static str = "log_retention";
    const COVERS_OTHERS: bool = true;
    const TALLIES: &'static [&'static str] = &["groups"];

    fn name(&self) -> String {
        ALL.to_owned()
    }

    fn check(&self) -> Vec<Invalid> {
        if AWS_VALUES.contains(&self.days) {
            return vec![];
        }
        let below = AWS_VALUES.iter().rev().find(|days| **days < self.days);
        let above = AWS_VALUES.iter().find(|days| **days > self.days);
        let nearest: Vec<_> = below.into_iter().chain(above).map(ToString::to_string).collect();
        let text = format!("{} days is no retention that AWS has", self.days);
        vec![Invalid::new(text).hint(format!("the nearest: {}", nearest.join(" or ")))]
    }

    fn remarks(&self, _: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        let to_come: usize = graph.nodes.values().map(|added| added.resource.log_groups().len()).sum();
        if to_come == 0 {
            return vec![];
        }
        let text = format!(
            "{} of what is wanted here: set with the others, as soon as it is there",
            count(to_come, "log group")
        );
        vec![Finding::info("log-groups-to-come", text)]
    }

    fn calls(&self, live: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        vec![("logs:PutRetentionPolicy", live.map_or(0, |live| live.is.to_set()))]
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<Kept>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let mut answers = vec![];
        for retention in wanted {
            answers.push(retention.told(cx).await.map(Some));
        }
        answers
    }

    async fn apply(&self, _: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let mut left = 0;
        for _ in 0..ROUNDS {
            let mut differing = vec![];
            each_group(cx.aws, cx.region, |group| {
                if retention_of(&group) != Some(self.days) {
                    differing.extend(group.log_group_name);
                }
            })
            .await?;
            left = self.set(differing, cx).await?;
            if left == 0 {
                return Ok(ALL.to_owned());
            }
        }
        Err(Error::Conflict {
            message: format!("somebody else is changing {} at the same time", count(left, "log group")),
            hint: "run again".to_owned(),
        })
    }
}

/// How many days a group keeps what is in it; `None`: for ever.
fn retention_of(group: &LogGroup) -> Option<i64> {
    group.retention_in_days().map(i64::from)
}

/// Calls `with` for each group whose retention can be set.
async fn each_group(aws: &Aws, region: &str, mut with: impl FnMut(LogGroup)) -> Result<(), Error> {
    let mut pages = aws.logs(region).describe_log_groups().limit(PAGE).into_paginator().send();
    while let Some(page) = pages.try_next().await? {
        let groups = page.log_groups.into_iter().flatten();
        groups.filter(|group| group.log_group_class() != Some(&LogGroupClass::Delivery)).for_each(&mut with);
    }
    Ok(())
}

/// Log groups that keep what is in them equally long.
#[derive(Default)]
struct Groups {
    count: usize,
    /// Those that have something in them, and how much all of them have.
    filled: usize,
    bytes: i64,
}

/// The log groups of a region, counted by their retention: there may be tens of thousands.
struct Kept(BTreeMap<Option<i64>, Groups>);

impl Listing for Kept {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let mut kept = BTreeMap::<_, Groups>::new();
        each_group(aws, region, |group| {
            let groups = kept.entry(retention_of(&group)).or_default();
            let stored = group.stored_bytes().unwrap_or_default();
            groups.count += 1;
            groups.filled += usize::from(stored > 0);
            groups.bytes += stored;
        })
        .await?;
        Ok(Self(kept))
    }
}

impl LogRetention {
    async fn told(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let kept = cx.aws.list::<Kept>(cx.region).await?;
        let all: usize = kept.0.values().map(|groups| groups.count).sum();
        let so = kept.0.get(&Some(self.days)).map_or(0, |groups| groups.count);
        let longer = kept.0.iter().filter(|(days, _)| days.is_none_or(|days| days > self.days));
        let (shortened, bytes) =
            longer.fold((0, 0), |(count, bytes), (_, groups)| (count + groups.filled, bytes + groups.bytes));
        let groups = if so == all { ALL.to_owned() } else { format!("{so} of {all}") };
        let mut live = Live::new(Self { days: self.days, groups }, ALL);
        let text = format!("{} now, {} to set", count(all, "log group"), all - so);
        live.findings.push(Finding::info("log-groups", text));
        if shortened > 0 {
            let text = format!(
                "{} with {bytes} bytes: events older than {} days are deleted, for good",
                count(shortened, "log group"),
                self.days
            );
            live.findings.push(
                Finding::error("shortens-retention", text)
                    .hint("export first what has to stay, or choose more days")
                    .stops(),
            );
        }
        Ok(live)
    }

    /// How many of the groups that were there are otherwise.
    fn to_set(&self) -> u64 {
        let mut numbers = self.groups.split(" of ").filter_map(|number| number.parse::<u64>().ok());
        match (numbers.next(), numbers.next()) {
            (Some(so), Some(all)) => all.saturating_sub(so),
            _ => 0,
        }
    }

    /// Sets these groups, and tells how many it could not: deleted meanwhile, or being changed by somebody else.
    async fn set(&self, groups: Vec<String>, cx: &Cx<'_>) -> Result<usize, Error> {
        let logs = cx.aws.logs(cx.region);
        let days = i32::try_from(self.days).unwrap_or(i32::MAX); // `check` has let through AWS's values only
        let set = |name| logs.put_retention_policy().log_group_name(name).retention_in_days(days).send();
        // Stopped, no further one is begun.
        let groups = stream::iter(groups).take_until(cx.progress.stopped());
        let mut answers = std::pin::pin!(groups.map(set).buffer_unordered(SIDE_BY_SIDE));
        let (mut left, mut failed) = (0, None);
        while let Some(answer) = answers.next().await {
            match answer.absent(&["ResourceNotFoundException", "OperationAbortedException"]) {
                Ok(Some(_)) => {}
                Ok(None) => left += 1,
                Err(error) => failed = Some(error),
            }
        }
        match (failed, cx.progress.why_stopped()) {
            (Some(error), _) => Err(error),
            (None, Some(why)) => Err(Error::Stopped(why)),
            (None, None) => Ok(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_aws_does_not_have_are_told_with_the_nearest() {
        let hint = |days| log_retention(days).check().into_iter().next().and_then(|invalid| invalid.hint);
        assert_eq!(hint(365), None);
        assert_eq!(hint(360).as_deref(), Some("the nearest: 180 or 365"));
        assert_eq!(hint(0).as_deref(), Some("the nearest: 1"));
        assert_eq!(hint(9999).as_deref(), Some("the nearest: 3653"));
    }
}

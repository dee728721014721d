//! What AWS publishes of a database cluster, and alarms that watch just that.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::{AlarmType, Dimension, DimensionFilter, MetricAlarm, StateValue};

use super::Alarm;
use super::family::Family;
use super::metric::Metric;
use super::parts::Dimensions;
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Kind};
use crate::wanted::Wanted;

/// Under which dimensions a region publishes the metrics of one of its clusters: what CloudWatch lists, and what the
/// region's own alarms watch and get data of.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    region: String,
    cluster: String,
    metrics: BTreeMap<String, BTreeSet<Vec<(String, String)>>>,
}

/// The dimension of a cluster, as most metrics have it.
const CLUSTER: &str = "DBClusterIdentifier";
/// The dimensions that the checklist has, and the engine that it names.
const AS_WRITTEN: [&str; 2] = ["DbClusterIdentifier", "EngineName"];
const ENGINE: &str = "aurora";

impl Published {
    /// What the region publishes of this cluster.
    pub(crate) async fn read(cluster: &str, cx: &Cx<'_>) -> Result<Self, Error> {
        let cluster = cluster.to_lowercase();
        let seen = cx.aws.list::<Databases>(cx.region).await?;
        let of = |name: &str| seen.listed.get(&(name.to_owned(), cluster.clone())).into_iter().flatten();
        let prefix = Family::Rds.alarm_name(&cluster, "");
        let watched = seen.watched.iter().filter(|(alarm, _)| alarm.starts_with(&prefix));
        let rows = of(CLUSTER).chain(of(AS_WRITTEN[0])).chain(watched.map(|(_, row)| row));
        let mut metrics = BTreeMap::<_, BTreeSet<_>>::new();
        for (metric, dimensions) in rows.cloned() {
            metrics.entry(metric).or_default().insert(dimensions);
        }
        Ok(Self { region: cx.region.to_owned(), cluster, metrics })
    }

    /// See [`crate::Kind::ahead`].
    pub(crate) async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<Databases>(region).await;
    }

    /// Whether the metric is published for the cluster as a whole.
    fn has(&self, metric: &str) -> bool {
        let whole = vec![(CLUSTER.to_owned(), self.cluster.clone())];
        self.metrics.get(metric).is_some_and(|sets| sets.contains(&whole))
    }

    /// Whether the metric is published as the checklist has it.
    fn has_as_written(&self, metric: &str) -> bool {
        let written = vec![
            (AS_WRITTEN[0].to_owned(), self.cluster.clone()),
            (AS_WRITTEN[1].to_owned(), ENGINE.to_owned()),
        ];
        self.metrics.get(metric).is_some_and(|sets| sets.contains(&written))
    }
}

type Row = (String, Vec<(String, String)>);

fn pairs(dimensions: &[Dimension]) -> Vec<(String, String)> {
    let pair = |it: &Dimension| Some((it.name()?.to_owned(), it.value()?.to_owned()));
    let mut all: Vec<_> = dimensions.iter().filter_map(pair).collect();
    all.sort();
    all
}

/// What a region publishes of all its clusters.
struct Databases {
    /// What CloudWatch lists, by the dimension that names the cluster, and its value.
    listed: BTreeMap<(String, String), Vec<Row>>,
    /// What alarms on clusters watch, of those that have data, with their names.
    watched: Vec<(String, Row)>,
}

impl Listing for Databases {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let (mut listed, written, watched) = tokio::try_join!(
            listed(CLUSTER, aws, region),
            listed(AS_WRITTEN[0], aws, region),
            watched(aws, region)
        )?;
        listed.extend(written);
        Ok(Self { listed, watched })
    }
}

/// The metrics that CloudWatch lists with this dimension, by its values.
async fn listed(name: &str, aws: &Aws, region: &str) -> Result<BTreeMap<(String, String), Vec<Row>>, Error> {
    let filter = DimensionFilter::builder().name(name).build();
    let list = aws.cloudwatch(region).list_metrics().namespace(Family::Rds.namespace());
    let mut pages = list.dimensions(filter).into_paginator().send();
    let mut all = BTreeMap::<_, Vec<_>>::new();
    while let Some(page) = pages.try_next().await? {
        for metric in page.metrics.into_iter().flatten() {
            let dimensions = pairs(metric.dimensions());
            let of = dimensions.iter().find(|(known, _)| known == name).cloned();
            if let (Some(of), Some(metric)) = (of, metric.metric_name) {
                all.entry(of).or_default().push((metric, dimensions));
            }
        }
    }
    Ok(all)
}

/// What alarms on clusters watch, of those that have data.
async fn watched(aws: &Aws, region: &str) -> Result<Vec<(String, Row)>, Error> {
    let ask = aws.cloudwatch(region).describe_alarms().alarm_types(AlarmType::MetricAlarm);
    let ask = ask.alarm_name_prefix(Family::Rds.alarm_name("", "").trim_end()).max_records(100);
    let mut pages = ask.into_paginator().send();
    let mut all = vec![];
    while let Some(page) = pages.try_next().await? {
        let has_data = |it: &MetricAlarm| {
            matches!(it.state_value(), Some(StateValue::Ok | StateValue::Alarm))
                && it.namespace() == Some(Family::Rds.namespace())
        };
        for alarm in page.metric_alarms.into_iter().flatten().filter(has_data) {
            let dimensions = pairs(alarm.dimensions());
            if let (Some(name), Some(metric)) = (alarm.alarm_name, alarm.metric_name) {
                all.push((name, (metric, dimensions)));
            }
        }
    }
    Ok(all)
}

impl Alarm {
    /// The same of a bare alarm: see [`Wanted::as_published`].
    #[must_use]
    pub fn as_published(self, published: &Published) -> Wanted<Self> {
        Wanted::new(self).as_published(published)
    }

    /// The checklist's letter: the dimensions `DbClusterIdentifier` and `EngineName=aurora`. Aurora publishes next to nothing
    /// so, and the plan says it.
    #[must_use]
    pub fn as_written(mut self) -> Self {
        self.dimensions = Dimensions(BTreeMap::from([
            (AS_WRITTEN[0].to_owned(), self.of.to_lowercase()),
            (AS_WRITTEN[1].to_owned(), ENGINE.to_owned()),
        ]));
        self
    }

    /// See [`Alarm::as_published`]; and the deviation from the checklist, or the doubt.
    fn published(self, published: &Published) -> (Self, Option<Finding>) {
        if self.of.is_empty() || Family::of(&self.namespace) != Some(Family::Rds) {
            return (self, None);
        }
        let (metric, region) = (self.metric.clone(), published.region.as_str());
        let local = Metric::FreeLocalStorage.to_string();
        let like = format!("`{}` of {region}", published.cluster);
        let written = self.clone().as_written();
        if published.has_as_written(&metric) {
            return (written, None);
        }
        let (name, of) = (self.name(), self.of.to_lowercase());
        let whole = |mut alarm: Self| {
            alarm.dimensions = Dimensions(BTreeMap::from([(CLUSTER.to_owned(), of)]));
            alarm
        };
        if published.has(&metric) {
            let text = format!(
                "it watches `{metric}` under `{CLUSTER}`, as it is published of {like}; under the checklist's \
                 `{}` and `{}={ENGINE}` it is not",
                AS_WRITTEN[0], AS_WRITTEN[1]
            );
            return (whole(self), Some(Finding::info("deviates", text)));
        }
        if metric == Metric::FreeStorageSpace.to_string() && published.has(&local) {
            let text = format!(
                "it watches `{local}` under `{CLUSTER}`, as it is published of {like}; the checklist's `{metric}` is \
                 no metric of Aurora"
            );
            let alarm = Self { metric: local, named: Some(name), ..whole(self) };
            return (alarm, Some(Finding::info("deviates", text)));
        }
        let text =
            format!("nothing like `{metric}` is published of {like}: it is made as the checklist has it");
        let hint =
            "look at the metrics that the new cluster publishes; serverless instances have no local storage";
        (written, Some(Finding::warning("as-written", text).hint(hint)))
    }
}

impl Wanted<Alarm> {
    /// Watches what a reference really publishes of a cluster like this one, under the alarm's own name: `FreeLocalStorage`
    /// in place of the `FreeStorageSpace` that Aurora lacks. Without evidence it is [`Alarm::as_written`]. The deviation from
    /// the checklist, or the doubt, is told.
    #[must_use]
    pub fn as_published(self, published: &Published) -> Self {
        let (alarm, finding) = self.value.clone().published(published);
        let place = format!("reference {}", published.region);
        let told = Self::stamp(Some(self), alarm, &place);
        match finding {
            Some(finding) => told.note(finding),
            None => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{CPUUtilization, FreeLocalStorage, FreeStorageSpace, Max, Min, rds_alarm};

    fn published(rows: &[(Metric, &[(&str, &str)])]) -> Published {
        let mut all =
            Published { region: "us-east-1".to_owned(), cluster: "old".to_owned(), metrics: BTreeMap::new() };
        for (metric, dimensions) in rows {
            let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            all.metrics.entry(metric.to_string()).or_default().insert(dimensions.collect());
        }
        all
    }

    fn told(alarm: Alarm, published: &Published) -> (String, String, String, Option<String>) {
        let (alarm, finding) = alarm.published(published);
        let dimensions = Vec::<String>::from(alarm.dimensions.clone()).join(", ");
        (alarm.name(), alarm.metric, dimensions, finding.map(|finding| finding.rule))
    }

    #[test]
    fn what_the_reference_publishes_is_watched_and_the_deviation_is_told() {
        let seen = published(&[
            (CPUUtilization, &[("DBClusterIdentifier", "old")]),
            (FreeLocalStorage, &[("DBClusterIdentifier", "old")]),
        ]);
        let (name, metric, dimensions, rule) = told(rds_alarm(CPUUtilization, Max, 80).of("New"), &seen);
        assert_eq!((name.as_str(), metric.as_str()), ("db-New CPUUtilization", "CPUUtilization"));
        assert_eq!((dimensions.as_str(), rule.as_deref()), ("DBClusterIdentifier=new", Some("deviates")));
        let (name, metric, dimensions, rule) = told(rds_alarm(FreeStorageSpace, Min, 1).of("New"), &seen);
        assert_eq!((name.as_str(), metric.as_str()), ("db-New FreeStorageSpace", "FreeLocalStorage"));
        assert_eq!((dimensions.as_str(), rule.as_deref()), ("DBClusterIdentifier=new", Some("deviates")));
    }

    #[test]
    fn without_evidence_it_is_the_letter_of_the_checklist_and_a_doubt() {
        let other = published(&[(CPUUtilization, &[("DBClusterIdentifier", "old"), ("Role", "WRITER")])]);
        for alarm in
            [rds_alarm(CPUUtilization, Max, 80).of("new"), rds_alarm(FreeStorageSpace, Min, 1).of("new")]
        {
            let (_, _, dimensions, rule) = told(alarm.clone(), &other);
            assert_eq!(dimensions, "DbClusterIdentifier=new, EngineName=aurora");
            assert_eq!(rule.as_deref(), Some("as-written"));
            assert_eq!(alarm.as_written().doubts()[0].rule, "metric-not-published");
        }
    }

    #[test]
    fn where_the_checklist_is_right_nothing_deviates() {
        let dimensions: &[(&str, &str)] = &[("DbClusterIdentifier", "old"), ("EngineName", "aurora")];
        let seen = published(&[(CPUUtilization, dimensions)]);
        let (_, _, dimensions, rule) = told(rds_alarm(CPUUtilization, Max, 80).of("new"), &seen);
        assert_eq!((dimensions.as_str(), rule), ("DbClusterIdentifier=new, EngineName=aurora", None));
    }
}

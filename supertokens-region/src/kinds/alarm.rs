//! CloudWatch alarms on one metric: of a database cluster, a function, a load balancer or an instance.

mod check;
mod family;
mod live;
mod metric;
mod parts;
mod published;
mod watched;
#[cfg(feature = "rhai")]
mod words;

use std::collections::BTreeMap;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::Topic;
use crate::address::{Address, Ref};
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::tags::{self, Tags};
use family::Family;
pub use metric::{Metric, MissingData, Statistic, Threshold};
use parts::{ANY_UNIT, Datapoints, Dimensions, When};
pub use published::Published;
pub use watched::Watched;

/// An alarm on one metric. Made with [`rds_alarm`], [`lambda_alarm`], [`elb_alarm`] or [`ec2_alarm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    #[serde(skip_serializing_if = "String::is_empty", default)]
    of: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    watches: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    named: Option<String>,
    namespace: String,
    metric: String,
    dimensions: Dimensions,
    statistic: String,
    comparison: String,
    #[serde(serialize_with = "parts::plain")]
    threshold: Option<f64>,
    unit: String,
    period_secs: i64,
    evaluation_periods: i64,
    datapoints: Datapoints,
    missing_data: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    description: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    notify: BTreeMap<String, When>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// An alarm on a metric of a database cluster: `rds_alarm(FreeableMemory, Min, 52428800)` is one when less than 50 MiB are
/// free. `Min` watches a floor, the other statistics a ceiling. It is named `db-CLUSTER METRIC`.
#[must_use]
pub fn rds_alarm<T: Threshold>(metric: Metric, statistic: Statistic, threshold: T) -> Alarm {
    alarm(Family::Rds, metric, statistic, threshold.number())
}

/// An alarm on a metric of a function, all its versions together: `lambda_alarm(Errors, Max, 1)` is one when a run fails.
/// The threshold itself is an alarm too, unless it is a floor (`Min`). It is named `FUNCTION METRIC`.
#[must_use]
pub fn lambda_alarm<T: Threshold>(metric: Metric, statistic: Statistic, threshold: T) -> Alarm {
    alarm(Family::Lambda, metric, statistic, threshold.number())
}

/// An alarm on a metric of an application load balancer: `elb_alarm(TargetResponseTime, Max, 1.5)`. Where failures are
/// counted, the threshold itself is an alarm too. It is named `LOAD-BALANCER ELB METRIC`.
#[must_use]
pub fn elb_alarm<T: Threshold>(metric: Metric, statistic: Statistic, threshold: T) -> Alarm {
    alarm(Family::Elb, metric, statistic, threshold.number())
}

/// An alarm on a metric of an instance: `ec2_alarm(StatusCheckFailed, Max, 1)`. Where failures are counted, the threshold
/// itself is an alarm too. It is named `INSTANCE METRIC`.
#[must_use]
pub fn ec2_alarm<T: Threshold>(metric: Metric, statistic: Statistic, threshold: T) -> Alarm {
    alarm(Family::Ec2, metric, statistic, threshold.number())
}

fn alarm(family: Family, metric: Metric, statistic: Statistic, threshold: f64) -> Alarm {
    Alarm {
        of: String::new(),
        watches: None,
        named: None,
        namespace: family.namespace().to_owned(),
        metric: metric.to_string(),
        dimensions: Dimensions::default(),
        statistic: statistic.name().to_owned(),
        comparison: family.comparison(metric, statistic).to_owned(),
        threshold: Some(threshold),
        unit: ANY_UNIT.to_owned(),
        period_secs: 900,
        evaluation_periods: 1,
        datapoints: Datapoints::All,
        missing_data: MissingData::Missing.name().to_owned(),
        description: None,
        notify: BTreeMap::new(),
        tags: Tags::new(),
    }
}

impl Alarm {
    /// What is watched, by name or as what `add` gave: the cluster's identifier (its metrics bear it in lower case), the function's name, the load
    /// balancer's `app/NAME/ID` or the instance's id. It gives the alarm its name and its dimension.
    #[must_use]
    pub fn of(mut self, what: impl Into<Watched>) -> Self {
        let Watched { name, address } = what.into();
        self.watches = address;
        self.of.clone_from(&name);
        match Family::of(&self.namespace) {
            Some(Family::Rds) => self.dimension(Family::Rds.dimension(), &name.to_lowercase()),
            Some(family) => self.dimension(family.dimension(), &name),
            None => self,
        }
    }

    /// Adds a dimension, in place of one whose name is the same but for upper and lower case. AWS finds a metric only under
    /// all the dimensions that it is published with.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: &str) -> Self {
        self.dimensions.0.retain(|known, _| !known.eq_ignore_ascii_case(name));
        self.dimensions.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The alarm's name, 1-255 characters, in place of the one that it is given by what it is of.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.named = Some(name.to_owned());
        self
    }

    /// Tells this topic when it becomes an alarm. May be said of several; five actions are the most. Actions of others
    /// stay.
    #[must_use]
    pub fn notify(mut self, topic: Ref<Topic>) -> Self {
        self.notify.insert(topic.name().to_owned(), When::OnAlarm);
        self
    }

    /// An alarm when the metric is lower than the threshold.
    #[must_use]
    pub fn lower(self) -> Self {
        self.compared("LessThanThreshold")
    }

    /// An alarm when the metric is as low as the threshold, or lower.
    #[must_use]
    pub fn lower_or_equal(self) -> Self {
        self.compared("LessThanOrEqualToThreshold")
    }

    /// An alarm when the metric is greater than the threshold.
    #[must_use]
    pub fn greater(self) -> Self {
        self.compared("GreaterThanThreshold")
    }

    /// An alarm when the metric is as great as the threshold, or greater.
    #[must_use]
    pub fn greater_or_equal(self) -> Self {
        self.compared("GreaterThanOrEqualToThreshold")
    }

    fn compared(mut self, comparison: &str) -> Self {
        comparison.clone_into(&mut self.comparison);
        self
    }

    /// Over how many seconds the statistic is taken: 10, 20, 30 or a multiple of 60. Default: 900.
    #[must_use]
    pub fn period_secs(mut self, seconds: i64) -> Self {
        self.period_secs = seconds;
        self
    }

    /// How many periods are looked at; all together at the most a day, or a week for periods of an hour and more.
    /// Default: 1.
    #[must_use]
    pub fn evaluation_periods(mut self, periods: i64) -> Self {
        self.evaluation_periods = periods;
        self
    }

    /// How many of these periods must be bad. Default: all.
    #[must_use]
    pub fn datapoints(mut self, periods: i64) -> Self {
        self.datapoints = Datapoints::Some(periods);
        self
    }

    /// What a period without data counts as: `Missing`, `NotBreaching`, `Breaching` or `Ignore`. Default: `Missing`.
    #[must_use]
    pub fn missing_data(mut self, counts_as: MissingData) -> Self {
        counts_as.name().clone_into(&mut self.missing_data);
        self
    }

    /// What the mails say about it, up to 1024 characters. Default: as it is.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

impl Kind for Alarm {
    const WORD: &'static str = "alarm";
    const READS_AFTER: &'static [&'static str] = &[Topic::WORD];

    fn name(&self) -> String {
        let usual = |family: Family| family.alarm_name(&self.of, &self.metric);
        self.named.clone().or_else(|| Family::of(&self.namespace).map(usual)).unwrap_or_default()
    }

    fn needs(&self) -> Vec<Address> {
        let topics = self.notify.keys().map(|topic| Address::new(Topic::WORD, topic));
        topics.chain(self.watches.clone()).collect()
    }

    fn check(&self) -> Vec<Invalid> {
        self.invalid()
    }

    fn remarks(&self, _: Option<&Live<Self>>, _: &Graph) -> Vec<Finding> {
        self.doubts()
    }

    fn calls(&self, _: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        vec![("cloudwatch:PutMetricAlarm", 1)]
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let batches = wanted.chunks(live::MOST_NAMES).map(|batch| async move {
            match live::look(&batch.iter().map(Self::name).collect::<Vec<_>>(), cx).await {
                Ok(found) => join_all(batch.iter().map(|alarm| alarm.told(&found, cx))).await,
                Err(error) => all_failed(batch, &error),
            }
        });
        join_all(batches).await.into_iter().flatten().collect()
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let name = self.name();
        // A put replaces all that is there: what isn't ours is put back as it is now.
        let now = match live.is_none() && cx.aws.looked_lately() {
            true => None,
            false => live::look(std::slice::from_ref(&name), cx).await?.take(&name)?,
        };
        if now.as_ref().is_none_or(|now| self.differs(&self.retold(now, cx))) {
            self.put(now.as_ref(), cx).await?;
        }
        let arn = cx.arn("cloudwatch", cx.region, &format!("alarm:{name}"));
        if now.is_some() {
            // Tags in a put count for new alarms only.
            let known = live.map(|live| live.is.tags.clone()).unwrap_or_default();
            let missing = tags::missing(&self.tags, &known);
            live::tag(&arn, &missing, cx).await?;
        }
        Ok(arn)
    }
}

#[cfg(test)]
mod tests;

//! Alarms as CloudWatch tells and takes them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, Dimension, EvaluationState, MetricAlarm, StandardUnit, StateValue,
    Statistic, Tag,
};
use serde_json::to_value;

use super::check::MOST_ACTIONS;
use super::family::Family;
use super::metric::MissingData;
use super::parts::{ANY_UNIT, Datapoints, Dimensions, When};
use super::{Alarm, Topic};
use crate::address::Ref;
use crate::diff::diff;
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Kind, Live};
use crate::tags::Tags;

/// AWS takes so many names in one call, and tells so many alarms in one answer.
pub(super) const MOST_NAMES: usize = 100;

/// What there is of some names.
#[derive(Default)]
pub(super) struct Found {
    alarms: BTreeMap<String, MetricAlarm>,
    composite: BTreeSet<String>,
}

impl Found {
    /// The alarm of this name.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<MetricAlarm>, Error> {
        self.get(name)?;
        Ok(self.alarms.remove(name))
    }

    fn get(&self, name: &str) -> Result<Option<&MetricAlarm>, Error> {
        if self.composite.contains(name) {
            return Err(Error::Conflict {
                message: format!("there is a composite alarm of the name `{name}`"),
                hint: "give the alarm another name with `.named(..)`, or remove the composite one".to_owned(),
            });
        }
        Ok(self.alarms.get(name))
    }
}

/// Looks for alarms of these names, at most [`MOST_NAMES`], of both sorts: they share one space of names.
pub(super) async fn look(names: &[String], cx: &Cx<'_>) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut pages = cx
        .aws
        .cloudwatch(cx.region)
        .describe_alarms()
        .set_alarm_names(Some(names.to_vec()))
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(100)
        .into_paginator()
        .send();
    while let Some(page) = pages.try_next().await? {
        found.composite.extend(page.composite_alarms.into_iter().flatten().filter_map(|it| it.alarm_name));
        let alarms = page.metric_alarms.into_iter().flatten();
        found.alarms.extend(alarms.filter_map(|alarm| Some((alarm.alarm_name.clone()?, alarm))));
    }
    Ok(found)
}

impl Alarm {
    /// What was found of this alarm, told in its own terms.
    pub(super) async fn told(&self, found: &Found, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        let Some(alarm) = found.get(&self.name())? else { return Ok(None) };
        let arn = cx.arn("cloudwatch", cx.region, &format!("alarm:{}", self.name()));
        let mut live = Live::new(self.retold(alarm, cx), &arn);
        self.check_room(alarm, cx)?;
        if !self.tags.is_empty() {
            live.is.tags = tags_of(&arn, cx).await?;
        }
        live.findings = self.health(alarm);
        Ok(Some(live))
    }

    /// The live alarm in the builder's terms; what the builder can't say is told so that it differs.
    pub(super) fn retold(&self, alarm: &MetricAlarm, cx: &Cx<'_>) -> Self {
        let text = |text: Option<&str>, otherwise: &str| {
            text.filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
        };
        let pair =
            |it: &Dimension| (it.name().unwrap_or_default().into(), it.value().unwrap_or_default().into());
        let periods = alarm.evaluation_periods().map_or(1, i64::from);
        let bad = alarm.datapoints_to_alarm().map_or(periods, i64::from);
        let statistic = alarm.statistic().map(Statistic::as_str).or(alarm.extended_statistic());
        // Some tools say `None` where they mean none.
        let unit = alarm.unit().filter(|unit| **unit != StandardUnit::None).map(StandardUnit::as_str);
        Self {
            of: self.of.clone(),
            watches: self.watches.clone(),
            named: self.named.clone(),
            namespace: text(alarm.namespace(), "none"),
            metric: text(alarm.metric_name(), "an expression"),
            dimensions: Dimensions(alarm.dimensions().iter().map(pair).collect()),
            statistic: text(statistic, "none"),
            comparison: text(alarm.comparison_operator().map(ComparisonOperator::as_str), "none"),
            threshold: alarm.threshold(),
            unit: text(unit, ANY_UNIT),
            period_secs: alarm.period().map_or(0, i64::from),
            evaluation_periods: periods,
            // All of them may be said in two ways: told as the wanted alarm says it.
            datapoints: match self.datapoints {
                Datapoints::Some(wanted) if wanted == bad => Datapoints::Some(bad),
                _ if bad == periods => Datapoints::All,
                _ => Datapoints::Some(bad),
            },
            missing_data: text(alarm.treat_missing_data(), MissingData::Missing.name()),
            description: Some(alarm.alarm_description().unwrap_or_default().to_owned()),
            notify: alarm
                .alarm_actions()
                .iter()
                .map(|arn| (cx.ids.name_of::<Topic>(arn).name().to_owned(), When::OnAlarm))
                .collect(),
            tags: Tags::new(),
        }
    }

    /// Whether a put is needed: tags have a call of their own.
    pub(super) fn differs(&self, live: &Self) -> bool {
        let bare = Self { tags: Tags::new(), ..self.clone() };
        let fields = |alarm: &Self| to_value(alarm).unwrap_or_default();
        !diff(&fields(&bare), &fields(live), &BTreeMap::new(), "").is_empty()
    }

    /// Refuses before AWS does: five actions are the most, with those of others.
    fn check_room(&self, alarm: &MetricAlarm, cx: &Cx<'_>) -> Result<(), Error> {
        let there: BTreeSet<_> = alarm.alarm_actions().iter().cloned().collect();
        // A topic that isn't made yet will have this ARN too, so that it may be there already.
        let ours: BTreeSet<_> = self.notify.keys().map(|topic| cx.arn("sns", cx.region, topic)).collect();
        let new = ours.difference(&there).count();
        if new == 0 || there.len() + new <= MOST_ACTIONS {
            return Ok(());
        }
        Err(Error::Conflict {
            message: format!(
                "the alarm has {} actions, and AWS takes {MOST_ACTIONS}: no room for {new} more",
                there.len()
            ),
            hint: "take an action off the alarm that nobody needs, then run again".to_owned(),
        })
    }

    /// Whether it works, by what AWS tells beside its settings.
    fn health(&self, alarm: &MetricAlarm) -> Vec<Finding> {
        let mut findings = vec![];
        let reason = alarm.state_reason().unwrap_or_default();
        let watched = || Vec::<String>::from(self.dimensions.clone()).join(", ");
        match alarm.state_value() {
            Some(StateValue::Alarm) => {
                findings.push(
                    Finding::warning("in-alarm", format!("it is an alarm now: {reason}"))
                        .hint("the alarm works; look after what it watches"),
                );
            }
            // A function that nobody calls has no data.
            Some(StateValue::InsufficientData) if self.namespace != Family::Lambda.namespace() => {
                let text = format!("no data yet: of `{}` under {}", self.metric, watched());
                findings.push(Finding::info("no-data", text).hint(
                    "a new alarm waits for its first period; if this lasts, nobody publishes the metric with these dimensions",
                ));
            }
            _ => {}
        }
        if matches!(
            alarm.evaluation_state(),
            Some(EvaluationState::EvaluationError | EvaluationState::EvaluationFailure)
        ) {
            findings.push(
                Finding::error("evaluation-failed", format!("CloudWatch can't evaluate it: {reason}"))
                    .hint("look at the alarm's history"),
            );
        }
        if alarm.actions_enabled() == Some(false) && !self.notify.is_empty() {
            findings.push(
                Finding::error("actions-off", "its actions are off: it tells nobody")
                    .hint(format!("`aws cloudwatch enable-alarm-actions --alarm-names \"{}\"`", self.name())),
            );
        }
        findings
    }

    /// Writes it, over `now` if that is there: with the actions and settings of others as they are.
    pub(super) async fn put(&self, now: Option<&MetricAlarm>, cx: &Cx<'_>) -> Result<(), Error> {
        let mut actions = now.map(|now| now.alarm_actions().to_vec()).unwrap_or_default();
        for topic in self.notify.keys() {
            let arn = cx.ids.id(&Ref::<Topic>::new(topic))?;
            if !actions.contains(&arn) {
                actions.push(arn);
            }
        }
        // `check` keeps all numbers within AWS's bounds.
        let number = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        let put = cx
            .aws
            .cloudwatch(cx.region)
            .put_metric_alarm()
            .alarm_name(self.name())
            .namespace(&self.namespace)
            .metric_name(&self.metric)
            .set_dimensions(Some(self.dimensions.sdk()))
            .statistic(self.statistic.as_str().into())
            .comparison_operator(self.comparison.as_str().into())
            .set_threshold(self.threshold)
            .period(number(self.period_secs))
            .evaluation_periods(number(self.evaluation_periods))
            .set_datapoints_to_alarm(match self.datapoints {
                Datapoints::All => None,
                Datapoints::Some(periods) => Some(number(periods)),
            })
            .treat_missing_data(&self.missing_data)
            .set_alarm_description(self.description.clone())
            .set_alarm_actions(Some(actions));
        let put = match now {
            None => put.set_tags(Some(sdk_tags(&self.tags))),
            Some(now) => {
                let theirs = now.alarm_description.clone();
                put.set_alarm_description(self.description.clone().or(theirs))
                    .set_actions_enabled(now.actions_enabled)
                    .set_ok_actions(now.ok_actions.clone())
                    .set_insufficient_data_actions(now.insufficient_data_actions.clone())
                    .set_evaluation_window(now.evaluation_window.clone())
                    .set_warm_up_configuration(now.warm_up_configuration.clone())
                    .set_action_configuration(now.action_configuration.clone())
            }
        };
        put.send().await?;
        Ok(())
    }
}

impl Dimensions {
    fn sdk(&self) -> Vec<Dimension> {
        self.0.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
    }
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

async fn tags_of(arn: &str, cx: &Cx<'_>) -> Result<Tags, Error> {
    let answer = cx.aws.cloudwatch(cx.region).list_tags_for_resource().resource_arn(arn).send().await?;
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
    Ok(answer.tags().iter().filter_map(pair).collect())
}

/// Adds these tags, if there are any.
pub(super) async fn tag(arn: &str, tags: &Tags, cx: &Cx<'_>) -> Result<(), Error> {
    if !tags.is_empty() {
        let tags = Some(sdk_tags(tags));
        cx.aws.cloudwatch(cx.region).tag_resource().resource_arn(arn).set_tags(tags).send().await?;
    }
    Ok(())
}

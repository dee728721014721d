//! One rule among those of the source: found by its destination, made like another, put among the others.

use aws_sdk_s3::types::{
    DeleteMarkerReplicationStatus, Destination, ReplicationConfiguration, ReplicationRule,
    ReplicationRuleFilter, ReplicationRuleStatus,
};

use super::super::bucket::settings::built;
use super::parts::{
    delete_markers, differences, free_priority, goes_to, has_key, in_new_form, is_old, key_of, place_of,
};
use super::source::Source;
use super::{NONE, Replication};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Kind, Live};

/// The most rules that S3 takes of a bucket.
const RULES: usize = 1000;

impl Replication {
    /// What is there, told in the words of the builder. A source with other rules is there, and this one is missing in it.
    pub(super) fn told(&self, source: &Source<'_>, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        let Some(all) = &source.configuration else {
            return if self.role.is_some() { Ok(None) } else { Err(self.no_model()) };
        };
        let mine = place_of(all, self.to.name()).map(|place| &all.rules[place]);
        let model = self.model(all);
        let mut live = Live::new(Self { status: NONE.to_owned(), like: None, ..self.clone() }, self.name());
        match mine {
            None if model.is_none() && self.role.is_none() => return Err(self.no_model()),
            None if all.rules().len() >= RULES => {
                return Err(Error::Conflict {
                    message: format!(
                        "`{}` has {RULES} replication rules, the most that S3 takes",
                        self.source
                    ),
                    hint: "take one of them out".to_owned(),
                });
            }
            None => live.findings.extend(self.old_form(all)),
            Some(mine) => {
                live.is.status = mine.status().as_str().to_lowercase();
                live.is.like = self.like.as_ref().map(|like| match model {
                    Some(model) => {
                        let wanted = self.like_model(model, cx);
                        let parts: Vec<_> = differences(&wanted, mine);
                        if parts.is_empty() {
                            like.clone()
                        } else {
                            format!("{like}, but for {}", parts.join(", "))
                        }
                    }
                    None => like.clone(),
                });
            }
        }
        live.findings.extend(self.findings(all, mine, model));
        Ok(Some(live))
    }

    fn no_model(&self) -> Error {
        let like = self.like.as_deref().unwrap_or_default();
        Error::Conflict {
            message: format!(
                "`{}` has no replication rule to `{like}` that a new one could be like",
                self.source
            ),
            hint: "name another bucket in `.like(...)`, or give a role for a plain rule: `.role(arn)`"
                .to_owned(),
        }
    }

    /// Old rules know one destination: one more makes new ones of them, which say themselves what the old ones mean.
    fn old_form(&self, all: &ReplicationConfiguration) -> Option<Finding> {
        let text = format!(
            "the replication rules of `{}` are of S3's old form, which knows one destination: they become rules of the \
             new form, with a filter, a priority, and deletions that go on being replicated",
            self.source
        );
        let hint = "look at them afterwards: deletions by lifecycle rules, and of replicas, may be treated differently";
        all.rules().iter().any(is_old).then(|| Finding::warning("old-form", text).hint(hint))
    }

    fn findings(
        &self,
        all: &ReplicationConfiguration,
        mine: Option<&ReplicationRule>,
        model: Option<&ReplicationRule>,
    ) -> Vec<Finding> {
        let mut findings = vec![];
        let like = self.like.as_deref().unwrap_or_default();
        if self.like.is_some() && model.is_none() {
            let text = format!("`{}` has no rule to `{like}` to compare with", self.source);
            findings.push(Finding::info("no-model", text));
        }
        if all.rules().iter().filter(|rule| goes_to(rule, like)).count() > 1 {
            let text = format!("`{}` has several rules to `{like}`: this one is like the first", self.source);
            findings.push(
                Finding::warning("several-rules", text).hint("add the others by hand where they are needed"),
            );
        }
        if model.is_some_and(has_key) && !mine.is_some_and(has_key) {
            let text = format!(
                "the rule to `{like}` has a KMS key, which belongs to a region: this rule has none, and leaves out \
                 objects that are encrypted with keys of KMS"
            );
            let hint = "if there are such objects, give the rule a key of this region by hand: it will stay";
            findings.push(Finding::warning("kms-key-dropped", text).hint(hint));
        }
        if self.role.as_ref().is_some_and(|role| role != all.role()) {
            let text =
                format!("`{}` is replicated with `{}`, which all its rules share", self.source, all.role());
            findings.push(Finding::warning("other-role", text).hint("that role stays: leave `.role` out"));
        }
        findings
    }

    /// All rules of the source with this one, or `None` where nothing is to be changed. The others stay to the letter, but
    /// for old ones, which S3 doesn't take beside new ones.
    pub(super) fn put_into(
        &self,
        source: &Source<'_>,
        like_region: Option<&str>,
        cx: &Cx<'_>,
    ) -> Result<Option<ReplicationConfiguration>, Error> {
        self.told(source, cx)?;
        let mut all = match (&source.configuration, &self.role) {
            (Some(all), _) => all.clone(),
            (None, Some(role)) => {
                built(ReplicationConfiguration::builder().role(role).set_rules(Some(vec![])).build())?
            }
            (None, None) => return Err(self.no_model()),
        };
        let model = self.model(&all).cloned();
        let wanted = model.as_ref().map(|model| self.like_model(model, cx));
        let Some(there) = place_of(&all, self.to.name()) else {
            in_new_form(&mut all.rules);
            let mut rule = wanted.map_or_else(|| self.plain(cx), Ok)?;
            rule.id = Some(self.id(&all.rules, model.as_ref(), like_region, cx.region));
            rule.priority = Some(free_priority(&all.rules));
            all.rules.push(rule);
            return Ok(Some(all));
        };
        let wanted = wanted.filter(|wanted| !differences(wanted, &all.rules[there]).is_empty());
        if wanted.is_none() && all.rules[there].status == ReplicationRuleStatus::Enabled {
            return Ok(None);
        }
        if let Some(mut wanted) = wanted {
            in_new_form(&mut all.rules);
            let live = &all.rules[there];
            (wanted.id, wanted.priority) = (live.id.clone(), live.priority);
            key_of(Some(live), &mut wanted);
            all.rules[there] = wanted;
        }
        all.rules[there].status = ReplicationRuleStatus::Enabled;
        Ok(Some(all))
    }

    fn model<'a>(&self, all: &'a ReplicationConfiguration) -> Option<&'a ReplicationRule> {
        let place = place_of(all, self.like.as_ref()?)?;
        all.rules.get(place)
    }

    /// The rule as it is to be, like this one: without an id and a priority.
    fn like_model(&self, model: &ReplicationRule, cx: &Cx<'_>) -> ReplicationRule {
        let mut rule = model.clone();
        in_new_form(std::slice::from_mut(&mut rule));
        (rule.id, rule.priority) = (None, None);
        rule.status = ReplicationRuleStatus::Enabled;
        if let Some(destination) = &mut rule.destination {
            destination.bucket = cx.arn("s3", "", self.to.name());
            // A bucket of another account: this one is of our own, which owns its copies anyway.
            if destination.account.as_deref().is_some_and(|account| account != cx.account()) {
                (destination.account, destination.access_control_translation) = (None, None);
            }
        }
        key_of(None, &mut rule);
        rule
    }

    /// A rule that is like no other: AWS's own defaults.
    fn plain(&self, cx: &Cx<'_>) -> Result<ReplicationRule, Error> {
        let destination = built(Destination::builder().bucket(cx.arn("s3", "", self.to.name())).build())?;
        let rule = ReplicationRule::builder().status(ReplicationRuleStatus::Enabled);
        let rule = rule.filter(ReplicationRuleFilter::builder().prefix("").build());
        let deletions = delete_markers(DeleteMarkerReplicationStatus::Disabled);
        built(rule.delete_marker_replication(deletions).destination(destination).build())
    }

    /// The id of the model with this region's name in it, or the destination's name: whichever is free.
    fn id(
        &self,
        rules: &[ReplicationRule],
        model: Option<&ReplicationRule>,
        like_region: Option<&str>,
        region: &str,
    ) -> String {
        let to = self.to.name();
        // Stand-ins don't list regions: then the names tell, `data-ap-south-1` like `data-us-east-1`.
        let by_name = || self.like.as_ref()?.strip_prefix(to.strip_suffix(region)?);
        let renamed = like_region.or_else(by_name).zip(model.and_then(ReplicationRule::id));
        let renamed = renamed.filter(|(from, _)| !from.is_empty()).map(|(from, id)| id.replace(from, region));
        let numbered = (2..).map(|number| format!("{to}-{number}"));
        let free = |id: &String| id.chars().count() <= 255 && rules.iter().all(|rule| rule.id() != Some(id));
        let mut ids = renamed.into_iter().chain([to.to_owned()]).chain(numbered);
        ids.find(free).unwrap_or_else(|| to.to_owned())
    }
}

//! Parameter groups: made where they are missing, with the values that somebody set.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{ApplyMethod, Parameter};
use futures::future::try_join_all;
use tokio::time::Instant;

use super::RdsCluster;
use super::engine::family;
use super::parts::Parameters;
use crate::aws::Aws;
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::tags;
use crate::wait;

/// AWS takes so many parameters in one call.
const AT_ONCE: usize = 20;
/// What AWS says of a group that there isn't.
const NONE: [&str; 2] = ["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"];
/// What AWS says of a group that there is.
const THERE: [&str; 2] = ["DBParameterGroupAlreadyExists", "DBParameterGroupAlreadyExistsFault"];
/// AWS wants this long to finish a new group before a database is made with it: else the database may start with defaults.
const SETTLING: Duration = Duration::from_secs(5 * 60);

/// What a parameter group is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Cluster,
    Instances,
}

/// All parameters of a group from one source, or from all; `None` where there is no such group.
async fn parameters(
    of: Of,
    group: &str,
    source: Option<&str>,
    rds: &Client,
) -> Result<Option<Vec<Parameter>>, Error> {
    let mut all = vec![];
    let mut marker = None;
    loop {
        let (found, next) = match of {
            Of::Cluster => {
                let ask = rds.describe_db_cluster_parameters().db_cluster_parameter_group_name(group);
                let ask = ask.set_source(source.map(str::to_owned)).max_records(100).set_marker(marker);
                let Some(page) = ask.send().await.absent(&NONE)? else { return Ok(None) };
                (page.parameters, page.marker)
            }
            Of::Instances => {
                let ask = rds.describe_db_parameters().db_parameter_group_name(group);
                let ask = ask.set_source(source.map(str::to_owned)).max_records(100).set_marker(marker);
                let Some(page) = ask.send().await.absent(&NONE)? else { return Ok(None) };
                (page.parameters, page.marker)
            }
        };
        all.extend(found.unwrap_or_default());
        marker = next.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(Some(all));
        }
    }
}

/// The values that somebody set in a group; `None` where there is no such group.
pub(super) async fn user_set(
    of: Of,
    group: &str,
    aws: &Aws,
    region: &str,
) -> Result<Option<Parameters>, Error> {
    let found = parameters(of, group, Some("user"), &aws.rds(region)).await?;
    let pair = |it: Parameter| Some((it.parameter_name?, it.parameter_value?));
    Ok(found.map(|found| found.into_iter().filter_map(pair).collect()))
}

/// Makes a group, unless it is there; tells whether it was made.
async fn create(of: Of, group: &str, family: &str, text: &str, cx: &Cx<'_>) -> Result<bool, Error> {
    let rds = cx.aws.rds(cx.region);
    let made = match of {
        Of::Cluster => {
            let create = rds.create_db_cluster_parameter_group().db_cluster_parameter_group_name(group);
            let create = create.db_parameter_group_family(family).description(text);
            create.send().await.absent(&THERE)?.is_some()
        }
        Of::Instances => {
            let create = rds.create_db_parameter_group().db_parameter_group_name(group);
            let create = create.db_parameter_group_family(family).description(text);
            create.send().await.absent(&THERE)?.is_some()
        }
    };
    Ok(made)
}

/// Sets what differs: static parameters for the next restart, the others at once. Tells whether anything was set.
async fn set(of: Of, group: &str, wanted: &Parameters, cx: &Cx<'_>) -> Result<bool, Error> {
    if wanted.is_empty() {
        return Ok(false);
    }
    let known = parameters(of, group, None, &cx.aws.rds(cx.region)).await?.unwrap_or_default();
    let by_somebody = known.iter().filter(|it| it.source() == Some("user"));
    let live = by_somebody.filter_map(|it| Some((it.parameter_name.clone()?, it.parameter_value.clone()?)));
    let missing = tags::missing(wanted, &live.collect());
    if missing.is_empty() {
        return Ok(false);
    }
    let known: BTreeMap<_, _> = known.iter().filter_map(|it| Some((it.parameter_name()?, it))).collect();
    let mut sent = vec![];
    for (name, value) in &missing {
        let message = |why: &str| format!("the parameter `{name}` of the group `{group}` {why}");
        let hint = "leave it out, or see what the engine's version has instead".to_owned();
        let Some(known) = known.get(name.as_str()) else {
            // Or the group is so new that nothing is told of it yet.
            return Err(Error::AtOdds { message: message("is none that the engine has"), hint });
        };
        if known.is_modifiable() == Some(false) {
            return Err(Error::Conflict { message: message("is AWS's own and can't be set"), hint });
        }
        let waits = known.apply_type() == Some("static");
        let method = if waits { ApplyMethod::PendingReboot } else { ApplyMethod::Immediate };
        let parameter = Parameter::builder().parameter_name(name).parameter_value(value);
        sent.push(parameter.apply_method(method).build());
    }
    let rds = cx.aws.rds(cx.region);
    for some in sent.chunks(AT_ONCE) {
        let some = Some(some.to_vec());
        match of {
            Of::Cluster => {
                let modify = rds.modify_db_cluster_parameter_group().db_cluster_parameter_group_name(group);
                modify.set_parameters(some).send().await?;
            }
            Of::Instances => {
                let modify = rds.modify_db_parameter_group().db_parameter_group_name(group);
                modify.set_parameters(some).send().await?;
            }
        }
    }
    Ok(true)
}

impl RdsCluster {
    /// Its parameter groups with their values, each with what it is of.
    pub(super) fn groups(&self) -> Vec<(Of, &String, Parameters)> {
        let own = self.parameter_group.iter();
        let own = own.map(|name| (Of::Cluster, name, self.parameters.clone().unwrap_or_default()));
        let instances = self.instance_parameter_groups.iter();
        own.chain(instances.map(|(name, values)| (Of::Instances, name, values.clone()))).collect()
    }

    /// Makes all groups that are missing, with all values; and gives AWS the time that it wants for new ones.
    pub(super) async fn make_groups(&self, version: &str, cx: &Cx<'_>) -> Result<(), Error> {
        let groups = self.groups();
        let made = groups.iter().map(async |(of, name, values)| {
            let made = create(*of, name, &family(version), &self.group_text(*of), cx).await?;
            Ok::<_, Error>(set(*of, name, values, cx).await? | made)
        });
        let new = try_join_all(made).await?.contains(&true);
        if new && !cx.aws.is_emulated() {
            let end = Instant::now() + SETTLING;
            let what =
                format!("five minutes have passed since the parameter groups of `{}` were made", self.name);
            wait::until(cx.progress, &what, SETTLING * 2, || async {
                Ok((Instant::now() >= end).then_some(()))
            })
            .await?;
        }
        Ok(())
    }

    /// Makes and sets what differs from what is there: only what may be changed does.
    pub(super) async fn sync_groups(&self, there: &Self, cx: &Cx<'_>) -> Result<(), Error> {
        let live = there.groups();
        for (of, name, values) in self.groups() {
            let is_there = live.iter().any(|(live_of, live_name, live_values)| {
                *live_of == of && *live_name == name && tags::missing(&values, live_values).is_empty()
            });
            if !is_there {
                let version = &there.engine_version;
                create(of, name, &family(version), &self.group_text(of), cx).await?;
                set(of, name, &values, cx).await?;
            }
        }
        Ok(())
    }

    fn group_text(&self, of: Of) -> String {
        match of {
            Of::Cluster => format!("of the cluster {}", self.name),
            Of::Instances => format!("of the instances of {}", self.name),
        }
    }
}

//! The instances of a cluster.

use super::engine::ENGINE;
use super::making::{PATIENCE, seen};
use super::parts::{CREATING, Member, Monitoring, number};
use super::{RdsCluster, there};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::tags;
use crate::wait;

impl RdsCluster {
    /// Adds the instances that are missing, the one that is to write first; waits for all that are coming; and tags all.
    pub(super) async fn sync_instances(&self, there: &Self, cx: &Cx<'_>) -> Result<(), Error> {
        let mut missing: Vec<_> =
            self.instances.iter().filter(|(name, _)| !there.instances.contains_key(*name)).collect();
        missing.sort_by_key(|(name, member)| (member.promotion_tier.unwrap_or(1), *name));
        // One after the other: the first one that AWS takes becomes the writer.
        for (name, member) in &missing {
            self.create(name, member, cx).await?;
        }
        let coming = there.instances.iter().filter(|(_, member)| member.status == CREATING);
        let coming = coming.map(|(name, _)| name).filter(|name| self.instances.contains_key(*name));
        let awaited: Vec<&String> = missing.iter().map(|(name, _)| *name).chain(coming).collect();
        if !awaited.is_empty() {
            available(&awaited, cx).await?;
        }
        for (name, member) in &self.instances {
            let live = match there.instances.get(name) {
                Some(live) => &live.tags,
                // It was made with its tags.
                None => &member.tags,
            };
            there::tag(&instance_arn(name, cx), &tags::missing(&member.tags, live), cx).await?;
        }
        Ok(())
    }

    async fn create(&self, name: &str, member: &Member, cx: &Cx<'_>) -> Result<(), Error> {
        let rds = cx.aws.rds(cx.region);
        let days = member.performance_insights_days;
        let create = rds
            .create_db_instance()
            .db_instance_identifier(name)
            .db_cluster_identifier(&self.name)
            .engine(ENGINE)
            .db_instance_class(&member.class)
            .set_promotion_tier(member.promotion_tier.map(number))
            .set_publicly_accessible(member.publicly_accessible)
            .set_auto_minor_version_upgrade(member.auto_minor_version_upgrade)
            .set_preferred_maintenance_window(member.maintenance_window.clone())
            .set_monitoring_interval(member.monitoring.as_ref().map(|it| number(it.interval_secs)))
            .set_monitoring_role_arn(member.monitoring.as_ref().and_then(|it| role_arn(it, cx)))
            .set_enable_performance_insights(days.map(|days| days > 0))
            .set_performance_insights_retention_period(days.filter(|days| *days > 0).map(number))
            .set_ca_certificate_identifier(member.ca_certificate.clone())
            .set_db_parameter_group_name(member.parameter_group.clone())
            .set_tags(there::sent_tags(&member.tags));
        let exists = ["DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault"];
        if create.send().await.absent(&exists)?.is_some() {
            return Ok(());
        }
        let found = rds.describe_db_instances().db_instance_identifier(name).send().await?;
        let owner = found.db_instances().first().and_then(|it| it.db_cluster_identifier());
        if owner == Some(self.name.as_str()) {
            let arn = instance_arn(name, cx);
            let live = there::told_tags(found.db_instances().first().map_or(&[], |it| it.tag_list()));
            return there::tag(&arn, &tags::missing(&member.tags, &live), cx).await;
        }
        Err(Error::Conflict {
            message: format!("there is an instance `{name}` that is not of the cluster `{}`", self.name),
            hint: "give the wanted instance another name".to_owned(),
        })
    }
}

/// Waits until all of these instances can be used.
pub(super) async fn available(names: &[&String], cx: &Cx<'_>) -> Result<(), Error> {
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let what = format!("the instances {list} are available");
    wait::until(cx.progress, &what, PATIENCE, || async {
        let found = cx.aws.list::<there::Instances>(cx.region).await?;
        let mut all = true;
        for name in names {
            let status = found.0.get(*name).and_then(|it| it.db_instance_status()).unwrap_or_default();
            all &= seen(&format!("the instance `{name}`"), status)?.is_some();
        }
        Ok(all.then_some(()))
    })
    .await
}

/// The ARN of the role of enhanced monitoring; roles have no region.
pub(super) fn role_arn(monitoring: &Monitoring, cx: &Cx<'_>) -> Option<String> {
    (monitoring.interval_secs > 0).then(|| cx.arn("iam", "", &format!("role/{}", monitoring.role)))
}

fn instance_arn(name: &str, cx: &Cx<'_>) -> String {
    cx.arn("rds", cx.region, &format!("db:{name}"))
}

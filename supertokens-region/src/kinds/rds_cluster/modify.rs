//! A cluster that is there is changed, as far as it may be and without a restart.

use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DatabaseInsightsMode};

use super::RdsCluster;
use super::instances::{available, role_arn};
use super::making::sent_scaling;
use super::parts::{Member, number};
use crate::error::Error;
use crate::kind::Cx;

/// What is wanted where it differs from what is there.
fn other<T: PartialEq + Clone>(wanted: &T, live: &T) -> Option<T> {
    (wanted != live).then(|| wanted.clone())
}

/// The same for what may be left open.
fn said<T: PartialEq + Clone>(wanted: &Option<T>, live: &Option<T>) -> Option<T> {
    wanted.clone().filter(|_| wanted != live)
}

impl RdsCluster {
    /// Changes what differs. Only what may be changed does differ here: the rest was told.
    pub(super) async fn modify(&self, there: &Self, cx: &Cx<'_>) -> Result<(), Error> {
        self.modify_cluster(there, cx).await?;
        for (name, wanted) in &self.instances {
            if let Some(live) = there.instances.get(name) {
                modify_instance(name, wanted, live, cx).await?;
            }
        }
        Ok(())
    }

    async fn modify_cluster(&self, there: &Self, cx: &Cx<'_>) -> Result<(), Error> {
        let wants_groups = self.security_groups.keys().any(|name| !there.security_groups.contains_key(name));
        let logs: Vec<String> =
            self.log_exports.keys().filter(|log| !there.log_exports.contains_key(*log)).cloned().collect();
        let logs = (!logs.is_empty())
            .then(|| CloudwatchLogsExportConfiguration::builder().set_enable_log_types(Some(logs)).build());
        let days = said(&self.performance_insights_days, &there.performance_insights_days);
        let modify = cx
            .aws
            .rds(cx.region)
            .modify_db_cluster()
            .set_backup_retention_period(
                other(&self.backup_retention_days, &there.backup_retention_days).map(number),
            )
            .set_preferred_backup_window(said(&self.backup_window, &there.backup_window))
            .set_preferred_maintenance_window(said(&self.maintenance_window, &there.maintenance_window))
            .set_deletion_protection(other(&self.deletion_protection, &there.deletion_protection))
            .set_copy_tags_to_snapshot(other(&self.copy_tags_to_snapshot, &there.copy_tags_to_snapshot))
            .set_enable_iam_database_authentication(other(
                &self.iam_authentication,
                &there.iam_authentication,
            ))
            .set_auto_minor_version_upgrade(said(
                &self.auto_minor_version_upgrade,
                &there.auto_minor_version_upgrade,
            ))
            .set_serverless_v2_scaling_configuration(
                said(&self.scaling, &there.scaling).as_ref().map(sent_scaling),
            )
            .set_database_insights_mode(
                said(&self.database_insights, &there.database_insights)
                    .map(|mode| DatabaseInsightsMode::from(mode.as_str())),
            )
            .set_enable_performance_insights(days.map(|_| true))
            .set_performance_insights_retention_period(days.map(number))
            .set_db_cluster_parameter_group_name(said(&self.parameter_group, &there.parameter_group))
            .set_cloudwatch_logs_export_configuration(logs);
        // Another request than an empty one.
        let nothing = *modify.as_input() == *cx.aws.rds(cx.region).modify_db_cluster().as_input();
        if nothing && !wants_groups {
            return Ok(());
        }
        let modify = if wants_groups {
            modify.set_vpc_security_group_ids(self.with_others(cx).await?)
        } else {
            modify
        };
        modify.db_cluster_identifier(&self.name).apply_immediately(true).send().await?;
        self.cluster_available(cx).await
    }

    /// Its groups and those that it is in already: AWS replaces all of them.
    async fn with_others(&self, cx: &Cx<'_>) -> Result<Option<Vec<String>>, Error> {
        let ask = cx.aws.rds(cx.region).describe_db_clusters().db_cluster_identifier(&self.name);
        let answer = ask.send().await?;
        let live = answer.db_clusters().iter().flat_map(|it| it.vpc_security_groups());
        let mut all: Vec<String> = live.filter_map(|it| it.vpc_security_group_id.clone()).collect();
        for id in self.all_group_ids(cx).await? {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        Ok(Some(all))
    }
}

/// All but the class is changed at once, which needs no restart; the class, which does, in the maintenance window.
async fn modify_instance(name: &String, wanted: &Member, live: &Member, cx: &Cx<'_>) -> Result<(), Error> {
    let rds = cx.aws.rds(cx.region);
    let monitoring = said(&wanted.monitoring, &live.monitoring);
    let days = said(&wanted.performance_insights_days, &live.performance_insights_days);
    let certificate = said(&wanted.ca_certificate, &live.ca_certificate);
    let modify = rds
        .modify_db_instance()
        .set_promotion_tier(said(&wanted.promotion_tier, &live.promotion_tier).map(number))
        .set_publicly_accessible(said(&wanted.publicly_accessible, &live.publicly_accessible))
        .set_auto_minor_version_upgrade(said(
            &wanted.auto_minor_version_upgrade,
            &live.auto_minor_version_upgrade,
        ))
        .set_preferred_maintenance_window(said(&wanted.maintenance_window, &live.maintenance_window))
        .set_monitoring_interval(monitoring.as_ref().map(|it| number(it.interval_secs)))
        .set_monitoring_role_arn(monitoring.as_ref().and_then(|it| role_arn(it, cx)))
        .set_enable_performance_insights(days.map(|days| days > 0))
        .set_performance_insights_retention_period(days.filter(|days| *days > 0).map(number))
        .set_certificate_rotation_restart(certificate.as_ref().map(|_| false))
        .set_ca_certificate_identifier(certificate)
        .set_db_parameter_group_name(said(&wanted.parameter_group, &live.parameter_group));
    if *modify.as_input() != *rds.modify_db_instance().as_input() {
        modify.db_instance_identifier(name).apply_immediately(true).send().await?;
    }
    if let Some(class) = other(&wanted.class, &live.class) {
        let later = rds.modify_db_instance().db_instance_identifier(name).apply_immediately(false);
        available(&[name], cx).await?;
        later.db_instance_class(class).send().await?;
    }
    Ok(())
}

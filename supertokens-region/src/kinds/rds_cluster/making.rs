//! A cluster is made, and waited for.

use std::time::Duration;

use aws_sdk_rds::types::{DatabaseInsightsMode, ServerlessV2ScalingConfiguration};

use super::engine::ENGINE;
use super::parts::{CREATING, STANDARD, Scaling, number};
use super::told::has_failed;
use super::{Kind, RdsCluster, there};
use crate::error::{Absent, Error};
use crate::ids::Stage;
use crate::kind::Cx;
use crate::wait;

/// As long as AWS's own tools wait: a cluster takes minutes.
pub(super) const PATIENCE: Duration = Duration::from_secs(30 * 60);

impl RdsCluster {
    /// Makes all that it needs, and it, without its instances; tells what is there then: more, if somebody was faster.
    pub(super) async fn make(&self, cx: &Cx<'_>) -> Result<Self, Error> {
        let version = self.version_here(cx).await?;
        let groups = async {
            cx.reached(&self.after(), Stage::Done).await?;
            self.all_group_ids(cx).await
        };
        let (groups, (), ()) =
            tokio::try_join!(groups, self.make_subnet_group(cx), self.make_groups(&version, cx))?;
        let make = cx.aws.rds(cx.region).create_db_cluster();
        let days = self.performance_insights_days;
        let create = make
            .db_cluster_identifier(&self.name)
            .engine(ENGINE)
            .engine_version(&version)
            .engine_mode("provisioned")
            .set_database_name(self.database_name.clone())
            .master_username(&self.master_username)
            .port(number(self.port))
            .storage_encrypted(self.encrypted)
            .set_kms_key_id(self.kms_alias.clone())
            .set_storage_type(Some(self.storage_type.clone()).filter(|kind| kind != STANDARD))
            .db_subnet_group_name(self.subnet_group_name())
            .set_vpc_security_group_ids(Some(groups).filter(|groups| !groups.is_empty()))
            .set_db_cluster_parameter_group_name(self.parameter_group.clone())
            .backup_retention_period(number(self.backup_retention_days))
            .set_preferred_backup_window(self.backup_window.clone())
            .set_preferred_maintenance_window(self.maintenance_window.clone())
            .set_enable_cloudwatch_logs_exports(self.logs())
            .deletion_protection(self.deletion_protection)
            .copy_tags_to_snapshot(self.copy_tags_to_snapshot)
            .enable_iam_database_authentication(self.iam_authentication)
            .set_auto_minor_version_upgrade(self.auto_minor_version_upgrade)
            .set_enable_http_endpoint(self.data_api.filter(|on| *on))
            .set_network_type(self.network_type.clone())
            .set_engine_lifecycle_support(self.extended_support.map(support))
            .set_serverless_v2_scaling_configuration(self.scaling.as_ref().map(sent_scaling))
            .set_database_insights_mode(self.insights_mode())
            .set_enable_performance_insights(days.map(|_| true))
            .set_performance_insights_retention_period(days.map(number))
            .set_tags(there::sent_tags(&self.tags));
        let create = match self.password().await? {
            Some(secret) => create.set_master_user_password(secret.expose().map(str::to_owned)),
            None => create.manage_master_user_password(true),
        };
        let there = ["DBClusterAlreadyExistsFault", "DBClusterAlreadyExists"];
        if create.send().await.absent(&there)?.is_some() {
            return Ok(Self {
                engine_version: version,
                instances: std::collections::BTreeMap::new(),
                status: CREATING.to_owned(),
                ..self.clone()
            });
        }
        let found = Self::read(std::slice::from_ref(self), cx).await.pop().transpose()?.flatten();
        found.map(|live| live.is).ok_or_else(|| Error::Conflict {
            message: format!("AWS says that the cluster `{}` is there, and doesn't list it", self.name),
            hint: "run again in a minute".to_owned(),
        })
    }

    pub(super) fn logs(&self) -> Option<Vec<String>> {
        (!self.log_exports.is_empty()).then(|| self.log_exports.keys().cloned().collect())
    }

    /// The standard mode is what AWS takes if nobody says anything.
    pub(super) fn insights_mode(&self) -> Option<DatabaseInsightsMode> {
        self.database_insights.as_deref().filter(|mode| *mode != "standard").map(DatabaseInsightsMode::from)
    }

    /// Waits until the cluster can be used.
    pub(super) async fn cluster_available(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let what = format!("the cluster `{}` is available", self.name);
        wait::until(cx.progress, &what, PATIENCE, || async {
            let ask = cx.aws.rds(cx.region).describe_db_clusters().db_cluster_identifier(&self.name);
            // AWS may not know a new one yet.
            let Some(answer) = ask.send().await.absent(&["DBClusterNotFoundFault"])? else { return Ok(None) };
            let status = answer.db_clusters().first().and_then(|it| it.status()).unwrap_or_default();
            seen(&format!("the cluster `{}`", self.name), status)
        })
        .await
    }
}

/// Whether what is waited for is there; one that has failed never will be.
pub(super) fn seen(what: &str, status: &str) -> Result<Option<()>, Error> {
    if has_failed(status) {
        return Err(Error::Conflict {
            message: format!("{what} is `{status}`"),
            hint: "look at its events in RDS; then run again".to_owned(),
        });
    }
    Ok((status == "available").then_some(()))
}

fn support(extended: bool) -> String {
    let disabled = if extended { "" } else { "-disabled" };
    format!("open-source-rds-extended-support{disabled}")
}

pub(super) fn sent_scaling(scaling: &Scaling) -> ServerlessV2ScalingConfiguration {
    ServerlessV2ScalingConfiguration::builder()
        .min_capacity(scaling.min)
        .max_capacity(scaling.max)
        .set_seconds_until_auto_pause(scaling.pause_after_secs.map(number))
        .build()
}

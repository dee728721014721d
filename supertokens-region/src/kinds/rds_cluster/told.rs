//! A cluster in our words.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbCluster, DbInstance};

use super::engine::as_good;
use super::parts::{AVAILABLE, CREATING, IO_OPTIMIZED, Is, Member, Monitoring, Password, STANDARD, Scaling};
use super::there::{There, parameter_group, told_tags};
use super::{RdsCluster, Vpc, rds_cluster};
use crate::findings::Finding;
use crate::kind::Cx;

/// With these it will not come up by itself.
const FAILED: [&str; 12] = [
    "deleting",
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "restore-error",
    "stopped",
    "storage-full",
];

/// Whether nobody need wait for it.
pub(super) fn has_failed(status: &str) -> bool {
    FAILED.contains(&status)
}

/// What comes is waited for; what works on itself is there; what has failed is told by a finding.
fn status(told: Option<&str>) -> String {
    let coming = ["creating", "starting", "migrating", "preparing-data-migration"];
    if told.is_some_and(|told| coming.contains(&told)) { CREATING } else { AVAILABLE }.to_owned()
}

fn list(names: &[String]) -> BTreeMap<String, Is> {
    names.iter().map(|name| (name.clone(), Is::There)).collect()
}

impl There {
    /// A cluster as it is. What AWS doesn't tell is told as it is wanted.
    pub(super) fn told(&self, it: &DbCluster, wanted: Option<&RdsCluster>, cx: &Cx<'_>) -> RdsCluster {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let name = text(it.db_cluster_identifier());
        let subnet_group = text(it.db_subnet_group());
        let vpc = self.subnet_groups.get(&subnet_group).map(|id| cx.ids.name_of::<Vpc>(id));
        let version = text(it.engine_version());
        let engine_version = match wanted {
            Some(wanted) if as_good(&version, &wanted.engine_version) => wanted.engine_version.clone(),
            _ => version,
        };
        let groups = it.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
        let group_name = |id: &str| self.security_groups.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let own_group = it.db_cluster_parameter_group().filter(|group| !group.starts_with("default."));
        let shown = wanted.and_then(|wanted| wanted.parameter_group.as_deref()).or(own_group);
        let instance_groups = self.instance_parameters.iter().filter(|(group, _)| match wanted {
            Some(wanted) => wanted.instance_parameter_groups.contains_key(*group),
            None => self.members(&name).any(|(_, member)| parameter_group(member) == Some(group.as_str())),
        });
        let pauses =
            wanted.is_none_or(|it| it.scaling.as_ref().is_none_or(|it| it.pause_after_secs.is_some()));
        let scaling = it.serverless_v2_scaling_configuration().map(|scaling| Scaling {
            min: scaling.min_capacity().unwrap_or_default(),
            max: scaling.max_capacity().unwrap_or_default(),
            pause_after_secs: scaling.seconds_until_auto_pause().map(i64::from).filter(|_| pauses),
        });
        let insights = it.performance_insights_enabled() == Some(true);
        RdsCluster {
            engine_version,
            vpc,
            subnet_group: match wanted {
                Some(wanted) if wanted.subnet_group.is_empty() && wanted.name == subnet_group => {
                    String::new()
                }
                _ => subnet_group,
            },
            security_groups: groups.map(|id| (group_name(id), Is::There)).collect(),
            database_name: it.database_name().map(str::to_owned),
            master_username: text(it.master_username()),
            master_password: match (it.master_user_secret().is_some(), wanted.map(|it| &it.master_password)) {
                (true, _) => Password::Managed,
                (false, Some(Password::File(path))) => Password::File(path.clone()),
                (false, _) => Password::Unknown,
            },
            port: it.port().map_or(0, i64::from),
            encrypted: it.storage_encrypted() == Some(true),
            kms_alias: wanted.and_then(|wanted| wanted.kms_alias.clone()),
            // AWS tells it only where it isn't the usual one.
            storage_type: it
                .storage_type()
                .filter(|kind| *kind == IO_OPTIMIZED)
                .unwrap_or(STANDARD)
                .to_owned(),
            backup_retention_days: it.backup_retention_period().map_or(0, i64::from),
            backup_window: it.preferred_backup_window().map(str::to_lowercase),
            maintenance_window: it.preferred_maintenance_window().map(str::to_lowercase),
            log_exports: list(it.enabled_cloudwatch_logs_exports()),
            deletion_protection: it.deletion_protection() == Some(true),
            copy_tags_to_snapshot: it.copy_tags_to_snapshot() == Some(true),
            iam_authentication: it.iam_database_authentication_enabled() == Some(true),
            auto_minor_version_upgrade: it
                .auto_minor_version_upgrade()
                .or(wanted.and_then(|wanted| wanted.auto_minor_version_upgrade)),
            data_api: Some(it.http_endpoint_enabled() == Some(true)),
            network_type: it
                .network_type()
                .map(str::to_owned)
                .or_else(|| wanted.and_then(|wanted| wanted.network_type.clone())),
            extended_support: it
                .engine_lifecycle_support()
                .map(|it| !it.ends_with("-disabled"))
                .or(wanted.and_then(|wanted| wanted.extended_support)),
            scaling,
            database_insights: it.database_insights_mode().map(|mode| mode.as_str().to_owned()),
            performance_insights_days: it
                .performance_insights_retention_period()
                .filter(|_| insights)
                .map(i64::from),
            parameter_group: own_group.map(str::to_owned),
            parameters: shown.and_then(|group| self.cluster_parameters.get(group)).cloned(),
            instance_parameter_groups: instance_groups.map(|(a, b)| (a.clone(), b.clone())).collect(),
            instances: self
                .members(&name)
                .map(|(name, member)| (name.clone(), told_member(member)))
                .collect(),
            tags: told_tags(it.tag_list()),
            status: status(it.status()),
            allow_modify: wanted.is_some_and(|wanted| wanted.allow_modify),
            ..rds_cluster(&name)
        }
    }

    /// Whether it works, and what is there that nobody asked for.
    pub(super) fn health(&self, wanted: &RdsCluster, it: &DbCluster) -> Vec<Finding> {
        let mut findings = vec![];
        let mut failed = |what: String, status: Option<&str>| {
            if let Some(status) = status.filter(|status| has_failed(status)) {
                findings.push(
                    Finding::error("not-available", format!("{what} is `{status}`"))
                        .hint("look at its events in RDS"),
                );
            }
        };
        failed("it".to_owned(), it.status());
        for (name, member) in self.members(&wanted.name) {
            failed(format!("the instance `{name}`"), member.db_instance_status());
        }
        for (name, member) in self.members(&wanted.name) {
            if !wanted.is_only_named() && !wanted.instances.contains_key(name) {
                let text = format!("nobody asked for the instance `{name}`");
                findings.push(Finding::info("extra-instance", text));
            }
            let own = member.db_parameter_groups().iter().filter_map(|it| it.parameter_apply_status());
            let clusters = it.db_cluster_members().iter();
            let clusters = clusters.filter(|it| it.db_instance_identifier() == Some(name.as_str()));
            let clusters = clusters.filter_map(|it| it.db_cluster_parameter_group_status());
            if own.chain(clusters).any(|status| status == "pending-reboot") {
                let text = format!("the instance `{name}` runs with old values of static parameters");
                findings.push(Finding::warning("pending-reboot", text).hint(format!(
                    "`aws rds reboot-db-instance --db-instance-identifier {name}`, when it suits"
                )));
            }
            if let Some(class) = member.pending_modified_values().and_then(|it| it.db_instance_class()) {
                let text = format!("the instance `{name}` becomes a `{class}` in its maintenance window");
                findings.push(Finding::info("pending-class", text));
            }
        }
        if let Some(secret) = it.master_user_secret()
            && secret.secret_status().is_some_and(|status| status == "impaired")
        {
            let text = "Secrets Manager can't get at the secret of the master password";
            findings.push(Finding::error("secret-impaired", text).hint("look at its key, and its policy"));
        }
        let version = it.engine_version().unwrap_or_default();
        if version != wanted.engine_version && as_good(version, &wanted.engine_version) {
            findings.push(Finding::info("newer-version", format!("its engine is {version}")));
        }
        let live = it.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
        for id in live {
            let name = self.security_groups.get(id).map_or(id, String::as_str);
            if !wanted.security_groups.is_empty() && !wanted.security_groups.contains_key(name) {
                let text = format!("nobody asked for the security group `{name}`");
                findings.push(Finding::warning("extra-group", text).hint("ask for it, or take it off"));
            }
        }
        findings
    }
}

/// An instance in our words; a class that is to come counts as there.
fn told_member(it: &DbInstance) -> Member {
    let pending = it.pending_modified_values().and_then(|it| it.db_instance_class());
    let role = it.monitoring_role_arn().and_then(|arn| arn.split_once(":role/")).map(|(_, role)| role);
    let days = it.performance_insights_retention_period().map_or(7, i64::from);
    Member {
        class: pending.or(it.db_instance_class()).unwrap_or_default().to_owned(),
        promotion_tier: it.promotion_tier().map(i64::from),
        publicly_accessible: it.publicly_accessible(),
        auto_minor_version_upgrade: it.auto_minor_version_upgrade(),
        maintenance_window: it.preferred_maintenance_window().map(str::to_lowercase),
        monitoring: Some(Monitoring {
            interval_secs: it.monitoring_interval().map_or(0, i64::from),
            role: role.unwrap_or_default().to_owned(),
        }),
        performance_insights_days: Some(if it.performance_insights_enabled() == Some(true) {
            days
        } else {
            0
        }),
        ca_certificate: it.ca_certificate_identifier().map(str::to_owned),
        parameter_group: parameter_group(it).filter(|it| !it.starts_with("default.")).map(str::to_owned),
        tags: told_tags(it.tag_list()),
        status: status(it.db_instance_status()),
    }
}

//! Instances of clusters, made and changed.

use aws_sdk_rds::operation::create_db_instance::{
    CreateDBInstanceError, CreateDbInstanceInput, CreateDbInstanceOutput,
};
use aws_sdk_rds::operation::modify_db_instance::{
    ModifyDBInstanceError, ModifyDbInstanceInput, ModifyDbInstanceOutput,
};

use super::becoming::SERVERLESS;
use super::checks::{self, combination, one_of, within};
use super::instances::told;
use super::offered::{CA_CERTIFICATES, ENGINE};
use super::quotas::Quota;
use super::state::family;
use super::{Cluster, Instance, RdsRegion, bare_name, not_found, offered};
use crate::sandbox::call::in_region;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("rds:CreateDBInstance", create_db_instance, CreateDBInstanceError::generic);
    handlers.on("rds:ModifyDBInstance", modify_db_instance, ModifyDBInstanceError::generic);
}

fn create_db_instance(
    call: &mut Call<'_>,
    input: &CreateDbInstanceInput,
) -> Result<CreateDbInstanceOutput, Fault> {
    let name = checks::identifier(input.db_instance_identifier(), "DBInstanceIdentifier")?;
    let class = checks::required(input.db_instance_class(), "DBInstanceClass")?;
    let engine = checks::required(input.engine(), "Engine")?;
    let here = in_region(&call.world.rds.regions, &call.region).into_owned();
    if here.instances.contains_key(&name) {
        return Err(Fault::new("DBInstanceAlreadyExists", "DB instance already exists".to_owned()));
    }
    Quota::Instances.check_room(&here)?;
    let (cluster_name, cluster) = cluster_of(&here, input)?;
    if engine != cluster.engine {
        return Err(combination(format!(
            "The engine {engine} is not that of the cluster: {}",
            cluster.engine
        )));
    }
    check_class(&here, cluster, class)?;
    let settings = Settings::from(input);
    let mut instance = Instance::new(class, &cluster_name, cluster);
    settings.put(call, &here, &mut instance)?;
    instance.tags = checks::tags(input.tags())?;
    instance.status = "creating".to_owned();
    instance.coming = Some(call.world.rds.looks_until_available);
    instance.created_at = call.world.clock;
    instance.resource_id = format!("db-{}", call.id("", &name).to_uppercase());
    // AWS spreads them: each new one into the next zone.
    let members = here.instances.values().filter(|it| it.cluster.as_ref() == Some(&cluster_name)).count();
    let zone = ["a", "b", "c"][members % 3];
    instance.availability_zone =
        input.availability_zone().map_or_else(|| format!("{}{zone}", call.region), str::to_owned);
    let there = call.world.rds.regions.entry(call.region.clone()).or_default();
    if let Some(cluster) = there.clusters.get_mut(&cluster_name).filter(|cluster| cluster.writer.is_none()) {
        cluster.writer = Some(name.clone());
    }
    there.instances.insert(name.clone(), instance.clone());
    let here = there.clone();
    Ok(CreateDbInstanceOutput::builder().db_instance(told(call, &here, &name, &instance)).build())
}

/// The cluster that the instance is to be in, which gives it much that can't be said of itself.
fn cluster_of<'r>(
    here: &'r RdsRegion,
    input: &CreateDbInstanceInput,
) -> Result<(String, &'r Cluster), Fault> {
    let Some(given) = input.db_cluster_identifier() else {
        return Err(combination(
            "The sandbox has instances of clusters only: DBClusterIdentifier is missing.",
        ));
    };
    let name = bare_name(given);
    let Some(cluster) = here.clusters.get(&name) else {
        return Err(not_found("DBClusterNotFoundFault", format!("DBCluster {name} not found.")));
    };
    let of_cluster = [
        ("MasterUsername", input.master_username().is_some()),
        ("MasterUserPassword", input.master_user_password().is_some()),
        ("AllocatedStorage", input.allocated_storage().is_some()),
        ("StorageEncrypted", input.storage_encrypted().is_some()),
        ("VpcSecurityGroupIds", !input.vpc_security_group_ids().is_empty()),
        ("BackupRetentionPeriod", input.backup_retention_period().is_some()),
        ("DBName", input.db_name().is_some()),
    ];
    if let Some((what, _)) = of_cluster.iter().find(|(_, given)| *given) {
        return Err(combination(format!(
            "The requested DB Instance will be a member of a DB Cluster. Set {what} for the DB Cluster."
        )));
    }
    if !["available", "creating", "modifying", "backing-up"].contains(&cluster.status.as_str()) {
        let text = format!("DB cluster {name} is not in available state.");
        return Err(Fault::new("InvalidDBClusterStateFault", text));
    }
    Ok((name, cluster))
}

fn check_class(here: &RdsRegion, cluster: &Cluster, class: &str) -> Result<(), Fault> {
    if !offered::has_class(here, class) {
        return Err(combination(format!(
            "RDS does not support creating a DB instance with the following combination: DBInstanceClass={class}, \
             Engine={}, EngineVersion={}, LicenseModel=postgresql-license. For supported combinations of instance \
             class and database engine version, see the documentation.",
            cluster.engine, cluster.engine_version
        )));
    }
    if class == SERVERLESS && cluster.serverless_scaling.is_none() {
        return Err(Fault::new(
            "InvalidDBClusterStateFault",
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB \
             instance.",
        ));
    }
    Ok(())
}

/// What can be said when an instance is made, and when it is changed.
struct Settings<'i> {
    tier: Option<i32>,
    public: Option<bool>,
    upgrades: Option<bool>,
    window: Option<&'i str>,
    monitoring: Option<i32>,
    role: Option<&'i str>,
    insights: Option<bool>,
    insights_days: Option<i32>,
    certificates: Option<&'i str>,
    group: Option<&'i str>,
    copy_tags: Option<bool>,
}

/// Both inputs have these under the same names.
macro_rules! settings {
    ($($input:ty),+) => {$(
        impl<'i> From<&'i $input> for Settings<'i> {
            fn from(input: &'i $input) -> Self {
                Self {
                    tier: input.promotion_tier(),
                    public: input.publicly_accessible(),
                    upgrades: input.auto_minor_version_upgrade(),
                    window: input.preferred_maintenance_window(),
                    monitoring: input.monitoring_interval(),
                    role: input.monitoring_role_arn(),
                    insights: input.enable_performance_insights(),
                    insights_days: input.performance_insights_retention_period(),
                    certificates: input.ca_certificate_identifier(),
                    group: input.db_parameter_group_name(),
                    copy_tags: input.copy_tags_to_snapshot(),
                }
            }
        }
    )+};
}

settings!(CreateDbInstanceInput, ModifyDbInstanceInput);

impl Settings<'_> {
    /// Sets what is given, once all of it is right; the rest stays.
    fn put(&self, call: &Call<'_>, here: &RdsRegion, instance: &mut Instance) -> Result<(), Fault> {
        within(self.tier, "PromotionTier", 0, 15)?;
        checks::windows(None, self.window)?;
        checks::monitoring(call, self.monitoring, self.role)?;
        if self.insights_days.is_some()
            && self.insights != Some(true)
            && !instance.performance_insights_enabled
        {
            return Err(combination(
                "PerformanceInsightsRetentionPeriod needs Performance Insights to be on.",
            ));
        }
        if let Some(name) = self.certificates
            && !CA_CERTIFICATES.contains(&name)
        {
            let text = format!("Certificate not found: {name}");
            return Err(not_found("CertificateNotFound", text));
        }
        if let Some(given) = self.group {
            instance.parameter_group = parameter_group(here, given, &instance.engine_version)?;
        }
        let keep = |new: Option<bool>, old: &mut bool| *old = new.unwrap_or(*old);
        keep(self.public, &mut instance.publicly_accessible);
        keep(self.upgrades, &mut instance.auto_minor_version_upgrade);
        keep(self.insights, &mut instance.performance_insights_enabled);
        keep(self.copy_tags, &mut instance.copy_tags_to_snapshot);
        instance.promotion_tier = self.tier.unwrap_or(instance.promotion_tier);
        if let Some(window) = self.window {
            instance.preferred_maintenance_window = window.to_lowercase();
        }
        if let Some(interval) = self.monitoring {
            instance.monitoring_interval = interval;
            instance.monitoring_role_arn = self.role.map(str::to_owned).filter(|_| interval > 0);
        }
        if instance.performance_insights_enabled {
            let days = self.insights_days.or(instance.performance_insights_retention_period).unwrap_or(7);
            instance.performance_insights_retention_period = Some(days);
        } else {
            instance.performance_insights_retention_period = None;
        }
        if let Some(name) = self.certificates {
            name.clone_into(&mut instance.ca_certificate_identifier);
        }
        Ok(())
    }
}

/// The name of the parameter group that is meant, if it is there and of the version's family.
fn parameter_group(here: &RdsRegion, given: &str, version: &str) -> Result<String, Fault> {
    let (name, family) = (bare_name(given), family(ENGINE, version));
    if name == format!("default.{family}") {
        return Ok(name);
    }
    let Some(group) = here.parameter_groups.get(&name) else {
        return Err(not_found("DBParameterGroupNotFound", format!("DBParameterGroup not found: {name}")));
    };
    if group.family != family {
        return Err(combination(format!("The parameter group {name} is not of the family {family}.")));
    }
    Ok(name)
}

fn modify_db_instance(
    call: &mut Call<'_>,
    input: &ModifyDbInstanceInput,
) -> Result<ModifyDbInstanceOutput, Fault> {
    let name = bare_name(checks::required(input.db_instance_identifier(), "DBInstanceIdentifier")?);
    let here = in_region(&call.world.rds.regions, &call.region).into_owned();
    let Some(instance) = here.instances.get(&name) else {
        return Err(not_found("DBInstanceNotFound", format!("DBInstance {name} not found.")));
    };
    if instance.status != "available" {
        let text = format!("Instance {name} is not in available state.");
        return Err(Fault::new("InvalidDBInstanceState", text));
    }
    let mut instance = instance.clone();
    let before = instance.parameter_group.clone();
    if let (Some(class), Some(cluster)) =
        (input.db_instance_class(), instance.cluster.as_ref().and_then(|name| here.clusters.get(name)))
    {
        check_class(&here, cluster, class)?;
        if input.apply_immediately() == Some(true) {
            class.clone_into(&mut instance.class);
            instance.pending_class = None;
        } else {
            instance.pending_class = Some(class.to_owned()).filter(|class| *class != instance.class);
        }
    }
    one_of(input.engine(), "Engine", &[ENGINE])?;
    Settings::from(input).put(call, &here, &mut instance)?;
    instance.parameters_pending |= before != instance.parameter_group;
    let there = call.world.rds.regions.entry(call.region.clone()).or_default();
    there.instances.insert(name.clone(), instance.clone());
    let here = there.clone();
    Ok(ModifyDbInstanceOutput::builder().db_instance(told(call, &here, &name, &instance)).build())
}

//! Clusters, made and changed.

use aws_sdk_rds::operation::create_db_cluster::{
    CreateDBClusterError, CreateDbClusterInput, CreateDbClusterOutput,
};
use aws_sdk_rds::operation::modify_db_cluster::{
    ModifyDBClusterError, ModifyDbClusterInput, ModifyDbClusterOutput,
};
use aws_sdk_rds::types::{DatabaseInsightsMode, ServerlessV2ScalingConfiguration};

use super::checks::{self, combination, one_of, within};
use super::clusters::told;
use super::offered::{ENGINE, LOGS};
use super::quotas::Quota;
use super::state::family;
use super::{
    Cluster, MasterSecret, RdsRegion, ServerlessScaling, bare_name, group_writes, invalid_value, not_found,
    offered,
};
use crate::sandbox::call::{id, in_region};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("rds:CreateDBCluster", create_db_cluster, CreateDBClusterError::generic);
    handlers.on("rds:ModifyDBCluster", modify_db_cluster, ModifyDBClusterError::generic);
}

/// Words that the engine keeps for itself.
const RESERVED: [&str; 3] = ["admin", "rdsadmin", "rdsrepladmin"];
const STORAGE: [&str; 2] = ["aurora", "aurora-iopt1"];
const SUPPORT: [&str; 2] = ["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"];

fn create_db_cluster(
    call: &mut Call<'_>,
    input: &CreateDbClusterInput,
) -> Result<CreateDbClusterOutput, Fault> {
    let name = checks::identifier(input.db_cluster_identifier(), "DBClusterIdentifier")?;
    let here = in_region(&call.world.rds.regions, &call.region).into_owned();
    if here.clusters.contains_key(&name) {
        let text = format!("DB Cluster already exists: {name}");
        return Err(Fault::new("DBClusterAlreadyExistsFault", text));
    }
    Quota::Clusters.check_room(&here)?;
    let version = engine_version(&here, input)?;
    let mut cluster = Cluster::new(ENGINE, &version);
    check_first_user(input)?;
    checks::within(input.port(), "Port", 1150, 65535)?;
    cluster.parameter_group = cluster_group(&here, input.db_cluster_parameter_group_name(), &version)?;
    let (subnet_group, vpc) = subnet_group(call, &here, input.db_subnet_group_name())?;
    cluster.subnet_group = subnet_group;
    cluster.security_groups = security_groups(call, input.vpc_security_group_ids(), &vpc)?;
    cluster.availability_zones = ["a", "b", "c"].map(|zone| format!("{}{zone}", call.region)).to_vec();
    checks::monitoring(call, input.monitoring_interval(), input.monitoring_role_arn())?;
    one_of(input.engine_mode(), "EngineMode", &["provisioned"])?;
    one_of(input.engine_lifecycle_support(), "EngineLifecycleSupport", &SUPPORT)?;
    one_of(input.network_type(), "NetworkType", &["IPV4", "DUAL"])?;
    for log in input.enable_cloudwatch_logs_exports() {
        one_of(Some(log), "EnableCloudwatchLogsExports", &LOGS)?;
    }
    common(&mut cluster, &Common::from(input))?;
    cluster.tags = checks::tags(input.tags())?;
    let key = |alias: Option<&str>, of: &str| {
        let id = alias.map_or_else(|| id(&call.region, "", of), |alias| id(&call.region, "", alias));
        format!("arn:aws:kms:{}:{}:key/{id}", call.region, call.account())
    };
    cluster.storage_encrypted = input.storage_encrypted() == Some(true);
    match (input.kms_key_id(), cluster.storage_encrypted) {
        (Some(_), false) => return Err(combination("KmsKeyId needs StorageEncrypted to be true.")),
        (alias, true) => cluster.kms_key_id = Some(key(alias, "aws/rds")),
        (None, false) => {}
    }
    if input.manage_master_user_password() == Some(true) {
        cluster.master_secret = Some(MasterSecret {
            arn: format!(
                "arn:aws:secretsmanager:{}:{}:secret:rds!cluster-{}",
                call.region,
                call.account(),
                call.id("", &name)
            ),
            status: "active".to_owned(),
            kms_key_id: key(None, "aws/secretsmanager"),
        });
    }
    let text = |value: Option<&str>, otherwise: &str| value.unwrap_or(otherwise).to_owned();
    cluster.status = "creating".to_owned();
    cluster.coming = Some(call.world.rds.looks_until_available);
    cluster.database_name = input.database_name().map(str::to_owned);
    cluster.port = input.port().unwrap_or(cluster.port);
    cluster.master_username = text(input.master_username(), "");
    cluster.log_exports = input.enable_cloudwatch_logs_exports().to_vec();
    cluster.network_type = text(input.network_type(), "IPV4");
    cluster.engine_lifecycle_support = text(input.engine_lifecycle_support(), SUPPORT[0]);
    cluster.http_endpoint_enabled = input.enable_http_endpoint() == Some(true);
    cluster.resource_id = format!("cluster-{}", call.id("", &name).to_uppercase());
    cluster.created_at = call.world.clock;
    let here = call.world.rds.regions.entry(call.region.clone()).or_default();
    here.clusters.insert(name.clone(), cluster.clone());
    let here = here.clone();
    Ok(CreateDbClusterOutput::builder().db_cluster(told(call, &here, &name, &cluster)).build())
}

/// The version that is meant, if the engine has it.
fn engine_version(here: &RdsRegion, input: &CreateDbClusterInput) -> Result<String, Fault> {
    let engine = checks::required(input.engine(), "Engine")?;
    one_of(Some(engine), "engine", &[ENGINE])?;
    let Some(version) = input.engine_version().filter(|version| !version.is_empty()) else {
        return Ok(offered::newest(here).to_owned());
    };
    if !offered::has_version(here, version) {
        return Err(combination(format!("Cannot find version {version} for {engine}")));
    }
    Ok(version.to_owned())
}

/// The master user with a password from one of two sources, and the first database.
fn check_first_user(input: &CreateDbClusterInput) -> Result<(), Fault> {
    let name = checks::required(input.master_username(), "MasterUsername")?;
    let plain = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.len() <= 63
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !plain(name) {
        return Err(invalid_value(format!("The parameter MasterUsername is not a valid identifier: {name}")));
    }
    if RESERVED.contains(&name) {
        return Err(invalid_value(format!(
            "MasterUsername {name} cannot be used as it is a reserved word used by the engine"
        )));
    }
    if let Some(name) = input.database_name().filter(|name| !plain(name)) {
        return Err(invalid_value(format!("DatabaseName must begin with a letter: {name}")));
    }
    match (input.master_user_password(), input.manage_master_user_password() == Some(true)) {
        (Some(_), true) => {
            Err(combination("You can't specify MasterUserPassword when ManageMasterUserPassword is true."))
        }
        (Some(text), false) => checks::password(text),
        (None, true) => Ok(()),
        (None, false) => {
            Err(invalid_value("The parameter MasterUserPassword must be provided and must not be blank."))
        }
    }
}

/// The name of the parameter group that is meant, if it is there and of the version's family.
fn cluster_group(here: &RdsRegion, given: Option<&str>, version: &str) -> Result<String, Fault> {
    let usual = format!("default.{}", family(ENGINE, version));
    let Some(name) = given.map(bare_name).filter(|name| *name != usual) else { return Ok(usual) };
    let Some(group) = here.cluster_parameter_groups.get(&name) else {
        let text = format!("DBClusterParameterGroup not found: {name}");
        return Err(not_found("DBClusterParameterGroupNotFound", text));
    };
    if group.family != family(ENGINE, version) {
        return Err(combination(format!(
            "The Parameter Group {name} with DBParameterGroupFamily {} can't be used for this instance. Please use a \
             Parameter Group with DBParameterGroupFamily {}",
            group.family,
            family(ENGINE, version)
        )));
    }
    Ok(name)
}

/// The subnet group that is meant, and its network. Without one AWS makes one of the default network's subnets.
fn subnet_group(
    call: &mut Call<'_>,
    here: &RdsRegion,
    given: Option<&str>,
) -> Result<(String, String), Fault> {
    let name = given.map_or_else(|| "default".to_owned(), bare_name);
    if let Some(group) = here.subnet_groups.get(&name) {
        return Ok((name, group.vpc_id.clone()));
    }
    if given.is_some() {
        let text = format!("DB subnet group '{name}' does not exist.");
        return Err(not_found("DBSubnetGroupNotFoundFault", text));
    }
    let network = call.world.ec2.regions.get(&call.region);
    let vpc = network.and_then(|it| it.vpcs.iter().find(|(_, vpc)| vpc.is_default)).map(|(id, _)| id.clone());
    let subnets = network.into_iter().flat_map(|it| &it.subnets);
    let subnets = subnets.filter(|(_, subnet)| vpc.as_ref() == Some(&subnet.vpc)).map(|(id, _)| id.clone());
    let mut group = group_writes::subnet_group(call, &subnets.collect::<Vec<_>>())?;
    group.description = "default".to_owned();
    let vpc = group.vpc_id.clone();
    call.world.rds.regions.entry(call.region.clone()).or_default().subnet_groups.insert(name.clone(), group);
    Ok((name, vpc))
}

/// The ids of these groups, or of the network's own group, if all are in the network.
fn security_groups(call: &Call<'_>, given: &[String], vpc: &str) -> Result<Vec<String>, Fault> {
    let groups = call.world.ec2.regions.get(&call.region).map(|network| &network.groups);
    if given.is_empty() {
        let own = groups.into_iter().flatten().filter(|(_, it)| it.vpc == vpc && it.name == "default");
        return Ok(own.map(|(id, _)| id.clone()).collect());
    }
    for id in given {
        match groups.and_then(|groups| groups.get(id)) {
            None => {
                return Err(invalid_value(format!("Invalid security group , groupId= {id}, groupName=.")));
            }
            Some(group) if group.vpc != vpc => {
                return Err(combination("The DB instance and EC2 security group are in different VPCs."));
            }
            Some(_) => {}
        }
    }
    Ok(given.to_vec())
}

/// What can be said when a cluster is made, and when it is changed.
struct Common<'i> {
    retention: Option<i32>,
    backup_window: Option<&'i str>,
    maintenance_window: Option<&'i str>,
    storage_type: Option<&'i str>,
    iam_authentication: Option<bool>,
    deletion_protection: Option<bool>,
    copy_tags: Option<bool>,
    upgrades: Option<bool>,
    scaling: Option<&'i ServerlessV2ScalingConfiguration>,
    insights: Option<bool>,
    insights_days: Option<i32>,
    insights_mode: Option<&'i DatabaseInsightsMode>,
    monitoring: Option<i32>,
    monitoring_role: Option<&'i str>,
}

/// Both inputs have these under the same names.
macro_rules! common {
    ($($input:ty),+) => {$(
        impl<'i> From<&'i $input> for Common<'i> {
            fn from(input: &'i $input) -> Self {
                Self {
                    retention: input.backup_retention_period(),
                    backup_window: input.preferred_backup_window(),
                    maintenance_window: input.preferred_maintenance_window(),
                    storage_type: input.storage_type(),
                    iam_authentication: input.enable_iam_database_authentication(),
                    deletion_protection: input.deletion_protection(),
                    copy_tags: input.copy_tags_to_snapshot(),
                    upgrades: input.auto_minor_version_upgrade(),
                    scaling: input.serverless_v2_scaling_configuration(),
                    insights: input.enable_performance_insights(),
                    insights_days: input.performance_insights_retention_period(),
                    insights_mode: input.database_insights_mode(),
                    monitoring: input.monitoring_interval(),
                    monitoring_role: input.monitoring_role_arn(),
                }
            }
        }
    )+};
}

common!(CreateDbClusterInput, ModifyDbClusterInput);

/// Sets what is given, once all of it is right; the rest stays.
fn common(cluster: &mut Cluster, new: &Common<'_>) -> Result<(), Fault> {
    within(new.retention, "backup retention period", 1, 35)?;
    one_of(new.storage_type, "StorageType", &STORAGE)?;
    let windows = [
        new.backup_window.unwrap_or(&cluster.preferred_backup_window).to_owned(),
        new.maintenance_window.unwrap_or(&cluster.preferred_maintenance_window).to_lowercase(),
    ];
    // Where only one is given, AWS moves the other out of its way.
    let both = new.backup_window.is_some() && new.maintenance_window.is_some();
    checks::windows(new.backup_window.map(|_| windows[0].as_str()), None)?;
    checks::windows(None, new.maintenance_window.map(|_| windows[1].as_str()))?;
    if both {
        checks::windows(Some(&windows[0]), Some(&windows[1]))?;
    }
    let days = new.insights_days;
    if days.is_some_and(|days| {
        days != 7 && days != 731 && (days % 31 != 0 || !(31..=713).contains(&days)) && days != 465
    }) {
        return Err(invalid_value(format!("Invalid PerformanceInsightsRetentionPeriod: {days:?}")));
    }
    if let Some(scaling) = new.scaling {
        cluster.serverless_scaling = Some(checked_scaling(scaling, cluster.serverless_scaling.as_ref())?);
    }
    [cluster.preferred_backup_window, cluster.preferred_maintenance_window] = windows;
    let keep = |new: Option<bool>, old: &mut bool| *old = new.unwrap_or(*old);
    keep(new.iam_authentication, &mut cluster.iam_database_authentication);
    keep(new.deletion_protection, &mut cluster.deletion_protection);
    keep(new.copy_tags, &mut cluster.copy_tags_to_snapshot);
    keep(new.upgrades, &mut cluster.auto_minor_version_upgrade);
    cluster.backup_retention_period = new.retention.unwrap_or(cluster.backup_retention_period);
    if let Some(kind) = new.storage_type {
        kind.clone_into(&mut cluster.storage_type);
    }
    cluster.performance_insights_enabled = new.insights.or(cluster.performance_insights_enabled);
    cluster.performance_insights_retention_period = days.or(cluster.performance_insights_retention_period);
    if let Some(mode) = new.insights_mode {
        cluster.database_insights_mode = Some(mode.as_str().to_owned());
    }
    cluster.monitoring_interval = new.monitoring.or(cluster.monitoring_interval);
    cluster.monitoring_role_arn =
        new.monitoring_role.map(str::to_owned).or(cluster.monitoring_role_arn.take());
    Ok(())
}

fn checked_scaling(
    new: &ServerlessV2ScalingConfiguration,
    old: Option<&ServerlessScaling>,
) -> Result<ServerlessScaling, Fault> {
    let (min, max) = (
        new.min_capacity().or(old.map(|old| old.min_capacity)),
        new.max_capacity().or(old.map(|old| old.max_capacity)),
    );
    let (Some(min), Some(max)) = (min, max) else {
        return Err(combination("Both MinCapacity and MaxCapacity are needed."));
    };
    let step = |capacity: f64| (capacity * 2.0).fract() == 0.0;
    if !(0.0..=256.0).contains(&min) || !(1.0..=256.0).contains(&max) || min > max || !step(min) || !step(max)
    {
        return Err(invalid_value(format!("Invalid Serverless v2 capacity: {min} to {max}")));
    }
    let pause = new.seconds_until_auto_pause();
    if pause.is_some_and(|pause| min > 0.0 || !(300..=86_400).contains(&pause)) {
        return Err(combination("SecondsUntilAutoPause is 300 to 86400, and needs a MinCapacity of 0."));
    }
    Ok(ServerlessScaling { min_capacity: min, max_capacity: max, seconds_until_auto_pause: pause })
}

fn modify_db_cluster(
    call: &mut Call<'_>,
    input: &ModifyDbClusterInput,
) -> Result<ModifyDbClusterOutput, Fault> {
    let name = bare_name(checks::required(input.db_cluster_identifier(), "DBClusterIdentifier")?);
    let here = in_region(&call.world.rds.regions, &call.region).into_owned();
    let Some(cluster) = here.clusters.get(&name) else {
        return Err(not_found("DBClusterNotFoundFault", format!("DBCluster {name} not found.")));
    };
    if cluster.status != "available" {
        let text = format!("DB cluster {name} is not in available state.");
        return Err(Fault::new("InvalidDBClusterStateFault", text));
    }
    let mut cluster = cluster.clone();
    checks::monitoring(call, input.monitoring_interval(), input.monitoring_role_arn())?;
    if let Some(given) = input.db_cluster_parameter_group_name() {
        cluster.parameter_group = cluster_group(&here, Some(given), &cluster.engine_version)?;
    }
    if !input.vpc_security_group_ids().is_empty() {
        let vpc = here.subnet_groups.get(&cluster.subnet_group).map(|group| group.vpc_id.clone());
        cluster.security_groups =
            security_groups(call, input.vpc_security_group_ids(), &vpc.unwrap_or_default())?;
    }
    if let Some(logs) = input.cloudwatch_logs_export_configuration() {
        for log in logs.enable_log_types().iter().chain(logs.disable_log_types()) {
            one_of(Some(log), "CloudwatchLogsExportConfiguration", &LOGS)?;
        }
        cluster.log_exports.retain(|log| !logs.disable_log_types().contains(log));
        cluster.log_exports.extend(logs.enable_log_types().iter().cloned());
        cluster.log_exports.sort();
        cluster.log_exports.dedup();
    }
    common(&mut cluster, &Common::from(input))?;
    let there = call.world.rds.regions.entry(call.region.clone()).or_default();
    if here.clusters[&name].parameter_group != cluster.parameter_group {
        let members = there.instances.values_mut().filter(|it| it.cluster.as_ref() == Some(&name));
        members.for_each(|instance| instance.cluster_parameters_pending = true);
    }
    there.clusters.insert(name.clone(), cluster.clone());
    let here = there.clone();
    Ok(ModifyDbClusterOutput::builder().db_cluster(told(call, &here, &name, &cluster)).build())
}

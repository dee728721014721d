//! What RDS keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What is in RDS, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rds {
    /// By region.
    pub regions: BTreeMap<String, RdsRegion>,
    /// How often a new cluster or instance is still `creating` when somebody looks at it. Default: never.
    #[serde(default)]
    pub looks_until_available: u32,
}

/// What is in RDS in one region. All names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RdsRegion {
    /// Clusters, by identifier.
    pub clusters: BTreeMap<String, Cluster>,
    /// Instances, by identifier: those of clusters and others.
    pub instances: BTreeMap<String, Instance>,
    /// Cluster parameter groups, by name.
    pub cluster_parameter_groups: BTreeMap<String, ParameterGroup>,
    /// Parameter groups of instances, by name.
    pub parameter_groups: BTreeMap<String, ParameterGroup>,
    /// Subnet groups, by name.
    pub subnet_groups: BTreeMap<String, SubnetGroup>,
    /// Quotas that are not AWS's usual ones, by AWS's name, such as `DBClusters`.
    #[serde(default)]
    pub quotas: BTreeMap<String, i64>,
    /// Engine versions and instance classes that this region lacks, of those that there are elsewhere.
    #[serde(default)]
    pub not_offered: BTreeSet<String>,
}

/// A cluster. Which instances it has is told by the instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Status, such as `available`.
    pub status: String,
    /// Engine, such as `aurora-postgresql`.
    pub engine: String,
    /// Engine version.
    pub engine_version: String,
    /// `provisioned` or another mode.
    pub engine_mode: String,
    /// The first database's name.
    pub database_name: Option<String>,
    /// Port.
    pub port: i32,
    /// Name of the master user.
    pub master_username: String,
    /// The master user's password where Secrets Manager keeps it.
    pub master_secret: Option<MasterSecret>,
    /// Days that backups are kept.
    pub backup_retention_period: i32,
    /// `hh:mm-hh:mm`, UTC.
    pub preferred_backup_window: String,
    /// `ddd:hh:mm-ddd:hh:mm`, UTC.
    pub preferred_maintenance_window: String,
    /// Whether the storage is encrypted.
    pub storage_encrypted: bool,
    /// ARN of the key of encrypted storage.
    pub kms_key_id: Option<String>,
    /// `aurora` or `aurora-iopt1`.
    pub storage_type: String,
    /// Whether IAM users may log in.
    pub iam_database_authentication: bool,
    /// The logs that go to CloudWatch, such as `postgresql`.
    pub log_exports: Vec<String>,
    /// Whether it can't be deleted.
    pub deletion_protection: bool,
    /// Whether snapshots get its tags.
    pub copy_tags_to_snapshot: bool,
    /// Whether minor versions are installed by themselves.
    pub auto_minor_version_upgrade: bool,
    /// How serverless instances scale.
    pub serverless_scaling: Option<ServerlessScaling>,
    /// Whether Performance Insights are on for the whole cluster.
    pub performance_insights_enabled: Option<bool>,
    /// ARN of the key of Performance Insights.
    pub performance_insights_kms_key_id: Option<String>,
    /// Days that Performance Insights keeps data.
    pub performance_insights_retention_period: Option<i32>,
    /// `standard` or `advanced`.
    pub database_insights_mode: Option<String>,
    /// Seconds between samples of enhanced monitoring of the whole cluster.
    pub monitoring_interval: Option<i32>,
    /// The role of enhanced monitoring.
    pub monitoring_role_arn: Option<String>,
    /// Whether the data API is on.
    pub http_endpoint_enabled: bool,
    /// `IPV4` or `DUAL`.
    pub network_type: String,
    /// Whether paid extended support is taken (`open-source-rds-extended-support`).
    pub engine_lifecycle_support: String,
    /// Name of its cluster parameter group.
    pub parameter_group: String,
    /// Name of its subnet group.
    pub subnet_group: String,
    /// Ids of its security groups.
    pub security_groups: Vec<String>,
    /// The zones of its storage.
    pub availability_zones: Vec<String>,
    /// The instance that writes: one of its instances. `None`: the first one.
    pub writer: Option<String>,
    /// Roles with which it reads other services.
    pub associated_roles: Vec<AssociatedRole>,
    /// The global cluster that it is part of.
    pub global_cluster: Option<String>,
    /// AWS's own id, `cluster-...`.
    pub resource_id: String,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// How often it is still `creating` when somebody looks; `None` where it isn't coming.
    #[serde(default)]
    pub coming: Option<u32>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Cluster {
    /// An available cluster with AWS's defaults; everything about where it stands is still to be filled in.
    #[must_use]
    pub fn new(engine: &str, engine_version: &str) -> Self {
        Self {
            status: "available".to_owned(),
            engine: engine.to_owned(),
            engine_version: engine_version.to_owned(),
            engine_mode: "provisioned".to_owned(),
            port: if engine.contains("postgres") { 5432 } else { 3306 },
            master_username: "postgres".to_owned(),
            backup_retention_period: 1,
            preferred_backup_window: "03:00-03:30".to_owned(),
            preferred_maintenance_window: "sun:05:00-sun:05:30".to_owned(),
            storage_type: "aurora".to_owned(),
            auto_minor_version_upgrade: true,
            database_insights_mode: Some("standard".to_owned()),
            network_type: "IPV4".to_owned(),
            engine_lifecycle_support: "open-source-rds-extended-support".to_owned(),
            parameter_group: format!("default.{}", family(engine, engine_version)),
            subnet_group: "default".to_owned(),
            ..Self::default()
        }
    }
}

/// The parameter group family of an engine version: `aurora-postgresql16`.
pub(super) fn family(engine: &str, engine_version: &str) -> String {
    let major = engine_version.split('.').next().unwrap_or_default();
    format!("{engine}{major}")
}

/// A password that Secrets Manager keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterSecret {
    /// The secret's ARN.
    pub arn: String,
    /// Status, such as `active`.
    pub status: String,
    /// ARN of the secret's key.
    pub kms_key_id: String,
}

/// How serverless instances scale, in capacity units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerlessScaling {
    /// The least.
    pub min_capacity: f64,
    /// The most.
    pub max_capacity: f64,
    /// Seconds of idleness before a pause. Only where the least is zero.
    pub seconds_until_auto_pause: Option<i32>,
}

/// A role with which a cluster uses another service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssociatedRole {
    /// The role's ARN.
    pub role_arn: String,
    /// What for, such as `s3Import`.
    pub feature: String,
}

/// An instance. One of a cluster has its storage, network and master user from the cluster; one that stands alone has
/// its own ([`Alone`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Status, such as `available`.
    pub status: String,
    /// Class, such as `db.r6g.large` or `db.serverless`.
    pub class: String,
    /// Engine.
    pub engine: String,
    /// Engine version. One of a cluster: the cluster's.
    pub engine_version: String,
    /// The cluster that it is in.
    pub cluster: Option<String>,
    /// Its zone.
    pub availability_zone: String,
    /// Who becomes the writer first, 0 to 15.
    pub promotion_tier: i32,
    /// Whether it has a public address.
    pub publicly_accessible: bool,
    /// Whether minor versions are installed by themselves.
    pub auto_minor_version_upgrade: bool,
    /// `ddd:hh:mm-ddd:hh:mm`, UTC.
    pub preferred_maintenance_window: String,
    /// Seconds between samples of enhanced monitoring; 0 is off.
    pub monitoring_interval: i32,
    /// The role of enhanced monitoring.
    pub monitoring_role_arn: Option<String>,
    /// Whether Performance Insights are on.
    pub performance_insights_enabled: bool,
    /// ARN of the key of Performance Insights.
    pub performance_insights_kms_key_id: Option<String>,
    /// Days that Performance Insights keeps data.
    pub performance_insights_retention_period: Option<i32>,
    /// The certificate authority of its server certificate.
    pub ca_certificate_identifier: String,
    /// Name of its parameter group.
    pub parameter_group: String,
    /// Whether snapshots get its tags.
    pub copy_tags_to_snapshot: bool,
    /// Whether it can't be deleted.
    pub deletion_protection: bool,
    /// The class that it gets in the next maintenance window.
    pub pending_class: Option<String>,
    /// What one that is in no cluster has of its own.
    pub alone: Option<Alone>,
    /// AWS's own id, `db-...`.
    pub resource_id: String,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// How often it is still `creating` when somebody looks; `None` where it isn't coming.
    #[serde(default)]
    pub coming: Option<u32>,
    /// Whether static parameters of its own group wait for a restart.
    #[serde(default)]
    pub parameters_pending: bool,
    /// Whether static parameters of its cluster's group wait for a restart.
    #[serde(default)]
    pub cluster_parameters_pending: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Instance {
    /// An available instance of a cluster with AWS's defaults.
    #[must_use]
    pub fn new(class: &str, cluster_name: &str, cluster: &Cluster) -> Self {
        Self {
            status: "available".to_owned(),
            class: class.to_owned(),
            engine: cluster.engine.clone(),
            engine_version: cluster.engine_version.clone(),
            cluster: Some(cluster_name.to_owned()),
            promotion_tier: 1,
            auto_minor_version_upgrade: true,
            preferred_maintenance_window: cluster.preferred_maintenance_window.clone(),
            ca_certificate_identifier: "rds-ca-rsa2048-g1".to_owned(),
            parameter_group: format!("default.{}", family(&cluster.engine, &cluster.engine_version)),
            ..Self::default()
        }
    }
}

/// What an instance that is in no cluster has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alone {
    /// Gibibytes of storage.
    pub allocated_storage: i32,
    /// Storage type, such as `gp3`.
    pub storage_type: String,
    /// Whether the storage is encrypted.
    pub storage_encrypted: bool,
    /// Whether there is a standby in another zone.
    pub multi_az: bool,
    /// The first database's name.
    pub database_name: Option<String>,
    /// Name of the master user.
    pub master_username: String,
    /// Port.
    pub port: i32,
    /// Days that backups are kept.
    pub backup_retention_period: i32,
    /// `hh:mm-hh:mm`, UTC.
    pub preferred_backup_window: String,
    /// Name of its subnet group.
    pub subnet_group: String,
    /// Ids of its security groups.
    pub security_groups: Vec<String>,
}

/// A parameter group, of clusters or of instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterGroup {
    /// Family, such as `aurora-postgresql16`.
    pub family: String,
    /// Description.
    pub description: String,
    /// The parameters that somebody set, by name.
    pub parameters: BTreeMap<String, SetParameter>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A parameter that somebody set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetParameter {
    /// Value.
    pub value: String,
    /// `immediate` or `pending-reboot`.
    pub apply_method: String,
}

/// A subnet group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetGroup {
    /// Description.
    pub description: String,
    /// The VPC that the subnets are in.
    pub vpc_id: String,
    /// The zone of each subnet, by the subnet's id.
    pub subnets: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

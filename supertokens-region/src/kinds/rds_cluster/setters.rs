//! What can be said of a cluster.

use super::{
    Is, Member, Monitoring, Parameters, Password, RdsCluster, Ref, Scaling, SecurityGroup, Threshold, Vpc,
};

impl RdsCluster {
    /// Another identifier, such as for a copy beside the original.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_lowercase();
        self
    }

    /// Puts `to` in place of `from` in all names: of the cluster, its instances, its parameter groups and its subnet group.
    /// For a copy of a cluster whose names say its region: `cluster.renamed("us-east-1", "ap-south-1")`.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        let new = |name: &str| if from.is_empty() { name.to_owned() } else { name.replace(from, to) };
        self.name = new(&self.name);
        self.subnet_group = new(&self.subnet_group);
        self.parameter_group = self.parameter_group.as_deref().map(new);
        self.instance_parameter_groups =
            self.instance_parameter_groups.into_iter().map(|(name, values)| (new(&name), values)).collect();
        for member in self.instances.values_mut().chain([&mut self.every]) {
            member.parameter_group = member.parameter_group.as_deref().map(new);
        }
        self.instances = self.instances.into_iter().map(|(name, member)| (new(&name), member)).collect();
        self
    }

    /// The VPC whose subnets it stands in: two zones at the least.
    #[must_use]
    pub fn in_vpc(mut self, vpc: Ref<Vpc>) -> Self {
        self.vpc = Some(vpc);
        self
    }

    /// The engine's version: `16.4`. Where the region doesn't offer it, the next one of the same major that it offers; a
    /// newer minor that is there is as good. A cluster is never upgraded.
    #[must_use]
    pub fn engine_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.engine_version);
        self
    }

    /// The name of its subnet group, over all subnets of the VPC; made where it is missing. Default: the cluster's name.
    #[must_use]
    pub fn subnet_group(mut self, name: &str) -> Self {
        self.subnet_group = name.to_lowercase();
        self
    }

    /// Puts it into this security group too. Others stay. Default: the VPC's own group.
    #[must_use]
    pub fn security_group(mut self, group: Ref<SecurityGroup>) -> Self {
        self.security_groups.insert(group.name().to_owned(), Is::There);
        self
    }

    /// The first database's name. Default: none besides `postgres`. Fixed once it is there.
    #[must_use]
    pub fn database_name(mut self, name: &str) -> Self {
        self.database_name = Some(name.to_owned());
        self
    }

    /// The master user's name. Default: `postgres`. Fixed once it is there.
    #[must_use]
    pub fn master_username(mut self, name: &str) -> Self {
        name.clone_into(&mut self.master_username);
        self
    }

    /// Takes the master password from the first line of this file, `-` for standard input, when the cluster is made: 8-41
    /// printable ASCII characters but `/`, `"`, `@` and blanks. It is read then and not kept or shown. Default: Secrets
    /// Manager makes one, keeps it, and changes it every seven days.
    #[must_use]
    pub fn master_password_file(mut self, path: &str) -> Self {
        self.master_password = Password::File(path.to_owned());
        self
    }

    /// The port, 1150-65535. Default: 5432.
    #[must_use]
    pub fn port(mut self, port: i64) -> Self {
        self.port = port;
        self
    }

    /// Encrypts with the KMS key of this alias, `alias/NAME`. Default: AWS's own key for RDS. Fixed once it is there.
    #[must_use]
    pub fn kms_alias(mut self, alias: &str) -> Self {
        self.kms_alias = Some(alias.to_owned());
        self
    }

    /// `aurora` (the default), or `aurora-iopt1` where reads and writes cost nothing and storage more.
    #[must_use]
    pub fn storage_type(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.storage_type);
        self
    }

    /// How many days backups are kept, 1-35. Default: 7.
    #[must_use]
    pub fn backup_retention_days(mut self, days: i64) -> Self {
        self.backup_retention_days = days;
        self
    }

    /// When backups begin, UTC: `02:10-02:40`. Default: AWS chooses.
    #[must_use]
    pub fn backup_window(mut self, window: &str) -> Self {
        self.backup_window = Some(window.to_lowercase());
        self
    }

    /// When AWS may work on the cluster, UTC: `sun:04:20-sun:04:50`. Default: AWS chooses.
    #[must_use]
    pub fn maintenance_window(mut self, window: &str) -> Self {
        self.maintenance_window = Some(window.to_lowercase());
        self
    }

    /// Sends this log to CloudWatch: `postgresql`. Others stay.
    #[must_use]
    pub fn export_log(mut self, log: &str) -> Self {
        self.log_exports.insert(log.to_owned(), Is::There);
        self
    }

    /// Whether it can't be deleted. Default: true.
    #[must_use]
    pub fn deletion_protection(mut self, on: bool) -> Self {
        self.deletion_protection = on;
        self
    }

    /// Whether snapshots get its tags. Default: true.
    #[must_use]
    pub fn copy_tags_to_snapshot(mut self, on: bool) -> Self {
        self.copy_tags_to_snapshot = on;
        self
    }

    /// Whether IAM users may log in. Default: false.
    #[must_use]
    pub fn iam_authentication(mut self, on: bool) -> Self {
        self.iam_authentication = on;
        self
    }

    /// Whether AWS installs minor versions by itself, of the cluster and of all instances. Default: AWS's, which is true.
    #[must_use]
    pub fn auto_minor_version_upgrade(mut self, on: bool) -> Self {
        self.auto_minor_version_upgrade = Some(on);
        self.all(|member| member.auto_minor_version_upgrade = Some(on))
    }

    /// How `db.serverless` instances scale, in capacity units of 2 GiB: 0-256 to 1-256, in steps of 0.5.
    #[must_use]
    pub fn serverless<A: Threshold, B: Threshold>(mut self, min: A, max: B) -> Self {
        let pause_after_secs = self.scaling.and_then(|scaling| scaling.pause_after_secs);
        self.scaling = Some(Scaling { min: min.number(), max: max.number(), pause_after_secs });
        self
    }

    /// The name of its own parameter group. Default: the cluster's name and `-cluster`, once a parameter is set.
    #[must_use]
    pub fn parameter_group(mut self, name: &str) -> Self {
        self.parameter_group = Some(name.to_lowercase());
        self
    }

    /// Sets a parameter of the cluster's own group, which is made where it is missing.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameter_group.get_or_insert_with(|| format!("{}-cluster", self.name));
        self.parameters.get_or_insert_with(Parameters::new).insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets a parameter of the instances' own group, which is made where it is missing.
    #[must_use]
    pub fn instance_parameter(mut self, name: &str, value: &str) -> Self {
        let usual = format!("{}-instance", self.name);
        let group = self.every.parameter_group.clone().unwrap_or(usual);
        let values = self.instance_parameter_groups.entry(group.clone()).or_default();
        values.insert(name.to_owned(), value.to_owned());
        self.all(|member| {
            member.parameter_group = member.parameter_group.take().or_else(|| Some(group.clone()))
        })
    }

    /// Adds an instance with this identifier and class (`db.r6g.large`, `db.serverless`). The one with the lowest
    /// promotion tier, the first by name among equals, is made first: it writes, the others read.
    #[must_use]
    pub fn instance(mut self, name: &str, class: &str) -> Self {
        let member = Member { class: class.to_owned(), ..self.every.clone() };
        self.instances.insert(name.to_lowercase(), member);
        self
    }

    /// Gives all instances this class.
    #[must_use]
    pub fn instance_class(self, class: &str) -> Self {
        self.all(|member| class.clone_into(&mut member.class))
    }

    /// In which order this instance becomes the writer when the writer fails: 0 first, 15 last. Default: 1.
    #[must_use]
    pub fn promotion_tier(mut self, instance: &str, tier: i64) -> Self {
        if let Some(member) = self.instances.get_mut(&instance.to_lowercase()) {
            member.promotion_tier = Some(tier);
        }
        self
    }

    /// Whether all instances have addresses that the internet can reach, if their groups let it in. Default: AWS's, which
    /// depends on the subnets.
    #[must_use]
    pub fn publicly_accessible(self, on: bool) -> Self {
        self.all(|member| member.publicly_accessible = Some(on))
    }

    /// Enhanced monitoring of all instances, every 1, 5, 10, 15, 30 or 60 seconds, with this role; 0: off.
    #[must_use]
    pub fn monitoring(self, interval_secs: i64, role: &str) -> Self {
        self.all(|member| member.monitoring = Some(Monitoring { interval_secs, role: role.to_owned() }))
    }

    /// Performance Insights of all instances, kept for 7, 731 or a multiple of 31 days; 0: off.
    #[must_use]
    pub fn performance_insights_days(self, days: i64) -> Self {
        self.all(|member| member.performance_insights_days = Some(days))
    }

    /// The authority of the certificates of all instances. Default: the account's.
    #[must_use]
    pub fn ca_certificate(self, name: &str) -> Self {
        self.all(|member| member.ca_certificate = Some(name.to_owned()))
    }

    /// Adds a tag to the cluster; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Adds a tag to each instance; other tags stay.
    #[must_use]
    pub fn tag_instances(self, key: &str, value: &str) -> Self {
        self.all(|member| drop(member.tags.insert(key.to_owned(), value.to_owned())))
    }

    /// Changes a cluster that is there where it differs, as far as that needs no restart; a class waits for the maintenance
    /// window. Without this only tags and missing instances are added, and the rest is told.
    #[must_use]
    pub fn allow_modify(mut self) -> Self {
        self.allow_modify = true;
        self
    }

    fn all(mut self, change: impl Fn(&mut Member)) -> Self {
        self.instances.values_mut().chain([&mut self.every]).for_each(change);
        self
    }
}

//! The words that clusters are made of in a script.

use super::{RdsCluster, rds_cluster};

impl RdsCluster {
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("RdsCluster");
        words.word("rds_cluster", rds_cluster);
        words.word("named", Self::named);
        words.word("renamed", Self::renamed);
        words.word("in_vpc", Self::in_vpc);
        words.word("engine_version", Self::engine_version);
        words.word("subnet_group", Self::subnet_group);
        words.word("security_group", Self::security_group);
        words.word("database_name", Self::database_name);
        words.word("master_username", Self::master_username);
        words.word("master_password_file", Self::master_password_file);
        words.word("port", Self::port);
        words.word("kms_alias", Self::kms_alias);
        words.word("storage_type", Self::storage_type);
        words.word("backup_retention_days", Self::backup_retention_days);
        words.word("backup_window", Self::backup_window);
        words.word("maintenance_window", Self::maintenance_window);
        words.word("export_log", Self::export_log);
        words.word("deletion_protection", Self::deletion_protection);
        words.word("copy_tags_to_snapshot", Self::copy_tags_to_snapshot);
        words.word("iam_authentication", Self::iam_authentication);
        words.word("auto_minor_version_upgrade", Self::auto_minor_version_upgrade);
        words.word("serverless", Self::serverless::<i64, i64>);
        words.word("serverless", Self::serverless::<f64, f64>);
        words.word("serverless", Self::serverless::<f64, i64>);
        words.word("serverless", Self::serverless::<i64, f64>);
        words.word("parameter_group", Self::parameter_group);
        words.word("parameter", Self::parameter);
        words.word("instance_parameter", Self::instance_parameter);
        words.word("instance", Self::instance);
        words.word("instance_class", Self::instance_class);
        words.word("promotion_tier", Self::promotion_tier);
        words.word("publicly_accessible", Self::publicly_accessible);
        words.word("monitoring", Self::monitoring);
        words.word("performance_insights_days", Self::performance_insights_days);
        words.word("ca_certificate", Self::ca_certificate);
        words.word("tag", Self::tag);
        words.word("tag_instances", Self::tag_instances);
        words.word("allow_modify", Self::allow_modify);
    }
}

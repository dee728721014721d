//! What somebody set for the databases: more than AWS takes in one call.

use super::map;
use crate::sandbox::rds::{ParameterGroup, SetParameter};

/// Parameters that take effect after a reboot only.
const STATIC: [&str; 8] = [
    "autovacuum_max_workers",
    "max_connections",
    "max_locks_per_transaction",
    "max_replication_slots",
    "max_wal_senders",
    "pg_stat_statements.max",
    "shared_preload_libraries",
    "track_activity_query_size",
];

pub(super) fn of_cluster(family: &str) -> ParameterGroup {
    let set = [
        ("autovacuum_analyze_scale_factor", "0.02"),
        ("autovacuum_max_workers", "4"),
        ("autovacuum_naptime", "10"),
        ("autovacuum_vacuum_cost_limit", "1000"),
        ("autovacuum_vacuum_scale_factor", "0.05"),
        ("deadlock_timeout", "2000"),
        ("idle_in_transaction_session_timeout", "600000"),
        ("lock_timeout", "30000"),
        ("log_connections", "1"),
        ("log_disconnections", "1"),
        ("log_lock_waits", "1"),
        ("log_min_duration_statement", "1000"),
        ("log_statement", "ddl"),
        ("log_temp_files", "10240"),
        ("max_connections", "1000"),
        ("max_locks_per_transaction", "256"),
        ("max_replication_slots", "20"),
        ("max_wal_senders", "20"),
        ("password_encryption", "scram-sha-256"),
        ("random_page_cost", "1.1"),
        ("rds.force_ssl", "1"),
        ("rds.log_retention_period", "10080"),
        ("shared_preload_libraries", "pg_stat_statements,auto_explain"),
        ("timezone", "UTC"),
    ];
    group(family, "clusters of SuperTokens containers", &set)
}

pub(super) fn of_instances(family: &str) -> ParameterGroup {
    let set = [
        ("auto_explain.log_min_duration", "5000"),
        ("pg_stat_statements.max", "10000"),
        ("pg_stat_statements.track", "all"),
        ("track_activity_query_size", "8192"),
    ];
    group(family, "instances of SuperTokens containers", &set)
}

fn group(family: &str, description: &str, set: &[(&str, &str)]) -> ParameterGroup {
    let parameters = set.iter().map(|&(name, value)| {
        let apply_method = if STATIC.contains(&name) { "pending-reboot" } else { "immediate" }.to_owned();
        (name.to_owned(), SetParameter { value: value.to_owned(), apply_method })
    });
    ParameterGroup {
        family: family.to_owned(),
        description: description.to_owned(),
        parameters: parameters.collect(),
        tags: map(&[]),
    }
}

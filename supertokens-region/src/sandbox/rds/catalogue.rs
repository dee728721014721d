//! The parameters that the Aurora PostgreSQL families have, with their defaults: the ones people look at and set.

/// A parameter of a family.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    /// The value that the engine has; none where AWS tells none.
    pub(super) default: Option<&'static str>,
    pub(super) data_type: &'static str,
    pub(super) allowed: &'static str,
    /// Whether a change takes effect without a reboot.
    pub(super) dynamic: bool,
    /// Whether it can be set at all: the others are AWS's own (`system`).
    pub(super) modifiable: bool,
}

/// A parameter that can be set: name, default, data type, allowed values, whether it is dynamic.
const fn open(
    name: &'static str,
    default: Option<&'static str>,
    data_type: &'static str,
    allowed: &'static str,
    dynamic: bool,
) -> Known {
    Known { name, default, data_type, allowed, dynamic, modifiable: true }
}

/// A parameter that AWS sets itself.
const fn system(
    name: &'static str,
    value: &'static str,
    data_type: &'static str,
    allowed: &'static str,
) -> Known {
    Known { name, default: Some(value), data_type, allowed, dynamic: false, modifiable: false }
}

/// Of cluster parameter groups.
pub(super) const CLUSTER: [Known; 44] = [
    open("apg_plan_mgmt.capture_plan_baselines", Some("off"), "string", "off,automatic,manual", true),
    open("array_nulls", None, "boolean", "0,1", true),
    open("autovacuum", Some("1"), "boolean", "0,1", true),
    open("autovacuum_analyze_scale_factor", Some("0.05"), "float", "0-100", true),
    open(
        "autovacuum_max_workers",
        Some("GREATEST({DBInstanceClassMemory/64371566592},3)"),
        "integer",
        "1-262143",
        false,
    ),
    open("autovacuum_naptime", Some("5"), "integer", "1-2147483", true),
    open("autovacuum_vacuum_cost_limit", None, "integer", "-1-10000", true),
    open("autovacuum_vacuum_scale_factor", Some("0.1"), "float", "0-100", true),
    open("babelfishpg_tsql.escape_hatch_storage_options", Some("ignore"), "string", "strict,ignore", true),
    system("block_size", "8192", "integer", "8192"),
    open("client_encoding", Some("UTF8"), "string", "UTF8,SQL_ASCII,LATIN1", true),
    open("cron.database_name", Some("postgres"), "string", "", false),
    open("datestyle", None, "string", "", true),
    open("deadlock_timeout", None, "integer", "1-2147483647", true),
    open(
        "default_transaction_isolation",
        None,
        "string",
        "serializable,repeatable read,read committed",
        true,
    ),
    open(
        "effective_cache_size",
        Some("SUM({DBInstanceClassMemory/12038},-50003)"),
        "integer",
        "1-2147483647",
        true,
    ),
    open("idle_in_transaction_session_timeout", Some("86400000"), "integer", "0-2147483647", true),
    open("lock_timeout", None, "integer", "0-2147483647", true),
    open("log_connections", None, "boolean", "0,1", true),
    open("log_disconnections", None, "boolean", "0,1", true),
    open("log_lock_waits", None, "boolean", "0,1", true),
    open("log_min_duration_statement", None, "integer", "-1-2147483647", true),
    open("log_statement", None, "string", "none,ddl,mod,all", true),
    open("log_temp_files", None, "integer", "-1-2147483647", true),
    open(
        "maintenance_work_mem",
        Some("GREATEST({DBInstanceClassMemory/63963136*1024},65536)"),
        "integer",
        "1024-2147483647",
        true,
    ),
    open(
        "max_connections",
        Some("LEAST({DBInstanceClassMemory/9531392},5000)"),
        "integer",
        "6-262143",
        false,
    ),
    open("max_locks_per_transaction", Some("64"), "integer", "10-2147483647", false),
    open("max_prepared_transactions", Some("0"), "integer", "0-262143", false),
    open("max_replication_slots", Some("20"), "integer", "5-262143", false),
    open("max_wal_senders", Some("10"), "integer", "5-262143", false),
    open("password_encryption", Some("md5"), "string", "md5,scram-sha-256", true),
    open(
        "pgaudit.log",
        None,
        "string",
        "ddl,function,misc,read,role,write,none,all,-ddl,-function,-misc,-read,-role,-write",
        true,
    ),
    open("random_page_cost", None, "float", "0-1.79769e+308", true),
    open("rds.adaptive_autovacuum", Some("1"), "boolean", "0,1", true),
    open("rds.babelfish_status", Some("off"), "string", "on,off,datatypesonly", false),
    open("rds.force_ssl", Some("0"), "boolean", "0,1", true),
    open("rds.log_retention_period", Some("4320"), "integer", "1440-10080", true),
    open("rds.logical_replication", Some("0"), "boolean", "0,1", false),
    system("server_encoding", "UTF8", "string", "UTF8"),
    open(
        "shared_buffers",
        Some("SUM({DBInstanceClassMemory/12038},-50003)"),
        "integer",
        "16-1073741823",
        false,
    ),
    open(
        "shared_preload_libraries",
        Some("pg_stat_statements"),
        "list",
        "auto_explain,orafce,pgaudit,pglogical,pg_bigm,pg_cron,pg_hint_plan,pg_prewarm,pg_similarity,pg_stat_statements,pg_tle,pg_transport,plprofiler",
        false,
    ),
    open("statement_timeout", None, "integer", "0-2147483647", true),
    open("timezone", Some("UTC"), "string", "UTC,Asia/Kolkata,Europe/Berlin,US/Eastern,US/Pacific", true),
    open("work_mem", None, "integer", "64-2147483647", true),
];

/// Of parameter groups of instances.
pub(super) const INSTANCE: [Known; 30] = [
    open("apg_enable_not_in_transform", Some("0"), "boolean", "0,1", true),
    open("apg_plan_mgmt.use_plan_baselines", Some("false"), "boolean", "true,false", true),
    open("application_name", None, "string", "", true),
    open("auto_explain.log_min_duration", None, "integer", "-1-2147483647", true),
    system("config_file", "/rdsdbdata/config/postgresql.conf", "string", ""),
    system("data_directory", "/rdsdbdata/db", "string", ""),
    open("deadlock_timeout", None, "integer", "1-2147483647", true),
    open(
        "effective_cache_size",
        Some("SUM({DBInstanceClassMemory/12038},-50003)"),
        "integer",
        "1-2147483647",
        true,
    ),
    open("force_parallel_mode", None, "string", "on,off,regress", true),
    open("idle_in_transaction_session_timeout", Some("86400000"), "integer", "0-2147483647", true),
    system("listen_addresses", "*", "string", ""),
    open("lock_timeout", None, "integer", "0-2147483647", true),
    open("log_autovacuum_min_duration", Some("10000"), "integer", "-1-2147483647", true),
    open("log_connections", None, "boolean", "0,1", true),
    open("log_disconnections", None, "boolean", "0,1", true),
    open("log_lock_waits", None, "boolean", "0,1", true),
    open("log_min_duration_statement", None, "integer", "-1-2147483647", true),
    open("log_statement", None, "string", "none,ddl,mod,all", true),
    open("log_temp_files", None, "integer", "-1-2147483647", true),
    open(
        "maintenance_work_mem",
        Some("GREATEST({DBInstanceClassMemory/63963136*1024},65536)"),
        "integer",
        "1024-2147483647",
        true,
    ),
    open(
        "max_connections",
        Some("LEAST({DBInstanceClassMemory/9531392},5000)"),
        "integer",
        "6-262143",
        false,
    ),
    open("pg_stat_statements.max", None, "integer", "100-2147483647", false),
    open("pg_stat_statements.track", Some("TOP"), "string", "none,top,all", true),
    open("random_page_cost", None, "float", "0-1.79769e+308", true),
    open("rds.log_retention_period", Some("4320"), "integer", "1440-10080", true),
    open(
        "shared_buffers",
        Some("SUM({DBInstanceClassMemory/12038},-50003)"),
        "integer",
        "16-1073741823",
        false,
    ),
    open(
        "shared_preload_libraries",
        Some("pg_stat_statements"),
        "list",
        "auto_explain,pgaudit,pg_cron,pg_hint_plan,pg_stat_statements",
        false,
    ),
    open("statement_timeout", None, "integer", "0-2147483647", true),
    open("track_activity_query_size", Some("4096"), "integer", "100-1048576", false),
    open("work_mem", None, "integer", "64-2147483647", true),
];

//! The metrics as AWS spells them, and what is made of their values.

use super::family::Family;

/// Makes the enum, and the list of its metrics with the families that have them.
macro_rules! metrics {
    ($($(#[$doc:meta])+ $metric:ident: $($family:ident)|+;)+) => {
        /// A metric that an alarm can watch, spelled as AWS spells it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(non_camel_case_types, reason = "AWS's own names")]
        pub enum Metric { $($(#[$doc])+ $metric),+ }

        impl Metric {
            /// All metrics, by family.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$metric),+];

            /// The families that have a metric of this name.
            pub(super) fn families(self) -> &'static [Family] {
                match self { $(Self::$metric => &[$(Family::$family),+]),+ }
            }
        }
    };
}

metrics! {
    /// Percent. The highest of a cluster's instances counts for `Max`.
    CPUUtilization: Rds | Ec2;
    /// Credits that are left, of burstable instances.
    CPUCreditBalance: Rds | Ec2;
    /// Bytes.
    FreeableMemory: Rds;
    /// Bytes of the instance's own disk. Aurora has this, but for Serverless v2.
    FreeLocalStorage: Rds;
    /// Bytes. Aurora has no such metric: see `FreeLocalStorage`.
    FreeStorageSpace: Rds;
    /// Reads a second.
    ReadIOPS: Rds;
    /// Writes a second.
    WriteIOPS: Rds;
    /// Seconds a read.
    ReadLatency: Rds;
    /// Seconds a write.
    WriteLatency: Rds;
    /// Reads and writes that wait.
    DiskQueueDepth: Rds;
    /// Connections in use.
    DatabaseConnections: Rds;
    /// Deadlocks a second.
    Deadlocks: Rds;
    /// Bytes.
    SwapUsage: Rds;
    /// Percent of the reads that the cache answers.
    BufferCacheHitRatio: Rds;
    /// Milliseconds a commit.
    CommitLatency: Rds;
    /// Transaction ids that are not vacuumed yet; PostgreSQL stops at 2 billion.
    MaximumUsedTransactionIDs: Rds;
    /// Milliseconds by which readers are behind the writer.
    AuroraReplicaLag: Rds;
    /// Capacity units in use, of Aurora Serverless v2.
    ServerlessDatabaseCapacity: Rds;
    /// Percent of the highest capacity, of Aurora Serverless v2.
    ACUUtilization: Rds;
    /// Bytes of an Aurora cluster's volume.
    VolumeBytesUsed: Rds;
    /// Billed reads of an Aurora cluster's volume, in five minutes.
    VolumeReadIOPs: Rds;
    /// Billed writes of an Aurora cluster's volume, in five minutes.
    VolumeWriteIOPs: Rds;
    /// 1 for each run of the function that failed, 0 for each other.
    Errors: Lambda;
    /// Runs that were refused for want of concurrency.
    Throttles: Lambda;
    /// Milliseconds a run.
    Duration: Lambda;
    /// Runs.
    Invocations: Lambda;
    /// Runs at the same time.
    ConcurrentExecutions: Lambda;
    /// Events that could not be put into the dead-letter queue.
    DeadLetterErrors: Lambda;
    /// Milliseconds by which the function is behind its stream.
    IteratorAge: Lambda;
    /// Answers with 5xx that the load balancer made itself.
    HTTPCode_ELB_5XX_Count: Elb;
    /// Answers with 4xx that the load balancer made itself.
    HTTPCode_ELB_4XX_Count: Elb;
    /// Answers with 5xx of the targets.
    HTTPCode_Target_5XX_Count: Elb;
    /// Answers with 4xx of the targets.
    HTTPCode_Target_4XX_Count: Elb;
    /// Seconds until a target answers.
    TargetResponseTime: Elb;
    /// Targets that fail the health check. Published with the dimensions `LoadBalancer` and `TargetGroup` only.
    UnHealthyHostCount: Elb;
    /// Targets that pass the health check. Published with the dimensions `LoadBalancer` and `TargetGroup` only.
    HealthyHostCount: Elb;
    /// Requests.
    RequestCount: Elb;
    /// Connections that were refused because there were too many.
    RejectedConnectionCount: Elb;
    /// Connections to targets that failed.
    TargetConnectionErrorCount: Elb;
    /// 1 where one of the two checks failed, else 0.
    StatusCheckFailed: Ec2;
    /// 1 where the instance's check failed, else 0.
    StatusCheckFailed_Instance: Ec2;
    /// 1 where the check of AWS's side failed, else 0.
    StatusCheckFailed_System: Ec2;
    /// Bytes received in a period.
    NetworkIn: Ec2;
    /// Bytes sent in a period.
    NetworkOut: Ec2;
}

impl std::fmt::Display for Metric {
    /// AWS's name, which is the variant's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Metric {
    /// Whether it counts failures, so that the threshold itself is already one too many.
    pub(super) fn counts_failures(self) -> bool {
        matches!(
            self,
            Self::HTTPCode_ELB_5XX_Count
                | Self::HTTPCode_ELB_4XX_Count
                | Self::HTTPCode_Target_5XX_Count
                | Self::HTTPCode_Target_4XX_Count
                | Self::UnHealthyHostCount
                | Self::RejectedConnectionCount
                | Self::TargetConnectionErrorCount
                | Self::StatusCheckFailed
                | Self::StatusCheckFailed_Instance
                | Self::StatusCheckFailed_System
        )
    }
}

/// What is taken of a period's values, and from which side it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The lowest: watches a floor, so that it is an alarm below the threshold.
    Min,
    /// The highest: watches a ceiling.
    Max,
    /// The average: watches a ceiling.
    Avg,
    /// The sum: watches a ceiling.
    Sum,
}

impl Statistic {
    pub(super) const ALL: [Self; 4] = [Self::Min, Self::Max, Self::Avg, Self::Sum];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Min => "Minimum",
            Self::Max => "Maximum",
            Self::Avg => "Average",
            Self::Sum => "Sum",
        }
    }
}

/// What a period without data counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingData {
    /// As no data: the alarm's state becomes `INSUFFICIENT_DATA`.
    Missing,
    /// As within the threshold.
    NotBreaching,
    /// As beyond the threshold.
    Breaching,
    /// As nothing: the alarm stays in its state.
    Ignore,
}

impl MissingData {
    pub(super) const ALL: [Self; 4] = [Self::Missing, Self::NotBreaching, Self::Breaching, Self::Ignore];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotBreaching => "notBreaching",
            Self::Breaching => "breaching",
            Self::Ignore => "ignore",
        }
    }
}

/// A number that an alarm compares with: `80` or `1.5`.
pub trait Threshold {
    /// The number.
    fn number(self) -> f64;
}

// Only these two: so a bare number in Rust is an `i64`, and may be larger than an `i32`.
impl Threshold for i64 {
    fn number(self) -> f64 {
        self as f64
    }
}

impl Threshold for f64 {
    fn number(self) -> f64 {
        self
    }
}

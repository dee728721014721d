//! The one door to AWS: clients for any service and region, the identity, the call log, and the only place that sees SDK
//! errors first. The sandbox plugs in here.

mod call;
mod download;
mod http;
mod identity;
mod look;
mod pacing;
mod pages;
mod rates;
mod retry;
mod transmit;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use tokio::sync::OnceCell;

pub use call::CallRecord;
pub(crate) use call::operation_name;
use call::{Door, Gate};
pub use download::Download;
pub(crate) use download::EXPIRED;
pub use identity::Identity;
pub(crate) use identity::home;
pub(crate) use look::Listing;
pub(crate) use rates::only_reads;
pub use rates::{Budget, Rate, Rates};

use crate::error::Error;
use crate::stop::{Stop, Stopped};

/// The door to one AWS account. Clones share clients, identity and log.
#[derive(Clone)]
pub struct Aws {
    shared: Arc<Shared>,
    /// What was read by now, where that is shared.
    look: Option<Arc<look::Look>>,
    /// What was read before that.
    before: Option<Arc<look::Look>>,
}

struct Shared {
    config: SdkConfig,
    #[cfg(feature = "sandbox")]
    sandbox: Option<crate::Sandbox>,
    http: transmit::Transmitter,
    pacing: Arc<pacing::Pacing>,
    door: Door,
    stop: Stop,
    clients: Mutex<HashMap<(TypeId, String), Box<dyn Any + Send + Sync>>>,
    identity: OnceCell<Identity>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Aws")
    }
}

/// A connection is there in one round trip, or something is wrong.
const CONNECT: Duration = Duration::from_secs(5);
/// All attempts of one call, with the pauses between them and the waits for the budgets. Each attempt has a bound of its own
/// (`transmit.rs`), that of bodies which stop coming is the SDK's; this is the last one. The SDK's own default has none.
const OPERATION: Duration = Duration::from_secs(30 * 60);
/// Attempts of one call: the SDK's three are too few for the throttles of a busy account.
const ATTEMPTS: u32 = 5;

impl Aws {
    /// The account that the ordinary AWS configuration names: environment, profiles, SSO, `AWS_ENDPOINT_URL`.
    /// Reads files and the environment; asks nobody until the first call.
    pub async fn from_env() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http::client()).load().await;
        Self::new(config)
    }

    /// The account that this configuration names. An HTTP client of its own is used where it has one.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self::with(
            config,
            #[cfg(feature = "sandbox")]
            None,
        )
    }

    /// The embedded AWS.
    #[cfg(feature = "sandbox")]
    #[must_use]
    pub fn sandbox(sandbox: &crate::Sandbox) -> Self {
        Self::sandbox_behind(sandbox, sandbox.clone())
    }

    /// The embedded AWS, with something between it and whoever calls.
    #[cfg(feature = "sandbox")]
    pub(crate) fn sandbox_behind(
        sandbox: &crate::Sandbox,
        client: impl aws_smithy_runtime_api::client::http::HttpClient + 'static,
    ) -> Self {
        use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
        let credentials = Credentials::new("AKIASANDBOX", "sandbox", None, None, "sandbox");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(client)
            .time_source(sandbox.clone())
            .build();
        Self::with(config, Some(sandbox.clone()))
    }

    fn with(config: SdkConfig, #[cfg(feature = "sandbox")] sandbox: Option<crate::Sandbox>) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(OPERATION).build();
        // Of answers only: a request that waits for its budget has not stalled.
        let stalled = StalledStreamProtectionConfig::enabled().upload_enabled(false).build();
        #[cfg(feature = "sandbox")]
        let emulated = config.endpoint_url().is_some() || sandbox.is_some();
        #[cfg(not(feature = "sandbox"))]
        let emulated = config.endpoint_url().is_some();
        let rates = if emulated { Rates::unlimited() } else { Rates::documented() };
        let pacing = Arc::new(pacing::Pacing::new(rates));
        let client = config.http_client().unwrap_or_else(http::client);
        let http = transmit::Transmitter::new(client, pacing.clone());
        let config = config
            .into_builder()
            .http_client(http.clone())
            .timeout_config(timeouts)
            .stalled_stream_protection(stalled)
            .retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS))
            .build();
        Self {
            shared: Arc::new(Shared {
                config,
                #[cfg(feature = "sandbox")]
                sandbox,
                http,
                door: Door::new(pacing.clone()),
                pacing,
                stop: Stop::default(),
                clients: Mutex::default(),
                identity: OnceCell::new(),
                turn: Arc::default(),
            }),
            look: None,
            before: None,
        }
    }

    /// Calls `watch` after each attempt of each call: for a call log. The last one that is set counts.
    pub fn on_call(&self, watch: impl Fn(&CallRecord) + Send + Sync + 'static) {
        self.shared.door.watch(watch);
    }

    /// Spends no more calls than these rates, from here on. By default those that AWS documents, and any number of an
    /// emulator (the sandbox, `AWS_ENDPOINT_URL`).
    pub fn set_rates(&self, rates: Rates) {
        self.shared.pacing.set(rates);
    }

    /// The rates that calls are held to.
    #[must_use]
    pub fn rates(&self) -> Rates {
        self.shared.pacing.rates()
    }

    /// Stops what is being applied through this door or a clone of it: nothing new is started, what is in flight is
    /// finished, and waits that only watch AWS work end. The report tells what is still open. It holds for good.
    pub fn interrupt(&self) {
        self.shared.stop.stop(Stopped::Interrupted);
    }

    /// What tells whoever works that it is over.
    pub(crate) fn stop(&self) -> &Stop {
        &self.shared.stop
    }

    /// The same door, but it lets a call that doesn't only read pass only if `gate` does, and stops with `stop`.
    pub(crate) fn guarded(&self, stop: Stop, gate: Gate) -> Self {
        Self {
            shared: Arc::new(Shared {
                config: self.shared.config.clone(),
                #[cfg(feature = "sandbox")]
                sandbox: self.shared.sandbox.clone(),
                http: self.shared.http.clone(),
                pacing: self.shared.pacing.clone(),
                door: self.shared.door.guarded(gate),
                stop,
                clients: Mutex::default(),
                identity: self.shared.identity.clone(),
                turn: self.shared.turn.clone(),
            }),
            look: None,
            before: self.before.clone(),
        }
    }

    /// Held by whoever reads what AWS replaces as a whole, until it tells what was written: one at a time through this door and
    /// its clones.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.shared.turn.lock().await
    }

    /// Who is calling: account, ARN, partition. Asked once.
    ///
    /// # Errors
    /// When there are no valid credentials, or AWS can't be reached.
    pub async fn identity(&self) -> Result<&Identity, Error> {
        self.shared.identity.get_or_try_init(|| identity::ask(self)).await
    }

    /// The region of the ordinary configuration (`AWS_REGION`, the profile), where there is one.
    #[must_use]
    pub fn configured_region(&self) -> Option<&str> {
        self.shared.config.region().map(Region::as_ref)
    }

    /// Whether an emulator answers: what AWS takes minutes for is there at once.
    pub(crate) fn is_emulated(&self) -> bool {
        let elsewhere = self.shared.config.endpoint_url().is_some();
        #[cfg(feature = "sandbox")]
        let elsewhere = elsewhere || self.shared.sandbox.is_some();
        elsewhere
    }

    fn config_for(&self, region: &str) -> SdkConfig {
        self.shared.config.clone().into_builder().region(Region::new(region.to_owned())).build()
    }

    fn client<C: Clone + Send + Sync + 'static>(&self, region: &str, make: impl FnOnce() -> C) -> C {
        let mut clients = self.shared.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client =
            clients.entry((TypeId::of::<C>(), region.to_owned())).or_insert_with(|| Box::new(make()));
        match client.downcast_ref::<C>() {
            Some(client) => client.clone(),
            None => unreachable!("the key holds the client's type"),
        }
    }
}

/// One method a service: the client for a region, made at its first use.
macro_rules! clients {
    ($($name:ident => $sdk:ident, $service:literal $(, $also:expr)?;)+) => {
        impl Aws {$(
            #[doc = concat!("The ", $service, " client for a region; made once.")]
            #[must_use]
            pub fn $name(&self, region: &str) -> $sdk::Client {
                self.client(region, || {
                    let builder = $sdk::config::Builder::from(&self.config_for(region))
                        .retry_classifier(retry::LookFirst)
                        .interceptor(self.shared.door.clone())
                        .interceptor(pages::Pages);
                    #[cfg(feature = "sandbox")]
                    let builder = match &self.shared.sandbox {
                        Some(sandbox) => builder.interceptor(sandbox.clone()),
                        None => builder,
                    };
                    $(let builder = $also(self, builder);)?
                    $sdk::Client::from_conf(builder.build())
                })
            }
        )+}
    };
}

clients! {
    cloudwatch => aws_sdk_cloudwatch, "CloudWatch";
    ec2 => aws_sdk_ec2, "EC2", of_ec2;
    iam => aws_sdk_iam, "IAM";
    lambda => aws_sdk_lambda, "Lambda";
    logs => aws_sdk_cloudwatchlogs, "CloudWatch Logs";
    rds => aws_sdk_rds, "RDS";
    route53 => aws_sdk_route53, "Route 53";
    s3 => aws_sdk_s3, "S3", of_s3;
    sns => aws_sdk_sns, "SNS";
    ssm => aws_sdk_ssm, "Systems Manager", of_ssm;
    sts => aws_sdk_sts, "STS";
    tag => aws_sdk_resourcegroupstagging, "Resource Groups Tagging API";
}

/// Emulators behind `AWS_ENDPOINT_URL` have no host name a bucket, and new buckets need patience.
fn of_s3(aws: &Aws, builder: aws_sdk_s3::config::Builder) -> aws_sdk_s3::config::Builder {
    builder.force_path_style(aws.s3_endpoint().is_some()).retry_classifier(retry::NEW_BUCKET)
}

/// New security groups need patience, too.
fn of_ec2(_: &Aws, builder: aws_sdk_ec2::config::Builder) -> aws_sdk_ec2::config::Builder {
    builder.retry_classifier(retry::NEW_GROUP)
}

/// Documents take one change at a time.
fn of_ssm(_: &Aws, builder: aws_sdk_ssm::config::Builder) -> aws_sdk_ssm::config::Builder {
    builder.retry_classifier(retry::BUSY_DOCUMENT)
}

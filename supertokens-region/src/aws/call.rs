//! What the door does with each call: log every attempt, and turn whatever fails into an [`Error`] that names the
//! operation and region.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
    FinalizerInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Serialize;

use super::pacing::Pacing;
use super::rates::only_reads;
use super::retry;
use crate::error::{Error, Refusal};
use crate::stop::Stopped;

/// One attempt of one AWS call: a line of the call log. Holds no input and no output, so nothing secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRecord {
    /// As IAM names it: `sns`, `logs`, `route53`.
    pub service: String,
    /// `CreateTopic`.
    pub operation: String,
    /// The region that was asked.
    pub region: String,
    /// Counted from 1.
    pub attempt: u32,
    /// Seconds since 1970.
    pub start: f64,
    /// Milliseconds until the attempt was over, without the wait for its budget.
    pub duration: f64,
    /// Milliseconds that it waited until the rates left room for it.
    pub waited: f64,
    /// `ok`, AWS's error code, or what else failed.
    pub outcome: String,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}

impl CallRecord {
    /// Whether the operation only reads: by AWS's naming, `Get`, `List`, `Describe` and `Head` do.
    #[must_use]
    pub fn reads(&self) -> bool {
        only_reads(&self.operation)
    }
}

type Watch = Arc<dyn Fn(&CallRecord) + Send + Sync>;

/// Whether something may still be changed: asked before each attempt of each call that doesn't only read.
pub(crate) type Gate = Arc<dyn Fn() -> Result<(), Stopped> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Door {
    watch: Arc<RwLock<Option<Watch>>>,
    gate: Option<Gate>,
    pacing: Arc<Pacing>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
    pub(super) fn new(pacing: Arc<Pacing>) -> Self {
        Self { watch: Arc::default(), gate: None, pacing }
    }

    pub(super) fn watch(&self, watch: impl Fn(&CallRecord) + Send + Sync + 'static) {
        *self.watch.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(watch));
    }

    /// The same with this gate.
    pub(super) fn guarded(&self, gate: Gate) -> Self {
        Self { gate: Some(gate), ..self.clone() }
    }

    pub(super) fn record(&self, call: &CallRecord) {
        let watch = self.watch.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(watch) = watch {
            watch(call);
        }
    }
}

/// An attempt of a call, from where it starts to where the SDK's error becomes ours: with the request, and then with the
/// response.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) operation: String,
    pub(super) region: String,
    attempts: u32,
    start: (Instant, SystemTime),
    /// Microseconds that it waited until there was room for it.
    waited: Arc<AtomicU64>,
    gate: Option<Gate>,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` in {}", self.operation, self.region)
    }
}

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

impl Asked {
    fn new(cfg: &ConfigBag) -> Self {
        let region = cfg.load::<aws_types::region::Region>();
        Self {
            operation: cfg.load::<Metadata>().map(operation_name).unwrap_or_default(),
            region: region.map(ToString::to_string).unwrap_or_default(),
            attempts: cfg.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts),
            start: (Instant::now(), SystemTime::now()),
            waited: Arc::default(),
            gate: None,
        }
    }

    /// Whether it may be made, in this moment.
    pub(super) fn allowed(&self) -> Result<(), Error> {
        let name = self.operation.split(':').nth(1).unwrap_or_default();
        match &self.gate {
            Some(gate) if !only_reads(name) => gate().map_err(Error::Stopped),
            _ => Ok(()),
        }
    }

    /// The last attempt; where there was none, what would have been asked.
    pub(super) fn last(cfg: &ConfigBag) -> Self {
        cfg.load::<Self>().cloned().unwrap_or_else(|| Self::new(cfg))
    }

    /// Notes that it has to wait so long.
    pub(super) fn waits(&self, wait: Duration) {
        let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.waited.store(micros, Ordering::Relaxed);
    }

    /// Whether it can be made twice, and no harm done.
    pub(super) fn repeatable(&self) -> bool {
        retry::is_repeatable(&self.operation)
    }
}

/// The operation as IAM names it, nearly always: `sns:CreateTopic`.
pub(crate) fn operation_name(metadata: &Metadata) -> String {
    let service = match metadata.service() {
        "CloudWatch Logs" => "logs".to_owned(),
        "Resource Groups Tagging API" => "tag".to_owned(),
        other => other.replace(' ', "").to_lowercase(),
    };
    format!("{service}:{}", metadata.name())
}

impl Intercept for Door {
    fn name(&self) -> &'static str {
        "door"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Asked::new(cfg);
        let now = components.time_source().unwrap_or_default().now();
        let partition = self.pacing.partition(&asked.operation, &asked.region, now);
        cfg.interceptor_state().store_put(partition);
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Asked { gate: self.gate.clone(), ..Asked::new(cfg) };
        context.request_mut().add_extension(asked.clone());
        cfg.interceptor_state().store_put(asked);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let watch = self.watch.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(watch), Some(asked)) = (watch, cfg.load::<Asked>()) else {
            return Ok(());
        };
        let (service, operation) = asked.operation.split_once(':').unwrap_or_default();
        let outcome = match context.output_or_error() {
            Some(Err(error)) => outcome(error),
            _ => "ok".to_owned(),
        };
        let (clock, start) = asked.start;
        let waited = Duration::from_micros(asked.waited.load(Ordering::Relaxed));
        watch(&CallRecord {
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: asked.region.clone(),
            attempt: asked.attempts,
            start: start.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            duration: clock.elapsed().saturating_sub(waited).as_secs_f64() * 1e3,
            waited: waited.as_secs_f64() * 1e3,
            outcome,
            request_id: context.response().and_then(request_id),
        });
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Asked::last(cfg);
        if let Some(Err(error)) = context.output_or_error_mut()
            && !error.is_operation_error()
            && !error.is_response_error()
            && told(error).is_none()
        {
            *error = OrchestratorError::other(unanswered(error, asked.clone()));
        }
        if let Some(response) = context.response_mut() {
            response.add_extension(asked);
        }
        Ok(())
    }
}

/// A short word for the log. The SDK's errors are type-erased here, so the code comes out of their debug text.
fn outcome<E: std::fmt::Debug>(error: &OrchestratorError<E>) -> String {
    let text = format!("{error:?}");
    if error.is_timeout_error() {
        "timeout".to_owned()
    } else if let Some(code) = text.split("code: Some(\"").nth(1).and_then(|rest| rest.split('"').next()) {
        code.to_owned()
    } else if error.is_connector_error() {
        "no connection".to_owned()
    } else {
        "error".to_owned()
    }
}

fn request_id(response: &HttpResponse) -> Option<String> {
    let headers = response.headers();
    ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| headers.get(name)).map(str::to_owned)
}

/// An error and its causes, the deepest last.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The error of ours that is the cause, where there is one.
fn told<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    causes(error).find_map(|cause| cause.downcast_ref::<Error>())
}

/// The error of a call that AWS did not answer: told by its deepest cause, which is the one that says something.
fn unanswered(error: &(dyn std::error::Error + 'static), asked: Asked) -> Error {
    let refusal = Box::new(Refusal {
        operation: asked.operation,
        region: asked.region,
        message: causes(error).last().map(ToString::to_string).unwrap_or_default(),
        attempts: asked.attempts,
        ..Refusal::default()
    });
    if causes(error).any(|cause| cause.is::<CredentialsError>()) {
        Error::Credentials(refusal)
    } else {
        Error::Unreachable(refusal)
    }
}

/// The error of a list whose next page is the one that was just told.
pub(super) fn repeats_itself(asked: Asked) -> Error {
    Error::Refused(Box::new(Refusal {
        operation: asked.operation,
        region: asked.region,
        message: "the list doesn't go on: after this page AWS tells the same one again".to_owned(),
        attempts: asked.attempts,
        status: 200,
        ..Refusal::default()
    }))
}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        if let Some(told) = told(&error) {
            return told.clone();
        }
        let response = error.raw_response();
        let asked = response.and_then(|response| response.extension::<Asked>());
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let status = response.map_or(0, |response| response.status().as_u16());
        let refusal = Box::new(Refusal {
            status,
            operation: asked.map(|asked| asked.operation.clone()).unwrap_or_default(),
            region: asked.map(|asked| asked.region.clone()).unwrap_or_default(),
            attempts: asked.map_or(0, |asked| asked.attempts),
            code: match meta.and_then(|meta| meta.code()) {
                Some(code) => code.to_owned(),
                None if status > 0 => format!("HTTP {status}"),
                None => String::new(),
            },
            message: match (meta, &error) {
                (Some(meta), _) if meta.code().is_none() && (200..300).contains(&status) => {
                    "the answer can't be read".to_owned()
                }
                (Some(meta), _) => meta.message().unwrap_or_default().to_owned(),
                (None, error) => causes(error).last().map(ToString::to_string).unwrap_or_default(),
            },
            request_id: response.and_then(request_id),
        });
        match refusal.code.as_str() {
            code if CREDENTIALS.contains(&code) => Self::Credentials(refusal),
            code if FORBIDDEN.contains(&code) || status == 403 => Self::Forbidden(refusal),
            _ => Self::Refused(refusal),
        }
    }
}

/// Codes with which the services say that they don't accept the credentials.
const CREDENTIALS: [&str; 10] = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "MissingAuthenticationToken",
];

/// Codes with which the services say that they accept them, but not for this.
const FORBIDDEN: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "UnauthorizedOperation",
    "HTTP 403",
];

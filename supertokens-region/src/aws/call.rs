//! What the door does with each call: log every attempt, and turn whatever fails into an [`Error`] that names the
//! operation and region.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Instant, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Serialize;

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
    /// Milliseconds until the attempt was over.
    pub duration: f64,
    /// `ok`, AWS's error code, or what else failed.
    pub outcome: String,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}

impl CallRecord {
    /// Whether the operation only reads: by AWS's naming, `Get`, `List`, `Describe` and `Head` do.
    #[must_use]
    pub fn reads(&self) -> bool {
        reads(&self.operation)
    }
}

fn reads(operation: &str) -> bool {
    ["Get", "List", "Describe", "Head"].iter().any(|verb| operation.starts_with(verb))
}

type Watch = Arc<dyn Fn(&CallRecord) + Send + Sync>;

/// Whether something may still be changed: asked before each attempt of each call that doesn't only read.
pub(crate) type Gate = Arc<dyn Fn() -> Result<(), Stopped> + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Door {
    watch: Arc<RwLock<Option<Watch>>>,
    gate: Option<Gate>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
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

#[derive(Debug)]
struct Started(Instant, SystemTime);
impl Storable for Started {
    type Storer = StoreReplace<Self>;
}

/// Travels with the response to where the SDK's error becomes ours.
#[derive(Clone, Debug)]
struct Asked {
    operation: String,
    region: String,
    attempts: u32,
}

fn asked(cfg: &ConfigBag) -> Asked {
    Asked {
        operation: cfg.load::<Metadata>().map(operation_name).unwrap_or_default(),
        region: cfg.load::<aws_types::region::Region>().map(|region| region.to_string()).unwrap_or_default(),
        attempts: cfg.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts),
    }
}

/// The operation as IAM names it, nearly always: `sns:CreateTopic`.
pub(crate) fn operation_name(metadata: &Metadata) -> String {
    let service = match metadata.service() {
        "CloudWatch Logs" => "logs".to_owned(),
        other => other.replace(' ', "").to_lowercase(),
    };
    format!("{service}:{}", metadata.name())
}

impl Intercept for Door {
    fn name(&self) -> &'static str {
        "door"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Started(Instant::now(), SystemTime::now()));
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match &self.gate {
            Some(gate) if !cfg.load::<Metadata>().is_some_and(|call| reads(call.name())) => {
                Ok(gate().map_err(Error::Stopped)?)
            }
            _ => Ok(()),
        }
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let watch = self.watch.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(watch), Some(Started(clock, start))) = (watch, cfg.load::<Started>()) else {
            return Ok(());
        };
        let asked = asked(cfg);
        let (service, operation) = asked.operation.split_once(':').unwrap_or_default();
        let outcome = match context.output_or_error() {
            Some(Err(error)) => outcome(error),
            _ => "ok".to_owned(),
        };
        watch(&CallRecord {
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: asked.region.clone(),
            attempt: asked.attempts,
            start: start.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            duration: clock.elapsed().as_secs_f64() * 1e3,
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
        let asked = asked(cfg);
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
            operation: asked.map(|asked| asked.operation.clone()).unwrap_or_default(),
            region: asked.map(|asked| asked.region.clone()).unwrap_or_default(),
            attempts: asked.map_or(0, |asked| asked.attempts),
            code: match meta.and_then(|meta| meta.code()) {
                Some(code) => code.to_owned(),
                None if status > 0 => format!("HTTP {status}"),
                None => String::new(),
            },
            message: match (meta, &error) {
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

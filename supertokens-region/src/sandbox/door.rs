//! How the sandbox answers the SDK: an interceptor takes each call's typed input before it is serialized, a connector
//! runs the handler as that attempt's transmission, and the interceptor puts the typed outcome in when the attempt ends.
//!
//! So the SDK's own serialization, signing, retries and time-outs all happen, and no wire format is needed. Only what is
//! streamed is taken from the request as it was serialized (`upload.rs`), and links are fetched without the SDK.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut, Error,
    FinalizerInterceptorContextMut, Input, Output,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::ErrorMetadata;

use super::lambda::links;
use super::upload::{self, Received};
use super::{Call, Fault, Sandbox};
use crate::aws::operation_name;

type Outcome = Result<Output, OrchestratorError<Error>>;
/// What came in the body, or the fault that the call is refused with.
type Body = Result<Received, Fault>;
/// An operation with its input, ready to run on the world; tells the HTTP status and headers beside the outcome.
type Run = Arc<dyn Fn(&mut Call<'_>, Body) -> (Result<Output, Error>, Option<Fault>) + Send + Sync>;

type Bind = Box<dyn Fn(&Input) -> Option<Run> + Send + Sync>;

struct Handler {
    bind: Bind,
    /// Up to which length the body is kept, for operations that stream one.
    kept: Option<u64>,
}

/// The operations that the sandbox knows, by name (`sns:CreateTopic`).
#[derive(Default)]
pub(super) struct Handlers(HashMap<&'static str, Handler>);

impl Handlers {
    /// Adds an operation: its name, its handler, and how the SDK makes this operation's error out of a code and a message.
    pub(super) fn on<I, O, E>(
        &mut self,
        name: &'static str,
        handle: fn(&mut Call<'_>, &I) -> Result<O, Fault>,
        error: fn(ErrorMetadata) -> E,
    ) where
        I: Clone + fmt::Debug + Send + Sync + 'static,
        O: fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let of = |input: &I| input.clone();
        self.add(name, None, of, move |call, input, _| handle(call, input), error);
    }

    /// Adds an operation whose input streams a body, of which up to `kept` bytes are kept. Such inputs can't be copied:
    /// `of` takes what else there is of it.
    pub(super) fn on_upload<I, K, O, E>(
        &mut self,
        name: &'static str,
        kept: u64,
        of: fn(&I) -> K,
        handle: fn(&mut Call<'_>, &K, Received) -> Result<O, Fault>,
        error: fn(ErrorMetadata) -> E,
    ) where
        I: fmt::Debug + Send + Sync + 'static,
        K: Send + Sync + 'static,
        O: fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        self.add(name, Some(kept), of, handle, error);
    }

    fn add<I, K, O, E>(
        &mut self,
        name: &'static str,
        kept: Option<u64>,
        of: fn(&I) -> K,
        handle: impl Fn(&mut Call<'_>, &K, Received) -> Result<O, Fault> + Copy + Send + Sync + 'static,
        error: fn(ErrorMetadata) -> E,
    ) where
        I: fmt::Debug + Send + Sync + 'static,
        K: Send + Sync + 'static,
        O: fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let bind = move |input: &Input| -> Option<Run> {
            let input = of(input.downcast_ref::<I>()?);
            Some(Arc::new(move |call, body| match body.and_then(|body| handle(call, &input, body)) {
                Ok(output) => (Ok(Output::erase(output)), None),
                Err(fault) => (Err(Error::erase(error(fault.metadata()))), Some(fault)),
            }))
        };
        let twin = self.0.insert(name, Handler { bind: Box::new(bind), kept });
        debug_assert!(twin.is_none(), "{name} has two handlers");
    }
}

/// One call on its way: the interceptor stores it, the connector runs it, the interceptor picks up the outcome.
#[derive(Clone)]
struct Pending {
    name: String,
    region: String,
    run: Option<Run>,
    kept: Option<u64>,
    outcome: Arc<Mutex<Option<Outcome>>>,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.region)
    }
}

impl Storable for Pending {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = cfg.load::<Metadata>().map(operation_name).unwrap_or_default();
        let region =
            cfg.load::<aws_types::region::Region>().map(|region| region.to_string()).unwrap_or_default();
        let handler = self.handlers.0.get(name.as_str());
        let run = handler.and_then(|handler| (handler.bind)(context.input()));
        let kept = handler.and_then(|handler| handler.kept);
        cfg.interceptor_state().store_put(Pending { name, region, run, kept, outcome: Arc::default() });
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(pending) = cfg.load::<Pending>() {
            context.request_mut().add_extension(pending.clone());
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let outcome = cfg.load::<Pending>().and_then(|pending| super::lock(&pending.outcome).take());
        if let Some(outcome) = outcome {
            context.inner_mut().set_output_or_error(outcome);
        }
        Ok(())
    }
}

impl HttpConnector for Sandbox {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sandbox = self.clone();
        HttpConnectorFuture::new(async move {
            let latency = sandbox.world().settings.latency_millis;
            if latency > 0 {
                tokio::time::sleep(Duration::from_millis(latency)).await;
            }
            let Some(pending) = request.extension::<Pending>().cloned() else {
                return links::follow(&sandbox, &request);
            };
            let denied = sandbox.world().settings.denied.contains(&pending.name);
            let body = match pending.kept {
                _ if denied => Err(Fault::forbidden(&pending.name)),
                Some(kept) => upload::receive(request, kept).await,
                None => Ok(Received::default()),
            };
            sandbox.answer(&pending, body)
        })
    }
}

impl HttpClient for Sandbox {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Sandbox {
    fn answer(&self, pending: &Pending, body: Body) -> Result<HttpResponse, ConnectorError> {
        let Some(run) = &pending.run else {
            let text = format!("the embedded AWS has no `{}`", pending.name);
            return Err(ConnectorError::user(text.into()));
        };
        let mut world = super::lock(&self.world);
        let time = world.clock + self.made.elapsed().as_secs().cast_signed();
        let mut call = Call::new(&mut world, &pending.region, time);
        call.world.requests += 1;
        let request_id = format!("sandbox-{:06}", call.world.requests);
        let (outcome, fault) = run(&mut call, body);
        let (status, headers) = fault.map_or((200, vec![]), |fault| (fault.status, fault.headers));
        *super::lock(&pending.outcome) = Some(outcome.map_err(OrchestratorError::operation));
        let status = status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
        let mut response = HttpResponse::new(status, SdkBody::empty());
        response.headers_mut().insert("x-amzn-requestid", request_id);
        if let Ok(date) = DateTime::from_secs(time).fmt(Format::HttpDate) {
            response.headers_mut().insert("date", date);
        }
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

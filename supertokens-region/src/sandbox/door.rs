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
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::ErrorMetadata;

use super::faults::{self, Disturbs};
use super::lambda::links;
use super::upload::{self, Received};
use super::{Call, Fault, Sandbox};
use crate::aws::operation_name;

type Outcome = Result<Output, OrchestratorError<Error>>;
/// What came in the body, or the fault that the call is refused with.
type Body = Result<Received, Fault>;
/// An operation with its input, ready to run on the world; tells the HTTP status and headers beside the outcome.
type Run = Arc<dyn Fn(&mut Call<'_>, Body) -> Ran + Send + Sync>;
/// How it ended.
type Ran = (Result<Output, Error>, Option<Fault>);

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
            let latency = Duration::from_millis(sandbox.world().settings.latency_millis);
            let latency = latency + sandbox.happening.latency();
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            match request.extension::<Pending>().cloned() {
                Some(pending) => sandbox.transmit(request, &pending).await,
                None => links::follow(&sandbox, &request),
            }
        })
    }
}

impl HttpClient for Sandbox {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Sandbox {
    /// One attempt of a call: what it does in the world, and what comes back of it.
    async fn transmit(
        &self,
        request: HttpRequest,
        pending: &Pending,
    ) -> Result<HttpResponse, ConnectorError> {
        let Some(run) = &pending.run else {
            let text = format!("the embedded AWS has no `{}`", pending.name);
            return Err(ConnectorError::user(text.into()));
        };
        if self.happening.is_dead() {
            return std::future::pending().await;
        }
        let (number, disturbed) = self.arrive(pending);
        let content_type = request.headers().get("content-type").unwrap_or_default().to_owned();
        let body = match (disturbed.and_then(|what| what.refusal(&pending.name)), pending.kept) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(kept)) => upload::receive(request, kept).await,
            (None, None) => {
                // Taken in, as a network would: what doesn't get rid of its request gives up on it.
                let _ = ByteStream::new(request.into_body()).collect().await;
                Ok(Received::default())
            }
        };
        let lost = disturbed.is_some_and(Disturbs::loses_the_call);
        let ran = if lost { None } else { Some(self.run(pending, run, body, disturbed)) };
        let answer = |ran: Option<Ran>| {
            let (outcome, fault) = ran.unwrap_or_else(|| (Ok(Output::erase(())), None));
            *super::lock(&pending.outcome) = Some(outcome.map_err(OrchestratorError::operation));
            let (status, headers) = fault.map_or((200, vec![]), |fault| (fault.status, fault.headers));
            self.response(number, status, &headers, SdkBody::empty())
        };
        match disturbed {
            Some(Disturbs::TimeOutBefore | Disturbs::TimeOutAfter) => std::future::pending().await,
            Some(Disturbs::DiesBefore | Disturbs::DiesAfter) => {
                self.happening.die();
                std::future::pending().await
            }
            Some(Disturbs::ResetBefore | Disturbs::ResetAfter) => {
                Err(ConnectorError::io("connection reset by peer".into()))
            }
            Some(Disturbs::Malformed) => self.response(number, 200, &[], SdkBody::from("<html>it works!")),
            Some(Disturbs::Empty) => {
                let cbor = [("smithy-protocol", "rpc-v2-cbor".to_owned())];
                self.response(number, 200, &cbor, faults::empty_body(&pending.name, &content_type).into())
            }
            Some(Disturbs::Error500After) => {
                let failure = Err(faults::failure());
                answer(Some(self.run(pending, run, failure, None)))
            }
            Some(Disturbs::Slow(millis)) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                answer(ran)
            }
            _ => answer(ran),
        }
    }

    /// Counts the call, and tells its number and what goes wrong with it.
    fn arrive(&self, pending: &Pending) -> (u64, Option<Disturbs>) {
        let mut world = self.world();
        world.requests += 1;
        let number = world.requests;
        let settings = &mut world.settings;
        if settings.denied.contains(&pending.name) {
            return (number, Some(Disturbs::Denied));
        }
        let disturbed = settings.disturb(&pending.name, number);
        let full = || !self.happening.spend(&pending.name, &pending.region);
        if disturbed.is_none() && settings.enforce_rates && full() {
            return (number, Some(Disturbs::Throttled));
        }
        (number, disturbed)
    }

    /// Runs the handler on the world, or on what the world was.
    fn run(&self, pending: &Pending, run: &Run, body: Body, disturbed: Option<Disturbs>) -> Ran {
        let time = self.time();
        let mut world = self.world();
        let reads = crate::aws::only_reads(pending.name.split(':').nth(1).unwrap_or_default());
        if let Some(Disturbs::Stale(millis)) = disturbed
            && reads
            && let Some(mut past) = self.happening.ago(Duration::from_millis(millis))
        {
            let pages = world.settings.pages;
            return pages.cutting(|| run(&mut Call::new(&mut past, &pending.region, time), body));
        }
        if !reads && world.settings.makes_stale() {
            self.happening.remember(&world);
        }
        let pages = world.settings.pages;
        pages.cutting(|| run(&mut Call::new(&mut world, &pending.region, time), body))
    }

    fn response(
        &self,
        number: u64,
        status: u16,
        headers: &[(&'static str, String)],
        body: SdkBody,
    ) -> Result<HttpResponse, ConnectorError> {
        let status = status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
        let mut response = HttpResponse::new(status, body);
        response.headers_mut().insert("x-amzn-requestid", format!("sandbox-{number:06}"));
        if let Ok(date) = DateTime::from_secs(self.time()).fmt(Format::HttpDate) {
            response.headers_mut().insert("date", date);
        }
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.clone());
        }
        Ok(response)
    }
}

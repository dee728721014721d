//! What happens to each attempt of each call on its way to AWS: it waits until the budgets leave room for it, it takes no
//! longer than an answer may, and one that must not be made twice is marked, so that nobody repeats it blindly.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use tokio::time::timeout;

use super::call::Asked;
use super::pacing::Pacing;
use crate::wait;

/// The slowest answers of the calls in use (a cluster's creation) begin after some seconds.
const ANSWER: Duration = Duration::from_secs(60);

/// The client of all calls. It remembers the connector of its first call, for requests that are no calls of the SDK: only a
/// call has all that a connector is made with.
#[derive(Clone, Debug)]
pub(super) struct Transmitter {
    client: SharedHttpClient,
    plain: Arc<OnceLock<SharedHttpConnector>>,
    pacing: Arc<Pacing>,
}

impl Transmitter {
    pub(super) fn new(client: SharedHttpClient, pacing: Arc<Pacing>) -> Self {
        Self { client, plain: Arc::default(), pacing }
    }

    /// The connector of the first call, as it is; `None` before it.
    pub(super) fn plain(&self) -> Option<&SharedHttpConnector> {
        self.plain.get()
    }
}

impl HttpClient for Transmitter {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let plain = self.client.http_connector(settings, components);
        self.plain.get_or_init(|| plain.clone());
        SharedHttpConnector::new(Transmitting { plain, pacing: self.pacing.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.client, components, cfg)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, cfg: &ConfigBag) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.client, components, cfg)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct Transmitting {
    plain: SharedHttpConnector,
    pacing: Arc<Pacing>,
}

impl HttpConnector for Transmitting {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(asked) = request.extension::<Asked>().cloned() else { return self.plain.call(request) };
        let (plain, pacing) = (self.plain.clone(), self.pacing.clone());
        HttpConnectorFuture::new(async move {
            let wait = pacing.spend(&asked.operation, &asked.region);
            asked.waits(wait);
            wait::for_budget(wait).await;
            asked.allowed().map_err(|stopped| ConnectorError::other(stopped.into(), None))?;
            let answer = timeout(ANSWER, plain.call(request)).await;
            let answer = answer.unwrap_or_else(|_| {
                let text = format!("no answer within {} s", ANSWER.as_secs());
                Err(ConnectorError::timeout(text.into()))
            });
            mark(answer, &asked)
        })
    }
}

/// Marks the answer with what was asked. An error of a call that must not be made twice is none that the SDK repeats.
fn mark(answer: Result<HttpResponse, ConnectorError>, asked: &Asked) -> Result<HttpResponse, ConnectorError> {
    match answer {
        Ok(mut response) => {
            response.add_extension(asked.clone());
            Ok(response)
        }
        Err(error) if asked.repeatable() => Err(error),
        Err(error) => Err(ConnectorError::other(error.into_source(), None)),
    }
}

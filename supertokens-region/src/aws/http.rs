//! The HTTP client that all calls share: TLS by rustls, proxies as the environment names them. The SDK crates are built
//! without one of their own, so none of them waits for the cryptography to be compiled.

use std::sync::{Arc, LazyLock, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

/// The client, with one pool of connections for the process.
pub(super) fn client() -> SharedHttpClient {
    static CLIENT: LazyLock<SharedHttpClient> = LazyLock::new(|| {
        Builder::new().build_with_connector_fn(|settings, components| {
            let mut connector = Connector::builder();
            connector
                .set_connector_settings(settings.cloned())
                .set_sleep_impl(components.and_then(|components| components.sleep_impl()))
                .set_proxy_config(Some(ProxyConfig::from_env()));
            connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
        })
    });
    CLIENT.clone()
}

/// A client that remembers the connector of its first call, for requests that are no calls of the SDK: only a call has all
/// that a connector is made with.
#[derive(Clone, Debug)]
pub(super) struct Remembering {
    client: SharedHttpClient,
    connector: Arc<OnceLock<SharedHttpConnector>>,
}

impl Remembering {
    pub(super) fn new(client: SharedHttpClient) -> Self {
        Self { client, connector: Arc::default() }
    }

    /// The connector of the first call; `None` before it.
    pub(super) fn connector(&self) -> Option<&SharedHttpConnector> {
        self.connector.get()
    }
}

impl HttpClient for Remembering {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        self.connector.get_or_init(|| connector.clone());
        connector
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

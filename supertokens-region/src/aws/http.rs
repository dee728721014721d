//! The HTTP client that all calls share: TLS by rustls, proxies as the environment names them. The SDK crates are built
//! without one of their own, so none of them waits for the cryptography to be compiled.

use std::sync::LazyLock;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

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

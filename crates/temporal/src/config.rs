//! The connection settings.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::SecretString;
use temporalio_common::data_converters::PayloadCodec;

/// The address of a Temporal server on this machine, as Temporal's own programs write it.
pub const DEFAULT_ADDRESS: &str = "localhost:7233";

/// The connection to Temporal.
#[derive(Clone)]
pub struct TemporalConfig {
    /// `host`, `host:port` or `http(s)://host:port`. Without a port: 7233. Default
    /// [`DEFAULT_ADDRESS`].
    pub address: String,
    /// The namespace that all ids belong to. Default `default`.
    pub namespace: String,
    /// Sent as a bearer token with every request.
    pub api_key: Option<SecretString>,
    /// Whether and how the connection is encrypted.
    pub tls: TlsConfig,
    /// The identity that Temporal records with starts and signals. Default `fast-temporal`.
    pub identity: String,
    /// The timeout of requests other than long polls, queries and updates. Default 10 s.
    pub request_timeout: Duration,
    /// A codec that encodes all payloads, for encryption or compression.
    pub codec: Option<Arc<dyn PayloadCodec + Send + Sync>>,
}

impl Default for TemporalConfig {
    fn default() -> Self {
        Self {
            address: DEFAULT_ADDRESS.into(),
            namespace: "default".into(),
            api_key: None,
            tls: TlsConfig::default(),
            identity: "fast-temporal".into(),
            request_timeout: Duration::from_secs(10),
            codec: None,
        }
    }
}

impl fmt::Debug for TemporalConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporalConfig")
            .field("address", &self.address)
            .field("namespace", &self.namespace)
            .field("api_key", &self.api_key)
            .field("tls", &self.tls)
            .field("identity", &self.identity)
            .field("request_timeout", &self.request_timeout)
            .field("codec", &self.codec.is_some())
            .finish()
    }
}

/// Whether and how the connection is encrypted.
#[derive(Clone, Debug, Default)]
pub struct TlsConfig {
    /// `None`: encrypted if the address begins with `https://`, or if there is an API key.
    pub enabled: Option<bool>,
    /// The expected name in the server's certificate, if not the address's host.
    pub server_name: Option<String>,
    /// The certificate authority of the server's certificate, as PEM. `None`: the system's.
    pub ca_certificate: Option<Vec<u8>>,
    /// The gateway's own certificate and its key, as PEM.
    pub client_identity: Option<(Vec<u8>, SecretString)>,
}

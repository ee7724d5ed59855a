//! The connection to Temporal: one HTTP/2 channel, which connects lazily and reconnects by itself.
//!
//! It is tonic's own channel. The SDK's needs a reachable server when it is made, and with several
//! addresses it waits for one of them to return instead of failing as unavailable.

mod dial;
mod target;

use std::time::Duration;

use fast_temporal_core::EngineError;
use secrecy::ExposeSecret as _;
use temporalio_common::protos::temporal::api::workflowservice::v1::workflow_service_client::WorkflowServiceClient;
use tonic::{
    Request, Status,
    codec::CompressionEncoding,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use self::{dial::Dialer, target::Target};
use crate::{
    config::{TemporalConfig, TlsConfig},
    rpc_error::with_causes,
};

/// The interval of keep-alive pings. Temporal's frontends reject pings at intervals below 10 s
/// (`frontend.keepAliveMinTime`).
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The timeout of a keep-alive ping.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum size of a response: the SDKs' own limit. A page of history consists of whole batches of
/// events, so Temporal's limit of 4 MB on requests does not bound it.
const MAX_RESPONSE_BYTES: usize = 128 * 1024 * 1024;

/// Temporal's service as this crate calls it.
pub(crate) type Service = WorkflowServiceClient<InterceptedService<Channel, Headers>>;

/// An engine could not be made, or could not reach Temporal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is invalid.
    #[error("invalid Temporal address {address:?}: {reason}")]
    InvalidAddress {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The namespace or the API key contains characters that a gRPC header can't contain.
    #[error("invalid {0}: it must be printable ASCII")]
    InvalidHeader(&'static str),
    /// A certificate or key is invalid.
    #[error("invalid TLS configuration: {0}")]
    Tls(String),
    /// Temporal is unreachable, does not know the namespace, or rejects the credentials.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Makes the service, without connecting. Must be called within a tokio runtime.
pub(crate) fn service(config: &TemporalConfig) -> Result<Service, ConnectError> {
    let target = Target::parse(&config.address, &config.tls, config.api_key.is_some());
    let target = target.map_err(|reason| ConnectError::InvalidAddress {
        address: config.address.clone(),
        reason,
    })?;
    let encrypted = target.encrypted;
    let mut endpoint = Endpoint::from(target.uri)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true);
    if encrypted {
        endpoint = endpoint
            .tls_config(tls(&config.tls))
            .map_err(|error| ConnectError::Tls(with_causes(&error)))?;
    }
    let channel = endpoint.connect_with_connector_lazy(Dialer::default().into_service());
    let service = WorkflowServiceClient::with_interceptor(channel, Headers::new(config)?)
        .max_decoding_message_size(MAX_RESPONSE_BYTES);
    // A plaintext connection is local, where compression costs both ends more than it saves.
    Ok(if encrypted {
        service
            .send_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Gzip)
    } else {
        service
    })
}

fn tls(config: &TlsConfig) -> ClientTlsConfig {
    let mut tls = ClientTlsConfig::new();
    tls = match &config.ca_certificate {
        Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
        None => tls.with_native_roots(),
    };
    if let Some(name) = &config.server_name {
        tls = tls.domain_name(name);
    }
    if let Some((certificate, key)) = &config.client_identity {
        tls = tls.identity(Identity::from_pem(certificate, key.expose_secret()));
    }
    tls
}

/// The headers of every request.
#[derive(Clone, Debug)]
pub(crate) struct Headers {
    namespace: MetadataValue<Ascii>,
    authorization: Option<MetadataValue<Ascii>>,
}

impl Headers {
    fn new(config: &TemporalConfig) -> Result<Self, ConnectError> {
        let namespace = config
            .namespace
            .parse()
            .map_err(|_| ConnectError::InvalidHeader("namespace"))?;
        let authorization = config
            .api_key
            .as_ref()
            .map(|key| {
                let mut value: MetadataValue<Ascii> = format!("Bearer {}", key.expose_secret())
                    .parse()
                    .map_err(|_| ConnectError::InvalidHeader("API key"))?;
                value.set_sensitive(true);
                Ok::<_, ConnectError>(value)
            })
            .transpose()?;
        Ok(Self {
            namespace,
            authorization,
        })
    }
}

impl Interceptor for Headers {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("temporal-namespace", self.namespace.clone());
        metadata.insert("client-name", MetadataValue::from_static("fast-temporal"));
        metadata.insert(
            "client-version",
            MetadataValue::from_static(env!("CARGO_PKG_VERSION")),
        );
        if let Some(authorization) = &self.authorization {
            metadata.insert("authorization", authorization.clone());
        }
        Ok(request)
    }
}

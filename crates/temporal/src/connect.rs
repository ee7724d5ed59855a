//! The connection to Temporal: one lazily dialled HTTP/2 channel, which dials again by itself.
//!
//! tonic's own channel and not the SDK's: the SDK's needs the server to be there when it is made,
//! and over several addresses it waits for one to come back where this one says "unavailable".

mod dial;
mod target;

use std::time::Duration;

use fast_temporal_core::EngineError;
use temporalio_common::protos::temporal::api::workflowservice::v1::workflow_service_client::WorkflowServiceClient;
use tonic::{
    Request, Status,
    codec::CompressionEncoding,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use self::{dial::Dialer, target::Target};
use crate::config::{TemporalConfig, TlsConfig};

/// How often an idle connection is checked. Temporal's frontends refuse pings that come more
/// often than every 10 s (`frontend.keepAliveMinTime`).
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the answer to such a check may take.
const KEEP_ALIVE_LIMIT: Duration = Duration::from_secs(10);
/// The largest answer that is read: the SDKs' own limit. A page of history is made of whole
/// batches of events, so Temporal's limit of 4 MB on requests does not bound it.
const MAX_RESPONSE_BYTES: usize = 128 * 1024 * 1024;

/// Temporal's service as this crate calls it.
pub(crate) type Service = WorkflowServiceClient<InterceptedService<Channel, Headers>>;

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is none.
    #[error("{address:?} is no address of a Temporal server: {reason}")]
    InvalidAddress {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The namespace or the API key holds characters that no gRPC header takes.
    #[error("the {0} holds characters that can't be sent")]
    InvalidHeader(&'static str),
    /// A certificate or key can't be used.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
    /// Temporal does not answer, does not know the namespace, or refuses.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Makes the service. Dials nothing yet. Must be called within a tokio runtime.
pub(crate) fn service(config: &TemporalConfig) -> Result<Service, ConnectError> {
    let target = Target::parse(&config.address, &config.tls, config.api_key.is_some())?;
    let encrypted = target.encrypted;
    let mut endpoint = Endpoint::from(target.uri)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_LIMIT)
        .keep_alive_while_idle(true);
    if encrypted {
        endpoint = endpoint
            .tls_config(tls(&config.tls))
            .map_err(|error| ConnectError::Tls(crate::rpc::with_causes(&error)))?;
    }
    let channel = endpoint.connect_with_connector_lazy(Dialer::default().into_service());
    let service = WorkflowServiceClient::with_interceptor(channel, Headers::new(config)?)
        .max_decoding_message_size(MAX_RESPONSE_BYTES);
    // Compressing costs both ends more than it saves on a local network, and plaintext is local.
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
        tls = tls.identity(Identity::from_pem(certificate, key.expose()));
    }
    tls
}

/// What every request carries.
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
                let mut value: MetadataValue<Ascii> = format!("Bearer {}", key.expose())
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

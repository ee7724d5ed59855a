//! One fetch of a key set.

use std::{io, sync::Arc};

use axum::http::{Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::time::timeout;

use crate::auth::{JwksConfig, JwtKey, JwtKeyError};

/// Why a fetch brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer in time")]
    Timeout,
    #[error("can't use TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("can't read the certificates that this system trusts: {0}")]
    Roots(#[from] io::Error),
    #[error("can't connect: {0}")]
    Connect(#[source] legacy::Error),
    #[error("the request failed: {0}")]
    Request(#[source] legacy::Error),
    #[error("the server answers with {0}")]
    Status(StatusCode),
    #[error("the answer broke off, or is too long: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error("the answer {0}")]
    Keys(#[from] JwtKeyError),
}

/// Fetches the keys. A redirect is an error: who configures a URL trusts that one.
pub(super) async fn fetch(config: &JwksConfig) -> Result<Vec<JwtKey>, FetchError> {
    timeout(config.timeout, request(config))
        .await
        .map_err(|_| FetchError::Timeout)?
}

async fn request(config: &JwksConfig) -> Result<Vec<JwtKey>, FetchError> {
    // A fetch is rare, so nothing is kept from one to the next: not even the system's
    // certificates, which may have changed.
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector(config)?);
    let request = Request::get(config.url.clone())
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "fast-temporal")
        .body(Empty::new())
        .expect("the URL is one already");
    let response = client.request(request).await.map_err(|error| {
        if error.is_connect() {
            FetchError::Connect(error)
        } else {
            FetchError::Request(error)
        }
    })?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let body = Limited::new(response.into_body(), config.max_bytes)
        .collect()
        .await
        .map_err(FetchError::Body)?
        .to_bytes();
    let text = std::str::from_utf8(&body).map_err(|_| JwtKeyError::NoKeySet)?;
    Ok(JwtKey::from_jwks(text)?)
}

fn connector(config: &JwksConfig) -> Result<HttpsConnector<HttpConnector>, FetchError> {
    let provider = Arc::new(ring::default_provider());
    let tls =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = if config.url.scheme_str() == Some("https") {
        tls.with_native_roots()?
    } else {
        tls.with_root_certificates(RootCertStore::empty())
    };
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls.with_no_client_auth())
        .https_or_http()
        .enable_http1()
        .build())
}

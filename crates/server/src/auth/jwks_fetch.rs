//! Fetches a JSON Web Key Set once.

use std::{error::Error, io};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use tokio::time::timeout;

use super::{
    auth_config::JwksConfig,
    jwt_key::{JwtKey, JwtKeyError},
};

/// Why a fetch failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no response in time")]
    Timeout,
    #[error("cannot read the system's trusted certificates: {0}")]
    Certificates(#[from] io::Error),
    #[error("request failed: {}", with_causes(.0))]
    Request(#[from] legacy::Error),
    #[error("the server responded with status {0}")]
    Status(StatusCode),
    #[error("incomplete or too long response: {0}")]
    Body(#[source] axum::Error),
    #[error("invalid response: {0}")]
    Keys(#[from] JwtKeyError),
}

/// Fetches the keys. A redirect is an error: an operator trusts the configured URL and no other.
pub(super) async fn fetch(config: &JwksConfig) -> Result<Vec<JwtKey>, FetchError> {
    timeout(config.timeout, request(config))
        .await
        .map_err(|_| FetchError::Timeout)?
}

async fn request(config: &JwksConfig) -> Result<Vec<JwtKey>, FetchError> {
    let request = Request::get(config.url.clone())
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "fast-temporal")
        .body(Body::empty())
        .expect("the URL has been validated");
    // Fetches are rare, so nothing is kept between them, not even the system's certificates, which can
    // change. Without TLS, a system need not have any.
    let response = if config.url.scheme_str() == Some("https") {
        let connector = HttpsConnectorBuilder::new().with_native_roots()?;
        client(connector.https_only().enable_http1().build()).request(request)
    } else {
        client(HttpConnector::new()).request(request)
    };
    let response = response.await?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let body = to_bytes(Body::new(response.into_body()), config.max_bytes)
        .await
        .map_err(FetchError::Body)?;
    let text = std::str::from_utf8(&body).map_err(|_| JwtKeyError::InvalidKeySet)?;
    Ok(JwtKey::from_jwks(text)?)
}

/// The text of an error with those of its causes, which the HTTP client leaves out.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn client<C: Connect + Clone>(connector: C) -> Client<C, Body> {
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector)
}

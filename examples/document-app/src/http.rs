//! Requests to servers of models: JSON goes there, an answer comes back piece by piece.

mod error;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, Response, StatusCode, Uri, body::Incoming, header};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::Value;
use tokio::time::timeout;

pub use self::error::HttpError;
use crate::Key;

/// How long a server may take until it answers: a model may have to be loaded first, and to read
/// a long prompt.
const ANSWER_LIMIT: Duration = Duration::from_mins(3);
/// How long an answer may pause.
const PAUSE_LIMIT: Duration = Duration::from_mins(1);
/// How much of a refusal is read.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;

/// A server that speaks the protocol of OpenAI.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where its paths begin, for instance `http://localhost:11434/v1`.
    base: String,
    key: Option<Key>,
    client: Arc<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
}

/// Why a server can't be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The URL is none.
    #[error("{:?} is no http or https URL", shown(.0))]
    Url(String),
    /// TLS can't be used.
    #[error("can't use TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The system has no certificates.
    #[error("can't read the certificates that this system trusts: {0}")]
    Roots(#[from] std::io::Error),
}

/// An answer that comes piece by piece.
#[derive(Debug)]
pub(crate) struct Answering {
    body: Incoming,
    is_json: bool,
}

impl Server {
    /// A server at that URL, which wants that key.
    pub fn new(base: &str, key: Option<Key>) -> Result<Self, ServerError> {
        let base = base.trim().trim_end_matches('/');
        let wrong = || ServerError::Url(base.to_owned());
        let url: Uri = base.parse().map_err(|_| wrong())?;
        let scheme = url.scheme_str().filter(|_| url.authority().is_some());
        let secure = match scheme {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let client = Client::builder(TokioExecutor::new());
        Ok(Self {
            base: base.to_owned(),
            key,
            client: Arc::new(client.build(connector(secure)?)),
        })
    }

    /// Sends JSON to a path below the base, and gives the answer's begin.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answering, HttpError> {
        let mut request = Request::post(format!("{}/{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "fast-temporal");
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose()));
        }
        let request = request
            .body(Full::from(body.to_string()))
            .map_err(|error| HttpError::Request(error.to_string()))?;
        let response = timeout(ANSWER_LIMIT, self.client.request(request))
            .await
            .map_err(|_| HttpError::Slow(ANSWER_LIMIT))??;
        if response.status() == StatusCode::OK {
            return Ok(Answering::new(response));
        }
        Err(refusal(response).await)
    }
}

/// A URL as it may be shown: without the user's name and password that may stand in it.
pub(crate) fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    match url[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &url[..start], &url[start + at..]),
        None => url.to_owned(),
    }
}

impl Answering {
    fn new(response: Response<Incoming>) -> Self {
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        Self {
            is_json: kind.starts_with("application/json"),
            body: response.into_body(),
        }
    }

    /// Whether it is one JSON value: servers that don't stream answer with that.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    /// The next piece, `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let frame = timeout(PAUSE_LIMIT, self.body.frame())
                .await
                .map_err(|_| HttpError::Slow(PAUSE_LIMIT))?;
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(HttpError::BrokeOff(error.to_string())),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// All of it, up to a limit.
    pub(crate) async fn whole(mut self, max_bytes: usize) -> Result<Vec<u8>, HttpError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            if whole.len() + bytes.len() > max_bytes {
                return Err(HttpError::TooLong(max_bytes));
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole)
    }
}

/// What a server says instead of an answer.
async fn refusal(response: Response<Incoming>) -> HttpError {
    let status = response.status();
    let seconds = response.headers().get(header::RETRY_AFTER);
    let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
    let body = Limited::new(response.into_body(), MAX_REFUSAL_BYTES).collect();
    let body = match timeout(PAUSE_LIMIT, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        _ => Bytes::new(),
    };
    HttpError::status(status, seconds.map(Duration::from_secs), &body)
}

fn connector(secure: bool) -> Result<HttpsConnector<HttpConnector>, ServerError> {
    let provider = Arc::new(ring::default_provider());
    let tls =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = if secure {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let url = "http://ann:pass@models.example/v1";
        assert_eq!(shown(url), "http://***@models.example/v1");
        let error = Server::new("ftp://ann:pass@x/", None).expect_err("no http");
        assert!(!error.to_string().contains("pass"), "{error}");
        for url in ["http://x/a@b", "x", "", "http://"] {
            assert_eq!(shown(url), url);
        }
    }

    #[test]
    fn only_urls_of_servers_are_taken() {
        for url in ["http://localhost:11434/v1/", " https://models.example/v1"] {
            assert!(Server::new(url, None).is_ok(), "{url}");
        }
        for url in ["", "localhost:11434", "ftp://x/", "/v1", "http://"] {
            let error = Server::new(url, None).expect_err(url).to_string();
            assert!(error.contains("no http"), "{error}");
        }
    }
}

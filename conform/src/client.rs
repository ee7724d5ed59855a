//! A client of the `v1` protocol that assumes little: values stay JSON. This file has plain HTTP requests.

pub mod socket;
pub mod stream;

use std::{fmt, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::Value;

/// How long anything can take that should happen soon. Generous: the machine may be busy.
pub const SOON: Duration = Duration::from_secs(30);

/// A gateway, by its address. A cheap handle.
#[derive(Clone)]
pub struct Node {
    base: String,
    http: Client,
}

/// A whole response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body; `null` if it is empty, a string if it is not JSON.
    pub body: Value,
}

impl Node {
    pub fn new(url: &str) -> Result<Self> {
        let base = url.trim_end_matches('/').to_owned();
        ensure!(
            base.starts_with("http://"),
            "{url}: only http:// can be tested"
        );
        // Other crates of the workspace turn on reqwest's TLS, which needs a provider even for http://.
        // Fails if the process has a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().connect_timeout(SOON).build()?;
        Ok(Self { base, http })
    }

    /// `127.0.0.1:8000`
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Reply> {
        self.call(Method::GET, path, token, None).await
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Reply> {
        self.call(Method::POST, path, token, Some(body)).await
    }

    /// Sends one request and returns its whole response.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Reply> {
        let body = body.map(Value::to_string);
        self.call_text(method, path, token, body).await
    }

    /// The same with a body that can be anything.
    pub async fn call_text(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> Result<Reply> {
        let mut request = self.request(method, path, token).timeout(SOON);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let response = request.send().await;
        let response = response.with_context(|| format!("{self}{path}"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = match &*text {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    /// Opens an event stream, whose response body is read as it arrives.
    pub async fn open_stream(
        &self,
        path: &str,
        token: Option<&str>,
        after: Option<&str>,
    ) -> Result<Response> {
        let mut request = self
            .request(Method::GET, path, token)
            .header("accept", "text/event-stream");
        if let Some(cursor) = after {
            request = request.header("last-event-id", cursor);
        }
        Ok(request.send().await?)
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl Reply {
    /// Returns the body of a response with that status.
    pub fn expect(self, status: u16) -> Result<Value> {
        ensure!(self.status == status, "expected {status}: {self:?}");
        Ok(self.body)
    }

    /// Checks that the response is an error with that status and code.
    pub fn expect_error(&self, status: u16, code: &str) -> Result<()> {
        let matches = self.status == status && self.body["error"]["code"] == code;
        ensure!(matches, "expected {status} {code}: {self:?}");
        Ok(())
    }
}

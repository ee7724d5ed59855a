//! Plain HTTP requests.

use std::fmt;

use anyhow::{Context as _, ensure};
use reqwest::{Client, Method, Response, header::HeaderMap};
use serde_json::Value;

use super::SOON;

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
    pub fn new(url: &str) -> anyhow::Result<Self> {
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

    /// Sends one request and returns its whole response.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let headers = [];
        let body = body.map(Value::to_string);
        self.call_with(method, path, token, &headers, body).await
    }

    /// The same with headers, and a body that may be anything.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> anyhow::Result<Reply> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .timeout(SOON);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{self}{path}"))?;
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

    /// Sends a request whose response body is read as it arrives.
    pub async fn begin(
        &self,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let mut request = self.http.get(format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.send().await?)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl Reply {
    /// Returns the body of a response with that status.
    pub fn expect(self, status: u16) -> anyhow::Result<Value> {
        ensure!(self.status == status, "{status} expected: {self:?}");
        Ok(self.body)
    }

    /// Checks that the response is an error with that status and code.
    pub fn expect_error(&self, status: u16, code: &str) -> anyhow::Result<()> {
        let fits = self.status == status && self.body["error"]["code"] == code;
        ensure!(fits, "{status} {code} expected: {self:?}");
        Ok(())
    }
}

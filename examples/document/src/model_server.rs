//! A server with the API of OpenAI. Ollama, llama.cpp, vLLM and most providers have it.

use std::{error::Error, time::Duration};

use anyhow::{Context as _, bail};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER},
};
use serde_json::Value;

use crate::StepError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence of a server, which can load a model before it answers.
const READ_TIMEOUT: Duration = Duration::from_mins(3);
/// The longest pause until a retry, whatever the server asks for: a user waits.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(1);
/// The length of a server's error message, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 300;

/// One model of a server.
#[derive(Clone, Debug)]
pub struct ModelServer {
    /// The client, whose default headers contain the API key.
    client: Client,
    base_url: Url,
    /// The model's name.
    pub model: String,
}

impl ModelServer {
    /// A model at a base URL such as `http://localhost:11434/v1`.
    pub fn new(base_url: &str, api_key: Option<&str>, model: String) -> anyhow::Result<Self> {
        let expected = "expected an http or https URL";
        let base_url = Url::parse(base_url.trim_end_matches('/')).context(expected)?;
        if !matches!(base_url.scheme(), "http" | "https") || base_url.cannot_be_a_base() {
            bail!(expected);
        }
        let mut headers = HeaderMap::new();
        if let Some(key) = api_key {
            let value = HeaderValue::from_str(&format!("Bearer {key}"));
            let mut value = value.context("the API key contains invalid characters")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // Fails if the process has a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build()
            .context("cannot set up TLS")?;
        Ok(Self {
            client,
            base_url,
            model,
        })
    }

    /// Returns the base URL without a password.
    pub fn shown_url(&self) -> String {
        let mut url = self.base_url.clone();
        // Fails only for URLs without a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }

    /// Posts JSON to a path below the base URL. Returns a response with status 200.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Response, StepError> {
        let url = format!("{}/{path}", self.base_url.as_str().trim_end_matches('/'));
        let request = self.client.post(url).json(body);
        let response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let body = response.text().await.unwrap_or_default();
        let reason = error_message(&body);
        let message = format!("the model server answers {status}: {reason}");
        // Request timeout, conflict, too many requests.
        if !status.is_server_error() && !matches!(status.as_u16(), 408 | 409 | 429) {
            return Err(StepError::permanent("ModelRejected", message));
        }
        let wait = |seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER);
        Err(StepError {
            retry_after: retry_after.map(wait),
            ..StepError::transient("ModelUnavailable", message)
        })
    }
}

/// Returns the error of a connection that was rejected or lost.
pub(crate) fn unavailable(error: reqwest::Error) -> StepError {
    let error = error.without_url();
    // The error itself says only which phase failed.
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    StepError::transient("ModelUnavailable", format!("{error}: {cause}"))
}

/// Returns the message in the JSON of an error, or else the text.
fn error_message(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let messages = [&json["error"]["message"], &json["error"], &json["message"]];
    let message = messages.into_iter().find_map(Value::as_str);
    let message = message.unwrap_or(body.trim());
    message.chars().take(MAX_MESSAGE_CHARACTERS).collect()
}

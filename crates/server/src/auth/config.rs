//! The configuration of authentication: plain values, validated when they are made.

use std::{sync::Arc, time::Duration};

use axum::http::Uri;
use fast_temporal_core::Permissions;

use super::{ApiKey, JwtAlgorithm, JwtKey, Secret};

/// How clients authenticate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthConfig {
    /// Not at all: every client is permitted everything. For development.
    #[default]
    None,
    /// By credentials.
    Checked(Box<CredentialsConfig>),
}

/// The accepted credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialsConfig {
    /// How JSON Web Tokens are verified. None are accepted by default.
    pub jwt: Option<JwtConfig>,
    /// API keys of backends. None by default.
    pub api_keys: Vec<ApiKey>,
    /// Tickets for URLs.
    pub tickets: TicketConfig,
}

/// How JSON Web Tokens are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtConfig {
    /// Configured keys. None by default.
    pub keys: Vec<JwtKey>,
    /// A source of more keys. None by default.
    pub jwks: Option<JwksConfig>,
    /// The permitted algorithms. All by default. A key is for one algorithm, and a token cannot choose
    /// another.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The accepted issuers (`iss`). Any by default, and then `iss` is optional.
    pub issuers: Vec<String>,
    /// The audiences (`aud`) of which a token must name one. None by default: then a token that names
    /// an audience is rejected, as it is meant for another service (RFC 7519, 4.1.3).
    pub audiences: Vec<String>,
    /// Tolerated clock difference, for `exp`, `nbf` and `iat`. 30 s by default.
    pub leeway: Duration,
    /// The claim with the user. `sub` by default.
    pub subject_claim: String,
    /// The claim with the permissions. `fast_temporal` by default.
    pub permissions_claim: String,
    /// The permissions if that claim, or a field of it, is absent. [`Permissions::own`] by default.
    pub permissions: Arc<Permissions>,
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            jwks: None,
            algorithms: JwtAlgorithm::ALL.to_vec(),
            issuers: Vec::new(),
            audiences: Vec::new(),
            leeway: Duration::from_secs(30),
            subject_claim: "sub".to_owned(),
            permissions_claim: "fast_temporal".to_owned(),
            permissions: Arc::new(Permissions::own()),
        }
    }
}

/// A URL from which a JSON Web Key Set is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksConfig {
    pub(super) url: Uri,
    /// The age, give or take a tenth, at which keys are refreshed in the background. From three times
    /// that age, requests wait for the refresh. 5 minutes by default.
    pub refresh_interval: Duration,
    /// Timeout of a fetch. 5 s by default.
    pub timeout: Duration,
    /// Maximum length of a response, in bytes. 256 KiB by default.
    pub max_bytes: usize,
}

/// A URL that is not HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a URL that begins with http:// or https://")]
pub struct InvalidJwksUrl;

impl JwksConfig {
    /// The default of [`Self::refresh_interval`].
    pub const DEFAULT_REFRESH_INTERVAL: Duration = Duration::from_mins(5);

    /// Fetches from this URL, which must be of `http` or `https`.
    pub fn new(url: &str) -> Result<Self, InvalidJwksUrl> {
        let url: Uri = url.parse().map_err(|_| InvalidJwksUrl)?;
        if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
            return Err(InvalidJwksUrl);
        }
        Ok(Self {
            url,
            refresh_interval: Self::DEFAULT_REFRESH_INTERVAL,
            timeout: Duration::from_secs(5),
            max_bytes: 256 * 1024,
        })
    }

    /// The URL for logs: without user and query, which can contain secrets.
    pub(super) fn loggable_url(&self) -> String {
        let scheme = self.url.scheme_str().unwrap_or_default();
        let host = self.url.host().unwrap_or_default();
        let port = self.url.port().map(|port| format!(":{port}"));
        let port = port.unwrap_or_default();
        format!("{scheme}://{host}{port}{}", self.url.path())
    }
}

/// Tickets: short-lived credentials for URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketConfig {
    /// Keys of tickets: the first signs, all verify. Nodes with the same keys accept each other's
    /// tickets. None by default: then one is derived from each HS256 secret, or each process generates
    /// its own if there is none.
    pub keys: Vec<Secret>,
    /// Maximum duration of a connection opened with a ticket, if the credentials behind the ticket do
    /// not expire earlier. 12 hours by default.
    pub max_connection_duration: Duration,
}

impl Default for TicketConfig {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            max_connection_duration: Duration::from_hours(12),
        }
    }
}

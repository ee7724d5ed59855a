//! What is known of clients' credentials: plain values, checked when they are made.

use std::{sync::Arc, time::Duration};

use axum::http::Uri;
use fast_temporal_core::Permissions;

use super::{ApiKey, JwtAlgorithm, JwtKey, Secret};

/// How clients are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthConfig {
    /// They are not: anyone may do everything. For development.
    #[default]
    None,
    /// By their credentials. Without any, nobody may do anything.
    Checked(Box<CredentialsConfig>),
}

/// Which credentials are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialsConfig {
    /// How JSON Web Tokens are checked. None is taken by default.
    pub jwt: Option<JwtConfig>,
    /// The keys of backends. None by default.
    pub api_keys: Vec<ApiKey>,
    /// Tickets, which principals get for URLs.
    pub tickets: TicketConfig,
}

/// How JSON Web Tokens are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtConfig {
    /// The keys that are known beforehand. None by default.
    pub keys: Vec<JwtKey>,
    /// Where more keys are fetched. Nowhere by default.
    pub jwks: Option<JwksConfig>,
    /// The algorithms that are allowed, whatever keys there are. All by default. A key fits one
    /// algorithm only, and a token can't choose another for it.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The issuers (`iss`) whose tokens are taken. Any by default, and none is needed.
    pub issuers: Vec<String>,
    /// The audiences (`aud`) of which a token must name one. None by default: then a token that
    /// names any audience is refused, as it is for somebody else (RFC 7519, 4.1.3).
    pub audiences: Vec<String>,
    /// By how much clocks may differ: it holds for `exp`, `nbf` and `iat`. 30 s by default.
    pub leeway: Duration,
    /// The claim that says who the user is. `sub` by default.
    pub subject_claim: String,
    /// The claim that says what they may do. `fast_temporal` by default.
    pub permissions_claim: String,
    /// What they may do where that claim, or a field of it, is absent. [`Permissions::own`] by
    /// default.
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

/// Where public keys are fetched, as a JSON Web Key Set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksConfig {
    pub(super) url: Uri,
    /// After which time, give or take a tenth, the keys are fetched anew while the old ones are
    /// used. Those that are three times as old are waited for. 5 minutes by default.
    pub refresh_interval: Duration,
    /// How long a fetch may take. 5 s by default.
    pub timeout: Duration,
    /// The longest answer that is taken, in bytes. 256 KiB by default.
    pub max_bytes: usize,
}

/// A URL that keys can't be fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a URL that begins with http:// or https://")]
pub struct InvalidJwksUrl;

impl JwksConfig {
    /// The default of [`Self::refresh_interval`].
    pub const DEFAULT_REFRESH_INTERVAL: Duration = Duration::from_mins(5);

    /// Keys from that URL, which must be of `http` or `https`.
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

    /// The URL as it may be logged: without user and query, which may hold secrets.
    pub(super) fn place(&self) -> String {
        let scheme = self.url.scheme_str().unwrap_or_default();
        let host = self.url.host().unwrap_or_default();
        let port = self.url.port().map(|port| format!(":{port}"));
        let port = port.unwrap_or_default();
        format!("{scheme}://{host}{port}{}", self.url.path())
    }
}

/// Tickets: short-lived credentials that may stand in a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketConfig {
    /// The keys that tickets are signed with: the first signs, all check. Nodes that have the same
    /// take each other's tickets. None by default: then one is derived from each HS256 secret, and
    /// where there is none, each process makes up its own.
    pub keys: Vec<Secret>,
    /// How long a connection that was opened with a ticket may last, where the credentials that
    /// the ticket was asked for with don't end before. 12 hours by default.
    pub session_limit: Duration,
}

impl Default for TicketConfig {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            session_limit: Duration::from_hours(12),
        }
    }
}

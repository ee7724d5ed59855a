//! The configuration of authentication: plain values, validated when they are made.

use std::{sync::Arc, time::Duration};

use axum::http::Uri;
use fast_temporal_core::{
    Permissions,
    settings::{Kind, list, name, seconds},
};

use super::{
    api_key::ApiKey,
    jwt_key::{JwtAlgorithm, JwtKey},
    secret::Secret,
};

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

fast_temporal_core::settings! {
    /// How JSON Web Tokens are verified.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct JwtConfig {
        /// Configured keys.
        pub keys: Vec<JwtKey> = Vec::new(),
        /// A source of more keys.
        pub jwks: Option<JwksConfig> = None,

        /// Permitted signature algorithms. Each key works with one algorithm only.
        pub algorithms: Vec<JwtAlgorithm> = JwtAlgorithm::ALL.to_vec()
            => ["auth.jwt_algorithms", JwtConfig::ALGORITHMS_VARIABLE, algorithms()],

        /// Accepted issuers (`iss`) of tokens. Any issuer if not set.
        pub issuers: Vec<String> = Vec::new()
            => [
                "auth.jwt_issuer", "FAST_TEMPORAL_AUTH_JWT_ISSUER", names(),
                example "\"https://id.example.org\""
            ],

        // RFC 7519, 4.1.3: a token that names an audience is meant for another service.
        /// Accepted audiences (`aud`); a token must name one of them. If not set, a token must not name any audience.
        pub audiences: Vec<String> = Vec::new()
            => [
                "auth.jwt_audience", "FAST_TEMPORAL_AUTH_JWT_AUDIENCE", names(),
                example "\"https://gateway.example.org\""
            ],

        /// Tolerated clock difference when checking `exp`, `nbf` and `iat`.
        pub leeway: Duration = Duration::from_secs(30)
            => ["auth.leeway_seconds", "FAST_TEMPORAL_AUTH_LEEWAY_SECONDS", seconds(0.0..=600.0)],

        /// Name of the claim that identifies the user.
        pub subject_claim: String = "sub".to_owned()
            => ["auth.subject_claim", "FAST_TEMPORAL_AUTH_SUBJECT_CLAIM", name()],

        /// Name of the claim that contains the user's permissions.
        pub permissions_claim: String = "fast_temporal".to_owned()
            => ["auth.permissions_claim", "FAST_TEMPORAL_AUTH_PERMISSIONS_CLAIM", name()],

        /// The permissions if that claim, or a field of it, is absent.
        pub permissions: Arc<Permissions> = Arc::new(Permissions::own()),
    }

    /// Tickets: short-lived credentials for URLs.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TicketConfig {
        /// Keys of tickets: the first one signs, all of them verify. Nodes with the same keys accept each other's
        /// tickets. Without keys here, the gateway derives a key from each HS256 secret. Without a secret, each process
        /// generates its own key.
        pub keys: Vec<Secret> = Vec::new(),

        /// Maximum lifetime of a connection that was opened with a ticket.
        pub max_connection_duration: Duration = Duration::from_hours(12)
            => [
                "auth.ticket_connection_seconds", "FAST_TEMPORAL_AUTH_TICKET_CONNECTION_SECONDS",
                seconds(1.0..=31_536_000.0)
            ],
    }
}

impl JwtConfig {
    /// The variable that sets `algorithms`.
    pub const ALGORITHMS_VARIABLE: &str = "FAST_TEMPORAL_AUTH_JWT_ALGORITHMS";
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

/// Names that others have chosen.
fn names() -> Kind<Vec<String>> {
    list("names separated by commas", |text| Some(text.to_owned()))
}

fn algorithms() -> Kind<Vec<JwtAlgorithm>> {
    let join = |algorithms: &[JwtAlgorithm], separator: &str| {
        let names: Vec<_> = algorithms.iter().map(|it| it.as_str()).collect();
        names.join(separator)
    };
    let all = join(JwtAlgorithm::ALL, ", ");
    let allowed = format!("some of {all}, separated by commas");
    let parse = |text: &str| JwtAlgorithm::from_name(&text.to_ascii_uppercase());
    list(allowed, parse).formatted_by(move |algorithms| join(algorithms, ","))
}

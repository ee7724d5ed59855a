//! Authentication: from credentials to a principal.
//!
//! The three kinds differ in how they begin: JSON Web Tokens of users, API keys of backends (`ft_…`),
//! and tickets (`ftt_…`), which the gateway issues for credentials of the other two kinds. This module
//! knows nothing of requests.

pub(crate) mod api_key;
pub(crate) mod auth_config;
mod claims;
mod crypto;
pub(crate) mod expiry;
mod jwks;
mod jwks_fetch;
mod jwt;
pub(crate) mod jwt_key;
pub(crate) mod secret;
mod ticket_issuer;

use std::sync::Arc;

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, v1::TicketResult};
use jiff::{SignedDuration, Timestamp};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

use self::{
    api_key::ApiKey, auth_config::AuthConfig, jwks::Jwks, jwt::JwtVerifier,
    ticket_issuer::TicketIssuer,
};
use crate::error::unauthenticated;

/// Maximum length of a token, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Authenticates clients. A cheap handle.
#[derive(Clone)]
pub(crate) struct Authenticator(Arc<Shared>);

struct Shared {
    /// The principal of every client if authentication is off.
    open: Option<Principal>,
    jwt: Option<JwtVerifier>,
    api_keys: Vec<ApiKey>,
    tickets: TicketIssuer,
}

impl Authenticator {
    /// `tasks` fetch keys until `draining` is cancelled.
    pub(crate) fn new(
        config: &AuthConfig,
        tasks: &TaskTracker,
        draining: &CancellationToken,
    ) -> Self {
        let shared = match config {
            AuthConfig::None => Shared {
                open: Some(Principal::anyone()),
                jwt: None,
                api_keys: Vec::new(),
                tickets: TicketIssuer::open(),
            },
            AuthConfig::Checked(config) => Shared {
                open: None,
                jwt: config.jwt.clone().map(|jwt| {
                    let jwks = jwt.jwks.clone();
                    let jwks = jwks.map(|jwks| Jwks::new(jwks, tasks.clone(), draining.clone()));
                    JwtVerifier::new(jwt, jwks)
                }),
                api_keys: config.api_keys.clone(),
                tickets: TicketIssuer::new(config),
            },
        };
        Self(Arc::new(shared))
    }

    /// The principal of every client if authentication is off.
    pub(crate) fn open(&self) -> Option<&Principal> {
        self.0.open.as_ref()
    }

    /// The principal of a token. If authentication is off, the token is ignored.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Principal, ErrorBody> {
        match &self.0.open {
            Some(anyone) => Ok(anyone.clone()),
            None => logged(self.check(token).await),
        }
    }

    /// The principal of a token in a URL. URLs end up in logs and histories, so only tickets are
    /// accepted there.
    pub(crate) async fn authenticate_in_url(&self, token: &str) -> Result<Principal, ErrorBody> {
        if TicketIssuer::matches(token) || self.0.open.is_some() {
            return self.authenticate(token).await;
        }
        logged(Err(unauthenticated("?ticket= accepts tickets only")))
    }

    async fn check(&self, token: &str) -> Result<Principal, ErrorBody> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(unauthenticated("the token is too long"));
        }
        if TicketIssuer::matches(token) {
            return self.0.tickets.check(token, Timestamp::now());
        }
        if ApiKey::matches(token) {
            return ApiKey::find(&self.0.api_keys, token)
                .map(ApiKey::principal)
                .ok_or_else(|| unauthenticated("unknown API key"));
        }
        match &self.0.jwt {
            Some(jwt) => jwt.check(token).await,
            None => Err(unauthenticated(
                "this gateway does not accept JSON Web Tokens",
            )),
        }
    }

    /// Issues a ticket for a principal, with which connections can be opened for `lifetime`.
    pub(crate) fn issue_ticket(
        &self,
        bearer: &Principal,
        lifetime: SignedDuration,
    ) -> TicketResult {
        self.0.tickets.issue(bearer, lifetime, Timestamp::now())
    }
}

/// Logs an outcome, and never the token itself.
fn logged(outcome: Result<Principal, ErrorBody>) -> Result<Principal, ErrorBody> {
    match &outcome {
        Ok(principal) => debug!(
            subject = principal.subject.as_deref(),
            "accepted credentials"
        ),
        Err(error) => debug!(code = %error.code, reason = %error.message, "rejected credentials"),
    }
    outcome
}

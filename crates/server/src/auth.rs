//! Who a client is: from credentials to a principal.
//!
//! There are three kinds, told apart by how they begin: JSON Web Tokens of users, API keys of
//! backends (`ft_…`), and tickets (`ftt_…`), which the gateway gives to who has one of the others.

mod api_key;
mod caller;
mod config;
mod crypto;
mod expiry;
mod jwks;
mod jwt;
mod key;
mod secret;
mod sign;
mod ticket;

use std::{borrow::Cow, fmt, sync::Arc};

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode, v1::TicketResult};
use jiff::Timestamp;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

pub use self::{
    api_key::{ApiKey, ApiKeyError, NewApiKey},
    config::{AuthConfig, CredentialsConfig, InvalidJwksUrl, JwksConfig, JwtConfig, TicketConfig},
    key::{JwtAlgorithm, JwtKey, JwtKeyError},
    secret::{Secret, SecretTooShort},
    sign::sign_jwt,
};
pub(crate) use self::{
    caller::{Caller, MaybeCaller},
    expiry::{Due, Expiry},
    ticket::give_ticket,
};
use self::{
    jwks::Jwks,
    jwt::JwtChecker,
    ticket::{Scoped, TicketOffice},
};

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Checks credentials. A cheap handle.
#[derive(Clone)]
pub(crate) struct Auth(Arc<Shared>);

struct Shared {
    /// Whom everybody is, where clients need no credentials.
    open: Option<Principal>,
    jwt: Option<JwtChecker>,
    api_keys: Vec<ApiKey>,
    tickets: TicketOffice,
}

impl Auth {
    /// What it fetches is fetched by these tasks, until the token is cancelled.
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
                tickets: TicketOffice::open(),
            },
            AuthConfig::Checked(config) => Shared {
                open: None,
                jwt: config.jwt.clone().map(|jwt| {
                    let fetched = jwt.jwks.clone();
                    let jwks = fetched.map(|jwks| Jwks::new(jwks, tasks.clone(), draining.clone()));
                    JwtChecker::new(jwt, jwks)
                }),
                api_keys: config.api_keys.clone(),
                tickets: TicketOffice::new(config),
            },
        };
        Self(Arc::new(shared))
    }

    /// Whom everybody is, where clients need no credentials.
    pub(crate) fn open(&self) -> Option<&Principal> {
        self.0.open.as_ref()
    }

    /// Whom a token speaks for. Where clients need no credentials, it is not looked at.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Principal, ErrorBody> {
        match &self.0.open {
            Some(anyone) => Ok(anyone.clone()),
            None => logged(self.check(token).await),
        }
    }

    /// The same for a token that stood in a URL, which is logged and remembered in many places: it
    /// must be a ticket.
    pub(crate) async fn authenticate_in_url(&self, token: &str) -> Result<Principal, ErrorBody> {
        if TicketOffice::is_one(token) || self.0.open.is_some() {
            return self.authenticate(token).await;
        }
        logged(Err(unauthenticated("?ticket= takes tickets only")))
    }

    async fn check(&self, token: &str) -> Result<Principal, ErrorBody> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(unauthenticated("the token is too long"));
        }
        if TicketOffice::is_one(token) {
            return self.0.tickets.check(token, Timestamp::now());
        }
        if ApiKey::is_one(token) {
            return ApiKey::find(&self.0.api_keys, token)
                .map(ApiKey::principal)
                .ok_or_else(|| unauthenticated("the API key is not known"));
        }
        match &self.0.jwt {
            Some(jwt) => jwt.check(token).await,
            None => Err(unauthenticated("JSON Web Tokens are not taken here")),
        }
    }

    fn issue(&self, scoped: &Scoped, now: Timestamp) -> TicketResult {
        self.0.tickets.issue(scoped, now)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth(…)")
    }
}

/// Takes note of an outcome, and never of the token itself.
fn logged(outcome: Result<Principal, ErrorBody>) -> Result<Principal, ErrorBody> {
    match &outcome {
        Ok(principal) => debug!(subject = principal.subject.as_deref(), "took credentials"),
        Err(error) => debug!(code = %error.code, reason = %error.message, "refused credentials"),
    }
    outcome
}

fn unauthenticated(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::Unauthenticated, message)
}

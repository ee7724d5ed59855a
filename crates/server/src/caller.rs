//! Extractors for the sender of a request.

use axum::{
    extract::{FromRequestParts, Query},
    http::{header, request::Parts},
};
use fast_temporal_core::Principal;
use fast_temporal_protocol::ErrorCode;
use serde::Deserialize;
use tracing::Span;

use crate::{
    ApiError, App,
    limit::{client_address::ClientAddress, client_key::ClientKey},
};

/// The sender of a request, by `Authorization: Bearer <token>`, or by `?ticket=` for clients that
/// cannot set headers. Counts the request against the sender's rate limit.
///
/// Rejects requests without valid credentials, and those over the limit.
pub(crate) struct RateLimitedCaller(pub(crate) Principal);

/// The sender of a WebSocket upgrade, identified in the same way; `None` without credentials. Does not
/// count against the rate limit, as the messages of the connection do.
pub(crate) struct UpgradeCaller(pub(crate) Option<Principal>);

#[derive(Deserialize)]
struct Parameters {
    ticket: Option<String>,
}

impl FromRequestParts<App> for UpgradeCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let outcome = authenticate(parts, app).await;
        if outcome.is_err() {
            check_rate_limit(None, parts, app)?;
        }
        outcome.map(Self)
    }
}

impl FromRequestParts<App> for RateLimitedCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let outcome = authenticate(parts, app).await;
        let principal = outcome.as_ref().ok().and_then(Option::as_ref);
        if let Some(user) = principal.and_then(|principal| principal.subject.as_deref()) {
            Span::current().record("user", user);
        }
        check_rate_limit(principal, parts, app)?;
        UpgradeCaller(outcome?).required().map(Self)
    }
}

impl UpgradeCaller {
    /// The principal.
    ///
    /// # Errors
    /// The request has no credentials.
    pub(crate) fn required(self) -> Result<Principal, ApiError> {
        self.0.ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unauthenticated,
                "credentials required: send the header Authorization: Bearer <token>, or ?ticket=",
            )
        })
    }
}

/// Counts a request. A client without valid credentials counts by its address, so guessing is limited
/// too.
fn check_rate_limit(
    principal: Option<&Principal>,
    parts: &Parts,
    app: &App,
) -> Result<(), ApiError> {
    let client = ClientKey::new(principal, ClientAddress::of(parts, app));
    Ok(app.limits.count_request(&client)?)
}

async fn authenticate(parts: &Parts, app: &App) -> Result<Option<Principal>, ApiError> {
    if let Some(anyone) = app.auth.open() {
        return Ok(Some(anyone.clone()));
    }
    let principal = if let Some(token) = bearer_token(parts)? {
        Some(app.auth.authenticate(&token).await?)
    } else if let Some(ticket) = ticket_in_url(parts) {
        Some(app.auth.authenticate_in_url(&ticket).await?)
    } else {
        None
    };
    Ok(principal)
}

/// The token of the `Authorization` header. Rejects duplicates: proxies disagree on which one wins.
fn bearer_token(parts: &Parts) -> Result<Option<String>, ApiError> {
    let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = headers.next() else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned())
    });
    match (token, headers.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(ApiError::new(
            ErrorCode::Unauthenticated,
            "exactly one `Authorization: Bearer <token>` header is required",
        )),
    }
}

fn ticket_in_url(parts: &Parts) -> Option<String> {
    let query = Query::<Parameters>::try_from_uri(&parts.uri);
    query.ok().and_then(|Query(parameters)| parameters.ticket)
}

//! Extractors for the sender of a request.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Query},
    http::{header, request::Parts},
};
use fast_temporal_core::Principal;
use fast_temporal_protocol::ErrorBody;
use serde::Deserialize;
use tracing::Span;

use crate::{
    ApiError, App,
    error::unauthenticated,
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

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts, &app.config.connections.trusted_proxies))
    }
}

impl FromRequestParts<App> for UpgradeCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let outcome = authenticate(parts, app).await;
        if outcome.is_err() {
            count_request(None, parts, app)?;
        }
        Ok(Self(outcome?))
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
        count_request(principal, parts, app)?;
        UpgradeCaller(outcome?).required().map(Self)
    }
}

impl UpgradeCaller {
    /// The principal.
    ///
    /// # Errors
    /// The request has no credentials.
    pub(crate) fn required(self) -> Result<Principal, ApiError> {
        let message =
            "credentials required: send the header Authorization: Bearer <token>, or ?ticket=";
        self.0.ok_or_else(|| unauthenticated(message).into())
    }
}

/// Counts a request. A client without valid credentials counts by its address, so guessing is limited
/// too.
fn count_request(principal: Option<&Principal>, parts: &Parts, app: &App) -> Result<(), ErrorBody> {
    let user = principal.and_then(|principal| principal.subject.clone());
    let address = ClientAddress::of(parts, &app.config.connections.trusted_proxies);
    let client = ClientKey::new(user, address);
    app.limits.count_request(&client)
}

async fn authenticate(parts: &Parts, app: &App) -> Result<Option<Principal>, ErrorBody> {
    if let Some(anyone) = app.auth.open() {
        return Ok(Some(anyone.clone()));
    }
    if let Some(token) = bearer_token(parts)? {
        app.auth.authenticate(&token).await.map(Some)
    } else if let Some(ticket) = ticket_in_url(parts)? {
        app.auth.authenticate_in_url(&ticket).await.map(Some)
    } else {
        Ok(None)
    }
}

/// The token of the `Authorization` header. Rejects duplicates: proxies disagree on which one wins.
fn bearer_token(parts: &Parts) -> Result<Option<String>, ErrorBody> {
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
        _ => Err(unauthenticated(
            "exactly one `Authorization: Bearer <token>` header is required",
        )),
    }
}

/// The ticket in the URL. Rejects duplicates, as [`bearer_token`] does.
fn ticket_in_url(parts: &Parts) -> Result<Option<String>, ErrorBody> {
    let query = Query::<Parameters>::try_from_uri(&parts.uri);
    let Query(parameters) =
        query.map_err(|_| unauthenticated("at most one ?ticket= is accepted in a URL"))?;
    Ok(parameters.ticket)
}

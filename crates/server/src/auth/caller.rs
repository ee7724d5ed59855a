//! Who sent a request.

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

/// Who sent a request: by `Authorization: Bearer <token>`, or by `?ticket=`, where a header can't
/// go. Without either, or with credentials that are not accepted, the request is refused, and so is
/// one more than its sender may make.
pub(crate) struct Caller(pub(crate) Principal);

/// Who asks for a WebSocket, in the same way; `None` where no credentials came. That is no request
/// of its own: what comes over the WebSocket is counted.
pub(crate) struct MaybeCaller(pub(crate) Option<Principal>);

#[derive(Deserialize)]
struct Parameters {
    ticket: Option<String>,
}

impl FromRequestParts<App> for MaybeCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let outcome = identify(parts, app).await;
        if outcome.is_err() {
            count(None, parts, app)?;
        }
        outcome.map(Self)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let outcome = identify(parts, app).await;
        let principal = outcome.as_ref().ok().and_then(Option::as_ref);
        if let Some(user) = principal.and_then(|principal| principal.subject.as_deref()) {
            Span::current().record("user", user);
        }
        count(principal, parts, app)?;
        MaybeCaller(outcome?).named()
    }
}

impl MaybeCaller {
    /// Who it is.
    ///
    /// # Errors
    /// No credentials came.
    pub(crate) fn named(self) -> Result<Caller, ApiError> {
        self.0.map(Caller).ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unauthenticated,
                "credentials are needed: the header Authorization: Bearer <token>, or ?ticket=",
            )
        })
    }
}

/// Counts a request. Guessing counts, too: who has no good credentials goes by their address.
fn count(principal: Option<&Principal>, parts: &Parts, app: &App) -> Result<(), ApiError> {
    let client = ClientKey::new(principal, ClientAddress::of(parts, app));
    Ok(app.limits.count_request(&client)?)
}

async fn identify(parts: &Parts, app: &App) -> Result<Option<Principal>, ApiError> {
    if let Some(anyone) = app.auth.open() {
        return Ok(Some(anyone.clone()));
    }
    let principal = if let Some(token) = token_of_header(parts)? {
        Some(app.auth.authenticate(&token).await?)
    } else if let Some(ticket) = ticket_of_url(parts) {
        Some(app.auth.authenticate_in_url(&ticket).await?)
    } else {
        None
    };
    Ok(principal)
}

/// What is said twice is not said clearly.
fn token_of_header(parts: &Parts) -> Result<Option<String>, ApiError> {
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
            "the header Authorization must be there once, as: Bearer <token>",
        )),
    }
}

fn ticket_of_url(parts: &Parts) -> Option<String> {
    let query = Query::<Parameters>::try_from_uri(&parts.uri);
    query.ok().and_then(|Query(parameters)| parameters.ticket)
}

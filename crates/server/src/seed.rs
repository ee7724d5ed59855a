//! The `seed` dialect at `/ws/{user_id}`, the protocol of the Python package `fast-temporal`: a
//! message starts a workflow, and the events of a user's workflows go to all of the user's
//! connections.
//!
//! A [`UserRegistry`](user_registry::UserRegistry) holds, for each user with a connection to this
//! node, the workflows that are followed for them. Each connection subscribes to those workflows'
//! feeds by itself.

mod fallback_result;
mod frame_stream;
mod seed_dialect;
mod user;
pub(crate) mod user_registry;
mod workflow_discovery;
mod workflow_start;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::{self, Response},
};
use fast_temporal_core::{Principal, Verb, owner::MAX_SUBJECT_BYTES};
use fast_temporal_protocol::{ErrorBody, ErrorCode};

use self::seed_dialect::SeedDialect;
use crate::{
    ApiError, App,
    caller::UpgradeCaller,
    connection,
    error::forbidden,
    limit::{client_address::ClientAddress, client_key::ClientKey},
    operation::validation::check_verb,
    websocket::upgrade::Upgrade,
};

/// `GET /ws/{user_id}`
pub(crate) async fn upgrade(
    State(app): State<App>,
    user_id: Result<Path<String>, PathRejection>,
    address: ClientAddress,
    headers: HeaderMap,
    caller: Result<UpgradeCaller, ApiError>,
    upgrade: Result<Upgrade, Response>,
) -> response::Result<Response> {
    app.config.origins.check_upgrade(&headers)?;
    let principal = caller.and_then(UpgradeCaller::required)?;
    let user_id = match user_id {
        Ok(Path(user_id)) if (1..=MAX_SUBJECT_BYTES).contains(&user_id.len()) => user_id,
        _ => return Err(missing_user_id().await.into()),
    };
    check_user(&principal, &user_id).map_err(ApiError::from)?;
    let upgrade = upgrade?;
    let client = ClientKey::new(Some(user_id.as_str().into()), address);
    let authenticated_as = principal.clone();
    let dialect = move |app: &App| SeedDialect::new(app, principal, &user_id);
    let response = connection::accept(&app, upgrade, &client, Some(&authenticated_as), dialect)?;
    Ok(response)
}

/// Checks that a principal can use the dialect as that user: start workflows, and subscribe to all
/// of the user's workflows. The error for another user is `forbidden`: every user id exists, so it
/// reveals nothing.
fn check_user(principal: &Principal, user_id: &str) -> Result<(), ErrorBody> {
    check_verb(principal, Verb::Start)?;
    check_verb(principal, Verb::Subscribe)?;
    if principal.may_act_for(user_id) {
        Ok(())
    } else {
        Err(forbidden(
            "these credentials are not permitted to act for this user",
        ))
    }
}

/// `GET /ws/`
pub(crate) async fn missing_user_id() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidUserId,
        "invalid user id: expected 1 to 256 bytes of UTF-8 in the path, as in /ws/ada",
    )
}

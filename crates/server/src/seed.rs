//! The seed's protocol at `/ws/{user_id}`: a message starts a workflow, and everything that happens
//! to a user's workflows goes to all of the user's connections.
//!
//! A [`Hub`] knows, for each user who is connected, which of their workflows are followed here. A
//! session per connection reads those workflows' feeds, each by a subscription of its own.

mod discovery;
mod ending;
mod hub;
mod permit;
mod reader;
mod session;
mod start;
mod user;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};
use fast_temporal_core::{Principal, Verb, owner::MAX_SUBJECT_BYTES};
use fast_temporal_protocol::{ErrorBody, ErrorCode};

pub(crate) use self::hub::Hub;
use self::session::Session;
use crate::{
    ApiError, App,
    auth::{Caller, MaybeCaller},
    limit::{client_address::ClientAddress, client_key::ClientKey},
    verb::check_verb,
    websocket::Upgrade,
};

/// `GET /ws/{user_id}`
pub(crate) async fn upgrade(
    State(app): State<App>,
    user_id: Result<Path<String>, PathRejection>,
    address: ClientAddress,
    headers: HeaderMap,
    caller: Result<MaybeCaller, ApiError>,
    upgrade: Result<Upgrade, Response>,
) -> Result<Response, Response> {
    use axum::response::IntoResponse as _;
    let refuse = |error: ApiError| error.into_response();
    app.config.origins.check_upgrade(&headers).map_err(refuse)?;
    let Caller(principal) = caller.and_then(MaybeCaller::named).map_err(refuse)?;
    let user_id = match user_id {
        Ok(Path(user_id)) if (1..=MAX_SUBJECT_BYTES).contains(&user_id.len()) => user_id,
        _ => return Err(refuse(no_user().await)),
    };
    check_user(&principal, &user_id).map_err(|error| refuse(error.into()))?;
    let upgrade = upgrade?;
    if app.draining.is_cancelled() {
        return Err(refuse(ApiError::new(
            ErrorCode::Draining,
            "this gateway stops",
        )));
    }
    let client = ClientKey::of_user(user_id.as_str().into(), address);
    let admitted = app.limits.admit(&client);
    let permit = admitted.map_err(|error| refuse(error.into()))?;
    let session_app = app.clone();
    Ok(upgrade.run(&app, permit, move |socket| {
        Session::new(session_app, principal, &user_id, socket).run()
    }))
}

/// Whether a principal may do as that user what the protocol has to offer: start workflows, and see
/// all that the user's workflows tell. Somebody else is refused as `forbidden`: everyone has a name,
/// so that gives nothing away.
fn check_user(principal: &Principal, user_id: &str) -> Result<(), ErrorBody> {
    check_verb(principal, Verb::Start)?;
    check_verb(principal, Verb::Subscribe)?;
    if principal.may_act_for(user_id) {
        Ok(())
    } else {
        Err(ErrorBody::new(
            ErrorCode::Forbidden,
            "these credentials do not act for this user",
        ))
    }
}

/// `GET /ws/`
pub(crate) async fn no_user() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidUserId,
        "a user id has 1 to 256 bytes of UTF-8",
    )
}

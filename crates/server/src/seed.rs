//! The seed's protocol at `/ws/{user_id}`: a message starts a workflow, and everything that happens
//! to a user's workflows goes to all of the user's connections.
//!
//! A [`Hub`] knows, for each user who is connected, which of their workflows are followed here. A
//! session per connection reads those workflows' feeds, each by a subscription of its own.

mod discovery;
mod ending;
mod hub;
mod reader;
mod session;
mod start;
mod user;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};
use fast_temporal_core::owner::MAX_SUBJECT_BYTES;
use fast_temporal_protocol::ErrorCode;

pub(crate) use self::hub::Hub;
use self::session::Session;
use crate::{ApiError, App, websocket::Upgrade};

/// `GET /ws/{user_id}`
pub(crate) async fn upgrade(
    State(app): State<App>,
    user_id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, Response>,
) -> Result<Response, Response> {
    use axum::response::IntoResponse as _;
    let refuse = |error: ApiError| error.into_response();
    app.config.origins.check_upgrade(&headers).map_err(refuse)?;
    let user_id = match user_id {
        Ok(Path(user_id)) if (1..=MAX_SUBJECT_BYTES).contains(&user_id.len()) => user_id,
        _ => return Err(refuse(no_user().await)),
    };
    let upgrade = upgrade?;
    if app.draining.is_cancelled() {
        return Err(refuse(ApiError::new(
            ErrorCode::Draining,
            "this gateway stops",
        )));
    }
    let session_app = app.clone();
    Ok(upgrade.run(&app, move |socket| {
        Session::new(session_app, &user_id, socket).run()
    }))
}

/// `GET /ws/`
pub(crate) async fn no_user() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidUserId,
        "a user id has 1 to 256 bytes of UTF-8",
    )
}

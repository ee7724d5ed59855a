//! The `v1` protocol at `/v1/ws`: requests, answers by their ids, and the events of any number of
//! workflows, on one connection.
//!
//! A [`Session`] per connection carries out what is asked for, each request in a task of its own,
//! and reads the feeds that it is subscribed to.

mod credentials;
mod requests;
mod session;
mod subscription;
mod subscriptions;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use fast_temporal_protocol::{ErrorCode, v1::SUBPROTOCOL};

use self::session::Session;
use crate::{
    ApiError, App,
    auth::MaybeCaller,
    limit::{client_address::ClientAddress, client_key::ClientKey},
    websocket::Upgrade,
};

/// `GET /v1/ws`
pub(crate) async fn upgrade(
    State(app): State<App>,
    headers: HeaderMap,
    address: ClientAddress,
    caller: Result<MaybeCaller, ApiError>,
    upgrade: Result<Upgrade, Response>,
) -> Result<Response, Response> {
    let refuse = |error: ApiError| error.into_response();
    app.config.origins.check_upgrade(&headers).map_err(refuse)?;
    let upgrade = upgrade?.speak(SUBPROTOCOL).map_err(refuse)?;
    let MaybeCaller(principal) = caller.map_err(refuse)?;
    if app.draining.is_cancelled() {
        return Err(refuse(ApiError::new(
            ErrorCode::Draining,
            "this gateway stops",
        )));
    }
    let admitted = app
        .limits
        .admit(&ClientKey::new(principal.as_ref(), address));
    let permit = admitted.map_err(|error| refuse(error.into()))?;
    let session_app = app.clone();
    Ok(upgrade.run(&app, permit, move |socket| {
        Session::new(session_app, principal, socket).run()
    }))
}

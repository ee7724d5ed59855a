//! The `v1` dialect at `/v1/ws`: requests, responses by request id, and the events of any number of
//! workflows, on one connection.

mod credentials;
mod dispatch;
mod pending_requests;
mod subscription_set;
mod update_stream;
mod v1_dialect;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{self, Response},
};
use fast_temporal_protocol::v1::SUBPROTOCOL;

use self::v1_dialect::V1Dialect;
use crate::{
    ApiError, App,
    caller::UpgradeCaller,
    connection,
    limit::{client_address::ClientAddress, client_key::ClientKey},
    websocket::upgrade::Upgrade,
};

/// `GET /v1/ws`
pub(crate) async fn upgrade(
    State(app): State<App>,
    headers: HeaderMap,
    address: ClientAddress,
    caller: Result<UpgradeCaller, ApiError>,
    upgrade: Result<Upgrade, Response>,
) -> response::Result<Response> {
    app.config.origins.check_upgrade(&headers)?;
    let upgrade = upgrade?.require_subprotocol(SUBPROTOCOL)?;
    let UpgradeCaller(principal) = caller?;
    let user = principal.as_ref().and_then(|it| it.subject.clone());
    let client = ClientKey::new(user, address);
    let authenticated_as = principal.clone();
    let dialect = move |app: &App| V1Dialect::new(app, principal);
    let response = connection::accept(&app, upgrade, &client, authenticated_as.as_ref(), dialect)?;
    Ok(response)
}

//! The upgrade from an HTTP request to a WebSocket.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, request::Parts},
    response::{IntoResponse, Response},
};
use fast_temporal_protocol::ErrorCode;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::{debug, error};

use super::Socket;
use crate::{
    ApiError, App, limit::connection_count::ConnectionPermit, serve::client_stream::ClientStream,
};

/// A valid WebSocket upgrade request (RFC 6455).
pub(crate) struct Upgrade {
    accept: HeaderValue,
    /// The subprotocols that the client offers, as received.
    offered: Option<String>,
    /// The selected one.
    protocol: Option<HeaderValue>,
    pending: OnUpgrade,
}

impl Upgrade {
    /// Selects a subprotocol. A client that offers none gets none. One that offers only others is
    /// rejected, as it would misread what it receives.
    pub(crate) fn require_subprotocol(mut self, protocol: &'static str) -> Result<Self, ApiError> {
        if let Some(offered) = &self.offered {
            if !offered.split(',').any(|offer| offer.trim() == protocol) {
                let message = format!("unsupported subprotocol: offer {protocol}, or none");
                return Err(ApiError::new(ErrorCode::InvalidRequest, message));
            }
            self.protocol = Some(HeaderValue::from_static(protocol));
        }
        Ok(self)
    }

    /// Accepts the request, and spawns `serve` with the socket once the upgrade is done. The permit
    /// is released when the socket is dropped.
    pub(crate) fn accept<F>(
        self,
        app: &App,
        permit: ConnectionPermit,
        serve: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let max_message_bytes = app.config.requests.max_message_bytes;
        let pending = self.pending;
        app.tasks.spawn(async move {
            let upgraded = match pending.await {
                Ok(upgraded) => upgraded,
                Err(error) => return debug!(%error, "upgrade failed"),
            };
            let Ok(parts) = upgraded.downcast::<TokioIo<ClientStream>>() else {
                return error!("cannot upgrade: the router must be served by this crate's server");
            };
            let stream = parts.io.into_inner();
            serve(Socket::new(stream, parts.read_buf, max_message_bytes, permit).await).await;
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(protocol) = self.protocol {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        response
    }
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let headers = &parts.headers;
        if !(parts.version == Version::HTTP_11
            && has_token(headers, &header::CONNECTION, "upgrade")
            && has_token(headers, &header::UPGRADE, "websocket"))
        {
            return Err(upgrade_required());
        }
        if headers
            .get(header::SEC_WEBSOCKET_VERSION)
            .is_none_or(|version| version != "13")
        {
            let mut response = upgrade_required();
            let headers = response.headers_mut();
            headers.insert(
                header::SEC_WEBSOCKET_VERSION,
                HeaderValue::from_static("13"),
            );
            return Err(response);
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or_else(|| {
            let message = "missing header: Sec-WebSocket-Key";
            ApiError::new(ErrorCode::InvalidRequest, message).into_response()
        })?;
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
            .expect("base64 is plain ASCII");
        let offered = offered(headers);
        let pending = parts
            .extensions
            .remove::<OnUpgrade>()
            .ok_or_else(upgrade_required)?;
        Ok(Self {
            accept,
            offered,
            protocol: None,
            pending,
        })
    }
}

/// The subprotocols that a client offers, separated by commas. `None` if it offers none.
fn offered(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let texts: Vec<_> = values
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

fn upgrade_required() -> Response {
    let message = "upgrade required: this path accepts WebSocket connections only";
    let error = ApiError::new(ErrorCode::InvalidRequest, message);
    let mut response = error
        .with_status(StatusCode::UPGRADE_REQUIRED)
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

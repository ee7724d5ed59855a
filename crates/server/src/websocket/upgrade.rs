//! From a request to a socket.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, request::Parts},
    response::{IntoResponse, Response},
};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::debug;

use super::Socket;
use crate::{ApiError, App, config::WebSocketLimits};

/// A request that asks for a WebSocket, as RFC 6455 wants it.
pub(crate) struct Upgrade {
    accept: HeaderValue,
    pending: OnUpgrade,
}

impl Upgrade {
    /// Answers the request, and runs the session once the socket is there, as one of the app's
    /// tasks.
    pub(crate) fn run<F>(
        self,
        app: &App,
        session: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let limits: WebSocketLimits = app.config.websocket.clone();
        let pending = self.pending;
        app.tasks.spawn(async move {
            match pending.await {
                Ok(upgraded) => session(Socket::new(upgraded, &limits).await).await,
                Err(error) => debug!(%error, "an upgrade came to nothing"),
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        response
    }
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let headers = &parts.headers;
        if !(parts.version == Version::HTTP_11
            && holds(headers, &header::CONNECTION, "upgrade")
            && holds(headers, &header::UPGRADE, "websocket"))
        {
            return Err(no_upgrade());
        }
        if headers
            .get(header::SEC_WEBSOCKET_VERSION)
            .is_none_or(|version| version != "13")
        {
            let mut response = no_upgrade();
            let version = HeaderValue::from_static("13");
            response
                .headers_mut()
                .insert(header::SEC_WEBSOCKET_VERSION, version);
            return Err(response);
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or_else(|| {
            let message = "the header Sec-WebSocket-Key is missing";
            ApiError::new(ErrorCode::InvalidRequest, message).into_response()
        })?;
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
            .expect("base64 is plain ASCII");
        let pending = parts
            .extensions
            .remove::<OnUpgrade>()
            .ok_or_else(no_upgrade)?;
        Ok(Self { accept, pending })
    }
}

fn holds(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

fn no_upgrade() -> Response {
    let error = ApiError {
        status: StatusCode::UPGRADE_REQUIRED,
        body: ErrorBody::new(ErrorCode::InvalidRequest, "this path takes WebSockets only"),
    };
    let mut response = error.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

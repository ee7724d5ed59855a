//! From a request to a socket.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, request::Parts},
    response::{IntoResponse, Response},
};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::{debug, error};

use super::Socket;
use crate::{
    ApiError, App, limit::connection_count::ConnectionPermit, serve::client_stream::ClientStream,
};

/// A request that asks for a WebSocket, as RFC 6455 wants it.
pub(crate) struct Upgrade {
    accept: HeaderValue,
    /// The subprotocols that the client offers, as they came.
    offered: Option<String>,
    /// The one of them that was chosen.
    protocol: Option<HeaderValue>,
    pending: OnUpgrade,
}

impl Upgrade {
    /// Chooses a subprotocol. A client that offers none gets none; one that offers others only is
    /// refused, as it would take what it is sent for something else.
    pub(crate) fn speak(mut self, protocol: &'static str) -> Result<Self, ApiError> {
        if let Some(offered) = &self.offered {
            if !offered.split(',').any(|offer| offer.trim() == protocol) {
                let message = format!("the only subprotocol that is spoken here is {protocol}");
                return Err(ErrorBody::new(ErrorCode::InvalidRequest, message).into());
            }
            self.protocol = Some(HeaderValue::from_static(protocol));
        }
        Ok(self)
    }

    /// Answers the request, and runs the session once the socket is there, as one of the app's
    /// tasks. The permit is the socket's for as long as that lasts.
    pub(crate) fn run<F>(
        self,
        app: &App,
        permit: ConnectionPermit,
        session: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let max_message_bytes = app.config.requests.max_message_bytes;
        let pending = self.pending;
        app.tasks.spawn(async move {
            let upgraded = match pending.await {
                Ok(upgraded) => upgraded,
                Err(error) => return debug!(%error, "an upgrade came to nothing"),
            };
            let Ok(parts) = upgraded.downcast::<TokioIo<ClientStream>>() else {
                return error!("this router can be served by this crate's server only");
            };
            let connection = parts.io.into_inner();
            session(Socket::new(connection, parts.read_buf, max_message_bytes, permit).await).await;
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
        let offered = offered(headers);
        let pending = parts
            .extensions
            .remove::<OnUpgrade>()
            .ok_or_else(no_upgrade)?;
        Ok(Self {
            accept,
            offered,
            protocol: None,
            pending,
        })
    }
}

/// The subprotocols that a client offers, separated by commas; `None` where it offers none.
fn offered(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let texts: Vec<_> = values
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    (!texts.is_empty()).then(|| texts.join(","))
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

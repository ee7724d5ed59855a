//! Why a WebSocket connection ends, and the close frame for the client.

use std::io;

use fast_temporal_protocol::close;
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes, error::ProtocolError, protocol::CloseFrame,
};

/// Why a WebSocket connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The client closed the connection, or it was lost.
    Disconnected,
    /// The client stopped reading.
    Stalled,
    /// Nothing arrived from the client, not even a pong.
    Idle,
    /// The gateway shuts down.
    Draining,
    /// The client did not authenticate in time.
    CredentialsMissing,
    /// The client sent too much before it authenticated.
    UnauthenticatedLimit,
    CredentialsExpired,
    MessageTooLarge,
    /// A text message is not UTF-8.
    InvalidText,
    /// What the client sent is not a valid WebSocket frame.
    ProtocolError,
}

impl CloseReason {
    /// The reason behind an error of the socket.
    pub(super) fn from_error(error: &Error) -> Self {
        match error {
            Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::Stalled,
            Error::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
                Self::UnauthenticatedLimit
            }
            Error::Capacity(_) => Self::MessageTooLarge,
            Error::Utf8(_) => Self::InvalidText,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Disconnected,
            Error::Protocol(_) => Self::ProtocolError,
            _ => Self::Disconnected,
        }
    }

    /// The close frame for the client. `None` if there is no client to send it to.
    pub(super) fn close_frame(self) -> Option<Message> {
        let (code, text) = match self {
            Self::Disconnected => return None,
            Self::Stalled => (close::SLOW, "the client stopped reading"),
            Self::Idle => (close::IDLE, "no message or pong arrived in time"),
            Self::Draining => (close::GOING_AWAY, "the gateway is shutting down: reconnect"),
            Self::CredentialsMissing => (close::UNAUTHENTICATED, "no credentials arrived in time"),
            Self::UnauthenticatedLimit => {
                (close::UNAUTHENTICATED, "too much sent before credentials")
            }
            Self::CredentialsExpired => (close::TOKEN_EXPIRED, "the credentials have expired"),
            Self::MessageTooLarge => (close::TOO_LARGE, "message too large"),
            Self::InvalidText => (close::INVALID_TEXT, "text message is not UTF-8"),
            Self::ProtocolError => (close::PROTOCOL_ERROR, "invalid WebSocket frame"),
        };
        Some(Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: Utf8Bytes::from_static(text),
        })))
    }
}

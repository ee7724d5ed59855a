//! WebSocket close codes. 4000-4499: connect again. 4500-4999: don't.

/// A close code, as the documentation lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode {
    /// The code.
    pub code: u16,
    /// Why the gateway closes a connection with it; starts with a space.
    pub meaning: &'static str,
    /// What the client does.
    pub action: &'static str,
}

macro_rules! close_codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $action:literal;)*) => {
        $($(#[doc = $meaning])+ pub const $name: u16 = $code;)*

        /// Every close code that the gateway sends.
        pub const ALL: &[CloseCode] = &[$(CloseCode {
            code: $code,
            meaning: concat!($($meaning),+),
            action: $action,
        }),*];
    };
}

close_codes! {
    /// The client sent bytes that are not a WebSocket frame (RFC 6455).
    PROTOCOL_ERROR = 1002, "Give up: fix the client.";
    /// The client sent a text message that is not UTF-8 (RFC 6455).
    INVALID_TEXT = 1007, "Give up: fix the client.";
    /// The client sent a message over the size limit (RFC 6455). An error message precedes the
    /// close.
    TOO_LARGE = 1009, "Give up: send less.";
    /// The gateway is shutting down.
    GOING_AWAY = 4000, "Reconnect after the last cursor.";
    /// The client sent nothing for the idle timeout, not even a pong.
    IDLE = 4001, "Reconnect after the last cursor.";
    /// The client did not read for the write timeout.
    SLOW = 4002, "Reconnect after the last cursor: nothing is lost.";
    /// The credentials expired.
    TOKEN_EXPIRED = 4003, "Sign in again, then reconnect after the last cursor.";
    /// The client sent no valid credentials in time.
    UNAUTHENTICATED = 4500, "Sign in before you connect again.";
}

/// Returns whether a client should connect again after a close with this code.
pub const fn may_reconnect(code: u16) -> bool {
    code < 4500 && !matches!(code, PROTOCOL_ERROR | INVALID_TEXT | TOO_LARGE)
}

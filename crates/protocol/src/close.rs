//! WebSocket close codes. 4000-4499: come back. 4500-4999: don't.

/// The gateway stops: connect again, another node serves you.
pub const GOING_AWAY: u16 = 4000;
/// Nothing came from the client for the idle limit, not even a pong.
pub const IDLE: u16 = 4001;
/// The client took nothing of what it was sent for too long. Nothing is lost: resume from the last
/// cursor.
pub const SLOW: u16 = 4002;
/// The credentials have ended: connect again with new ones.
pub const TOKEN_EXPIRED: u16 = 4003;
/// No credentials came in time, or they were not accepted.
pub const UNAUTHENTICATED: u16 = 4500;
/// RFC 6455: a message over the limit.
pub const TOO_LARGE: u16 = 1009;
/// RFC 6455: what came was no WebSocket.
pub const PROTOCOL_ERROR: u16 = 1002;

/// RFC 6455: a text message that is not UTF-8.
pub const INVALID_TEXT: u16 = 1007;

/// Whether a client that was closed with this code should connect again.
pub const fn may_reconnect(code: u16) -> bool {
    code < 4500
}

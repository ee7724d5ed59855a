//! What differs between the protocols that a WebSocket connection can speak.

use std::task::{Context, Poll};

use fast_temporal_protocol::ErrorBody;
use jiff::Timestamp;
use tokio::time::Instant;

use super::context::ConnectionContext;
use crate::{App, websocket::close_reason::CloseReason};

/// A protocol over WebSockets: what a text message means, and how updates are written.
///
/// The [connection](super) calls it, one call at a time. It is dropped as soon as the connection
/// ends, and with it whatever it started that must not outlive the connection.
pub(crate) trait Dialect: Sized + Send + 'static {
    /// What a subscription yields.
    type Update: Send + 'static;

    /// The user whom the connection serves, for logs. `None` if unknown.
    fn user(&self) -> Option<&str>;

    /// Whether the client's next message can be read: the dialect has room for another request.
    fn can_read(&self, app: &App) -> bool;

    /// Handles a text message.
    fn handle_text(&mut self, connection: &mut ConnectionContext<Self::Update>, text: &str);

    /// Sends an error that answers no request.
    fn send_error(&mut self, connection: &mut ConnectionContext<Self::Update>, error: ErrorBody);

    /// Sends what a subscription has yielded.
    fn send_update(
        &mut self,
        connection: &mut ConnectionContext<Self::Update>,
        update: Self::Update,
    );

    /// Finishes one piece of the dialect's own work, such as a request in flight, and sends its
    /// result. Pending while there is nothing to finish. Not polled while the socket has no room.
    fn poll_work(
        &mut self,
        connection: &mut ConnectionContext<Self::Update>,
        cx: &mut Context<'_>,
    ) -> Poll<()>;

    /// Warns the client that its credentials expire soon.
    fn send_expiry_warning(
        &mut self,
        connection: &mut ConnectionContext<Self::Update>,
        expires_at: Timestamp,
    );

    /// Sends what a heartbeat carries in addition to the ping.
    fn send_heartbeat(&mut self, _connection: &mut ConnectionContext<Self::Update>) {}

    /// When the connection is to be closed unless something changes before, and the reason. Only
    /// [`poll_work`](Self::poll_work) can bring it forward.
    fn deadline(&self) -> Option<(Instant, CloseReason)> {
        None
    }
}

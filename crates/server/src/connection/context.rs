//! What a dialect can use of its connection.

use axum::body::Bytes;
use fast_temporal_core::Principal;
use fast_temporal_protocol::ErrorBody;
use futures_util::stream::BoxStream;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::update_streams::UpdateStreams;
use crate::{
    App,
    auth::expiry::Expiry,
    websocket::{Socket, close_reason::CloseReason},
};

/// What a dialect can use of its connection: sending frames, adding subscriptions, and renewing
/// credentials.
pub(crate) struct ConnectionContext<U> {
    pub(crate) app: App,
    /// Unique in this process; for logs.
    pub(crate) id: u64,
    pub(super) socket: Socket,
    pub(super) updates: UpdateStreams<U>,
    pub(super) expiry: Expiry,
}

impl<U> ConnectionContext<U> {
    pub(super) fn new(app: App, socket: Socket, expiry: Expiry) -> Self {
        Self {
            id: app.next_connection(),
            app,
            socket,
            updates: UpdateStreams::default(),
            expiry,
        }
    }

    /// Whether more frames should be sent now: few are waiting to be written.
    pub(crate) fn has_room(&self) -> bool {
        self.socket.has_room()
    }

    /// Sends a text frame.
    pub(crate) fn send(&mut self, text: impl Into<Utf8Bytes>) {
        self.socket.send(text.into());
    }

    /// Sends JSON whose bytes other connections share.
    pub(crate) fn send_shared(&mut self, json: &Bytes) {
        let text = Utf8Bytes::try_from(json.clone());
        self.socket.send(text.expect("JSON is UTF-8"));
    }

    /// Adds a stream of updates, which the connection reads from now on.
    pub(crate) fn add_updates(&mut self, updates: BoxStream<'static, U>) {
        self.updates.push(updates);
    }

    /// Counts a request of this client.
    ///
    /// # Errors
    /// `too_many_requests`: the request must be rejected.
    pub(crate) fn count_request(&self) -> Result<(), ErrorBody> {
        self.app.limits.count_request(self.socket.permit.client())
    }

    /// Serves the connection with these credentials from now on, and counts it for their subject.
    ///
    /// # Errors
    /// `too_many_connections_per_user`: the credentials in use are unchanged.
    pub(crate) fn authenticate(&mut self, principal: &Principal) -> Result<(), ErrorBody> {
        let subject = principal.subject.clone();
        self.socket.permit.set_user(subject)?;
        self.socket.limit_reading(None);
        self.expiry = Expiry::of(principal);
        Ok(())
    }

    /// Drops all subscriptions and closes the socket.
    pub(super) async fn close(self, reason: CloseReason) {
        drop(self.updates);
        self.socket.close(reason).await;
    }
}

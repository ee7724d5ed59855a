//! How much load this node accepts, in all and from any one client.
//!
//! Whatever lasts (a WebSocket, an event stream, a long-poll) holds a [`ConnectionPermit`] for as
//! long as it does. Each HTTP request and each WebSocket message counts against a request rate. This
//! module does not authenticate clients and knows nothing of permissions.

pub(crate) mod client_address;
pub(crate) mod client_key;
pub(crate) mod connection_count;
pub(crate) mod request_head;
mod request_rate;

use std::sync::Arc;

use fast_temporal_protocol::ErrorBody;

use self::{
    client_key::ClientKey,
    connection_count::{ConnectionCounter, ConnectionPermit},
    request_rate::RateLimiter,
};
use crate::config::{ConnectionLimits, RequestLimits};

/// The limits that all clients of this node share.
pub(crate) struct Limits {
    connections: Arc<ConnectionCounter>,
    requests: RateLimiter,
}

impl Limits {
    pub(crate) fn new(connections: &ConnectionLimits, requests: &RequestLimits) -> Self {
        Self {
            connections: Arc::new(ConnectionCounter::new(connections)),
            requests: RateLimiter::new(requests),
        }
    }

    /// Counts a connection of that client until the permit is dropped.
    ///
    /// # Errors
    /// `too_many_connections`, `too_many_connections_per_user` or
    /// `too_many_connections_per_address`.
    pub(crate) fn admit(&self, client: &ClientKey) -> Result<ConnectionPermit, ErrorBody> {
        ConnectionCounter::admit(&self.connections, client)
    }

    /// Counts a request of that client.
    ///
    /// # Errors
    /// `too_many_requests`: the caller must reject the request.
    pub(crate) fn count_request(&self, client: &ClientKey) -> Result<(), ErrorBody> {
        self.requests.count(client)
    }
}

//! How much this node takes on, and how much any one client may ask of it.
//!
//! What lasts (a WebSocket, an event stream, a long-poll) holds a [`Permit`] for as long as it does.
//! Each request, and each message on a WebSocket, is asked for by [`Limits::allow`]. Who a client is,
//! and what it may do, is not known here.

mod address;
mod client;
mod connection;
mod head;
mod network;
mod request;

use std::sync::Arc;

use fast_temporal_protocol::ErrorBody;

pub use self::network::{Network, NetworkError};
pub(crate) use self::{
    address::{Address, Peer},
    client::Client,
    connection::Permit,
    head::check_head,
};
use self::{connection::Connections, request::Requests};
use crate::config::{ConnectionLimits, RequestLimits};

/// What counts, for all clients of this node.
pub(crate) struct Limits {
    connections: Arc<Connections>,
    requests: Requests,
}

impl Limits {
    pub(crate) fn new(connections: &ConnectionLimits, requests: &RequestLimits) -> Self {
        Self {
            connections: Arc::new(Connections::new(connections)),
            requests: Requests::new(requests),
        }
    }

    /// Takes on something of that client's that lasts. It counts until the permit is dropped.
    ///
    /// # Errors
    /// One of the limits on connections: `too_many_connections`, `…_of_user`, `…_of_address`.
    pub(crate) fn admit(&self, client: &Client) -> Result<Permit, ErrorBody> {
        Connections::admit(&self.connections, client)
    }

    /// Counts a request of that client's.
    ///
    /// # Errors
    /// `too_many_requests`: it must not be carried out.
    pub(crate) fn allow(&self, client: &Client) -> Result<(), ErrorBody> {
        self.requests.allow(client)
    }
}

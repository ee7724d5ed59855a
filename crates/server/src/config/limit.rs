//! How much a node takes on, and how much any one client may ask of it. All limits are per node.

use std::time::Duration;

use crate::limit::Network;

/// How many connections a node takes. What lasts is counted: WebSockets, event streams, and
/// long-polls while they wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// From everyone together; 0 for no limit. 20,000 by default.
    pub max_connections: usize,
    /// Of one user; 0 for no limit. 1,000 by default.
    pub max_connections_of_user: usize,
    /// From one address, of which an IPv6 network of 64 bits is one; 0 for no limit, which is the
    /// default: behind a proxy that is not trusted, all come from one.
    pub max_connections_of_address: usize,
    /// How many sockets may be open besides those connections, for requests that don't last; with
    /// no limit on connections, sockets have none. Either way, the process's limit of open files
    /// bounds them. 5,000 by default.
    pub max_other_sockets: usize,
    /// The proxies whose `X-Forwarded-For` and `Forwarded` are believed. None by default.
    pub trusted_proxies: Vec<Network>,
    /// How many bytes the kernel may hold for a client that have not left yet. What a client that
    /// takes nothing costs, and what it is behind by. 128 KiB by default.
    pub max_unsent_bytes: u32,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            max_connections_of_user: 1_000,
            max_connections_of_address: 0,
            max_other_sockets: 5_000,
            trusted_proxies: Vec::new(),
            max_unsent_bytes: 128 * 1024,
        }
    }
}

/// How much a client may ask. A client is a user, or, where nobody says who they are, an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Requests in a second, over HTTP and WebSockets together; 0 for no limit. 100 by default.
    pub per_second: u32,
    /// How many of them may come at once, after a while of fewer; at least one. 200 by default.
    pub burst: u32,
    /// Of how many clients a node keeps count at once. The others share one allowance. 100,000 by
    /// default, which takes 5 MB at most.
    pub max_clients: usize,
    /// The longest body of a request, in bytes. 1 MiB by default.
    pub max_body_bytes: usize,
    /// How long a body may take to arrive. 30 s by default.
    pub body_timeout: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            per_second: 100,
            burst: 200,
            max_clients: 100_000,
            max_body_bytes: 1024 * 1024,
            body_timeout: Duration::from_secs(30),
        }
    }
}

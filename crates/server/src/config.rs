//! Configuration: one struct per concern, each field with its setting. This module doesn't know where values come from.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Catalog,
    settings::{seconds, whole},
};
use fast_temporal_protocol::seed::SeedWorkflow;
use ipnet::IpNet;

use crate::{auth::auth_config::AuthConfig, origin::AllowedOrigins};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

fast_temporal_core::settings! {
    /// The configuration of an [`App`](crate::App).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AppConfig {
        /// The origins of the pages that can connect.
        pub origins: AllowedOrigins = AllowedOrigins::Any,
        /// Limits on connections.
        pub connections: ConnectionLimits = ConnectionLimits::default() => [nested],
        /// Limits on requests.
        pub requests: RequestLimits = RequestLimits::default() => [nested],
        /// Limits of WebSocket connections, over all dialects.
        pub websocket: WebSocketLimits = WebSocketLimits::default() => [nested],
        /// The `v1` protocol at `/v1/ws`.
        pub v1: V1Config = V1Config::default() => [nested],
        /// Events over SSE and JSON.
        pub events: EventsConfig = EventsConfig::default() => [nested],
        /// The `seed` dialect at `/ws/{user_id}`.
        pub seed: SeedConfig = SeedConfig::default() => [nested],
        /// Timeouts of operations.
        pub timeouts: OperationTimeouts = OperationTimeouts::default() => [nested],
        /// How clients authenticate.
        pub auth: AuthConfig = AuthConfig::default(),
        /// The workflows that clients can start by name.
        pub catalog: Arc<Catalog> = Arc::default(),
        /// How long connections have to close when the gateway stops.
        pub drain_timeout: Duration = Duration::from_secs(10)
            => ["connections.drain_timeout_seconds", "FAST_TEMPORAL_DRAIN_TIMEOUT_SECONDS", seconds(0.0..=3600.0)],
        /// The page at `/`.
        pub index_page: Option<&'static str> = None,
    }

    /// Limits on connections, per node. WebSockets, event streams and waiting long-polls count.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ConnectionLimits {
        /// Maximum number of connections; 0 for no limit. WebSockets, event streams and waiting long-polls count.
        pub max_connections: usize = 20_000
            => ["connections.max_per_node", "FAST_TEMPORAL_CONNECTIONS_PER_NODE", whole(0..=10_000_000)],

        /// Maximum number of connections of one user; 0 for no limit.
        pub max_connections_per_user: usize = 1_000
            => ["connections.max_per_user", "FAST_TEMPORAL_CONNECTIONS_PER_USER", whole(0..=10_000_000)],

        /// Maximum number of connections from one IPv4 address or IPv6 /64 network; 0 for no limit. Behind a proxy,
        /// set `listen.trusted_proxies` first: otherwise all clients share the proxy's address.
        pub max_connections_per_address: usize = 0
            => ["connections.max_per_address", "FAST_TEMPORAL_CONNECTIONS_PER_ADDRESS", whole(0..=10_000_000)],

        /// Maximum number of sockets for short requests, in addition to the connections above. The limit on the
        /// process's open files also applies.
        pub max_short_lived_sockets: usize = 5_000
            => ["connections.max_short_lived_sockets", "FAST_TEMPORAL_SHORT_LIVED_SOCKETS", whole(0..=10_000_000)],

        /// Proxies whose `X-Forwarded-For` and `Forwarded` headers are trusted.
        pub trusted_proxies: Vec<IpNet> = Vec::new(),

        /// How long a client can accept no data before the gateway closes its connection.
        pub write_timeout: Duration = Duration::from_mins(1)
            => ["connections.write_timeout_seconds", "FAST_TEMPORAL_WRITE_TIMEOUT_SECONDS", seconds(0.1..=86400.0)],

        /// Maximum number of unsent bytes that the kernel buffers per connection. It bounds the memory that a stalled
        /// client costs, and how far it can lag before the gateway notices.
        pub max_unsent_bytes: u32 = 128 * 1024
            => ["connections.max_unsent_bytes", "FAST_TEMPORAL_MAX_UNSENT_BYTES", whole(4 * 1024..=64 * 1024 * 1024)],
    }

    /// Limits on requests, per client and node. A client is a user, or an address if clients don't authenticate.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RequestLimits {
        /// Maximum number of requests per second and client, over HTTP and WebSocket together; 0 for no limit. A client
        /// is a user, or an address if clients don't authenticate.
        pub per_second: u32 = 100
            => ["requests.per_second", "FAST_TEMPORAL_REQUESTS_PER_SECOND", whole(0..=1_000_000)],

        /// Maximum number of requests that a client can make at once after a pause.
        pub burst: u32 = 200
            => ["requests.burst", "FAST_TEMPORAL_REQUEST_BURST", whole(1..=1_000_000)],

        /// Maximum number of clients that the rate limiter tracks; all others share one allowance. 100,000 clients take
        /// at most 5 MB.
        pub max_clients: usize = 100_000
            => ["requests.rate_limited_clients", "FAST_TEMPORAL_RATE_LIMITED_CLIENTS", whole(1..=10_000_000)],

        /// Maximum size in bytes of a WebSocket message or a request body.
        pub max_message_bytes: usize = MIB
            => ["requests.max_message_bytes", "FAST_TEMPORAL_MAX_MESSAGE_BYTES", whole(KIB..=64 * MIB)],

        /// Maximum time for a request body to arrive.
        pub body_timeout: Duration = Duration::from_secs(30)
            => ["requests.body_timeout_seconds", "FAST_TEMPORAL_BODY_TIMEOUT_SECONDS", seconds(0.1..=86400.0)],
    }

    /// Limits of WebSocket connections, over all dialects.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WebSocketLimits {
        /// Interval between pings to a client, varied by up to 10 %.
        pub ping_interval: Duration = Duration::from_secs(20)
            => ["websocket.ping_interval_seconds", "FAST_TEMPORAL_PING_INTERVAL_SECONDS", seconds(0.1..=27.0)],

        /// How long a client can send nothing, not even a pong, before the gateway closes its connection. Must be longer
        /// than the ping interval.
        pub idle_timeout: Duration = Duration::from_mins(1)
            => ["websocket.idle_timeout_seconds", "FAST_TEMPORAL_IDLE_TIMEOUT_SECONDS", seconds(0.1..=86400.0)],
    }

    /// Limits of `v1` WebSocket connections.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct V1Config {
        /// How long a connection opened without credentials has to authenticate.
        pub auth_timeout: Duration = Duration::from_secs(10)
            => ["websocket.auth_timeout_seconds", "FAST_TEMPORAL_AUTH_TIMEOUT_SECONDS", seconds(0.1..=300.0)],

        /// Maximum number of unanswered requests of a connection. The gateway reads no further message until one is
        /// answered.
        pub max_requests_in_flight: usize = 64
            => ["websocket.max_requests_in_flight", "FAST_TEMPORAL_REQUESTS_IN_FLIGHT", whole(1..=10_000)],

        /// Maximum number of workflows that a connection can subscribe to.
        pub max_subscriptions: usize = 1000
            => ["websocket.max_subscriptions", "FAST_TEMPORAL_MAX_SUBSCRIPTIONS", whole(1..=100_000)],
    }

    /// Events over SSE and JSON.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EventsConfig {
        /// Interval between heartbeats on an event stream without events. Many proxies close streams that are silent for
        /// a minute.
        pub heartbeat: Duration = Duration::from_secs(15)
            => ["events.heartbeat_interval_seconds", "FAST_TEMPORAL_HEARTBEAT_INTERVAL_SECONDS", seconds(0.1..=29.0)],

        /// Maximum `wait` of a long-poll.
        pub long_poll_max: Duration = Duration::from_secs(30)
            => ["events.long_poll_max_seconds", "FAST_TEMPORAL_LONG_POLL_MAX_SECONDS", seconds(1.0..=3600.0)],

        /// Maximum number of events in a JSON response.
        pub response_events: usize = 1000,

        /// Size in bytes of the events in a JSON response after which the response ends.
        pub response_bytes: usize = MIB,
    }

    /// The `seed` dialect: the protocol of the Python package `fast-temporal`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SeedConfig {
        /// The workflow that a message starts if the message names none.
        pub default_workflow: Option<SeedWorkflow> = None,

        /// Maximum number of running workflows that a connection has started.
        pub max_workflows_in_flight: usize = 500
            => ["seed.max_workflows_in_flight", "FAST_TEMPORAL_SEED_WORKFLOWS_IN_FLIGHT", whole(1..=100_000)],

        /// Maximum number of unfinished starts of a connection. The gateway reads no further message until one has
        /// finished.
        pub max_starts_in_flight: usize = 32
            => ["seed.max_starts_in_flight", "FAST_TEMPORAL_SEED_STARTS_IN_FLIGHT", whole(1..=10_000)],

        /// How long a workflow can wait for a worker before its clients receive a message about it.
        pub waiting_after: Duration = Duration::from_secs(10)
            => ["seed.waiting_after_seconds", "FAST_TEMPORAL_WAITING_AFTER_SECONDS", seconds(0.1..=86400.0)],

        /// Interval between searches in Temporal's visibility for workflows of connected users that another node started.
        pub discovery_interval: Duration = Duration::from_secs(5)
            => ["seed.discovery_interval_seconds", "FAST_TEMPORAL_DISCOVERY_INTERVAL_SECONDS", seconds(0.5..=3600.0)],

        /// Timeout of the query for the last activity's result of a workflow that returned nothing.
        pub fallback_timeout: Duration = Duration::from_secs(5),
    }

    /// Timeouts of operations, over all transports. A request beyond its timeout fails with the error `timeout`.
    /// A request for a `result` states its own.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OperationTimeouts {
        /// Timeout of `start`, with the update that it can include.
        pub start: Duration = Duration::from_secs(10)
            => ["timeouts.start_seconds", "FAST_TEMPORAL_START_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout for finding the workflow of a subscription. The subscription itself has no timeout.
        pub subscribe: Duration = Duration::from_secs(10)
            => ["timeouts.subscribe_seconds", "FAST_TEMPORAL_SUBSCRIBE_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `signal`.
        pub signal: Duration = Duration::from_secs(5)
            => ["timeouts.signal_seconds", "FAST_TEMPORAL_SIGNAL_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `query`.
        pub query: Duration = Duration::from_secs(10)
            => ["timeouts.query_seconds", "FAST_TEMPORAL_QUERY_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `update`, including the wait for its outcome.
        pub update: Duration = Duration::from_secs(30)
            => ["timeouts.update_seconds", "FAST_TEMPORAL_UPDATE_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `cancel`.
        pub cancel: Duration = Duration::from_secs(5)
            => ["timeouts.cancel_seconds", "FAST_TEMPORAL_CANCEL_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `terminate`.
        pub terminate: Duration = Duration::from_secs(5)
            => ["timeouts.terminate_seconds", "FAST_TEMPORAL_TERMINATE_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `describe`.
        pub describe: Duration = Duration::from_secs(5)
            => ["timeouts.describe_seconds", "FAST_TEMPORAL_DESCRIBE_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
        /// Timeout of `list`.
        pub list: Duration = Duration::from_secs(10)
            => ["timeouts.list_seconds", "FAST_TEMPORAL_LIST_TIMEOUT_SECONDS", seconds(0.1..=3600.0)],
    }
}

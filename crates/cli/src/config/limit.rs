//! Limits on connections, on clients and on the process as a whole. All are per node.

use std::time::Duration;

use super::{
    reader::{Reader, kind},
    setting::settings,
};

settings! {
    LIMIT in "limits": "How much a node takes on, and how much a client may ask of it. All limits \
        are per node.";

    /// How many connections there may be: WebSockets, event streams, and long-polls while they
    /// wait; 0 for no limit.
    CONNECTIONS = "FAST_TEMPORAL_CONNECTIONS_PER_NODE", key "limits.connections_per_node",
        default "20000";

    /// How many of them one user may have; 0 for no limit.
    PER_USER = "FAST_TEMPORAL_CONNECTIONS_PER_USER", key "limits.connections_per_user",
        default "1000";

    /// How many of them may come from one address (of IPv6, from one network of 64 bits); 0 for no
    /// limit. Behind a proxy, set `listen.trusted_proxies` first: else all come from one.
    PER_ADDRESS = "FAST_TEMPORAL_CONNECTIONS_PER_ADDRESS", key "limits.connections_per_address",
        default "0";

    /// How many sockets may be open besides those, for requests that don't last.
    OTHER_SOCKETS = "FAST_TEMPORAL_OTHER_SOCKETS", key "limits.other_sockets", default "5000";

    /// How many workflows' events one WebSocket connection may read.
    SUBSCRIPTIONS = "FAST_TEMPORAL_SUBSCRIPTIONS_PER_CONNECTION",
        key "limits.subscriptions_per_connection", default "1000";

    /// How many requests of one WebSocket connection may be under way before its next message is
    /// read.
    IN_FLIGHT = "FAST_TEMPORAL_REQUESTS_PER_CONNECTION", key "limits.requests_per_connection",
        default "64";

    /// How many workflows that one connection of the Python package's protocol started may be
    /// running at once.
    WORKFLOWS = "FAST_TEMPORAL_WORKFLOWS_PER_CONNECTION", key "limits.workflows_per_connection",
        default "500";

    /// How many starts of one such connection may be under way before its next message is read.
    STARTS = "FAST_TEMPORAL_STARTS_PER_CONNECTION", key "limits.starts_per_connection",
        default "32";

    /// How many requests a client may make in a second, over HTTP and WebSockets together; 0 for
    /// no limit. A client is a user, or, where nobody says who they are, an address.
    PER_SECOND = "FAST_TEMPORAL_REQUESTS_PER_SECOND", key "limits.requests_per_second",
        default "100";

    /// How many of these requests may come at once, after a while of fewer.
    BURST = "FAST_TEMPORAL_REQUEST_BURST", key "limits.request_burst", default "200";

    /// Of how many clients' requests count is kept. The others share one allowance.
    COUNTED_CLIENTS = "FAST_TEMPORAL_COUNTED_CLIENTS", key "limits.counted_clients",
        default "100000";

    /// The largest message that a client may send, over a WebSocket or as the body of a request.
    MESSAGE = "FAST_TEMPORAL_MESSAGE_LIMIT_BYTES", key "limits.message_bytes",
        default "1048576";

    /// How long the body of a request may take to arrive.
    BODY = "FAST_TEMPORAL_BODY_LIMIT_SECONDS", key "limits.body_seconds", default "30";

    /// How long a long-poll may ask to wait.
    WAIT = "FAST_TEMPORAL_WAIT_LIMIT_SECONDS", key "limits.wait_seconds", default "30";

    /// How often a WebSocket client is pinged, give or take a tenth.
    PING_INTERVAL = "FAST_TEMPORAL_PING_INTERVAL_SECONDS", key "limits.ping_interval_seconds",
        default "20";

    /// A WebSocket client from which nothing came for so long, not even a pong, is closed. More
    /// than the ping interval.
    IDLE = "FAST_TEMPORAL_IDLE_LIMIT_SECONDS", key "limits.idle_seconds", default "60";

    /// A client that takes nothing of what it is sent for so long is closed.
    WRITE = "FAST_TEMPORAL_WRITE_LIMIT_SECONDS", key "limits.write_seconds", default "60";

    /// How many bytes the system may hold for a client that have not left yet. By so much a client
    /// that takes nothing is behind before that is noticed.
    UNSENT = "FAST_TEMPORAL_UNSENT_LIMIT_BYTES", key "limits.unsent_bytes", default "131072";

    /// How often an event stream on which nothing happens says that it lives. At most 30, as
    /// proxies close streams that are silent for a minute.
    HEARTBEAT_INTERVAL = "FAST_TEMPORAL_HEARTBEAT_INTERVAL_SECONDS",
        key "limits.heartbeat_interval_seconds", default "15";

    /// How long clients get to leave when the gateway stops.
    DRAIN = "FAST_TEMPORAL_DRAIN_LIMIT_SECONDS", key "limits.drain_seconds", default "10";
}

/// Limits on connections, on clients and on the process as a whole.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// `CONNECTIONS`.
    pub connections_per_node: usize,
    /// `PER_USER`.
    pub connections_per_user: usize,
    /// `PER_ADDRESS`.
    pub connections_per_address: usize,
    /// `OTHER_SOCKETS`.
    pub other_sockets: usize,
    /// `SUBSCRIPTIONS`.
    pub subscriptions_per_connection: usize,
    /// `IN_FLIGHT`.
    pub requests_per_connection: usize,
    /// `WORKFLOWS`.
    pub workflows_per_connection: usize,
    /// `STARTS`.
    pub starts_per_connection: usize,
    /// `PER_SECOND`.
    pub requests_per_second: u32,
    /// `BURST`.
    pub request_burst: u32,
    /// `COUNTED_CLIENTS`.
    pub counted_clients: usize,
    /// `MESSAGE`, in bytes.
    pub message_bytes: usize,
    /// `BODY`.
    pub body: Duration,
    /// `WAIT`.
    pub wait: Duration,
    /// `PING_INTERVAL`.
    pub ping_interval: Duration,
    /// `IDLE`.
    pub idle: Duration,
    /// `WRITE`.
    pub write: Duration,
    /// `UNSENT`, in bytes.
    pub unsent_bytes: u32,
    /// `HEARTBEAT_INTERVAL`.
    pub heartbeat_interval: Duration,
    /// `DRAIN`.
    pub drain: Duration,
}

impl LimitSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let seconds = kind::seconds(0.1..=86400.0);
        let count = kind::whole(0..=10_000_000);
        let message_bytes = kind::whole(1024..=64 * 1024 * 1024);
        let unsent_bytes = kind::whole(4 * 1024..=64 * 1024 * 1024);
        let limits = Self {
            connections_per_node: reader.or(&CONNECTIONS, &count),
            connections_per_user: reader.or(&PER_USER, &count),
            connections_per_address: reader.or(&PER_ADDRESS, &count),
            other_sockets: reader.or(&OTHER_SOCKETS, &count),
            subscriptions_per_connection: reader.or(&SUBSCRIPTIONS, &kind::whole(1..=100_000)),
            requests_per_connection: reader.or(&IN_FLIGHT, &kind::whole(1..=10_000)),
            workflows_per_connection: reader.or(&WORKFLOWS, &kind::whole(1..=100_000)),
            starts_per_connection: reader.or(&STARTS, &kind::whole(1..=10_000)),
            requests_per_second: reader.or(&PER_SECOND, &kind::whole(0..=1_000_000)),
            request_burst: reader.or(&BURST, &kind::whole(1..=1_000_000)),
            counted_clients: reader.or(&COUNTED_CLIENTS, &kind::whole(1..=10_000_000)),
            message_bytes: reader.or(&MESSAGE, &message_bytes),
            body: reader.or(&BODY, &seconds),
            wait: reader.or(&WAIT, &kind::seconds(1.0..=3600.0)),
            ping_interval: reader.or(&PING_INTERVAL, &kind::seconds(0.1..=27.0)),
            idle: reader.or(&IDLE, &seconds),
            write: reader.or(&WRITE, &seconds),
            unsent_bytes: reader.or(&UNSENT, &unsent_bytes),
            heartbeat_interval: reader.or(&HEARTBEAT_INTERVAL, &kind::seconds(0.1..=29.0)),
            drain: reader.or(&DRAIN, &kind::seconds(0.0..=3600.0)),
        };
        if limits.idle <= limits.ping_interval {
            let ping = PING_INTERVAL.name_at(&reader.origin(&IDLE));
            reader.refuse(&IDLE, format!("more seconds than {ping}"));
        }
        limits
    }
}

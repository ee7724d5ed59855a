//! Limits on connections and on the process as a whole. All are per node.

use std::time::Duration;

use super::reader::{Reader, kind};

/// Limits on connections and on the process as a whole.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// How often a WebSocket client is pinged, give or take a tenth.
    /// `FAST_TEMPORAL_PING_INTERVAL_SECONDS`; default 20.
    pub ping_interval: Duration,
    /// A WebSocket client from which nothing came for so long, not even a pong, is closed.
    /// `FAST_TEMPORAL_IDLE_LIMIT_SECONDS`; default 60; more than the ping interval.
    pub idle: Duration,
    /// A client that takes nothing of what it is sent for so long is closed.
    /// `FAST_TEMPORAL_WRITE_LIMIT_SECONDS`; default 60.
    pub write: Duration,
    /// How often an event stream on which nothing happens says that it lives.
    /// `FAST_TEMPORAL_HEARTBEAT_INTERVAL_SECONDS`; default 15; at most 30, as proxies close
    /// streams that are silent for a minute.
    pub heartbeat_interval: Duration,
    /// The largest message that a client may send, in bytes.
    /// `FAST_TEMPORAL_MESSAGE_LIMIT_BYTES`; default 1048576.
    pub message_bytes: usize,
    /// How many workflows that a connection started may be running.
    /// `FAST_TEMPORAL_WORKFLOWS_PER_CONNECTION`; default 500.
    pub workflows_per_connection: usize,
    /// How many starts of a connection may be under way before its next message is read.
    /// `FAST_TEMPORAL_STARTS_PER_CONNECTION`; default 32.
    pub starts_per_connection: usize,
    /// How long connections may take to end once the gateway stops.
    /// `FAST_TEMPORAL_DRAIN_LIMIT_SECONDS`; default 10.
    pub drain: Duration,
}

impl LimitSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let seconds = || kind::seconds(0.1..=86400.0);
        let limits = Self {
            ping_interval: reader.or("FAST_TEMPORAL_PING_INTERVAL_SECONDS", "20", &seconds()),
            idle: reader.or(IDLE, "60", &seconds()),
            write: reader.or("FAST_TEMPORAL_WRITE_LIMIT_SECONDS", "60", &seconds()),
            heartbeat_interval: reader.or(
                "FAST_TEMPORAL_HEARTBEAT_INTERVAL_SECONDS",
                "15",
                &kind::seconds(0.1..=30.0),
            ),
            message_bytes: reader.or(
                "FAST_TEMPORAL_MESSAGE_LIMIT_BYTES",
                "1048576",
                &kind::whole(1024..=64 * 1024 * 1024),
            ),
            workflows_per_connection: reader.or(
                "FAST_TEMPORAL_WORKFLOWS_PER_CONNECTION",
                "500",
                &kind::whole(1..=100_000),
            ),
            starts_per_connection: reader.or(
                "FAST_TEMPORAL_STARTS_PER_CONNECTION",
                "32",
                &kind::whole(1..=10_000),
            ),
            drain: reader.or(
                "FAST_TEMPORAL_DRAIN_LIMIT_SECONDS",
                "10",
                &kind::seconds(0.0..=3600.0),
            ),
        };
        if limits.idle <= limits.ping_interval {
            reader.refuse(
                IDLE,
                "more seconds than FAST_TEMPORAL_PING_INTERVAL_SECONDS",
            );
        }
        limits
    }
}

const IDLE: &str = "FAST_TEMPORAL_IDLE_LIMIT_SECONDS";

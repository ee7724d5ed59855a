//! What can be set: one small struct per concern. Where a value comes from is the caller's affair.

mod limit;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::Catalog;
use fast_temporal_protocol::seed::SeedWorkflow;

pub use self::limit::{ConnectionLimits, RequestLimits};
pub use crate::{auth::AuthConfig, origin::AllowedOrigins};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppConfig {
    /// Which pages may connect, by their origin. Any by default.
    pub origins: AllowedOrigins,
    /// How many connections this node takes.
    pub connections: ConnectionLimits,
    /// How much a client may ask.
    pub requests: RequestLimits,
    /// What a WebSocket connection may do, and how long it may be silent.
    pub websocket: WebSocketLimits,
    /// The seed's protocol at `/ws/{user_id}`.
    pub seed: SeedConfig,
    /// The `v1` protocol at `/v1/ws`.
    pub v1: V1Config,
    /// Events over SSE and JSON.
    pub events: EventsConfig,
    /// How long each verb may take.
    pub verbs: VerbTimeouts,
    /// Who may do what. Anyone everything by default.
    pub auth: AuthConfig,
    /// The workflows that may be started by name. None by default.
    pub catalog: Arc<Catalog>,
    /// How long connections may take to end once the gateway stops. 10 s by default.
    pub drain_timeout: Duration,
    /// The page at `/`. None by default.
    pub index_page: Option<&'static str>,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            origins: AllowedOrigins::Any,
            connections: ConnectionLimits::default(),
            requests: RequestLimits::default(),
            websocket: WebSocketLimits::default(),
            seed: SeedConfig::default(),
            v1: V1Config::default(),
            events: EventsConfig::default(),
            verbs: VerbTimeouts::default(),
            auth: AuthConfig::default(),
            catalog: Arc::default(),
            drain_timeout: Duration::from_secs(10),
            index_page: None,
        }
    }
}

/// What a WebSocket connection may do, and how long it may be silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketLimits {
    /// The longest message that is taken, in bytes. 1 MiB by default.
    pub max_message_bytes: usize,
    /// How often a client is pinged, give or take a tenth. 20 s by default.
    pub ping_interval: Duration,
    /// How long nothing may come from a client, not even a pong. 60 s by default.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of what it is sent; it holds for event streams too.
    /// 60 s by default.
    pub write_timeout: Duration,
    /// How many workflows that a connection started may be running. 500 by default.
    pub max_workflows_in_flight: usize,
    /// How many starts of a connection may be under way before its next message is read. 32 by
    /// default.
    pub max_starts_in_flight: usize,
}

impl Default for WebSocketLimits {
    fn default() -> Self {
        Self {
            max_message_bytes: 1024 * 1024,
            ping_interval: Duration::from_secs(20),
            idle_timeout: Duration::from_mins(1),
            write_timeout: Duration::from_mins(1),
            max_workflows_in_flight: 500,
            max_starts_in_flight: 32,
        }
    }
}

/// The seed's protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedConfig {
    /// The workflow that a message starts which names none. None by default.
    pub default_workflow: Option<SeedWorkflow>,
    /// How long a workflow may wait for a worker before clients are told. 10 s by default.
    pub waiting_after: Duration,
    /// How often visibility is asked for workflows of connected users that were started elsewhere.
    /// 5 s by default.
    pub discovery_interval: Duration,
    /// How long a workflow that returned nothing is asked for its last activity's result. 5 s by
    /// default.
    pub fallback_timeout: Duration,
    /// How long the start of a workflow may take. 10 s by default.
    pub start_timeout: Duration,
}

impl Default for SeedConfig {
    fn default() -> Self {
        Self {
            default_workflow: None,
            waiting_after: Duration::from_secs(10),
            discovery_interval: Duration::from_secs(5),
            fallback_timeout: Duration::from_secs(5),
            start_timeout: Duration::from_secs(10),
        }
    }
}

/// The `v1` protocol over WebSockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V1Config {
    /// How long a connection that came without credentials may take to bring them. 10 s by default.
    pub auth_timeout: Duration,
    /// How many requests of a connection may be under way before its next message is read. 64 by
    /// default.
    pub max_requests_in_flight: usize,
    /// How many workflows' events a connection may read. 1,000 by default.
    pub max_subscriptions: usize,
}

impl Default for V1Config {
    fn default() -> Self {
        Self {
            auth_timeout: Duration::from_secs(10),
            max_requests_in_flight: 64,
            max_subscriptions: 1000,
        }
    }
}

/// Events over SSE and JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsConfig {
    /// How often an event stream says that it lives. 15 s by default.
    pub heartbeat: Duration,
    /// The longest `wait` of a long-poll. 30 s by default.
    pub long_poll_max: Duration,
    /// How many events one JSON answer holds at most. 1,000 by default.
    pub answer_events: usize,
    /// After how many bytes of events a JSON answer ends. 1 MiB by default.
    pub answer_bytes: usize,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(15),
            long_poll_max: Duration::from_secs(30),
            answer_events: 1000,
            answer_bytes: 1024 * 1024,
        }
    }
}

/// How long each verb may take, over whatever transport. What takes longer is an error `timeout`.
/// How long `result` waits, its request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerbTimeouts {
    /// Starting a workflow, with the update that may go with it. 10 s by default.
    pub start: Duration,
    /// Finding a workflow whose events are to be read; reading them has no end. 10 s by default.
    pub subscribe: Duration,
    /// Sending a signal. 5 s by default.
    pub signal: Duration,
    /// Asking a query. 10 s by default.
    pub query: Duration,
    /// Sending an update, and waiting for what it comes to. 30 s by default.
    pub update: Duration,
    /// Asking a workflow to cancel itself. 5 s by default.
    pub cancel: Duration,
    /// Ending a workflow. 5 s by default.
    pub terminate: Duration,
    /// Describing a workflow. 5 s by default.
    pub describe: Duration,
    /// Listing workflows. 10 s by default.
    pub list: Duration,
}

impl Default for VerbTimeouts {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(10),
            subscribe: Duration::from_secs(10),
            signal: Duration::from_secs(5),
            query: Duration::from_secs(10),
            update: Duration::from_secs(30),
            cancel: Duration::from_secs(5),
            terminate: Duration::from_secs(5),
            describe: Duration::from_secs(5),
            list: Duration::from_secs(10),
        }
    }
}

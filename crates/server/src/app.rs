//! What all connections share.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use fast_temporal_core::Registry;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{AppConfig, health::Readiness, seed::Hub};

/// What all connections share. A cheap handle.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What an [`App`] holds. Its fields are this crate's own affair.
pub struct Shared {
    pub(crate) config: AppConfig,
    pub(crate) registry: Registry,
    pub(crate) hub: Hub,
    pub(crate) readiness: Readiness,
    /// Cancelled when the gateway stops: connections end then.
    pub(crate) draining: CancellationToken,
    /// Sessions, starts under way, discovery.
    pub(crate) tasks: TaskTracker,
    connections: AtomicU64,
    requests: AtomicU64,
}

impl App {
    /// An app that has no connections yet. Stopping the registry is left to the caller.
    pub fn new(config: AppConfig, registry: Registry) -> Self {
        Self(Arc::new(Shared {
            config,
            registry,
            hub: Hub::default(),
            readiness: Readiness::default(),
            draining: CancellationToken::new(),
            tasks: TaskTracker::new(),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }))
    }

    /// Asks all sessions and streams to end: WebSockets are closed, streams end, long-polls are
    /// answered. Nothing new is begun.
    pub fn start_shutdown(&self) {
        self.draining.cancel();
        self.tasks.close();
    }

    /// A number that no other connection of this process has, for logs.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The same for requests.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

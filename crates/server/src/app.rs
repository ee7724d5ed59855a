//! State that all connections share.

use std::{
    future::poll_fn,
    ops::Deref,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
};

use fast_temporal_core::Registry;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AppConfig, auth::Authenticator, limit::Limits, readiness::Readiness,
    seed::user_registry::UserRegistry,
};

/// State that all connections share. A cheap handle.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The content of an [`App`], for this crate only.
pub struct Shared {
    pub(crate) config: AppConfig,
    pub(crate) registry: Registry,
    pub(crate) auth: Authenticator,
    pub(crate) limits: Limits,
    pub(crate) users: UserRegistry,
    pub(crate) readiness: Readiness,
    /// Cancelled when the gateway shuts down: connections close then.
    pub(crate) draining: CancellationToken,
    /// Connections, requests in flight, discovery.
    pub(crate) tasks: TaskTracker,
    /// Set before `draining` is cancelled; can be read without a lock.
    stopping: AtomicBool,
    connections: AtomicU64,
    requests: AtomicU64,
}

impl App {
    /// An app without connections. The caller stops the registry.
    pub fn new(config: AppConfig, registry: Registry) -> Self {
        let (draining, tasks) = (CancellationToken::new(), TaskTracker::new());
        Self(Arc::new(Shared {
            auth: Authenticator::new(&config.auth, &tasks, &draining),
            limits: Limits::new(&config.connections, &config.requests),
            config,
            registry,
            users: UserRegistry::default(),
            readiness: Readiness::default(),
            draining,
            tasks,
            stopping: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }))
    }

    /// Starts the shutdown: WebSockets are closed, streams end, long-polls are answered, and nothing new
    /// is accepted.
    pub fn start_shutdown(&self) {
        self.stopping.store(true, Ordering::Release);
        self.draining.cancel();
        self.tasks.close();
    }

    /// Waits until the gateway shuts down. Only for tasks, whose waker never changes: the first poll
    /// registers it and later ones do not, as that takes a lock which all connections share.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let app = self.clone();
        async move {
            let mut cancelled = pin!(app.draining.cancelled());
            let mut registered = false;
            poll_fn(|cx| {
                if registered && !app.stopping.load(Ordering::Acquire) {
                    return Poll::Pending;
                }
                registered = true;
                cancelled.as_mut().poll(cx)
            })
            .await;
        }
    }

    /// A number for a new connection, unique in this process, for logs.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A number for a new request, unique in this process, for logs.
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

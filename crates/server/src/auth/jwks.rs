//! Fetched public keys: a cache that is refreshed, and that stays usable while the key server is down.
//!
//! Keys are fetched when they are first needed, refreshed in the background when they reach a certain
//! age, and fetched at once if a token names an unknown key. At most one fetch is in flight, and a
//! failed one backs off.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{Backoff, jittered};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use super::{auth_config::JwksConfig, jwks_fetch::fetch, jwt_key::JwtKey};

/// Minimum time between two fetches, however many tokens name unknown keys.
const MIN_INTERVAL: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_mins(1);
/// The age, in refresh intervals, from which keys are not used before a fetch was tried.
const STALE_INTERVALS: u32 = 3;

/// The keys of one fetch.
pub(super) type Keys = Arc<[JwtKey]>;

/// The keys of one server. A cheap handle.
#[derive(Clone)]
pub(super) struct Jwks(Arc<Shared>);

struct Shared {
    config: JwksConfig,
    tasks: TaskTracker,
    draining: CancellationToken,
    state: Mutex<State>,
    /// Changes at the end of each fetch.
    fetched: watch::Sender<()>,
}

struct State {
    cached: Option<Cached>,
    fetching: bool,
    /// When the next fetch can begin.
    next_at: Instant,
    backoff: Backoff,
}

struct Cached {
    keys: Keys,
    refresh_at: Instant,
    stale_at: Instant,
}

impl Jwks {
    pub(super) fn new(config: JwksConfig, tasks: TaskTracker, draining: CancellationToken) -> Self {
        Self(Arc::new(Shared {
            config,
            tasks,
            draining,
            state: Mutex::new(State {
                cached: None,
                fetching: false,
                next_at: Instant::now(),
                backoff: Backoff::new(FIRST_RETRY, MAX_RETRY),
            }),
            fetched: watch::Sender::new(()),
        }))
    }

    /// Returns the keys, fresh if the server is available.
    ///
    /// # Errors
    /// No fetch has succeeded yet.
    pub(super) async fn keys(&self) -> Result<Keys, ErrorBody> {
        let fetched = self.0.fetched.subscribe();
        {
            let mut state = self.0.state.lock();
            let now = Instant::now();
            let cached = state.cached.as_ref();
            if cached.is_none_or(|cached| now >= cached.refresh_at) {
                self.begin_fetch(&mut state, now);
            }
            match &state.cached {
                Some(cached) if now < cached.stale_at || !state.fetching => {
                    return Ok(Arc::clone(&cached.keys));
                }
                None if !state.fetching => return Err(unavailable()),
                _ => {}
            }
        }
        self.wait(fetched).await;
        let state = self.0.state.lock();
        let cached = state.cached.as_ref().ok_or_else(unavailable)?;
        Ok(Arc::clone(&cached.keys))
    }

    /// Returns keys that were fetched after these; `None` if the server has no others.
    ///
    /// # Errors
    /// The server is unavailable.
    pub(super) async fn newer_than(&self, keys: &Keys) -> Result<Option<Keys>, ErrorBody> {
        let fetched = self.0.fetched.subscribe();
        {
            let mut state = self.0.state.lock();
            if let Some(newer) = state.newer_than(keys) {
                return Ok(Some(newer));
            }
            self.begin_fetch(&mut state, Instant::now());
            if !state.fetching {
                return state.nothing_newer();
            }
        }
        self.wait(fetched).await;
        let state = self.0.state.lock();
        match state.newer_than(keys) {
            Some(newer) => Ok(Some(newer)),
            None => state.nothing_newer(),
        }
    }

    async fn wait(&self, mut fetched: watch::Receiver<()>) {
        // A fetch has its own timeout, so this one only guards against a lost wake-up.
        let limit = self.0.config.timeout + FIRST_RETRY;
        let _ = timeout(limit, fetched.changed()).await;
    }

    /// Begins a fetch, unless one is in flight or it is too early.
    fn begin_fetch(&self, state: &mut State, now: Instant) {
        if !state.fetching && now >= state.next_at {
            state.fetching = true;
            let fetch = InFlight(Arc::clone(&self.0));
            self.0.tasks.spawn(fetch.run());
        }
    }
}

/// A fetch. However it ends, its drop releases those who wait for it.
struct InFlight(Arc<Shared>);

impl InFlight {
    async fn run(self) {
        let shared = &self.0;
        let fetched = shared.draining.run_until_cancelled(fetch(&shared.config));
        let Some(outcome) = fetched.await else { return };
        let mut state = shared.state.lock();
        let now = Instant::now();
        match outcome {
            Ok(keys) => {
                let interval = shared.config.refresh_interval;
                if state.backoff.failures() > 0 || state.cached.is_none() {
                    info!(url = %shared.config.loggable_url(), keys = keys.len(), "fetched token keys");
                }
                state.backoff.reset();
                state.next_at = now + MIN_INTERVAL;
                state.cached = Some(Cached {
                    keys: keys.into(),
                    refresh_at: now + jittered(interval),
                    stale_at: now + interval * STALE_INTERVALS,
                });
            }
            Err(error) => {
                let url = shared.config.loggable_url();
                let has_cached = state.cached.is_some();
                warn!(%url, %error, has_cached, "cannot fetch token keys");
                state.next_at = now + state.backoff.next_wait();
            }
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.state.lock().fetching = false;
        self.0.fetched.send_replace(());
    }
}

impl State {
    fn newer_than(&self, keys: &Keys) -> Option<Keys> {
        let cached = &self.cached.as_ref()?.keys;
        (!Arc::ptr_eq(cached, keys)).then(|| Arc::clone(cached))
    }

    fn nothing_newer(&self) -> Result<Option<Keys>, ErrorBody> {
        if self.backoff.failures() > 0 {
            Err(unavailable())
        } else {
            Ok(None)
        }
    }
}

fn unavailable() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::AuthUnavailable,
        "the keys that verify tokens are unavailable; retry later",
    )
}

//! Public keys that are fetched: a cache that is kept fresh, and stays of use while the server that
//! has the keys is away.
//!
//! Keys are fetched where they are first needed, then anew in the background where those at hand
//! have some age, and at once where a token was signed with a key that is not among them. At most
//! one fetch is under way, and one that brought nothing is not made again at once.

mod fetch;

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::{ErrorBody, ErrorCode};
use parking_lot::Mutex;
use tokio::{
    select,
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use super::{JwksConfig, JwtKey};

/// The least time between two fetches, however many tokens name keys that are not known.
const MIN_PAUSE: Duration = Duration::from_secs(5);
/// The pause after the first failure. It doubles with each that follows.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_mins(1);
/// Keys that are that many refresh intervals old are not used before a fetch was tried.
const STALE_INTERVALS: u32 = 3;

/// Keys as one fetch brought them.
pub(super) type Keys = Arc<[JwtKey]>;

/// The keys of one server. A cheap handle.
#[derive(Clone)]
pub(super) struct Jwks(Arc<Shared>);

struct Shared {
    config: JwksConfig,
    tasks: TaskTracker,
    draining: CancellationToken,
    state: Mutex<State>,
    /// Changes with the end of each fetch.
    fetched: watch::Sender<()>,
}

struct State {
    at_hand: Option<AtHand>,
    fetching: bool,
    /// When the next fetch may begin.
    next_at: Instant,
    /// How many fetches have failed since one went well.
    failures: u32,
}

struct AtHand {
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
                at_hand: None,
                fetching: false,
                next_at: Instant::now(),
                failures: 0,
            }),
            fetched: watch::Sender::new(()),
        }))
    }

    /// The keys, as fresh as they need be, or as they can be had.
    ///
    /// # Errors
    /// There have never been any.
    pub(super) async fn keys(&self) -> Result<Keys, ErrorBody> {
        let fetched = self.0.fetched.subscribe();
        {
            let mut state = self.0.state.lock();
            let now = Instant::now();
            let needed = state
                .at_hand
                .as_ref()
                .is_none_or(|at_hand| now >= at_hand.refresh_at);
            if needed {
                self.begin_fetch(&mut state, now);
            }
            match &state.at_hand {
                Some(at_hand) if now < at_hand.stale_at || !state.fetching => {
                    return Ok(Arc::clone(&at_hand.keys));
                }
                None if !state.fetching => return Err(unavailable()),
                _ => {}
            }
        }
        self.wait(fetched).await;
        let state = self.0.state.lock();
        let at_hand = state.at_hand.as_ref().ok_or_else(unavailable)?;
        Ok(Arc::clone(&at_hand.keys))
    }

    /// Keys that were fetched after these; `None` where there are none.
    ///
    /// # Errors
    /// The server is away, so that nobody knows.
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
        // A fetch has a limit of its own, and ends in any case.
        let limit = self.0.config.timeout + FIRST_RETRY;
        let _ = timeout(limit, fetched.changed()).await;
    }

    /// Begins a fetch, unless one is under way or it is too soon.
    fn begin_fetch(&self, state: &mut State, now: Instant) {
        if !state.fetching && now >= state.next_at {
            state.fetching = true;
            let under_way = UnderWay(Arc::clone(&self.0));
            self.0.tasks.spawn(under_way.run());
        }
    }
}

/// A fetch. However it ends, nobody goes on waiting for it.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    async fn run(self) {
        let shared = &self.0;
        let outcome = select! {
            biased;
            () = shared.draining.cancelled() => return,
            outcome = fetch::fetch(&shared.config) => outcome,
        };
        let mut state = shared.state.lock();
        let now = Instant::now();
        match outcome {
            Ok(keys) => {
                let interval = shared.config.refresh_interval;
                if state.failures > 0 || state.at_hand.is_none() {
                    info!(url = %shared.config.place(), keys = keys.len(), "fetched keys for tokens");
                }
                state.failures = 0;
                state.next_at = now + MIN_PAUSE;
                state.at_hand = Some(AtHand {
                    keys: keys.into(),
                    refresh_at: now + jittered(interval),
                    stale_at: now + interval * STALE_INTERVALS,
                });
            }
            Err(error) => {
                let url = shared.config.place();
                let stale = state.at_hand.is_some();
                warn!(%url, %error, stale, "can't fetch keys for tokens");
                let pause = FIRST_RETRY.saturating_mul(1 << state.failures.min(10));
                state.failures = state.failures.saturating_add(1);
                state.next_at = now + jittered(pause.min(MAX_RETRY));
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.state.lock().fetching = false;
        self.0.fetched.send_replace(());
    }
}

impl State {
    fn newer_than(&self, keys: &Keys) -> Option<Keys> {
        let at_hand = &self.at_hand.as_ref()?.keys;
        (!Arc::ptr_eq(at_hand, keys)).then(|| Arc::clone(at_hand))
    }

    fn nothing_newer(&self) -> Result<Option<Keys>, ErrorBody> {
        if self.failures > 0 {
            Err(unavailable())
        } else {
            Ok(None)
        }
    }
}

/// A time, give or take a tenth: nodes that were started together don't ask together.
fn jittered(time: Duration) -> Duration {
    time.mul_f64(0.9 + fastrand::f64() / 5.0)
}

fn unavailable() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::AuthUnavailable,
        "the keys that tokens are checked with can't be had right now",
    )
}

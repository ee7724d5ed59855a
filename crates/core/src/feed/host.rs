//! What a workflow's own stream holds, for those who ask.
//!
//! A workflow may hold a stream (Temporal calls it the stream's host): what activities and outside
//! programs publish to it by signal, and what the workflow publishes itself, in one order. The
//! latter is in no history, so here the workflow is asked, by query. What its code has not run for
//! has not changed it, so one question after a workflow task tells all, and none is asked while no
//! reader waits for the answer, nor two of a feed at a time.
//!
//! Readers have an offset each. They share what was read last, and whoever is behind that has the
//! stream asked for its own place.

mod item;
mod reader;
mod state;
mod stretch;

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

pub(super) use self::reader::{Found, Hosted};
use self::state::State;
use super::{FeedConfig, log::Feed, on_demand::OnDemand, progress::Pace};
use crate::Engine;

/// What one feed knows of its workflow's stream, and what it takes to find that out.
pub(super) struct Host {
    engine: Arc<dyn Engine>,
    pace: Arc<Pace>,
    state: Mutex<State>,
    /// The task that asks, and what wakes the readers.
    asked: OnDemand<()>,
    /// Wakes that task.
    wanted: watch::Sender<()>,
}

impl Host {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        config: &FeedConfig,
        pace: Arc<Pace>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self {
            engine,
            pace,
            state: Mutex::new(State::new(config.stream_interval, config.stream_bytes)),
            asked: OnDemand::new(tasks, stop),
            wanted: watch::Sender::default(),
        }
    }

    /// One more reader asks from that offset on, for as long as it holds what it is given.
    pub(super) fn ask(&self, feed: &Arc<Feed>, offset: u64) -> Hosted {
        let changed = self.asked.ask(|| run(Arc::clone(feed)));
        Hosted::new(changed, offset, self.state.lock().asked())
    }

    /// The feed goes on with that run, or begins it anew. A run that continues another holds its
    /// stream, too, and any other run has one of its own.
    pub(super) fn enter_run(&self, run_id: Arc<str>) {
        self.state.lock().enter_run(run_id);
    }

    /// A workflow task was completed, so the stream may hold more.
    pub(super) fn note_task(&self) {
        let wakes = self.state.lock().note_task();
        if wakes {
            self.asked.told().send_replace(());
        }
        self.wanted.send_replace(());
    }
}

async fn run(feed: Arc<Feed>) {
    let host = &feed.host;
    let wipe = || host.state.lock().wipe();
    host.asked.run(poll(&feed), wipe).await;
}

/// Asks one question after the other, whenever there is one.
async fn poll(feed: &Feed) {
    let host = &feed.host;
    loop {
        until_wanted(host).await;
        host.pace.turn().await;
        let ask = host.state.lock().begin(&feed.workflow_id);
        let Some(ask) = ask else { continue };
        let answer = host.engine.read_workflow_stream(ask.read.clone()).await;
        if let Err(error) = &answer {
            debug!(workflow_id = %feed.workflow_id, %error, "can't tell what the stream holds");
        }
        let is_news = host.state.lock().note(&ask, answer);
        if is_news {
            host.asked.told().send_replace(());
        }
    }
}

async fn until_wanted(host: &Host) {
    let mut wanted = host.wanted.subscribe();
    loop {
        wanted.borrow_and_update();
        let at = host.state.lock().ask_at();
        // The sender lives in the feed.
        match at {
            None => {
                let _ = wanted.changed().await;
            }
            Some(at) if at <= Instant::now() => return,
            Some(at) => select! {
                biased;
                _ = wanted.changed() => {}
                () = sleep_until(at) => {}
            },
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

//! Many connections that watch at once, with counts of what each receives.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    client::Connection,
    tally::{Received, Tally},
};

/// How often progress is checked: the precision of "all delivered".
const CHECK_INTERVAL: Duration = Duration::from_millis(2);

/// Connections that are open, each read by its own task.
pub struct Swarm {
    tasks: JoinSet<Watched>,
    counts: Arc<Counts>,
    stop: CancellationToken,
    pub size: usize,
    /// How long all connections took to open, at the requested concurrency.
    pub opened_in: Duration,
}

/// What is counted over all connections.
#[derive(Default)]
struct Counts {
    frames: AtomicU64,
    ticks: AtomicU64,
}

struct Watched {
    received: Received,
    error: Option<anyhow::Error>,
}

impl Swarm {
    /// Opens connections by `open`, which receives the number of each, and watches for this number of ticks.
    pub async fn open<F, C>(size: usize, at_a_time: usize, ticks: u32, open: F) -> Result<Self>
    where
        F: Fn(usize) -> C + Clone + Send + Sync + 'static,
        C: Future<Output = Result<Connection>> + Send + 'static,
    {
        let started = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let mut openers = JoinSet::new();
        for _ in 0..at_a_time.max(1) {
            let (next, open) = (Arc::clone(&next), open.clone());
            openers.spawn(async move {
                let mut opened = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= size {
                        return anyhow::Ok(opened);
                    }
                    let connection = open(number).await;
                    opened.push(connection.with_context(|| format!("connection {number}"))?);
                }
            });
        }
        let mut connections = Vec::with_capacity(size);
        while let Some(opened) = openers.join_next().await {
            connections.extend(opened??);
        }
        let opened_in = started.elapsed();
        Ok(Self::watch(connections, ticks, opened_in))
    }

    fn watch(connections: Vec<Connection>, ticks: u32, opened_in: Duration) -> Self {
        let (counts, stop) = (Arc::<Counts>::default(), CancellationToken::new());
        let size = connections.len();
        let mut tasks = JoinSet::new();
        for connection in connections {
            let (counts, stop) = (Arc::clone(&counts), stop.clone());
            tasks.spawn(watch(connection, Received::new(ticks), counts, stop));
        }
        Self {
            tasks,
            counts,
            stop,
            size,
            opened_in,
        }
    }

    /// Returns how many frames all connections together have received.
    pub fn frames(&self) -> u64 {
        self.counts.frames.load(Ordering::Relaxed)
    }

    /// Waits until this number of ticks has arrived, or none has for `patience`. Returns whether
    /// all arrived.
    pub async fn wait_for_ticks(&self, ticks: u64, patience: Duration) -> bool {
        let mut seen = (0, Instant::now());
        loop {
            let now = self.counts.ticks.load(Ordering::Relaxed);
            if now >= ticks {
                return true;
            }
            if now > seen.0 {
                seen = (now, Instant::now());
            } else if seen.1.elapsed() > patience {
                return false;
            }
            sleep(CHECK_INTERVAL).await;
        }
    }

    /// Closes all connections and adds up their ticks.
    ///
    /// # Errors
    /// Connections were lost: their number, and the reason of one.
    pub async fn close(mut self) -> Result<Tally> {
        self.stop.cancel();
        let mut tally = Tally::default();
        let mut errors = Vec::new();
        while let Some(watched) = self.tasks.join_next().await {
            let watched = watched.context("a watcher panicked")?;
            errors.extend(watched.error);
            tally.add(watched.received);
        }
        if let Some(error) = errors.first() {
            let (lost, size) = (errors.len(), self.size);
            bail!("{lost} of {size} connections were lost, one with: {error:#}");
        }
        Ok(tally)
    }
}

async fn watch(
    mut connection: Connection,
    mut received: Received,
    counts: Arc<Counts>,
    stop: CancellationToken,
) -> Watched {
    let reading = async {
        loop {
            let (mut frames, mut ticks) = (0, 0);
            let read = connection.read(|frame| {
                frames += 1;
                ticks += u64::from(received.frame(frame));
            });
            let read = read.await;
            counts.frames.fetch_add(frames, Ordering::Relaxed);
            counts.ticks.fetch_add(ticks, Ordering::Relaxed);
            if let Err(error) = read {
                return error;
            }
        }
    };
    let error = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        error = reading => Some(error),
    };
    Watched { received, error }
}

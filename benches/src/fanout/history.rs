//! When ticks could be read in history at all: a baseline client that tails the watched workflow, too.

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::{
    baseline::{self, Baseline},
    clock,
    swarm::{Oracle, Tally},
    tick::Tick,
};

/// A baseline client at work.
pub struct HistoryWatch(JoinSet<anyhow::Result<Oracle>>);

impl HistoryWatch {
    /// Starts to tail.
    pub fn start(baseline: &Baseline, workflow_id: &str, ticks: u32) -> Self {
        let (baseline, workflow_id) = (baseline.clone(), workflow_id.to_owned());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut oracle = Oracle::new(ticks);
            let tailing = baseline.tail(&workflow_id, |event| {
                let name = baseline::scheduled_activity(event).unwrap_or_default();
                if let Some(tick) = Tick::find(name.as_bytes()) {
                    oracle.see(tick, clock::now_us(), name.as_bytes());
                }
            });
            tailing.await?;
            Ok(oracle)
        });
        Self(tasks)
    }

    /// Returns the events that it read, once the workflow has ended.
    pub async fn end(mut self) -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        let tailed = self.0.join_next().await.context("one task was started")?;
        tally.add(tailed.context("the baseline client panicked")??);
        Ok(tally)
    }
}

//! Rounds of one side: a number of workflows, some of them at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::{latency::Latencies, report};

/// How long one workflow can take from its start to the client's last frame.
const WORKFLOW_LIMIT: Duration = Duration::from_mins(1);

/// One client that runs workflows, one at a time.
pub trait Runner: Send + 'static {
    /// Called before a round, and not timed. No client reads while the other side has its turn, so the gateway
    /// may have closed a connection of the last round.
    fn prepare(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Runs a workflow, and returns the time from its last activity's return, in
    /// microseconds.
    fn run_one(&mut self) -> impl Future<Output = Result<u64>> + Send;

    /// Called after a failure, so that frames of the last workflow do not affect the next.
    fn reset(&mut self);
}

/// All rounds of one side.
pub struct Rounds<R> {
    runners: Vec<R>,
    is_measured: bool,
    outcome: Outcome,
}

/// The results of rounds.
pub struct Outcome {
    pub latencies: Latencies,
    pub workflows: usize,
    pub failures: usize,
    pub elapsed: Duration,
}

impl Outcome {
    fn new() -> Self {
        Self {
            latencies: Latencies::new(),
            workflows: 0,
            failures: 0,
            elapsed: Duration::ZERO,
        }
    }
}

impl<R: Runner> Rounds<R> {
    /// Rounds by these clients, each of which has one workflow in flight; none if the side is not measured.
    pub fn new(runners: Vec<R>, is_measured: bool) -> Self {
        Self {
            runners,
            is_measured,
            outcome: Outcome::new(),
        }
    }

    /// Runs this number of workflows.
    pub async fn run(&mut self, workflows: usize) -> Result<()> {
        if !self.is_measured {
            return Ok(());
        }
        for runner in &mut self.runners {
            runner.prepare().await?;
        }
        let started_workflows = Arc::new(AtomicUsize::new(0));
        let mut turns = JoinSet::new();
        let started = Instant::now();
        for runner in self.runners.drain(..) {
            turns.spawn(take_turns(
                runner,
                Arc::clone(&started_workflows),
                workflows,
            ));
        }
        while let Some(turn) = turns.join_next().await {
            let (runner, part) = turn.context("a client panicked")?;
            self.runners.push(runner);
            self.outcome.latencies.add(&part.latencies);
            self.outcome.workflows += part.workflows;
            self.outcome.failures += part.failures;
        }
        self.outcome.elapsed += started.elapsed();
        Ok(())
    }

    /// Discards the results so far.
    pub fn discard(&mut self) {
        self.outcome = Outcome::new();
    }

    /// Results of all rounds; `None` if the side was not measured.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.is_measured.then_some(&self.outcome)
    }
}

async fn take_turns<R: Runner>(
    mut runner: R,
    started_workflows: Arc<AtomicUsize>,
    workflows: usize,
) -> (R, Outcome) {
    let mut part = Outcome::new();
    while started_workflows.fetch_add(1, Ordering::Relaxed) < workflows {
        let one = timeout(WORKFLOW_LIMIT, runner.run_one()).await;
        match one.context("the workflow did not close in time").flatten() {
            Ok(latency_us) => {
                part.workflows += 1;
                part.latencies.record_us(latency_us);
            }
            Err(error) => {
                report::note(&format!("a workflow failed: {error:#}"));
                part.failures += 1;
                runner.reset();
            }
        }
    }
    (runner, part)
}

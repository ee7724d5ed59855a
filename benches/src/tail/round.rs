//! Rounds of one side: a number of workflows, some of them at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::{latency::Latencies, output};

/// How long one workflow may take from its start to the client's last frame.
const WORKFLOW_LIMIT: Duration = Duration::from_mins(1);

/// One client that runs workflows, one at a time.
pub trait Runner: Send + 'static {
    /// Called before a round, and not timed. Nobody reads a connection while the other side has its
    /// turn, so one from the last round may have been given up by the gateway.
    fn prepare(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Runs a workflow, and returns the time from its last activity's return, in
    /// microseconds.
    fn run_one(&mut self) -> impl Future<Output = anyhow::Result<u64>> + Send;

    /// Called after a failure: what may be left over from the last workflow must not touch the next.
    fn start_anew(&mut self);
}

/// All rounds of one side.
pub struct Rounds<R> {
    runners: Vec<R>,
    played: bool,
    outcome: Outcome,
}

/// Their results.
pub struct Outcome {
    pub latencies: Latencies,
    pub workflows: usize,
    pub failures: usize,
    pub elapsed: Duration,
}

impl Outcome {
    fn new() -> Self {
        let latencies = Latencies::new();
        Self {
            latencies,
            workflows: 0,
            failures: 0,
            elapsed: Duration::ZERO,
        }
    }
}

impl<R: Runner> Rounds<R> {
    /// Rounds by these clients, each of which has one workflow in flight; none if the side is not measured.
    pub fn new(runners: Vec<R>, played: bool) -> Self {
        Self {
            runners,
            played,
            outcome: Outcome::new(),
        }
    }

    /// Runs this number of workflows.
    pub async fn play(&mut self, workflows: usize) -> anyhow::Result<()> {
        if !self.played {
            return Ok(());
        }
        for runner in &mut self.runners {
            runner.prepare().await?;
        }
        let begun = Arc::new(AtomicUsize::new(0));
        let mut turns = JoinSet::new();
        let started = Instant::now();
        for runner in self.runners.drain(..) {
            turns.spawn(take_turns(runner, Arc::clone(&begun), workflows));
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
    pub fn forget(&mut self) {
        self.outcome = Outcome::new();
    }

    /// Results of all rounds; `None` if the side was not measured.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.played.then_some(&self.outcome)
    }
}

async fn take_turns<R: Runner>(
    mut runner: R,
    begun: Arc<AtomicUsize>,
    workflows: usize,
) -> (R, Outcome) {
    let mut part = Outcome::new();
    while begun.fetch_add(1, Ordering::Relaxed) < workflows {
        let one = timeout(WORKFLOW_LIMIT, runner.run_one()).await;
        match one.context("the workflow did not end in time").flatten() {
            Ok(latency_us) => {
                part.workflows += 1;
                part.latencies.record_us(latency_us);
            }
            Err(error) => {
                output::note(&format!("a workflow failed: {error:#}"));
                part.failures += 1;
                runner.start_anew();
            }
        }
    }
    (runner, part)
}

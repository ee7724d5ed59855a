//! The baseline's side of the tail: start by gRPC, long-poll history to its end.

use anyhow::Context as _;

use super::round::Runner;
use crate::{
    baseline::{self, Baseline, Start},
    clock,
    worker::{Plan, Returned, START_SIGNAL, TAIL_WORKFLOW},
};

/// One client.
pub struct BaselineSide {
    baseline: Baseline,
    plan: Plan,
}

impl BaselineSide {
    pub fn new(baseline: Baseline, plan: Plan) -> Self {
        Self { baseline, plan }
    }
}

impl Runner for BaselineSide {
    async fn prepare(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn run_one(&mut self) -> anyhow::Result<u64> {
        let start = Start {
            workflow: TAIL_WORKFLOW,
            signal: START_SIGNAL,
        };
        let id = self.baseline.start(start, &self.plan).await?;
        let mut last = None;
        let tailing = self.baseline.tail(&id, |event| {
            if let Some(result) = baseline::result_of(event) {
                last = Some((clock::now_us(), result));
            }
        });
        tailing.await?;
        let (read_us, result) = last.context("the workflow did not complete")?;
        let returned: Returned = serde_json::from_slice(&result).context("the result")?;
        Ok(read_us.saturating_sub(returned.returned_us))
    }

    fn start_anew(&mut self) {}
}

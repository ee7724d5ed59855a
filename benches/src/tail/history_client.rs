//! The baseline's client of the tail: starts a workflow by gRPC, long-polls its history to the end.

use anyhow::{Context as _, Result};

use super::rounds::Runner;
use crate::{
    baseline::{self, Baseline},
    latency::now_us,
    worker::tail_workflow::{Plan, Returned, TAIL_WORKFLOW},
};

/// One client.
pub struct HistoryClient {
    pub baseline: Baseline,
    pub plan: Plan,
}

impl Runner for HistoryClient {
    async fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    async fn run_one(&mut self) -> Result<u64> {
        let id = self.baseline.start(TAIL_WORKFLOW, &self.plan).await?;
        let mut last = None;
        let tailing = self.baseline.tail(&id, |event| {
            if let Some(result) = baseline::result_of(event) {
                last = Some((now_us(), result));
            }
        });
        tailing.await?;
        let (read_us, result) = last.context("the workflow did not complete")?;
        let returned: Returned = serde_json::from_slice(&result).context("the result")?;
        Ok(read_us.saturating_sub(returned.returned_us))
    }

    fn reset(&mut self) {}
}

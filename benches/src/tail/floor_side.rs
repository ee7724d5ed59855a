//! The floor's side of the tail: start by gRPC, long-poll history to its end.

use anyhow::Context as _;

use super::round::Runner;
use crate::{
    clock,
    floor::{self, Floor, Start},
    worker::{Plan, Returned, START_SIGNAL, TAIL_WORKFLOW},
};

/// One client.
pub struct FloorSide {
    floor: Floor,
    plan: Plan,
}

impl FloorSide {
    pub fn new(floor: Floor, plan: Plan) -> Self {
        Self { floor, plan }
    }
}

impl Runner for FloorSide {
    async fn prepare(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn run_one(&mut self) -> anyhow::Result<u64> {
        let start = Start {
            workflow: TAIL_WORKFLOW,
            signal: START_SIGNAL,
        };
        let id = self.floor.start(start, &self.plan).await?;
        let mut last = None;
        let tailing = self.floor.tail(&id, |event| {
            if let Some(result) = floor::result_of(event) {
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

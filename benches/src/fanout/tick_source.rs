//! Sources of ticks.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};

use crate::{baseline::Baseline, client::http, tick::Tick, worker::fanout_workflow::TICK_SIGNAL};

/// Something that publishes ticks to a server's connections.
pub enum TickSource {
    /// A workflow: the tick goes to Temporal as a signal, and reaches clients through history.
    Workflow {
        baseline: Baseline,
        workflow_id: String,
    },
    /// A server that sends what is posted: the tick is in a frame like the gateway's.
    Post { address: SocketAddr, frame: String },
}

impl TickSource {
    /// Publishes a tick. Returns once the next can follow without overtaking it.
    pub async fn publish(&self, tick: Tick) -> Result<()> {
        match self {
            Self::Workflow {
                baseline,
                workflow_id,
            } => baseline.signal(workflow_id, TICK_SIGNAL, &tick).await,
            Self::Post { address, frame } => {
                let frame = tick.replace_in(frame).context("a frame without a tick")?;
                http::post(*address, "/publish", &frame).await
            }
        }
    }
}

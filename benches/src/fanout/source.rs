//! Sources of ticks.

use std::net::SocketAddr;

use anyhow::Context as _;

use crate::{baseline::Baseline, client, tick::Tick, worker::TICK_SIGNAL};

/// Something that publishes ticks to a server's connections.
pub trait Source {
    /// Publishes one; returns once the next may follow without overtaking it.
    fn publish(&self, tick: Tick) -> impl Future<Output = anyhow::Result<()>>;
}

/// A workflow: the tick goes to Temporal as a signal, and reaches clients through history.
pub struct WorkflowSource {
    pub baseline: Baseline,
    pub workflow_id: String,
}

impl Source for WorkflowSource {
    async fn publish(&self, tick: Tick) -> anyhow::Result<()> {
        self.baseline
            .signal(&self.workflow_id, TICK_SIGNAL, &tick)
            .await
    }
}

/// A server that forwards what is posted: the tick is in a frame like the gateway's.
pub struct FrameSource {
    pub address: SocketAddr,
    pub path: &'static str,
    pub frame: String,
    pub sse: bool,
}

impl Source for FrameSource {
    async fn publish(&self, tick: Tick) -> anyhow::Result<()> {
        let mut frame = tick
            .put_into(&self.frame)
            .context("a frame without a tick")?;
        if self.sse {
            frame.push_str("\n\n");
        }
        client::post(self.address, self.path, &frame).await
    }
}

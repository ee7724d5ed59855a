//! Sends ticks at a pace and waits until every connection has them, with the CPU time that this took.

use std::{net::SocketAddr, ops::Range, time::Duration};

use anyhow::{Context as _, Result};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::{
    baseline::Baseline, client::http, environment::process::Process, latency::now_us, report,
    swarm::Swarm, tick::Tick, worker::fanout_workflow::TICK_SIGNAL,
};

/// After this time without arrivals, missing ticks count as lost.
const PATIENCE: Duration = Duration::from_secs(15);
/// Pause before and after a measurement, so that the server's CPU time contains all of it and nothing else.
const SETTLE: Duration = Duration::from_secs(2);

/// Ticks, and the interval between them; zero: as fast as they are accepted.
pub struct Paced {
    pub ticks: Range<u32>,
    pub interval: Duration,
}

/// The cost of sending them.
pub struct Phase {
    pub ticks: Range<u32>,
    pub paced: bool,
    /// Whether all reached every connection.
    pub complete: bool,
    /// From the first tick's sending to the last delivery.
    pub elapsed: Duration,
    /// Frames that reached connections meanwhile.
    pub frames: u64,
    /// The server's CPU time.
    pub cpu: Option<Duration>,
}

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

/// Sends all ticks, one pace after the other.
pub async fn drive(
    swarm: &Swarm,
    paces: &[Paced; 2],
    source: &TickSource,
    process: Option<Process>,
) -> Result<Vec<Phase>> {
    let mut phases = Vec::new();
    for paced in paces {
        let (ticks, interval) = (paced.ticks.len(), paced.interval);
        report::note(&format!("fan-out: {ticks} ticks, one every {interval:?}"));
        phases.push(phase(swarm, paced, source, process).await?);
    }
    Ok(phases)
}

async fn phase(
    swarm: &Swarm,
    paced: &Paced,
    source: &TickSource,
    process: Option<Process>,
) -> Result<Phase> {
    let cpu = || process.map(Process::cpu_time).transpose();
    sleep(SETTLE).await;
    let (cpu_before, frames_before) = (cpu()?, swarm.frames());
    let started = Instant::now();
    let mut pace = (!paced.interval.is_zero()).then(|| {
        let mut pace = interval(paced.interval);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pace
    });
    for number in paced.ticks.clone() {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        let sent_us = now_us();
        source.publish(Tick { number, sent_us }).await?;
    }
    let all = u64::from(paced.ticks.end) * u64::try_from(swarm.size)?;
    let complete = swarm.wait_for_ticks(all, PATIENCE).await;
    let waited = if complete { Duration::ZERO } else { PATIENCE };
    let elapsed = started.elapsed().saturating_sub(waited);
    sleep(SETTLE).await;
    let cpu = cpu()?.zip(cpu_before);
    Ok(Phase {
        ticks: paced.ticks.clone(),
        paced: pace.is_some(),
        complete,
        elapsed,
        frames: swarm.frames() - frames_before,
        cpu: cpu.map(|(after, before)| after.saturating_sub(before)),
    })
}

//! Sends ticks at a pace and waits until every connection has them, with the CPU time that this took.

use std::{ops::Range, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::source::Source;
use crate::{clock, environment::Process, output, swarm::Swarm, tick::Tick};

/// After this long without arrivals, missing ticks count as lost.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a server is left alone before a measurement, and after it, so that its CPU time holds it all.
const SETTLE: Duration = Duration::from_secs(2);

/// Ticks, and how long from one to the next; none: as fast as they are taken.
pub struct Paced {
    pub ticks: Range<u32>,
    pub every: Duration,
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

/// Sends all ticks, one pace after the other.
pub async fn drive(
    swarm: &Swarm,
    paces: &[Paced; 2],
    source: &impl Source,
    process: Option<Process>,
) -> anyhow::Result<Vec<Phase>> {
    let mut phases = Vec::new();
    for paced in paces {
        let ticks = paced.ticks.len();
        output::note(&format!(
            "fan-out: {ticks} ticks, one every {:?}",
            paced.every
        ));
        phases.push(phase(swarm, paced, source, process).await?);
    }
    Ok(phases)
}

async fn phase(
    swarm: &Swarm,
    paced: &Paced,
    source: &impl Source,
    process: Option<Process>,
) -> anyhow::Result<Phase> {
    let cpu = || process.map(Process::cpu_time).transpose();
    sleep(SETTLE).await;
    let (cpu_before, frames_before) = (cpu()?, swarm.frames());
    let started = Instant::now();
    let mut pace = (!paced.every.is_zero()).then(|| {
        let mut pace = interval(paced.every);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pace
    });
    for number in paced.ticks.clone() {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        source
            .publish(Tick {
                number,
                sent_us: clock::now_us(),
            })
            .await?;
    }
    let all = u64::from(paced.ticks.end) * u64::try_from(swarm.size)?;
    let complete = swarm.wait_for_ticks(all, PATIENCE).await;
    let waited = if complete { Duration::ZERO } else { PATIENCE };
    let elapsed = started.elapsed().saturating_sub(waited);
    sleep(SETTLE).await;
    let cpu = cpu()?
        .zip(cpu_before)
        .map(|(after, before)| after.saturating_sub(before));
    Ok(Phase {
        ticks: paced.ticks.clone(),
        paced: pace.is_some(),
        complete,
        elapsed,
        frames: swarm.frames() - frames_before,
        cpu,
    })
}

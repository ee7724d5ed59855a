//! The report of the fan-out.

use serde::Serialize;

use super::{Dialect, pace::Phase};
use crate::{
    latency::LatencySummary,
    ratio::{fraction, fraction_of, ratio},
    report::{Section, Table, Verdict},
    swarm::Tally,
};

/// The most CPU time that the gateway may take per delivery, in microseconds.
const CPU_LIMIT_US: f64 = 10.0;

/// All figures.
#[derive(Serialize)]
pub struct Figures {
    transport: &'static str,
    pub gateway: Option<SideFigures>,
    pub bare: Option<SideFigures>,
    pub nchan: Option<SideFigures>,
}

/// One server's figures.
#[derive(Serialize)]
pub struct SideFigures {
    connections: usize,
    rss_before_bytes: Option<u64>,
    rss_with_connections_bytes: Option<u64>,
    /// Ticks that did not reach a connection.
    missing: usize,
    doubled: u64,
    out_of_order: u64,
    phases: Vec<PhaseFigures>,
}

#[derive(Serialize)]
struct PhaseFigures {
    paced: bool,
    complete: bool,
    ticks: usize,
    /// Frames that reached connections: over SSE two a tick, its signal and its activity.
    frames: u64,
    frames_per_second: f64,
    cpu_us_per_frame: Option<f64>,
    #[serde(flatten)]
    latency: LatencySummary,
    /// The same for one client that tails history itself.
    baseline: Option<LatencySummary>,
}

impl Figures {
    pub fn new(dialect: Dialect) -> Self {
        let transport = match dialect {
            Dialect::Seed => "fan-out over WebSocket",
            Dialect::V1 => "fan-out over WebSocket, v1",
            Dialect::Sse => "fan-out over server-sent events",
        };
        Self {
            transport,
            gateway: None,
            bare: None,
            nchan: None,
        }
    }
}

impl SideFigures {
    pub fn new(
        connections: usize,
        rss_before_bytes: Option<u64>,
        rss_with_connections_bytes: Option<u64>,
        phases: &[Phase],
        tally: &Tally,
    ) -> Self {
        Self {
            connections,
            rss_before_bytes,
            rss_with_connections_bytes,
            missing: tally.missing(),
            doubled: tally.doubled,
            out_of_order: tally.out_of_order,
            phases: phases
                .iter()
                .map(|phase| PhaseFigures::new(phase, tally))
                .collect(),
        }
    }

    /// Adds the latencies of a client that tails history itself.
    pub fn with_baseline(mut self, phases: &[Phase], baseline: &Tally) -> Self {
        for (figures, phase) in self.phases.iter_mut().zip(phases) {
            figures.baseline = Some(baseline.latencies(phase.ticks.clone()).summary());
        }
        self
    }

    fn amiss(&self) -> f64 {
        fraction_of(self.missing) + fraction(self.doubled) + fraction(self.out_of_order)
    }
}

impl PhaseFigures {
    fn new(phase: &Phase, tally: &Tally) -> Self {
        let frames = fraction(phase.frames);
        Self {
            paced: phase.paced,
            complete: phase.complete,
            ticks: phase.ticks.len(),
            frames: phase.frames,
            frames_per_second: ratio(frames, phase.elapsed.as_secs_f64()).unwrap_or(0.0),
            cpu_us_per_frame: phase
                .cpu
                .and_then(|cpu| ratio(cpu.as_secs_f64() * 1e6, frames)),
            latency: tally.latencies(phase.ticks.clone()).summary(),
            baseline: None,
        }
    }
}

/// All figures as a section.
pub fn section(figures: &Figures) -> anyhow::Result<Section> {
    let mut section = Section::new(figures.transport, figures)?;
    let mut table = Table::new(&[
        "server",
        "pace",
        "frames",
        "frames/s",
        "CPU us each",
        "p50 ms",
        "p99 ms",
        "max ms",
        "baseline p50",
        "RSS MiB",
        "amiss",
    ]);
    let sides = [
        ("gateway", &figures.gateway),
        ("bare axum", &figures.bare),
        ("nchan", &figures.nchan),
    ];
    for (name, side) in sides {
        let Some(side) = side else { continue };
        let mib = |bytes: Option<u64>| {
            bytes.map_or("-".to_owned(), |bytes| {
                format!("{:.1}", fraction(bytes) / 1024.0 / 1024.0)
            })
        };
        for phase in &side.phases {
            table.row([
                name.to_owned(),
                if phase.paced { "even" } else { "burst" }.to_owned(),
                phase.frames.to_string(),
                format!("{:.0}", phase.frames_per_second),
                phase
                    .cpu_us_per_frame
                    .map_or("-".to_owned(), |us| format!("{us:.2}")),
                format!("{:.1}", phase.latency.p50_ms),
                format!("{:.1}", phase.latency.p99_ms),
                format!("{:.1}", phase.latency.max_ms),
                phase
                    .baseline
                    .as_ref()
                    .map_or("-".to_owned(), |baseline| format!("{:.1}", baseline.p50_ms)),
                mib(side.rss_with_connections_bytes),
                format!("{:.0}", side.amiss()),
            ]);
        }
    }
    section.tables.push(table);
    if let Some(gateway) = &figures.gateway {
        section.verdicts.push(Verdict::at_most(
            "ticks missing, doubled or out of order",
            gateway.amiss(),
            0.0,
        ));
        for phase in &gateway.phases {
            let pace = if phase.paced {
                "an even pace"
            } else {
                "a burst"
            };
            section.verdicts.extend(phase.cpu_us_per_frame.map(|us| {
                Verdict::at_most(format!("us of CPU per delivery, {pace}"), us, CPU_LIMIT_US)
            }));
        }
    }
    Ok(section)
}

//! The figures of the fan-out, by server.

use anyhow::Result;
use serde::Serialize;

use super::pace::Phase;
use crate::{
    figure::{fraction, mib, per_second, ratio, text},
    latency::LatencySummary,
    report::{Section, Table},
    tally::Tally,
};

/// The most CPU time that the gateway can take per delivery, in microseconds.
const CPU_LIMIT_US: f64 = 10.0;

/// All figures.
#[derive(Serialize)]
pub struct Figures {
    transport: &'static str,
    pub gateway: Option<ServerFigures>,
    pub bare: Option<ServerFigures>,
    pub nchan: Option<ServerFigures>,
}

/// One server's figures.
#[derive(Serialize)]
pub struct ServerFigures {
    connections: usize,
    rss_before_bytes: Option<u64>,
    rss_with_connections_bytes: Option<u64>,
    /// Ticks that did not reach a connection.
    missing: u64,
    repeated: u64,
    out_of_order: u64,
    /// The sum of these three.
    delivery_errors: u64,
    phases: Vec<PhaseFigures>,
}

#[derive(Serialize)]
struct PhaseFigures {
    paced: bool,
    complete: bool,
    ticks: usize,
    /// Frames that reached connections: over SSE two per tick, its signal and its activity.
    frames: u64,
    frames_per_second: f64,
    cpu_us_per_frame: Option<f64>,
    #[serde(flatten)]
    latency: LatencySummary,
    /// The same for one client that tails history itself.
    baseline: Option<LatencySummary>,
}

impl Figures {
    pub fn new(transport: &'static str) -> Self {
        Self {
            transport,
            gateway: None,
            bare: None,
            nchan: None,
        }
    }
}

impl ServerFigures {
    pub fn new(
        connections: usize,
        rss_before_bytes: Option<u64>,
        rss_with_connections_bytes: Option<u64>,
        phases: &[Phase],
        tally: &Tally,
    ) -> Self {
        let phases = phases.iter().map(|phase| PhaseFigures::new(phase, tally));
        Self {
            connections,
            rss_before_bytes,
            rss_with_connections_bytes,
            missing: tally.missing(),
            repeated: tally.repeated,
            out_of_order: tally.out_of_order,
            delivery_errors: tally.delivery_errors(),
            phases: phases.collect(),
        }
    }

    /// Adds the latencies of a client that tails history itself.
    pub fn set_baseline(&mut self, phases: &[Phase], baseline: &Tally) {
        for (figures, phase) in self.phases.iter_mut().zip(phases) {
            figures.baseline = Some(baseline.latencies(phase.ticks.clone()).summary());
        }
    }
}

impl PhaseFigures {
    fn new(phase: &Phase, tally: &Tally) -> Self {
        let cpu_us = phase.cpu.map(|cpu| cpu.as_secs_f64() * 1e6);
        Self {
            paced: phase.paced,
            complete: phase.complete,
            ticks: phase.ticks.len(),
            frames: phase.frames,
            frames_per_second: per_second(phase.frames, phase.elapsed),
            cpu_us_per_frame: cpu_us.and_then(|us| ratio(us, fraction(phase.frames))),
            latency: tally.latencies(phase.ticks.clone()).summary(),
            baseline: None,
        }
    }
}

/// Returns all figures as a section.
pub fn section(figures: &Figures) -> Result<Section> {
    let mut section = Section::new(figures.transport, figures)?;
    let mut table = Table::new(
        "server | pace | frames | frames/s | CPU us each | p50 ms | p99 ms | max ms | \
         baseline p50 | RSS MiB | delivery errors",
    );
    let servers = [
        ("gateway", &figures.gateway),
        ("bare axum", &figures.bare),
        ("nchan", &figures.nchan),
    ];
    for (name, server) in servers {
        let Some(server) = server else { continue };
        for phase in &server.phases {
            let baseline = phase.baseline.as_ref();
            table.row([
                name.to_owned(),
                if phase.paced { "even" } else { "burst" }.to_owned(),
                phase.frames.to_string(),
                text(phase.frames_per_second, 0),
                text(phase.cpu_us_per_frame, 2),
                text(phase.latency.p50_ms, 1),
                text(phase.latency.p99_ms, 1),
                text(phase.latency.max_ms, 1),
                text(baseline.map(|latency| latency.p50_ms), 1),
                mib(server.rss_with_connections_bytes),
                server.delivery_errors.to_string(),
            ]);
        }
    }
    section.table(table);
    if let Some(gateway) = &figures.gateway {
        let what = "ticks lost, repeated or out of order";
        section.at_most(what, fraction(gateway.delivery_errors), 0.0);
        for phase in &gateway.phases {
            let pace = if phase.paced { "even pace" } else { "burst" };
            if let Some(us) = phase.cpu_us_per_frame {
                section.at_most(format!("us of CPU per delivery, {pace}"), us, CPU_LIMIT_US);
            }
        }
    }
    Ok(section)
}

//! Compares both sides of the tail.

use anyhow::Result;
use serde::Serialize;

use super::rounds::Outcome;
use crate::{
    figure::{fraction, per_second, ratio, text},
    latency::LatencySummary,
    report::{Section, Table},
};

/// The most that the gateway's median can be, as a multiple of the baseline's.
const MEDIAN_LIMIT: f64 = 1.15;
/// The least workflows per second, as a share of the baseline's, with the most in flight.
const RATE_LIMIT: f64 = 0.95;

/// The figures of one number of workflows in flight.
#[derive(Serialize)]
pub struct Cell {
    in_flight: usize,
    gateway: Option<SideFigures>,
    baseline: Option<SideFigures>,
    median_ratio: Option<f64>,
    rate_ratio: Option<f64>,
}

#[derive(Serialize)]
struct SideFigures {
    #[serde(flatten)]
    latency: LatencySummary,
    workflows_per_second: f64,
    failures: usize,
}

impl SideFigures {
    fn new(outcome: &Outcome) -> Self {
        Self {
            latency: outcome.latencies.summary(),
            workflows_per_second: per_second(outcome.workflows, outcome.elapsed),
            failures: outcome.failures,
        }
    }
}

impl Cell {
    pub fn new(in_flight: usize, gateway: Option<&Outcome>, baseline: Option<&Outcome>) -> Self {
        let gateway = gateway.map(SideFigures::new);
        let baseline = baseline.map(SideFigures::new);
        let compare = |figure: fn(&SideFigures) -> f64| {
            gateway
                .as_ref()
                .zip(baseline.as_ref())
                .and_then(|(gateway, baseline)| ratio(figure(gateway), figure(baseline)))
        };
        let median_ratio = compare(|side| side.latency.p50_ms);
        let rate_ratio = compare(|side| side.workflows_per_second);
        Self {
            in_flight,
            gateway,
            baseline,
            median_ratio,
            rate_ratio,
        }
    }
}

/// Returns all cells as a section.
pub fn section(cells: &[Cell]) -> Result<Section> {
    let mut section = Section::new("tail: an activity's return to the last frame", &cells)?;
    let mut table =
        Table::new("in flight | side | samples | p50 ms | p90 | p99 | max | workflows/s | failed");
    for cell in cells {
        let in_flight = cell.in_flight;
        for (name, side) in [("gateway", &cell.gateway), ("baseline", &cell.baseline)] {
            let Some(side) = side else { continue };
            table.row([
                in_flight.to_string(),
                name.to_owned(),
                side.latency.samples.to_string(),
                text(side.latency.p50_ms, 1),
                text(side.latency.p90_ms, 1),
                text(side.latency.p99_ms, 1),
                text(side.latency.max_ms, 1),
                text(side.workflows_per_second, 1),
                side.failures.to_string(),
            ]);
        }
        if let Some(ratio) = cell.median_ratio {
            let what = format!("median over the baseline's, {in_flight} in flight");
            section.at_most(what, ratio, MEDIAN_LIMIT);
        }
        if let Some(gateway) = &cell.gateway {
            let what = format!("workflows with delivery errors, {in_flight} in flight");
            section.at_most(what, fraction(gateway.failures), 0.0);
        }
    }
    section.table(table);
    let most = cells.iter().max_by_key(|cell| cell.in_flight);
    if let Some((most, rate)) = most.and_then(|cell| Some((cell.in_flight, cell.rate_ratio?))) {
        let what = format!("workflows per second over the baseline's, {most} in flight");
        section.at_least(what, rate, RATE_LIMIT);
    }
    Ok(section)
}

//! The report of the tail.

use serde::Serialize;

use super::round::Outcome;
use crate::{
    latency::LatencySummary,
    ratio::{fraction_of, ratio},
    report::{Section, Table, Verdict},
};

/// The most that the gateway's median may be, as a multiple of the baseline's.
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
        let seconds = outcome.elapsed.as_secs_f64();
        Self {
            latency: outcome.latencies.summary(),
            workflows_per_second: ratio(fraction_of(outcome.workflows), seconds).unwrap_or(0.0),
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
                .and_then(|(g, f)| ratio(figure(g), figure(f)))
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

    fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        let in_flight = self.in_flight;
        let median = self.median_ratio.map(|ratio| {
            Verdict::at_most(
                format!("median over the baseline's, {in_flight} in flight"),
                ratio,
                MEDIAN_LIMIT,
            )
        });
        let failures = self.gateway.as_ref().map(|gateway| {
            let failures = fraction_of(gateway.failures);
            Verdict::at_most(
                format!("workflows with a frame amiss, {in_flight} in flight"),
                failures,
                0.0,
            )
        });
        median.into_iter().chain(failures)
    }
}

/// All cells as a section.
pub fn section(cells: &[Cell]) -> anyhow::Result<Section> {
    let mut section = Section::new("tail: an activity's return to the last frame", &cells)?;
    let mut table = Table::new(&[
        "in flight",
        "side",
        "samples",
        "p50 ms",
        "p90",
        "p99",
        "max",
        "workflows/s",
        "failed",
    ]);
    for cell in cells {
        for (name, side) in [("gateway", &cell.gateway), ("baseline", &cell.baseline)] {
            let Some(side) = side else { continue };
            let ms = |value: f64| format!("{value:.1}");
            table.row([
                cell.in_flight.to_string(),
                name.to_owned(),
                side.latency.samples.to_string(),
                ms(side.latency.p50_ms),
                ms(side.latency.p90_ms),
                ms(side.latency.p99_ms),
                ms(side.latency.max_ms),
                ms(side.workflows_per_second),
                side.failures.to_string(),
            ]);
        }
    }
    section.tables.push(table);
    section
        .verdicts
        .extend(cells.iter().flat_map(Cell::verdicts));
    let most = cells.iter().max_by_key(|cell| cell.in_flight);
    if let Some((most, rate)) = most.and_then(|cell| Some((cell.in_flight, cell.rate_ratio?))) {
        let what = format!("workflows per second over the baseline's, {most} in flight");
        section
            .verdicts
            .push(Verdict::at_least(what, rate, RATE_LIMIT));
    }
    Ok(section)
}

//! Latencies and their summary.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::ratio::fraction;

/// Longer latencies count as this one: two minutes.
const LONGEST_US: u64 = 120_000_000;

/// Many latencies, in microseconds.
pub struct Latencies(Histogram<u64>);

/// What is reported of many latencies.
#[derive(Clone, Debug, Serialize)]
pub struct LatencySummary {
    pub samples: u64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl Latencies {
    pub fn new() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are in order"))
    }

    pub fn record_us(&mut self, latency: u64) {
        self.0.saturating_record(latency.max(1));
    }

    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both have the same bounds");
    }

    pub fn summary(&self) -> LatencySummary {
        let at = |quantile| fraction(self.0.value_at_quantile(quantile)) / 1_000.0;
        LatencySummary {
            samples: self.0.len(),
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            max_ms: fraction(self.0.max()) / 1_000.0,
        }
    }
}

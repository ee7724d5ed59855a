//! Latencies and their summary, and the clock that they are measured with: the machine's, as the driver
//! and the worker run on one machine.

use std::time::{SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::figure::fraction;

/// Longer latencies count as this one: two minutes.
const LONGEST_US: u64 = 120_000_000;

/// Returns the microseconds since 1970, which fit into JSON's numbers.
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.unwrap_or_default().as_micros();
    u64::try_from(micros).expect("microseconds since 1970 fit for 500,000 years")
}

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

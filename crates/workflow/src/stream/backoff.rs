//! How long to wait before the next try.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(100);
/// The longest.
const MAX: Duration = Duration::from_secs(5);

/// Doubles from 100 ms to 5 s, each wait somewhere between half and all of that, so that many who
/// failed together do not come back together.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    pub(super) fn next_wait(&mut self) -> Duration {
        let full = MAX.min(FIRST * 2_u32.pow(self.failures.min(10)));
        self.failures = self.failures.saturating_add(1);
        full.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// A wait, or up to a quarter more: for those who were all answered at once.
pub(super) fn spread(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + fastrand::f64() / 4.0)
}

//! How long something takes, on the paused clock.

use std::ops::RangeBounds;

use tokio::time::Instant;

pub struct Timer(Instant);

impl Timer {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the elapsed whole seconds.
    pub fn seconds(&self) -> u64 {
        self.0.elapsed().as_secs()
    }

    /// Asserts that the elapsed seconds are in a range.
    #[track_caller]
    pub fn expect(&self, seconds: impl RangeBounds<f64>) {
        let elapsed = self.0.elapsed().as_secs_f64();
        assert!(seconds.contains(&elapsed), "{elapsed} s");
    }
}

//! How long to wait before the next attempt, with jitter.

use std::time::Duration;

/// Jittered exponential backoff. Waits double from the first to the longest, and each is between
/// half and all of that, so that clients which failed together don't retry together.
///
/// ```
/// use std::time::Duration;
///
/// use fast_temporal_core::Backoff;
///
/// let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// assert!(backoff.next_wait() <= Duration::from_millis(100));
/// assert!(backoff.next_wait() >= Duration::from_millis(100));
/// assert_eq!(backoff.failures(), 2);
/// backoff.reset();
/// assert!(backoff.next_wait() <= Duration::from_millis(100));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// A backoff without failures so far.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// Counts a failure and returns the wait before the next attempt.
    pub fn next_wait(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(30));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(self.longest);
        wait.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// The number of failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Starts again from the first wait, after a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Returns `interval`, give or take a tenth, so that periodic work which started together spreads
/// out.
pub fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(0.9 + fastrand::f64() / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, longest);
        for full in [100, 200, 400, 800, 1000, 1000].map(Duration::from_millis) {
            let wait = backoff.next_wait();
            assert!(full / 2 <= wait && wait <= full, "{wait:?} of {full:?}");
        }
        for _ in 0..100 {
            assert!(backoff.next_wait() <= longest);
        }
    }

    #[test]
    fn interval_is_jittered_by_a_tenth_at_most() {
        for _ in 0..1000 {
            let interval = jittered(Duration::from_secs(10));
            assert!((Duration::from_secs(9)..=Duration::from_secs(11)).contains(&interval));
        }
    }
}

//! The signals that a workflow dropped because their arguments did not decode.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The maximum number of dropped signals that a workflow remembers: the latest ones.
const MAX_REMEMBERED: usize = 100;

/// A dropped signal, as the query `get_dropped_signals` returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DroppedSignal {
    /// The signal's name.
    pub signal: String,
    /// Why its argument did not decode, in at most 200 characters.
    pub error: String,
}

#[derive(Default)]
pub(crate) struct DroppedSignals {
    latest: VecDeque<DroppedSignal>,
    /// The number of signals dropped in this run.
    count: u64,
}

impl DroppedSignals {
    pub(super) fn list(&self) -> Vec<DroppedSignal> {
        self.latest.iter().cloned().collect()
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn add(&mut self, signal: String, error: String) {
        if self.latest.len() == MAX_REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(DroppedSignal { signal, error });
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_dropped_signals_are_remembered() {
        let mut dropped = DroppedSignals::default();
        for number in 0..=MAX_REMEMBERED {
            dropped.add(number.to_string(), String::new());
        }
        let signals = dropped.list();
        assert_eq!(signals.len(), MAX_REMEMBERED);
        assert_eq!(dropped.count(), MAX_REMEMBERED as u64 + 1);
        assert_eq!(signals[0].signal, "1");
    }
}

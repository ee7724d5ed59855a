//! The runs that a follower went through.

use std::{collections::VecDeque, sync::Arc};

use fast_temporal_protocol::Position;

/// Number of runs that are kept in any case; runs whose events are in the ring are kept too.
const MIN_KEPT: usize = 128;

/// The runs of one chain in the order in which they were followed, numbered from 0. A chain can be
/// endless, so only the newest are kept. History or the engine name the run after an older one.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// The number of the oldest run that is kept.
    oldest: usize,
    kept: VecDeque<Run>,
}

#[derive(Debug)]
struct Run {
    id: Arc<str>,
    /// How far it was read, once another run follows.
    read_to: Option<Position>,
    /// Whether runs before it are missing.
    after_gap: bool,
}

/// The run that a chain continues with after another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextRun {
    pub(crate) run_id: Arc<str>,
    /// Whether runs between the two are missing.
    pub(crate) after_gap: bool,
}

impl Runs {
    /// Records how far the newest run was read, before another one follows.
    pub(crate) fn set_read_to(&mut self, read_to: Option<Position>) {
        if let Some(run) = self.kept.back_mut() {
            run.read_to = read_to;
        }
    }

    /// How far an earlier run was read.
    pub(crate) fn read_to(&self, number: usize) -> Option<Position> {
        let run = self.kept.get(number.checked_sub(self.oldest)?)?;
        run.read_to
    }

    /// Appends the chain's next run. `needed` is the oldest run with events in the ring.
    pub(crate) fn push(&mut self, id: Arc<str>, after_gap: bool, needed: usize) {
        self.kept.push_back(Run {
            id,
            read_to: None,
            after_gap,
        });
        while self.kept.len() > MIN_KEPT && self.oldest < needed {
            self.kept.pop_front();
            self.oldest += 1;
        }
    }

    /// The number of runs so far.
    pub(crate) fn count(&self) -> usize {
        self.oldest + self.kept.len()
    }

    /// The run that the follower reads; `None` before the first.
    pub(crate) fn newest(&self) -> Option<&Arc<str>> {
        self.kept.back().map(|run| &run.id)
    }

    /// The number of the newest run.
    pub(crate) fn newest_number(&self) -> usize {
        self.count().saturating_sub(1)
    }

    /// The runs that are kept, oldest first.
    pub(crate) fn ids(&self) -> Vec<Arc<str>> {
        self.kept.iter().map(|run| Arc::clone(&run.id)).collect()
    }

    /// A run's number, if it is kept.
    pub(crate) fn number(&self, run_id: &str) -> Option<usize> {
        let index = self.kept.iter().rposition(|run| *run.id == *run_id)?;
        Some(self.oldest + index)
    }

    /// The run after that one.
    pub(crate) fn after(&self, number: usize) -> Option<NextRun> {
        let next = self.kept.get((number + 1).checked_sub(self.oldest)?)?;
        Some(NextRun {
            run_id: Arc::clone(&next.id),
            after_gap: next.after_gap,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_chain_keeps_its_newest_runs_and_their_numbers() {
        let mut runs = Runs::default();
        for number in 0..10_000_usize {
            runs.push(
                number.to_string().into(),
                number % 2 == 1,
                number - number.min(3),
            );
        }
        assert_eq!(runs.ids().len(), MIN_KEPT);
        assert_eq!((runs.count(), runs.newest_number()), (10_000, 9_999));
        assert_eq!(runs.number("9990"), Some(9_990));
        let next = runs.after(9_990).expect("a run");
        assert_eq!((&*next.run_id, next.after_gap), ("9991", true));
        assert_eq!(runs.number("5"), None);
        assert_eq!(runs.after(5), None);
        assert_eq!(runs.after(9_999), None);
    }

    #[test]
    fn runs_with_events_in_the_ring_are_kept() {
        let mut runs = Runs::default();
        for number in 0..1000_usize {
            runs.push(number.to_string().into(), false, 7);
        }
        assert_eq!(runs.number("7"), Some(7));
        assert_eq!(runs.number("6"), None);
    }
}

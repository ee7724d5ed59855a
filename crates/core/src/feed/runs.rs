//! The runs that a follower went through.

use std::{collections::VecDeque, sync::Arc};

use fast_temporal_protocol::Position;

/// How many runs are kept in any case, besides those that the ring holds events of.
const KEPT: usize = 128;

/// The runs of one chain in the order in which they were followed, numbered from 0. A chain may go
/// on for ever, so only the newest are kept. Which run follows an older one, history says, or the
/// engine is asked again.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// How many were let go: the number of the oldest that is kept.
    gone: usize,
    kept: VecDeque<Run>,
}

#[derive(Debug)]
struct Run {
    id: Arc<str>,
    /// How far it was read, where that is over.
    read_to: Option<Position>,
    /// Whether runs before it could not be found.
    after_gap: bool,
}

/// The run after another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) run_id: Arc<str>,
    /// Whether runs between the two could not be found.
    pub(super) gap: bool,
}

impl Runs {
    /// How far the newest run was read, before another one follows.
    pub(super) fn note_read_to(&mut self, read_to: Option<Position>) {
        if let Some(run) = self.kept.back_mut() {
            run.read_to = read_to;
        }
    }

    /// How far an earlier run was read.
    pub(super) fn read_to(&self, number: usize) -> Option<Position> {
        let run = self.kept.get(number.checked_sub(self.gone)?)?;
        run.read_to
    }

    /// Goes on with that run. `needed` is the oldest run that the ring holds events of.
    pub(super) fn push(&mut self, id: Arc<str>, after_gap: bool, needed: usize) {
        self.kept.push_back(Run {
            id,
            read_to: None,
            after_gap,
        });
        while self.kept.len() > KEPT && self.gone < needed {
            self.kept.pop_front();
            self.gone += 1;
        }
    }

    /// How many there were so far.
    pub(super) fn count(&self) -> usize {
        self.gone + self.kept.len()
    }

    /// The run that is being followed; `None` before the first.
    pub(super) fn newest(&self) -> Option<&Arc<str>> {
        self.kept.back().map(|run| &run.id)
    }

    /// Its number.
    pub(super) fn newest_number(&self) -> usize {
        self.count().saturating_sub(1)
    }

    /// Those that are kept, oldest first.
    pub(super) fn ids(&self) -> Vec<Arc<str>> {
        self.kept.iter().map(|run| Arc::clone(&run.id)).collect()
    }

    /// A run's number, where it is kept.
    pub(super) fn number(&self, run_id: &str) -> Option<usize> {
        let index = self.kept.iter().rposition(|run| *run.id == *run_id)?;
        Some(self.gone + index)
    }

    /// The run after that one.
    pub(super) fn after(&self, number: usize) -> Option<Next> {
        let next = self.kept.get((number + 1).checked_sub(self.gone)?)?;
        Some(Next {
            run_id: Arc::clone(&next.id),
            gap: next.after_gap,
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
        assert_eq!(runs.ids().len(), KEPT);
        assert_eq!((runs.count(), runs.newest_number()), (10_000, 9_999));
        assert_eq!(runs.number("9990"), Some(9_990));
        let next = runs.after(9_990).expect("a run");
        assert_eq!((&*next.run_id, next.gap), ("9991", true));
        assert_eq!(runs.number("5"), None);
        assert_eq!(runs.after(5), None);
        assert_eq!(runs.after(9_999), None);
    }

    #[test]
    fn runs_that_the_ring_holds_events_of_are_kept() {
        let mut runs = Runs::default();
        for number in 0..1000_usize {
            runs.push(number.to_string().into(), false, 7);
        }
        assert_eq!(runs.number("7"), Some(7));
        assert_eq!(runs.number("6"), None);
    }
}

//! The newest entries of a feed, bounded by count and bytes.
//!
//! Entries are numbered from 0 in the order of the feed. The numbers hold on this node only;
//! clients see cursors.

use std::{collections::VecDeque, sync::Arc};

use fast_temporal_protocol::Position;

use super::{Entry, entry::batch};

/// A place in a feed that this node has followed: which of its runs, and where in it. `None` is
/// before the run's first event.
pub(super) type Place = (usize, Option<Position>);

#[derive(Debug)]
pub(super) struct Ring {
    slots: VecDeque<(Place, Arc<Entry>)>,
    /// The number of the first slot.
    first: u64,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
    /// After which place the ring begins: all that follows it is here.
    floor: Place,
}

impl Ring {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            slots: VecDeque::new(),
            first: 0,
            bytes: 0,
            max_entries: max_entries.max(1),
            max_bytes,
            floor: (0, None),
        }
    }

    pub(super) fn push(&mut self, run: usize, entry: Arc<Entry>) {
        let place = (run, Some(entry.event().cursor.position));
        self.bytes += entry.weight();
        self.slots.push_back((place, entry));
        while self.slots.len() > self.max_entries
            || (self.bytes > self.max_bytes && self.slots.len() > 1)
        {
            let Some((place, entry)) = self.slots.pop_front() else {
                break;
            };
            self.bytes -= entry.weight();
            self.first += 1;
            self.floor = place;
        }
    }

    /// Drops everything: what follows begins a run anew. Numbers go on, so old ones have fallen out.
    pub(super) fn clear(&mut self, run: usize) {
        self.first += self.slots.len() as u64 + 1;
        self.slots.clear();
        self.bytes = 0;
        self.floor = (run, None);
    }

    pub(super) fn floor(&self) -> Place {
        self.floor
    }

    /// What a reader is given from that number on; `None` where it has fallen out.
    pub(super) fn batch(&self, from: u64) -> Option<Vec<Arc<Entry>>> {
        let skip = usize::try_from(from.checked_sub(self.first)?).ok()?;
        let entries = self.slots.iter().skip(skip);
        Some(batch(entries.map(|(_, entry)| Arc::clone(entry))))
    }

    /// The newest entry.
    pub(super) fn last(&self) -> Option<&Arc<Entry>> {
        self.slots.back().map(|(_, entry)| entry)
    }

    /// The number that the next entry will have.
    pub(super) fn next_number(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    /// The number of the first entry after a place; `None` where the ring begins later.
    pub(super) fn after(&self, place: Place) -> Option<u64> {
        (place >= self.floor)
            .then(|| self.first + self.slots.partition_point(|(at, _)| *at <= place) as u64)
    }

    /// Whether an event of that id and version is here, or was the last to fall out.
    pub(super) fn holds(&self, run: usize, position: Position) -> bool {
        let same = |(at_run, at): &Place| {
            *at_run == run
                && at.is_some_and(|at| {
                    (at.event_id, at.version) == (position.event_id, position.version)
                })
        };
        let first_of_event = Position {
            event_id: position.event_id,
            index: 0,
            version: i64::MIN,
        };
        let from = self
            .slots
            .partition_point(|(at, _)| *at < (run, Some(first_of_event)));
        same(&self.floor) || self.slots.get(from).is_some_and(|(at, _)| same(at))
    }
}

//! The newest entries of a feed, bounded by count and bytes.
//!
//! Entries are numbered from 0 in the order of the feed. The numbers hold on this node only;
//! clients see cursors.

use std::{collections::VecDeque, sync::Arc};

use fast_temporal_protocol::Position;

use crate::feed::entry::{Entry, batch};

/// A run's number, and the position of an event in it; `None` is before the run's first event.
pub(crate) type RunPosition = (usize, Option<Position>);

#[derive(Debug)]
pub(crate) struct Ring {
    slots: VecDeque<(RunPosition, Arc<Entry>)>,
    /// The number of the first slot.
    first: u64,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
    /// The ring contains every event after this one.
    floor: RunPosition,
}

impl Ring {
    pub(crate) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            slots: VecDeque::new(),
            first: 0,
            bytes: 0,
            max_entries: max_entries.max(1),
            max_bytes,
            floor: (0, None),
        }
    }

    pub(crate) fn push(&mut self, run: usize, entry: Arc<Entry>) {
        let position = (run, Some(entry.event().cursor.position));
        self.bytes += entry.weight();
        self.slots.push_back((position, entry));
        while self.slots.len() > self.max_entries
            || (self.bytes > self.max_bytes && self.slots.len() > 1)
        {
            let Some((position, entry)) = self.slots.pop_front() else {
                break;
            };
            self.bytes -= entry.weight();
            self.first += 1;
            self.floor = position;
        }
    }

    /// Drops all entries; the next one is of the start of that run. Numbers continue after a gap of
    /// one, so that every number handed out before has fallen out.
    pub(crate) fn clear(&mut self, run: usize) {
        self.first += self.slots.len() as u64 + 1;
        self.slots.clear();
        self.bytes = 0;
        self.floor = (run, None);
    }

    pub(crate) fn floor(&self) -> RunPosition {
        self.floor
    }

    /// The next batch from that number on; `None` if that entry has fallen out.
    pub(crate) fn batch(&self, from: u64) -> Option<Vec<Arc<Entry>>> {
        let skip = usize::try_from(from.checked_sub(self.first)?).ok()?;
        let entries = self.slots.iter().skip(skip);
        Some(batch(entries.map(|(_, entry)| Arc::clone(entry))))
    }

    /// The newest entry.
    pub(crate) fn last(&self) -> Option<&Arc<Entry>> {
        self.slots.back().map(|(_, entry)| entry)
    }

    /// The number that the next entry will have.
    pub(crate) fn next_number(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    /// The number of the first entry after a position; `None` if the ring begins later.
    pub(crate) fn after(&self, position: RunPosition) -> Option<u64> {
        let skip = || self.slots.partition_point(|(at, _)| *at <= position);
        (position >= self.floor).then(|| self.first + skip() as u64)
    }

    /// Whether an event of that id and version is in the ring, or was the last to fall out.
    pub(crate) fn contains(&self, run: usize, position: Position) -> bool {
        let same = |(at_run, at): &RunPosition| {
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

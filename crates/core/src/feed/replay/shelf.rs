//! The segments that are in memory, those of all feeds together.
//!
//! Readers may stall for as long as they like, each in another segment. So they hold none: they
//! hold a place on a shelf of limited size. Where the shelf is full, the segment that nobody has
//! read from for longest is taken off, and read again should somebody come back to it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::Segment;

/// What a segment costs besides its events.
const SEGMENT_BYTES: usize = 1024;

#[derive(Debug)]
pub(in crate::feed) struct Shelf {
    max_bytes: usize,
    /// So many stay in any case, lest one be taken off before those who waited for it have come.
    min_segments: usize,
    segments: Mutex<Segments>,
}

#[derive(Debug, Default)]
struct Segments {
    slots: HashMap<u64, Slot>,
    bytes: usize,
    /// Counts what is done here: whatever was used last has the highest number.
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    segment: Arc<Segment>,
    bytes: usize,
    used: u64,
}

/// A place on the shelf, given back once nobody holds it any more. Its segment may be gone before.
#[derive(Debug)]
pub(in crate::feed) struct Shelved {
    shelf: Arc<Shelf>,
    slot: u64,
}

impl Shelf {
    pub(in crate::feed) fn new(max_bytes: usize, min_segments: usize) -> Self {
        Self {
            max_bytes,
            min_segments: min_segments.max(1),
            segments: Mutex::default(),
        }
    }

    pub(super) fn put(self: &Arc<Self>, segment: Segment) -> Shelved {
        let mut segments = self.segments.lock();
        segments.clock += 1;
        let (slot, bytes) = (segments.clock, SEGMENT_BYTES + segment.weight());
        let new = Slot {
            segment: Arc::new(segment),
            bytes,
            used: slot,
        };
        segments.bytes += bytes;
        segments.slots.insert(slot, new);
        while segments.bytes > self.max_bytes && segments.slots.len() > self.min_segments {
            let oldest = segments.slots.iter().min_by_key(|(_, slot)| slot.used);
            let Some(oldest) = oldest.map(|(slot, _)| *slot) else {
                break;
            };
            segments.remove(oldest);
        }
        drop(segments);
        Shelved {
            shelf: Arc::clone(self),
            slot,
        }
    }
}

impl Segments {
    fn remove(&mut self, slot: u64) {
        if let Some(slot) = self.slots.remove(&slot) {
            self.bytes -= slot.bytes;
        }
    }
}

impl Shelved {
    /// The segment, to read from it now; `None` where it was taken off.
    pub(in crate::feed) fn segment(&self) -> Option<Arc<Segment>> {
        let mut segments = self.shelf.segments.lock();
        segments.clock += 1;
        let now = segments.clock;
        let slot = segments.slots.get_mut(&self.slot)?;
        slot.used = now;
        Some(Arc::clone(&slot.segment))
    }
}

impl Drop for Shelved {
    fn drop(&mut self) {
        self.shelf.segments.lock().remove(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use fast_temporal_protocol::{Cursor, Event, Position, event::SignalReceived};
    use jiff::Timestamp;

    use super::*;
    use crate::feed::{Entry, replay::SegmentEnd};

    fn segment(events: usize) -> Segment {
        let entry = |event_id| {
            let position = Position {
                event_id,
                index: 0,
                version: 0,
            };
            let (namespace, workflow_id, run_id) = ("n".into(), "w".into(), "r".into());
            Arc::new(Entry::new(Event {
                cursor: Cursor {
                    namespace,
                    workflow_id,
                    run_id,
                    position,
                },
                time: Timestamp::UNIX_EPOCH,
                data: SignalReceived::default().into(),
                end: false,
            }))
        };
        Segment {
            after: None,
            entries: (1..).take(events).map(entry).collect(),
            closing: None,
            end: SegmentEnd::More,
        }
    }

    fn bytes(shelf: &Shelf) -> usize {
        shelf.segments.lock().bytes
    }

    #[test]
    fn readers_that_stall_in_segments_of_their_own_hold_no_more_than_the_shelf() {
        let one = SEGMENT_BYTES + segment(50).weight();
        let shelf = Arc::new(Shelf::new(10 * one, 1));
        let stalled: Vec<_> = (0..1000).map(|_| shelf.put(segment(50))).collect();
        assert_eq!(bytes(&shelf), 10 * one);
        let left = stalled.iter().filter(|at| at.segment().is_some()).count();
        assert_eq!(left, 10);
        drop(stalled);
        assert_eq!(bytes(&shelf), 0);
    }

    #[test]
    fn segment_that_is_read_from_stays() {
        let one = SEGMENT_BYTES + segment(50).weight();
        let shelf = Arc::new(Shelf::new(3 * one, 1));
        let busy = shelf.put(segment(50));
        let mut stalled = Vec::new();
        for _ in 0..100 {
            stalled.push(shelf.put(segment(50)));
            assert!(busy.segment().is_some());
        }
    }

    #[test]
    fn what_was_read_just_now_is_there_however_little_room_there_is() {
        let shelf = Arc::new(Shelf::new(0, 2));
        let first = shelf.put(segment(50));
        let second = shelf.put(segment(50));
        assert!(first.segment().is_some() && second.segment().is_some());
        let third = shelf.put(segment(50));
        assert!(first.segment().is_none() && third.segment().is_some());
    }
}

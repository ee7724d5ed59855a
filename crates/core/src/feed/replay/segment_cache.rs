//! The segments in memory, of all feeds together.
//!
//! Subscribers may stall for any time, each in another segment. So they keep none alive: they keep
//! a slot of a cache of limited size. If it is full, it evicts the least recently used segment,
//! which is read again if a subscriber continues in it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::segment::Segment;

/// Memory of a segment without its events.
const SEGMENT_BYTES: usize = 1024;

#[derive(Debug)]
pub(crate) struct SegmentCache {
    max_bytes: usize,
    /// This number of segments stays in any case, so that none is evicted before the subscribers
    /// that waited for it have read it.
    min_segments: usize,
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    by_number: HashMap<u64, Slot>,
    bytes: usize,
    /// Counts uses: the most recently used segment has the highest number.
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    segment: Arc<Segment>,
    bytes: usize,
    used: u64,
}

/// A slot of the cache, released when dropped. Its segment may be evicted before.
#[derive(Debug)]
pub(crate) struct CachedSegment {
    cache: Arc<SegmentCache>,
    slot: u64,
}

impl SegmentCache {
    pub(crate) fn new(max_bytes: usize, min_segments: usize) -> Self {
        Self {
            max_bytes,
            min_segments: min_segments.max(1),
            slots: Mutex::default(),
        }
    }

    pub(super) fn insert(self: &Arc<Self>, segment: Segment) -> CachedSegment {
        let mut slots = self.slots.lock();
        slots.clock += 1;
        let (slot, bytes) = (slots.clock, SEGMENT_BYTES + segment.weight());
        let new = Slot {
            segment: Arc::new(segment),
            bytes,
            used: slot,
        };
        slots.bytes += bytes;
        slots.by_number.insert(slot, new);
        while slots.bytes > self.max_bytes && slots.by_number.len() > self.min_segments {
            let oldest = slots.by_number.iter().min_by_key(|(_, slot)| slot.used);
            let Some(oldest) = oldest.map(|(slot, _)| *slot) else {
                break;
            };
            slots.remove(oldest);
        }
        drop(slots);
        CachedSegment {
            cache: Arc::clone(self),
            slot,
        }
    }
}

impl Slots {
    fn remove(&mut self, slot: u64) {
        if let Some(slot) = self.by_number.remove(&slot) {
            self.bytes -= slot.bytes;
        }
    }
}

impl CachedSegment {
    /// The segment, to read from it now; `None` if it was evicted.
    pub(crate) fn segment(&self) -> Option<Arc<Segment>> {
        let mut slots = self.cache.slots.lock();
        slots.clock += 1;
        let now = slots.clock;
        let slot = slots.by_number.get_mut(&self.slot)?;
        slot.used = now;
        Some(Arc::clone(&slot.segment))
    }
}

impl Drop for CachedSegment {
    fn drop(&mut self) {
        self.cache.slots.lock().remove(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use fast_temporal_protocol::{Cursor, Event, Position, event::SignalReceived};
    use jiff::Timestamp;

    use super::*;
    use crate::feed::{entry::Entry, replay::segment::SegmentEnd};

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

    fn bytes(cache: &SegmentCache) -> usize {
        cache.slots.lock().bytes
    }

    #[test]
    fn stalled_subscribers_keep_no_more_than_the_cache_in_memory() {
        let one = SEGMENT_BYTES + segment(50).weight();
        let cache = Arc::new(SegmentCache::new(10 * one, 1));
        let stalled: Vec<_> = (0..1000).map(|_| cache.insert(segment(50))).collect();
        assert_eq!(bytes(&cache), 10 * one);
        let left = stalled.iter().filter(|at| at.segment().is_some()).count();
        assert_eq!(left, 10);
        drop(stalled);
        assert_eq!(bytes(&cache), 0);
    }

    #[test]
    fn segment_in_use_is_not_evicted() {
        let one = SEGMENT_BYTES + segment(50).weight();
        let cache = Arc::new(SegmentCache::new(3 * one, 1));
        let busy = cache.insert(segment(50));
        let mut stalled = Vec::new();
        for _ in 0..100 {
            stalled.push(cache.insert(segment(50)));
            assert!(busy.segment().is_some());
        }
    }

    #[test]
    fn newest_segments_stay_in_a_full_cache() {
        let cache = Arc::new(SegmentCache::new(0, 2));
        let first = cache.insert(segment(50));
        let second = cache.insert(segment(50));
        assert!(first.segment().is_some() && second.segment().is_some());
        let third = cache.insert(segment(50));
        assert!(first.segment().is_none() && third.segment().is_some());
    }
}

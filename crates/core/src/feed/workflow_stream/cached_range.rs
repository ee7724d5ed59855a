//! Parts of a stream in memory, bounded by bytes.

use std::{collections::VecDeque, sync::Arc};

use super::item::Item;

/// A range is extended by the one that follows it until it has this size.
const MERGE_BYTES: usize = 64 * 1024;

/// All items of the stream between two offsets.
pub(super) struct CachedRange {
    pub(super) from: u64,
    /// The offset after it.
    pub(super) next: u64,
    pub(super) items: Vec<Arc<Item>>,
}

/// Ranges in the order in which they were read. The oldest are evicted first; the newest stays.
pub(super) struct CachedRanges {
    ranges: VecDeque<(CachedRange, usize)>,
    bytes: usize,
    max_bytes: usize,
}

impl CachedRanges {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            ranges: VecDeque::new(),
            bytes: 0,
            max_bytes,
        }
    }

    /// The offset after the newest range.
    pub(super) fn next_offset(&self) -> Option<u64> {
        self.ranges.back().map(|(range, _)| range.next)
    }

    pub(super) fn push(&mut self, range: CachedRange) {
        let bytes = range.items.iter().map(|item| item.weight()).sum();
        self.bytes += bytes;
        match self.ranges.back_mut() {
            Some((last, weight)) if last.next == range.from && *weight < MERGE_BYTES => {
                last.next = range.next;
                last.items.extend(range.items);
                *weight += bytes;
            }
            _ => self.ranges.push_back((range, bytes)),
        }
        while self.bytes > self.max_bytes && self.ranges.len() > 1 {
            let evicted = self.ranges.pop_front().map_or(0, |(_, bytes)| bytes);
            self.bytes -= evicted;
        }
    }

    /// The items from this offset on, and the offset after them; `None` if it is not cached.
    pub(super) fn get(&self, offset: u64) -> Option<(&[Arc<Item>], u64)> {
        let contains = |range: &CachedRange| (range.from..range.next).contains(&offset);
        let (range, _) = self.ranges.iter().rev().find(|(it, _)| contains(it))?;
        let skip = range.items.partition_point(|item| item.offset() < offset);
        Some((&range.items[skip..], range.next))
    }

    pub(super) fn clear(&mut self) {
        self.ranges.clear();
        self.bytes = 0;
    }
}

//! Parts of a stream in memory, bounded by bytes: its end, and those that lagging subscribers need.

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

/// The end of the stream, and the parts of it that lagging subscribers have requested.
pub(super) struct StreamCache {
    newest: CachedRanges,
    older: CachedRanges,
}

impl StreamCache {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            newest: CachedRanges::new(max_bytes),
            older: CachedRanges::new(max_bytes),
        }
    }

    /// Adds a range. `is_all` says that the stream ends after it.
    pub(super) fn add(&mut self, range: CachedRange, is_all: bool) {
        let end = self.newest.next_offset();
        let continues = end == Some(range.from);
        let is_new_end = is_all && end != Some(range.next);
        if continues || is_new_end || end.is_none() {
            if !continues {
                self.newest.clear();
            }
            self.newest.push(range);
        } else {
            self.older.push(range);
        }
    }

    /// The items from this offset on, and the offset after them; `None` if it is not cached.
    pub(super) fn get(&self, offset: u64) -> Option<(&[Arc<Item>], u64)> {
        self.newest.get(offset).or_else(|| self.older.get(offset))
    }

    pub(super) fn clear(&mut self) {
        self.newest.clear();
        self.older.clear();
    }
}

/// Ranges in the order in which they were read. The oldest are evicted first; the newest stays.
struct CachedRanges {
    ranges: VecDeque<(CachedRange, usize)>,
    bytes: usize,
    max_bytes: usize,
}

impl CachedRanges {
    fn new(max_bytes: usize) -> Self {
        Self {
            ranges: VecDeque::new(),
            bytes: 0,
            max_bytes,
        }
    }

    /// The offset after the newest range.
    fn next_offset(&self) -> Option<u64> {
        self.ranges.back().map(|(range, _)| range.next)
    }

    fn push(&mut self, range: CachedRange) {
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

    fn get(&self, offset: u64) -> Option<(&[Arc<Item>], u64)> {
        let contains = |range: &CachedRange| (range.from..range.next).contains(&offset);
        let (range, _) = self.ranges.iter().rev().find(|(it, _)| contains(it))?;
        let skip = range.items.partition_point(|item| item.offset() < offset);
        Some((&range.items[skip..], range.next))
    }

    fn clear(&mut self) {
        self.ranges.clear();
        self.bytes = 0;
    }
}

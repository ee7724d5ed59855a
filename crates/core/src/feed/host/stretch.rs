//! Parts of a stream that are kept, bounded by bytes.

use std::{collections::VecDeque, sync::Arc};

use super::item::Item;

/// A stretch takes in what follows it until it has so many bytes.
const MERGE_BYTES: usize = 64 * 1024;

/// All that the stream holds between two offsets.
pub(super) struct Stretch {
    pub(super) from: u64,
    /// The offset after it.
    pub(super) next: u64,
    pub(super) items: Vec<Arc<Item>>,
}

/// Stretches in the order in which they were read. The oldest go first; the newest always stays.
pub(super) struct Stretches {
    kept: VecDeque<(Stretch, usize)>,
    bytes: usize,
    max_bytes: usize,
}

impl Stretches {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            bytes: 0,
            max_bytes,
        }
    }

    /// The offset after what was read last.
    pub(super) fn next(&self) -> Option<u64> {
        self.kept.back().map(|(stretch, _)| stretch.next)
    }

    pub(super) fn push(&mut self, stretch: Stretch) {
        let bytes = stretch.items.iter().map(|item| item.weight()).sum();
        self.bytes += bytes;
        match self.kept.back_mut() {
            Some((last, weight)) if last.next == stretch.from && *weight < MERGE_BYTES => {
                last.next = stretch.next;
                last.items.extend(stretch.items);
                *weight += bytes;
            }
            _ => self.kept.push_back((stretch, bytes)),
        }
        while self.bytes > self.max_bytes && self.kept.len() > 1 {
            let gone = self.kept.pop_front().map_or(0, |(_, bytes)| bytes);
            self.bytes -= gone;
        }
    }

    /// What is kept from that offset on, and the offset after it; `None` where it is not kept.
    pub(super) fn at(&self, offset: u64) -> Option<(&[Arc<Item>], u64)> {
        let holds = |stretch: &Stretch| (stretch.from..stretch.next).contains(&offset);
        let (stretch, _) = self.kept.iter().rev().find(|(kept, _)| holds(kept))?;
        let skip = stretch.items.partition_point(|item| item.offset() < offset);
        Some((&stretch.items[skip..], stretch.next))
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.bytes = 0;
    }
}

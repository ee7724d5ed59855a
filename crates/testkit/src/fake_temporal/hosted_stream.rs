//! A workflow's own stream.

use fast_temporal_core::engine::StreamPage;
use fast_temporal_protocol::{Json, event::StreamItem};

/// A workflow's own stream.
#[derive(Clone, Default)]
pub(super) struct HostedStream {
    /// The offset of the first item that is kept.
    base: u64,
    items: Vec<StreamItem>,
}

impl HostedStream {
    pub(super) fn push(&mut self, topic: &str, data: Json) {
        let offset = self.base + self.items.len() as u64;
        self.items.push(StreamItem {
            topic: topic.to_owned(),
            data,
            offset: Some(offset),
            ..StreamItem::default()
        });
    }

    pub(super) fn truncate(&mut self, before: u64) {
        self.items.retain(|item| item.offset >= Some(before));
        self.base = before;
    }

    /// Returns at most `max` items from an offset.
    pub(super) fn read(&self, from: u64, max: usize) -> StreamPage {
        let rest = self.items.iter().filter(|item| item.offset >= Some(from));
        let mut items: Vec<_> = rest.cloned().collect();
        let more_ready = items.len() > max;
        items.truncate(max);
        StreamPage {
            next_offset: if more_ready {
                from.max(self.base) + items.len() as u64
            } else {
                self.base + self.items.len() as u64
            },
            items,
            more_ready,
        }
    }
}

//! The forms of the `v1` dialect.

use std::sync::OnceLock;

use bytes::Bytes;
use fast_temporal_protocol::{Cursor, Event};

const BEFORE: &[u8] = b"{\"event\":";
const AFTER: &[u8] = b"}";

/// One event as it is written for readers with the same visibility.
#[derive(Debug)]
pub(super) struct Forms {
    /// The frame of a WebSocket, of which the JSON is a part: both are the same memory.
    frame: Bytes,
    sse: OnceLock<Bytes>,
}

impl Forms {
    pub(super) fn new(event: &Event) -> Self {
        let mut frame = BEFORE.to_vec();
        serde_json::to_writer(&mut frame, event).expect("an event has string keys only");
        frame.extend_from_slice(AFTER);
        frame.shrink_to_fit();
        Self {
            frame: frame.into(),
            sse: OnceLock::new(),
        }
    }

    pub(super) fn json(&self) -> Bytes {
        self.frame.slice(self.json_range())
    }

    pub(super) fn frame(&self) -> &Bytes {
        &self.frame
    }

    pub(super) fn sse(&self, cursor: &Cursor) -> &Bytes {
        self.sse.get_or_init(|| {
            let json = &self.frame[self.json_range()];
            let mut block = format!("id: {cursor}\ndata: ").into_bytes();
            block.reserve_exact(json.len() + 2);
            block.extend_from_slice(json);
            block.extend_from_slice(b"\n\n");
            block.into()
        })
    }

    fn json_range(&self) -> std::ops::Range<usize> {
        BEFORE.len()..self.frame.len() - AFTER.len()
    }
}

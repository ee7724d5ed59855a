//! The frames that wait to be written to a connection.

use std::collections::VecDeque;

use tokio_tungstenite::tungstenite::Message;

/// How many frames may wait before no more are taken.
const MAX_FRAMES: usize = 64;
/// How many bytes of them may wait. What comes in one go is taken whole, so there may be that and a
/// batch of events.
const MAX_BYTES: usize = 256 * 1024;

/// Frames, in the order in which they are written.
#[derive(Default)]
pub(super) struct Outbox {
    frames: VecDeque<Message>,
    bytes: usize,
}

impl Outbox {
    /// Whether more should be put in: what waits is little.
    pub(super) fn has_room(&self) -> bool {
        self.frames.len() < MAX_FRAMES && self.bytes < MAX_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(super) fn put(&mut self, frame: Message) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// Puts a frame back that was taken and could not be written.
    pub(super) fn put_back(&mut self, frame: Message) {
        self.bytes += frame.len();
        self.frames.push_front(frame);
    }

    /// Drops all other frames.
    pub(super) fn keep(&mut self, keep: impl FnMut(&Message) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(Message::len).sum();
    }

    pub(super) fn take(&mut self) -> Option<Message> {
        let frame = self.frames.pop_front();
        match &frame {
            Some(frame) => self.bytes -= frame.len(),
            // An idle connection has no use for the room.
            None => self.frames.shrink_to(0),
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_by_frames_and_by_bytes() {
        for (frame, count) in [("", 64), ("x", 64), (&"x".repeat(100_000), 3)] {
            let mut outbox = Outbox::default();
            for _ in 0..count {
                assert!(outbox.has_room(), "{}", frame.len());
                outbox.put(Message::text(frame));
            }
            assert!(!outbox.has_room(), "{}", frame.len());
            let first = outbox.take().expect("there are some");
            assert!(outbox.has_room(), "{}", frame.len());
            outbox.put_back(first);
            assert!(!outbox.has_room(), "{}", frame.len());
            while outbox.take().is_some() {}
            assert!(outbox.is_empty() && outbox.bytes == 0);
        }
    }
}

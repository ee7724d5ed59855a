//! The frames that wait to be written to a socket.

use std::collections::VecDeque;

use tokio_tungstenite::tungstenite::Message;

/// Frames that wait before there is no more room.
const MAX_FRAMES: usize = 64;
/// Bytes that wait before there is no more room. Updates are sent whole, so this can be exceeded by a
/// batch of events.
const MAX_BYTES: usize = 256 * 1024;

/// Frames, in the order in which they are written.
#[derive(Default)]
pub(super) struct Outbox {
    frames: VecDeque<Message>,
    bytes: usize,
}

impl Outbox {
    /// Whether more frames should be pushed.
    pub(super) fn has_room(&self) -> bool {
        self.frames.len() < MAX_FRAMES && self.bytes < MAX_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(super) fn push(&mut self, frame: Message) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// Returns a popped frame that could not be written.
    pub(super) fn push_front(&mut self, frame: Message) {
        self.bytes += frame.len();
        self.frames.push_front(frame);
    }

    /// Drops all frames but those to keep.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Message) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(Message::len).sum();
    }

    pub(super) fn pop(&mut self) -> Option<Message> {
        let frame = self.frames.pop_front();
        match &frame {
            Some(frame) => self.bytes -= frame.len(),
            // An idle connection does not need the memory.
            None => self.frames.shrink_to(0),
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_by_frames_and_by_bytes() {
        for (frame, count) in [("", 64), ("x", 64), (&"x".repeat(100_000), 3)] {
            let mut outbox = Outbox::default();
            for _ in 0..count {
                assert!(outbox.has_room(), "{}", frame.len());
                outbox.push(Message::text(frame));
            }
            assert!(!outbox.has_room(), "{}", frame.len());
            let first = outbox.pop().expect("there are some");
            assert!(outbox.has_room(), "{}", frame.len());
            outbox.push_front(first);
            assert!(!outbox.has_room(), "{}", frame.len());
            while outbox.pop().is_some() {}
            assert!(outbox.is_empty() && outbox.bytes == 0);
        }
    }
}

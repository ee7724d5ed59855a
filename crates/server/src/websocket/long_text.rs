//! A long text frame, written from bytes that all receivers share.
//!
//! The WebSocket's own writer would copy it into a buffer per connection, and keep that buffer at
//! this size until the connection closes.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// RFC 6455: a text frame that is a whole message.
const FINAL_TEXT: u8 = 0x81;
const LENGTH_IN_2_BYTES: u8 = 126;
const LENGTH_IN_8_BYTES: u8 = 127;

/// The size from which avoiding the copy pays.
pub(super) const LONG_BYTES: usize = 4 * 1024;

pub(super) struct LongText {
    head: [u8; 10],
    head_bytes: usize,
    text: Utf8Bytes,
    written: usize,
}

impl LongText {
    /// A frame for a text of at least [`LONG_BYTES`]: short ones have another header.
    pub(super) fn new(text: Utf8Bytes) -> Self {
        let mut head = [0; 10];
        head[0] = FINAL_TEXT;
        let head_bytes = if let Ok(length) = u16::try_from(text.len()) {
            head[1] = LENGTH_IN_2_BYTES;
            head[2..4].copy_from_slice(&length.to_be_bytes());
            4
        } else {
            head[1] = LENGTH_IN_8_BYTES;
            head[2..].copy_from_slice(&(text.len() as u64).to_be_bytes());
            10
        };
        Self {
            head,
            head_bytes,
            text,
            written: 0,
        }
    }

    /// Whether a part has been written.
    pub(super) fn has_begun(&self) -> bool {
        self.written > 0
    }

    /// How many bytes are still to be written.
    pub(super) fn rest_bytes(&self) -> usize {
        self.head_bytes + self.text.len() - self.written
    }

    /// Continues writing. Nothing else may be written to the stream before it is done.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        let (head, text) = (&self.head[..self.head_bytes], self.text.as_bytes());
        while self.written < head.len() + text.len() {
            let rest = &text[self.written.saturating_sub(head.len())..];
            let head = head.get(self.written..).unwrap_or_default();
            let parts = [IoSlice::new(head), IoSlice::new(rest)];
            match ready!(Pin::new(&mut *to).poll_write_vectored(cx, &parts))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn frames_are_whole_after_partial_writes() {
        let heads: [(usize, &[u8]); 3] = [
            (5_000, &[0x81, 126, 0x27, 0x10]),
            (32_767, &[0x81, 126, 0xff, 0xfe]),
            (32_768, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ];
        for (letters, head) in heads {
            // Two bytes each.
            let text = "é".repeat(letters);
            let (mut near, mut far) = duplex(7);
            let mut frame = LongText::new(text.as_str().into());
            let mut received = Vec::new();
            let write = async {
                poll_fn(|cx| frame.poll_write(cx, &mut near))
                    .await
                    .expect("it is read");
                drop(near);
            };
            let ((), read) = tokio::join!(write, far.read_to_end(&mut received));
            read.expect("it is written");
            assert!(received == [head, text.as_bytes()].concat());
        }
    }
}

//! How a socket is closed so that its client learns why.

use std::{future::poll_fn, io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Socket, WRITE_BUFFER_BYTES, close_reason::CloseReason, outbox::Outbox};

/// How long a client has to read what is still sent, and then to answer the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the gateway waits for a stalled client to read again. The client can also read later
/// what the kernel holds for it, unless it sends in between.
const LINGER: Duration = Duration::from_secs(5);
/// How much of what a client still sends is discarded.
const DISCARD_BYTES: usize = 16 * 1024 * 1024;
/// More than the frames in the write buffer and a close frame need.
const LAST_FRAMES_BYTES: usize = 4 * WRITE_BUFFER_BYTES;

impl Socket {
    /// Closes the connection: sends the frames that wait and a close frame, and gives the client a
    /// short time to close its side. A stalled client is sent no more than the rest of the frame
    /// that is partly written, and the close frame: should it read again, it sees whole frames and
    /// the reason.
    pub(crate) async fn close(mut self, reason: CloseReason) {
        if matches!(reason, CloseReason::Disconnected | CloseReason::Stalled) {
            self.outbox = Outbox::default();
        }
        if let Some(frame) = reason.close_frame() {
            self.outbox.push(frame);
        }
        if reason != CloseReason::Stalled {
            match timeout(CLOSE_TIMEOUT, self.write_all()).await {
                Ok(Ok(())) => {
                    let _ = timeout(CLOSE_TIMEOUT, self.await_close()).await;
                    return;
                }
                Ok(Err(error)) if CloseReason::from_error(&error) != CloseReason::Stalled => return,
                Ok(Err(_)) | Err(_) => {}
            }
        }
        self.drop_unstarted_frames();
        let last_frames = async {
            self.write_all().await.ok()?;
            self.discard_input().await.ok()
        };
        let _ = timeout(LINGER, last_frames).await;
    }

    fn drop_unstarted_frames(&mut self) {
        self.outbox.retain(Message::is_close);
        self.long = self.long.take().filter(|long| long.has_begun());
        let rest_bytes = self.long.as_ref().map_or(0, |long| long.rest_bytes());
        let stream = self.stream.get_mut();
        stream.grow_send_buffer(rest_bytes + LAST_FRAMES_BYTES);
    }

    async fn write_all(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_write(cx)).await
    }

    async fn await_close(&mut self) {
        if self.read_failed {
            let _ = self.discard_input().await;
        } else {
            while let Some(Ok(_)) = poll_fn(|cx| self.poll_read(cx)).await {}
        }
    }

    /// Closing a socket with unread data resets the connection, and the client might lose the last
    /// frames.
    async fn discard_input(&mut self) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.shutdown().await?;
        let mut buffer = vec![0; 8 * 1024];
        let mut left = DISCARD_BYTES;
        while left > 0 {
            match stream.read(&mut buffer).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok(())
    }
}

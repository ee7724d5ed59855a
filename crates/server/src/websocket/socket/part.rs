//! How a socket's end is told to its client.

use std::{future::poll_fn, io, time::Duration};

use fast_temporal_protocol::close;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes, error::ProtocolError, protocol::CloseFrame,
};

use super::{Outbox, Socket, WRITE_BUFFER_BYTES};

/// How long a client has to take what is still sent, and then to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long is waited for a client that takes nothing to read on. It need not: what it was sent
/// waits for it in the kernel, unless the client goes on sending.
const LINGER: Duration = Duration::from_secs(5);
/// How much of what a client still sends is thrown away.
const DISCARD_BYTES: usize = 16 * 1024 * 1024;
/// More than frames need that are being written by the stream's own writer, and a close frame.
const LAST_WORDS_BYTES: usize = 4 * WRITE_BUFFER_BYTES;

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// The client has closed, or is gone: there is nobody to tell.
    Gone,
    /// The client takes nothing of what it is sent.
    Stalled,
    /// A close frame with this code and reason.
    Close(u16, &'static str),
}

impl Farewell {
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::Stalled,
            Error::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
                Self::Close(close::UNAUTHENTICATED, "too much before credentials")
            }
            Error::Capacity(_) => Self::Close(close::TOO_LARGE, "message too large"),
            Error::Utf8(_) => Self::Close(close::INVALID_TEXT, "text that is not UTF-8"),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Gone,
            Error::Protocol(_) => Self::Close(close::PROTOCOL_ERROR, "not a WebSocket frame"),
            _ => Self::Gone,
        }
    }

    fn message(self) -> Option<Message> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::Stalled => (close::SLOW, "nothing was taken for too long"),
            Self::Close(code, reason) => (code, reason),
        };
        Some(Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: Utf8Bytes::from_static(reason),
        })))
    }
}

impl Socket {
    /// Parts from the client: what waits is sent, then a close frame, and then it is up to the
    /// client to close, for a short while. A client that takes nothing is sent no more than the end
    /// of the frame that it is in the middle of, and the close frame: should it read on, it sees
    /// whole frames, and why they end.
    pub(crate) async fn part(mut self, farewell: Farewell) {
        if !matches!(farewell, Farewell::Close(..)) {
            self.outbox = Outbox::default();
        }
        if let Some(close) = farewell.message() {
            self.outbox.put(close);
        }
        if farewell != Farewell::Stalled {
            match timeout(CLOSE_TIMEOUT, self.write()).await {
                Ok(Ok(())) => {
                    let _ = timeout(CLOSE_TIMEOUT, self.see_off()).await;
                    return;
                }
                Ok(Err(error)) if Farewell::of(&error) != Farewell::Stalled => return,
                Ok(Err(_)) | Err(_) => {}
            }
        }
        self.leave_out_what_has_not_begun();
        let last_words = async {
            self.write().await.ok()?;
            self.discard().await.ok()
        };
        let _ = timeout(LINGER, last_words).await;
    }

    fn leave_out_what_has_not_begun(&mut self) {
        self.outbox.keep(Message::is_close);
        self.long = self.long.take().filter(|long| long.has_begun());
        let rest_bytes = self.long.as_ref().map_or(0, |long| long.rest_bytes());
        let connection = self.stream.get_mut();
        connection.grow_send_buffer(rest_bytes + LAST_WORDS_BYTES);
    }

    async fn write(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_write(cx)).await
    }

    async fn see_off(&mut self) {
        if self.broken {
            let _ = self.discard().await;
        } else {
            while let Some(Ok(_)) = poll_fn(|cx| self.poll_read(cx)).await {}
        }
    }

    /// Closing while the client still sends would reset the connection, and the client might never
    /// read what was said last.
    async fn discard(&mut self) -> io::Result<()> {
        let connection = self.stream.get_mut();
        connection.shutdown().await?;
        let mut buffer = vec![0; 8 * 1024];
        let mut left = DISCARD_BYTES;
        while left > 0 {
            match connection.read(&mut buffer).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok(())
    }
}

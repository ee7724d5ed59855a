//! WebSockets below any dialect: a socket that is read and written in one place, and writes what it
//! has in one go.

pub(crate) mod close_reason;
mod closing;
mod long_text;
mod outbox;
pub(crate) mod upgrade;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use futures_util::{Sink as _, Stream as _};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        protocol::{Role, WebSocketConfig},
    },
};

use self::{
    close_reason::CloseReason,
    long_text::{LONG_BYTES, LongText},
    outbox::Outbox,
};
use crate::{limit::connection_count::ConnectionPermit, serve::client_stream::ClientStream};

/// Enough for what clients usually send; grows for a longer message.
const READ_BUFFER_BYTES: usize = 1024;
/// How much is gathered before it is written; allocated as it is used.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// The gateway's end of a WebSocket.
pub(crate) struct Socket {
    stream: WebSocketStream<ClientStream>,
    outbox: Outbox,
    /// A frame that bypasses the stream's own write buffer.
    long: Option<Box<LongText>>,
    unflushed: bool,
    /// Reading has failed: what arrives cannot be parsed.
    read_failed: bool,
    /// Counts the connection.
    pub(crate) permit: ConnectionPermit,
}

/// What happened on a socket.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(Utf8Bytes),
    Binary,
    /// A ping or a pong.
    Control,
    /// There is room for frames again.
    Writable,
    /// The connection has ended.
    Closed(CloseReason),
}

impl Socket {
    /// A socket on an upgraded stream, of which `read` was already read.
    async fn new(
        stream: ClientStream,
        read: Bytes,
        max_message_bytes: usize,
        permit: ConnectionPermit,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        // Copied, so that the connection does not keep the HTTP parser's whole buffer.
        let (read, config) = (read.to_vec(), Some(config));
        Self {
            stream: WebSocketStream::from_partially_read(stream, read, Role::Server, config).await,
            outbox: Outbox::default(),
            long: None,
            unflushed: false,
            read_failed: false,
            permit,
        }
    }

    /// Bounds how many more bytes can be read. The connection of a client that sends more ends.
    pub(crate) fn limit_reading(&mut self, bytes: Option<usize>) {
        self.stream.get_mut().limit_reading(bytes);
    }

    /// Whether more frames should be sent now: few are waiting to be written.
    pub(crate) fn has_room(&self) -> bool {
        self.outbox.has_room()
    }

    /// Sends a text frame as soon as the socket is polled.
    pub(crate) fn send(&mut self, text: Utf8Bytes) {
        self.outbox.push(Message::Text(text));
    }

    /// Sends a ping, unless frames wait: writing them shows just as well whether the client is
    /// there.
    pub(crate) fn ping(&mut self) {
        if self.outbox.is_empty() && !self.unflushed && self.long.is_none() {
            self.outbox.push(Message::Ping(Bytes::new()));
        }
    }

    /// Writes the frames that wait, and reads if `read`. Must not be polled again after
    /// [`Incoming::Closed`].
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, read: bool) -> Poll<Incoming> {
        let had_room = self.has_room();
        if let Poll::Ready(Err(error)) = self.poll_write(cx) {
            return Poll::Ready(Incoming::Closed(CloseReason::from_error(&error)));
        }
        if !had_room && self.has_room() {
            return Poll::Ready(Incoming::Writable);
        }
        // Reading may write a pong, which must not interrupt a frame.
        if !read || self.long.is_some() {
            return Poll::Pending;
        }
        let incoming = match self.poll_read(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => Incoming::Closed(CloseReason::Disconnected),
            Poll::Ready(Some(Err(error))) => {
                self.read_failed = true;
                Incoming::Closed(CloseReason::from_error(&error))
            }
            Poll::Ready(Some(Ok(message))) => match message {
                Message::Text(text) => Incoming::Text(text),
                Message::Binary(_) | Message::Frame(_) => Incoming::Binary,
                Message::Ping(_) | Message::Pong(_) => Incoming::Control,
                // The stream has queued its answer already; closing the socket writes it.
                Message::Close(_) => Incoming::Closed(CloseReason::Disconnected),
            },
        };
        Poll::Ready(incoming)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            if self.long.is_some() {
                // The frames before it go first.
                ready!(self.poll_flush(cx))?;
            }
            if let Some(long) = &mut self.long {
                ready!(long.poll_write(cx, self.stream.get_mut()))?;
                self.long = None;
            }
            match self.outbox.pop() {
                Some(Message::Text(text)) if text.len() >= LONG_BYTES => {
                    self.long = Some(Box::new(LongText::new(text)));
                    // A pong may be waiting, too.
                    self.unflushed = true;
                }
                Some(message) => {
                    let mut stream = Pin::new(&mut self.stream);
                    if stream.as_mut().poll_ready(cx)?.is_pending() {
                        self.outbox.push_front(message);
                        return Poll::Pending;
                    }
                    stream.start_send(message)?;
                    self.unflushed = true;
                }
                None => return self.poll_flush(cx),
            }
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        Pin::new(&mut self.stream).poll_next(cx)
    }
}

#[cfg(test)]
mod tests;

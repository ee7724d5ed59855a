//! A WebSocket that is read and written in one place, and writes what it has in one go.

mod part;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{Sink as _, Stream as _};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        protocol::{Role, WebSocketConfig},
    },
};

pub(crate) use self::part::Farewell;
use super::{
    long_text::{LONG_BYTES, LongText},
    outbox::Outbox,
};
use crate::{limit::connection_count::ConnectionPermit, serve::client_stream::ClientStream};

/// Enough for what clients usually send; it grows for a longer message.
const READ_BUFFER_BYTES: usize = 1024;
/// How much is gathered before it is written; it is allocated as it is used.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// A WebSocket, the gateway's end of it.
pub(crate) struct Socket {
    stream: WebSocketStream<ClientStream>,
    outbox: Outbox,
    /// A frame that is being written past the stream's own writer.
    long: Option<Box<LongText>>,
    unflushed: bool,
    /// Whether reading has failed: what comes makes no sense any more.
    broken: bool,
    permit: ConnectionPermit,
}

/// What happened on a socket.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary,
    /// A ping or a pong.
    Sign,
    /// There is room for frames again.
    Room,
    /// The socket is at its end, and how to part.
    Over(Farewell),
}

impl Socket {
    /// A socket on a connection of which this much was read already.
    pub(super) async fn new(
        connection: ClientStream,
        read: Bytes,
        max_message_bytes: usize,
        permit: ConnectionPermit,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        // Copied, or the connection would hold the whole buffer of the requests before it.
        let (read, config) = (read.to_vec(), Some(config));
        Self {
            stream: WebSocketStream::from_partially_read(connection, read, Role::Server, config)
                .await,
            outbox: Outbox::default(),
            long: None,
            unflushed: false,
            broken: false,
            permit,
        }
    }

    /// What it counts as. Whoever says later who they are is to be counted for that from then on.
    pub(crate) fn permit(&mut self) -> &mut ConnectionPermit {
        &mut self.permit
    }

    /// Bounds what is read from now on, in bytes. A client that sends more is parted from.
    pub(crate) fn limit_reading(&mut self, bytes: Option<usize>) {
        self.stream.get_mut().limit_reading(bytes);
    }

    /// Whether frames should be sent now: those that wait are few.
    pub(crate) fn has_room(&self) -> bool {
        self.outbox.has_room()
    }

    /// Sends a text frame, as soon as the socket is polled.
    pub(crate) fn send(&mut self, text: Utf8Bytes) {
        self.outbox.put(Message::Text(text));
    }

    /// Sends a ping, unless frames wait, which show as well whether the client lives.
    pub(crate) fn ping(&mut self) {
        if self.outbox.is_empty() && !self.unflushed && self.long.is_none() {
            self.outbox.put(Message::Ping(Bytes::new()));
        }
    }

    /// Writes what there is to write, and reads if `read`. Once it has given
    /// [`Incoming::Over`], it must not be polled again.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, read: bool) -> Poll<Incoming> {
        let had_room = self.has_room();
        if let Poll::Ready(Err(error)) = self.poll_write(cx) {
            return Poll::Ready(Incoming::Over(Farewell::of(&error)));
        }
        if !had_room && self.has_room() {
            return Poll::Ready(Incoming::Room);
        }
        // Reading may write a pong, which must not come in the middle of a frame.
        if !read || self.long.is_some() {
            return Poll::Pending;
        }
        let incoming = match self.poll_read(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => Incoming::Over(Farewell::Gone),
            Poll::Ready(Some(Err(error))) => {
                self.broken = true;
                Incoming::Over(Farewell::of(&error))
            }
            Poll::Ready(Some(Ok(message))) => match message {
                Message::Text(text) => Incoming::Text(text),
                Message::Binary(_) | Message::Frame(_) => Incoming::Binary,
                Message::Ping(_) | Message::Pong(_) => Incoming::Sign,
                // The answer is on its way already; what is left is to see it off.
                Message::Close(_) => Incoming::Over(Farewell::Gone),
            },
        };
        Poll::Ready(incoming)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            if self.long.is_some() {
                // What came before it goes first.
                ready!(self.poll_flush(cx))?;
            }
            if let Some(long) = &mut self.long {
                ready!(long.poll_write(cx, self.stream.get_mut()))?;
                self.long = None;
            }
            match self.outbox.take() {
                Some(Message::Text(text)) if text.len() >= LONG_BYTES => {
                    self.long = Some(Box::new(LongText::new(text)));
                    // A pong may wait, too.
                    self.unflushed = true;
                }
                Some(message) => {
                    let mut stream = Pin::new(&mut self.stream);
                    if stream.as_mut().poll_ready(cx)?.is_pending() {
                        self.outbox.put_back(message);
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

//! A WebSocket that is read and written in one place, and writes what it has in one go.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use fast_temporal_protocol::close;
use futures_util::{Sink as _, Stream as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        error::ProtocolError,
        protocol::{CloseFrame, Role, WebSocketConfig},
    },
};

use super::long_text::{LONG_BYTES, LongText};
use crate::config::WebSocketLimits;

/// Enough for what clients usually send; it grows for a longer message.
const READ_BUFFER_BYTES: usize = 1024;
/// How much is gathered before it is written; it is allocated as it is used.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// How many frames may wait before no more are taken.
const QUEUE_FRAMES: usize = 64;
/// How long a client has to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How much of a message that is too long is thrown away, so that its sender comes to read why.
const DISCARD_BYTES: usize = 16 * 1024 * 1024;

type Raw = TokioIo<Upgraded>;

/// A WebSocket, the gateway's end of it.
pub(crate) struct Socket {
    stream: WebSocketStream<Raw>,
    queue: VecDeque<Message>,
    /// A frame that is being written past the stream's own writer.
    long: Option<Box<LongText>>,
    unflushed: bool,
    /// Whether reading has failed: what comes makes no sense any more.
    broken: bool,
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

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// The client has closed, or is gone: there is nobody to tell.
    Gone,
    /// The client takes nothing: it would not take a close frame either.
    Stalled,
    /// A close frame with this code and reason.
    Close(u16, &'static str),
}

impl Socket {
    pub(super) async fn new(upgraded: Upgraded, limits: &WebSocketLimits) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_message_size(Some(limits.max_message_bytes))
            .max_frame_size(Some(limits.max_message_bytes));
        let raw = TokioIo::new(upgraded);
        Self {
            stream: WebSocketStream::from_raw_socket(raw, Role::Server, Some(config)).await,
            queue: VecDeque::new(),
            long: None,
            unflushed: false,
            broken: false,
        }
    }

    /// Whether frames should be sent now: those that wait are few.
    pub(crate) fn has_room(&self) -> bool {
        self.queue.len() < QUEUE_FRAMES
    }

    /// Sends a text frame, as soon as the socket is polled.
    pub(crate) fn send(&mut self, text: Utf8Bytes) {
        self.queue.push_back(Message::Text(text));
    }

    /// Sends a ping, unless frames wait, which show as well whether the client lives.
    pub(crate) fn ping(&mut self) {
        if self.queue.is_empty() && !self.unflushed && self.long.is_none() {
            self.queue.push_back(Message::Ping(Bytes::new()));
        }
    }

    /// Writes what there is to write, and reads if `read`. Once it has given
    /// [`Incoming::Over`], it must not be polled again.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, read: bool) -> Poll<Incoming> {
        let had_room = self.has_room();
        if let Poll::Ready(Err(error)) = self.poll_write(cx) {
            return Poll::Ready(Incoming::Over(farewell(&error)));
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
                Incoming::Over(farewell(&error))
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

    /// Parts from the client: what waits is sent, then a close frame, and then it is up to the
    /// client to close, for a short while.
    pub(crate) async fn part(mut self, farewell: Farewell) {
        let close = match farewell {
            Farewell::Stalled => return,
            Farewell::Gone => {
                self.queue.clear();
                None
            }
            Farewell::Close(code, reason) => Some(Message::Close(Some(CloseFrame {
                code: code.into(),
                reason: Utf8Bytes::from_static(reason),
            }))),
        };
        self.queue.extend(close);
        let _ = timeout(CLOSE_TIMEOUT, self.finish()).await;
    }

    async fn finish(&mut self) {
        if std::future::poll_fn(|cx| self.poll_write(cx))
            .await
            .is_err()
        {
            return;
        }
        if self.broken {
            let _ = self.discard().await;
        } else {
            while let Some(Ok(_)) = std::future::poll_fn(|cx| self.poll_read(cx)).await {}
        }
    }

    /// Closing while the client still sends would reset the connection, and the client might never
    /// read what was said last.
    async fn discard(&mut self) -> io::Result<()> {
        let raw = self.stream.get_mut();
        raw.shutdown().await?;
        let mut buffer = vec![0; 8 * 1024];
        let mut left = DISCARD_BYTES;
        while left > 0 {
            match raw.read(&mut buffer).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok(())
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
            match self.queue.pop_front() {
                Some(Message::Text(text)) if text.len() >= LONG_BYTES => {
                    self.long = Some(Box::new(LongText::new(text)));
                    // A pong may wait, too.
                    self.unflushed = true;
                }
                Some(message) => {
                    let mut stream = Pin::new(&mut self.stream);
                    if stream.as_mut().poll_ready(cx)?.is_pending() {
                        self.queue.push_front(message);
                        return Poll::Pending;
                    }
                    stream.start_send(message)?;
                    self.unflushed = true;
                }
                None => {
                    // An idle connection has no use for it.
                    self.queue.shrink_to(0);
                    return self.poll_flush(cx);
                }
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

fn farewell(error: &Error) -> Farewell {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Farewell::Stalled,
        Error::Capacity(_) => Farewell::Close(close::TOO_LARGE, "message too large"),
        Error::Utf8(_) => Farewell::Close(close::INVALID_TEXT, "text that is not UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Farewell::Gone,
        Error::Protocol(_) => Farewell::Close(close::PROTOCOL_ERROR, "not a WebSocket frame"),
        _ => Farewell::Gone,
    }
}

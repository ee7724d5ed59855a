//! A client's TCP stream, which fails once the client has read nothing for the write timeout.
//!
//! The timeout is enforced here, below all protocols, so that it applies equally to HTTP responses,
//! event streams and WebSockets, and so that any progress counts.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
    time::{Sleep, sleep},
};

/// The largest send buffer to request from the kernel when a stalled client's last frames are
/// written.
const MAX_SEND_BUFFER_BYTES: usize = 1024 * 1024;
/// How long, and how much, is read after shutdown from a client that is still sending.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// A client's TCP stream with a write timeout and an optional bound on what is read.
pub(crate) struct ClientStream {
    stream: TcpStream,
    write_timeout: Duration,
    /// Runs while the client reads nothing.
    stall_timer: Option<Pin<Box<Sleep>>>,
    /// How many unsent bytes the kernel buffers.
    max_unsent_bytes: u32,
    /// Set after shutdown if the client is still sending.
    lingering: Option<Lingering>,
    /// How many more bytes can be read; `None` for no bound.
    readable_bytes: Option<usize>,
    _permit: OwnedSemaphorePermit,
}

struct Lingering {
    timer: Pin<Box<Sleep>>,
    left_bytes: usize,
}

impl ClientStream {
    /// Wraps an accepted stream. The permit is released when the stream is dropped.
    pub(crate) fn new(
        stream: TcpStream,
        write_timeout: Duration,
        max_unsent_bytes: u32,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        // Frames are small and should leave at once.
        let _ = stream.set_nodelay(true);
        limit_unsent(&stream, max_unsent_bytes);
        Self {
            stream,
            write_timeout,
            stall_timer: None,
            max_unsent_bytes,
            lingering: None,
            readable_bytes: None,
            _permit: permit,
        }
    }

    /// Bounds how many more bytes can be read. Reading more fails with
    /// [`QuotaExceeded`](io::ErrorKind::QuotaExceeded).
    pub(crate) fn limit_reading(&mut self, bytes: Option<usize>) {
        self.readable_bytes = bytes;
    }

    /// Enlarges the kernel's send buffer by `bytes` if possible, and lifts the write timeout: for
    /// the last frames to a stalled client. The caller bounds how long it waits.
    pub(crate) fn grow_send_buffer(&mut self, bytes: usize) {
        self.stall_timer = None;
        self.write_timeout = Duration::MAX;
        let socket = SockRef::from(&self.stream);
        limit_unsent(&self.stream, u32::MAX);
        let unsent = usize::try_from(self.max_unsent_bytes).unwrap_or(usize::MAX);
        let wanted = unsent.saturating_add(bytes).min(MAX_SEND_BUFFER_BYTES);
        // The kernel counts its own overhead, up to twice the payload, and so doubles the requested
        // size.
        let is_enough = |present: usize| present >= 2 * wanted;
        if !socket.send_buffer_size().is_ok_and(is_enough) {
            let _ = socket.set_send_buffer_size(wanted);
        }
    }

    /// Reads and discards what the client still sends after shutdown, for a short while: closing a
    /// socket with unread data resets the connection, and the client might lose the last frames.
    /// Does not wait for a client that is not sending at the moment.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut buffer = [0; 4 * 1024];
        loop {
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.stream).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    let Some(lingering) = &mut self.lingering else {
                        return Poll::Ready(());
                    };
                    return lingering.timer.as_mut().poll(cx);
                }
            }
            let lingering = self.lingering.get_or_insert_with(|| Lingering {
                timer: Box::pin(sleep(LINGER)),
                left_bytes: LINGER_BYTES,
            });
            match lingering.left_bytes.checked_sub(read.filled().len()) {
                Some(left) => lingering.left_bytes = left,
                None => return Poll::Ready(()),
            }
        }
    }

    /// Turns a write that stays pending for the write timeout into an error.
    fn check_stall<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stall_timer = None;
            return outcome;
        }
        let limit = self.write_timeout;
        let timer = self
            .stall_timer
            .get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(timer.as_mut().poll(cx));
        self.stall_timer = None;
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client stopped reading",
        )))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if let Some(readable) = self.readable_bytes {
            let left = readable.checked_sub(buf.filled().len() - before);
            self.readable_bytes = Some(left.ok_or(io::ErrorKind::QuotaExceeded)?);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.check_stall(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.check_stall(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        self.poll_linger(cx).map(Ok)
    }
}

/// Bounds how many unsent bytes the kernel buffers. Unlike a bound on the whole send buffer, this
/// does not slow down a client that is far away. Systems without this option buffer as they like.
fn limit_unsent(stream: &TcpStream, bytes: u32) {
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let _ = SockRef::from(stream).set_tcp_notsent_lowat(bytes);
    #[cfg(not(any(target_os = "android", target_os = "linux")))]
    let _ = (stream, bytes);
}

//! A client's TCP connection, which fails once the client takes nothing for too long.
//!
//! The check is made here, below all protocols, so that answers, event streams and WebSockets have
//! it alike, and so that any progress counts.

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

/// The most that the kernel is asked to hold for a client that takes nothing, so that what was
/// begun can be ended.
const MAX_ROOM_BYTES: usize = 1024 * 1024;
/// How long, and how much, is read from a client that goes on sending when all is said.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

pub(crate) struct ClientConnection {
    stream: TcpStream,
    write_timeout: Duration,
    /// Set while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// How much the kernel holds that has not left yet.
    max_unsent_bytes: u32,
    /// Set once the connection is shut down, while its client goes on sending.
    lingering: Option<Lingering>,
    /// How much more may be read; as much as comes where nothing is said.
    readable_bytes: Option<usize>,
    /// Its place among the sockets that may be open.
    _place: OwnedSemaphorePermit,
}

struct Lingering {
    end: Pin<Box<Sleep>>,
    left_bytes: usize,
}

impl ClientConnection {
    pub(crate) fn new(
        stream: TcpStream,
        write_timeout: Duration,
        max_unsent_bytes: u32,
        place: OwnedSemaphorePermit,
    ) -> Self {
        // Frames are small and should leave at once.
        let _ = stream.set_nodelay(true);
        limit_unsent(&stream, max_unsent_bytes);
        Self {
            stream,
            write_timeout,
            stalled: None,
            max_unsent_bytes,
            lingering: None,
            readable_bytes: None,
            _place: place,
        }
    }

    /// Bounds what is read from now on. Reading more fails with
    /// [`QuotaExceeded`](io::ErrorKind::QuotaExceeded).
    pub(crate) fn limit_reading(&mut self, bytes: Option<usize>) {
        self.readable_bytes = bytes;
    }

    /// Has the kernel take that many bytes more than usual, if it can: for the last words to a
    /// client that takes nothing. How long it may go on taking nothing, the caller decides.
    pub(crate) fn make_room(&mut self, bytes: usize) {
        self.stalled = None;
        self.write_timeout = Duration::MAX;
        let socket = SockRef::from(&self.stream);
        limit_unsent(&self.stream, u32::MAX);
        let unsent = usize::try_from(self.max_unsent_bytes).unwrap_or(usize::MAX);
        let wanted = unsent.saturating_add(bytes).min(MAX_ROOM_BYTES);
        // The kernel counts what it spends on a byte, which may be twice as much, and so takes twice
        // what it is asked for.
        let enough = |present: usize| present >= 2 * wanted;
        if !socket.send_buffer_size().is_ok_and(enough) {
            let _ = socket.set_send_buffer_size(wanted);
        }
    }

    /// Reads what a client still sends to a connection that is shut down, and throws it away, for a
    /// short while: to close before it is read would reset the connection, and the client might never
    /// see what it was told last. A client that sends nothing at the moment is not waited for.
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
                    return lingering.end.as_mut().poll(cx);
                }
            }
            let lingering = self.lingering.get_or_insert_with(|| Lingering {
                end: Box::pin(sleep(LINGER)),
                left_bytes: LINGER_BYTES,
            });
            match lingering.left_bytes.checked_sub(read.filled().len()) {
                Some(left) => lingering.left_bytes = left,
                None => return Poll::Ready(()),
            }
        }
    }

    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let limit = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(cx));
        self.stalled = None;
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client takes nothing",
        )))
    }
}

impl AsyncRead for ClientConnection {
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

impl AsyncWrite for ClientConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(cx, outcome)
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

/// Bounds what the kernel takes beyond what the client can. Unlike a bound on all that it holds, this
/// does not slow a client down that is far away. Where the system has no such thing, it takes as much
/// as it likes.
fn limit_unsent(stream: &TcpStream, bytes: u32) {
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let _ = SockRef::from(stream).set_tcp_notsent_lowat(bytes);
    #[cfg(not(any(target_os = "android", target_os = "linux")))]
    let _ = (stream, bytes);
}

//! Clients of the gateway that cost the driver as little as can be, so that thousands of them fit
//! beside the gateway on one small machine: one socket and a few bytes each, frames read in place.

mod http;
mod sse;
mod websocket;

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

pub use self::http::{get_text, post};
use self::{sse::SseDecoder, websocket::WebSocketDecoder};

/// How much is read from a socket at a time.
const READ_BYTES: usize = 8 * 1024;
/// How long opening a connection may take.
const OPEN_LIMIT: Duration = Duration::from_mins(1);
/// Number of loopback addresses that connections are spread over: each has its own ports.
const SOURCES: usize = 8;

/// A connection on which frames arrive.
pub struct Connection {
    stream: TcpStream,
    decoder: Decoder,
}

enum Decoder {
    WebSocket(WebSocketDecoder),
    Sse(SseDecoder),
}

impl Connection {
    /// Opens a WebSocket; `index` says which of many connections this is.
    pub async fn web_socket(address: SocketAddr, index: usize, path: &str) -> anyhow::Result<Self> {
        let request = websocket::handshake(address, path);
        let stream = Self::open(address, index, &request, 101).await?;
        Ok(Self {
            stream,
            decoder: Decoder::WebSocket(WebSocketDecoder::default()),
        })
    }

    /// Opens a stream of server-sent events.
    pub async fn sse(address: SocketAddr, index: usize, path: &str) -> anyhow::Result<Self> {
        let request = sse::request(address, path);
        let stream = Self::open(address, index, &request, 200).await?;
        Ok(Self {
            stream,
            decoder: Decoder::Sse(SseDecoder::default()),
        })
    }

    async fn open(
        address: SocketAddr,
        index: usize,
        request: &str,
        status: u16,
    ) -> anyhow::Result<TcpStream> {
        let opening = http::open(address, source(address, index), request, status..=status);
        timeout(OPEN_LIMIT, opening)
            .await
            .context("the connection was not opened in time")?
    }

    /// Sends one text message; WebSockets only.
    pub async fn send_text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.stream.write_all(&websocket::text_frame(text)).await?)
    }

    /// Waits for bytes, and calls `on_frame` with every frame that they complete, which may be none.
    ///
    /// # Errors
    /// The connection was closed, or the server violated the protocol.
    pub async fn read(&mut self, mut on_frame: impl FnMut(&[u8])) -> anyhow::Result<()> {
        loop {
            self.stream.readable().await?;
            let mut bytes = [0; READ_BYTES];
            match self.stream.try_read(&mut bytes) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => return self.take(&bytes[..count], &mut on_frame),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], on_frame: &mut impl FnMut(&[u8])) -> anyhow::Result<()> {
        match &mut self.decoder {
            Decoder::Sse(decoder) => decoder.take(bytes, on_frame),
            Decoder::WebSocket(decoder) => {
                if let Some(pong) = decoder.take(bytes, on_frame)? {
                    // A few bytes always fit where the other side reads at all.
                    self.stream
                        .try_write(&pong)
                        .context("could not answer a ping")?;
                }
                Ok(())
            }
        }
    }
}

/// The address that a connection comes from: on the loopback one of several, as one alone has too
/// few ports for tens of thousands of connections, those just closed among them.
fn source(target: SocketAddr, index: usize) -> Option<Ipv4Addr> {
    let last = u8::try_from(2 + index % SOURCES).expect("there are few sources");
    (target.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST)).then(|| Ipv4Addr::new(127, 0, 0, last))
}

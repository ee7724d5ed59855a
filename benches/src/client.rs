//! Clients of the gateway that cost the driver as little as possible, so that thousands of them fit
//! beside the gateway on one small machine: one socket and a few bytes each, frames read in place.

pub mod http;
mod sse;
mod websocket;

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use self::{sse::SseDecoder, websocket::WebSocketDecoder};
use crate::baseline::START_SIGNAL;

/// How much is read from a socket at a time.
const READ_BYTES: usize = 8 * 1024;
/// How long opening a connection can take.
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
    /// Opens a WebSocket. `index` is the number of this connection among many.
    pub async fn web_socket(address: SocketAddr, index: usize, path: &str) -> Result<Self> {
        let request = websocket::handshake(address, path);
        let stream = Self::open(address, index, &request, 101).await?;
        Ok(Self {
            stream,
            decoder: Decoder::WebSocket(WebSocketDecoder::default()),
        })
    }

    /// Opens a stream of server-sent events.
    pub async fn sse(address: SocketAddr, index: usize, path: &str) -> Result<Self> {
        let request = sse::request(address, path);
        let stream = Self::open(address, index, &request, 200).await?;
        Ok(Self {
            stream,
            decoder: Decoder::Sse(SseDecoder::default()),
        })
    }

    /// Connects a user of the `seed` dialect.
    pub async fn seed(address: SocketAddr, index: usize, user: &str) -> Result<Self> {
        Self::web_socket(address, index, &format!("/ws/{user}")).await
    }

    /// Connects a `v1` client that subscribes with these fields.
    pub async fn subscribe(address: SocketAddr, index: usize, mut fields: Value) -> Result<Self> {
        fields["id"] = json!(1);
        fields["op"] = json!("subscribe");
        let mut connection = Self::web_socket(address, index, "/v1/ws").await?;
        connection.send_text(&fields.to_string()).await?;
        Ok(connection)
    }

    async fn open(
        address: SocketAddr,
        index: usize,
        request: &str,
        status: u16,
    ) -> Result<TcpStream> {
        let opening = http::open(address, source(address, index), request, status..=status);
        timeout(OPEN_LIMIT, opening)
            .await
            .context("the connection was not opened in time")?
    }

    /// Sends the message in the `seed` dialect that starts a workflow. Its start signal receives `args`.
    pub async fn start_workflow(
        &mut self,
        workflow: &str,
        task_queue: &str,
        args: &impl Serialize,
    ) -> Result<()> {
        let message = json!({
            "origin": "bench",
            "args": args,
            "workflow": {
                "workflow_name": workflow,
                "workflow_task_queue": task_queue,
                "start_signal_function": START_SIGNAL,
            },
        });
        self.send_text(&message.to_string()).await
    }

    /// Sends one text message; WebSockets only.
    async fn send_text(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.write_all(&websocket::text_frame(text)).await?)
    }

    /// Reads `v1` frames until `is_last` accepts one.
    ///
    /// # Errors
    /// The limit passed, the client received a gap, or the connection was lost.
    pub async fn read_until(
        &mut self,
        limit: Duration,
        mut is_last: impl FnMut(&[u8]) -> bool,
    ) -> Result<()> {
        let reading = async {
            let (mut is_over, mut has_gap) = (false, false);
            while !is_over {
                let on_frame = |frame: &[u8]| {
                    has_gap |= frame.starts_with(b"{\"gap\"");
                    is_over |= is_last(frame);
                };
                self.read(on_frame).await?;
            }
            ensure!(!has_gap, "a client received a gap");
            Ok(())
        };
        let read = timeout(limit, reading).await;
        read.context("a client did not receive everything in time")?
    }

    /// Waits for bytes, and calls `on_frame` with every frame that they complete, which may be none.
    ///
    /// # Errors
    /// The connection was closed, or the server violated the protocol.
    pub async fn read(&mut self, mut on_frame: impl FnMut(&[u8])) -> Result<()> {
        loop {
            self.stream.readable().await?;
            let mut bytes = [0; READ_BYTES];
            match self.stream.try_read(&mut bytes) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => return self.feed(&bytes[..count], &mut on_frame),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn feed(&mut self, bytes: &[u8], on_frame: &mut impl FnMut(&[u8])) -> Result<()> {
        match &mut self.decoder {
            Decoder::Sse(decoder) => decoder.feed(bytes, on_frame),
            Decoder::WebSocket(decoder) => {
                if let Some(pong) = decoder.feed(bytes, on_frame)? {
                    // A few bytes always fit if the gateway reads at all.
                    self.stream
                        .try_write(&pong)
                        .context("could not answer a ping")?;
                }
                Ok(())
            }
        }
    }
}

/// Returns the address that a connection comes from: on the loopback one of several, because one has too
/// few ports for tens of thousands of connections, including those that were just closed.
fn source(target: SocketAddr, index: usize) -> Option<Ipv4Addr> {
    let last = u8::try_from(2 + index % SOURCES).expect("there are few sources");
    (target.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST)).then(|| Ipv4Addr::new(127, 0, 0, last))
}

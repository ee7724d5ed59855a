//! A WebSocket, whichever dialect it speaks.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Error, Message, handshake::client::Request},
};

use super::Reply;

/// Longer than most waits of a test.
const MAX_WAIT: Duration = Duration::from_mins(10);

#[derive(Debug)]
pub struct WebSocket {
    pub stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Maximum time until the next message, pings included.
    pub max_wait: Duration,
}

impl WebSocket {
    /// Connects. Returns the response of a gateway that rejects the upgrade.
    pub async fn open(request: Request) -> Result<Self, Reply> {
        // Without Nagle's delay, which is real time and would let a paused clock advance.
        match connect_async_with_config(request, None, true).await {
            Ok((stream, _)) => Ok(Self {
                stream,
                max_wait: MAX_WAIT,
            }),
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                let body = body.unwrap_or_default();
                Err(Reply::new(parts.status.as_u16(), parts.headers, body))
            }
            Err(error) => panic!("not an HTTP response: {error}"),
        }
    }

    pub async fn send(&mut self, message: impl Into<Message>) {
        self.stream.send(message.into()).await.unwrap();
    }

    /// Returns the next frame.
    pub async fn frame(&mut self) -> Value {
        self.frame_or_close().await.expect("a frame")
    }

    /// Returns the next frame, or the code with which the gateway closes the connection.
    pub async fn frame_or_close(&mut self) -> Result<Value, u16> {
        match self.next().await {
            Some(Message::Text(text)) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Message::Close(Some(frame))) => Err(frame.code.into()),
            other => panic!("expected a frame or a close, got {other:?}"),
        }
    }

    /// Returns the code with which the gateway closes the connection, after no further frame.
    pub async fn close_code(&mut self) -> u16 {
        self.frame_or_close().await.expect_err("a close")
    }

    /// Expects nothing but pings for a time.
    pub async fn expect_silence(&mut self, time: Duration) {
        let received = timeout(time, self.next()).await;
        assert!(received.is_err(), "{received:?}");
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            match timeout(self.max_wait, self.stream.next())
                .await
                .expect("a message in time")
            {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

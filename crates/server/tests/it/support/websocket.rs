//! A client of the `seed` dialect.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{self, Message, client::IntoClientRequest},
};

/// Longer than any wait of a test.
const MAX_WAIT: Duration = Duration::from_mins(10);

/// A WebSocket connection that reads and writes frames.
pub struct Client(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub async fn connect(request: impl IntoClientRequest + Unpin) -> tungstenite::Result<Self> {
        // Without Nagle's delay, which is real time and would let a paused clock run ahead.
        let (socket, _) = connect_async_with_config(request, None, true).await?;
        Ok(Self(socket))
    }

    pub async fn send(&mut self, message: impl Into<Message>) {
        self.0.send(message.into()).await.unwrap();
    }

    /// Starts a workflow with these arguments, as the client in the Python package's readme does.
    pub async fn start(&mut self, args: Value) {
        let message = json!({"args": args, "origin": "streamlit_ui"});
        self.send(message.to_string()).await;
    }

    /// The next frame.
    pub async fn frame(&mut self) -> Value {
        match self.next().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    /// The next frame, or the code with which the gateway closes the connection.
    pub async fn frame_or_close(&mut self) -> Result<Value, u16> {
        match self.next().await {
            Some(Message::Text(text)) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Message::Close(Some(frame))) => Err(frame.code.into()),
            other => panic!("expected a frame or a close, got {other:?}"),
        }
    }

    /// The messages and statuses of the next frames.
    pub async fn frames(&mut self, count: usize) -> Vec<(String, String)> {
        let mut frames = Vec::new();
        for _ in 0..count {
            let frame = self.frame().await;
            assert_eq!(frame["origin"], "temporal");
            let text = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            frames.push((text(&frame["message"]), text(&frame["status"])));
        }
        frames
    }

    /// The code of the next frame, which must be an error.
    pub async fn error(&mut self) -> String {
        let frame = self.frame().await;
        assert_eq!(frame["status"], "Error", "{frame}");
        assert!(frame["message"].is_string());
        frame["code"].as_str().unwrap().to_owned()
    }

    /// Expects nothing but pings for that long.
    pub async fn expect_silence(&mut self, time: Duration) {
        let received = timeout(time, self.next()).await;
        assert!(received.is_err(), "{received:?}");
    }

    /// The code with which the gateway closes the connection next.
    pub async fn closed(&mut self) -> u16 {
        match self.next().await {
            Some(Message::Close(Some(frame))) => frame.code.into(),
            other => panic!("expected a close, got {other:?}"),
        }
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            match timeout(MAX_WAIT, self.0.next())
                .await
                .expect("a message within the limit")
            {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// Messages and statuses, to compare with [`Client::frames`].
pub fn frames<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    expected
        .map(|(message, status)| (message.to_owned(), status.to_owned()))
        .into()
}

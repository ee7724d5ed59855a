//! A WebSocket of `/v1/ws`.

use std::collections::VecDeque;

use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::{Node, SOON};

/// A connection. It keeps frames that arrive while a request waits for its response.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    kept: VecDeque<Frame>,
    next_id: u64,
}

/// A received frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// `{"event": …}`
    Event(Value),
    /// `{"<name>": …}`
    Notice(String, Value),
    /// `{"id": …}`, whole.
    Answer(Value),
    /// The gateway closed with that code; 1006 if the connection was lost.
    Closed(u16),
}

impl Socket {
    /// Connects, with credentials if there are any.
    pub async fn connect(node: &Node, token: Option<&str>) -> anyhow::Result<Self> {
        match Self::try_connect(node, "/v1/ws", token).await? {
            Ok(socket) => Ok(socket),
            Err(status) => bail!("{node}: no WebSocket, but {status}"),
        }
    }

    /// Connects to a path; returns the status if it is rejected.
    pub async fn try_connect(
        node: &Node,
        path: &str,
        token: Option<&str>,
    ) -> anyhow::Result<Result<Self, u16>> {
        let mut request = format!("ws://{}{path}", node.address()).into_client_request()?;
        let headers = request.headers_mut();
        if path.starts_with("/v1/") {
            let protocol = HeaderValue::from_static("fast-temporal.v1");
            headers.insert("sec-websocket-protocol", protocol);
        }
        if let Some(token) = token {
            headers.insert("authorization", format!("Bearer {token}").parse()?);
        }
        let connecting = timeout(SOON, connect_async(request)).await;
        match connecting.with_context(|| format!("{node}: no connection"))? {
            Ok((stream, _)) => Ok(Ok(Self {
                stream,
                kept: VecDeque::new(),
                next_id: 1,
            })),
            Err(Error::Http(response)) => Ok(Err(response.status().as_u16())),
            Err(error) => Err(error).with_context(|| format!("{node}: no connection")),
        }
    }

    /// Sends a request and returns its result. Other frames are kept.
    pub async fn ask(&mut self, op: &str, fields: &Value) -> anyhow::Result<Value> {
        let answer = self.request(op, fields).await?;
        ensure!(answer["ok"] == true, "{op} {fields}: {answer}");
        Ok(answer["result"].clone())
    }

    /// Sends a request that must fail with that code.
    pub async fn request_error(
        &mut self,
        op: &str,
        fields: &Value,
        code: &str,
    ) -> anyhow::Result<()> {
        let answer = self.request(op, fields).await?;
        let fits = answer["ok"] == false && answer["error"]["code"] == code;
        ensure!(fits, "{op} {fields}: {code} expected, not {answer}");
        Ok(())
    }

    /// Sends a request and returns its whole response. Other frames are kept.
    pub async fn request(&mut self, op: &str, fields: &Value) -> anyhow::Result<Value> {
        let id = self.next_id;
        self.next_id += 1;
        let mut request = fields.clone();
        request["id"] = json!(id);
        request["op"] = json!(op);
        self.send_text(&request.to_string()).await?;
        let mut kept = VecDeque::new();
        let answer = loop {
            match self.read().await? {
                Frame::Answer(answer) if answer["id"] == id => break answer,
                Frame::Closed(code) => bail!("{op}: closed with {code} instead of an answer"),
                other => kept.push_back(other),
            }
        };
        self.kept.extend(kept);
        Ok(answer)
    }

    /// Returns the next frame, kept or received.
    pub async fn next(&mut self) -> anyhow::Result<Frame> {
        match self.kept.pop_front() {
            Some(frame) => Ok(frame),
            None => self.read().await,
        }
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Sends any message.
    pub async fn send(&mut self, message: Message) -> anyhow::Result<()> {
        Ok(self.stream.send(message).await?)
    }

    /// Waits until the gateway closes, and returns the code.
    pub async fn closed(&mut self) -> anyhow::Result<u16> {
        loop {
            if let Frame::Closed(code) = self.next().await? {
                return Ok(code);
            }
        }
    }

    async fn read(&mut self) -> anyhow::Result<Frame> {
        loop {
            let message = timeout(SOON, self.stream.next()).await;
            let text = match message.context("received nothing in time")? {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(close))) => {
                    return Ok(Frame::Closed(close.map_or(1005, |close| close.code.into())));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Ok(Frame::Closed(1006)),
            };
            return frame(&text);
        }
    }
}

fn frame(text: &str) -> anyhow::Result<Frame> {
    let value: Value = serde_json::from_str(text).with_context(|| format!("no JSON: {text}"))?;
    let fields = value
        .as_object()
        .with_context(|| format!("no object: {text}"))?;
    if fields.contains_key("id") {
        return Ok(Frame::Answer(value));
    }
    let (name, inner) = fields.iter().next().context("an empty frame")?;
    Ok(match name.as_str() {
        "event" => Frame::Event(inner.clone()),
        name => Frame::Notice(name.to_owned(), inner.clone()),
    })
}

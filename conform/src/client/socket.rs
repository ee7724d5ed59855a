//! A WebSocket of `/v1/ws`.

use std::collections::VecDeque;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::client::{Node, SOON};

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
    Response(Value),
    /// The gateway closed with that code; 1006 if the connection was lost.
    Closed(u16),
}

impl Socket {
    /// Connects, with credentials if there are any.
    pub async fn connect(node: &Node, token: Option<&str>) -> Result<Self> {
        match Self::try_connect(node, "/v1/ws", token).await? {
            Ok(socket) => Ok(socket),
            Err(status) => bail!("{node}: expected a WebSocket, received status {status}"),
        }
    }

    /// Connects to a path; returns the status if it is rejected.
    pub async fn try_connect(
        node: &Node,
        path: &str,
        token: Option<&str>,
    ) -> Result<Result<Self, u16>> {
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
    pub async fn call(&mut self, op: &str, fields: &Value) -> Result<Value> {
        let response = self.request(op, fields).await?;
        ensure!(response["ok"] == true, "{op} {fields}: {response}");
        Ok(response["result"].clone())
    }

    /// Sends a request that must fail with that code.
    pub async fn call_error(&mut self, op: &str, fields: &Value, code: &str) -> Result<()> {
        let response = self.request(op, fields).await?;
        let matches = response["ok"] == false && response["error"]["code"] == code;
        ensure!(matches, "{op} {fields}: expected {code}, not {response}");
        Ok(())
    }

    /// Sends a request and returns its whole response. Other frames are kept.
    pub async fn request(&mut self, op: &str, fields: &Value) -> Result<Value> {
        let id = self.next_id;
        self.next_id += 1;
        let mut request = fields.clone();
        request["id"] = json!(id);
        request["op"] = json!(op);
        self.send_text(&request.to_string()).await?;
        loop {
            match self.read().await? {
                Frame::Response(response) if response["id"] == id => return Ok(response),
                Frame::Closed(code) => bail!("{op}: closed with {code} instead of a response"),
                other => self.kept.push_back(other),
            }
        }
    }

    /// Receives events, up to the first one that `is_last` accepts. Skips everything else.
    pub async fn events_until(
        &mut self,
        mut is_last: impl FnMut(&Value) -> bool,
    ) -> Result<Vec<Value>> {
        let mut events = Vec::new();
        loop {
            match self.next().await? {
                Frame::Event(event) => {
                    let stop = is_last(&event);
                    events.push(event);
                    if stop {
                        return Ok(events);
                    }
                }
                Frame::Closed(code) => bail!("closed with {code}"),
                _ => {}
            }
        }
    }

    /// Receives frames, up to the first notice of that name. Returns its content.
    pub async fn notice(&mut self, expected: &str) -> Result<Value> {
        loop {
            match self.next().await? {
                Frame::Notice(name, notice) if name == expected => return Ok(notice),
                Frame::Closed(code) => bail!("closed with {code} before `{expected}`"),
                _ => {}
            }
        }
    }

    /// Returns the next frame, kept or received.
    pub async fn next(&mut self) -> Result<Frame> {
        match self.kept.pop_front() {
            Some(frame) => Ok(frame),
            None => self.read().await,
        }
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Sends any message.
    pub async fn send(&mut self, message: Message) -> Result<()> {
        Ok(self.stream.send(message).await?)
    }

    /// Waits until the gateway closes the connection with that code.
    pub async fn expect_close(&mut self, expected: u16) -> Result<()> {
        loop {
            if let Frame::Closed(code) = self.next().await? {
                ensure!(code == expected, "closed with {code}, not {expected}");
                return Ok(());
            }
        }
    }

    async fn read(&mut self) -> Result<Frame> {
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

fn frame(text: &str) -> Result<Frame> {
    let value: Value = serde_json::from_str(text).with_context(|| format!("not JSON: {text}"))?;
    if !value["id"].is_null() || value["ok"].is_boolean() {
        return Ok(Frame::Response(value));
    }
    let fields = value.as_object().and_then(|fields| fields.iter().next());
    let (name, content) = fields.with_context(|| format!("not a message: {text}"))?;
    Ok(match name.as_str() {
        "event" => Frame::Event(content.clone()),
        name => Frame::Notice(name.to_owned(), content.clone()),
    })
}

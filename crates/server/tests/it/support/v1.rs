//! A client of the `v1` dialect.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Map, Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use super::{Client, Gateway};

/// A connection to `/v1/ws`.
pub struct V1 {
    pub client: Client,
    last_id: u64,
    /// Frames received while waiting for another one.
    received: VecDeque<Value>,
}

impl V1 {
    pub async fn connect(gateway: &Gateway) -> Self {
        Self::connect_to(format!("ws://{}/v1/ws", gateway.address))
            .await
            .unwrap()
    }

    pub async fn connect_to(request: impl IntoClientRequest + Unpin) -> tungstenite::Result<Self> {
        Ok(Self {
            client: Client::connect(request).await?,
            last_id: 0,
            received: VecDeque::new(),
        })
    }

    /// Sends a request, and returns its id.
    pub async fn send_request(&mut self, op: &str, fields: Value) -> u64 {
        self.last_id += 1;
        let mut request = json!({"id": self.last_id, "op": op});
        let fields: Map<String, Value> = serde_json::from_value(fields).unwrap();
        request.as_object_mut().unwrap().extend(fields);
        self.client.send(request.to_string()).await;
        self.last_id
    }

    /// Sends a request, and waits for its result.
    pub async fn call(&mut self, op: &str, fields: Value) -> Value {
        let id = self.send_request(op, fields).await;
        let response = self.response(id).await;
        assert_eq!(response["ok"], true, "{response}");
        response["result"].clone()
    }

    /// Sends a request, and waits for the code of its error.
    pub async fn call_error(&mut self, op: &str, fields: Value) -> String {
        let id = self.send_request(op, fields).await;
        code(&self.response(id).await)
    }

    /// Waits for the response to a request. Keeps the frames before it.
    pub async fn response(&mut self, id: u64) -> Value {
        let is_it = |frame: &Value| frame.get("id") == Some(&json!(id));
        if let Some(at) = self.received.iter().position(is_it) {
            return self.received.remove(at).unwrap();
        }
        loop {
            let frame = self.client.frame().await;
            if is_it(&frame) {
                return frame;
            }
            self.received.push_back(frame);
        }
    }

    /// Drops the frames received while waiting for others.
    pub fn discard_received(&mut self) {
        self.received.clear();
    }

    /// The next frame.
    pub async fn any_frame(&mut self) -> Value {
        match self.received.pop_front() {
            Some(frame) => frame,
            None => self.client.frame().await,
        }
    }

    /// The next frame that is not a heartbeat.
    pub async fn frame(&mut self) -> Value {
        loop {
            let frame = self.any_frame().await;
            if frame.get("heartbeat").is_none() {
                return frame;
            }
        }
    }

    /// The next frame, which must be a heartbeat.
    pub async fn heartbeat(&mut self) -> Value {
        let mut frame = self.any_frame().await;
        frame
            .get_mut("heartbeat")
            .unwrap_or_else(|| panic!("no heartbeat"))
            .take()
    }

    /// The next events, of any workflow. Drops notices between them.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let mut frame = self.frame().await;
            assert!(frame.get("id").is_none(), "{frame}");
            if let Some(event) = frame.get_mut("event") {
                events.push(event.take());
            }
        }
        events
    }

    /// Expects `live`, and then only heartbeats for that long.
    pub async fn expect_live_then_silence(&mut self, time: Duration) {
        let frame = self.frame().await;
        assert!(frame.get("live").is_some(), "{frame}");
        self.expect_silence(time).await;
    }

    /// The code with which the gateway closes the connection, after nothing but heartbeats.
    pub async fn close_code_after_heartbeats(&mut self) -> u16 {
        assert!(
            self.received
                .iter()
                .all(|frame| frame.get("heartbeat").is_some())
        );
        loop {
            match self.client.frame_or_close().await {
                Ok(frame) => assert!(frame.get("heartbeat").is_some(), "{frame}"),
                Err(code) => return code,
            }
        }
    }

    /// Expects only heartbeats for that long.
    pub async fn expect_silence(&mut self, time: Duration) {
        let received = timeout(time, self.frame()).await;
        assert!(received.is_err(), "{received:?}");
    }
}

/// The code of a response that is an error.
pub fn code(response: &Value) -> String {
    assert_eq!(response["ok"], false, "{response}");
    let error = &response["error"];
    assert!(error["message"].is_string() && error["retryable"].is_boolean());
    error["code"].as_str().unwrap().to_owned()
}

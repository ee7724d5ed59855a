//! A client of the `v1` dialect.

use std::{collections::VecDeque, panic::Location, time::Duration};

use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::WebSocket;

/// A connection to `/v1/ws`.
#[derive(Debug)]
pub struct V1Client {
    pub socket: WebSocket,
    last_id: u64,
    /// Frames received while waiting for another one.
    received: VecDeque<Value>,
}

impl V1Client {
    pub fn new(socket: WebSocket) -> Self {
        Self {
            socket,
            last_id: 0,
            received: VecDeque::new(),
        }
    }

    /// Sends a request, and returns its id.
    pub async fn send_request(&mut self, op: &str, fields: Value) -> u64 {
        self.last_id += 1;
        let mut request = json!({"id": self.last_id, "op": op});
        let fields: Map<String, Value> = serde_json::from_value(fields).unwrap();
        request.as_object_mut().unwrap().extend(fields);
        self.socket.send(request.to_string()).await;
        self.last_id
    }

    /// Sends a request, and returns its result.
    pub async fn call(&mut self, op: &str, fields: Value) -> Value {
        let id = self.send_request(op, fields).await;
        let response = self.response(id).await;
        assert_eq!(response["ok"], true, "{response}");
        response["result"].clone()
    }

    /// Sends a request, and returns the code of its error.
    pub async fn call_error(&mut self, op: &str, fields: Value) -> String {
        let id = self.send_request(op, fields).await;
        code(&self.response(id).await)
    }

    /// Sends a request, and compares the code of its error.
    #[track_caller]
    pub fn expect_error(
        &mut self,
        op: &str,
        fields: Value,
        code: &str,
    ) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let shown = fields.to_string();
            assert_eq!(
                self.call_error(op, fields).await,
                code,
                "{op} {shown} at {caller}"
            );
        }
    }

    /// Subscribes to all events of a workflow.
    pub async fn subscribe(&mut self, workflow_id: &str) {
        self.call("subscribe", json!({"workflow_id": workflow_id}))
            .await;
    }

    /// Waits for the response to a request. Keeps the frames before it.
    pub async fn response(&mut self, id: u64) -> Value {
        let is_it = |frame: &Value| frame.get("id") == Some(&json!(id));
        if let Some(at) = self.received.iter().position(is_it) {
            return self.received.remove(at).unwrap();
        }
        loop {
            let frame = self.socket.frame().await;
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

    /// Returns the next frame.
    pub async fn any_frame(&mut self) -> Value {
        match self.received.pop_front() {
            Some(frame) => frame,
            None => self.socket.frame().await,
        }
    }

    /// Returns the next frame that is not a heartbeat.
    pub async fn frame(&mut self) -> Value {
        loop {
            let frame = self.any_frame().await;
            if frame.get("heartbeat").is_none() {
                return frame;
            }
        }
    }

    /// Returns the next notice of a kind. Only heartbeats and `live` can precede it.
    pub async fn notice(&mut self, kind: &str) -> Value {
        loop {
            let mut frame = self.frame().await;
            match frame.get_mut(kind) {
                Some(notice) => return notice.take(),
                None => assert!(frame.get("live").is_some(), "{frame}"),
            }
        }
    }

    /// Returns the cursors in the next frame, which must be a heartbeat.
    pub async fn heartbeat(&mut self) -> Value {
        let mut frame = self.any_frame().await;
        let heartbeat = frame.get_mut("heartbeat").map(Value::take);
        heartbeat.unwrap_or_else(|| panic!("not a heartbeat: {frame}"))
    }

    /// Returns the next events, of any workflow. Drops notices between them.
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

    /// Returns the next event. Drops notices before it.
    pub async fn event(&mut self) -> Value {
        self.events(1).await.remove(0)
    }

    /// Expects `live` as the next frame.
    pub async fn expect_live(&mut self) {
        let frame = self.frame().await;
        assert!(frame.get("live").is_some(), "{frame}");
    }

    /// Expects only heartbeats for a time.
    pub async fn expect_silence(&mut self, time: Duration) {
        let received = timeout(time, self.frame()).await;
        assert!(received.is_err(), "{received:?}");
    }

    /// Expects a response to a `ping`.
    pub async fn expect_served(&mut self) {
        self.call("ping", json!({})).await;
    }

    /// Returns the code with which the gateway closes the connection, after nothing but heartbeats.
    pub async fn close_code(&mut self) -> u16 {
        let is_heartbeat = |frame: &Value| frame.get("heartbeat").is_some();
        assert!(self.received.iter().all(is_heartbeat));
        loop {
            match self.socket.frame_or_close().await {
                Ok(frame) => assert!(is_heartbeat(&frame), "{frame}"),
                Err(code) => return code,
            }
        }
    }
}

/// Returns the code of a response that is an error.
pub fn code(response: &Value) -> String {
    assert_eq!(response["ok"], false, "{response}");
    let error = &response["error"];
    assert!(error["message"].is_string() && error["retryable"].is_boolean());
    error["code"].as_str().unwrap().to_owned()
}

//! A client of the `v1` protocol.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Map, Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use super::{Client, Gateway};

pub struct V1 {
    pub client: Client,
    last_id: u64,
    /// What came while something else was waited for.
    early: VecDeque<Value>,
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
            early: VecDeque::new(),
        })
    }

    /// Sends a request, and gives its id.
    pub async fn ask(&mut self, op: &str, fields: Value) -> u64 {
        self.last_id += 1;
        let mut request = json!({"id": self.last_id, "op": op});
        let fields: Map<String, Value> = serde_json::from_value(fields).unwrap();
        request.as_object_mut().unwrap().extend(fields);
        self.client.send(request.to_string()).await;
        self.last_id
    }

    /// Sends a request, and waits for its result.
    pub async fn call(&mut self, op: &str, fields: Value) -> Value {
        let id = self.ask(op, fields).await;
        let answer = self.answer(id).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer["result"].clone()
    }

    /// Sends a request, and waits for the error that it is refused with.
    pub async fn refused(&mut self, op: &str, fields: Value) -> String {
        let id = self.ask(op, fields).await;
        code(&self.answer(id).await)
    }

    /// The answer to a request. What comes before it is kept.
    pub async fn answer(&mut self, id: u64) -> Value {
        let is_it = |frame: &Value| frame.get("id") == Some(&json!(id));
        if let Some(at) = self.early.iter().position(is_it) {
            return self.early.remove(at).unwrap();
        }
        loop {
            let frame = self.client.frame().await;
            if is_it(&frame) {
                return frame;
            }
            self.early.push_back(frame);
        }
    }

    /// Drops what came while something else was waited for.
    pub fn forget(&mut self) {
        self.early.clear();
    }

    /// The next frame.
    pub async fn any_frame(&mut self) -> Value {
        match self.early.pop_front() {
            Some(frame) => frame,
            None => self.client.frame().await,
        }
    }

    /// The next frame that is no heartbeat.
    pub async fn frame(&mut self) -> Value {
        loop {
            let frame = self.any_frame().await;
            if frame.get("heartbeat").is_none() {
                return frame;
            }
        }
    }

    /// The next heartbeat; nothing else comes before it.
    pub async fn heartbeat(&mut self) -> Value {
        let mut frame = self.any_frame().await;
        frame
            .get_mut("heartbeat")
            .unwrap_or_else(|| panic!("no heartbeat"))
            .take()
    }

    /// The next events, whichever workflow they are of. Notices between them are dropped.
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

    /// Nothing comes for that long but heartbeats, and word that a replay is over.
    pub async fn hears_nothing_but_live_for(&mut self, time: Duration) {
        let frame = self.frame().await;
        assert!(frame.get("live").is_some(), "{frame}");
        self.hears_nothing_for(time).await;
    }

    /// The code with which the gateway closes; only heartbeats come before it.
    pub async fn closed_after_heartbeats(&mut self) -> u16 {
        assert!(
            self.early
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

    /// Nothing comes for that long but heartbeats.
    pub async fn hears_nothing_for(&mut self, time: Duration) {
        let heard = timeout(time, self.frame()).await;
        assert!(heard.is_err(), "{heard:?}");
    }
}

/// The code of an answer that is a refusal.
pub fn code(answer: &Value) -> String {
    assert_eq!(answer["ok"], false, "{answer}");
    let error = &answer["error"];
    assert!(error["message"].is_string() && error["retryable"].is_boolean());
    error["code"].as_str().unwrap().to_owned()
}

//! A client of event streams (SSE).

use std::time::Duration;

use axum::{body::Body, http::Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::timeout;

use super::Gateway;

/// One block of an event stream.
#[derive(Debug, Default, PartialEq)]
pub struct Block {
    pub event: Option<String>,
    pub id: Option<String>,
    pub data: Option<Value>,
}

pub struct Stream(Body);

impl Stream {
    pub async fn open(gateway: &Gateway, uri: &str) -> Self {
        Self::of(gateway.get(uri).await).await
    }

    pub async fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let mut stream = Self(response.into_body());
        let hello = stream.text().await.unwrap();
        assert!(hello.starts_with("retry: "), "{hello}");
        stream
    }

    /// The text of the next block; `None` after the last one.
    pub async fn text(&mut self) -> Option<String> {
        let frame = timeout(Duration::from_mins(5), self.0.frame())
            .await
            .expect("a block in time");
        let data = frame?.unwrap().into_data().unwrap();
        let text = String::from_utf8(data.to_vec()).unwrap();
        assert!(text.ends_with("\n\n"), "{text:?}");
        Some(text)
    }

    pub async fn block(&mut self) -> Option<Block> {
        let mut block = Block::default();
        for line in self.text().await?.lines() {
            match line.split_once(": ") {
                Some(("event", name)) => block.event = Some(name.to_owned()),
                Some(("id", id)) => block.id = Some(id.to_owned()),
                Some(("data", data)) => block.data = Some(serde_json::from_str(data).unwrap()),
                _ => assert!(line.is_empty() || line.starts_with(':'), "{line:?}"),
            }
        }
        Some(block)
    }

    /// The next events, whose ids are their cursors.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let block = self.block().await.unwrap();
            if let (None, Some(event)) = (block.event, block.data) {
                assert_eq!(event["cursor"].as_str(), block.id.as_deref());
                events.push(event);
            }
        }
        events
    }
}

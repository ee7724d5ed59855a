//! An event stream of the gateway.

use std::time::Duration;

use axum::{body::Body, http::Response};
use fast_temporal_testkit::event_stream::{self, Block};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::timeout;

pub struct EventStream(event_stream::EventStream);

impl EventStream {
    /// Reads a response. Checks its headers and its first block, the reconnection delay.
    pub async fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), 200);
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-store"),
            ("x-accel-buffering", "no"),
        ] {
            assert_eq!(response.headers()[name], value);
        }
        // The gateway sends whole blocks only.
        let whole = response.into_body().into_data_stream().inspect(|part| {
            let bytes = part.as_ref().unwrap();
            assert!(bytes.ends_with(b"\n\n"), "{bytes:?}");
        });
        let mut stream = Self(event_stream::EventStream::new(whole));
        let preamble = stream.block().await;
        assert!(preamble.retry.is_some(), "{preamble:?}");
        stream
    }

    /// Returns the next block, or `None` at the end of the stream.
    pub async fn next_block(&mut self) -> Option<Block> {
        timeout(Duration::from_mins(5), self.0.next_block())
            .await
            .expect("a block in time")
            .unwrap()
    }

    /// Returns the next block.
    pub async fn block(&mut self) -> Block {
        self.next_block().await.expect("a block")
    }

    /// Returns the next block, which must be of a type.
    pub async fn block_of(&mut self, event: &str) -> Block {
        let block = self.block().await;
        assert_eq!(block.event.as_deref(), Some(event), "{block:?}");
        block
    }

    /// Expects the end of the stream.
    pub async fn expect_end(&mut self) {
        assert_eq!(self.next_block().await, None);
    }

    /// Returns the next events, whose ids are their cursors. Drops notices between them.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let block = self.block().await;
            if let (None, Some(event)) = (block.event, block.data) {
                assert_eq!(event["cursor"].as_str(), block.id.as_deref());
                events.push(event);
            }
        }
        events
    }

    /// Returns the next event. Drops notices before it.
    pub async fn event(&mut self) -> Value {
        self.events(1).await.remove(0)
    }
}

//! An event stream of `GET /v1/workflows/{id}/events`.

use std::collections::VecDeque;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{StreamExt as _, stream::BoxStream};
use serde_json::Value;
use tokio::time::timeout;

use crate::client::{Node, SOON};

/// An event stream.
pub struct EventStream {
    body: BoxStream<'static, Option<Vec<u8>>>,
    blocks: VecDeque<String>,
    rest: Vec<u8>,
}

/// One block of an event stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Its type, unless it is a plain message.
    pub event: Option<String>,
    /// The cursor after it.
    pub id: Option<String>,
    /// Its data; `null` for a heartbeat.
    pub data: Value,
}

impl EventStream {
    /// Opens a stream from the start of the feed.
    pub async fn open(node: &Node, path: &str, token: Option<&str>) -> Result<Self> {
        match Self::try_open(node, path, token, None).await? {
            Ok(stream) => Ok(stream),
            Err(status) => bail!("{path}: expected an event stream, received status {status}"),
        }
    }

    /// Opens a stream, or returns the status: 204 if everything was read before.
    pub async fn try_open(
        node: &Node,
        path: &str,
        token: Option<&str>,
        after: Option<&str>,
    ) -> Result<Result<Self, u16>> {
        let response = timeout(SOON, node.open_stream(path, token, after)).await??;
        let status = response.status().as_u16();
        if status != 200 {
            return Ok(Err(status));
        }
        let head = response.headers();
        ensure!(head["content-type"] == "text/event-stream", "{head:?}");
        ensure!(head["x-accel-buffering"] == "no", "{head:?}");
        let body = response
            .bytes_stream()
            .map(|part| part.ok().map(|part| part.to_vec()));
        Ok(Ok(Self {
            body: body.boxed(),
            blocks: VecDeque::new(),
            rest: Vec::new(),
        }))
    }

    /// Returns the next block; `None` if the stream ends for any reason.
    pub async fn next(&mut self) -> Result<Option<Block>> {
        loop {
            if let Some(block) = self.blocks.pop_front() {
                return parse(&block).map(Some);
            }
            let part = timeout(SOON, self.body.next())
                .await
                .context("received nothing in time")?;
            let Some(part) = part.flatten() else {
                return Ok(None);
            };
            self.rest.extend(part);
            while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.rest.drain(..end + 2).collect();
                self.blocks.push_back(String::from_utf8(block)?);
            }
        }
    }
}

fn parse(text: &str) -> Result<Block> {
    let mut block = Block::default();
    for line in text.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("event", value) => block.event = Some(value.to_owned()),
            ("id", value) => block.id = Some(value.to_owned()),
            ("data", value) => {
                block.data =
                    serde_json::from_str(value).with_context(|| format!("not JSON: {value}"))?;
            }
            _ => {}
        }
    }
    Ok(block)
}

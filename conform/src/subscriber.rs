//! Reads a workflow's events from any node, over any transport.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{
    client::{
        socket::{Frame, Socket},
        stream::EventStream,
    },
    oracle,
    world::World,
};

/// The transport of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    WebSocket,
    EventStream,
    LongPoll,
}

impl Transport {
    pub const ALL: [Self; 3] = [Self::WebSocket, Self::EventStream, Self::LongPoll];
}

/// Which workflow to read, and with which credentials.
pub struct Subscriber {
    pub world: Arc<World>,
    pub token: Option<String>,
    /// As in a path, which is unchanged for the ids of these cases.
    pub workflow_id: String,
}

/// Events that were read, up to some point.
#[derive(Debug, Default)]
pub struct Batch {
    pub events: Vec<Value>,
    /// Whether the feed ended.
    pub ended: bool,
    /// How many gaps were received.
    pub gaps: usize,
}

impl Batch {
    /// Adds an event. Returns whether it is the last one to read.
    fn add(&mut self, event: Value, is_enough: &mut impl FnMut(&Value) -> bool) -> bool {
        self.ended |= event["end"] == true;
        let stop = self.ended || is_enough(&event);
        self.events.push(event);
        stop
    }
}

impl Subscriber {
    /// Reads all events after a cursor, to the end of the feed.
    pub async fn to_the_end(
        &self,
        node: usize,
        transport: Transport,
        after: Option<&str>,
    ) -> Result<Vec<Value>> {
        let batch = self.until(node, transport, after, |_| false).await?;
        ensure!(
            batch.ended && batch.gaps == 0,
            "{transport:?}: cut off, or with a gap, after {} events",
            batch.events.len()
        );
        Ok(batch.events)
    }

    /// Reads all events after the last of those that were received before, and adds them.
    pub async fn resume(
        &self,
        node: usize,
        transport: Transport,
        received: &mut Vec<Value>,
    ) -> Result<()> {
        let last = received.last().context("no event was received")?;
        let after = oracle::cursor(last).to_owned();
        received.extend(self.to_the_end(node, transport, Some(&after)).await?);
        Ok(())
    }

    /// Reads events from the start, up to the first one of a type.
    pub async fn until_type(
        &self,
        node: usize,
        transport: Transport,
        name: &str,
    ) -> Result<Vec<Value>> {
        let is_enough = |event: &Value| event["type"] == name;
        Ok(self.until(node, transport, None, is_enough).await?.events)
    }

    /// Compares received events with those of the whole feed, which has ended, and returns the latter.
    pub async fn compare(&self, what: &str, received: &[Value]) -> Result<Vec<Value>> {
        let all = self.to_the_end(0, Transport::LongPoll, None).await?;
        oracle::compare(what, &all, received)?;
        Ok(all)
    }

    /// Reads events after a cursor, up to one that `is_enough` accepts, the end of the feed, or that of
    /// the connection.
    pub async fn until(
        &self,
        node: usize,
        transport: Transport,
        after: Option<&str>,
        is_enough: impl FnMut(&Value) -> bool,
    ) -> Result<Batch> {
        match transport {
            Transport::WebSocket => self.over_websocket(node, after, is_enough).await,
            Transport::EventStream => self.over_event_stream(node, after, is_enough).await,
            Transport::LongPoll => self.by_long_poll(node, after, is_enough).await,
        }
    }

    async fn over_websocket(
        &self,
        node: usize,
        after: Option<&str>,
        mut is_enough: impl FnMut(&Value) -> bool,
    ) -> Result<Batch> {
        let mut batch = Batch::default();
        let mut socket = Socket::connect(self.world.node(node), self.token.as_deref()).await?;
        // An empty cursor is the same as none.
        let subscribe = json!({
            "workflow_id": self.workflow_id, "after": after.unwrap_or_default(),
        });
        socket.call("subscribe", &subscribe).await?;
        loop {
            match socket.next().await? {
                Frame::Event(event) => {
                    if batch.add(event, &mut is_enough) {
                        break;
                    }
                }
                Frame::Notice(name, notice) => match &*name {
                    "gap" => batch.gaps += 1,
                    "end" => {
                        batch.ended = true;
                        break;
                    }
                    "subscription_failed" => bail!("the subscription failed: {notice}"),
                    _ => {}
                },
                Frame::Closed(_) => break,
                Frame::Response(_) => {}
            }
        }
        Ok(batch)
    }

    async fn over_event_stream(
        &self,
        node: usize,
        after: Option<&str>,
        mut is_enough: impl FnMut(&Value) -> bool,
    ) -> Result<Batch> {
        let mut batch = Batch::default();
        let path = format!("/v1/workflows/{}/events", self.workflow_id);
        let (node, token) = (self.world.node(node), self.token.as_deref());
        let mut stream = match EventStream::try_open(node, &path, token, after).await? {
            Ok(stream) => stream,
            Err(204) => {
                batch.ended = true;
                return Ok(batch);
            }
            Err(status) => bail!("expected an event stream, received status {status}"),
        };
        while let Some(block) = stream.next().await? {
            match block.event.as_deref() {
                None => {
                    let Some(event) = block.data else { continue };
                    if batch.add(event, &mut is_enough) {
                        break;
                    }
                }
                Some("gap") => batch.gaps += 1,
                Some("subscription_failed") => bail!("the stream failed: {:?}", block.data),
                Some(_) => {}
            }
        }
        Ok(batch)
    }

    async fn by_long_poll(
        &self,
        node: usize,
        after: Option<&str>,
        mut is_enough: impl FnMut(&Value) -> bool,
    ) -> Result<Batch> {
        let mut batch = Batch::default();
        let (node, token) = (self.world.node(node), self.token.as_deref());
        let mut cursor = after.unwrap_or_default().to_owned();
        loop {
            let path = format!(
                "/v1/workflows/{}/events?wait=10&after={cursor}",
                self.workflow_id
            );
            let Ok(reply) = node.get(&path, token).await else {
                return Ok(batch);
            };
            if reply.status == 503 {
                return Ok(batch);
            }
            let body = reply.expect(200)?;
            batch.gaps += usize::from(body["gap"] == true);
            for event in body["events"].as_array().context("no events")? {
                if batch.add(event.clone(), &mut is_enough) {
                    return Ok(batch);
                }
            }
            if body["end"] == true {
                batch.ended = true;
                return Ok(batch);
            }
            body["cursor"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut cursor);
        }
    }
}

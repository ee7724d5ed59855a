//! Reading a workflow's events, on whichever transport.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{EventStream, Frame, Method, Node, Socket};

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

/// Which workflow to read, from which gateway.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub node: &'a Node,
    pub token: Option<&'a str>,
    /// As in a path, which is unchanged for the ids of these cases.
    pub workflow_id: &'a str,
}

/// The result of reading for a while.
#[derive(Debug, Default)]
pub struct Stretch {
    pub events: Vec<Value>,
    /// Whether the feed ended.
    pub ended: bool,
    /// How many gaps were received.
    pub gaps: usize,
}

impl Reading<'_> {
    /// All events after a cursor, to the end of the feed.
    pub async fn to_the_end(
        self,
        transport: Transport,
        after: Option<&str>,
    ) -> anyhow::Result<Vec<Value>> {
        let batch = self.until(transport, after, |_| false).await?;
        if !batch.ended || batch.gaps > 0 {
            bail!(
                "{transport:?}: cut off, or with a gap, after {} events",
                batch.events.len()
            );
        }
        Ok(batch.events)
    }

    /// Events after a cursor, up to one that `enough` accepts, the end of the feed, or that of the
    /// connection.
    pub async fn until(
        self,
        transport: Transport,
        after: Option<&str>,
        mut enough: impl FnMut(&Value) -> bool,
    ) -> anyhow::Result<Stretch> {
        let mut batch = Stretch::default();
        let mut take = |batch: &mut Stretch, event: Value| {
            batch.ended |= event["end"] == true;
            let stop = batch.ended || enough(&event);
            batch.events.push(event);
            stop
        };
        match transport {
            Transport::WebSocket => {
                let mut socket = Socket::connect(self.node, self.token).await?;
                let mut fields = json!({"workflow_id": self.workflow_id});
                if let Some(after) = after {
                    fields["after"] = json!(after);
                }
                socket.ask("subscribe", &fields).await?;
                loop {
                    match socket.next().await? {
                        Frame::Event(event) => {
                            let stop = take(&mut batch, event);
                            if stop {
                                break;
                            }
                        }
                        Frame::Notice(name, _) if name == "gap" => batch.gaps += 1,
                        Frame::Notice(name, _) if name == "end" => {
                            batch.ended = true;
                            break;
                        }
                        Frame::Notice(name, why) if name == "subscription_failed" => {
                            bail!("failed: {why}")
                        }
                        Frame::Closed(_) => break,
                        _ => {}
                    }
                }
            }
            Transport::EventStream => {
                let path = format!("/v1/workflows/{}/events", self.workflow_id);
                let mut stream =
                    match EventStream::open(self.node, &path, self.token, after).await? {
                        Ok(stream) => stream,
                        Err(204) => {
                            batch.ended = true;
                            return Ok(batch);
                        }
                        Err(status) => bail!("no event stream, but {status}"),
                    };
                while let Some(block) = stream.next().await? {
                    match block.event.as_deref() {
                        None if block.data.is_null() => {}
                        None => {
                            if take(&mut batch, block.data) {
                                break;
                            }
                        }
                        Some("gap") => batch.gaps += 1,
                        Some("subscription_failed") => bail!("failed: {}", block.data),
                        Some(_) => {}
                    }
                }
            }
            Transport::LongPoll => {
                let mut place = after.map(str::to_owned);
                'polls: loop {
                    let after = place.as_deref().unwrap_or_default();
                    let path = format!(
                        "/v1/workflows/{}/events?wait=10&after={after}",
                        self.workflow_id
                    );
                    let reply = self.node.call(Method::GET, &path, self.token, None).await;
                    let Ok(reply) = reply else { break };
                    if reply.status == 503 {
                        break;
                    }
                    let body = reply.expect(200)?;
                    batch.gaps += usize::from(body["gap"] == true);
                    for event in body["events"].as_array().context("no events")? {
                        if take(&mut batch, event.clone()) {
                            break 'polls;
                        }
                    }
                    if body["end"] == true {
                        batch.ended = true;
                        break;
                    }
                    place = body["cursor"].as_str().map(str::to_owned);
                }
            }
        }
        Ok(batch)
    }
}

//! An event stream of `GET /v1/workflows/{id}/events`.

use anyhow::{Context as _, Result, bail, ensure};
use fast_temporal_testkit::event_stream::{self, Block};
use tokio::time::timeout;

use crate::client::{Node, SOON};

/// An event stream.
pub struct EventStream(event_stream::EventStream);

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
        let headers = response.headers();
        ensure!(
            headers["content-type"] == "text/event-stream",
            "{headers:?}"
        );
        ensure!(headers["x-accel-buffering"] == "no", "{headers:?}");
        let blocks = event_stream::EventStream::new(response.bytes_stream());
        Ok(Ok(Self(blocks)))
    }

    /// Returns the next block; `None` if the stream ends for any reason.
    pub async fn next(&mut self) -> Result<Option<Block>> {
        let block = timeout(SOON, self.0.next_block()).await;
        Ok(block.context("received nothing in time")??)
    }
}

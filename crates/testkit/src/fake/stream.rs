//! Workflows' own streams, and reads of them.

use std::time::Duration;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{ReadWorkflowStream, StreamPage},
};
use fast_temporal_protocol::{Json, event::StreamItem};
use tokio::time::{Instant, sleep, timeout_at};

use super::{Call, FakeEngine, update::no_worker};

/// A workflow's own stream.
#[derive(Clone, Default)]
pub(super) struct Stream {
    /// The offset of the first item that is kept.
    base: u64,
    items: Vec<StreamItem>,
}

impl Stream {
    pub(super) fn push(&mut self, topic: &str, data: Json) {
        let offset = self.base + self.items.len() as u64;
        self.items.push(StreamItem {
            topic: topic.to_owned(),
            data,
            offset: Some(offset),
            ..StreamItem::default()
        });
    }

    pub(super) fn truncate(&mut self, before: u64) {
        self.items.retain(|item| item.offset >= Some(before));
        self.base = before;
    }

    fn read(&self, from: u64, max: usize) -> StreamPage {
        let rest = self.items.iter().filter(|item| item.offset >= Some(from));
        let mut items: Vec<_> = rest.cloned().collect();
        let more_ready = items.len() > max;
        items.truncate(max);
        let end = self.base + self.items.len() as u64;
        StreamPage {
            next_offset: if more_ready {
                items
                    .last()
                    .and_then(|item| item.offset)
                    .map_or(end, |last| last + 1)
            } else {
                end
            },
            items,
            more_ready,
        }
    }
}

/// Counts a read as in progress until dropped.
struct StreamRead(FakeEngine);

impl FakeEngine {
    /// Limits pages of streams to that number of items.
    pub fn stream_page(&self, items: usize) {
        self.change(|state| state.stream_page = Some(items.max(1)));
    }

    /// Delays every read of a stream from now on.
    pub fn delay_streams(&self, delay: Duration) {
        self.change(|state| state.stream_delay = delay);
    }

    pub(super) async fn read_held_stream(
        &self,
        read: ReadWorkflowStream,
    ) -> Result<StreamPage, EngineError> {
        let _reading = StreamRead::new(self);
        let until = Instant::now() + read.timeout;
        let arrived = self.arrive(Call::ReadWorkflowStream, |sent| {
            sent.stream_reads.push(read.clone());
        });
        timeout_at(until, arrived)
            .await
            .map_err(|_| no_worker())??;
        let delay = self.state().stream_delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let state = self.state();
        let run = state.histories.run(&read.workflow_id, Some(&read.run_id))?;
        let unknown = || EngineError::new(EngineErrorKind::QueryFailed, "no query handler");
        let stream = run.stream.as_ref().ok_or_else(unknown)?;
        Ok(stream.read(read.from_offset, state.stream_page.unwrap_or(usize::MAX)))
    }
}

impl StreamRead {
    fn new(engine: &FakeEngine) -> Self {
        engine.change(|state| {
            state.reading_streams += 1;
            let most = &mut state.stats.max_reading_streams;
            *most = state.reading_streams.max(*most);
        });
        Self(engine.clone())
    }
}

impl Drop for StreamRead {
    fn drop(&mut self) {
        self.0.change(|state| state.reading_streams -= 1);
    }
}

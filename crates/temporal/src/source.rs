//! Reads one run's history forward.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    BoxFuture, EngineError, EngineErrorKind,
    engine::{Page, Source, Wait},
};
use fast_temporal_protocol::Event;

use crate::{
    history::{self, HistoryPosition},
    projection::Projection,
    rpc::Rpc,
};

/// The timeout of a short read. Temporal reserves the last second of a long poll's timeout for its
/// response, so a poll with a timeout of 1 s does not wait.
const SHORT: Duration = Duration::from_secs(1);
/// The longest timeout of a short read, if Temporal is too slow for the usual one.
const LONGEST_SHORT: Duration = Duration::from_secs(16);
/// The timeout of a long poll: well over the 20 s after which Temporal itself responds
/// (`history.longPollExpirationInterval`).
const LONG: Duration = Duration::from_mins(1);

/// A position in a run's history, with the projection's state there.
#[derive(Clone)]
pub(crate) struct HistorySource {
    rpc: Arc<Rpc>,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
    /// The token of the last page. All reads are long polls, as a long poll's token returns old events
    /// again if it is used without waiting.
    token: Vec<u8>,
    projection: Projection,
    /// Whether the run is closed and its last page was read.
    finished: bool,
    short_limit: Duration,
}

impl HistorySource {
    pub(crate) fn new(rpc: Arc<Rpc>, workflow_id: Arc<str>, run_id: Arc<str>) -> Self {
        let projection =
            Projection::new(rpc.namespace.clone(), workflow_id.clone(), run_id.clone());
        Self {
            rpc,
            workflow_id,
            run_id,
            token: Vec::new(),
            projection,
            finished: false,
            short_limit: SHORT,
        }
    }

    /// Reads one page. The state changes only after the last await, so a read that failed or was dropped
    /// has no effect.
    async fn read(&mut self, wait: Wait) -> Result<Page, EngineError> {
        if self.finished {
            return Ok(self.page(Vec::new(), false, false));
        }
        let limit = match wait {
            Wait::NoWait => self.short_limit,
            Wait::LongPoll => LONG,
        };
        let position = HistoryPosition {
            workflow_id: &self.workflow_id,
            run_id: &self.run_id,
            token: &self.token,
        };
        let page = history::read_page(&self.rpc, position, true, limit).await;
        let (mut history, token) = page.inspect_err(|error| {
            // With the usual timeout, a page that takes Temporal longer would never be read. A longer
            // one may wait at the tail, but loses no event.
            if wait == Wait::NoWait && error.kind == EngineErrorKind::Timeout {
                self.short_limit = (self.short_limit * 2).min(LONGEST_SHORT);
            }
        })?;
        self.rpc.codec.decode(&mut history).await?;

        self.short_limit = SHORT;
        self.finished = token.is_empty();
        self.token = token;
        let caught_up = history.events.is_empty() && !self.finished;
        let tasks = self.projection.completed_tasks();
        let mut events = Vec::with_capacity(history.events.len());
        for event in history.events {
            self.projection.apply(event, &mut events);
        }
        let task_completed = self.projection.completed_tasks() > tasks;
        Ok(self.page(events, caught_up, task_completed))
    }

    fn page(&self, events: Vec<Event>, caught_up: bool, task_completed: bool) -> Page {
        Page {
            events,
            caught_up,
            workflow_task_started: self.projection.workflow_task_started(),
            task_completed,
            end: self
                .finished
                .then(|| self.projection.end().unwrap_or_default()),
        }
    }
}

impl Source for HistorySource {
    fn next(&mut self, wait: Wait) -> BoxFuture<'_, Result<Page, EngineError>> {
        Box::pin(self.read(wait))
    }

    fn fork(&self) -> Box<dyn Source> {
        Box::new(self.clone())
    }
}

//! Projects a run's history to public events.
//!
//! A projection is a pure function of the history from its first event: every node derives the same
//! events and cursors, whatever the pages. It reads nothing but history and knows neither feeds nor
//! chains. [`RunState`] is what it remembers.

mod activity;
mod child;
mod marker;
mod memo;
mod nexus;
mod projected;
mod reset;
mod run_state;
mod signal;
mod task;
mod timer;
mod update;
mod workflow;

use std::sync::Arc;

use fast_temporal_core::engine::RunEnd;
use fast_temporal_protocol::{Cursor, Event, Position};
use jiff::Timestamp;
use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;

use self::{projected::EventContext, run_state::RunState};
use crate::payload;

/// The state of a projection at a position in one run's history. A clone continues from the same
/// position.
#[derive(Clone)]
pub struct Projection {
    namespace: Arc<str>,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
    state: RunState,
}

impl Projection {
    /// Makes a projection at the start of a run.
    pub fn new(namespace: Arc<str>, workflow_id: Arc<str>, run_id: Arc<str>) -> Self {
        Self {
            namespace,
            workflow_id,
            run_id,
            state: RunState::default(),
        }
    }

    /// Projects the next history event, whose payloads the codec has decoded, and appends the events.
    /// Their `end` is never set: one run's history does not tell whether the feed ends.
    pub fn apply(&mut self, event: HistoryEvent, out: &mut Vec<Event>) {
        let Some(attributes) = event.attributes else {
            return;
        };
        let metadata = event.user_metadata.unwrap_or_default();
        let context = EventContext {
            event_id: event.event_id,
            summary: metadata.summary.and_then(payload::text),
        };
        let projected = self.state.project(&self.run_id, context, attributes);
        if self.state.fork.is_copy() {
            return;
        }
        let time = event
            .event_time
            .and_then(|time| Timestamp::new(time.seconds, time.nanos).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        out.extend(projected.0.into_iter().map(|(index, data)| Event {
            cursor: Cursor {
                namespace: self.namespace.clone(),
                workflow_id: self.workflow_id.clone(),
                run_id: self.run_id.clone(),
                position: Position {
                    event_id: event.event_id,
                    index,
                    version: event.version,
                },
            },
            time,
            data,
            end: false,
        }));
    }

    /// Returns whether a worker has started a workflow task of this run.
    pub fn workflow_task_started(&self) -> bool {
        self.state.tasks.workflow_task_started
    }

    /// Returns the number of completed workflow tasks.
    pub fn completed_tasks(&self) -> u64 {
        self.state.tasks.completed_tasks
    }

    /// Returns the end of the run; `None` before its closing event.
    pub fn end(&self) -> Option<RunEnd> {
        self.state.end.clone()
    }
}

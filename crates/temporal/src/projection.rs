//! Makes public events of a run's history.
//!
//! A projection is a pure function of the history from its first event: every node makes the same
//! events and cursors of it, in whatever pages it came. It reads nothing but history and knows
//! neither feeds nor chains. What it remembers is what later events only refer to: names of
//! activities that are open, the memo so far, what publishers have sent.

mod activity;
mod child;
mod dispatch;
mod marker;
mod memo;
mod nexus;
mod reset;
mod signal;
mod task;
mod timer;
mod update;
mod workflow;

use std::sync::Arc;

use fast_temporal_core::engine::RunEnd;
use fast_temporal_protocol::{Cursor, Event, EventData, Position};
use jiff::Timestamp;
use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;

use self::{
    activity::Activities, child::Children, memo::Memo, nexus::NexusOperations, reset::Fork,
    signal::Publishers, task::WorkflowTasks, timer::Timers, update::Updates,
};
use crate::payload;

/// What projection needs to go on from a place in one run's history. Cloning it makes a second one
/// that goes on from the same place.
#[derive(Clone)]
pub struct Projection {
    namespace: Arc<str>,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
    fork: Fork,
    tasks: WorkflowTasks,
    activities: Activities,
    timers: Timers,
    children: Children,
    nexus: NexusOperations,
    updates: Updates,
    publishers: Publishers,
    memo: Memo,
    end: Option<RunEnd>,
}

/// What one history event makes: events, each with its index.
struct Made(Vec<(u32, EventData)>);

impl Made {
    fn none() -> Self {
        Self(Vec::new())
    }

    fn one(data: impl Into<EventData>) -> Self {
        Self(vec![(0, data.into())])
    }

    fn maybe(data: Option<impl Into<EventData>>) -> Self {
        data.map_or_else(Self::none, Self::one)
    }
}

/// What belongs to a history event besides its attributes.
struct At {
    event_id: i64,
    /// The label that the workflow gave to what the event begins.
    summary: Option<String>,
}

impl Projection {
    /// Stands before the first event of a run.
    pub fn new(namespace: Arc<str>, workflow_id: Arc<str>, run_id: Arc<str>) -> Self {
        Self {
            namespace,
            workflow_id,
            run_id,
            fork: Fork::default(),
            tasks: WorkflowTasks::default(),
            activities: Activities::default(),
            timers: Timers::default(),
            children: Children::default(),
            nexus: NexusOperations::default(),
            updates: Updates::default(),
            publishers: Publishers::default(),
            memo: Memo::default(),
            end: None,
        }
    }

    /// Projects the next history event, whose payloads no codec covers any more, and appends what
    /// it makes. Their `end` is never set: whether a feed ends is more than one run's history says.
    pub fn apply(&mut self, event: HistoryEvent, out: &mut Vec<Event>) {
        let Some(attributes) = event.attributes else {
            return;
        };
        let metadata = event.user_metadata.unwrap_or_default();
        let at = At {
            event_id: event.event_id,
            summary: metadata.summary.and_then(payload::text),
        };
        let made = self.project(at, attributes);
        if self.fork.is_copy() {
            return;
        }
        let time = event
            .event_time
            .and_then(|time| Timestamp::new(time.seconds, time.nanos).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        out.extend(made.0.into_iter().map(|(index, data)| Event {
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

    /// Whether a worker has taken a workflow task of this run by now.
    pub fn workflow_task_started(&self) -> bool {
        self.tasks.workflow_task_started()
    }

    /// How many workflow tasks of this run were completed by now.
    pub fn completed_tasks(&self) -> u64 {
        self.tasks.count_completed()
    }

    /// How the run ended; `None` while its closing event was not seen.
    pub fn end(&self) -> Option<RunEnd> {
        self.end.clone()
    }
}

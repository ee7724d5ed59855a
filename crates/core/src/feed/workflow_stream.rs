//! Items of a workflow's own stream, for subscribers that want them.
//!
//! A workflow may host a stream (Temporal's Workflow Streams): an ordered log of what activities and
//! outside programs publish by signal, and of what the workflow publishes itself. The latter is in
//! no history, so this queries the workflow. Only a workflow task changes the stream, so one query
//! after a workflow task is enough. A feed makes none while no subscriber waits for the result, and
//! one at a time.
//!
//! Each subscriber has an offset. Subscribers share what was read last; for one that is behind that,
//! the stream is read at its own offset.

mod cached_range;
mod item;
mod state;
pub(crate) mod stream_subscriber;

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};
use tracing::debug;

use self::state::StreamState;
use super::{node::Node, on_demand::OnDemand};

/// Reads the stream of one feed's workflow, on demand.
pub(crate) struct WorkflowStream {
    node: Arc<Node>,
    workflow_id: Arc<str>,
    state: Mutex<StreamState>,
    /// The task that queries the workflow, and what wakes the subscribers.
    changes: OnDemand<()>,
    /// Wakes that task.
    wake: watch::Sender<()>,
}

impl WorkflowStream {
    pub(crate) fn new(node: Arc<Node>, workflow_id: Arc<str>) -> Self {
        let config = &node.config;
        Self {
            state: Mutex::new(StreamState::new(
                config.stream_interval,
                config.stream_bytes,
            )),
            changes: OnDemand::new(node.tasks.clone(), node.stop.clone()),
            wake: watch::Sender::default(),
            node,
            workflow_id,
        }
    }

    /// The feed continues with this run, or restarts it. A run that continues as new carries the
    /// stream over; any other run has one of its own.
    pub(crate) fn enter_run(&self, run_id: Arc<str>) {
        self.state.lock().enter_run(run_id);
    }

    /// A workflow task was completed, so the stream may contain more.
    pub(crate) fn workflow_task_completed(&self) {
        let wakes = self.state.lock().workflow_task_completed();
        if wakes {
            self.changes.sender().send_replace(());
        }
        self.wake.send_replace(());
    }

    async fn run(self: Arc<Self>) {
        let clear = || self.state.lock().clear();
        self.changes.run(self.poll(), clear).await;
    }

    /// Makes one query after the other, whenever there is one to make.
    async fn poll(&self) {
        loop {
            self.until_query().await;
            self.node.stream_pace.turn().await;
            let query = self.state.lock().start_query(&self.workflow_id);
            let Some(query) = query else { continue };
            let engine = &self.node.engine;
            let result = engine.read_workflow_stream(query.request.clone()).await;
            if let Err(error) = &result {
                debug!(workflow_id = %self.workflow_id, %error, "cannot read the workflow's stream");
            }
            let wakes = self.state.lock().finish_query(&query, result);
            if wakes {
                self.changes.sender().send_replace(());
            }
        }
    }

    async fn until_query(&self) {
        let mut wake = self.wake.subscribe();
        loop {
            wake.borrow_and_update();
            let next_query_at = self.state.lock().next_query_at();
            // The sender lives in the service itself.
            match next_query_at {
                None => {
                    let _ = wake.changed().await;
                }
                Some(at) if at <= Instant::now() => return,
                Some(at) => select! {
                    biased;
                    _ = wake.changed() => {}
                    () = sleep_until(at) => {}
                },
            }
        }
    }
}

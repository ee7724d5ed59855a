//! One workflow's feed as the frames of a `seed` connection.

use std::sync::Arc;

use fast_temporal_core::{Entry, FeedUpdate, Subscription};
use fast_temporal_protocol::{
    EventData,
    seed::{SeedFrame, SeedStatus},
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::{
    select,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use super::{fallback_result::fallback_frame, user::UserWorkflow};
use crate::{App, error::logged_error};

/// What a workflow's feed has yielded for a connection.
#[derive(Default)]
pub(super) struct SeedUpdate {
    /// Events. Some have no frame.
    pub(super) entries: Vec<Arc<Entry>>,
    /// A frame that is no event's, or the last event's.
    pub(super) frame: Option<Utf8Bytes>,
    /// The workflow, once it is closed: this is its last update.
    pub(super) closed: Option<Arc<UserWorkflow>>,
}

struct FrameStream {
    app: App,
    workflow: Arc<UserWorkflow>,
    subscription: Subscription,
    /// When to report that no worker has started the workflow. `None` once one has, or it was
    /// reported.
    waiting_at: Option<Instant>,
    /// The replay of past events is complete.
    is_live: bool,
    workflow_type: String,
    task_queue: String,
    /// The feed's last event, if the workflow must be queried for its result.
    without_result: Option<Arc<Entry>>,
}

/// Returns a workflow's updates from its start to its end.
pub(super) fn frame_stream(
    app: App,
    workflow: Arc<UserWorkflow>,
) -> BoxStream<'static, SeedUpdate> {
    let state = FrameStream {
        subscription: workflow.subscription.restart_for_seed(),
        waiting_at: Some(workflow.followed_since + app.config.seed.waiting_after),
        is_live: false,
        app,
        workflow,
        workflow_type: String::new(),
        task_queue: String::new(),
        without_result: None,
    };
    stream::unfold(Some(state), async |state| {
        let mut state = state?;
        let update = state.next().await;
        let rest = update.closed.is_none().then_some(state);
        Some((update, rest))
    })
    .boxed()
}

impl FrameStream {
    async fn next(&mut self) -> SeedUpdate {
        if let Some(last) = self.without_result.take() {
            // Boxed, as few workflows need it and all would pay for its size.
            let frame = Box::pin(fallback_frame(&self.app, &self.workflow, last.event()));
            return SeedUpdate {
                frame: Some(frame.await),
                ..SeedUpdate::default()
            };
        }
        loop {
            // The workflow's type and task queue are in its first event.
            let can_report = self.is_live && !self.workflow_type.is_empty();
            let update = match self.waiting_at.filter(|_| can_report) {
                None => self.subscription.next().await,
                Some(waiting_at) => select! {
                    biased;
                    update = self.subscription.next() => update,
                    () = sleep_until(waiting_at) => {
                        self.waiting_at = None;
                        if self.subscription.workflow_task_started() {
                            continue;
                        }
                        return SeedUpdate {
                            frame: Some(self.waiting_frame()),
                            ..SeedUpdate::default()
                        };
                    }
                },
            };
            match update {
                FeedUpdate::Events(entries) => return self.events(entries),
                FeedUpdate::Live(_) => self.is_live = true,
                // This dialect does not subscribe to these.
                FeedUpdate::Progress(_) | FeedUpdate::StreamFailed(_) => {}
                FeedUpdate::Gap => debug!(
                    workflow_id = %self.workflow.workflow_id(),
                    "a part of history is missing: continuing with the rest"
                ),
                FeedUpdate::End => return self.closed(None),
                FeedUpdate::Failed(error) => {
                    let frame = SeedFrame::error(&logged_error(error));
                    return self.closed(Some(frame.encode().into()));
                }
            }
        }
    }

    fn events(&mut self, mut entries: Vec<Arc<Entry>>) -> SeedUpdate {
        if self.waiting_at.is_some() {
            self.check_progress(&entries);
        }
        let is_without_result = |last: &mut Arc<Entry>| {
            let event = last.event();
            event.end
                && matches!(&event.data, EventData::WorkflowCompleted(w) if w.result.is_null())
        };
        self.without_result = entries.pop_if(is_without_result);
        SeedUpdate {
            entries,
            ..SeedUpdate::default()
        }
    }

    /// Any event but the start and signals shows that a worker has started the workflow.
    fn check_progress(&mut self, entries: &[Arc<Entry>]) {
        for entry in entries {
            match &entry.event().data {
                EventData::WorkflowStarted(started) => {
                    self.workflow_type.clone_from(&started.workflow_type);
                    self.task_queue.clone_from(&started.task_queue);
                }
                EventData::SignalReceived(_) => {}
                _ => self.waiting_at = None,
            }
        }
    }

    /// Reports that no worker has started the workflow. Most likely none is running.
    fn waiting_frame(&self) -> Utf8Bytes {
        let text = format!(
            "{}: Waiting (no worker on task queue \"{}\" has started it within {} s)",
            self.workflow_type,
            self.task_queue,
            self.app.config.seed.waiting_after.as_secs_f64(),
        );
        SeedFrame::text(&text, SeedStatus::Waiting).encode().into()
    }

    fn closed(&self, frame: Option<Utf8Bytes>) -> SeedUpdate {
        SeedUpdate {
            entries: Vec::new(),
            frame,
            closed: Some(Arc::clone(&self.workflow)),
        }
    }
}

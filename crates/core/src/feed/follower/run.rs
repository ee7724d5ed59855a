//! Follows one run to its end.

use std::sync::Arc;

use fast_temporal_protocol::{Event, EventData, Position};
use tokio::time::sleep;
use tracing::info;

use super::pages::Pages;
use crate::{
    EngineError, EngineErrorKind,
    engine::{Page, RunEnd, Source},
    feed::{followed_feed::FollowedFeed, node::Node, retry::Retry},
};

/// How a run ended.
pub(super) struct ClosedRun {
    pub(super) end: RunEnd,
    /// The closing event. It is not published yet, as the feed may or may not end with it.
    pub(super) event: Option<Event>,
    /// Whether the end was read as soon as it was there.
    pub(super) was_prompt: bool,
}

pub(super) struct RunFollower<'a> {
    node: &'a Node,
    feed: &'a FollowedFeed,
    run_id: &'a Arc<str>,
    pages: Pages<'a>,
    branch_changes: Retry,
    /// After a change of branch: the last event that the log has of the run. What follows it in the
    /// new branch is published.
    rejoin_after: Option<Position>,
    /// Whether the run is read from its start again, or instead of another one. Subscribers whose
    /// events are missing receive the gap when this reaches the tail, so it does not wait there.
    restarted: bool,
    events_since_checkpoint: usize,
}

/// The part of a page that comes after an event.
enum Rejoined {
    /// These events do.
    Events(Vec<Event>),
    /// Nothing does yet.
    NotYet,
    /// The event is not part of the history.
    Missing,
}

impl<'a> RunFollower<'a> {
    pub(super) fn new(
        node: &'a Node,
        feed: &'a FollowedFeed,
        run_id: &'a Arc<str>,
        restarted: bool,
    ) -> Self {
        let source = node.engine.open(&feed.log.workflow_id, run_id);
        Self {
            node,
            feed,
            run_id,
            pages: Pages::new(&node.polls, source, Retry::new(&node.config)),
            branch_changes: Retry::new(&node.config),
            rejoin_after: None,
            restarted,
            events_since_checkpoint: 0,
        }
    }

    /// Follows the run. Sets `is_live` once there is nothing left to read.
    pub(super) async fn follow(mut self, is_live: &mut bool) -> Result<ClosedRun, EngineError> {
        let mut closing = None;
        loop {
            let waits = *is_live && self.rejoin_after.is_none() && !self.restarted;
            let mut page = match self.pages.next(waits).await {
                Err(error) if error.kind == EngineErrorKind::BranchChanged => {
                    self.change_branch(error).await?;
                    closing = None;
                    continue;
                }
                page => page?,
            };
            if !self.rejoin(&mut page, *is_live) {
                continue;
            }
            if page.caught_up {
                self.restarted = false;
                self.branch_changes.reset();
            }
            if page.events.last().is_some_and(|it| closes_run(&it.data)) {
                closing = page.events.pop();
            }
            self.publish(page.events, closing.is_none());
            if page.task_completed {
                self.feed.workflow_stream.workflow_task_completed();
            }
            if page.workflow_task_started {
                self.feed.log.set_workflow_task_started();
            }
            *is_live |= page.caught_up;
            if *is_live {
                self.feed.log.set_live(page.caught_up);
            }
            if let Some(end) = page.end {
                return Ok(ClosedRun {
                    end,
                    event: closing,
                    was_prompt: *is_live && self.pages.was_prompt(),
                });
            }
        }
    }

    async fn change_branch(&mut self, error: EngineError) -> Result<(), EngineError> {
        info!(run_id = %self.run_id, "history continues in another branch");
        self.feed.replay.index.forget_run(self.run_id);
        sleep(self.branch_changes.wait_after(error)?).await;
        self.pages.reopen(self.open());
        self.rejoin_after = self.feed.log.lock().read_to;
        Ok(())
    }

    /// Removes events that the log has already. Returns whether the page is to be processed.
    fn rejoin(&mut self, page: &mut Page, is_live: bool) -> bool {
        let Some(position) = self.rejoin_after else {
            return true;
        };
        let is_last = page.caught_up || page.end.is_some();
        match events_after(position, std::mem::take(&mut page.events), is_last) {
            Rejoined::Events(events) => {
                self.rejoin_after = None;
                page.events = events;
                true
            }
            Rejoined::NotYet => false,
            Rejoined::Missing => {
                self.feed.restart_run(self.run_id, is_live);
                (self.rejoin_after, self.restarted) = (None, true);
                self.pages.reopen(self.open());
                false
            }
        }
    }

    fn publish(&mut self, events: Vec<Event>, is_open: bool) {
        self.events_since_checkpoint += events.len();
        self.feed.log.publish(events);
        if self.events_since_checkpoint < self.node.config.checkpoint_events || !is_open {
            return;
        }
        self.events_since_checkpoint = 0;
        let read_to = self.feed.log.lock().read_to;
        if let Some(read_to) = read_to {
            let index = &self.feed.replay.index;
            index.add_checkpoint(self.run_id, read_to, self.pages.source());
        }
    }

    fn open(&self) -> Box<dyn Source> {
        let workflow_id = &self.feed.log.workflow_id;
        self.node.engine.open(workflow_id, self.run_id)
    }
}

/// Returns what comes after a position. `is_last` says that no more events follow for now.
fn events_after(position: Position, mut events: Vec<Event>, is_last: bool) -> Rejoined {
    if let Some(found) = events
        .iter()
        .position(|event| event.cursor.position == position)
    {
        return Rejoined::Events(events.split_off(found + 1));
    }
    let passed = |event: &Event| event.cursor.position.event_id > position.event_id;
    if is_last || events.last().is_some_and(passed) {
        Rejoined::Missing
    } else {
        Rejoined::NotYet
    }
}

fn closes_run(data: &EventData) -> bool {
    matches!(
        data,
        EventData::WorkflowCompleted(_)
            | EventData::WorkflowFailed(_)
            | EventData::WorkflowCanceled(_)
            | EventData::WorkflowTerminated(_)
            | EventData::WorkflowTimedOut(_)
            | EventData::WorkflowContinuedAsNew(_)
    )
}

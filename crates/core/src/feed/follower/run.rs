//! Following one run to its end.

use std::sync::Arc;

use fast_temporal_protocol::{Event, EventData, Position};
use tokio::time::sleep;
use tracing::info;

use super::{Follower, pages::Pages};
use crate::{
    EngineError, EngineErrorKind,
    engine::{Page, RunEnd},
    feed::retry::Retry,
};

/// How a run ended.
pub(super) struct Closed {
    pub(super) end: RunEnd,
    /// The closing event. It is not published yet: whether the feed ends with it has still to be
    /// found out.
    pub(super) event: Option<Event>,
    /// Whether the end was read as soon as it was there.
    pub(super) prompt: bool,
}

/// What of a page is news, where the run is read again because history changed its branch.
enum Rejoined {
    /// All that follows the place where the feed stands.
    News(Vec<Event>),
    /// Nothing yet.
    Known,
    /// That place is no longer part of the history.
    Lost,
}

impl Follower {
    pub(super) async fn follow_run(
        &self,
        run_id: &Arc<str>,
        live: &mut bool,
        // Whether the run is read again from its start, or instead of another one. Readers whose
        // events are gone are told so when this comes to the tail, so it does not wait there.
        mut anew: bool,
    ) -> Result<Closed, EngineError> {
        let open = || self.engine.open(&self.feed.workflow_id, run_id);
        let mut pages = Pages::new(&self.budget, open(), Retry::new(&self.config));
        let mut closing = None;
        let mut since_checkpoint = 0;
        let mut rejoin: Option<Position> = None;
        let mut changes = Retry::new(&self.config);
        loop {
            let page = match pages.next(*live && rejoin.is_none() && !anew).await {
                Err(error) if error.kind == EngineErrorKind::BranchChanged => {
                    info!(%run_id, "history went on in another branch");
                    self.feed.replay.forget(run_id);
                    sleep(changes.wait_after(error)?).await;
                    pages.reopen(open());
                    rejoin = self.feed.log().read_to;
                    closing = None;
                    continue;
                }
                page => page?,
            };
            let Page {
                mut events,
                caught_up,
                workflow_task_started,
                task_completed,
                end,
            } = page;
            if let Some(place) = rejoin {
                match find(place, events, caught_up || end.is_some()) {
                    Rejoined::News(news) => {
                        rejoin = None;
                        events = news;
                    }
                    Rejoined::Known => continue,
                    Rejoined::Lost => {
                        self.feed.begin_run_anew(*live);
                        (rejoin, anew) = (None, true);
                        pages.reopen(open());
                        continue;
                    }
                }
            }
            if caught_up {
                anew = false;
                changes.reset();
            }
            if events.last().is_some_and(|event| closes_run(&event.data)) {
                closing = events.pop();
            }
            since_checkpoint += events.len();
            self.feed.publish(events);
            if since_checkpoint >= self.config.checkpoint_events && closing.is_none() {
                since_checkpoint = 0;
                let read_to = self.feed.log().read_to;
                if let Some(read_to) = read_to {
                    self.feed.replay.keep(run_id, read_to, pages.source());
                }
            }
            if task_completed {
                self.feed.host.note_task();
            }
            self.note(workflow_task_started, caught_up, live);
            if let Some(end) = end {
                return Ok(Closed {
                    end,
                    event: closing,
                    prompt: *live && pages.prompt(),
                });
            }
        }
    }

    fn note(&self, workflow_task_started: bool, caught_up: bool, live: &mut bool) {
        if workflow_task_started && !self.feed.log().workflow_task_started {
            self.feed.update(|log| log.workflow_task_started = true);
        }
        *live |= caught_up;
        if *live {
            self.feed.note_live(caught_up);
        }
    }
}

/// Looks for the place where the feed stands. `last` says that no more will come for now.
fn find(place: Position, mut events: Vec<Event>, last: bool) -> Rejoined {
    if let Some(found) = events
        .iter()
        .position(|event| event.cursor.position == place)
    {
        return Rejoined::News(events.split_off(found + 1));
    }
    let passed = |event: &Event| event.cursor.position.event_id > place.event_id;
    if last || events.last().is_some_and(passed) {
        Rejoined::Lost
    } else {
        Rejoined::Known
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

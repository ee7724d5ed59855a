//! A subscriber to a workflow's stream, and its turn among the events of its feed.

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::{Cursor, Event, EventData};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use super::WorkflowStream;
use crate::{
    EngineError,
    feed::entry::{BATCH, Entry, batch},
};

/// How long a feed's last event waits for the rest of the stream.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The stream is read while there is a subscriber.
pub(crate) struct StreamSubscriber {
    stream: Arc<WorkflowStream>,
    changes: watch::Receiver<()>,
    /// The first offset that it has not received.
    offset: u64,
    /// The number of queries made when it subscribed.
    queries_before: u64,
    /// The last period of failures that was reported to it.
    reported_period: u64,
    turn: Turn,
}

/// What a subscriber receives next.
enum Turn {
    /// Items, if there are any.
    Items,
    /// Events, if there are any: items came last.
    Events,
    /// Items, before the feed's last event, for which it waits until then at the latest.
    Draining { until: Instant },
    /// Nothing: the feed's last event was sent.
    Finished,
}

/// The result of a read.
pub(crate) enum StreamRead {
    Items(Vec<Arc<Entry>>),
    Failed(EngineError),
    Nothing,
}

/// Whether a feed's last event can be sent.
pub(crate) enum LastEvent {
    Send,
    /// Not yet; the stream is to be read first.
    ReadStream,
    Wait,
}

impl StreamSubscriber {
    pub(crate) fn new(stream: &Arc<WorkflowStream>, offset: u64) -> Self {
        let stream = Arc::clone(stream);
        let changes = stream.changes.subscribe(|| Arc::clone(&stream).run());
        let queries_before = stream.state.lock().queries();
        Self {
            stream,
            changes,
            offset,
            queries_before,
            reported_period: 0,
            turn: Turn::Items,
        }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Starts again at offset 0: what follows has a stream of its own.
    pub(crate) fn restart(&mut self) {
        self.offset = 0;
    }

    /// Waits until there may be something new. Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        // The sender lives in the stream.
        if let Turn::Draining { until } = self.turn {
            select! {
                biased;
                _ = self.changes.changed() => {}
                () = sleep_until(until) => {}
            }
        } else {
            let _ = self.changes.changed().await;
        }
    }

    /// Marks the current state as seen.
    pub(crate) fn mark_seen(&mut self) {
        self.changes.borrow_and_update();
    }

    /// Reads what follows in the stream, for a subscriber that is at this cursor in history. If there
    /// is nothing, it counts as waiting.
    pub(crate) fn read(&mut self, cursor: &Cursor, is_live: bool) -> StreamRead {
        let drain_until = match self.turn {
            Turn::Items if is_live => None,
            Turn::Draining { until } => Some(until),
            Turn::Items | Turn::Events | Turn::Finished => return StreamRead::Nothing,
        };
        let mut state = self.stream.state.lock();
        if !state.is_of(&cursor.run_id) {
            return StreamRead::Nothing;
        }
        if state.ends_before(self.offset, self.queries_before) {
            // This is another stream than the one that the subscriber has read.
            self.offset = 0;
        }
        while let Some((items, next)) = state.cached(self.offset) {
            if items.is_empty() {
                self.offset = next;
                continue;
            }
            let items: Vec<_> = items.iter().take(BATCH).cloned().collect();
            // Encoding takes longer than the rest, and needs no lock.
            drop(state);
            let entries = batch(items.iter().map(|item| item.entry(cursor)));
            self.offset = items[entries.len() - 1].offset() + 1;
            self.turn = Turn::Events;
            return StreamRead::Items(entries);
        }
        let is_late = drain_until.is_some_and(|until| until <= Instant::now());
        if let Some((error, period)) = state.failure(is_late)
            && period != self.reported_period
        {
            self.reported_period = period;
            return StreamRead::Failed(error.clone());
        }
        state.wait_at(self.offset, drain_until.is_some());
        drop(state);
        self.stream.wake.send_replace(());
        StreamRead::Nothing
    }

    /// There are no events. Returns whether it was their turn: then the stream has it now.
    pub(crate) fn take_turn(&mut self) -> bool {
        let was_turn_of_events = matches!(self.turn, Turn::Events);
        if was_turn_of_events {
            self.turn = Turn::Items;
        }
        was_turn_of_events
    }

    /// Whether the feed's last event, the only one that remains, can be sent. It follows all items, if
    /// the workflow can be queried.
    pub(crate) fn last_event(&mut self, cursor: Option<&Cursor>) -> LastEvent {
        let Some(cursor) = cursor else {
            return LastEvent::Send;
        };
        let (until, otherwise) = match self.turn {
            Turn::Draining { until } => (until, LastEvent::Wait),
            _ => (Instant::now() + DRAIN_TIME, LastEvent::ReadStream),
        };
        self.turn = Turn::Draining { until };
        if until <= Instant::now() || self.is_settled(cursor) {
            LastEvent::Send
        } else {
            otherwise
        }
    }

    /// Whether the stream has nothing more for now, or the feed has ended.
    pub(crate) fn is_settled(&self, cursor: &Cursor) -> bool {
        let state = self.stream.state.lock();
        let is_unreported = |(_, period)| period != self.reported_period;
        matches!(self.turn, Turn::Finished)
            || !state.is_of(&cursor.run_id)
            || (!state.failure(false).is_some_and(is_unreported) && state.is_settled(self.offset))
    }

    /// Removes the items that history contains from a batch of events: they come from the stream. If
    /// nothing is left, only the cursor moves.
    pub(crate) fn pass_events(&mut self, batch: &mut Vec<Arc<Entry>>) {
        self.turn = match batch.last() {
            Some(last) if last.event().end => Turn::Finished,
            _ => Turn::Items,
        };
        if batch.iter().any(|entry| starts_stream(entry.event())) {
            self.restart();
        }
        batch.retain(|entry| !matches!(entry.event().data, EventData::StreamItem(_)));
    }
}

/// Whether the workflow has a stream of its own after this event: only continue-as-new carries one
/// over.
fn starts_stream(event: &Event) -> bool {
    match &event.data {
        EventData::WorkflowReset(_) => true,
        EventData::WorkflowCompleted(data) => data.new_run_id.is_some(),
        EventData::WorkflowFailed(data) => data.new_run_id.is_some(),
        EventData::WorkflowTimedOut(data) => data.new_run_id.is_some(),
        _ => false,
    }
}

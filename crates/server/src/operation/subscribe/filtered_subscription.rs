//! A subscription as clients see it on every transport: only the requested events.

use fast_temporal_core::{FeedUpdate, PayloadAccess, Subscription};
use fast_temporal_protocol::Cursor;
use tokio::task::coop::consume_budget;

use super::event_filter::EventFilter;

/// A subscription that skips events which the client did not request.
pub(crate) struct FilteredSubscription {
    subscription: Subscription,
    /// `None` if every event is requested, as is usual.
    filter: Option<Box<EventFilter>>,
    payload_access: PayloadAccess,
    /// Whether it has skipped an event since the last one that it returned.
    has_skipped: bool,
}

impl FilteredSubscription {
    pub(super) fn new(
        subscription: Subscription,
        filter: EventFilter,
        payload_access: PayloadAccess,
    ) -> Self {
        Self {
            subscription,
            filter: (!filter.is_everything()).then(|| Box::new(filter)),
            payload_access,
            has_skipped: false,
        }
    }

    /// Waits for the next update. An update of events has only the requested ones; it can be empty,
    /// and then only the position has moved. Cancellation-safe.
    pub(crate) async fn next(&mut self) -> FeedUpdate {
        // Replayed events are ready at once; a long replay must not starve other tasks.
        consume_budget().await;
        // With the workflow's own stream, items that history also has are skipped, and the stream's
        // items have no position in history.
        let with_stream = self.stream_offset().is_some();
        let before = with_stream.then(|| (self.cursor().cloned(), self.has_skipped));
        let mut update = self.subscription.next().await;
        let FeedUpdate::Events(entries) = &mut update else {
            return update;
        };
        if let Some(filter) = &self.filter {
            entries.retain(|entry| {
                self.has_skipped = !filter.matches(entry.event());
                !self.has_skipped
            });
        }
        if let Some((before, had_skipped)) = before {
            self.has_skipped = match entries.last() {
                Some(last) => Some(&last.event().cursor) != self.subscription.cursor(),
                None => had_skipped || before.as_ref() != self.subscription.cursor(),
            };
        }
        update
    }

    /// What the client is permitted to see of payloads.
    pub(crate) fn payload_access(&self) -> PayloadAccess {
        self.payload_access
    }

    /// Whether it leaves out events before a requested position: a cursor, or now.
    pub(crate) fn skips_history(&self) -> bool {
        self.subscription.skips_history()
    }

    /// The offset in the workflow's own stream, if it reads that.
    pub(crate) fn stream_offset(&self) -> Option<u64> {
        self.subscription.stream_offset()
    }

    /// Whether the workflow has yet to answer what its stream contains.
    pub(crate) fn awaits_workflow_stream(&self) -> bool {
        self.subscription.awaits_workflow_stream()
    }

    /// The position: after the last event that it returned or skipped.
    pub(crate) fn cursor(&self) -> Option<&Cursor> {
        self.subscription.cursor()
    }

    /// The position, if the client does not know it from the last event.
    pub(crate) fn unsent_cursor(&self) -> Option<&Cursor> {
        self.cursor().filter(|_| self.has_skipped)
    }
}

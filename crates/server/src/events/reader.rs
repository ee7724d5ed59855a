//! A reader of a workflow's events, on whatever transport, who sees what was asked for.

use fast_temporal_core::{FeedUpdate, PayloadAccess, Subscription};
use fast_temporal_protocol::Cursor;
use tokio::task::coop::consume_budget;

use super::Selection;

/// A subscription that passes by what was not asked for.
pub(crate) struct Reader {
    subscription: Subscription,
    /// `None` where everything was asked for, as most do.
    selection: Option<Box<Selection>>,
    visibility: PayloadAccess,
    /// Whether it has passed by an event since the last one that it gave.
    passed_by: bool,
}

impl Reader {
    pub(crate) fn new(
        subscription: Subscription,
        selection: Selection,
        visibility: PayloadAccess,
    ) -> Self {
        Self {
            subscription,
            selection: (!selection.is_everything()).then(|| Box::new(selection)),
            visibility,
            passed_by: false,
        }
    }

    /// The next step; waits until there is one. Of events, those that were asked for: there may be
    /// none, and then only the place has moved. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> FeedUpdate {
        // What is there already takes no waiting, and a long past must not hold others up.
        consume_budget().await;
        // A reader of the workflow's own stream passes by the items that history tells of, and is
        // given others without a place of their own.
        let hosted = self.stream_offset().is_some();
        let before = hosted.then(|| (self.cursor().cloned(), self.passed_by));
        let mut step = self.subscription.next().await;
        let FeedUpdate::Events(entries) = &mut step else {
            return step;
        };
        if let Some(selection) = &self.selection {
            entries.retain(|entry| {
                self.passed_by = !selection.holds(entry.event());
                !self.passed_by
            });
        }
        if let Some((before, passed_by)) = before {
            self.passed_by = match entries.last() {
                Some(last) => Some(&last.event().cursor) != self.subscription.cursor(),
                None => passed_by || before.as_ref() != self.subscription.cursor(),
            };
        }
        step
    }

    /// What the reader is shown of events.
    pub(crate) fn visibility(&self) -> PayloadAccess {
        self.visibility
    }

    /// Whether it leaves out what happened before some place: a cursor, or now.
    pub(crate) fn skips_past(&self) -> bool {
        self.subscription.skips_history()
    }

    /// Where it stands in the workflow's own stream, where it reads that.
    pub(crate) fn stream_offset(&self) -> Option<u64> {
        self.subscription.stream_offset()
    }

    /// Whether the workflow has still to say what its stream holds.
    pub(crate) fn awaits_workflow_stream(&self) -> bool {
        self.subscription.awaits_workflow_stream()
    }

    /// Where the reader stands: after the last event that it gave or passed by.
    pub(crate) fn cursor(&self) -> Option<&Cursor> {
        self.subscription.cursor()
    }

    /// Where the reader stands, if that is not where the last event that it gave was.
    pub(crate) fn untold(&self) -> Option<&Cursor> {
        self.cursor().filter(|_| self.passed_by)
    }
}

//! A reader of a workflow's events, on whatever transport, who sees what was asked for.

use fast_temporal_core::{Step, Subscription, Visibility};
use fast_temporal_protocol::Cursor;
use tokio::task::coop::consume_budget;

use super::Selection;

/// A subscription that passes by what was not asked for.
pub(crate) struct Reader {
    subscription: Subscription,
    /// `None` where everything was asked for, as most do.
    selection: Option<Box<Selection>>,
    visibility: Visibility,
    /// Whether it has passed by an event since the last one that it gave.
    passed_by: bool,
}

impl Reader {
    pub(crate) fn new(
        subscription: Subscription,
        selection: Selection,
        visibility: Visibility,
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
    pub(crate) async fn next(&mut self) -> Step {
        // What is there already takes no waiting, and a long past must not hold others up.
        consume_budget().await;
        let mut step = self.subscription.next().await;
        if let (Some(selection), Step::Events(entries)) = (&self.selection, &mut step) {
            entries.retain(|entry| {
                self.passed_by = !selection.holds(entry.event());
                !self.passed_by
            });
        }
        step
    }

    /// What the reader is shown of events.
    pub(crate) fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// Whether it leaves out what happened before some place: a cursor, or now.
    pub(crate) fn skips_past(&self) -> bool {
        self.subscription.skips_past()
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

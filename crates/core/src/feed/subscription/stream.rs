//! A reader that is given what the workflow's own stream holds.

use std::sync::Arc;

use fast_temporal_protocol::{Event, EventData};

use super::{At, FeedUpdate, Subscription};
use crate::feed::{Entry, host::Found};

impl Subscription {
    /// The same, which gives the items that the workflow's own stream holds from that offset on,
    /// once it is live, instead of those that history tells of: see [`FeedUpdate::Events`] and
    /// [`FeedUpdate::StreamFailed`]. The feed's last event comes after all of them, as far as they can be
    /// had.
    #[must_use]
    pub fn with_stream(mut self, offset: u64) -> Self {
        let hosted = self.feed.host.ask(&self.feed, offset);
        self.hosted = Some(Box::new(hosted));
        self
    }

    /// Where it stands in the workflow's stream, where it reads that: the first offset that it did
    /// not give. After an event that begins another stream, that is 0.
    pub fn stream_offset(&self) -> Option<u64> {
        self.hosted.as_ref().map(|hosted| hosted.offset())
    }

    /// Whether the workflow has still to say what its stream holds.
    pub fn awaits_workflow_stream(&self) -> bool {
        match (&self.hosted, &self.cursor) {
            (Some(hosted), Some(cursor)) => {
                !hosted.is_over && !hosted.is_settled(&self.feed.host, cursor)
            }
            _ => false,
        }
    }

    /// What there is of the stream, where it is the stream's turn.
    pub(super) fn look_in_stream(&mut self) -> Option<FeedUpdate> {
        let hosted = self.hosted.as_mut()?;
        hosted.mark();
        let (At::Ring(_), Some(cursor)) = (&self.at, &self.cursor) else {
            return None;
        };
        if hosted.is_over || hosted.yields || !(self.live_said || hosted.waits_for_last()) {
            return None;
        }
        match hosted.look(&self.feed.host, cursor) {
            Found::Items(entries) => {
                hosted.yields = true;
                Some(FeedUpdate::Events(entries))
            }
            Found::Failed(error) => Some(FeedUpdate::StreamFailed(error)),
            Found::Nothing => None,
        }
    }

    /// Nobody knows which stream follows.
    pub(super) fn begin_stream_anew(&mut self) {
        if let Some(hosted) = &mut self.hosted {
            hosted.begin_anew();
        }
    }

    /// Whether it was the turn of events, and there are none: then it is the stream's.
    pub(super) fn passes_turn(&mut self) -> bool {
        let hosted = self.hosted.as_mut();
        hosted.is_some_and(|hosted| std::mem::take(&mut hosted.yields))
    }

    /// Takes the feed's last event away for as long as the stream may hold more.
    pub(super) fn hold_back_last(&mut self, batch: &mut Vec<Arc<Entry>>) {
        let Some(hosted) = &mut self.hosted else {
            return;
        };
        if batch.last().is_some_and(|last| last.event().end)
            && (batch.len() > 1 || !hosted.is_through(&self.feed.host, self.cursor.as_ref()))
        {
            batch.pop();
        }
    }

    /// Takes away the items that history tells of. There may be nothing left, and then only the
    /// place moves.
    pub(super) fn without_signaled(&mut self, mut batch: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
        if let Some(hosted) = &mut self.hosted {
            hosted.yields = false;
            hosted.is_over = batch.last().is_some_and(|last| last.event().end);
            if batch.iter().any(|entry| begins_stream(entry.event())) {
                hosted.begin_anew();
            }
            batch.retain(|entry| !matches!(entry.event().data, EventData::StreamItem(_)));
        }
        batch
    }
}

/// Whether the workflow has a stream of its own after that event: only continue-as-new carries one
/// over.
fn begins_stream(event: &Event) -> bool {
    match &event.data {
        EventData::WorkflowReset(_) => true,
        EventData::WorkflowCompleted(data) => data.new_run_id.is_some(),
        EventData::WorkflowFailed(data) => data.new_run_id.is_some(),
        EventData::WorkflowTimedOut(data) => data.new_run_id.is_some(),
        _ => false,
    }
}

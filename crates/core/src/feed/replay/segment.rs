//! A contiguous part of one run's events.

use std::sync::Arc;

use fast_temporal_protocol::Position;

use crate::feed::{
    entry::{Entry, batch},
    log::runs::NextRun,
};

/// The events of one run after a checkpoint.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The checkpoint; `None` for the run's start.
    pub(super) after: Option<Position>,
    pub(super) entries: Vec<Arc<Entry>>,
    /// The run's closing event, if only the follower knows whether the feed ends with it.
    pub(super) closing: Option<Position>,
    pub(crate) end: SegmentEnd,
}

/// What comes after a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SegmentEnd {
    /// More of the same run.
    More,
    /// Nothing yet: the run's tail when it was read.
    Tail,
    /// Another run.
    Run(NextRun),
}

/// Where the event of a cursor is, relative to a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventPlace {
    Here,
    /// In a later segment, if at all.
    Later,
    /// Not in this history.
    Missing,
}

impl Segment {
    /// The next batch after this position, up to `until`.
    pub(crate) fn batch(
        &self,
        after: Option<Position>,
        until: Option<Position>,
    ) -> Vec<Arc<Entry>> {
        let from = self
            .entries
            .partition_point(|entry| Some(position(entry)) <= after);
        let within = |entry: &&Arc<Entry>| until.is_none_or(|until| position(entry) <= until);
        batch(self.entries[from..].iter().take_while(within).cloned())
    }

    /// Looks for the event of a cursor.
    pub(crate) fn find(&self, cursor: Position) -> EventPlace {
        let same = |at: Position| (at.event_id, at.version) == (cursor.event_id, cursor.version);
        let from = self
            .entries
            .partition_point(|entry| position(entry).event_id < cursor.event_id);
        let entry = self.entries.get(from).map(|entry| position(entry));
        if [self.after, self.closing, entry]
            .into_iter()
            .flatten()
            .any(same)
        {
            return EventPlace::Here;
        }
        let passed = self
            .last()
            .is_some_and(|last| last.event_id >= cursor.event_id);
        if passed || self.end != SegmentEnd::More {
            EventPlace::Missing
        } else {
            EventPlace::Later
        }
    }

    /// Whether a subscriber after this position finds entries here, or the next run.
    pub(super) fn continues_after(&self, after: Option<Position>) -> bool {
        match self.end {
            SegmentEnd::Run(_) => true,
            SegmentEnd::More | SegmentEnd::Tail => self.last() > after,
        }
    }

    /// Approximate memory of its events in bytes.
    pub(super) fn weight(&self) -> usize {
        self.entries.iter().map(|entry| entry.weight()).sum()
    }

    /// The position of its last entry, or its start.
    pub(crate) fn last(&self) -> Option<Position> {
        self.entries
            .last()
            .map(|entry| position(entry))
            .or(self.after)
    }
}

fn position(entry: &Entry) -> Position {
    entry.event().cursor.position
}

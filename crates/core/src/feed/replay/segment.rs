//! A stretch of one run's events.

use std::sync::Arc;

use fast_temporal_protocol::Position;

use crate::feed::{Entry, entry::batch};

/// The events of one run after a checkpoint.
#[derive(Debug)]
pub(in crate::feed) struct Segment {
    /// The checkpoint; `None` for the run's start.
    pub(super) after: Option<Position>,
    pub(super) entries: Vec<Arc<Entry>>,
    /// The run's closing event, where only the follower can tell whether the feed ends with it.
    pub(super) closing: Option<Position>,
    pub(in crate::feed) end: SegmentEnd,
}

/// What comes after a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::feed) enum SegmentEnd {
    /// More of the same run.
    More,
    /// Nothing yet: the run's tail when it was read.
    Tail,
    /// The next run.
    Next(Arc<str>),
    /// The next run is not known; the follower's runs begin with this one.
    Lost(Arc<str>),
}

impl SegmentEnd {
    /// Before that run. `gap` says that runs before it could not be found.
    pub(super) fn before(run_id: Arc<str>, gap: bool) -> Self {
        if gap {
            Self::Lost(run_id)
        } else {
            Self::Next(run_id)
        }
    }
}

/// What a segment says of a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::feed) enum Found {
    /// Its event is here.
    Here,
    /// Its event comes later, if at all.
    Later,
    /// Its event is not in this history.
    Nowhere,
}

impl Segment {
    /// What a reader is given after that position, nothing beyond `until`.
    pub(in crate::feed) fn batch(
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

    /// Whether the event of a cursor is in this history, as far as this segment tells.
    pub(in crate::feed) fn find(&self, cursor: Position) -> Found {
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
            return Found::Here;
        }
        let passed = self
            .last()
            .is_some_and(|last| last.event_id >= cursor.event_id);
        if passed || self.end != SegmentEnd::More {
            Found::Nowhere
        } else {
            Found::Later
        }
    }

    /// Whether a reader after that position finds entries here, or the way to the next run.
    pub(super) fn leads_on_from(&self, after: Option<Position>) -> bool {
        match self.end {
            SegmentEnd::Next(_) | SegmentEnd::Lost(_) => true,
            SegmentEnd::More | SegmentEnd::Tail => self.last() > after,
        }
    }

    /// Roughly how many bytes of memory its events cost.
    pub(super) fn weight(&self) -> usize {
        self.entries.iter().map(|entry| entry.weight()).sum()
    }

    /// The last place that it knows of, but for a closing event that only the follower tells of.
    pub(in crate::feed) fn last(&self) -> Option<Position> {
        self.entries
            .last()
            .map(|entry| position(entry))
            .or(self.after)
    }
}

fn position(entry: &Entry) -> Position {
    entry.event().cursor.position
}

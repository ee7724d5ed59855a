//! What a reader of a workflow's stream has been given.

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::Cursor;
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use super::Host;
use crate::{
    EngineError,
    feed::{
        Entry,
        entry::{BATCH, batch},
    },
};

/// How long a feed's last event waits for the rest of the stream.
const DRAIN: Duration = Duration::from_secs(5);

/// A reader's place in a stream. The stream is asked for while there is one.
#[derive(Debug)]
pub(in crate::feed) struct Hosted {
    changes: watch::Receiver<()>,
    /// The first item that it was not given.
    offset: u64,
    /// How many questions were asked when it came to this stream.
    since: u64,
    /// Which failures it was told of.
    told: u64,
    /// Until when it waits for the rest, where only the feed's last event is left.
    last_until: Option<Instant>,
    /// Whether the feed's last event was given: nothing comes after that.
    pub(in crate::feed) is_over: bool,
    /// Whether events come first now.
    pub(in crate::feed) yields: bool,
}

/// What there is to give.
pub(in crate::feed) enum Found {
    Items(Vec<Arc<Entry>>),
    Failed(EngineError),
    Nothing,
}

impl Hosted {
    pub(super) fn new(changes: watch::Receiver<()>, offset: u64, since: u64) -> Self {
        Self {
            changes,
            offset,
            since,
            told: 0,
            last_until: None,
            is_over: false,
            yields: false,
        }
    }

    pub(in crate::feed) fn offset(&self) -> u64 {
        self.offset
    }

    /// What follows has a stream of its own.
    pub(in crate::feed) fn begin_anew(&mut self) {
        self.offset = 0;
    }

    /// What is known by now counts as seen.
    pub(in crate::feed) fn mark(&mut self) {
        self.changes.borrow_and_update();
    }

    /// Waits until there may be something new. Dropping the future loses nothing.
    pub(in crate::feed) async fn changed(&mut self) {
        let Some(until) = self.last_until else {
            // The sender lives in the feed, which the reader holds.
            let _ = self.changes.changed().await;
            return;
        };
        select! {
            biased;
            _ = self.changes.changed() => {}
            () = sleep_until(until) => {}
        }
    }

    /// Whether a reader at that place waits for the feed's last event alone.
    pub(in crate::feed) fn waits_for_last(&self) -> bool {
        self.last_until.is_some()
    }

    /// What a reader at that place in history is given of the stream. Where there is nothing, it
    /// counts as waiting.
    pub(in crate::feed) fn look(&mut self, host: &Host, cursor: &Cursor) -> Found {
        let mut state = host.state.lock();
        if !state.is_of(&cursor.run_id) {
            return Found::Nothing;
        }
        if state.ends_before(self.offset, self.since) {
            // It is another stream than the one that the reader read.
            self.offset = 0;
        }
        while let Some((items, next)) = state.at(self.offset) {
            if items.is_empty() {
                self.offset = next;
                continue;
            }
            let items: Vec<_> = items.iter().take(BATCH).cloned().collect();
            // Encoding takes longer than the rest, and needs no lock.
            drop(state);
            let entries = batch(items.iter().map(|item| item.entry(cursor)));
            self.offset = items[entries.len() - 1].offset() + 1;
            self.last_until = None;
            return Found::Items(entries);
        }
        let is_late = self.last_until.is_some_and(|until| until <= Instant::now());
        if let Some((error, spell)) = state.trouble(is_late)
            && spell != self.told
        {
            self.told = spell;
            return Found::Failed(error.clone());
        }
        state.wait_at(self.offset, self.last_until.is_some());
        drop(state);
        host.wanted.send_replace(());
        Found::Nothing
    }

    /// Whether nothing more is to be waited for before the feed's last event.
    pub(in crate::feed) fn is_through(&mut self, host: &Host, cursor: Option<&Cursor>) -> bool {
        let Some(cursor) = cursor else { return true };
        // The stream is looked at once more before anything is waited for.
        self.yields = self.last_until.is_none();
        let until = *self
            .last_until
            .get_or_insert_with(|| Instant::now() + DRAIN);
        until <= Instant::now() || self.is_settled(host, cursor)
    }

    /// Whether nothing more is to be had for now.
    pub(in crate::feed) fn is_settled(&self, host: &Host, cursor: &Cursor) -> bool {
        let state = host.state.lock();
        let untold = state.trouble(false).is_some_and(|(_, it)| it != self.told);
        !state.is_of(&cursor.run_id) || (!untold && state.is_settled(self.offset))
    }
}

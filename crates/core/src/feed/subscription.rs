//! A reader of a feed, at its own pace.

mod look;
mod now;
mod past;
mod progress;
mod stream;

use std::{mem, sync::Arc, time::Duration};

use fast_temporal_protocol::{Cursor, Position};
use tokio::{sync::watch, time::timeout};

use self::{look::Look, past::Past};
use super::{
    Entry,
    host::Hosted,
    log::{Feed, Phase},
    progress::{ActivityProgress, Asked},
};
use crate::EngineError;

/// How often a reader that is ahead of the follower looks again, where nothing changes.
const AHEAD: Duration = Duration::from_secs(1);

/// What a subscription reads next.
#[derive(Clone, Debug)]
pub enum FeedUpdate {
    /// Events in order: at least one, at most a batch. Of a reader of the workflow's own stream, either
    /// items of that, each with an offset and the reader's place in history, or what history tells
    /// but for items: of that there may be nothing, and then only the place has moved.
    Events(Vec<Arc<Entry>>),
    /// The replay is over: what comes now happens now. Said once. `None` where there was no event
    /// yet.
    Live(Option<Cursor>),
    /// How running activities stand whose attempt, state, heartbeat or last failure has changed,
    /// once the replay is over: at least one, at most a batch. Only for readers that ask for it. It
    /// has no cursor, and is not said again.
    Progress(Vec<Arc<ActivityProgress>>),
    /// The workflow does not say right now what its stream holds: it knows no such query, say, or no
    /// worker answers it. Told once until it is otherwise, and only to readers that ask for that.
    /// Events go on, and it is asked again when its code has run, or by and by where that may help.
    StreamFailed(EngineError),
    /// History that should have come next is gone for good (retention, a lost database, another
    /// branch after a failover). What there is follows, from the start of a run.
    Gap,
    /// The feed's last event was read. Every further call gives this again.
    End,
    /// The feed can't be read on: its history is gone, credentials were refused, a fault did not
    /// pass, or the node stops. Every further call gives this again. Where the error's public form
    /// is retryable, a new subscription begins anew.
    Failed(EngineError),
}

/// A place in a feed that moves on as it is read. The feed is followed while there is one.
pub struct Subscription {
    feed: Arc<Feed>,
    changes: watch::Receiver<()>,
    at: At,
    /// After the last event that was given, or resumed from; `None` where nothing was yet, or a gap
    /// came after it.
    cursor: Option<Cursor>,
    /// The run that is read from its start where there is no cursor.
    start: Arc<str>,
    /// How often the tail has to be found before this subscription no longer waits for an event
    /// that the follower has not seen.
    ahead_until: Option<u64>,
    generation: u32,
    live_said: bool,
    /// A run that it came to when that was gone. Where it is led there again, there is no other way.
    met_gone: Option<Arc<str>>,
    /// A gap that was found before the feed was opened.
    gap_first: bool,
    past: Option<Box<Past>>,
    /// Set where it asks how running activities stand.
    asked: Option<Box<Asked>>,
    /// Set where it reads the workflow's own stream.
    hosted: Option<Box<Hosted>>,
    failed: Option<EngineError>,
}

/// Where a reader stands.
#[derive(Clone, Debug)]
enum At {
    /// Where the feed will stand as soon as it is known where that is.
    Now,
    /// Before the entry of that number in the ring.
    Ring(u64),
    /// In a run, after that position, or before its first event.
    Run {
        run_id: Arc<str>,
        after: Option<Position>,
    },
}

impl Subscription {
    /// A reader from a cursor's place, which has still to be checked, or from the feed's start.
    pub(super) fn new(feed: Arc<Feed>, after: Option<Cursor>, gap_first: bool) -> Self {
        feed.add_reader();
        let at = match &after {
            Some(cursor) => At::Run {
                run_id: Arc::clone(&cursor.run_id),
                after: Some(cursor.position),
            },
            None => start_of(Arc::clone(&feed.first_run_id)),
        };
        let changes = feed.changes();
        let generation = feed.log().generation;
        Self {
            start: Arc::clone(&feed.first_run_id),
            ahead_until: None,
            feed,
            changes,
            at,
            cursor: after,
            generation,
            live_said: false,
            met_gone: None,
            gap_first,
            past: None,
            asked: None,
            hosted: None,
            failed: None,
        }
    }

    /// The next step; waits until there is one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> FeedUpdate {
        if mem::take(&mut self.gap_first) {
            self.begin_stream_anew();
            return FeedUpdate::Gap;
        }
        loop {
            if let Some(error) = &self.failed {
                return FeedUpdate::Failed(error.clone());
            }
            self.changes.borrow_and_update();
            if let Some(step) = self.look_in_stream() {
                return step;
            }
            match self.look() {
                Look::Update(step) => return step,
                Look::Again => {}
                Look::Wait if self.passes_turn() => {}
                Look::Wait => {
                    if self.asked.is_none() && self.hosted.is_none() {
                        // The sender lives in the feed, which this subscription holds.
                        let _ = self.changes.changed().await;
                    } else if let Some(step) = Box::pin(self.wait_besides()).await {
                        return step;
                    }
                }
                Look::WaitAhead => {
                    let _ = timeout(AHEAD, self.changes.changed()).await;
                }
                Look::Replay { until } => {
                    if let Some(step) = self.read_past(until).await {
                        return step;
                    }
                }
            }
        }
    }

    /// Where this subscription stands: after the last event that it gave, or that it resumed from.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Whether a worker has taken the workflow's current run by now.
    pub fn workflow_task_started(&self) -> bool {
        self.feed.log().workflow_task_started
    }

    /// The workflow's id.
    pub fn workflow_id(&self) -> &Arc<str> {
        &self.feed.workflow_id
    }

    /// The run that the feed has come to.
    pub fn run_id(&self) -> Arc<str> {
        Arc::clone(
            self.feed
                .log()
                .runs
                .newest()
                .unwrap_or(&self.feed.first_run_id),
        )
    }

    /// Whether the feed has come to its end, or can't be read on. What it holds can still be read.
    pub fn is_over(&self) -> bool {
        matches!(self.feed.log().phase, Phase::Ended | Phase::Failed(_))
    }

    /// A second subscription to the same feed, from its start, for a reader in the seed's dialect:
    /// events that it does not tell of come with the next one that it does, and wake nobody.
    #[must_use]
    pub fn restart_for_seed(&self) -> Self {
        let mut subscription = Self::new(Arc::clone(&self.feed), None, false);
        subscription.changes = self.feed.seed_changes();
        subscription
    }

    /// Goes on at the start of a run, with something lost before it.
    fn gap(&mut self, run_id: Arc<str>) -> FeedUpdate {
        self.cursor = None;
        self.past = None;
        self.ahead_until = None;
        self.start = Arc::clone(&run_id);
        self.at = start_of(run_id);
        self.begin_stream_anew();
        FeedUpdate::Gap
    }

    /// The same place, told without the ring.
    fn place(&self) -> At {
        match &self.cursor {
            Some(cursor) => At::Run {
                run_id: Arc::clone(&cursor.run_id),
                after: Some(cursor.position),
            },
            None => start_of(Arc::clone(&self.start)),
        }
    }

    fn give(&mut self, batch: Vec<Arc<Entry>>) -> FeedUpdate {
        if let Some(last) = batch.last() {
            self.cursor = Some(last.event().cursor.clone());
            // How long the follower was waited for at another place says nothing of this one.
            self.ahead_until = None;
        }
        FeedUpdate::Events(self.without_signaled(batch))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.feed.remove_reader();
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("workflow_id", &self.feed.workflow_id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

fn start_of(run_id: Arc<str>) -> At {
    At::Run {
        run_id,
        after: None,
    }
}

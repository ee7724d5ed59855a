//! A subscription to a feed, read at the subscriber's own pace.

mod seek;
mod sources;

use std::sync::Arc;

use fast_temporal_protocol::{Cursor, Position};
use tokio::{sync::watch, time::timeout};

use self::{
    seek::{FOLLOWER_WAIT, Located, ReadTo, ReplayStep, Seek},
    sources::Sources,
};
use super::{
    entry::Entry,
    feed_update::FeedUpdate,
    followed_feed::FeedRef,
    log::{Log, Phase},
    progress::progress_subscriber::ProgressSubscriber,
    workflow_stream::stream_subscriber::{LastEvent, StreamRead, StreamSubscriber},
};
use crate::EngineError;

/// A position in a feed that moves as the feed is read. The feed is followed while there is one.
pub struct Subscription {
    feed: FeedRef,
    changes: watch::Receiver<()>,
    state: State,
    read_to: ReadTo,
    /// The generation of the log that `state` refers to.
    generation: u32,
    /// Whether `Live` was returned.
    is_live: bool,
    sources: Option<Box<Sources>>,
}

/// Where a subscription reads.
#[derive(Debug)]
enum State {
    /// Nowhere yet: history is missing before the feed's start, which is reported first.
    AfterGap,
    /// Nowhere yet: it starts wherever the follower is once it has caught up.
    FromNow,
    /// In the ring, at the entry of this number.
    InRing(u64),
    /// Outside of the ring: at a position to be found there, or read in replays.
    Seeking(Box<Seek>),
    /// A replay failed.
    Failed(Box<EngineError>),
}

/// What a subscription does next.
enum Step {
    Return(FeedUpdate),
    Wait,
    WaitForFollower,
    Again,
    Replay { until: Option<Position> },
}

impl Subscription {
    /// Returns a subscription after a cursor, which is yet to be checked, or from the feed's start.
    pub(crate) fn new(feed: FeedRef, after: Option<Cursor>) -> Self {
        let start = || ReadTo::StartOf(Arc::clone(&feed.log.first_run_id));
        let read_to = after.map_or_else(start, ReadTo::Event);
        let changes = feed.log.changes();
        let generation = feed.log.lock().generation;
        Self {
            feed,
            changes,
            state: State::seek(&read_to),
            read_to,
            generation,
            is_live: false,
            sources: None,
        }
    }

    /// Reports a gap first.
    pub(crate) fn after_gap(mut self) -> Self {
        self.state = State::AfterGap;
        self
    }

    /// Starts wherever the follower is once it has caught up.
    pub(crate) fn starting_now(mut self) -> Self {
        self.state = State::FromNow;
        self
    }

    /// Also returns the progress of running activities, once live: see [`FeedUpdate::Progress`].
    #[must_use]
    pub fn with_progress(mut self) -> Self {
        let progress = ProgressSubscriber::new(&self.feed.progress);
        self.sources.get_or_insert_default().progress = Some(progress);
        self
    }

    /// Also returns the items of the workflow's own stream from this offset on, once live, instead of
    /// those in history: see [`FeedUpdate::Events`] and [`FeedUpdate::StreamFailed`]. The feed's last
    /// event comes after all of them, as far as the workflow answers.
    #[must_use]
    pub fn with_workflow_stream(mut self, offset: u64) -> Self {
        let stream = StreamSubscriber::new(&self.feed.workflow_stream, offset);
        self.sources.get_or_insert_default().stream = Some(stream);
        self
    }

    /// Returns a second subscription to the same feed, from its start, for the `seed` dialect. Events
    /// that this dialect leaves out wake no subscriber: they come with the next one that it contains.
    #[must_use]
    pub fn restart_for_seed(&self) -> Self {
        let mut subscription = Self::new(self.feed.clone(), None);
        subscription.changes = self.feed.log.seed_changes();
        subscription
    }

    /// Returns the next update; waits until there is one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> FeedUpdate {
        loop {
            self.changes.borrow_and_update();
            if let Some(update) = self.read_stream() {
                return update;
            }
            match self.step() {
                Step::Return(update) => return update,
                Step::Again => {}
                Step::Wait => {
                    if let Some(update) = self.wait().await {
                        return update;
                    }
                }
                Step::WaitForFollower => {
                    let _ = timeout(FOLLOWER_WAIT, self.changes.changed()).await;
                }
                Step::Replay { until } => {
                    if let Some(update) = self.read_replay(until).await {
                        return update;
                    }
                }
            }
        }
    }

    /// The cursor of the last event that this subscription returned, or resumed from.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.read_to.cursor()
    }

    /// The first offset of the workflow's stream that this subscription has not returned; `None`
    /// without the stream. After an event that starts another stream, it is 0.
    pub fn stream_offset(&self) -> Option<u64> {
        self.stream().map(StreamSubscriber::offset)
    }

    /// Whether the workflow has yet to answer what its stream contains.
    pub fn awaits_workflow_stream(&self) -> bool {
        match (self.stream(), self.cursor()) {
            (Some(stream), Some(cursor)) => !stream.is_settled(cursor),
            _ => false,
        }
    }

    /// Whether it leaves out earlier events: before a cursor, or before it subscribed.
    pub fn skips_history(&self) -> bool {
        self.cursor().is_some() || matches!(self.state, State::FromNow)
    }

    /// Whether a worker has started a workflow task of the workflow's current run.
    pub fn workflow_task_started(&self) -> bool {
        self.feed.log.lock().workflow_task_started
    }

    /// The workflow's id.
    pub fn workflow_id(&self) -> &Arc<str> {
        &self.feed.log.workflow_id
    }

    /// The run that the follower is at.
    pub fn run_id(&self) -> Arc<str> {
        let log = self.feed.log.lock();
        Arc::clone(log.runs.newest().unwrap_or(&self.feed.log.first_run_id))
    }

    /// Whether the feed has ended or failed. What it contains can still be read.
    pub fn is_finished(&self) -> bool {
        self.feed.log.lock().is_finished()
    }

    /// Waits for the feed's end, and returns its last event. This reads no history, so it is best
    /// called on a subscription [from now on](crate::Registry::subscribe_from_now). Dropping the
    /// future loses nothing.
    ///
    /// # Errors
    /// The feed can't be read any further.
    pub async fn outcome(&self) -> Result<Arc<Entry>, EngineError> {
        self.feed.log.outcome().await
    }

    fn stream(&self) -> Option<&StreamSubscriber> {
        self.sources.as_ref()?.stream.as_ref()
    }

    /// Returns items of the workflow's stream, if it is their turn.
    fn read_stream(&mut self) -> Option<FeedUpdate> {
        let stream = stream_of(&mut self.sources)?;
        stream.mark_seen();
        let (State::InRing(_), Some(cursor)) = (&self.state, self.read_to.cursor()) else {
            return None;
        };
        match stream.read(cursor, self.is_live) {
            StreamRead::Items(entries) => Some(FeedUpdate::Events(entries)),
            StreamRead::Failed(error) => Some(FeedUpdate::StreamFailed(error)),
            StreamRead::Nothing => None,
        }
    }

    /// Decides what to do next, under the log's lock, so that nothing happens in between.
    fn step(&mut self) -> Step {
        let log = self.feed.log.lock();
        if self.generation != log.generation {
            self.generation = log.generation;
            if let State::InRing(_) = self.state {
                self.state = State::seek(&self.read_to);
            }
            if let State::Seeking(seek) = &mut self.state {
                seek.restart(&log);
            }
        }
        match &mut self.state {
            State::AfterGap => {
                let first_run_id = Arc::clone(&self.feed.log.first_run_id);
                drop(log);
                Step::Return(self.gap(first_run_id))
            }
            State::FromNow => {
                start_now(&log, &mut self.state, &mut self.read_to, &mut self.is_live)
            }
            State::InRing(next) => match log.ring.batch(*next) {
                Some(batch) if batch.is_empty() => match &log.phase {
                    Phase::Live if !self.is_live => {
                        self.is_live = true;
                        Step::Return(FeedUpdate::Live(self.read_to.cursor().cloned()))
                    }
                    Phase::Replaying | Phase::Live => Step::Wait,
                    Phase::Ended => Step::Return(FeedUpdate::End),
                    Phase::Failed(error) => Step::Return(FeedUpdate::Failed(error.clone())),
                },
                Some(batch) => {
                    drop(log);
                    self.send_from_ring(batch)
                }
                None => {
                    self.state = State::seek(&self.read_to);
                    Step::Again
                }
            },
            State::Seeking(seek) => match seek.locate(&log) {
                Located::InRing(number) => {
                    self.state = State::InRing(number);
                    Step::Again
                }
                Located::Wait => Step::Wait,
                Located::WaitForFollower => Step::WaitForFollower,
                Located::Replay { until } => Step::Replay { until },
                Located::Gap(run_id) => {
                    drop(log);
                    Step::Return(self.gap(run_id))
                }
                Located::Failed(error) => Step::Return(FeedUpdate::Failed(error)),
            },
            State::Failed(error) => Step::Return(FeedUpdate::Failed(EngineError::clone(error))),
        }
    }

    /// Sends a batch of the ring, but keeps the feed's last event back while the workflow's stream may
    /// contain more.
    fn send_from_ring(&mut self, mut batch: Vec<Arc<Entry>>) -> Step {
        let State::InRing(next) = self.state else {
            return Step::Again;
        };
        let is_last = batch.last().is_some_and(|last| last.event().end);
        let is_alone = batch.len() == 1;
        match stream_of(&mut self.sources).filter(|_| is_last) {
            Some(stream) if is_alone => match stream.last_event(self.read_to.cursor()) {
                LastEvent::Send => {}
                LastEvent::ReadStream => return Step::Again,
                LastEvent::Wait => return Step::Wait,
            },
            Some(_) => _ = batch.pop(),
            None => {}
        }
        self.state = State::InRing(next + batch.len() as u64);
        Step::Return(self.send(batch))
    }

    fn send(&mut self, mut batch: Vec<Arc<Entry>>) -> FeedUpdate {
        if let Some(last) = batch.last() {
            self.read_to = ReadTo::Event(last.event().cursor.clone());
        }
        if let Some(stream) = stream_of(&mut self.sources) {
            stream.pass_events(&mut batch);
        }
        FeedUpdate::Events(batch)
    }

    /// Continues at the start of a run, with history missing before it.
    fn gap(&mut self, run_id: Arc<str>) -> FeedUpdate {
        self.read_to = ReadTo::StartOf(Arc::clone(&run_id));
        if let State::Seeking(seek) = &mut self.state {
            seek.move_to(run_id, None);
        } else {
            self.state = State::seek(&self.read_to);
        }
        if let Some(stream) = stream_of(&mut self.sources) {
            stream.restart();
        }
        FeedUpdate::Gap
    }

    /// Waits for a change of the feed or of the workflow's stream, or for progress.
    async fn wait(&mut self) -> Option<FeedUpdate> {
        let next = match self.state {
            State::InRing(number) if self.is_live => Some(number),
            _ => None,
        };
        let Some(sources) = &mut self.sources else {
            // The sender lives in the feed, which this subscription keeps.
            let _ = self.changes.changed().await;
            return None;
        };
        if let Some(stream) = &mut sources.stream
            && stream.take_turn()
        {
            return None;
        }
        let changes = self.changes.changed();
        // Boxed, so that a subscription without sources does not pay for their future.
        let wait = async {
            tokio::select! {
                biased;
                _ = changes => None,
                progress = sources.changed(next) => progress.map(FeedUpdate::Progress),
            }
        };
        Box::pin(wait).await
    }

    async fn read_replay(&mut self, until: Option<Position>) -> Option<FeedUpdate> {
        let State::Seeking(seek) = &mut self.state else {
            return None;
        };
        let read = seek.read(&self.feed.replay, &mut self.changes, &self.read_to, until);
        match read.await {
            ReplayStep::Events(batch) => Some(self.send(batch)),
            ReplayStep::Moved => None,
            ReplayStep::Gap(run_id) => Some(self.gap(run_id)),
            ReplayStep::Failed(error) => {
                self.state = State::Failed(Box::new(error));
                None
            }
        }
    }
}

fn stream_of(sources: &mut Option<Box<Sources>>) -> Option<&mut StreamSubscriber> {
    sources.as_mut()?.stream.as_mut()
}

impl State {
    fn seek(read_to: &ReadTo) -> Self {
        Self::Seeking(Box::new(Seek::new(read_to)))
    }
}

/// Takes over the follower's position, once it has caught up.
fn start_now(log: &Log, state: &mut State, read_to: &mut ReadTo, is_live: &mut bool) -> Step {
    let has_ended = match &log.phase {
        Phase::Failed(error) => return Step::Return(FeedUpdate::Failed(error.clone())),
        Phase::Ended => true,
        Phase::Replaying | Phase::Live if !log.is_up_to_date() => return Step::Wait,
        Phase::Replaying | Phase::Live => false,
    };
    match (log.ring.last(), log.runs.newest()) {
        (Some(last), _) => *read_to = ReadTo::Event(last.event().cursor.clone()),
        // The run has no event yet.
        (None, Some(run_id)) => *read_to = ReadTo::StartOf(Arc::clone(run_id)),
        (None, None) => return Step::Wait,
    }
    *state = State::InRing(log.ring.next_number());
    if has_ended {
        return Step::Return(FeedUpdate::End);
    }
    *is_live = true;
    Step::Return(FeedUpdate::Live(read_to.cursor().cloned()))
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("workflow_id", self.workflow_id())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

//! The feeds that this node follows: at most one per chain, however many readers it has.

mod begin;
mod table;

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use fast_temporal_protocol::Cursor;
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::begin::Begin;
pub(super) use self::table::FeedTable;
use super::{
    FeedConfig, Subscription,
    budget::PollBudget,
    follower::Follower,
    host::Host,
    log::Feed,
    progress::{Pace, Progress},
    replay::{Replay, Shelf},
};
use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{StartOutcome, WorkflowDescription},
};

/// Why there is no subscription.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The cursor belongs to another workflow or namespace.
    #[error("the cursor belongs to another workflow or namespace")]
    CursorMismatch,
    /// Temporal said no, or nothing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The feeds that this node follows. A cheap handle.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    engine: Arc<dyn Engine>,
    config: FeedConfig,
    table: Arc<FeedTable>,
    budget: Arc<PollBudget>,
    pace: Arc<Pace>,
    stream_pace: Arc<Pace>,
    replays: Arc<Semaphore>,
    shelf: Arc<Shelf>,
    /// Descriptions that are being waited for, by workflow id.
    asked: Mutex<HashMap<Arc<str>, Weak<Description>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

type Description = OnceCell<Result<WorkflowDescription, EngineError>>;

/// What is known of an id's current chain.
enum Found {
    /// It is followed.
    Feed(Subscription),
    /// It would have to be followed from its current run on.
    Run(Arc<str>, WorkflowDescription),
}

impl Registry {
    /// A registry that follows nothing yet. Its tasks run on the current runtime.
    pub fn new(engine: Arc<dyn Engine>, config: FeedConfig) -> Self {
        Self(Arc::new(Shared {
            engine,
            table: Arc::default(),
            budget: Arc::new(PollBudget::new(config.open_polls, config.poll_turn)),
            pace: Arc::new(Pace::new(config.progress_requests_per_second)),
            stream_pace: Arc::new(Pace::new(config.stream_requests_per_second)),
            replays: Arc::new(Semaphore::new(
                config.concurrent_replays.clamp(1, Semaphore::MAX_PERMITS),
            )),
            shelf: Arc::new(Shelf::new(config.replay_bytes, config.concurrent_replays)),
            config,
            asked: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }

    /// The engine that the feeds read from.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.0.engine
    }

    /// Subscribes, from its start, to a chain that was started just now. Asks nothing of Temporal.
    pub fn subscribe_started(
        &self,
        workflow_id: &Arc<str>,
        started: &StartOutcome,
    ) -> Subscription {
        let run_id = Arc::clone(&started.run_id);
        let first_run_id = Arc::clone(&run_id);
        let begin = Begin {
            first_run_id,
            run_id,
            run_is_current: true,
            fresh: true,
        };
        self.attach(workflow_id, begin, None, false)
    }

    /// Subscribes to a workflow after a cursor, or from the start of the id's current chain.
    /// Describes the workflow, unless its current chain is being followed already.
    ///
    /// # Errors
    /// The cursor belongs elsewhere, or Temporal does not know the workflow or can't be asked.
    pub async fn subscribe(
        &self,
        workflow_id: &str,
        after: Option<&Cursor>,
    ) -> Result<Subscription, SubscribeError> {
        let engine = &*self.0.engine;
        if let Some(cursor) = after
            && (*cursor.workflow_id != *workflow_id || cursor.namespace != *engine.namespace())
        {
            return Err(SubscribeError::CursorMismatch);
        }
        let (workflow_id, current) = match self.find(workflow_id, after).await? {
            Found::Feed(subscription) => return Ok(subscription),
            Found::Run(workflow_id, current) => (workflow_id, current),
        };
        let Some(cursor) = after.filter(|cursor| cursor.run_id != current.run_id) else {
            return Ok(self.attach(&workflow_id, Begin::at(current), after, false));
        };
        match engine.describe(&workflow_id, Some(&cursor.run_id)).await {
            Ok(run) if run.first_run_id == current.first_run_id => {
                Ok(self.attach(&workflow_id, Begin::at(current), after, false))
            }
            // A chain of the past, whose id was used again.
            Ok(run) => {
                let begin = Begin {
                    run_is_current: false,
                    ..Begin::at(run)
                };
                Ok(self.attach(&workflow_id, begin, after, false))
            }
            Err(error) if error.kind == EngineErrorKind::NotFound => {
                Ok(self.attach(&workflow_id, Begin::at(current), None, true))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Subscribes to the id's current chain from where it stands: gives [`FeedUpdate::Live`](super::FeedUpdate)
    /// as soon as that is known, and then only what happens afterwards. What this node has still to
    /// read at that moment, as Temporal was away, say, counts as happening afterwards. However long
    /// the chain is, nothing is read for that but its current run.
    ///
    /// # Errors
    /// Temporal does not know the workflow or can't be asked.
    pub async fn subscribe_from_now(&self, workflow_id: &str) -> Result<Subscription, EngineError> {
        let subscription = match self.find(workflow_id, None).await? {
            Found::Feed(subscription) => subscription,
            Found::Run(workflow_id, current) => {
                self.attach(&workflow_id, Begin::at(current), None, false)
            }
        };
        Ok(subscription.start_now())
    }

    /// The id's current chain: where it is followed and holds the cursor's run, at that cursor.
    async fn find(&self, workflow_id: &str, after: Option<&Cursor>) -> Result<Found, EngineError> {
        if let Some(subscription) = self.0.table.subscribe_live(workflow_id, after) {
            return Ok(Found::Feed(subscription));
        }
        let workflow_id: Arc<str> = workflow_id.into();
        let current = self.describe(&workflow_id).await?;
        Ok(Found::Run(workflow_id, current))
    }

    /// Describes the id's current run, once for all who ask at the same time.
    async fn describe(&self, workflow_id: &Arc<str>) -> Result<WorkflowDescription, EngineError> {
        let (answer, is_first) = {
            let mut asked = self.0.asked.lock();
            if let Some(answer) = asked.get(workflow_id).and_then(Weak::upgrade) {
                (answer, false)
            } else {
                let answer = Arc::new(OnceCell::new());
                asked.retain(|_, answer| answer.strong_count() > 0);
                asked.insert(Arc::clone(workflow_id), Arc::downgrade(&answer));
                (answer, true)
            }
        };
        let describe = || self.0.engine.describe(workflow_id, None);
        let shared = answer.get_or_init(describe).await.clone();
        match shared {
            // The workflow may have been started after that was asked, by whoever joined.
            Err(error) if error.kind == EngineErrorKind::NotFound && !is_first => describe().await,
            shared => shared,
        }
    }

    /// How many feeds are followed right now.
    pub fn feeds(&self) -> usize {
        self.0.table.count()
    }

    /// Ends all feeds: their readers are told that the node stops.
    pub fn start_shutdown(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
    }

    /// Ends all feeds and waits until their tasks are gone.
    pub async fn shutdown(&self) {
        self.start_shutdown();
        self.0.tasks.wait().await;
    }

    fn attach(
        &self,
        workflow_id: &Arc<str>,
        begin: Begin,
        after: Option<&Cursor>,
        gap_first: bool,
    ) -> Subscription {
        let open = |begin| self.open(workflow_id, begin);
        let read = |feed| Subscription::new(feed, after.cloned(), gap_first);
        self.0.table.subscribe(workflow_id, begin, open, read)
    }

    fn open(&self, workflow_id: &Arc<str>, begin: Begin) -> Arc<Feed> {
        let shared = &*self.0;
        let replay = Replay::new(
            Arc::clone(&shared.engine),
            &shared.config,
            Arc::clone(&shared.replays),
            Arc::clone(&shared.shelf),
            shared.tasks.clone(),
            shared.stop.clone(),
        );
        let progress = Progress::new(
            Arc::clone(&shared.engine),
            &shared.config,
            Arc::clone(&shared.pace),
            shared.tasks.clone(),
            shared.stop.clone(),
        );
        let host = Host::new(
            Arc::clone(&shared.engine),
            &shared.config,
            Arc::clone(&shared.stream_pace),
            shared.tasks.clone(),
            shared.stop.clone(),
        );
        let feed = Arc::new(Feed::new(
            Arc::clone(workflow_id),
            begin.first_run_id,
            begin.run_is_current,
            replay,
            progress,
            host,
            &shared.config,
        ));
        let follower = Follower {
            feed: Arc::clone(&feed),
            engine: Arc::clone(&shared.engine),
            budget: Arc::clone(&shared.budget),
            config: shared.config.clone(),
            run_id: begin.run_id,
            fresh: begin.fresh,
        };
        shared
            .tasks
            .spawn(follower.run(Arc::clone(&shared.table), shared.stop.clone()));
        feed
    }
}

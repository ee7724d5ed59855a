//! The way in: subscribes to the feeds of this node, at most one per chain.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use fast_temporal_protocol::Cursor;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::{
    config::FeedConfig,
    followed_feed::{FollowedFeed, Subscribers},
    follower::Follower,
    log::{FeedLog, view::LogView},
    node::Node,
    progress::ActivityProgressPoll,
    replay::{Replay, segment_cache::SegmentCache},
    subscription::Subscription,
    table::{ChainStart, FeedTable},
    workflow_stream::WorkflowStream,
};
use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{StartOutcome, WorkflowDescription},
};

/// Why a subscription failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The cursor belongs to another workflow or namespace.
    #[error("the cursor belongs to another workflow or namespace")]
    CursorMismatch,
    /// Temporal rejected the request, or did not respond.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The feeds that this node follows. A cheap handle.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    node: Arc<Node>,
    table: Arc<FeedTable>,
    segment_cache: Arc<SegmentCache>,
    /// Descriptions in flight, by workflow id.
    describing: Mutex<HashMap<Arc<str>, Weak<Description>>>,
}

type Description = OnceCell<Result<WorkflowDescription, EngineError>>;

/// The current chain of a workflow id.
enum CurrentChain {
    Followed(Subscription),
    /// A follower would have to start at its current run.
    NotFollowed(Arc<str>, WorkflowDescription),
}

impl Registry {
    /// Returns a registry that follows nothing yet. Its tasks run on the current runtime.
    pub fn new(engine: Arc<dyn Engine>, config: FeedConfig) -> Self {
        let segment_cache = SegmentCache::new(config.replay_bytes, config.concurrent_replays);
        Self(Arc::new(Shared {
            node: Arc::new(Node::new(engine, config)),
            table: Arc::default(),
            segment_cache: Arc::new(segment_cache),
            describing: Mutex::default(),
        }))
    }

    /// The engine that the feeds read from.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.0.node.engine
    }

    /// Subscribes, from its start, to a chain that was started just now. Makes no request to
    /// Temporal.
    pub fn subscribe_started(
        &self,
        workflow_id: &Arc<str>,
        started: &StartOutcome,
    ) -> Subscription {
        let start = ChainStart {
            first_run_id: Arc::clone(&started.run_id),
            run_id: Arc::clone(&started.run_id),
            run_is_current: true,
            is_new: true,
        };
        self.attach(workflow_id, start, None)
    }

    /// Subscribes to a workflow after a cursor, or from the start of the id's current chain.
    /// Describes the workflow, unless its current chain is followed already.
    ///
    /// # Errors
    /// The cursor belongs elsewhere, or Temporal does not know the workflow or rejects the request.
    pub async fn subscribe(
        &self,
        workflow_id: &str,
        after: Option<&Cursor>,
    ) -> Result<Subscription, SubscribeError> {
        let engine = &*self.0.node.engine;
        if let Some(cursor) = after
            && (*cursor.workflow_id != *workflow_id || cursor.namespace != *engine.namespace())
        {
            return Err(SubscribeError::CursorMismatch);
        }
        let (workflow_id, current) = match self.find(workflow_id, after).await? {
            CurrentChain::Followed(subscription) => return Ok(subscription),
            CurrentChain::NotFollowed(workflow_id, current) => (workflow_id, current),
        };
        let Some(cursor) = after.filter(|cursor| cursor.run_id != current.run_id) else {
            return Ok(self.attach(&workflow_id, ChainStart::at_current(current), after));
        };
        match engine.describe(&workflow_id, Some(&cursor.run_id)).await {
            Ok(run) if run.first_run_id == current.first_run_id => {
                Ok(self.attach(&workflow_id, ChainStart::at_current(current), after))
            }
            // An earlier chain, whose workflow id was used again.
            Ok(run) => {
                let start = ChainStart {
                    run_is_current: false,
                    ..ChainStart::at_current(run)
                };
                Ok(self.attach(&workflow_id, start, after))
            }
            Err(error) if error.kind == EngineErrorKind::NotFound => {
                let start = ChainStart::at_current(current);
                Ok(self.attach(&workflow_id, start, None).after_gap())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Subscribes to the id's current chain from now on: returns
    /// [`FeedUpdate::Live`](crate::FeedUpdate::Live) once the follower has caught up, and then only
    /// later events. Events that this node has yet to read at that moment, for instance because
    /// Temporal was unavailable, count as later. Of a long chain, only its current run is read.
    ///
    /// # Errors
    /// Temporal does not know the workflow or rejects the request.
    pub async fn subscribe_from_now(&self, workflow_id: &str) -> Result<Subscription, EngineError> {
        let subscription = match self.find(workflow_id, None).await? {
            CurrentChain::Followed(subscription) => subscription,
            CurrentChain::NotFollowed(workflow_id, current) => {
                self.attach(&workflow_id, ChainStart::at_current(current), None)
            }
        };
        Ok(subscription.starting_now())
    }

    /// Subscribes to the id's current chain if it is followed and contains the cursor's run.
    async fn find(
        &self,
        workflow_id: &str,
        after: Option<&Cursor>,
    ) -> Result<CurrentChain, EngineError> {
        let run_id = after.map(|cursor| &*cursor.run_id);
        if let Some(feed) = self.0.table.subscribe_current(workflow_id, run_id) {
            let subscription = Subscription::new(feed, after.cloned());
            return Ok(CurrentChain::Followed(subscription));
        }
        let workflow_id: Arc<str> = workflow_id.into();
        let current = self.describe(&workflow_id).await?;
        Ok(CurrentChain::NotFollowed(workflow_id, current))
    }

    /// Describes the id's current run, once for all concurrent callers.
    async fn describe(&self, workflow_id: &Arc<str>) -> Result<WorkflowDescription, EngineError> {
        let (description, is_first) = {
            let mut describing = self.0.describing.lock();
            if let Some(description) = describing.get(workflow_id).and_then(Weak::upgrade) {
                (description, false)
            } else {
                let description = Arc::new(OnceCell::new());
                describing.retain(|_, description| description.strong_count() > 0);
                describing.insert(Arc::clone(workflow_id), Arc::downgrade(&description));
                (description, true)
            }
        };
        let describe = || self.0.node.engine.describe(workflow_id, None);
        let shared = description.get_or_init(describe).await.clone();
        match shared {
            // This caller may have started the workflow after the shared request was made.
            Err(error) if error.kind == EngineErrorKind::NotFound && !is_first => describe().await,
            shared => shared,
        }
    }

    /// The number of feeds that are followed right now.
    pub fn feeds(&self) -> usize {
        self.0.table.count()
    }

    /// Ends all feeds: their subscriptions fail with [`EngineErrorKind::Stopping`].
    pub fn start_shutdown(&self) {
        self.0.node.stop.cancel();
        self.0.node.tasks.close();
    }

    /// Ends all feeds and waits until their tasks have finished.
    pub async fn shutdown(&self) {
        self.start_shutdown();
        self.0.node.tasks.wait().await;
    }

    fn attach(
        &self,
        workflow_id: &Arc<str>,
        start: ChainStart,
        after: Option<&Cursor>,
    ) -> Subscription {
        let open = |start| self.open(workflow_id, start);
        let feed = self.0.table.subscribe(workflow_id, start, open);
        Subscription::new(feed, after.cloned())
    }

    fn open(&self, workflow_id: &Arc<str>, start: ChainStart) -> Arc<FollowedFeed> {
        let node = &self.0.node;
        let log = Arc::new(FeedLog::new(
            Arc::clone(workflow_id),
            Arc::clone(&start.first_run_id),
            &node.config,
        ));
        let view = LogView::new(Arc::clone(&log));
        let segment_cache = Arc::clone(&self.0.segment_cache);
        let feed = Arc::new(FollowedFeed {
            log,
            started_at_current_run: start.run_is_current,
            replay: Replay::new(Arc::clone(node), view.clone(), segment_cache),
            progress: Arc::new(ActivityProgressPoll::new(Arc::clone(node), view)),
            workflow_stream: Arc::new(WorkflowStream::new(
                Arc::clone(node),
                Arc::clone(workflow_id),
            )),
            subscribers: Subscribers::default(),
        });
        let follower = Follower::new(Arc::clone(&feed), Arc::clone(node), start);
        node.tasks.spawn(follower.run(Arc::clone(&self.0.table)));
        feed
    }
}

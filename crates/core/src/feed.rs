//! The ordered events of one chain.
//! SKELETON: signatures only; the bodies follow.
#![allow(missing_docs, dead_code, unused_variables)]
use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use fast_temporal_protocol::{Cursor, Event};

use crate::engine::{Engine, EngineError, Started};

/// One event, encoded once per dialect for all its readers.
#[derive(Debug)]
pub struct Entry { event: Event }
impl Entry {
    pub fn event(&self) -> &Event { &self.event }
    /// The event in the `v1` dialect: JSON on one line.
    pub fn json(&self) -> &Bytes { todo!() }
    /// The same as one block of an event stream: `id: <cursor>\ndata: <json>\n\n`.
    pub fn sse(&self) -> &Bytes { todo!() }
    /// The seed's frame; `None` for events which that dialect does not tell of.
    pub fn seed(&self) -> Option<&Bytes> { todo!() }
}

/// How followers and feeds work. Defaults are the product's.
#[derive(Clone, Debug)]
pub struct FollowConfig {
    pub ring_events: usize,
    pub ring_bytes: usize,
    pub checkpoint_events: usize,
    pub linger: Duration,
    pub open_polls: usize,
    pub turn: Duration,
    pub rereads: usize,
}
impl Default for FollowConfig { fn default() -> Self { todo!() } }

/// What a subscription reads next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Events in order; at least one, at most a batch.
    Events(Vec<Arc<Entry>>),
    /// The replay is over: what comes now happens now. Said once. `None` where there was no event yet.
    Live(Option<Cursor>),
    /// History that should have come next is gone for good (retention, a lost database). What
    /// there is follows.
    Gap,
    /// The feed's last event has been read. Every further call gives this again.
    End,
    /// The feed can't be read on: `NotFound`, `Denied`, or shut down (`Unavailable`). Every further call gives this again.
    Failed(EngineError),
}

/// Why there is no subscription.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The cursor belongs to another workflow or namespace.
    #[error("the cursor belongs to another workflow")]
    CursorMismatch,
    /// Temporal said no, or nothing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The feeds that this node follows. A cheap handle.
#[derive(Clone)]
pub struct Registry {}
impl Registry {
    pub fn new(engine: Arc<dyn Engine>, config: FollowConfig) -> Self { todo!() }
    pub fn engine(&self) -> &Arc<dyn Engine> { todo!() }
    /// Subscribes from its start to a chain that was started just now. Asks nothing of Temporal.
    pub fn subscribe_started(&self, workflow_id: &Arc<str>, started: &Started) -> Subscription { todo!() }
    /// Subscribes after a cursor, or from the start of the id's current chain.
    pub async fn subscribe(&self, workflow_id: &str, after: Option<&Cursor>) -> Result<Subscription, SubscribeError> { todo!() }
    /// How many feeds are followed right now.
    pub fn feeds(&self) -> usize { todo!() }
    pub fn start_shutdown(&self) { todo!() }
    /// Waits until every follower is gone.
    pub async fn shutdown(&self) { todo!() }
}

/// A place in a feed that moves on as it is read. The feed is followed while there is one.
pub struct Subscription {}
impl Subscription {
    /// The next step; waits until there is one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Step { todo!() }
    /// Where this subscription stands: after the last event that it gave, or that it resumed from.
    pub fn cursor(&self) -> Option<Cursor> { todo!() }
    /// Whether a worker has taken the workflow by now (its current run's first workflow task).
    pub fn taken(&self) -> bool { todo!() }
    pub fn workflow_id(&self) -> &Arc<str> { todo!() }
    /// The run that the feed stands in.
    pub fn run_id(&self) -> Arc<str> { todo!() }
    /// A second subscription to the same feed, from its start.
    pub fn restart(&self) -> Subscription { todo!() }
}

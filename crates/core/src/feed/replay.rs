//! Reads again what the ring no longer contains, once for all subscribers that need it.
//!
//! A replay reads one segment: the events of one run after a checkpoint. Subscribers in the same
//! segment share it, while it is read and for as long as one of them is in it and the cache has
//! room. A separate task reads it, so it progresses however its subscribers are polled.

pub(crate) mod index;
pub(crate) mod load;
mod loader;
pub(crate) mod segment;
pub(crate) mod segment_cache;

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::{select, sync::watch};

use self::{
    index::{ReplayIndex, Start},
    load::Load,
    loader::Loader,
    segment_cache::SegmentCache,
};
use super::{log::view::LogView, node::Node, retry::Retry};

/// The replays of one feed.
pub(crate) struct Replay {
    node: Arc<Node>,
    log: LogView,
    cache: Arc<SegmentCache>,
    pub(crate) index: Arc<ReplayIndex>,
}

impl Replay {
    pub(crate) fn new(node: Arc<Node>, log: LogView, cache: Arc<SegmentCache>) -> Self {
        Self {
            node,
            log,
            cache,
            index: Arc::default(),
        }
    }

    /// Returns the segment in which a subscriber continues after `after`.
    pub(crate) fn load(&self, run_id: &Arc<str>, after: Option<Position>) -> Arc<Load> {
        let open = || self.node.engine.open(self.log.workflow_id(), run_id);
        let (sender, outcome) = watch::channel(None);
        let (load, start) = self.index.find_or_insert(run_id, after, open, outcome);
        let Some(Start { after, source }) = start else {
            return load;
        };
        let loader = Loader {
            node: Arc::clone(&self.node),
            log: self.log.clone(),
            index: Arc::clone(&self.index),
            cache: Arc::clone(&self.cache),
            run_id: Arc::clone(run_id),
            after,
            source,
            retry: Retry::new(&self.node.config),
        };
        let stop = self.node.stop.clone();
        self.node.tasks.spawn(async move {
            select! {
                biased;
                () = stop.cancelled() => {}
                // No subscription waits for it any more.
                () = sender.closed() => {}
                outcome = loader.run() => {
                    sender.send_replace(Some(outcome));
                }
            }
        });
        load
    }
}

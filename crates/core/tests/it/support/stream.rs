//! The vocabulary of the tests of workflow streams.

use std::sync::Arc;

use fast_temporal_core::{EngineErrorKind, Entry, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{EventData, event::StreamItem};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::timeout;

use super::{MINUTE, json, next, subscribe};

/// A workflow that hosts a stream of `items` items. Each has its offset as its value.
pub fn hosting(engine: &FakeEngine, items: u64) -> FakeWorkflow {
    let workflow = engine.workflow("w");
    workflow.host_stream();
    publish(&workflow, 0, items);
    workflow
}

/// Publishes items with the values from `from` up to `to`, in one workflow task.
pub fn publish(workflow: &FakeWorkflow, from: u64, to: u64) {
    workflow.publish_all("t", (from..to).map(json).collect());
}

/// Subscribes to a workflow and its stream from this offset on.
pub async fn subscribe_at(
    registry: &Registry,
    workflow: &FakeWorkflow,
    offset: u64,
) -> Subscription {
    let subscription = subscribe(registry, workflow).await;
    subscription.with_workflow_stream(offset)
}

/// The item that an entry contains, if any.
pub fn stream_item(entry: &Entry) -> Option<&StreamItem> {
    match &entry.event().data {
        EventData::StreamItem(item) => Some(item),
        _ => None,
    }
}

/// The next batch of items. Skips events and `Live`.
pub async fn items(subscription: &mut Subscription) -> Vec<Arc<Entry>> {
    loop {
        match next(subscription).await {
            FeedUpdate::Events(entries) if entries.iter().any(|it| stream_item(it).is_some()) => {
                return entries;
            }
            FeedUpdate::Events(_) | FeedUpdate::Live(_) => {}
            update => panic!("{update:?}"),
        }
    }
}

/// The offsets of the next `count` items.
pub async fn offsets(subscription: &mut Subscription, count: usize) -> Vec<u64> {
    let mut offsets = Vec::new();
    while offsets.len() < count {
        for entry in items(subscription).await {
            let item = stream_item(&entry).expect("a batch has either items or events");
            assert_eq!(Some(&entry.event().cursor), subscription.cursor());
            offsets.push(item.offset.expect("an offset"));
        }
    }
    offsets
}

/// For a minute, no item arrives.
pub async fn receives_only_events(subscription: &mut Subscription) {
    while let Ok(update) = timeout(MINUTE, subscription.next()).await {
        match update {
            FeedUpdate::Events(entries) => {
                assert!(entries.iter().all(|it| stream_item(it).is_none()));
            }
            FeedUpdate::Live(_) => {}
            update => panic!("{update:?}"),
        }
    }
}

/// The next update, which must be a failure of the stream.
pub async fn stream_failure(subscription: &mut Subscription) -> EngineErrorKind {
    match next(subscription).await {
        FeedUpdate::StreamFailed(error) => error.kind,
        update => panic!("{update:?}"),
    }
}

pub fn range(from: u64, to: u64) -> Vec<u64> {
    (from..to).collect()
}

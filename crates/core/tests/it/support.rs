//! The vocabulary of the tests: a registry on a fake Temporal with paused time, and what a
//! subscription returns. Every wait has a limit, which costs nothing with paused time.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{EngineErrorKind, Entry, FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event, EventData, Json, event::StreamItem};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::timeout;

pub const MINUTE: Duration = Duration::from_mins(1);

/// Far longer than any test takes.
const LIMIT: Duration = Duration::from_mins(10);

/// A node with the default settings.
pub fn registry(engine: &FakeEngine) -> Registry {
    registry_with(engine, FeedConfig::default())
}

pub fn registry_with(engine: &FakeEngine, config: FeedConfig) -> Registry {
    Registry::new(Arc::new(engine.clone()), config)
}

/// A fake Temporal with a running workflow, and a node with the default settings.
pub fn setup() -> (FakeEngine, FakeWorkflow, Registry) {
    setup_with(FeedConfig::default())
}

pub fn setup_with(config: FeedConfig) -> (FakeEngine, FakeWorkflow, Registry) {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry_with(&engine, config);
    (engine, workflow, registry)
}

/// A ring of four events and checkpoints every eight: subscribers must replay all older events.
pub fn small_ring() -> FeedConfig {
    FeedConfig {
        ring_events: 4,
        checkpoint_events: 8,
        ..FeedConfig::default()
    }
}

/// Subscribes from the start of the workflow's chain.
pub async fn subscribe(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    let subscription = registry.subscribe(workflow.id(), None).await;
    subscription.expect("a subscription")
}

/// Subscribes from the start, and reads up to `Live`.
pub async fn subscribe_live(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    let mut subscription = subscribe(registry, workflow).await;
    until_live(&mut subscription).await;
    subscription
}

/// Subscribes after a cursor.
pub async fn resume(registry: &Registry, cursor: &Cursor) -> Subscription {
    let subscription = registry.subscribe(&cursor.workflow_id, Some(cursor)).await;
    subscription.expect("a subscription")
}

/// Subscribes to later events only.
pub async fn subscribe_from_now(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    let subscription = registry.subscribe_from_now(workflow.id()).await;
    subscription.expect("a subscription")
}

/// The next update.
pub async fn next(subscription: &mut Subscription) -> FeedUpdate {
    let update = timeout(LIMIT, subscription.next()).await;
    update.expect("an update in time")
}

/// The next update, which must be a batch of events.
pub async fn batch(subscription: &mut Subscription) -> Vec<Event> {
    match next(subscription).await {
        FeedUpdate::Events(batch) => batch.iter().map(|entry| entry.event().clone()).collect(),
        update => panic!("no events: {update:?}"),
    }
}

/// The next `count` events; any other update is a failure.
pub async fn events(subscription: &mut Subscription, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < count {
        events.extend(batch(subscription).await);
    }
    assert_eq!(events.len(), count, "{}", names(&events).join(" "));
    events
}

/// The next events, which must be of these types.
pub async fn expect_events(subscription: &mut Subscription, types: &[&str]) {
    assert_eq!(names(&events(subscription, types.len()).await), types);
}

/// The events up to the first other update, and that update.
pub async fn events_until_update(subscription: &mut Subscription) -> (Vec<Event>, FeedUpdate) {
    let mut events = Vec::new();
    loop {
        match next(subscription).await {
            FeedUpdate::Events(batch) => events.extend(batch.iter().map(|e| e.event().clone())),
            update => return (events, update),
        }
    }
}

/// The events up to the end of the feed.
pub async fn until_end(subscription: &mut Subscription) -> Vec<Event> {
    let (mut events, mut update) = events_until_update(subscription).await;
    while let FeedUpdate::Live(_) = update {
        let (more, next) = events_until_update(subscription).await;
        events.extend(more);
        update = next;
    }
    assert!(matches!(update, FeedUpdate::End), "{update:?}");
    events
}

/// The events up to `Live`.
pub async fn until_live(subscription: &mut Subscription) -> Vec<Event> {
    let (events, update) = events_until_update(subscription).await;
    assert!(matches!(update, FeedUpdate::Live(_)), "{update:?}");
    events
}

/// The next update must be a gap, without events before it.
pub async fn gap(subscription: &mut Subscription) {
    let update = next(subscription).await;
    assert!(matches!(update, FeedUpdate::Gap), "{update:?}");
}

/// The next update must be the end of the feed, without events before it.
pub async fn end(subscription: &mut Subscription) {
    let update = next(subscription).await;
    assert!(matches!(update, FeedUpdate::End), "{update:?}");
}

/// The next update, which must be a failure of the subscription.
pub async fn failure(subscription: &mut Subscription) -> EngineErrorKind {
    match next(subscription).await {
        FeedUpdate::Failed(error) => error.kind,
        update => panic!("no failure: {update:?}"),
    }
}

/// For a minute, nothing arrives except what only moves the cursor.
pub async fn receives_nothing(subscription: &mut Subscription) {
    let update = timeout(MINUTE, async {
        loop {
            match subscription.next().await {
                FeedUpdate::Events(entries) if entries.is_empty() => {}
                update => return update,
            }
        }
    });
    let update = update.await;
    assert!(update.is_err(), "{update:?}");
}

/// All events of these runs, in order.
pub fn all_events<'a>(runs: impl IntoIterator<Item = &'a FakeWorkflow>) -> Vec<Event> {
    runs.into_iter().flat_map(FakeWorkflow::events).collect()
}

/// The types of events.
pub fn names(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.data.type_name().to_owned())
        .collect()
}

/// The same events without the mark of the feed's last one.
pub fn without_end_mark(events: Vec<Event>) -> Vec<Event> {
    events
        .into_iter()
        .map(|event| Event {
            end: false,
            ..event
        })
        .collect()
}

/// A JSON value.
pub fn json(value: impl Into<serde_json::Value>) -> Json {
    Json::from_value(&value.into()).expect("a JSON value")
}

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

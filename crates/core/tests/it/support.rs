//! The vocabulary of the tests: a registry on a fake Temporal with paused time, and what a
//! subscription returns. Every wait has a limit, which costs nothing with paused time.

pub mod stream;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event, Json};
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

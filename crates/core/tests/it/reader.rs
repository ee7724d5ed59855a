//! The words that the tests speak.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::timeout;

/// Far longer than anything here takes; with paused time it costs nothing.
const LIMIT: Duration = Duration::from_mins(10);

pub fn registry(engine: &FakeEngine) -> Registry {
    registry_with(engine, FeedConfig::default())
}

pub fn registry_with(engine: &FakeEngine, config: FeedConfig) -> Registry {
    Registry::new(Arc::new(engine.clone()), config)
}

/// A ring of four events and checkpoints every eight: everything old must be replayed.
pub fn tiny() -> FeedConfig {
    FeedConfig {
        ring_events: 4,
        checkpoint_events: 8,
        ..FeedConfig::default()
    }
}

pub async fn subscribe(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    registry
        .subscribe(workflow.id(), None)
        .await
        .expect("a subscription")
}

pub async fn resume(registry: &Registry, cursor: &Cursor) -> Subscription {
    registry
        .subscribe(&cursor.workflow_id, Some(cursor))
        .await
        .expect("a subscription")
}

pub async fn next(subscription: &mut Subscription) -> FeedUpdate {
    timeout(LIMIT, subscription.next())
        .await
        .expect("a step in time")
}

/// The next `count` events; any other step is a failure.
pub async fn events(subscription: &mut Subscription, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < count {
        match next(subscription).await {
            FeedUpdate::Events(batch) => events.extend(batch.iter().map(|e| e.event().clone())),
            step => panic!("{step:?} after {} of {count} events", events.len()),
        }
    }
    assert_eq!(events.len(), count, "{}", names(&events).join(" "));
    events
}

/// The events up to the first step of another kind, and that step.
pub async fn events_until_step(subscription: &mut Subscription) -> (Vec<Event>, FeedUpdate) {
    let mut events = Vec::new();
    loop {
        match next(subscription).await {
            FeedUpdate::Events(batch) => events.extend(batch.iter().map(|e| e.event().clone())),
            step => return (events, step),
        }
    }
}

pub async fn until_end(subscription: &mut Subscription) -> Vec<Event> {
    let (mut events, mut step) = events_until_step(subscription).await;
    while let FeedUpdate::Live(_) = step {
        let (more, next) = events_until_step(subscription).await;
        events.extend(more);
        step = next;
    }
    assert!(matches!(step, FeedUpdate::End), "{step:?}");
    events
}

pub async fn until_live(subscription: &mut Subscription) -> Vec<Event> {
    let (events, step) = events_until_step(subscription).await;
    assert!(matches!(step, FeedUpdate::Live(_)), "{step:?}");
    events
}

pub fn names(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.data.type_name().to_owned())
        .collect()
}

/// The same, whatever is the feed's last event at the time.
pub fn without_end(events: Vec<Event>) -> Vec<Event> {
    events
        .into_iter()
        .map(|event| Event {
            end: false,
            ..event
        })
        .collect()
}

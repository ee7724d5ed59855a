//! Subscriptions with the workflow's own stream.

mod end;
mod failure;
mod offset;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{FeedConfig, FeedUpdate};
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::{sleep, timeout};

use crate::support::{
    MINUTE, hosting, items, json, next, offsets, range, receives_nothing, registry, registry_with,
    setup, stream_item, subscribe, subscribe_at, subscribe_from_now,
};

// Covers STR-1.
#[tokio::test(start_paused = true)]
async fn items_of_all_publishers_arrive_once_in_the_order_of_their_offsets() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 2);
    workflow.publish_by_signal("t", json(2));
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut subscription, 3).await, [0, 1, 2]);
    assert_eq!(subscription.stream_offset(), Some(3));
    workflow.publish("t", json(3));
    workflow.publish_by_signal("t", json(4));
    assert_eq!(offsets(&mut subscription, 2).await, [3, 4]);
    receives_nothing(&mut subscription).await;
}

// Covers STR-17.
#[tokio::test(start_paused = true)]
async fn burst_of_workflow_tasks_needs_few_sequential_queries() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 1);
    engine.delay_streams(Duration::from_millis(8));
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    offsets(&mut subscription, 1).await;
    let before = engine.stats().stream_reads;
    assert_eq!(before, 1, "the first query");

    let publish = async {
        for number in 1..=200 {
            workflow.publish("t", json(number));
            sleep(Duration::from_millis(1)).await;
        }
    };
    let (given, ()) = tokio::join!(offsets(&mut subscription, 200), publish);
    assert_eq!(given, range(1, 201));
    let stats = engine.stats();
    assert!(stats.stream_reads - before <= 6, "{stats:?}");
    assert_eq!(stats.max_reading_streams, 1);
}

// Covers STR-8.
#[tokio::test(start_paused = true)]
async fn stream_is_not_queried_without_subscribers_or_workflow_tasks() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 1);
    let registry = registry(&engine);
    let mut other = subscribe(&registry, &workflow).await;
    workflow.publish("t", json(1));
    while timeout(MINUTE, other.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 0);

    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    offsets(&mut subscription, 2).await;
    // A signal alone, without a workflow task, changes no stream.
    workflow.signal("s");
    while timeout(60 * MINUTE, subscription.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 1);
    drop(subscription);
    workflow.publish("t", json(2));
    while timeout(MINUTE, other.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 1);
}

#[tokio::test(start_paused = true)]
async fn workflow_without_a_started_task_is_not_queried() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    while timeout(MINUTE, subscription.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 0);
    assert!(!subscription.awaits_workflow_stream());
    workflow.start_task();
    while timeout(MINUTE, subscription.next()).await.is_ok() {}
    workflow.publish("t", json(0));
    assert_eq!(offsets(&mut subscription, 1).await, [0]);
}

// Covers STR-17.
#[tokio::test(start_paused = true)]
async fn subscribers_share_queries_and_encoded_items() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 3);
    let registry = registry(&engine);
    let mut subscriptions = Vec::new();
    for _ in 0..50 {
        let mut subscription = subscribe_at(&registry, &workflow, 0).await;
        offsets(&mut subscription, 3).await;
        subscriptions.push(subscription);
    }
    for number in 3..13 {
        workflow.publish("t", json(number));
        let mut given = Vec::new();
        for subscription in &mut subscriptions {
            given.push(items(subscription).await.remove(0));
        }
        assert!(given.iter().all(|it| Arc::ptr_eq(it, &given[0])));
    }
    assert_eq!(engine.stats().stream_reads, 11);
}

// Covers STR-1.
#[tokio::test(start_paused = true)]
async fn lagging_subscriber_misses_nothing_while_little_is_cached() {
    let engine = FakeEngine::new();
    engine.stream_page(5);
    let workflow = hosting(&engine, 100);
    let config = FeedConfig {
        stream_bytes: 4096,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut slow = subscribe_at(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut slow, 5).await, range(0, 5));
    let mut fast = subscribe_at(&registry, &workflow, 90).await;
    assert_eq!(offsets(&mut fast, 10).await, range(90, 100));
    for number in 100..200 {
        workflow.publish("t", json(number));
        assert_eq!(offsets(&mut fast, 1).await, [number]);
    }
    let mut late = subscribe_at(&registry, &workflow, 50).await;
    let (slow, late) = tokio::join!(offsets(&mut slow, 195), offsets(&mut late, 150));
    assert_eq!(slow, range(5, 200));
    assert_eq!(late, range(50, 200));
}

#[tokio::test(start_paused = true)]
async fn items_and_events_take_turns() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 1000);
    workflow.signals(1000);
    let config = FeedConfig {
        ring_bytes: 16 * 1024 * 1024,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let subscription = subscribe_from_now(&registry, &workflow).await;
    let mut subscription = subscription.with_workflow_stream(0);
    assert!(matches!(next(&mut subscription).await, FeedUpdate::Live(_)));
    offsets(&mut subscription, 64).await;
    workflow.signals(1000);
    sleep(MINUTE).await;
    let (mut items, mut events) = (0, 0);
    for _ in 0..8 {
        let FeedUpdate::Events(entries) = next(&mut subscription).await else {
            panic!("no events")
        };
        let of_stream = entries
            .iter()
            .filter(|it| stream_item(it).is_some())
            .count();
        items += of_stream;
        events += entries.len() - of_stream;
    }
    assert_eq!((items, events), (4 * 64, 4 * 64));
}

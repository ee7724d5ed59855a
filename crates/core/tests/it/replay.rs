//! Events that have fallen out of the ring are read again, once for all subscribers.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, FeedUpdate};
use fast_temporal_testkit::fake::FakeEngine;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::support::{
    events, gap, next, registry_with, resume, setup_with, small_ring, subscribe, subscribe_live,
    until_live,
};

// Covers EV-5.
#[tokio::test(start_paused = true)]
async fn slow_subscriber_falls_out_of_the_ring_and_misses_nothing() {
    let (_, workflow, registry) = setup_with(small_ring());
    let mut slow = subscribe(&registry, &workflow).await;
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut slow).await;
    until_live(&mut fast).await;
    for _ in 0..100 {
        workflow.signal("s");
        events(&mut fast, 1).await;
    }
    assert_eq!(events(&mut slow, 100).await, workflow.events()[1..]);
    workflow.signal("after");
    events(&mut slow, 1).await;
    assert_eq!(events(&mut fast, 1).await, workflow.events()[101..]);
}

#[tokio::test(start_paused = true)]
async fn ring_is_bounded_by_bytes_and_keeps_the_newest_event() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let config = FeedConfig {
        ring_bytes: 1,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.signals(50);
    assert_eq!(events(&mut subscription, 50).await, workflow.events()[1..]);
}

#[tokio::test(start_paused = true)]
async fn subscribers_at_the_same_position_share_a_replay() {
    let (engine, workflow, registry) = setup_with(small_ring());
    engine.page_events(8);
    workflow.signals(99);
    let _first = subscribe_live(&registry, &workflow).await;
    let alone = engine.stats().reads;
    let subscriptions = (0..50).map(|_| async {
        let mut subscription = subscribe(&registry, &workflow).await;
        until_live(&mut subscription).await
    });
    for seen in join_all(subscriptions).await {
        assert_eq!(seen, workflow.events());
    }
    let together = engine.stats().reads - alone;
    assert!(
        together <= 2 * alone,
        "{together} reads for fifty, {alone} for one"
    );
}

#[tokio::test(start_paused = true)]
async fn replay_starts_at_the_checkpoint_before_the_cursor() {
    let (engine, workflow, registry) = setup_with(small_ring());
    engine.page_events(8);
    workflow.signals(999);
    let _first = subscribe_live(&registry, &workflow).await;
    let before = engine.stats().reads;
    let cursor = workflow.events()[900].cursor.clone();
    let mut subscription = resume(&registry, &cursor).await;
    assert_eq!(
        until_live(&mut subscription).await,
        workflow.events()[901..]
    );
    let reads = engine.stats().reads - before;
    assert!(
        reads < 30,
        "{reads} reads for the last hundred of a thousand events"
    );
}

#[tokio::test(start_paused = true)]
async fn concurrent_replays_are_limited() {
    let engine = FakeEngine::new();
    engine.page_events(4);
    let config = FeedConfig {
        concurrent_replays: 1,
        ..small_ring()
    };
    let registry = registry_with(&engine, config);
    let mut all = Vec::new();
    for number in 0..20 {
        let workflow = engine.workflow(&format!("w{number}"));
        workflow.signals(40);
        all.push(workflow);
    }
    let subscriptions = all.iter().map(|workflow| async {
        let mut subscription = subscribe(&registry, workflow).await;
        assert_eq!(until_live(&mut subscription).await, workflow.events());
    });
    join_all(subscriptions).await;
}

#[tokio::test(start_paused = true)]
async fn replay_progresses_however_its_subscription_is_polled() {
    let (engine, workflow, registry) = setup_with(small_ring());
    engine.page_events(2);
    workflow.signals(200);
    let mut subscription = subscribe(&registry, &workflow).await;
    let mut seen = 0;
    loop {
        // Every wait is cancelled almost at once.
        match timeout(Duration::from_nanos(1), subscription.next()).await {
            Ok(FeedUpdate::Events(batch)) => seen += batch.len(),
            Ok(FeedUpdate::Live(_)) => break,
            Ok(update) => panic!("{update:?}"),
            Err(_) => {}
        }
    }
    assert_eq!(seen, 201);
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn lost_branch_is_a_gap_and_the_current_branch_follows() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry_with(&engine, FeedConfig::default());
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.fork_branch(5);
    workflow.signals(2);
    gap(&mut subscription).await;
    assert_eq!(events(&mut subscription, 7).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn failover_that_kept_the_cursor_is_no_gap() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry_with(&engine, FeedConfig::default());
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.fork_branch(11);
    workflow.signals(2);
    assert_eq!(events(&mut subscription, 2).await, workflow.events()[11..]);
}

#[tokio::test(start_paused = true)]
async fn later_subscribers_share_a_replay_in_use() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(3000);
    let config = FeedConfig {
        checkpoint_events: 3000,
        ..small_ring()
    };
    let registry = registry_with(&engine, config);
    until_live(&mut subscribe(&registry, &workflow).await).await;
    let before = engine.stats().reads;
    let mut subscriptions = Vec::new();
    for _ in 0..20 {
        let mut subscription = subscribe(&registry, &workflow).await;
        assert!(matches!(
            next(&mut subscription).await,
            FeedUpdate::Events(_)
        ));
        subscriptions.push(subscription);
    }
    let reads = engine.stats().reads - before;
    // One replay is twelve pages.
    assert!(reads < 20, "{reads} reads for twenty subscriptions");
}

#[tokio::test(start_paused = true)]
async fn subscribers_continue_after_their_segments_were_evicted() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(2000);
    let config = FeedConfig {
        checkpoint_events: 100,
        replay_bytes: 0,
        concurrent_replays: 1,
        ..small_ring()
    };
    let registry = registry_with(&engine, config);
    until_live(&mut subscribe(&registry, &workflow).await).await;
    let all = workflow.events();
    let mut stalled = Vec::new();
    for after in (0..1900).step_by(100) {
        let mut subscription = resume(&registry, &all[after].cursor).await;
        let FeedUpdate::Events(batch) = next(&mut subscription).await else {
            panic!("there are events after {after}");
        };
        stalled.push((subscription, after + 1 + batch.len()));
    }
    for (mut subscription, after) in stalled {
        assert_eq!(until_live(&mut subscription).await, all[after..]);
    }
    // All of them at the same time, too.
    let subscriptions = (0..1900).step_by(100).map(|after| {
        let (registry, all) = (&registry, &all);
        async move {
            let mut subscription = resume(registry, &all[after].cursor).await;
            assert_eq!(until_live(&mut subscription).await, all[after + 1..]);
        }
    });
    join_all(subscriptions).await;
}

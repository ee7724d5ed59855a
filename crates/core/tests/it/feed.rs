//! One feed, its subscriptions, and how long it is followed.

use std::time::Duration;

use fast_temporal_core::{
    EngineErrorKind, FeedConfig, FeedUpdate, PayloadAccess, engine::Engine as _,
};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use futures_util::future::join_all;
use tokio::time::{advance, sleep, timeout};

use crate::support::{
    MINUTE, end, events, expect_events, failure, names, next, registry, registry_with, resume,
    setup, small_ring, subscribe, subscribe_live, until_end, until_live,
};

#[tokio::test(start_paused = true)]
async fn subscriber_receives_history_then_live_then_new_events_then_the_end() {
    let (_, workflow, registry) = setup();
    workflow.schedule("a");
    let mut subscription = subscribe(&registry, &workflow).await;

    assert_eq!(
        names(&until_live(&mut subscription).await),
        ["workflow.started", "activity.scheduled"]
    );
    workflow.complete_activity("a", Json::null());
    expect_events(&mut subscription, &["activity.completed"]).await;
    workflow.complete(Json::null());
    let last = events(&mut subscription, 1).await.remove(0);
    assert_eq!(last.data.type_name(), "workflow.completed");
    assert!(last.end);
    end(&mut subscription).await;
    end(&mut subscription).await;
}

#[tokio::test(start_paused = true)]
async fn batches_are_bounded_by_bytes() {
    for config in [FeedConfig::default(), small_ring()] {
        let engine = FakeEngine::new();
        let workflow = engine.workflow("w");
        for size in [100_000, 100_000, 100_000, 1_000_000, 10, 10, 10] {
            let result = Json::from_value(&"x".repeat(size)).expect("a text");
            workflow.complete_activity("a", result);
        }
        let registry = registry_with(&engine, config);
        let mut subscription = subscribe(&registry, &workflow).await;
        let (mut sizes, mut count) = (Vec::new(), 0);
        while count < 8 {
            let FeedUpdate::Events(batch) = next(&mut subscription).await else {
                panic!("there are events");
            };
            count += batch.len();
            let bytes: usize = batch
                .iter()
                .map(|entry| entry.json(PayloadAccess::Full).len())
                .sum();
            sizes.push((batch.len(), bytes / 100_000));
        }
        // A larger event comes alone.
        assert!(sizes.contains(&(1, 10)), "{sizes:?}");
        assert!(
            sizes.iter().all(|(count, size)| *size <= 2 || *count == 1),
            "{sizes:?}"
        );
        assert_eq!(count, 8);
    }
}

// Covers EV-6.
#[tokio::test(start_paused = true)]
async fn only_the_last_event_has_the_end_mark() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(5);
    workflow.complete(Json::null());
    let all = until_end(&mut subscribe(&registry(&engine), &workflow).await).await;
    let marks: Vec<_> = all.iter().map(|event| event.end).collect();
    assert_eq!(marks, [false, false, false, false, false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn closed_workflow_is_replayed_without_live() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.complete(Json::null());
    let mut subscription = subscribe(&registry(&engine), &workflow).await;
    events(&mut subscription, 2).await;
    end(&mut subscription).await;
}

#[tokio::test(start_paused = true)]
async fn started_chain_is_live_at_once_without_a_description() {
    let (engine, workflow, registry) = setup();
    let mut subscription = registry.subscribe_started(workflow.id(), &workflow.as_started());
    assert_eq!(
        names(&until_live(&mut subscription).await),
        ["workflow.started"]
    );
    assert_eq!(engine.stats().describes, 0);
}

#[tokio::test(start_paused = true)]
async fn one_poll_serves_any_number_of_subscribers() {
    let (engine, workflow, registry) = setup();
    let mut subscriptions = Vec::new();
    for _ in 0..1000 {
        let subscription = subscribe_live(&registry, &workflow).await;
        subscriptions.push(subscription);
    }
    workflow.signal("s");
    for subscription in &mut subscriptions {
        expect_events(subscription, &["signal.received"]).await;
    }
    assert_eq!(registry.feeds(), 1);
    assert_eq!(engine.stats().max_open_polls, 1);
    assert_eq!(
        engine.stats().describes,
        1,
        "a followed feed needs no description"
    );
}

#[tokio::test(start_paused = true)]
async fn pages_without_public_events_leave_the_cursor() {
    let (_, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    let before = subscription.cursor().cloned();
    workflow.push_all(Vec::new());
    workflow.push_all(Vec::new());
    assert!(timeout(MINUTE, subscription.next()).await.is_err());
    assert_eq!(subscription.cursor().cloned(), before);
    workflow.signal("s");
    expect_events(&mut subscription, &["signal.received"]).await;
}

#[tokio::test(start_paused = true)]
async fn feed_is_followed_until_the_linger_time_after_its_last_subscriber() {
    let (engine, workflow, registry) = setup();
    let subscription = subscribe_live(&registry, &workflow).await;
    let reads = engine.stats().reads;
    drop(subscription);
    advance(Duration::from_secs(9)).await;
    // Within the linger time, nothing is read again.
    let subscription = subscribe_live(&registry, &workflow).await;
    assert_eq!(engine.stats().reads, reads);
    drop(subscription);
    advance(Duration::from_secs(11)).await;
    engine.stats_reach(|stats| stats.open_polls == 0).await;
    assert_eq!(registry.feeds(), 0);
}

#[tokio::test(start_paused = true)]
async fn busy_workflow_without_subscribers_is_not_followed() {
    let (_, workflow, registry) = setup();
    drop(subscribe(&registry, &workflow).await);
    for _ in 0..15 {
        workflow.signal("s");
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(registry.feeds(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_next_future_loses_nothing() {
    let (_, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    for _ in 0..20 {
        assert!(
            timeout(Duration::from_millis(3), subscription.next())
                .await
                .is_err()
        );
        workflow.signal("s");
        events(&mut subscription, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_fails_subscriptions_and_leaves_no_task() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    registry.shutdown().await;
    assert_eq!(failure(&mut subscription).await, EngineErrorKind::Stopping);
    assert_eq!(engine.stats().open_polls, 0);
    // A new subscription on a stopped node fails too.
    let mut late = resume(&registry, subscription.cursor().expect("a cursor")).await;
    failure(&mut late).await;
}

#[tokio::test(start_paused = true)]
async fn feed_knows_whether_a_workflow_task_was_started() {
    let (_, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    assert!(!subscription.workflow_task_started());
    workflow.start_task();
    workflow.signal("s");
    events(&mut subscription, 1).await;
    assert!(subscription.workflow_task_started());
}

#[tokio::test(start_paused = true)]
async fn reused_workflow_id_is_another_feed() {
    let (engine, first, registry) = setup();
    first.complete(Json::null());
    let old = until_end(&mut subscribe(&registry, &first).await).await;
    let second = engine.workflow("w");
    second.signal("s");
    let mut subscription = subscribe(&registry, &second).await;
    assert_eq!(
        names(&until_live(&mut subscription).await),
        ["workflow.started", "signal.received"]
    );
    // A cursor of the old chain still reads the old chain to its end.
    let rest = until_end(&mut resume(&registry, &old[0].cursor).await).await;
    assert_eq!(rest, old[1..]);
    assert_eq!(**engine.namespace(), *"default");
}

#[tokio::test(start_paused = true)]
async fn subscription_of_a_new_workflow_is_not_live_before_its_first_event() {
    let (engine, workflow, registry) = setup();
    engine.delay_reads(Duration::from_millis(5));
    let mut subscription = registry.subscribe_started(workflow.id(), &workflow.as_started());
    assert_eq!(until_live(&mut subscription).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn five_thousand_subscribers_share_a_few_descriptions() {
    let (engine, workflow, registry) = setup();
    let mut subscriptions = join_all((0..5000).map(|_| subscribe(&registry, &workflow))).await;
    let cold = engine.stats().describes;
    assert!(cold < 10, "{cold} descriptions");
    for subscription in &mut subscriptions {
        until_live(subscription).await;
    }
    workflow.complete(Json::null());
    for subscription in &mut subscriptions {
        until_end(subscription).await;
    }
    let before = engine.stats().describes;
    join_all((0..5000).map(|_| subscribe(&registry, &workflow))).await;
    let ended = engine.stats().describes - before;
    assert!(ended < 500, "{ended} descriptions of an ended workflow");
}

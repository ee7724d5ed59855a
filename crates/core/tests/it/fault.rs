//! Temporal is unavailable, busy, slow or faulty, and tasks of this node panic or stall.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{
    MINUTE, events, failure, next, registry, registry_with, resume, setup, setup_with, small_ring,
    subscribe, subscribe_live, until_end, until_live, without_end_mark,
};

const TRANSIENT: [EngineErrorKind; 4] = [
    EngineErrorKind::Unavailable,
    EngineErrorKind::Busy,
    EngineErrorKind::Timeout,
    EngineErrorKind::Internal,
];

// Covers EV-4.
#[tokio::test(start_paused = true)]
async fn no_event_is_lost_or_repeated_in_an_outage_of_a_minute() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    engine.make_unavailable();
    workflow.signals(7);
    sleep(MINUTE).await;
    engine.make_available();
    assert_eq!(events(&mut subscription, 7).await, workflow.events()[1..]);
    workflow.complete(Json::null());
    assert_eq!(until_end(&mut subscription).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_retried_in_every_request() {
    for kind in TRANSIENT {
        let (engine, workflow, registry) = setup_with(small_ring());
        engine.page_events(3);
        workflow.signals(20);
        engine.fail_reads(5, kind);
        let mut subscription = subscribe(&registry, &workflow).await;
        let mut seen = until_live(&mut subscription).await;
        engine.fail_reads(5, kind);
        workflow.signals(20);
        seen.extend(events(&mut subscription, 20).await);
        assert_eq!(seen, workflow.events(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_back_off() {
    let (engine, workflow, registry) = setup();
    let _subscription = subscribe_live(&registry, &workflow).await;
    let before = engine.stats().reads;
    engine.make_unavailable();
    sleep(MINUTE).await;
    let reads = engine.stats().reads - before;
    assert!((10..=40).contains(&reads), "{reads} tries in a minute");
}

#[tokio::test(start_paused = true)]
async fn next_run_is_found_after_an_outage_at_the_end_of_a_run() {
    let (engine, base, registry) = setup();
    let mut subscription = subscribe_live(&registry, &base).await;
    let new = base.reset(1);
    engine.make_unavailable();
    sleep(Duration::from_secs(30)).await;
    engine.make_available();
    new.complete(Json::null());
    let seen = until_end(&mut subscription).await;
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(!seen[0].end && seen[2].end);
}

#[tokio::test(start_paused = true)]
async fn deleted_history_fails_subscriptions_and_new_ones_try_again() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.delete();
    assert_eq!(failure(&mut subscription).await, EngineErrorKind::NotFound);
    let again = engine.workflow("w");
    let mut subscription = resume(&registry, &again.events()[0].cursor).await;
    until_live(&mut subscription).await;
}

#[tokio::test(start_paused = true)]
async fn rejected_credentials_fail_subscriptions() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.fail_reads(1, EngineErrorKind::Denied);
    let mut subscription = subscribe(&registry(&engine), &workflow).await;
    assert_eq!(failure(&mut subscription).await, EngineErrorKind::Denied);
}

#[tokio::test(start_paused = true)]
async fn persistent_fault_fails_the_feed_and_new_subscriptions_try_again() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    let (start, before) = (Instant::now(), engine.stats().reads);
    engine.fail_reads_of("w", Some(EngineErrorKind::Internal));
    let FeedUpdate::Failed(error) = next(&mut subscription).await else {
        panic!("the fault persists");
    };
    assert!(error.is_transient(), "{error:?}");
    let (took, reads) = (start.elapsed(), engine.stats().reads - before);
    assert!(took >= MINUTE, "given up after {took:?}");
    assert!(reads < 40, "{reads} tries");

    engine.fail_reads_of("w", None);
    workflow.signal("s");
    let mut again = resume(&registry, subscription.cursor().expect("a cursor")).await;
    assert_eq!(until_live(&mut again).await, workflow.events()[1..]);
}

#[tokio::test(start_paused = true)]
async fn fault_in_replays_fails_only_their_subscribers() {
    let (engine, workflow, registry) = setup_with(small_ring());
    workflow.signals(100);
    let _fast = subscribe_live(&registry, &workflow).await;
    // The follower's long-poll does not notice.
    engine.fail_reads_of("w", Some(EngineErrorKind::Internal));
    let mut slow = subscribe(&registry, &workflow).await;
    assert_eq!(failure(&mut slow).await, EngineErrorKind::Internal);
    engine.fail_reads_of("w", None);
    let mut again = subscribe(&registry, &workflow).await;
    assert_eq!(until_live(&mut again).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn few_faults_or_faults_between_successes_are_retried() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    for _ in 0..20 {
        engine.fail_reads(9, EngineErrorKind::Internal);
        workflow.signal("s");
        events(&mut subscription, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn temporary_errors_are_retried_without_limit() {
    for kind in [
        EngineErrorKind::Unavailable,
        EngineErrorKind::Busy,
        EngineErrorKind::Timeout,
    ] {
        let (engine, workflow, registry) = setup();
        let mut subscription = subscribe_live(&registry, &workflow).await;
        engine.fail_reads_of("w", Some(kind));
        workflow.signal("s");
        let update = timeout(Duration::from_hours(24), subscription.next()).await;
        assert!(update.is_err(), "{kind:?}: {update:?}");
        engine.fail_reads_of("w", None);
        assert_eq!(events(&mut subscription, 1).await, workflow.events()[1..]);
    }
}

#[tokio::test(start_paused = true)]
async fn panic_in_a_follower_fails_its_subscribers_and_new_ones_start_another() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    engine.panic_reads_of(Some("w"));
    failure(&mut subscription).await;

    engine.panic_reads_of(None);
    workflow.signal("s");
    let mut newcomer = subscribe(&registry, &workflow).await;
    assert_eq!(until_live(&mut newcomer).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn panic_in_a_replay_fails_its_subscribers_and_new_ones_start_another() {
    let (engine, workflow, registry) = setup_with(small_ring());
    workflow.signals(100);
    let mut follower = subscribe_live(&registry, &workflow).await;
    workflow.complete(Json::null());
    until_end(&mut follower).await;
    engine.panic_reads_of(Some("w"));
    let mut subscription = subscribe(&registry, &workflow).await;
    failure(&mut subscription).await;

    engine.panic_reads_of(None);
    let mut newcomer = subscribe(&registry, &workflow).await;
    let seen = without_end_mark(until_end(&mut newcomer).await);
    assert_eq!(seen, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn shutdown_fails_a_subscription_of_an_ended_feed_before_its_replay() {
    let (_, workflow, registry) = setup_with(small_ring());
    workflow.signals(100);
    workflow.complete(Json::null());
    until_end(&mut subscribe(&registry, &workflow).await).await;
    let mut subscription = subscribe(&registry, &workflow).await;
    registry.shutdown().await;
    assert_eq!(failure(&mut subscription).await, EngineErrorKind::Stopping);
}

#[tokio::test(start_paused = true)]
async fn abandoned_replay_does_not_block_others() {
    let engine = FakeEngine::new();
    let config = FeedConfig {
        concurrent_replays: 1,
        ..small_ring()
    };
    let registry = registry_with(&engine, config);
    let (bad, good) = (engine.workflow("bad"), engine.workflow("good"));
    for workflow in [&bad, &good] {
        workflow.signals(100);
        until_live(&mut subscribe(&registry, workflow).await).await;
    }
    engine.fail_reads_of("bad", Some(EngineErrorKind::Unavailable));
    let mut impatient = subscribe(&registry, &bad).await;
    let waited = timeout(Duration::from_secs(1), impatient.next()).await;
    assert!(waited.is_err(), "{waited:?}");
    drop(impatient);
    sleep(MINUTE).await;
    let mut subscription = subscribe(&registry, &good).await;
    assert_eq!(until_live(&mut subscription).await, good.events());
}

//! Workflows that do not answer queries for their streams.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate};
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{
    MINUTE, expect_events, hosting, json, next, offsets, range, receives_nothing, registry, setup,
    stream_failure, subscribe_at, until_live,
};

// Covers STR-7, STR-15.
#[tokio::test(start_paused = true)]
async fn workflow_without_a_stream_is_reported_once_and_events_continue() {
    let (engine, workflow, registry) = setup();
    workflow.complete_task();
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    until_live(&mut subscription).await;
    assert_eq!(
        stream_failure(&mut subscription).await,
        EngineErrorKind::QueryFailed
    );
    workflow.signal("s");
    expect_events(&mut subscription, &["signal.received"]).await;
    receives_nothing(&mut subscription).await;
    assert_eq!(engine.stats().stream_reads, 1, "no workflow task since");
    // A later subscriber receives it without another query.
    let mut other = subscribe_at(&registry, &workflow, 0).await;
    until_live(&mut other).await;
    assert_eq!(
        stream_failure(&mut other).await,
        EngineErrorKind::QueryFailed
    );
    assert_eq!(engine.stats().stream_reads, 1);

    workflow.complete_task();
    receives_nothing(&mut subscription).await;
    assert_eq!(engine.stats().stream_reads, 2);
    workflow.publish("t", json(0));
    assert_eq!(offsets(&mut subscription, 1).await, [0]);
    // A new failure after a success is reported again.
    workflow.drop_stream();
    workflow.complete_task();
    assert_eq!(
        stream_failure(&mut subscription).await,
        EngineErrorKind::QueryFailed
    );
}

// Covers STR-16.
#[tokio::test(start_paused = true)]
async fn failing_stream_queries_back_off() {
    let (engine, workflow, registry) = setup();
    workflow.complete_task();
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    until_live(&mut subscription).await;
    stream_failure(&mut subscription).await;
    let listen = async { while timeout(MINUTE, subscription.next()).await.is_ok() {} };
    let run = async {
        for _ in 0..600 {
            workflow.complete_task();
            sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::join!(listen, run);
    let queries = engine.stats().stream_reads;
    assert!((12..=40).contains(&queries), "{queries} in ten minutes");
}

// Covers STR-7, STR-16.
#[tokio::test(start_paused = true)]
async fn unresponsive_worker_is_reported_and_queried_again() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 2);
    engine.hang(Call::ReadWorkflowStream);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    until_live(&mut subscription).await;
    let start = Instant::now();
    assert_eq!(
        stream_failure(&mut subscription).await,
        EngineErrorKind::Timeout
    );
    assert!(start.elapsed() < Duration::from_secs(5));
    workflow.signal("s");
    expect_events(&mut subscription, &["signal.received"]).await;
    receives_nothing(&mut subscription).await;
    engine.release(Call::ReadWorkflowStream);
    assert_eq!(offsets(&mut subscription, 2).await, range(0, 2));
}

// Covers STR-7.
#[tokio::test(start_paused = true)]
async fn short_stream_failures_are_not_reported() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 2);
    engine.fail(Call::ReadWorkflowStream, 2, EngineErrorKind::Busy);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut subscription, 2).await, range(0, 2));
    assert_eq!(engine.stats().stream_reads, 3);
    engine.fail(Call::ReadWorkflowStream, 3, EngineErrorKind::Busy);
    workflow.publish("t", json(2));
    loop {
        match next(&mut subscription).await {
            FeedUpdate::Events(entries) if entries.is_empty() => {}
            FeedUpdate::StreamFailed(error) => break assert_eq!(error.kind, EngineErrorKind::Busy),
            update => panic!("{update:?}"),
        }
    }
    assert_eq!(offsets(&mut subscription, 1).await, [2]);
}

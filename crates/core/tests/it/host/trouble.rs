//! Workflows that do not say what their streams hold.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate, Subscription};
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::time::{Instant, sleep, timeout};

use super::{MINUTE, from, hears_nothing, holding, json, offsets, range};
use crate::reader::{events, names, next, registry, until_live};

async fn trouble(reader: &mut Subscription) -> EngineErrorKind {
    match next(reader).await {
        FeedUpdate::StreamFailed(error) => error.kind,
        step => panic!("{step:?}"),
    }
}

// Covers STR-7.
#[tokio::test(start_paused = true)]
async fn a_workflow_without_a_stream_is_said_so_once_and_events_go_on() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.complete_task();
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    until_live(&mut reader).await;
    assert_eq!(trouble(&mut reader).await, EngineErrorKind::QueryFailed);
    workflow.signal("s");
    assert_eq!(names(&events(&mut reader, 1).await), ["signal.received"]);
    hears_nothing(&mut reader).await;
    assert_eq!(engine.stats().stream_reads, 1, "its code has not run since");
    // Whoever comes later learns it without a question.
    let mut other = from(&registry, &workflow, 0).await;
    until_live(&mut other).await;
    assert_eq!(trouble(&mut other).await, EngineErrorKind::QueryFailed);
    assert_eq!(engine.stats().stream_reads, 1);

    workflow.complete_task();
    hears_nothing(&mut reader).await;
    assert_eq!(engine.stats().stream_reads, 2);
    workflow.publish("t", json(0));
    assert_eq!(offsets(&mut reader, 1).await, [0]);
    // What went well and fails again is told again.
    workflow.drop_stream();
    workflow.complete_task();
    assert_eq!(trouble(&mut reader).await, EngineErrorKind::QueryFailed);
}

// Covers STR-7.
#[tokio::test(start_paused = true)]
async fn questions_that_fail_are_asked_less_and_less_often() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.complete_task();
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    until_live(&mut reader).await;
    trouble(&mut reader).await;
    let listen = async { while timeout(MINUTE, reader.next()).await.is_ok() {} };
    let run = async {
        for _ in 0..600 {
            workflow.complete_task();
            sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::join!(listen, run);
    let asked = engine.stats().stream_reads;
    assert!((12..=40).contains(&asked), "{asked} in ten minutes");
}

// Covers STR-7.
#[tokio::test(start_paused = true)]
async fn a_worker_that_does_not_answer_is_said_so_and_asked_again() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 2);
    engine.hang(Call::ReadWorkflowStream);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    until_live(&mut reader).await;
    let began = Instant::now();
    assert_eq!(trouble(&mut reader).await, EngineErrorKind::Timeout);
    assert!(began.elapsed() < Duration::from_secs(5));
    workflow.signal("s");
    assert_eq!(names(&events(&mut reader, 1).await), ["signal.received"]);
    hears_nothing(&mut reader).await;
    engine.unhang(Call::ReadWorkflowStream);
    assert_eq!(offsets(&mut reader, 2).await, range(0, 2));
}

// Covers STR-7.
#[tokio::test(start_paused = true)]
async fn what_passes_soon_is_not_told() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 2);
    engine.fail(Call::ReadWorkflowStream, 2, EngineErrorKind::Busy);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut reader, 2).await, range(0, 2));
    assert_eq!(engine.stats().stream_reads, 3);
    engine.fail(Call::ReadWorkflowStream, 3, EngineErrorKind::Busy);
    workflow.publish("t", json(2));
    loop {
        match next(&mut reader).await {
            FeedUpdate::Events(entries) if entries.is_empty() => {}
            FeedUpdate::StreamFailed(error) => break assert_eq!(error.kind, EngineErrorKind::Busy),
            step => panic!("{step:?}"),
        }
    }
    assert_eq!(offsets(&mut reader, 1).await, [2]);
}

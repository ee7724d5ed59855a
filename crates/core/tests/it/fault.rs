//! Temporal away, busy, slow, forgetful.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, Step};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::sleep;

use crate::reader::{
    events, next, registry, registry_with, resume, subscribe, tiny, until_end, until_live,
};

const TRANSIENT: [EngineErrorKind; 4] = [
    EngineErrorKind::Unavailable,
    EngineErrorKind::Busy,
    EngineErrorKind::Timeout,
    EngineErrorKind::Internal,
];

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_or_doubled_while_temporal_is_away_for_a_minute() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    engine.go_away();
    workflow.signals(7);
    sleep(Duration::from_mins(1)).await;
    engine.come_back();
    assert_eq!(events(&mut reader, 7).await, workflow.events()[1..]);
    workflow.complete(Json::null());
    assert_eq!(until_end(&mut reader).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_transient_error_is_tried_through_at_every_place() {
    for kind in TRANSIENT {
        let engine = FakeEngine::new();
        engine.page_events(3);
        let workflow = engine.workflow("w");
        workflow.signals(20);
        let registry = registry_with(&engine, tiny());
        engine.fail_reads(5, kind);
        let mut reader = subscribe(&registry, &workflow).await;
        let mut seen = until_live(&mut reader).await;
        engine.fail_reads(5, kind);
        workflow.signals(20);
        seen.extend(events(&mut reader, 20).await);
        assert_eq!(seen, workflow.events(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_back_off() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    let before = engine.stats().reads;
    engine.go_away();
    sleep(Duration::from_mins(1)).await;
    let reads = engine.stats().reads - before;
    assert!((10..=40).contains(&reads), "{reads} tries in a minute");
}

#[tokio::test(start_paused = true)]
async fn successor_is_found_though_temporal_goes_away_at_the_end_of_a_run() {
    let engine = FakeEngine::new();
    let base = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &base).await;
    until_live(&mut reader).await;
    let new = base.reset(1);
    engine.go_away();
    sleep(Duration::from_secs(30)).await;
    engine.come_back();
    new.complete(Json::null());
    let seen = until_end(&mut reader).await;
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(!seen[0].end && seen[2].end);
}

#[tokio::test(start_paused = true)]
async fn history_that_vanishes_fails_the_readers_and_whoever_comes_next_tries_anew() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.forget();
    let step = next(&mut reader).await;
    assert!(matches!(step, Step::Failed(error) if error.kind == EngineErrorKind::NotFound));
    let again = engine.workflow("w");
    let mut reader = resume(&registry, &again.events()[0].cursor).await;
    until_live(&mut reader).await;
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_fail_the_readers() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.fail_reads(1, EngineErrorKind::Denied);
    let mut reader = subscribe(&registry(&engine), &workflow).await;
    let step = next(&mut reader).await;
    assert!(matches!(step, Step::Failed(error) if error.kind == EngineErrorKind::Denied));
}

//! Temporal away, busy, slow, forgetful.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::{Instant, sleep, timeout};

use crate::reader::{
    events, next, registry, registry_with, resume, subscribe, tiny, until_end, until_live,
};

const TRANSIENT: [EngineErrorKind; 4] = [
    EngineErrorKind::Unavailable,
    EngineErrorKind::Busy,
    EngineErrorKind::Timeout,
    EngineErrorKind::Internal,
];

// Covers EV-4.
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
    assert!(matches!(step, FeedUpdate::Failed(error) if error.kind == EngineErrorKind::NotFound));
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
    assert!(matches!(step, FeedUpdate::Failed(error) if error.kind == EngineErrorKind::Denied));
}

#[tokio::test(start_paused = true)]
async fn fault_that_stays_fails_the_feed_and_whoever_comes_next_tries_anew() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    let (began, before) = (Instant::now(), engine.stats().reads);
    engine.fail_reads_of("w", Some(EngineErrorKind::Internal));
    let FeedUpdate::Failed(error) = next(&mut reader).await else {
        panic!("the fault does not pass");
    };
    assert!(error.is_transient(), "{error:?}");
    let (took, reads) = (began.elapsed(), engine.stats().reads - before);
    assert!(took >= Duration::from_mins(1), "given up after {took:?}");
    assert!(reads < 40, "{reads} tries");

    engine.fail_reads_of("w", None);
    workflow.signal("s");
    let mut again = resume(&registry, reader.cursor().expect("a cursor")).await;
    assert_eq!(until_live(&mut again).await, workflow.events()[1..]);
}

#[tokio::test(start_paused = true)]
async fn fault_of_replays_alone_fails_their_readers_alone() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(100);
    let registry = registry_with(&engine, tiny());
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut fast).await;
    // The follower's read waits, and does not learn of it.
    engine.fail_reads_of("w", Some(EngineErrorKind::Internal));
    let mut slow = subscribe(&registry, &workflow).await;
    let step = next(&mut slow).await;
    assert!(
        matches!(&step, FeedUpdate::Failed(error) if error.kind == EngineErrorKind::Internal),
        "{step:?}"
    );
    engine.fail_reads_of("w", None);
    let mut again = subscribe(&registry, &workflow).await;
    assert_eq!(until_live(&mut again).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn faults_that_are_few_or_between_successes_are_tried_through() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    for _ in 0..20 {
        engine.fail_reads(9, EngineErrorKind::Internal);
        workflow.signal("s");
        events(&mut reader, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_waited_for_however_long_it_takes() {
    for kind in [
        EngineErrorKind::Unavailable,
        EngineErrorKind::Busy,
        EngineErrorKind::Timeout,
    ] {
        let engine = FakeEngine::new();
        let workflow = engine.workflow("w");
        let registry = registry(&engine);
        let mut reader = subscribe(&registry, &workflow).await;
        until_live(&mut reader).await;
        engine.fail_reads_of("w", Some(kind));
        workflow.signal("s");
        let step = timeout(Duration::from_hours(24), reader.next()).await;
        assert!(step.is_err(), "{kind:?}: {step:?}");
        engine.fail_reads_of("w", None);
        assert_eq!(events(&mut reader, 1).await, workflow.events()[1..]);
    }
}

//! A task that panics, stops or is stuck takes nobody else along, and nobody waits for it.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::{sleep, timeout};

use crate::reader::{
    next, registry, registry_with, subscribe, tiny, until_end, until_live, without_end,
};

#[tokio::test(start_paused = true)]
async fn follower_that_panics_tells_its_readers_and_newcomers_get_another() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    engine.panic_reads_of(Some("w"));
    let step = next(&mut reader).await;
    assert!(matches!(step, FeedUpdate::Failed(_)), "{step:?}");

    engine.panic_reads_of(None);
    workflow.signal("s");
    let mut newcomer = subscribe(&registry, &workflow).await;
    assert_eq!(until_live(&mut newcomer).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn replay_that_panics_tells_its_readers_and_newcomers_get_another() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(100);
    let registry = registry_with(&engine, tiny());
    let mut follower = subscribe(&registry, &workflow).await;
    until_live(&mut follower).await;
    workflow.complete(Json::null());
    until_end(&mut follower).await;
    engine.panic_reads_of(Some("w"));
    let mut reader = subscribe(&registry, &workflow).await;
    let step = next(&mut reader).await;
    assert!(matches!(step, FeedUpdate::Failed(_)), "{step:?}");

    engine.panic_reads_of(None);
    let mut newcomer = subscribe(&registry, &workflow).await;
    let seen = without_end(until_end(&mut newcomer).await);
    assert_eq!(seen, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn reader_of_an_ended_feed_learns_that_the_node_stops_before_its_replay() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(100);
    workflow.complete(Json::null());
    let registry = registry_with(&engine, tiny());
    until_end(&mut subscribe(&registry, &workflow).await).await;
    let mut reader = subscribe(&registry, &workflow).await;
    registry.shutdown().await;
    let step = next(&mut reader).await;
    assert!(
        matches!(&step, FeedUpdate::Failed(error) if error.kind == EngineErrorKind::Stopping),
        "{step:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn replay_that_nobody_waits_for_any_more_keeps_no_other_from_its_place() {
    let engine = FakeEngine::new();
    let config = FeedConfig {
        concurrent_replays: 1,
        ..tiny()
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
    sleep(Duration::from_mins(1)).await;
    let mut reader = subscribe(&registry, &good).await;
    assert_eq!(until_live(&mut reader).await, good.events());
}

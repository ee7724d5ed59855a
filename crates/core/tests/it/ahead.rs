//! Readers whose cursor is ahead of a follower that lags: another node was faster, or history got
//! shorter.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::{sleep, timeout};

use crate::reader::{
    names, next, registry, registry_with, resume, subscribe, until_end, until_live,
};

/// A workflow whose follower has failed a few times, and sleeps before it tries again.
async fn lagging(engine: &FakeEngine) -> (FakeWorkflow, Registry, Subscription) {
    let workflow = engine.workflow("w");
    let registry = registry(engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    engine.fail_reads(3, EngineErrorKind::Busy);
    workflow.signal("unseen");
    sleep(Duration::from_millis(300)).await;
    engine.fail_reads(0, EngineErrorKind::Busy);
    (workflow, registry, reader)
}

#[tokio::test(start_paused = true)]
async fn reader_ahead_of_its_follower_does_not_read_in_a_loop() {
    let engine = FakeEngine::new();
    let (workflow, registry, _reader) = lagging(&engine).await;
    let second = workflow.continue_as_new();
    second.signal("s");
    engine.delay_reads(Duration::from_millis(2));
    let before = engine.stats().reads;
    let mut ahead = resume(&registry, &second.events()[1].cursor).await;
    let step = timeout(Duration::from_secs(2), ahead.next()).await;
    assert!(
        !matches!(step, Ok(FeedUpdate::Gap | FeedUpdate::Failed(_))),
        "{step:?}"
    );
    let reads = engine.stats().reads - before;
    assert!(reads < 10, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn reader_ahead_of_its_follower_gets_the_rest_of_an_ended_chain_once() {
    let engine = FakeEngine::new();
    let (workflow, registry, _reader) = lagging(&engine).await;
    let second = workflow.continue_as_new();
    second.signal("seen elsewhere");
    second.signal("new");
    second.complete(Json::null());
    let cursor = second.events()[1].cursor.clone();
    let rest = until_end(&mut resume(&registry, &cursor).await).await;
    assert_eq!(names(&rest), ["signal.received", "workflow.completed"]);
    assert!(!rest[0].end && rest[1].end);
    assert!(rest.iter().all(|e| e.cursor.run_id == *second.run_id()));
}

#[tokio::test(start_paused = true)]
async fn cursor_beyond_a_lost_tail_is_not_waited_for_in_vain() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let lost = workflow.events()[10].cursor.clone();
    workflow.fork_branch(6);
    let mut reader = resume(&registry(&engine), &lost).await;
    let step = next(&mut reader).await;
    assert!(matches!(step, FeedUpdate::Gap), "{step:?}");
    assert_eq!(until_live(&mut reader).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn replay_of_a_history_that_got_shorter_waits_for_the_follower() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(8);
    let config = FeedConfig {
        ring_events: 1,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut fast).await;
    engine.go_away();
    sleep(Duration::from_secs(30)).await;
    workflow.fork_branch(7);
    engine.delay_reads(Duration::from_millis(1));
    engine.come_back();
    let mut reader = subscribe(&registry, &workflow).await;
    let before = engine.stats().reads;
    while let Ok(step) = timeout(Duration::from_secs(6), reader.next()).await {
        if matches!(step, FeedUpdate::Gap) {
            break;
        }
    }
    let reads = engine.stats().reads - before;
    assert!(reads < 50, "{reads} reads until the follower came back");
}

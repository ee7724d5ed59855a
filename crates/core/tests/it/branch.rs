//! History goes on in another branch, as after a failover between clusters.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate, Subscription};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use crate::reader::{
    events, next, registry, registry_with, resume, subscribe, tiny, until_end, until_live,
    without_end,
};

/// All that comes until it is quiet for a few seconds.
async fn until_quiet(reader: &mut Subscription) -> Vec<Event> {
    let mut seen = Vec::new();
    while let Ok(step) = timeout(Duration::from_secs(5), reader.next()).await {
        match step {
            FeedUpdate::Events(batch) => seen.extend(batch.iter().map(|e| e.event().clone())),
            FeedUpdate::Live(_) => {}
            step => panic!("{step:?} after {} events", seen.len()),
        }
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn reader_of_a_lost_history_reads_the_new_one_from_its_first_event() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry_with(&engine, tiny());
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.fork_branch(0);
    assert!(matches!(next(&mut reader).await, FeedUpdate::Gap));
    let quiet = timeout(Duration::from_millis(10), reader.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    workflow.signals(20);
    assert_eq!(until_quiet(&mut reader).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn branch_that_changes_twice_in_a_row_is_read_all_the_same() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    engine.fail_reads(2, EngineErrorKind::BranchChanged);
    workflow.signal("s");
    assert_eq!(events(&mut reader, 1).await, workflow.events()[11..]);
}

#[tokio::test(start_paused = true)]
async fn end_that_comes_with_another_branch_is_no_gap_where_nothing_is_lost() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.fork_branch(11);
    workflow.complete(Json::null());
    let seen = without_end(until_end(&mut reader).await);
    assert_eq!(seen, workflow.events()[11..]);
}

#[tokio::test(start_paused = true)]
async fn other_branch_of_the_last_run_leaves_the_runs_before_it_whole() {
    let engine = FakeEngine::new();
    engine.page_events(2);
    let first = engine.workflow("w");
    first.signals(20);
    let second = first.continue_as_new();
    second.signals(20);
    let third = second.continue_as_new();
    third.signals(5);
    let registry = registry_with(&engine, tiny());
    let mut reader = subscribe(&registry, &third).await;
    let FeedUpdate::Events(batch) = next(&mut reader).await else {
        panic!("the first run has events");
    };
    third.fork_branch(3);
    third.signals(3);
    sleep(Duration::from_secs(1)).await;
    let mut seen: Vec<_> = batch.iter().map(|e| e.event().clone()).collect();
    seen.extend(until_quiet(&mut reader).await);
    let runs = [first, second, third];
    let all: Vec<_> = runs.iter().flat_map(FakeWorkflow::events).collect();
    assert_eq!(seen, all);
}

#[tokio::test(start_paused = true)]
async fn other_branch_that_has_the_event_is_no_gap_for_a_replay() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(100);
    let registry = registry_with(&engine, tiny());
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut fast).await;
    let mut reader = resume(&registry, &workflow.events()[50].cursor).await;
    engine.fail_reads(1, EngineErrorKind::BranchChanged);
    assert_eq!(until_live(&mut reader).await, workflow.events()[51..]);
}

#[tokio::test(start_paused = true)]
async fn branch_that_changes_within_a_replay_is_no_gap_where_nothing_is_lost() {
    let engine = FakeEngine::new();
    engine.page_events(4);
    let workflow = engine.workflow("w");
    workflow.signals(100);
    let registry = registry_with(&engine, tiny());
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut fast).await;
    engine.delay_reads(Duration::from_millis(5));
    let mut reader = resume(&registry, &workflow.events()[49].cursor).await;
    let early = timeout(Duration::from_millis(7), reader.next()).await;
    assert!(early.is_err(), "{early:?}");
    workflow.fork_branch(101);
    assert_eq!(until_live(&mut reader).await, workflow.events()[50..]);
}

#[tokio::test(start_paused = true)]
async fn branches_that_never_stop_changing_are_not_read_in_a_loop() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(100);
    let registry = registry_with(&engine, tiny());
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut fast).await;
    let mut readers = Vec::new();
    for event in workflow.events() {
        readers.push(resume(&registry, &event.cursor).await);
    }
    let before = engine.stats().reads;
    engine.fail_reads_of("w", Some(EngineErrorKind::BranchChanged));
    // A fake that answers within no time would never let the clock go on, were it asked in a loop.
    let steps = join_all(readers.iter_mut().map(next)).await;
    let failed = |step: &&FeedUpdate| matches!(step, FeedUpdate::Failed(_));
    // The last ones stand in the ring, and read on.
    assert!(steps.iter().filter(failed).count() > 90, "{steps:?}");
    // Twelve checkpoints, and the start.
    let reads = engine.stats().reads - before;
    assert!(reads < 13 * 40, "{reads} reads for a hundred readers");
}

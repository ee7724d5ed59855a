//! History continues in another branch, as after a failover between clusters; and subscribers whose
//! cursor is ahead of a lagging follower.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use crate::support::{
    all_events, events, gap, names, next, registry, registry_with, resume, setup, setup_with,
    small_ring, subscribe, subscribe_live, until_end, until_live, without_end_mark,
};

/// The events until none arrives for a few seconds.
async fn until_quiet(subscription: &mut Subscription) -> Vec<Event> {
    let mut seen = Vec::new();
    while let Ok(update) = timeout(Duration::from_secs(5), subscription.next()).await {
        match update {
            FeedUpdate::Events(batch) => seen.extend(batch.iter().map(|e| e.event().clone())),
            FeedUpdate::Live(_) => {}
            update => panic!("{update:?} after {} events", seen.len()),
        }
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn subscriber_of_a_lost_history_receives_the_new_one_from_its_first_event() {
    let (_, workflow, registry) = setup_with(small_ring());
    workflow.signals(10);
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.fork_branch(0);
    gap(&mut subscription).await;
    let quiet = timeout(Duration::from_millis(10), subscription.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    workflow.signals(20);
    assert_eq!(until_quiet(&mut subscription).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn branch_that_changes_twice_in_a_row_is_read() {
    let (engine, workflow, registry) = setup();
    workflow.signals(10);
    let mut subscription = subscribe_live(&registry, &workflow).await;
    engine.fail_reads(2, EngineErrorKind::BranchChanged);
    workflow.signal("s");
    assert_eq!(events(&mut subscription, 1).await, workflow.events()[11..]);
}

#[tokio::test(start_paused = true)]
async fn closing_event_in_a_changed_branch_is_no_gap_if_nothing_is_lost() {
    let (_, workflow, registry) = setup();
    workflow.signals(10);
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.fork_branch(11);
    workflow.complete(Json::null());
    let seen = without_end_mark(until_end(&mut subscription).await);
    assert_eq!(seen, workflow.events()[11..]);
}

#[tokio::test(start_paused = true)]
async fn changed_branch_of_the_last_run_leaves_earlier_runs_complete() {
    let (engine, first, registry) = setup_with(small_ring());
    engine.page_events(2);
    first.signals(20);
    let second = first.continue_as_new();
    second.signals(20);
    let third = second.continue_as_new();
    third.signals(5);
    let mut subscription = subscribe(&registry, &third).await;
    let FeedUpdate::Events(batch) = next(&mut subscription).await else {
        panic!("the first run has events");
    };
    third.fork_branch(3);
    third.signals(3);
    sleep(Duration::from_secs(1)).await;
    let mut seen: Vec<_> = batch.iter().map(|e| e.event().clone()).collect();
    seen.extend(until_quiet(&mut subscription).await);
    let runs = [first, second, third];
    let all = all_events(&runs);
    assert_eq!(seen, all);
}

#[tokio::test(start_paused = true)]
async fn changed_branch_that_contains_the_cursor_is_no_gap_for_a_replay() {
    let (engine, workflow, registry) = setup_with(small_ring());
    workflow.signals(100);
    let _fast = subscribe_live(&registry, &workflow).await;
    let mut subscription = resume(&registry, &workflow.events()[50].cursor).await;
    engine.fail_reads(1, EngineErrorKind::BranchChanged);
    assert_eq!(until_live(&mut subscription).await, workflow.events()[51..]);
}

#[tokio::test(start_paused = true)]
async fn branch_change_during_a_replay_is_no_gap_if_nothing_is_lost() {
    let (engine, workflow, registry) = setup_with(small_ring());
    engine.page_events(4);
    workflow.signals(100);
    let _fast = subscribe_live(&registry, &workflow).await;
    engine.delay_reads(Duration::from_millis(5));
    let mut subscription = resume(&registry, &workflow.events()[49].cursor).await;
    let early = timeout(Duration::from_millis(7), subscription.next()).await;
    assert!(early.is_err(), "{early:?}");
    workflow.fork_branch(101);
    assert_eq!(until_live(&mut subscription).await, workflow.events()[50..]);
}

#[tokio::test(start_paused = true)]
async fn branch_that_keeps_changing_is_not_read_in_a_loop() {
    let (engine, workflow, registry) = setup_with(small_ring());
    workflow.signals(100);
    let _fast = subscribe_live(&registry, &workflow).await;
    let mut subscriptions = Vec::new();
    for event in workflow.events() {
        subscriptions.push(resume(&registry, &event.cursor).await);
    }
    let before = engine.stats().reads;
    engine.fail_reads_of("w", Some(EngineErrorKind::BranchChanged));
    // In a loop of reads that take no time, the paused clock would not advance.
    let steps = join_all(subscriptions.iter_mut().map(next)).await;
    let failed = |update: &&FeedUpdate| matches!(update, FeedUpdate::Failed(_));
    // The last ones are in the ring, and read on.
    assert!(steps.iter().filter(failed).count() > 90, "{steps:?}");
    // Twelve checkpoints, and the start.
    let reads = engine.stats().reads - before;
    assert!(reads < 13 * 40, "{reads} reads for a hundred subscriptions");
}

/// A workflow whose follower has failed a few times, and waits before it retries.
async fn lagging(engine: &FakeEngine) -> (FakeWorkflow, Registry, Subscription) {
    let workflow = engine.workflow("w");
    let registry = registry(engine);
    let subscription = subscribe_live(&registry, &workflow).await;
    engine.fail_reads(3, EngineErrorKind::Busy);
    workflow.signal("unseen");
    sleep(Duration::from_millis(300)).await;
    engine.fail_reads(0, EngineErrorKind::Busy);
    (workflow, registry, subscription)
}

#[tokio::test(start_paused = true)]
async fn subscriber_ahead_of_its_follower_does_not_read_in_a_loop() {
    let engine = FakeEngine::new();
    let (workflow, registry, _subscription) = lagging(&engine).await;
    let second = workflow.continue_as_new();
    second.signal("s");
    engine.delay_reads(Duration::from_millis(2));
    let before = engine.stats().reads;
    let mut ahead = resume(&registry, &second.events()[1].cursor).await;
    let update = timeout(Duration::from_secs(2), ahead.next()).await;
    assert!(
        !matches!(update, Ok(FeedUpdate::Gap | FeedUpdate::Failed(_))),
        "{update:?}"
    );
    let reads = engine.stats().reads - before;
    assert!(reads < 10, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn subscriber_ahead_of_its_follower_receives_the_rest_of_a_closed_chain_once() {
    let engine = FakeEngine::new();
    let (workflow, registry, _subscription) = lagging(&engine).await;
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
async fn cursor_in_a_lost_tail_is_a_gap() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let lost = workflow.events()[10].cursor.clone();
    workflow.fork_branch(6);
    let mut subscription = resume(&registry(&engine), &lost).await;
    gap(&mut subscription).await;
    assert_eq!(until_live(&mut subscription).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn replay_of_a_shortened_history_waits_for_the_follower() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(8);
    let config = FeedConfig {
        ring_events: 1,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let _fast = subscribe_live(&registry, &workflow).await;
    engine.make_unavailable();
    sleep(Duration::from_secs(30)).await;
    workflow.fork_branch(7);
    engine.delay_reads(Duration::from_millis(1));
    engine.make_available();
    let mut subscription = subscribe(&registry, &workflow).await;
    let before = engine.stats().reads;
    while let Ok(update) = timeout(Duration::from_secs(6), subscription.next()).await {
        if matches!(update, FeedUpdate::Gap) {
            break;
        }
    }
    let reads = engine.stats().reads - before;
    assert!(reads < 50, "{reads} reads until the follower returned");
}

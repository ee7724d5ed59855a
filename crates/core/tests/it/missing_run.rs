//! Followed runs that go missing: by a failover, a restored backup, or deletion.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, FeedUpdate};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::{sleep, timeout};

use crate::support::{
    events_until_update, gap, next, registry, registry_with, resume, small_ring, subscribe,
    until_end, until_live, without_end_mark,
};

// Covers EV-27.
#[tokio::test(start_paused = true)]
async fn failover_that_loses_the_newest_run_is_a_gap_only_for_subscribers_that_read_lost_events() {
    for config in [small_ring(), FeedConfig::default()] {
        let engine = FakeEngine::new();
        let first = engine.workflow("w");
        first.signals(20);
        let registry = registry_with(&engine, config);
        let mut fast = subscribe(&registry, &first).await;
        until_live(&mut fast).await;
        let mut slow = resume(&registry, &first.events()[4].cursor).await;
        let second = first.continue_as_new();
        second.signals(5);
        while let Ok(update) = timeout(Duration::from_secs(1), fast.next()).await {
            assert!(matches!(update, FeedUpdate::Events(_)), "{update:?}");
        }

        first.reopen(18);
        first.signals(3);
        gap(&mut fast).await;
        first.complete(Json::null());
        let all = first.events();
        assert_eq!(without_end_mark(until_end(&mut fast).await), all);
        assert_eq!(without_end_mark(until_end(&mut slow).await), all[5..]);
    }
}

#[tokio::test(start_paused = true)]
async fn run_deleted_before_it_was_read_is_a_gap_and_the_next_one_follows() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry(&engine);
    let mut subscription = subscribe(&registry, &first).await;
    until_live(&mut subscription).await;
    engine.go_away();
    let second = first.continue_as_new();
    second.signal("never seen");
    let third = second.continue_as_new();
    let fourth = third.continue_as_new();
    fourth.signal("s");
    second.forget();
    engine.come_back();
    let mut left = third.events();
    left.extend(fourth.events());
    let mut gaps = 0;
    let mut seen = Vec::new();
    while seen != left {
        match next(&mut subscription).await {
            FeedUpdate::Events(batch) => seen.extend(batch.iter().map(|e| e.event().clone())),
            FeedUpdate::Gap => {
                gaps += 1;
                seen.clear();
            }
            update => panic!("{update:?}"),
        }
        assert!(gaps < 4, "repeated gaps");
    }
    assert!(gaps > 0);
    fourth.signal("after");
    let FeedUpdate::Events(after) = next(&mut subscription).await else {
        panic!("the feed continues");
    };
    assert_eq!(*after[0].event(), fourth.events()[2]);
}

#[tokio::test(start_paused = true)]
async fn run_deleted_within_a_long_chain_is_one_gap() {
    let engine = FakeEngine::new();
    let mut runs = vec![engine.workflow("w")];
    let registry = registry_with(&engine, small_ring());
    let mut subscription = subscribe(&registry, &runs[0]).await;
    until_live(&mut subscription).await;
    for number in 1..9 {
        runs.push(runs[number - 1].continue_as_new());
    }
    sleep(Duration::from_secs(1)).await;
    runs[3].forget();
    let mut late = resume(&registry, &runs[0].events()[0].cursor).await;
    let (before, update) = events_until_update(&mut late).await;
    assert!(matches!(update, FeedUpdate::Gap), "{update:?}");
    let told =
        |runs: &[FakeWorkflow]| -> Vec<_> { runs.iter().flat_map(FakeWorkflow::events).collect() };
    assert_eq!(before, told(&runs[..3])[1..]);
    assert_eq!(until_live(&mut late).await, told(&runs[4..]));
}

#[tokio::test(start_paused = true)]
async fn deleted_chain_fails_subscriptions() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut subscription = subscribe(&registry, &workflow).await;
    until_live(&mut subscription).await;
    // Another chain of the same id does not replace it.
    engine.workflow("w");
    workflow.forget();
    let update = next(&mut subscription).await;
    assert!(matches!(update, FeedUpdate::Failed(_)), "{update:?}");
}

//! Followed runs that go missing: by a failover, a restored backup, or deletion.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, FeedUpdate};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::{sleep, timeout};

use crate::support::{
    all_events, events_until_update, failure, gap, next, registry_with, resume, setup, small_ring,
    subscribe, subscribe_live, until_end, until_live, without_end_mark,
};

// Covers EV-27.
#[tokio::test(start_paused = true)]
async fn failover_that_loses_the_newest_run_is_a_gap_only_for_subscribers_that_read_lost_events() {
    for config in [small_ring(), FeedConfig::default()] {
        let engine = FakeEngine::new();
        let first = engine.workflow("w");
        first.signals(20);
        let registry = registry_with(&engine, config);
        let mut fast = subscribe_live(&registry, &first).await;
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
    let (engine, first, registry) = setup();
    let mut subscription = subscribe_live(&registry, &first).await;
    engine.make_unavailable();
    let second = first.continue_as_new();
    second.signal("never seen");
    let third = second.continue_as_new();
    let fourth = third.continue_as_new();
    fourth.signal("s");
    second.delete();
    engine.make_available();
    let left = all_events([&third, &fourth]);
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
    runs[3].delete();
    let mut late = resume(&registry, &runs[0].events()[0].cursor).await;
    let (before, update) = events_until_update(&mut late).await;
    assert!(matches!(update, FeedUpdate::Gap), "{update:?}");
    assert_eq!(before, all_events(&runs[..3])[1..]);
    assert_eq!(until_live(&mut late).await, all_events(&runs[4..]));
}

#[tokio::test(start_paused = true)]
async fn deleted_chain_fails_subscriptions() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    // Another chain of the same id does not replace it.
    engine.workflow("w");
    workflow.delete();
    failure(&mut subscription).await;
}

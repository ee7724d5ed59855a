//! Runs that are gone while they are followed: a failover, a restored backup, somebody who deletes.

use std::time::Duration;

use fast_temporal_core::FeedUpdate;
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::{sleep, timeout};

use crate::reader::{
    events_until_step, next, registry, registry_with, resume, subscribe, tiny, until_end,
    until_live, without_end,
};

// Covers EV-10.
#[tokio::test(start_paused = true)]
async fn failover_that_loses_the_newest_run_is_a_gap_only_for_who_has_read_what_is_lost() {
    for config in [tiny(), fast_temporal_core::FeedConfig::default()] {
        let engine = FakeEngine::new();
        let first = engine.workflow("w");
        first.signals(20);
        let registry = registry_with(&engine, config);
        let mut fast = subscribe(&registry, &first).await;
        until_live(&mut fast).await;
        let mut slow = resume(&registry, &first.events()[4].cursor).await;
        let second = first.continue_as_new();
        second.signals(5);
        while let Ok(step) = timeout(Duration::from_secs(1), fast.next()).await {
            assert!(matches!(step, FeedUpdate::Events(_)), "{step:?}");
        }

        first.reopen(18);
        first.signals(3);
        let (nothing, step) = events_until_step(&mut fast).await;
        assert!(
            nothing.is_empty() && matches!(step, FeedUpdate::Gap),
            "{step:?}"
        );
        first.complete(Json::null());
        let all = first.events();
        assert_eq!(without_end(until_end(&mut fast).await), all);
        assert_eq!(without_end(until_end(&mut slow).await), all[5..]);
    }
}

#[tokio::test(start_paused = true)]
async fn run_that_was_deleted_before_it_was_read_is_a_gap_and_the_next_one_follows() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &first).await;
    until_live(&mut reader).await;
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
        match next(&mut reader).await {
            FeedUpdate::Events(batch) => seen.extend(batch.iter().map(|e| e.event().clone())),
            FeedUpdate::Gap => {
                gaps += 1;
                seen.clear();
            }
            step => panic!("{step:?}"),
        }
        assert!(gaps < 4, "gap after gap");
    }
    assert!(gaps > 0);
    fourth.signal("after");
    let FeedUpdate::Events(after) = next(&mut reader).await else {
        panic!("the feed goes on");
    };
    assert_eq!(*after[0].event(), fourth.events()[2]);
}

#[tokio::test(start_paused = true)]
async fn run_that_was_deleted_amid_a_long_chain_is_one_gap_and_leads_nobody_back() {
    let engine = FakeEngine::new();
    let mut runs = vec![engine.workflow("w")];
    let registry = registry_with(&engine, tiny());
    let mut reader = subscribe(&registry, &runs[0]).await;
    until_live(&mut reader).await;
    for number in 1..9 {
        runs.push(runs[number - 1].continue_as_new());
    }
    sleep(Duration::from_secs(1)).await;
    runs[3].forget();
    let mut late = resume(&registry, &runs[0].events()[0].cursor).await;
    let (before, step) = events_until_step(&mut late).await;
    assert!(matches!(step, FeedUpdate::Gap), "{step:?}");
    let told =
        |runs: &[FakeWorkflow]| -> Vec<_> { runs.iter().flat_map(FakeWorkflow::events).collect() };
    assert_eq!(before, told(&runs[..3])[1..]);
    assert_eq!(until_live(&mut late).await, told(&runs[4..]));
}

#[tokio::test(start_paused = true)]
async fn chain_that_is_gone_altogether_fails_the_readers() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    // Another chain of the same id is no substitute.
    engine.workflow("w");
    workflow.forget();
    let step = next(&mut reader).await;
    assert!(matches!(step, FeedUpdate::Failed(_)), "{step:?}");
}

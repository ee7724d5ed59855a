//! Resets, of any run, at any time: every node delivers the same events.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{Call, FakeEngine, FakeWorkflow};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use crate::support::{
    all_events, events_until_update, names, registry, registry_with, resume, small_ring, subscribe,
    subscribe_live, until_end, until_live, without_end_mark,
};

/// Sets Temporal's clock.
fn at(engine: &FakeEngine, second: i64) {
    engine.set_time(Timestamp::from_second(second).expect("a time"));
}

/// Two servers, of which the old one does not name the resets of a run.
fn current_and_old() -> [FakeEngine; 2] {
    let engines = [FakeEngine::new(), FakeEngine::new()];
    engines[1].omit_resets();
    for engine in &engines {
        at(engine, 0);
    }
    engines
}

/// From every cursor, each on a node of its own, a subscription receives exactly the rest.
async fn every_node_resumes(engine: &FakeEngine, runs: &[&FakeWorkflow]) {
    let all = all_events(runs.iter().copied());
    for config in [small_ring(), FeedConfig::default()] {
        for (index, event) in all.iter().enumerate() {
            let registry = registry_with(engine, config.clone());
            let rest = until_end(&mut resume(&registry, &event.cursor).await).await;
            assert_eq!(
                without_end_mark(rest),
                all[index + 1..],
                "after event {index}"
            );
        }
    }
}

async fn new_subscriptions_receive(engine: &FakeEngine, runs: &[&FakeWorkflow]) {
    for config in [small_ring(), FeedConfig::default()] {
        let registry = registry_with(engine, config);
        let mut subscription = subscribe(&registry, runs[0]).await;
        assert_eq!(
            without_end_mark(until_end(&mut subscription).await),
            all_events(runs.iter().copied())
        );
    }
}

// Covers EV-11.
#[tokio::test(start_paused = true)]
async fn run_that_was_reset_twice_is_followed_by_both_resets() {
    for engine in current_and_old() {
        let first = engine.workflow("w");
        first.signals(3);
        at(&engine, 10);
        let second = first.reset(2);
        second.signal("in vain");
        at(&engine, 20);
        let third = first.reset(3);
        third.complete(Json::null());
        new_subscriptions_receive(&engine, &[&first, &second, &third]).await;
        every_node_resumes(&engine, &[&first, &second, &third]).await;
    }
}

// Covers EV-11.
#[tokio::test(start_paused = true)]
async fn resets_are_delivered_in_the_order_of_their_start_times() {
    for engine in current_and_old() {
        let first = engine.workflow("w");
        first.signals(3);
        at(&engine, 10);
        let second = first.reset(2);
        second.signal("s");
        at(&engine, 20);
        let third = first.reset(2);
        at(&engine, 30);
        let fourth = third.continue_as_new();
        fourth.signal("s");
        at(&engine, 40);
        // A reset of the second run, which the third had terminated.
        let fifth = second.reset(1);
        fifth.signal("s");
        at(&engine, 50);
        let sixth = fourth.reset(1);
        sixth.complete(Json::null());
        let runs = [&first, &second, &third, &fourth, &fifth, &sixth];
        new_subscriptions_receive(&engine, &runs).await;
        every_node_resumes(&engine, &runs).await;
    }
}

// Covers EV-11.
#[tokio::test(start_paused = true)]
async fn reset_in_an_earlier_chain_is_delivered_after_resuming() {
    for engine in current_and_old() {
        let first = engine.workflow("w");
        first.signals(3);
        first.complete(Json::null());
        at(&engine, 10);
        let second = first.reset(2);
        second.signal("s");
        second.complete(Json::null());
        at(&engine, 20);
        let other = engine.workflow("w");
        other.complete(Json::null());
        at(&engine, 30);
        let newest = engine.workflow("w");
        newest.complete(Json::null());
        every_node_resumes(&engine, &[&first, &second]).await;
        every_node_resumes(&engine, &[&other]).await;
        new_subscriptions_receive(&engine, &[&newest]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn reset_of_an_earlier_chain_continues_it_and_ends_the_current_one() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let (old, registry) = (engine.workflow("w"), registry(&engine));
    old.signals(2);
    old.complete(Json::null());
    at(&engine, 10);
    let new = engine.workflow("w");
    let mut new_subscription = subscribe_live(&registry, &new).await;

    at(&engine, 20);
    let old_again = old.reset(2);
    assert_eq!(
        names(&until_end(&mut new_subscription).await),
        ["workflow.terminated"]
    );
    let mut old_subscription = resume(&registry, &old.events()[3].cursor).await;
    assert_eq!(until_live(&mut old_subscription).await, old_again.events());

    at(&engine, 30);
    let new_again = new.reset(1);
    new_again.complete(Json::null());
    assert_eq!(
        names(&until_end(&mut old_subscription).await),
        ["workflow.terminated"]
    );
    every_node_resumes(&engine, &[&old, &old_again]).await;
    every_node_resumes(&engine, &[&new, &new_again]).await;
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn runs_that_visibility_cannot_rule_out_are_a_gap() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let first = engine.workflow("w");
    first.complete(Json::null());
    at(&engine, 10);
    let second = first.reset(1);
    second.signal("s");
    at(&engine, 20);
    let third = first.reset(1);
    third.complete(Json::null());
    engine.fail(Call::StartedBetween, usize::MAX, EngineErrorKind::Denied);
    let mut subscription = subscribe(&registry(&engine), &third).await;
    let (before, update) = events_until_update(&mut subscription).await;
    assert!(matches!(update, FeedUpdate::Gap), "{update:?}");
    assert_eq!(before, first.events());
    let after = until_end(&mut subscription).await;
    assert_eq!(without_end_mark(after), third.events());
}

#[tokio::test(start_paused = true)]
async fn resets_are_looked_up_again_while_visibility_is_busy() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let first = engine.workflow("w");
    first.complete(Json::null());
    at(&engine, 10);
    let second = first.reset(1);
    second.complete(Json::null());
    engine.fail(Call::StartedBetween, usize::MAX, EngineErrorKind::Busy);
    let mut subscription = subscribe(&registry(&engine), &second).await;
    let update = timeout(Duration::from_mins(10), subscription.next()).await;
    assert!(update.is_err(), "{update:?}");
    engine.fail(Call::StartedBetween, 0, EngineErrorKind::Busy);
    let seen = without_end_mark(until_end(&mut subscription).await);
    assert_eq!(seen, all_events([&first, &second]));
}

#[tokio::test(start_paused = true)]
async fn reset_of_an_open_run_needs_no_visibility_query() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let first = engine.workflow("w");
    let registry = registry(&engine);
    let mut subscription = subscribe_live(&registry, &first).await;
    let before = engine.stats();
    at(&engine, 10);
    let second = first.reset(1);
    second.complete(Json::null());
    until_end(&mut subscription).await;
    let after = engine.stats();
    assert_eq!(after.runs_started_between, before.runs_started_between);
    assert_eq!(after.describes - before.describes, 2);
    assert_eq!(after.predecessors, before.predecessors);
    sleep(Duration::from_secs(1)).await;
    every_node_resumes(&engine, &[&first, &second]).await;
    assert_eq!(
        engine.stats().runs_started_between,
        before.runs_started_between
    );
}

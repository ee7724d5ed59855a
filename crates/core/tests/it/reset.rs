//! Resets, of any run, at any time: every node tells the same of them.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{Call, FakeEngine, FakeWorkflow};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use crate::reader::{
    events_until_step, names, registry, registry_with, resume, subscribe, tiny, until_end,
    until_live, without_end,
};

/// A Temporal where it is that second.
fn at(engine: &FakeEngine, second: i64) {
    engine.set_time(Timestamp::from_second(second).expect("a time"));
}

fn told(runs: &[&FakeWorkflow]) -> Vec<Event> {
    runs.iter().flat_map(|run| run.events()).collect()
}

/// A fresh reader, and one from every cursor, each on a node of its own, get exactly the rest.
async fn every_node_tells(engine: &FakeEngine, runs: &[&FakeWorkflow]) {
    let all = told(runs);
    for config in [tiny(), FeedConfig::default()] {
        for (index, event) in all.iter().enumerate() {
            let registry = registry_with(engine, config.clone());
            let rest = until_end(&mut resume(&registry, &event.cursor).await).await;
            assert_eq!(without_end(rest), all[index + 1..], "after event {index}");
        }
    }
}

async fn fresh_readers_get(engine: &FakeEngine, runs: &[&FakeWorkflow]) {
    for config in [tiny(), FeedConfig::default()] {
        let registry = registry_with(engine, config);
        let mut reader = subscribe(&registry, runs[0]).await;
        assert_eq!(without_end(until_end(&mut reader).await), told(runs));
    }
}

// Covers EV-11.
#[tokio::test(start_paused = true)]
async fn run_that_was_reset_twice_is_followed_by_both() {
    for old in [false, true] {
        let engine = FakeEngine::new();
        at(&engine, 0);
        let first = engine.workflow("w");
        first.signals(3);
        at(&engine, 10);
        let second = first.reset(2);
        second.signal("in vain");
        at(&engine, 20);
        let third = first.reset(3);
        third.complete(Json::null());
        if old {
            engine.omit_resets();
        }
        fresh_readers_get(&engine, &[&first, &second, &third]).await;
        every_node_tells(&engine, &[&first, &second, &third]).await;
    }
}

// Covers EV-11.
#[tokio::test(start_paused = true)]
async fn resets_to_different_bases_are_told_in_the_order_in_which_they_were_made() {
    for old in [false, true] {
        let engine = FakeEngine::new();
        at(&engine, 0);
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
        // Back to the second, which the third had taken out of the way.
        let fifth = second.reset(1);
        fifth.signal("s");
        at(&engine, 50);
        let sixth = fourth.reset(1);
        sixth.complete(Json::null());
        if old {
            engine.omit_resets();
        }
        let runs = [&first, &second, &third, &fourth, &fifth, &sixth];
        fresh_readers_get(&engine, &runs).await;
        every_node_tells(&engine, &runs).await;
    }
}

// Covers EV-11.
#[tokio::test(start_paused = true)]
async fn reset_in_a_chain_of_the_past_is_told_to_whoever_comes_back_to_it() {
    for old in [false, true] {
        let engine = FakeEngine::new();
        at(&engine, 0);
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
        if old {
            engine.omit_resets();
        }
        every_node_tells(&engine, &[&first, &second]).await;
        every_node_tells(&engine, &[&other]).await;
        fresh_readers_get(&engine, &[&newest]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn chain_of_the_past_that_is_reset_goes_on_and_ends_the_one_that_was_current() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let (old, registry) = (engine.workflow("w"), registry(&engine));
    old.signals(2);
    old.complete(Json::null());
    at(&engine, 10);
    let new = engine.workflow("w");
    let mut reader_of_new = subscribe(&registry, &new).await;
    until_live(&mut reader_of_new).await;

    at(&engine, 20);
    let old_again = old.reset(2);
    assert_eq!(
        names(&until_end(&mut reader_of_new).await),
        ["workflow.terminated"]
    );
    let mut reader_of_old = resume(&registry, &old.events()[3].cursor).await;
    assert_eq!(until_live(&mut reader_of_old).await, old_again.events());

    at(&engine, 30);
    let new_again = new.reset(1);
    new_again.complete(Json::null());
    assert_eq!(
        names(&until_end(&mut reader_of_old).await),
        ["workflow.terminated"]
    );
    every_node_tells(&engine, &[&old, &old_again]).await;
    every_node_tells(&engine, &[&new, &new_again]).await;
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn runs_that_may_be_there_and_cannot_be_asked_for_are_a_gap() {
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
    let mut reader = subscribe(&registry(&engine), &third).await;
    let (before, step) = events_until_step(&mut reader).await;
    assert!(matches!(step, FeedUpdate::Gap), "{step:?}");
    assert_eq!(before, first.events());
    let after = until_end(&mut reader).await;
    assert_eq!(without_end(after), third.events());
}

#[tokio::test(start_paused = true)]
async fn resets_are_waited_for_while_visibility_is_busy() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let first = engine.workflow("w");
    first.complete(Json::null());
    at(&engine, 10);
    let second = first.reset(1);
    second.complete(Json::null());
    engine.fail(Call::StartedBetween, usize::MAX, EngineErrorKind::Busy);
    let mut reader = subscribe(&registry(&engine), &second).await;
    let step = timeout(Duration::from_mins(10), reader.next()).await;
    assert!(step.is_err(), "{step:?}");
    engine.fail(Call::StartedBetween, 0, EngineErrorKind::Busy);
    let seen = without_end(until_end(&mut reader).await);
    assert_eq!(seen, told(&[&first, &second]));
}

#[tokio::test(start_paused = true)]
async fn reset_of_an_open_run_costs_its_followers_no_visibility_query() {
    let engine = FakeEngine::new();
    at(&engine, 0);
    let first = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &first).await;
    until_live(&mut reader).await;
    let before = engine.stats();
    at(&engine, 10);
    let second = first.reset(1);
    second.complete(Json::null());
    until_end(&mut reader).await;
    let after = engine.stats();
    assert_eq!(after.runs_started_between, before.runs_started_between);
    assert_eq!(after.describes - before.describes, 2);
    assert_eq!(after.predecessors, before.predecessors);
    sleep(Duration::from_secs(1)).await;
    every_node_tells(&engine, &[&first, &second]).await;
    assert_eq!(
        engine.stats().runs_started_between,
        before.runs_started_between
    );
}

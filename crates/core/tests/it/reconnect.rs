//! Subscribers that reconnect after minutes, in which no node follows their workflow.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, Registry};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::sleep;

use crate::support::{
    MINUTE, all_events, expect_events, names, registry_with, resume, setup_with, small_ring,
    subscribe, until_end, until_live, without_end_mark,
};

/// Thirty times the linger time of a feed without subscribers.
const ABSENCE: Duration = Duration::from_mins(5);

/// Reads a workflow up to now, and disconnects.
async fn read_and_disconnect(registry: &Registry, workflow: &FakeWorkflow) -> Vec<Event> {
    let mut subscription = subscribe(registry, workflow).await;
    let seen = until_live(&mut subscription).await;
    drop(subscription);
    seen
}

/// The workflow continues meanwhile: in this run, and in the two that follow.
async fn continue_meanwhile(workflow: &FakeWorkflow) -> (FakeWorkflow, Vec<Event>) {
    let mut run = workflow.clone();
    let before = run.events().len();
    let mut missed = Vec::new();
    for part in 0..2 {
        sleep(ABSENCE / 3).await;
        run.signals(20);
        let next = run.continue_as_new();
        missed.extend(run.events().split_off(if part == 0 { before } else { 0 }));
        run = next;
    }
    sleep(ABSENCE / 3).await;
    run.schedule("work");
    missed.extend(run.events());
    (run, missed)
}

// Covers EV-4.
#[tokio::test(start_paused = true)]
async fn absent_subscriber_receives_missed_events_once_in_order() {
    for config in [FeedConfig::default(), small_ring()] {
        assert!(config.linger * 5 < ABSENCE / 3, "{:?}", config.linger);
        let engine = FakeEngine::new();
        let first = engine.workflow("w");
        first.signals(3);
        let here = registry_with(&engine, config.clone());
        let seen = read_and_disconnect(&here, &first).await;
        assert_eq!(seen.len(), 4);
        sleep(MINUTE).await;
        assert_eq!(engine.stats().open_polls, 0, "no subscriber");
        let reads = engine.stats().reads;
        let (last, missed) = continue_meanwhile(&first).await;
        assert_eq!(engine.stats().reads, reads, "no follower meanwhile");
        assert!(missed.len() > 40, "{}", names(&missed).join(" "));

        let after = &seen.last().expect("events").cursor;
        let elsewhere = registry_with(&engine, config);
        let mut subscriptions = Vec::new();
        for registry in [&here, &elsewhere] {
            let mut subscription = resume(registry, after).await;
            assert_eq!(until_live(&mut subscription).await, missed);
            subscriptions.push(subscription);
        }
        // They are live again.
        last.complete_activity("work", Json::null());
        for subscription in &mut subscriptions {
            expect_events(subscription, &["activity.completed"]).await;
        }
        last.complete(Json::null());
        for subscription in &mut subscriptions {
            assert_eq!(until_end(subscription).await.len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn workflow_closed_during_an_absence_is_delivered_to_its_end() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry_with(&engine, FeedConfig::default());
    let seen = read_and_disconnect(&registry, &first).await;
    let (last, mut missed) = continue_meanwhile(&first).await;
    last.complete(Json::null());
    missed.extend(last.events().pop());
    sleep(ABSENCE).await;
    let mut subscription = resume(&registry, &seen.last().expect("events").cursor).await;
    let rest = until_end(&mut subscription).await;
    assert!(rest.last().is_some_and(|event| event.end));
    assert_eq!(without_end_mark(rest), without_end_mark(missed));
}

#[tokio::test(start_paused = true)]
async fn repeated_reconnects_miss_nothing() {
    let (_, first, registry) = setup_with(small_ring());
    let mut seen = read_and_disconnect(&registry, &first).await;
    let mut runs = vec![first];
    for round in 0..12 {
        sleep(ABSENCE).await;
        let run = runs.last().expect("runs");
        run.signals(5);
        let next = match round % 3 {
            0 => run.continue_as_new(),
            1 => run.reset(2),
            _ => run.clone(),
        };
        if round % 3 < 2 {
            runs.push(next);
        }
        let after = &seen.last().expect("events").cursor;
        let mut subscription = resume(&registry, after).await;
        seen.extend(until_live(&mut subscription).await);
    }
    let all = all_events(&runs);
    assert_eq!(seen, all);
}

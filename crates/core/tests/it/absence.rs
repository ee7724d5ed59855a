//! Readers that are away for minutes: nobody follows their workflow meanwhile.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, Registry};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::sleep;

use crate::reader::{
    events, names, registry_with, resume, subscribe, tiny, until_end, until_live, without_end,
};

/// How long the readers are away: thirty times as long as a workflow is followed without readers.
const ABSENCE: Duration = Duration::from_mins(5);

/// Follows a workflow up to now, and goes away.
async fn read_and_leave(registry: &Registry, workflow: &FakeWorkflow) -> Vec<Event> {
    let mut reader = subscribe(registry, workflow).await;
    let seen = until_live(&mut reader).await;
    drop(reader);
    seen
}

/// What happens while the reader is away: some in this run, and some in the two that follow.
async fn live_on(workflow: &FakeWorkflow) -> (FakeWorkflow, Vec<Event>) {
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
async fn reader_that_was_away_for_minutes_gets_what_it_missed_once_and_in_order() {
    for config in [FeedConfig::default(), tiny()] {
        assert!(config.linger * 5 < ABSENCE / 3, "{:?}", config.linger);
        let engine = FakeEngine::new();
        let first = engine.workflow("w");
        first.signals(3);
        let here = registry_with(&engine, config.clone());
        let seen = read_and_leave(&here, &first).await;
        assert_eq!(seen.len(), 4);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(engine.stats().open_polls, 0, "nobody reads it any more");
        let reads = engine.stats().reads;
        let (last, missed) = live_on(&first).await;
        assert_eq!(engine.stats().reads, reads, "nobody asked meanwhile");
        assert!(missed.len() > 40, "{}", names(&missed).join(" "));

        let after = &seen.last().expect("events").cursor;
        let elsewhere = registry_with(&engine, config);
        let mut readers = Vec::new();
        for registry in [&here, &elsewhere] {
            let mut reader = resume(registry, after).await;
            assert_eq!(until_live(&mut reader).await, missed);
            readers.push(reader);
        }
        // They are there again, and see what happens now.
        last.complete_activity("work", Json::null());
        for reader in &mut readers {
            assert_eq!(names(&events(reader, 1).await), ["activity.completed"]);
        }
        last.complete(Json::null());
        for reader in &mut readers {
            assert_eq!(until_end(reader).await.len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reader_whose_workflow_ended_minutes_ago_gets_the_rest_and_the_end() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry_with(&engine, FeedConfig::default());
    let seen = read_and_leave(&registry, &first).await;
    let (last, mut missed) = live_on(&first).await;
    last.complete(Json::null());
    missed.extend(last.events().pop());
    sleep(ABSENCE).await;
    let mut reader = resume(&registry, &seen.last().expect("events").cursor).await;
    let rest = until_end(&mut reader).await;
    assert!(rest.last().is_some_and(|event| event.end));
    assert_eq!(without_end(rest), without_end(missed));
}

#[tokio::test(start_paused = true)]
async fn reader_that_comes_and_goes_every_few_minutes_misses_nothing() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry_with(&engine, tiny());
    let mut seen = read_and_leave(&registry, &first).await;
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
        let mut reader = resume(&registry, after).await;
        seen.extend(until_live(&mut reader).await);
    }
    let all: Vec<_> = runs.iter().flat_map(FakeWorkflow::events).collect();
    assert_eq!(seen, all);
}

//! Readers who ask for nothing of the past, and those who ask for the end alone.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{EngineErrorKind, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::{
    join,
    time::{sleep, timeout},
};

use crate::reader::{
    events, names, next, registry, registry_with, resume, subscribe, tiny, until_end, until_live,
};

async fn from_now(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    let subscription = registry.subscribe_from_now(workflow.id()).await;
    subscription.expect("a subscription")
}

async fn live(subscription: &mut Subscription) -> Option<Cursor> {
    match next(subscription).await {
        FeedUpdate::Live(cursor) => cursor,
        step => panic!("{step:?}"),
    }
}

async fn outcome(registry: &Registry, workflow: &FakeWorkflow) -> Event {
    let reader = from_now(registry, workflow).await;
    let last = reader.outcome().await.expect("an outcome");
    last.event().clone()
}

#[tokio::test(start_paused = true)]
async fn reader_from_now_gets_live_and_then_only_what_happens_afterwards() {
    let engine = FakeEngine::new();
    engine.page_events(3);
    let workflow = engine.workflow("w");
    workflow.signals(20);
    let registry = registry(&engine);
    // The second one meets a feed that has caught up already.
    for _ in 0..2 {
        let past = workflow.events();
        let mut reader = from_now(&registry, &workflow).await;
        let cursor = live(&mut reader).await;
        assert_eq!(cursor.as_ref(), past.last().map(|event| &event.cursor));
        assert_eq!(reader.cursor(), cursor.as_ref());
        workflow.signals(2);
        assert_eq!(
            events(&mut reader, 2).await,
            workflow.events()[past.len()..]
        );
    }
    let mut reader = from_now(&registry, &workflow).await;
    live(&mut reader).await;
    workflow.complete(Json::null());
    assert_eq!(names(&until_end(&mut reader).await), ["workflow.completed"]);
}

// Covers EV-14.
#[tokio::test(start_paused = true)]
async fn nothing_is_lost_or_doubled_around_now() {
    let engine = FakeEngine::new();
    engine.page_events(1);
    engine.delay_reads(Duration::from_millis(3));
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry_with(&engine, tiny());
    let write = async {
        for _ in 0..50 {
            sleep(Duration::from_millis(7)).await;
            workflow.signal("s");
        }
        workflow.complete(Json::null());
    };
    let read = async {
        let mut reader = from_now(&registry, &workflow).await;
        let place = live(&mut reader).await.expect("a place");
        // It is slow, and falls out of the ring.
        sleep(Duration::from_millis(200)).await;
        (place, until_end(&mut reader).await)
    };
    let ((), (place, seen)) = join!(write, read);
    let all = workflow.events();
    let at = all.iter().position(|event| event.cursor == place);
    assert_eq!(names(&seen), names(&all[at.expect("an event") + 1..]));
    assert!(seen.len() > 4, "the ring held it all");
    // The place is as good as any other cursor, on any node.
    let mut elsewhere = resume(&crate::reader::registry(&engine), &place).await;
    assert_eq!(until_end(&mut elsewhere).await, seen);
}

#[tokio::test(start_paused = true)]
async fn reader_from_now_of_a_closed_workflow_gets_the_end_and_its_place() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(3);
    workflow.complete(Json::null());
    let registry = registry(&engine);
    let last = workflow.events().pop().expect("an event").cursor;
    for _ in 0..2 {
        let mut reader = from_now(&registry, &workflow).await;
        assert!(matches!(next(&mut reader).await, FeedUpdate::End));
        assert_eq!(reader.cursor(), Some(&last));
        assert!(matches!(next(&mut reader).await, FeedUpdate::End));
    }
}

#[tokio::test(start_paused = true)]
async fn reader_from_now_follows_the_chain_on() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = from_now(&registry, &workflow).await;
    live(&mut reader).await;
    let last = workflow.continue_as_new();
    last.signals(2);
    last.complete(Json::null());
    let expected = [
        "workflow.continued_as_new",
        "workflow.started",
        "signal.received",
        "signal.received",
        "workflow.completed",
    ];
    assert_eq!(names(&until_end(&mut reader).await), expected);
}

#[tokio::test(start_paused = true)]
async fn a_branch_that_is_being_read_anew_is_not_taken_for_now() {
    let engine = FakeEngine::new();
    engine.page_events(1);
    let workflow = engine.workflow("w");
    workflow.signals(9);
    let registry = registry(&engine);
    until_live(&mut subscribe(&registry, &workflow).await).await;
    engine.delay_reads(Duration::from_millis(100));
    workflow.fork_branch(5);
    workflow.signals(9);
    // The follower has noticed, and is half way through the run.
    sleep(Duration::from_secs(2)).await;
    let mut reader = from_now(&registry, &workflow).await;
    let cursor = live(&mut reader).await;
    let last = workflow.events().pop().map(|event| event.cursor);
    assert_eq!(cursor, last);
}

#[tokio::test(start_paused = true)]
async fn reader_from_now_of_what_is_not_there_is_refused() {
    let engine = FakeEngine::new();
    let error = registry(&engine).subscribe_from_now("w").await;
    assert_eq!(error.expect_err("none").kind, EngineErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn outcome_is_the_last_event_of_the_chain_however_long_that_takes() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let write = async {
        sleep(Duration::from_hours(1)).await;
        let retried = workflow.fail_and_retry("once");
        sleep(Duration::from_hours(1)).await;
        retried.signals(300);
        retried.complete(Json::null());
    };
    let ((), last) = join!(write, outcome(&registry, &workflow));
    assert_eq!(last.data.type_name(), "workflow.completed");
    assert!(last.end);
}

#[tokio::test(start_paused = true)]
async fn outcome_of_a_long_chain_costs_one_run() {
    let engine = FakeEngine::new();
    let mut workflow = engine.workflow("w");
    for _ in 0..20 {
        workflow.signals(200);
        workflow = workflow.continue_as_new();
    }
    workflow.fail("no");
    let registry = registry_with(&engine, tiny());
    let last = outcome(&registry, &workflow).await;
    assert_eq!(
        Some(last.data),
        workflow.events().pop().map(|event| event.data)
    );
    assert!(engine.stats().reads <= 2, "{:?}", engine.stats());
}

#[tokio::test(start_paused = true)]
async fn many_who_wait_for_one_outcome_share_it() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let [one, other] = [0; 2].map(|_| from_now(&registry, &workflow));
    let (one, other) = join!(one, other);
    let write = async {
        sleep(Duration::from_mins(1)).await;
        workflow.complete(Json::null());
    };
    let (a, b, ()) = join!(one.outcome(), other.outcome(), write);
    let (a, b) = (a.expect("an outcome"), b.expect("an outcome"));
    assert!(Arc::ptr_eq(&a, &b));
    assert_eq!(engine.stats().max_open_polls, 1);
}

#[tokio::test(start_paused = true)]
async fn outcome_that_nobody_waits_for_any_more_is_not_followed() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let wait = timeout(Duration::from_mins(1), outcome(&registry, &workflow));
    assert!(wait.await.is_err());
    sleep(Duration::from_mins(1)).await;
    assert_eq!(registry.feeds(), 0);
}

#[tokio::test(start_paused = true)]
async fn outcome_of_what_was_reset_is_that_of_the_reset() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.complete(Json::null());
    let registry = registry(&engine);
    outcome(&registry, &workflow).await;
    let reset = workflow.reset(1);
    reset.fail("again");
    assert_eq!(
        outcome(&registry, &workflow).await.data.type_name(),
        "workflow.failed"
    );
}

#[tokio::test(start_paused = true)]
async fn outcome_that_cannot_be_read_is_an_error() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    engine.fail_reads_of("w", Some(EngineErrorKind::Denied));
    let reader = from_now(&registry, &workflow).await;
    let error = reader.outcome().await.expect_err("none");
    assert_eq!(error.kind, EngineErrorKind::Denied);
}

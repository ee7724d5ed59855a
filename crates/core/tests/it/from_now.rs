//! Subscriptions to later events only, and waits for the last event.

use std::sync::Arc;
use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::join;
use tokio::time::{sleep, timeout};

use crate::support::{
    MINUTE, end, events, names, next, registry, registry_with, resume, setup, setup_with,
    small_ring, subscribe, subscribe_from_now, until_end, until_live,
};

/// The cursor of the next update, which must be `Live`.
async fn live(subscription: &mut Subscription) -> Option<Cursor> {
    match next(subscription).await {
        FeedUpdate::Live(cursor) => cursor,
        update => panic!("{update:?}"),
    }
}

/// Waits for the last event of the workflow.
async fn outcome(registry: &Registry, workflow: &FakeWorkflow) -> Event {
    let subscription = subscribe_from_now(registry, workflow).await;
    let last = subscription.outcome().await.expect("an outcome");
    last.event().clone()
}

#[tokio::test(start_paused = true)]
async fn subscription_from_now_returns_live_and_then_only_later_events() {
    let (engine, workflow, registry) = setup();
    engine.page_events(3);
    workflow.signals(20);
    // The second subscription finds a feed that has caught up.
    for _ in 0..2 {
        let before = workflow.events();
        let mut subscription = subscribe_from_now(&registry, &workflow).await;
        let cursor = live(&mut subscription).await;
        assert_eq!(cursor.as_ref(), before.last().map(|event| &event.cursor));
        assert_eq!(subscription.cursor(), cursor.as_ref());
        workflow.signals(2);
        assert_eq!(
            events(&mut subscription, 2).await,
            workflow.events()[before.len()..]
        );
    }
    let mut subscription = subscribe_from_now(&registry, &workflow).await;
    live(&mut subscription).await;
    workflow.complete(Json::null());
    assert_eq!(
        names(&until_end(&mut subscription).await),
        ["workflow.completed"]
    );
}

// Covers EV-14.
#[tokio::test(start_paused = true)]
async fn no_event_is_lost_or_repeated_around_subscribing_from_now() {
    let (engine, workflow, registry) = setup_with(small_ring());
    engine.page_events(1);
    engine.delay_reads(Duration::from_millis(3));
    workflow.signals(10);
    let write = async {
        for _ in 0..50 {
            sleep(Duration::from_millis(7)).await;
            workflow.signal("s");
        }
        workflow.complete(Json::null());
    };
    let read = async {
        let mut subscription = subscribe_from_now(&registry, &workflow).await;
        let cursor = live(&mut subscription).await.expect("a cursor");
        // It is slow, and falls out of the ring.
        sleep(Duration::from_millis(200)).await;
        (cursor, until_end(&mut subscription).await)
    };
    let ((), (cursor, seen)) = join!(write, read);
    let all = workflow.events();
    let at = all.iter().position(|event| event.cursor == cursor);
    assert_eq!(names(&seen), names(&all[at.expect("an event") + 1..]));
    assert!(seen.len() > 4, "the ring contained everything");
    // The cursor is valid on any node.
    let mut elsewhere = resume(&crate::support::registry(&engine), &cursor).await;
    assert_eq!(until_end(&mut elsewhere).await, seen);
}

#[tokio::test(start_paused = true)]
async fn subscription_from_now_to_a_closed_workflow_returns_the_end_and_its_cursor() {
    let (_, workflow, registry) = setup();
    workflow.signals(3);
    workflow.complete(Json::null());
    let last = workflow.events().pop().expect("an event").cursor;
    for _ in 0..2 {
        let mut subscription = subscribe_from_now(&registry, &workflow).await;
        end(&mut subscription).await;
        assert_eq!(subscription.cursor(), Some(&last));
        end(&mut subscription).await;
    }
}

#[tokio::test(start_paused = true)]
async fn subscription_from_now_follows_the_chain() {
    let (_, workflow, registry) = setup();
    let mut subscription = subscribe_from_now(&registry, &workflow).await;
    live(&mut subscription).await;
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
    assert_eq!(names(&until_end(&mut subscription).await), expected);
}

#[tokio::test(start_paused = true)]
async fn subscription_from_now_waits_for_a_changed_branch() {
    let (engine, workflow, registry) = setup();
    engine.page_events(1);
    workflow.signals(9);
    until_live(&mut subscribe(&registry, &workflow).await).await;
    engine.delay_reads(Duration::from_millis(100));
    workflow.fork_branch(5);
    workflow.signals(9);
    // The follower has noticed, and has read half of the run.
    sleep(Duration::from_secs(2)).await;
    let mut subscription = subscribe_from_now(&registry, &workflow).await;
    let cursor = live(&mut subscription).await;
    let last = workflow.events().pop().map(|event| event.cursor);
    assert_eq!(cursor, last);
}

#[tokio::test(start_paused = true)]
async fn subscription_from_now_to_an_unknown_workflow_is_rejected() {
    let engine = FakeEngine::new();
    let error = registry(&engine).subscribe_from_now("w").await;
    assert_eq!(error.expect_err("none").kind, EngineErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn outcome_is_the_last_event_of_the_chain() {
    let (_, workflow, registry) = setup();
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
async fn outcome_of_a_long_chain_reads_one_run() {
    let engine = FakeEngine::new();
    let mut workflow = engine.workflow("w");
    for _ in 0..20 {
        workflow.signals(200);
        workflow = workflow.continue_as_new();
    }
    workflow.fail("no");
    let registry = registry_with(&engine, small_ring());
    let last = outcome(&registry, &workflow).await;
    assert_eq!(
        Some(last.data),
        workflow.events().pop().map(|event| event.data)
    );
    assert!(engine.stats().reads <= 2, "{:?}", engine.stats());
}

#[tokio::test(start_paused = true)]
async fn concurrent_waits_for_an_outcome_share_it() {
    let (engine, workflow, registry) = setup();
    let [one, other] = [0; 2].map(|_| subscribe_from_now(&registry, &workflow));
    let (one, other) = join!(one, other);
    let write = async {
        sleep(MINUTE).await;
        workflow.complete(Json::null());
    };
    let (a, b, ()) = join!(one.outcome(), other.outcome(), write);
    let (a, b) = (a.expect("an outcome"), b.expect("an outcome"));
    assert!(Arc::ptr_eq(&a, &b));
    assert_eq!(engine.stats().max_open_polls, 1);
}

#[tokio::test(start_paused = true)]
async fn abandoned_outcome_is_not_followed() {
    let (_, workflow, registry) = setup();
    let wait = timeout(MINUTE, outcome(&registry, &workflow));
    assert!(wait.await.is_err());
    sleep(MINUTE).await;
    assert_eq!(registry.feeds(), 0);
}

#[tokio::test(start_paused = true)]
async fn outcome_of_a_reset_workflow_is_that_of_the_reset() {
    let (_, workflow, registry) = setup();
    workflow.complete(Json::null());
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
    let (engine, workflow, registry) = setup();
    engine.fail_reads_of("w", Some(EngineErrorKind::Denied));
    let subscription = subscribe_from_now(&registry, &workflow).await;
    let error = subscription.outcome().await.expect_err("none");
    assert_eq!(error.kind, EngineErrorKind::Denied);
}

//! The last event of a feed waits for the rest of the stream.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate, Subscription};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::time::{Instant, sleep};

use crate::support::{
    MINUTE, end, hosting, json, names, next, offsets, publish, registry, resume, setup,
    stream_failure, subscribe_at, until_end, until_live,
};

fn count_items(events: &[Event]) -> usize {
    let names = names(events);
    names.iter().filter(|name| *name == "stream.item").count()
}

/// All events to the end, and the failures of the stream.
async fn until_end_with_failures(
    subscription: &mut Subscription,
) -> (Vec<Event>, Vec<EngineErrorKind>) {
    let (mut events, mut failures) = (Vec::new(), Vec::new());
    loop {
        match next(subscription).await {
            FeedUpdate::Events(batch) => events.extend(batch.iter().map(|it| it.event().clone())),
            FeedUpdate::StreamFailed(error) => failures.push(error.kind),
            FeedUpdate::Live(_) => {}
            FeedUpdate::End => return (events, failures),
            update => panic!("{update:?}"),
        }
    }
}

// Covers STR-6.
#[tokio::test(start_paused = true)]
async fn last_event_follows_all_stream_items() {
    let engine = FakeEngine::new();
    engine.stream_page(10);
    let workflow = hosting(&engine, 3);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    offsets(&mut subscription, 3).await;
    publish(&workflow, 3, 100);
    workflow.complete(Json::null());
    let rest = until_end(&mut subscription).await;
    assert_eq!(count_items(&rest), 97);
    assert!(rest.last().expect("an end").end);
    assert!(rest[..97].iter().all(|event| !event.end));

    // A subscription after the end receives the same, also on another node.
    for registry in [registry, crate::support::registry(&engine)] {
        let mut late = subscribe_at(&registry, &workflow, 40).await;
        let rest = until_end(&mut late).await;
        assert_eq!(count_items(&rest), 60);
        assert!(rest.last().expect("an end").end);
        // After the last event, nothing is left.
        let last = &rest.last().expect("an end").cursor;
        let mut again = resume(&registry, last).await.with_workflow_stream(100);
        end(&mut again).await;
    }
}

// Covers STR-14.
#[tokio::test(start_paused = true)]
async fn failing_stream_delays_the_last_event_by_seconds_only() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 3);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    offsets(&mut subscription, 3).await;
    engine.hang(Call::ReadWorkflowStream);
    let start = Instant::now();
    workflow.publish("t", json(3));
    workflow.complete(Json::null());
    let (events, failures) = until_end_with_failures(&mut subscription).await;
    assert_eq!(names(&events), ["workflow.completed"]);
    assert_eq!(failures, [EngineErrorKind::Timeout]);
    let took = start.elapsed();
    assert!((4..=6).contains(&took.as_secs()), "{took:?}");

    // Items that the query returns later are not delivered.
    engine.release(Call::ReadWorkflowStream);
    sleep(MINUTE).await;
    end(&mut subscription).await;

    // A temporary failure is retried, and reported only if it persists.
    engine.fail(Call::ReadWorkflowStream, 1, EngineErrorKind::Busy);
    let other = crate::support::registry(&engine);
    let mut late = subscribe_at(&other, &workflow, 1).await;
    let (events, failures) = until_end_with_failures(&mut late).await;
    assert_eq!((count_items(&events), failures), (3, vec![]));
}

// Covers STR-14.
#[tokio::test(start_paused = true)]
async fn last_event_arrives_at_once_without_a_stream() {
    let (engine, workflow, registry) = setup();
    workflow.complete_task();
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    until_live(&mut subscription).await;
    stream_failure(&mut subscription).await;
    workflow.complete(Json::null());
    let start = Instant::now();
    let (events, failures) = until_end_with_failures(&mut subscription).await;
    assert_eq!((names(&events).len(), failures), (1, vec![]));
    assert!(start.elapsed() < Duration::from_secs(2));

    // A workflow that no worker ever ran has no stream.
    let idle = engine.workflow("idle");
    idle.terminate("a test");
    let reads = engine.stats().stream_reads;
    let mut subscription = subscribe_at(&registry, &idle, 0).await;
    let (events, failures) = until_end_with_failures(&mut subscription).await;
    assert_eq!((events.len(), failures), (2, vec![]));
    assert_eq!(engine.stats().stream_reads, reads);
}

// Covers STR-6.
#[tokio::test(start_paused = true)]
async fn last_event_waits_while_items_arrive() {
    let engine = FakeEngine::new();
    engine.stream_page(5);
    engine.delay_streams(Duration::from_secs(3));
    let workflow = hosting(&engine, 50);
    workflow.complete(Json::null());
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    let (events, failures) = until_end_with_failures(&mut subscription).await;
    assert_eq!((count_items(&events), failures), (50, vec![]));
    assert!(events.last().expect("an end").end);
}

//! The end of a feed whose stream is read.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedUpdate, Subscription};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::time::Instant;

use super::{from, holding, json, offsets, range};
use crate::reader::{names, next, registry, resume, until_end, until_live};

fn items(events: &[Event]) -> usize {
    let names = names(events);
    names.iter().filter(|name| *name == "stream.item").count()
}

/// All that is told to the end, and the trouble there was.
async fn to_the_end(reader: &mut Subscription) -> (Vec<Event>, Vec<EngineErrorKind>) {
    let (mut events, mut trouble) = (Vec::new(), Vec::new());
    loop {
        match next(reader).await {
            FeedUpdate::Events(batch) => events.extend(batch.iter().map(|it| it.event().clone())),
            FeedUpdate::StreamFailed(error) => trouble.push(error.kind),
            FeedUpdate::Live(_) => {}
            FeedUpdate::End => return (events, trouble),
            step => panic!("{step:?}"),
        }
    }
}

// Covers STR-6.
#[tokio::test(start_paused = true)]
async fn the_last_event_comes_after_all_that_the_stream_holds() {
    let engine = FakeEngine::new();
    engine.stream_page(10);
    let workflow = holding(&engine, 3);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    offsets(&mut reader, 3).await;
    workflow.publish_all("t", (3..100).map(json).collect());
    workflow.complete(Json::null());
    let rest = until_end(&mut reader).await;
    assert_eq!(items(&rest), 97);
    assert!(rest.last().expect("an end").end);
    assert!(rest[..97].iter().all(|event| !event.end));

    // One that comes when all is over is given the same, on another node, too.
    for registry in [registry, crate::reader::registry(&engine)] {
        let mut late = from(&registry, &workflow, 40).await;
        let rest = until_end(&mut late).await;
        assert_eq!(items(&rest), 60);
        assert!(rest.last().expect("an end").end);
        // Who has seen the end has seen all.
        let end = &rest.last().expect("an end").cursor;
        let mut again = resume(&registry, end).await.with_workflow_stream(100);
        assert!(matches!(next(&mut again).await, FeedUpdate::End));
    }
}

// Covers STR-6.
#[tokio::test(start_paused = true)]
async fn a_stream_that_can_not_be_had_holds_up_the_end_for_seconds_only() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 3);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    offsets(&mut reader, 3).await;
    engine.hang(Call::ReadWorkflowStream);
    let began = Instant::now();
    workflow.publish("t", json(3));
    workflow.complete(Json::null());
    let (events, trouble) = to_the_end(&mut reader).await;
    assert_eq!(names(&events), ["workflow.completed"]);
    assert_eq!(trouble, [EngineErrorKind::Timeout]);
    let took = began.elapsed();
    assert!((4..=6).contains(&took.as_secs()), "{took:?}");

    // What comes too late for that does not come.
    engine.unhang(Call::ReadWorkflowStream);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(matches!(next(&mut reader).await, FeedUpdate::End));

    // What may pass is waited for, and told only where it does not.
    engine.fail(Call::ReadWorkflowStream, 1, EngineErrorKind::Busy);
    let other = crate::reader::registry(&engine);
    let mut late = from(&other, &workflow, 1).await;
    let (events, trouble) = to_the_end(&mut late).await;
    assert_eq!((items(&events), trouble), (3, vec![]));
}

// Covers STR-6.
#[tokio::test(start_paused = true)]
async fn where_there_is_no_stream_the_end_comes_at_once() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.complete_task();
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    until_live(&mut reader).await;
    assert!(matches!(
        next(&mut reader).await,
        FeedUpdate::StreamFailed(_)
    ));
    workflow.complete(Json::null());
    let began = Instant::now();
    let (events, trouble) = to_the_end(&mut reader).await;
    assert_eq!((names(&events).len(), trouble), (1, vec![]));
    assert!(began.elapsed() < Duration::from_secs(2));

    // One that nobody ever worked on holds nothing.
    let idle = engine.workflow("idle");
    idle.terminate("a test");
    let asked = engine.stats().stream_reads;
    let mut reader = from(&registry, &idle, 0).await;
    let (events, trouble) = to_the_end(&mut reader).await;
    assert_eq!((events.len(), trouble), (2, vec![]));
    assert_eq!(engine.stats().stream_reads, asked);
}

// Covers STR-6.
#[tokio::test(start_paused = true)]
async fn the_end_waits_while_items_still_come() {
    let engine = FakeEngine::new();
    engine.stream_page(5);
    engine.delay_streams(Duration::from_secs(3));
    let workflow = holding(&engine, 50);
    workflow.complete(Json::null());
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    let (events, trouble) = to_the_end(&mut reader).await;
    assert_eq!((items(&events), trouble), (range(0, 50).len(), vec![]));
    assert!(events.last().expect("an end").end);
}

//! The offsets at which subscriptions start and continue.

use fast_temporal_core::FeedUpdate;
use fast_temporal_protocol::{Cursor, Event, Json};
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::timeout;

use crate::support::{
    MINUTE, batch, hosting, items, json, names, next, offsets, publish, range, receives_nothing,
    receives_only_events, registry, resume, setup, stream_item, subscribe_at, until_end,
};

// Covers STR-3.
#[tokio::test(start_paused = true)]
async fn resuming_by_cursor_and_offset_misses_and_repeats_nothing() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 3);
    let first = registry(&engine);
    let mut subscription = subscribe_at(&first, &workflow, 0).await;
    // Every position of a client: its last event's cursor, and the next item's offset.
    let mut positions: Vec<(Cursor, u64, usize)> = Vec::new();
    let mut received = Vec::new();
    for number in 3..9 {
        workflow.signal(&format!("s{number}"));
        workflow.publish_by_signal("t", json(number));
        while let Ok(update) = timeout(MINUTE, subscription.next()).await {
            let FeedUpdate::Events(entries) = update else {
                continue;
            };
            for entry in entries {
                let next = stream_item(&entry).and_then(|item| item.offset);
                let offset = next.map_or(positions.last().map_or(0, |it| it.1), |it| it + 1);
                received.push(entry.event().clone());
                positions.push((entry.event().cursor.clone(), offset, received.len()));
            }
        }
    }
    workflow.complete(Json::null());
    let last = until_end(&mut subscription).await;
    assert_eq!(last.last().map(|event| event.end), Some(true));
    received.extend(last);
    for (cursor, offset, count) in positions {
        let registry = registry(&engine);
        let mut subscription = resume(&registry, &cursor)
            .await
            .with_workflow_stream(offset);
        let rest = until_end(&mut subscription).await;
        let of = |events: &[Event], items: bool| -> Vec<_> {
            let data = events.iter().map(|event| event.data.clone());
            data.filter(|data| (data.type_name() == "stream.item") == items)
                .collect()
        };
        assert_eq!(
            of(&rest, true),
            of(&received[count..], true),
            "after {count}"
        );
        assert_eq!(
            of(&rest, false),
            of(&received[count..], false),
            "after {count}"
        );
    }
}

// Covers STR-5.
#[tokio::test(start_paused = true)]
async fn truncated_items_are_skipped_in_the_offsets() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 10);
    workflow.truncate_stream(6);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 2).await;
    assert_eq!(offsets(&mut subscription, 4).await, range(6, 10));
    let mut other = subscribe_at(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut other, 4).await, range(6, 10));
    receives_nothing(&mut subscription).await;
}

// Covers STR-4.
#[tokio::test(start_paused = true)]
async fn offsets_continue_after_continue_as_new() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 3);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut subscription, 2).await, range(0, 3));
    workflow.publish("t", json(3));
    let next = workflow.continue_as_new();
    next.publish("t", json(4));
    assert_eq!(offsets(&mut subscription, 2).await, [3, 4]);
    receives_nothing(&mut subscription).await;
    let next = next.continue_as_new();
    next.start_task();
    receives_only_events(&mut subscription).await;
    next.publish("t", json(5));
    assert_eq!(offsets(&mut subscription, 1).await, [5]);
    // A subscription that resumes in an earlier run.
    let at = workflow.events()[0].cursor.clone();
    let mut other = resume(&registry, &at).await.with_workflow_stream(2);
    assert_eq!(offsets(&mut other, 4).await, range(2, 6));
}

// Covers STR-13.
#[tokio::test(start_paused = true)]
async fn only_continue_as_new_carries_the_stream_over() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 3);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    offsets(&mut subscription, 3).await;
    let at = subscription.cursor().cloned().expect("a cursor");
    let retried = workflow.fail_and_retry("declined");
    publish(&retried, 0, 5);
    assert_eq!(offsets(&mut subscription, 5).await, range(0, 5));
    // A subscription that resumes later receives the same.
    let mut other = resume(&registry, &at).await.with_workflow_stream(3);
    assert_eq!(offsets(&mut other, 5).await, range(0, 5));

    let reset = retried.reset(2);
    publish(&reset, 0, 2);
    assert_eq!(offsets(&mut subscription, 2).await, range(0, 2));
}

// Covers STR-13.
#[tokio::test(start_paused = true)]
async fn offset_beyond_the_end_belongs_to_another_stream() {
    let engine = FakeEngine::new();
    let workflow = hosting(&engine, 3);
    let registry = registry(&engine);
    let mut subscription = subscribe_at(&registry, &workflow, 1000).await;
    assert_eq!(offsets(&mut subscription, 3).await, range(0, 3));
    // The end itself is not beyond the stream.
    let mut other = subscribe_at(&registry, &workflow, 3).await;
    receives_only_events(&mut other).await;
    workflow.publish("t", json(3));
    assert_eq!(offsets(&mut other, 1).await, [3]);
}

// Covers STR-2.
#[tokio::test(start_paused = true)]
async fn items_arrive_after_live_and_replace_those_of_history() {
    let (_, workflow, registry) = setup();
    workflow.publish_by_signal("t", json(0));
    workflow.signal("s");
    let mut subscription = subscribe_at(&registry, &workflow, 0).await;
    let history = batch(&mut subscription).await;
    assert_eq!(names(&history), ["workflow.started", "signal.received"]);
    assert!(matches!(next(&mut subscription).await, FeedUpdate::Live(_)));
    assert_eq!(items(&mut subscription).await.len(), 1);
    receives_nothing(&mut subscription).await;
}

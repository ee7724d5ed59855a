//! Where readers of a stream begin, and go on.

use fast_temporal_core::FeedUpdate;
use fast_temporal_protocol::{Cursor, Json};
use fast_temporal_testkit::fake::FakeEngine;

use super::{batch, from, hears_nothing, holding, json, offsets, range, stream_item};
use crate::reader::{names, next, registry, resume, until_end};

// Covers STR-3.
#[tokio::test(start_paused = true)]
async fn readers_resume_by_cursor_and_offset_and_miss_and_double_nothing() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 3);
    let first = registry(&engine);
    let mut reader = from(&first, &workflow, 0).await;
    // Each place that a client may have seen: its last event's cursor, and the next item's offset.
    let mut places: Vec<(Cursor, u64, usize)> = Vec::new();
    let mut told = Vec::new();
    for number in 3..9 {
        workflow.signal(&format!("s{number}"));
        workflow.publish_by_signal("t", json(number));
        while let Ok(step) = tokio::time::timeout(super::MINUTE, reader.next()).await {
            let FeedUpdate::Events(entries) = step else {
                continue;
            };
            for entry in entries {
                let next = stream_item(&entry).and_then(|item| item.offset);
                let offset = next.map_or(places.last().map_or(0, |it| it.1), |it| it + 1);
                told.push(entry.event().clone());
                places.push((entry.event().cursor.clone(), offset, told.len()));
            }
        }
    }
    workflow.complete(Json::null());
    let last = until_end(&mut reader).await;
    assert_eq!(last.last().map(|event| event.end), Some(true));
    told.extend(last);
    for (cursor, offset, count) in places {
        let registry = registry(&engine);
        let mut reader = resume(&registry, &cursor)
            .await
            .with_workflow_stream(offset);
        let rest = until_end(&mut reader).await;
        let of = |events: &[fast_temporal_protocol::Event], items: bool| -> Vec<_> {
            let data = events.iter().map(|event| event.data.clone());
            data.filter(|data| (data.type_name() == "stream.item") == items)
                .collect()
        };
        assert_eq!(of(&rest, true), of(&told[count..], true), "after {count}");
        assert_eq!(of(&rest, false), of(&told[count..], false), "after {count}");
    }
}

// Covers STR-5.
#[tokio::test(start_paused = true)]
async fn items_that_the_workflow_dropped_are_seen_to_be_gone_by_their_offsets() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 10);
    workflow.truncate_stream(6);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 2).await;
    assert_eq!(offsets(&mut reader, 4).await, range(6, 10));
    let mut other = from(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut other, 4).await, range(6, 10));
    hears_nothing(&mut reader).await;
}

// Covers STR-4.
#[tokio::test(start_paused = true)]
async fn offsets_go_on_where_a_workflow_continues_as_new() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 3);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut reader, 2).await, range(0, 3));
    workflow.publish("t", json(3));
    let next = workflow.continue_as_new();
    next.publish("t", json(4));
    assert_eq!(offsets(&mut reader, 2).await, [3, 4]);
    hears_nothing(&mut reader).await;
    let next = next.continue_as_new();
    next.start_task();
    hears_nothing_but_events(&mut reader).await;
    next.publish("t", json(5));
    assert_eq!(offsets(&mut reader, 1).await, [5]);
    // One that comes back in the run before.
    let at = workflow.events()[0].cursor.clone();
    let mut other = resume(&registry, &at).await.with_workflow_stream(2);
    assert_eq!(offsets(&mut other, 4).await, range(2, 6));
}

// Covers STR-4.
#[tokio::test(start_paused = true)]
async fn runs_that_are_no_continuation_have_streams_of_their_own() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 3);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    offsets(&mut reader, 3).await;
    let at = reader.cursor().cloned().expect("a cursor");
    let retried = workflow.fail_and_retry("declined");
    retried.publish_all("t", (0..5).map(json).collect());
    assert_eq!(offsets(&mut reader, 5).await, range(0, 5));
    // Whoever comes back later reads the same.
    let mut other = resume(&registry, &at).await.with_workflow_stream(3);
    assert_eq!(offsets(&mut other, 5).await, range(0, 5));

    let reset = retried.reset(2);
    reset.publish_all("t", (0..2).map(json).collect());
    assert_eq!(offsets(&mut reader, 2).await, range(0, 2));
}

// Covers STR-4.
#[tokio::test(start_paused = true)]
async fn an_offset_that_the_stream_has_not_come_to_is_of_another_stream() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 3);
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 1000).await;
    assert_eq!(offsets(&mut reader, 3).await, range(0, 3));
    // The stream's end is not beyond it.
    let mut other = from(&registry, &workflow, 3).await;
    hears_nothing_but_events(&mut other).await;
    workflow.publish("t", json(3));
    assert_eq!(offsets(&mut other, 1).await, [3]);
}

async fn hears_nothing_but_events(reader: &mut fast_temporal_core::Subscription) {
    while let Ok(step) = tokio::time::timeout(super::MINUTE, reader.next()).await {
        match step {
            FeedUpdate::Events(entries) => {
                assert!(entries.iter().all(|it| stream_item(it).is_none()))
            }
            FeedUpdate::Live(_) => {}
            step => panic!("{step:?}"),
        }
    }
}

// Covers STR-2.
#[tokio::test(start_paused = true)]
async fn items_come_when_the_replay_is_over_and_without_those_of_history() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.publish_by_signal("t", json(0));
    workflow.signal("s");
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    let FeedUpdate::Events(past) = next(&mut reader).await else {
        panic!("no events")
    };
    let past: Vec<_> = past.iter().map(|entry| entry.event().clone()).collect();
    assert_eq!(names(&past), ["workflow.started", "signal.received"]);
    assert!(matches!(next(&mut reader).await, FeedUpdate::Live(_)));
    assert_eq!(batch(&mut reader).await.len(), 1);
    hears_nothing(&mut reader).await;
}

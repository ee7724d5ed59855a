//! What workflows hold in their own streams, given to those who ask.

mod end;
mod place;
mod trouble;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{Entry, FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{EventData, Json, event::StreamItem};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::{sleep, timeout};

use crate::reader::{next, registry, registry_with, subscribe};

const MINUTE: Duration = Duration::from_mins(1);

fn json(number: u64) -> Json {
    Json::from_value(&number).expect("JSON")
}

/// A workflow that holds a stream of that many items, each its own offset.
fn holding(engine: &FakeEngine, items: u64) -> FakeWorkflow {
    let workflow = engine.workflow("w");
    workflow.host_stream();
    workflow.publish_all("t", (0..items).map(json).collect());
    workflow
}

async fn from(registry: &Registry, workflow: &FakeWorkflow, offset: u64) -> Subscription {
    subscribe(registry, workflow)
        .await
        .with_workflow_stream(offset)
}

fn stream_item(entry: &Entry) -> Option<&StreamItem> {
    match &entry.event().data {
        EventData::StreamItem(item) => Some(item),
        _ => None,
    }
}

/// The items of the next step that has any. Events and the word that the replay is over are passed
/// by.
async fn batch(reader: &mut Subscription) -> Vec<Arc<Entry>> {
    loop {
        match next(reader).await {
            FeedUpdate::Events(entries) if entries.iter().any(|it| stream_item(it).is_some()) => {
                return entries;
            }
            FeedUpdate::Events(_) | FeedUpdate::Live(_) => {}
            step => panic!("{step:?}"),
        }
    }
}

/// The offsets of the next items.
async fn offsets(reader: &mut Subscription, count: usize) -> Vec<u64> {
    let mut offsets = Vec::new();
    while offsets.len() < count {
        for entry in batch(reader).await {
            let item = stream_item(&entry).expect("items come by themselves");
            assert_eq!(Some(&entry.event().cursor), reader.cursor());
            offsets.push(item.offset.expect("an offset"));
        }
    }
    offsets
}

/// Nothing comes for a minute but what only moves the reader's place.
async fn hears_nothing(reader: &mut Subscription) {
    let heard = timeout(MINUTE, async {
        loop {
            match reader.next().await {
                FeedUpdate::Events(entries) if entries.is_empty() => {}
                step => return step,
            }
        }
    });
    let heard = heard.await;
    assert!(heard.is_err(), "{heard:?}");
}

fn range(from: u64, to: u64) -> Vec<u64> {
    (from..to).collect()
}

// Covers STR-1.
#[tokio::test(start_paused = true)]
async fn items_of_all_sources_come_once_and_in_the_order_of_their_offsets() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 2);
    workflow.publish_by_signal("t", json(2));
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut reader, 3).await, [0, 1, 2]);
    assert_eq!(reader.stream_offset(), Some(3));
    workflow.publish("t", json(3));
    workflow.publish_by_signal("t", json(4));
    assert_eq!(offsets(&mut reader, 2).await, [3, 4]);
    hears_nothing(&mut reader).await;
}

// Covers STR-8.
#[tokio::test(start_paused = true)]
async fn a_burst_of_workflow_tasks_costs_few_questions_one_at_a_time() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 1);
    engine.delay_streams(Duration::from_millis(8));
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    offsets(&mut reader, 1).await;
    let before = engine.stats().stream_reads;
    assert_eq!(before, 1, "asked at first");

    let publish = async {
        for number in 1..=200 {
            workflow.publish("t", json(number));
            sleep(Duration::from_millis(1)).await;
        }
    };
    let (given, ()) = tokio::join!(offsets(&mut reader, 200), publish);
    assert_eq!(given, range(1, 201));
    let stats = engine.stats();
    assert!(stats.stream_reads - before <= 6, "{stats:?}");
    assert_eq!(stats.max_reading_streams, 1);
}

// Covers STR-8.
#[tokio::test(start_paused = true)]
async fn nothing_is_asked_where_nobody_reads_the_stream_or_no_code_has_run() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 1);
    let registry = registry(&engine);
    let mut other = subscribe(&registry, &workflow).await;
    workflow.publish("t", json(1));
    while timeout(MINUTE, other.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 0);

    let mut reader = from(&registry, &workflow, 0).await;
    offsets(&mut reader, 2).await;
    // What only happens, as a signal that no worker has taken, changes no stream.
    workflow.signal("s");
    while timeout(60 * MINUTE, reader.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 1);
    drop(reader);
    workflow.publish("t", json(2));
    while timeout(MINUTE, other.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 1);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_no_worker_has_taken_is_not_asked() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = from(&registry, &workflow, 0).await;
    while timeout(MINUTE, reader.next()).await.is_ok() {}
    assert_eq!(engine.stats().stream_reads, 0);
    assert!(!reader.awaits_workflow_stream());
    workflow.start_task();
    while timeout(MINUTE, reader.next()).await.is_ok() {}
    workflow.publish("t", json(0));
    assert_eq!(offsets(&mut reader, 1).await, [0]);
}

// Covers STR-8.
#[tokio::test(start_paused = true)]
async fn readers_share_questions_and_what_is_written_of_the_answers() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 3);
    let registry = registry(&engine);
    let mut readers = Vec::new();
    for _ in 0..50 {
        let mut reader = from(&registry, &workflow, 0).await;
        offsets(&mut reader, 3).await;
        readers.push(reader);
    }
    for number in 3..13 {
        workflow.publish("t", json(number));
        let mut given = Vec::new();
        for reader in &mut readers {
            given.push(batch(reader).await.remove(0));
        }
        assert!(given.iter().all(|it| Arc::ptr_eq(it, &given[0])));
    }
    assert_eq!(engine.stats().stream_reads, 11);
}

// Covers STR-1.
#[tokio::test(start_paused = true)]
async fn a_reader_that_falls_behind_misses_nothing_and_little_is_kept() {
    let engine = FakeEngine::new();
    engine.stream_page(5);
    let workflow = holding(&engine, 100);
    let config = FeedConfig {
        stream_bytes: 4096,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut slow = from(&registry, &workflow, 0).await;
    assert_eq!(offsets(&mut slow, 5).await, range(0, 5));
    let mut fast = from(&registry, &workflow, 90).await;
    assert_eq!(offsets(&mut fast, 10).await, range(90, 100));
    for number in 100..200 {
        workflow.publish("t", json(number));
        assert_eq!(offsets(&mut fast, 1).await, [number]);
    }
    let mut late = from(&registry, &workflow, 50).await;
    let (slow, late) = tokio::join!(offsets(&mut slow, 195), offsets(&mut late, 150));
    assert_eq!(slow, range(5, 200));
    assert_eq!(late, range(50, 200));
}

#[tokio::test(start_paused = true)]
async fn a_busy_history_holds_up_no_items_and_a_busy_stream_no_events() {
    let engine = FakeEngine::new();
    let workflow = holding(&engine, 1000);
    workflow.signals(1000);
    let config = FeedConfig {
        ring_bytes: 16 * 1024 * 1024,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut reader = registry
        .subscribe_from_now("w")
        .await
        .expect("a subscription")
        .with_workflow_stream(0);
    assert!(matches!(next(&mut reader).await, FeedUpdate::Live(_)));
    offsets(&mut reader, 64).await;
    workflow.signals(1000);
    sleep(MINUTE).await;
    let (mut items, mut events) = (0, 0);
    for _ in 0..8 {
        let FeedUpdate::Events(entries) = next(&mut reader).await else {
            panic!("no events")
        };
        let of_stream = entries
            .iter()
            .filter(|it| stream_item(it).is_some())
            .count();
        items += of_stream;
        events += entries.len() - of_stream;
    }
    assert_eq!((items, events), (4 * 64, 4 * 64));
}

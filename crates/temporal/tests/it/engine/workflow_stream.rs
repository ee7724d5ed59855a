//! A workflow's own stream, read through a feed.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, FeedConfig, FeedUpdate, Registry, Subscription, engine::SignalWorkflow,
};
use fast_temporal_protocol::{EventData, Json};
use fast_temporal_temporal::TemporalEngine;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{StreamWorker, encode_item, start, workflow};

/// How long each update of the feed may take.
const LIMIT: Duration = Duration::from_secs(20);

async fn signal(engine: &TemporalEngine, workflow_id: &str, name: &str, argument: &Value) {
    let signal = SignalWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        name: name.to_owned(),
        args: vec![Json::from_value(argument).unwrap()],
        request_id: None,
    };
    engine.signal(signal).await.unwrap();
}

/// An outside program publishes a batch of one item.
async fn publish(engine: &TemporalEngine, workflow_id: &str, sequence: u32, text: &str) {
    let items = json!([{"topic": "theirs", "data": encode_item(text)}]);
    let batch = json!({"items": items, "publisher_id": "p", "sequence": sequence});
    signal(
        engine,
        workflow_id,
        "__temporal_workflow_stream_publish",
        &batch,
    )
    .await;
}

/// The next items, each with its offset and topic.
async fn items(subscription: &mut Subscription, count: usize) -> Vec<(u64, String, String)> {
    let mut items = Vec::new();
    while items.len() < count {
        let update = timeout(LIMIT, subscription.next()).await;
        let entries = match update.expect("an update in time") {
            FeedUpdate::Events(entries) => entries,
            FeedUpdate::Live(_) => continue,
            other => panic!("{other:?} after {items:?}"),
        };
        for entry in entries {
            if let EventData::StreamItem(item) = &entry.event().data {
                let data = item.data.get().to_owned();
                items.push((item.offset.unwrap(), item.topic.clone(), data));
            }
        }
    }
    items
}

fn item(offset: u64, topic: &str, data: &str) -> (u64, String, String) {
    (offset, topic.to_owned(), data.to_owned())
}

// Covers STR-1.
#[tokio::test]
async fn items_published_by_the_workflow_arrive_in_order_across_continue_as_new() {
    let server = start().await;
    let engine = server.engine();
    let _worker = StreamWorker::start(&server);
    engine.start(workflow("w")).await.unwrap();
    let registry = Registry::new(Arc::new(engine.clone()), FeedConfig::default());
    let mut subscription = registry
        .subscribe("w", None)
        .await
        .unwrap()
        .with_workflow_stream(0);

    signal(&engine, "w", "say", &json!("one")).await;
    publish(&engine, "w", 1, r#""two""#).await;
    signal(&engine, "w", "say", &json!({"n": 3})).await;
    assert_eq!(
        items(&mut subscription, 3).await,
        [
            item(0, "own", r#""one""#),
            item(1, "theirs", r#""two""#),
            item(2, "own", r#"{"n":3}"#),
        ]
    );

    signal(&engine, "w", "again", &Value::Null).await;
    signal(&engine, "w", "say", &json!("four")).await;
    assert_eq!(
        items(&mut subscription, 1).await,
        [item(3, "own", r#""four""#)]
    );

    // Another node, from an offset in the middle of a page: pages hold three items.
    let other = Registry::new(Arc::new(engine.clone()), FeedConfig::default());
    let mut late = other.subscribe("w", subscription.cursor()).await.unwrap();
    late = late.with_workflow_stream(1);
    let offsets: Vec<_> = items(&mut late, 3).await.iter().map(|it| it.0).collect();
    assert_eq!(offsets, [1, 2, 3]);

    signal(&engine, "w", "say", &json!("last")).await;
    signal(&engine, "w", "finish", &Value::Null).await;
    let mut last = items(&mut subscription, 1).await;
    assert_eq!(last.pop(), Some(item(4, "own", r#""last""#)));
    let mut ended = false;
    loop {
        let update = timeout(LIMIT, subscription.next()).await;
        match update.expect("an update in time") {
            FeedUpdate::Events(entries) => ended |= entries.iter().any(|it| it.event().end),
            FeedUpdate::End => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(ended);
    other.shutdown().await;
    registry.shutdown().await;
}

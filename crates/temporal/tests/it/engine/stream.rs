//! What a workflow's own stream holds, asked of real workers.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind, FeedConfig, FeedUpdate, Registry, Subscription,
    engine::{ReadWorkflowStream, SignalWorkflow},
};
use fast_temporal_protocol::{EventData, Json};
use fast_temporal_temporal::TemporalEngine;
use fast_temporal_testkit::dev_server::start;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::workflow;
use crate::worker::{
    Worker,
    stream::{StreamWorker, encoded},
};

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
    let items = json!([{"topic": "theirs", "data": encoded(text)}]);
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
async fn items(reader: &mut Subscription, count: usize) -> Vec<(u64, String, String)> {
    let mut items = Vec::new();
    while items.len() < count {
        let step = timeout(LIMIT, reader.next()).await.expect("a step in time");
        let entries = match step {
            FeedUpdate::Events(entries) => entries,
            FeedUpdate::Live(_) => continue,
            step => panic!("{step:?} after {items:?}"),
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
async fn what_a_workflow_publishes_itself_reaches_readers_in_order_through_continue_as_new() {
    let server = start().await;
    let engine = server.engine();
    let _worker = StreamWorker::start(&server);
    engine.start(workflow("holds")).await.unwrap();
    let registry = Registry::new(Arc::new(engine.clone()), FeedConfig::default());
    let mut reader = registry
        .subscribe("holds", None)
        .await
        .unwrap()
        .with_workflow_stream(0);

    signal(&engine, "holds", "say", &json!("one")).await;
    publish(&engine, "holds", 1, r#""two""#).await;
    signal(&engine, "holds", "say", &json!({"n": 3})).await;
    assert_eq!(
        items(&mut reader, 3).await,
        [
            item(0, "own", r#""one""#),
            item(1, "theirs", r#""two""#),
            item(2, "own", r#"{"n":3}"#),
        ]
    );

    signal(&engine, "holds", "again", &Value::Null).await;
    signal(&engine, "holds", "say", &json!("four")).await;
    assert_eq!(items(&mut reader, 1).await, [item(3, "own", r#""four""#)]);

    // Another node, in the middle of an item's neighbours: pages hold three items.
    let other = Registry::new(Arc::new(engine.clone()), FeedConfig::default());
    let mut late = other.subscribe("holds", reader.cursor()).await.unwrap();
    late = late.with_workflow_stream(1);
    let given: Vec<_> = items(&mut late, 3).await.iter().map(|it| it.0).collect();
    assert_eq!(given, [1, 2, 3]);

    signal(&engine, "holds", "say", &json!("last")).await;
    signal(&engine, "holds", "finish", &Value::Null).await;
    let mut said = items(&mut reader, 1).await;
    assert_eq!(said.pop(), Some(item(4, "own", r#""last""#)));
    let mut ended = false;
    loop {
        match timeout(LIMIT, reader.next()).await.expect("a step in time") {
            FeedUpdate::Events(entries) => ended |= entries.iter().any(|it| it.event().end),
            FeedUpdate::End => break,
            step => panic!("{step:?}"),
        }
    }
    assert!(ended);
    other.shutdown().await;
    registry.shutdown().await;
}

#[tokio::test]
async fn workflows_without_a_stream_and_without_a_worker_are_told_apart() {
    let server = start().await;
    let engine = server.engine();
    let started = engine.start(workflow("holds-none")).await.unwrap();
    let mut worker = Worker::new(&server);
    worker.take().await;
    let read = ReadWorkflowStream {
        workflow_id: "holds-none".into(),
        run_id: started.run_id,
        from_offset: 0,
        timeout: Duration::from_secs(10),
    };
    let (answer, ()) = tokio::join!(
        engine.read_workflow_stream(read.clone()),
        worker.answer_query(Err("unknown queryType __temporal_workflow_stream_poll"))
    );
    assert_eq!(answer.unwrap_err().kind, EngineErrorKind::QueryFailed);
    let (answer, ()) = tokio::join!(
        engine.read_workflow_stream(read.clone()),
        worker.answer_query(Ok(r#"{"something":"else"}"#))
    );
    assert_eq!(answer.unwrap_err().kind, EngineErrorKind::QueryFailed);
    let (answer, ()) = tokio::join!(
        engine.read_workflow_stream(read.clone()),
        worker.answer_query(Ok(r#"{"items":[],"next_offset":7,"more_ready":false}"#))
    );
    assert_eq!(answer.unwrap().next_offset, 7);

    let read = ReadWorkflowStream {
        timeout: Duration::from_secs(1),
        ..read
    };
    let error = engine.read_workflow_stream(read).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Timeout);
}

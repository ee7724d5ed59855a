//! Descriptions.

use std::collections::BTreeMap;

use fast_temporal_core::{
    Engine as _,
    engine::{StartOptions, StartWorkflow},
};
use fast_temporal_protocol::{
    event::{ChildCompleted, ChildStarted, Status},
    v1::WorkflowStatus,
};
use fast_temporal_testkit::fake::FakeEngine;

use crate::json;

#[tokio::test(start_paused = true)]
async fn details_follow_the_history() {
    let engine = FakeEngine::new();
    let began = "2026-11-23T10:00:00Z".parse().expect("a time");
    engine.set_time(began);
    let memo = BTreeMap::from([("a".to_owned(), json("1")), ("b".to_owned(), json("1"))]);
    let start = StartWorkflow {
        options: StartOptions {
            memo,
            ..StartOptions::default()
        },
        ..StartWorkflow::new("w".into(), "Order".to_owned(), "orders".to_owned())
    };
    engine.start(start).await.expect("a start");
    let workflow = engine.find("w");
    let changed = BTreeMap::from([("a".to_owned(), json("null")), ("b".to_owned(), json("2"))]);
    workflow.push(Status { changed });
    workflow.push(ChildStarted::default());
    workflow.push(ChildStarted::default());
    workflow.push(ChildCompleted::default());

    let open = engine.details("w", None).await.expect("details");
    assert_eq!(open.memo, BTreeMap::from([("b".to_owned(), json("2"))]));
    assert_eq!((open.start_time, open.close_time), (began, None));
    assert_eq!((open.pending_children, open.history_events), (1, 5));
    assert!(open.history_bytes > 0);
    assert!(!open.pending_workflow_task.expect("a task").started);

    workflow.start_task();
    let ended = "2026-11-23T11:00:00Z".parse().expect("a time");
    engine.set_time(ended);
    workflow.complete(json("1"));
    let closed = engine.details("w", None).await.expect("details");
    assert_eq!(closed.status, WorkflowStatus::Completed);
    assert_eq!(closed.close_time, Some(ended));
    assert_eq!(
        (closed.pending_children, closed.pending_workflow_task),
        (0, None)
    );
}

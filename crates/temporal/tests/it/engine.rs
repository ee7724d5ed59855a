//! What the engine does beyond the contract, and what Temporal stores of its requests.

mod start_options;
mod workflow_stream;

use std::time::Duration;

use fast_temporal_core::{Engine, engine::Query};
use fast_temporal_protocol::Failure;
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;
use tokio::{join, time::timeout};

use crate::support::{
    Worker, close, json, outcome, start, start_with_dynamic_config, update, workflow,
};

#[tokio::test]
async fn cancellations_and_terminations_carry_reason_and_identity() {
    let server = start().await;
    let engine = server.engine();
    let run_id = engine.start(workflow("w")).await.unwrap().run_id;
    engine.cancel(close("w")).await.unwrap();
    engine.cancel(close("w")).await.unwrap();
    engine.terminate(close("w")).await.unwrap();
    let history = Worker::new(&server).history("w", &run_id).await;
    let requests = history
        .into_iter()
        .filter_map(|event| match event.attributes? {
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(requested) => {
                Some((requested.cause, requested.identity))
            }
            Attributes::WorkflowExecutionTerminatedEventAttributes(terminated) => {
                Some((terminated.reason, terminated.identity))
            }
            _ => None,
        });
    let requests: Vec<_> = requests.collect();
    let request = ("enough".to_owned(), "fast-temporal".to_owned());
    assert_eq!(requests, [request.clone(), request], "one of each kind");
}

fn query(workflow_id: &str) -> Query {
    Query {
        workflow_id: workflow_id.into(),
        run_id: None,
        name: "state".into(),
        args: vec![json("[1]")],
        timeout: Duration::from_secs(10),
    }
}

/// Workers in Rust can only fail a query with a text.
#[tokio::test]
async fn failure_that_a_worker_sends_as_text_is_parsed() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("w")).await.unwrap();
    worker.complete_task().await;
    let sold_out = Failure {
        message: "sold out".to_owned(),
        kind: "application".to_owned(),
        error_type: Some("SoldOut".to_owned()),
        non_retryable: true,
        ..Failure::default()
    };
    let text = sold_out.to_text();
    let (answer, ()) = join!(engine.query(query("w")), worker.answer_query(Err(&text)));
    let error = answer.unwrap_err();
    assert_eq!(error.message, text);
    assert_eq!(error.failure.as_deref(), Some(&sold_out));
}

#[tokio::test]
async fn failing_workflow_tasks_and_children_are_described() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("parent")).await.unwrap();
    worker.fail_task().await;
    let details = engine.details("parent", None).await.unwrap();
    assert_eq!(details.pending_workflow_task.unwrap().attempt, 2);

    worker.start_child("child").await;
    // Temporal starts a child after it has answered the parent's worker.
    let child = async {
        loop {
            if let Ok(child) = engine.details("child", None).await {
                return child;
            }
        }
    };
    let child = timeout(Duration::from_secs(10), child).await.unwrap();
    assert_eq!(child.parent_workflow_id.as_deref(), Some("parent"));
    let details = engine.details("parent", None).await.unwrap();
    assert_eq!(details.pending_children, 1);
}

#[tokio::test]
async fn update_is_awaited_beyond_temporals_own_limit() {
    let setting = r#"history.longPollExpirationInterval="200ms""#;
    let server = start_with_dynamic_config(setting).await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("w")).await.unwrap();
    worker.complete_task().await;

    let mut sent = Box::pin(engine.update(update("w", "u")));
    let early = timeout(Duration::from_millis(900), &mut sent).await;
    assert!(early.is_err(), "not accepted yet: {early:?}");
    let waited = timeout(Duration::from_millis(900), &mut sent);
    let (early, accepted) = join!(waited, worker.accept_update());
    assert!(early.is_err(), "not completed yet: {early:?}");
    worker.signal("w", "wake").await;
    let (updated, ()) = join!(sent, worker.finish_update(accepted, Ok("1")));
    assert_eq!(outcome(&updated.unwrap()), Some(Ok("1")));
}

#[tokio::test]
async fn update_survives_a_failed_workflow_task() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("w")).await.unwrap();
    worker.complete_task().await;
    let (updated, ()) = join!(engine.update(update("w", "u")), async {
        worker.fail_task().await;
        worker.complete_update(Ok("1")).await;
    });
    assert_eq!(outcome(&updated.unwrap()), Some(Ok("1")));
}

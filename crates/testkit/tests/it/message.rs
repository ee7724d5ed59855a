//! Signals, and requests to cancel or terminate.

use fast_temporal_core::{
    Engine as _, EngineErrorKind,
    engine::{CloseWorkflow, SignalWorkflow},
};
use fast_temporal_protocol::EventData;
use fast_temporal_testkit::fake::FakeEngine;

use crate::{json, kind, names};

fn signal(name: &str) -> SignalWorkflow {
    SignalWorkflow {
        workflow_id: "w".into(),
        run_id: None,
        name: name.to_owned(),
        args: vec![json("1")],
        request_id: Some("r".to_owned()),
    }
}

fn end() -> CloseWorkflow {
    CloseWorkflow {
        workflow_id: "w".into(),
        run_id: None,
        reason: "enough".to_owned(),
        request_id: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_in_history_once_and_shown_unless_it_is_reserved() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    for name in ["go", "go", "__temporal_workflow_stream_publish"] {
        engine.signal(signal(name)).await.expect("a signal");
    }
    let events = workflow.events();
    assert_eq!(names(&events), ["workflow.started", "signal.received"]);
    assert!(matches!(&events[1].data, EventData::SignalReceived(s) if s.input == [json("1")]));
    assert_eq!(engine.sent().signals.len(), 3);
    assert_eq!(engine.stats().signals, 3);
}

#[tokio::test(start_paused = true)]
async fn cancelling_is_recorded_and_left_to_the_workflow() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.cancel(end()).await.expect("a request");
    engine.cancel(end()).await.expect("another");
    assert!(workflow.cancel_requested());
    assert_eq!(names(&workflow.events()), ["workflow.started"]);
    workflow.cancel();
    assert_eq!(kind(engine.cancel(end()).await), EngineErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn terminating_ends_the_run_with_its_reason() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.terminate(end()).await.expect("a request");
    let last = workflow.events().pop().expect("an event");
    assert!(matches!(last.data, EventData::WorkflowTerminated(t) if t.reason == "enough"));
}

#[tokio::test(start_paused = true)]
async fn what_is_over_or_not_there_takes_no_messages() {
    let engine = FakeEngine::new();
    assert_eq!(
        kind(engine.signal(signal("go")).await),
        EngineErrorKind::NotFound
    );
    let old = engine.workflow("w");
    old.continue_as_new().complete(json("1"));
    let to_old = CloseWorkflow {
        run_id: Some(old.run_id().clone()),
        ..end()
    };
    assert_eq!(
        kind(engine.signal(signal("go")).await),
        EngineErrorKind::Closed
    );
    assert_eq!(
        kind(engine.terminate(to_old).await),
        EngineErrorKind::Closed
    );
}

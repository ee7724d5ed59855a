//! Signals and the ends of workflows; what is over is told apart from what is not there.

use std::sync::Arc;

use fast_temporal_core::{
    Engine, EngineError, EngineErrorKind,
    engine::{CloseWorkflow, SignalWorkflow},
};
use fast_temporal_protocol::v1::WorkflowStatus;
use fast_temporal_temporal::TemporalEngine;
use fast_temporal_testkit::dev_server::start;
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;

use super::{json, update::update, workflow};
use crate::worker::Worker;

fn signal(workflow_id: &str, name: &str) -> SignalWorkflow {
    SignalWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        name: name.into(),
        args: vec![json("{\"n\": 1.0}")],
        request_id: None,
    }
}

fn end(workflow_id: &str) -> CloseWorkflow {
    CloseWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        reason: "enough".into(),
        request_id: None,
    }
}

/// Everything that can be sent to a workflow.
async fn errors(engine: &TemporalEngine, id: &str, run_id: Option<Arc<str>>) -> [EngineError; 4] {
    let signal = SignalWorkflow {
        run_id: run_id.clone(),
        ..signal(id, "go")
    };
    let end = CloseWorkflow {
        run_id: run_id.clone(),
        ..end(id)
    };
    let mut update = update(id, "update");
    update.run_id = run_id;
    [
        engine.signal(signal).await.unwrap_err(),
        engine.update(update).await.unwrap_err(),
        engine.cancel(end.clone()).await.unwrap_err(),
        engine.terminate(end).await.unwrap_err(),
    ]
}

fn kinds(errors: &[EngineError]) -> Vec<EngineErrorKind> {
    errors.iter().map(|error| error.kind).collect()
}

#[tokio::test]
async fn a_signal_arrives_once_for_each_request_id() {
    let server = start().await;
    let engine = server.engine();
    engine.start(workflow("signaled")).await.unwrap();
    let keyed = |name| SignalWorkflow {
        request_id: Some("same".into()),
        ..signal("signaled", name)
    };
    engine.signal(keyed("first")).await.unwrap();
    engine.signal(keyed("again")).await.unwrap();
    engine.signal(signal("signaled", "other")).await.unwrap();

    let got = Worker::new(&server).signals("signaled", "").await;
    let text = br#"{"n": 1.0}"#.to_vec();
    assert_eq!(
        got,
        [("first".into(), text.clone()), ("other".into(), text)]
    );
}

#[tokio::test]
async fn a_workflow_is_asked_to_cancel_itself_once() {
    let server = start().await;
    let engine = server.engine();
    let run_id = engine.start(workflow("asked")).await.unwrap().run_id;
    engine.cancel(end("asked")).await.unwrap();
    engine.cancel(end("asked")).await.unwrap();
    let history = Worker::new(&server).history("asked", &run_id).await;
    let reasons: Vec<_> = history
        .into_iter()
        .filter_map(|event| match event.attributes? {
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(asked) => Some(asked.cause),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, ["enough"]);
}

#[tokio::test]
async fn a_terminated_workflow_is_over_and_says_why() {
    let server = start().await;
    let engine = server.engine();
    let run_id = engine.start(workflow("ended")).await.unwrap().run_id;
    let named = CloseWorkflow {
        run_id: Some(run_id.clone()),
        ..end("ended")
    };
    engine.terminate(named).await.unwrap();

    let details = engine.details("ended", None).await.unwrap();
    assert_eq!(details.status, WorkflowStatus::Terminated);
    let history = Worker::new(&server).history("ended", &run_id).await;
    let Some(Attributes::WorkflowExecutionTerminatedEventAttributes(ended)) =
        history.into_iter().last().unwrap().attributes
    else {
        panic!("history ends with the end")
    };
    assert_eq!(
        (&*ended.reason, &*ended.identity),
        ("enough", "fast-temporal")
    );
}

#[tokio::test]
async fn what_is_over_is_closed_and_what_is_not_there_is_not_found() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let run_id = engine.start(workflow("over")).await.unwrap().run_id;
    worker.complete("1").await;
    for run_id in [None, Some(run_id)] {
        let errors = errors(&engine, "over", run_id).await;
        assert_eq!(kinds(&errors), [EngineErrorKind::Closed; 4], "{errors:?}");
    }

    let elsewhere = Some("00000000-0000-4000-8000-000000000000".into());
    for (id, run_id) in [("no-such", None), ("over", elsewhere)] {
        let errors = errors(&engine, id, run_id).await;
        assert_eq!(kinds(&errors), [EngineErrorKind::NotFound; 4], "{errors:?}");
    }
    let errors = errors(&engine, "over", Some("no run id".into())).await;
    assert_eq!(kinds(&errors), [EngineErrorKind::Invalid; 4], "{errors:?}");
}

#[tokio::test]
async fn the_first_run_of_a_chain_is_closed_while_the_chain_goes_on() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let first = engine.start(workflow("chain")).await.unwrap().run_id;
    worker.continue_as_new().await;
    let errors = errors(&engine, "chain", Some(first.clone())).await;
    assert_eq!(kinds(&errors), [EngineErrorKind::Closed; 4], "{errors:?}");

    engine.signal(signal("chain", "go")).await.unwrap();
    assert_eq!(worker.signals("chain", "").await.len(), 1);
    assert!(worker.signals("chain", &first).await.is_empty());
}

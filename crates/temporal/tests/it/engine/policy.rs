//! What becomes of a start whose id is in use, or was.

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{CloseWorkflow, RunStatus, StartWorkflow},
};
use fast_temporal_protocol::v1::{IdConflictPolicy, IdReusePolicy};
use fast_temporal_testkit::dev_server::start;

use super::{json, workflow};
use crate::worker::Worker;

/// A start alone, and one with a signal.
fn both(id: &str) -> [StartWorkflow; 2] {
    [
        workflow(id),
        StartWorkflow {
            signal: Some(("go".into(), vec![json("1")])),
            ..workflow(&format!("{id}-signal"))
        },
    ]
}

#[tokio::test]
async fn a_running_workflow_refuses_another_and_gets_no_signal() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    for reuse in [
        IdReusePolicy::RejectDuplicate,
        IdReusePolicy::AllowDuplicate,
    ] {
        for start in both(&format!("{reuse:?}")) {
            let start = StartWorkflow { reuse, ..start };
            let id = start.workflow_id.clone();
            engine.start(start.clone()).await.unwrap();
            let error = engine.start(start.clone()).await.unwrap_err();
            assert_eq!(error.kind, EngineErrorKind::AlreadyStarted, "{error}");
            let signals = worker.signals(&id, "").await;
            assert_eq!(signals.len(), usize::from(start.signal.is_some()), "{id}");
        }
    }
}

#[tokio::test]
async fn a_running_workflow_is_used_where_that_is_asked_for() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    for start in both("used") {
        let start = StartWorkflow {
            conflict: IdConflictPolicy::UseExisting,
            ..start
        };
        let id = start.workflow_id.clone();
        let first = engine.start(start.clone()).await.unwrap();
        let second = engine.start(start.clone()).await.unwrap();
        assert_eq!((first.existing, second.existing), (false, true), "{id}");
        assert_eq!(first.run_id, second.run_id);
        let signals = worker.signals(&id, "").await;
        let expected = 2 * usize::from(start.signal.is_some());
        assert_eq!(signals.len(), expected, "each start brings its own");
    }
}

#[tokio::test]
async fn a_running_workflow_is_ended_where_that_is_asked_for() {
    let server = start().await;
    let engine = server.engine();
    for start in both("ended") {
        let start = StartWorkflow {
            reuse: IdReusePolicy::AllowDuplicate,
            conflict: IdConflictPolicy::TerminateExisting,
            ..start
        };
        let id = start.workflow_id.clone();
        let first = engine.start(start.clone()).await.unwrap();
        let second = engine.start(start.clone()).await.unwrap();
        assert_ne!(first.run_id, second.run_id);
        assert!(!second.existing, "{id}");
        let ended = engine.describe(&id, Some(&first.run_id)).await.unwrap();
        assert_eq!(ended.status, RunStatus::Closed);

        // Temporal has no such pair of policies, and says so.
        let odd = StartWorkflow {
            reuse: IdReusePolicy::RejectDuplicate,
            ..start
        };
        let error = engine.start(odd).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Invalid, "{error}");
        assert!(error.message.contains("TERMINATE_EXISTING"), "{error}");
    }
}

#[tokio::test]
async fn an_id_is_used_again_as_its_policy_allows() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    for start in both("reused") {
        let id = start.workflow_id.clone();
        let with = |reuse| StartWorkflow {
            reuse,
            ..start.clone()
        };
        let first = engine.start(start.clone()).await.unwrap();
        worker.complete("1").await;
        for reuse in [
            IdReusePolicy::RejectDuplicate,
            IdReusePolicy::AllowDuplicateFailedOnly,
        ] {
            let error = engine.start(with(reuse)).await.unwrap_err();
            assert_eq!(error.kind, EngineErrorKind::AlreadyStarted, "{id}: {error}");
        }
        let second = engine.start(with(IdReusePolicy::AllowDuplicate)).await;
        let second = second.unwrap();
        assert!(!second.existing && second.run_id != first.run_id);

        let end = CloseWorkflow {
            workflow_id: id.clone(),
            run_id: None,
            reason: String::new(),
            request_id: None,
        };
        engine.terminate(end).await.unwrap();
        let failed_only = with(IdReusePolicy::AllowDuplicateFailedOnly);
        let third = engine.start(failed_only).await.unwrap();
        assert!(!third.existing && third.run_id != second.run_id);
        worker.complete("1").await;
    }
}

#[tokio::test]
async fn a_start_has_a_signal_or_an_update() {
    let server = start().await;
    let [_, with_signal] = both("either");
    let start = StartWorkflow {
        update: Some(super::update::start_update("1")),
        ..with_signal
    };
    let error = server.engine().start(start).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Invalid, "{error}");
}

//! Requests that close workflows, and what can't be sent to closed ones.

use std::sync::Arc;

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{CloseWorkflow, RunEnd, SignalWorkflow, UpdateWorkflow, Wait},
};
use fast_temporal_protocol::{EventData, v1::WorkflowStatus};

use super::{
    support::{
        UNKNOWN_RUN_ID, catch_up, close, kind, signal, signals, started, types, update, workflow,
    },
    world::World,
};

pub async fn cancellation_is_requested_and_left_to_the_workflow(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    for request_id in [None, Some("r"), Some("r")] {
        let cancel = CloseWorkflow {
            request_id: request_id.map(Into::into),
            ..close("w")
        };
        engine.cancel(cancel).await.expect("an open workflow");
    }
    let mut source = engine.open(&"w".into(), &run_id);
    let events = catch_up(&mut *source).await;
    assert_eq!(types(&events), ["workflow.started"], "no event by itself");
    world.cancel("w").await;
    let events = catch_up(&mut *source).await;
    assert_eq!(types(&events), ["workflow.canceled"]);
    let details = engine.details("w", None).await.expect("details");
    assert_eq!(details.status, WorkflowStatus::Canceled);
}

pub async fn termination_closes_the_run_with_its_reason(world: impl World) {
    let (engine, run_id) = started(&world).await;
    let terminate = CloseWorkflow {
        run_id: Some(Arc::clone(&run_id)),
        ..close("w")
    };
    engine.terminate(terminate).await.expect("an open run");
    let mut source = engine.open(&"w".into(), &run_id);
    let page = source.next(Wait::NoWait).await.expect("a page");
    let last = page.events.last().map(|event| &event.data);
    assert!(
        matches!(last, Some(EventData::WorkflowTerminated(data)) if data.reason == "enough"),
        "{last:?}"
    );
    assert_eq!(page.end, Some(RunEnd::default()));
    assert!(!page.task_completed, "none of the workflow's code has run");
    let details = engine.details("w", None).await.expect("details");
    assert_eq!(details.status, WorkflowStatus::Terminated);
}

/// How everything fails that can be sent to a run.
async fn kinds(engine: &dyn Engine, id: &str, run_id: Option<&str>) -> [EngineErrorKind; 4] {
    let run_id: Option<Arc<str>> = run_id.map(Into::into);
    let signal = SignalWorkflow {
        run_id: run_id.clone(),
        ..signal(id, "go")
    };
    let update = UpdateWorkflow {
        run_id: run_id.clone(),
        ..update(id, "u")
    };
    let close = CloseWorkflow {
        run_id,
        ..close(id)
    };
    [
        kind(engine.signal(signal).await),
        kind(engine.update(update).await),
        kind(engine.cancel(close.clone()).await),
        kind(engine.terminate(close).await),
    ]
}

pub async fn closed_missing_and_malformed_runs_have_different_errors(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    world.complete("w", "1").await;
    for (id, run_id, expected) in [
        ("w", None, EngineErrorKind::Closed),
        ("w", Some(&*run_id), EngineErrorKind::Closed),
        ("w", Some(UNKNOWN_RUN_ID), EngineErrorKind::NotFound),
        ("no-such", None, EngineErrorKind::NotFound),
        ("w", Some("not a run id"), EngineErrorKind::Invalid),
    ] {
        let kinds = kinds(&*engine, id, run_id).await;
        assert_eq!(kinds, [expected; 4], "{id}, {run_id:?}");
    }
}

pub async fn earlier_run_of_a_chain_is_closed(mut world: impl World) {
    let engine = world.engine();
    let first = engine.start(workflow("w")).await.expect("a start").run_id;
    world.continue_as_new("w").await;
    let kinds = kinds(&*engine, "w", Some(&first)).await;
    assert_eq!(kinds, [EngineErrorKind::Closed; 4]);
    engine.signal(signal("w", "go")).await.expect("an open run");
    assert!(signals(&*engine, "w", &first).await.is_empty());
}

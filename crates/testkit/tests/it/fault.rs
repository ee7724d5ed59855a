//! Faults that a test sets.

use std::time::Duration;

use fast_temporal_core::{
    Engine as _, EngineErrorKind,
    engine::{CloseWorkflow, ListWorkflows},
};
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::{
    join,
    time::{sleep, timeout},
};

use crate::kind;

fn close() -> CloseWorkflow {
    CloseWorkflow {
        workflow_id: "w".into(),
        run_id: None,
        reason: String::new(),
        request_id: None,
    }
}

#[tokio::test(start_paused = true)]
async fn requests_fail_the_given_number_of_times() {
    let engine = FakeEngine::new();
    engine.workflow("w");
    for call in [Call::Cancel, Call::Details, Call::Describe, Call::List] {
        engine.fail(call, 1, EngineErrorKind::Busy);
    }
    let busy = EngineErrorKind::Busy;
    assert_eq!(kind(engine.cancel(close()).await), busy);
    assert_eq!(kind(engine.details("w", None).await), busy);
    assert_eq!(kind(engine.describe("w", None).await), busy);
    assert_eq!(kind(engine.list(ListWorkflows::default()).await), busy);
    engine.cancel(close()).await.expect("the second time");
    engine.details("w", None).await.expect("the second time");
    let stats = engine.stats();
    assert_eq!((stats.cancels, stats.details), (2, 2));
    assert!(!engine.sent().cancels.is_empty());
}

#[tokio::test(start_paused = true)]
async fn hanging_request_continues_when_released() {
    let engine = FakeEngine::new();
    engine.workflow("w");
    engine.hang(Call::Terminate);
    let waits = timeout(Duration::from_hours(1), engine.terminate(close()));
    assert!(waits.await.is_err());
    let (answer, ()) = join!(engine.terminate(close()), async {
        sleep(Duration::from_secs(1)).await;
        engine.release(Call::Terminate);
    });
    answer.expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn requests_fail_while_temporal_is_unavailable() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.make_unavailable();
    assert_eq!(
        kind(engine.terminate(close()).await),
        EngineErrorKind::Unavailable
    );
    assert_eq!(kind(engine.check().await), EngineErrorKind::Unavailable);
    engine.make_available();
    engine.check().await.expect("it is available");
    assert_eq!(workflow.events().len(), 1);
}

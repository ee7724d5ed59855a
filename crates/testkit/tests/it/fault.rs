//! A Temporal that fails and hangs as it is told.

use std::time::Duration;

use fast_temporal_core::{
    Engine as _, EngineErrorKind,
    engine::{CloseWorkflow, ListWorkflows, Query},
};
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::{
    join,
    time::{sleep, timeout},
};

use crate::kind;

fn end() -> CloseWorkflow {
    CloseWorkflow {
        workflow_id: "w".into(),
        run_id: None,
        reason: String::new(),
        request_id: None,
    }
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_request_fails_as_often_as_it_is_told() {
    let engine = FakeEngine::new();
    engine.workflow("w");
    for call in [Call::Cancel, Call::Details, Call::Describe, Call::List] {
        engine.fail(call, 1, EngineErrorKind::Busy);
    }
    let busy = EngineErrorKind::Busy;
    assert_eq!(kind(engine.cancel(end()).await), busy);
    assert_eq!(kind(engine.details("w", None).await), busy);
    assert_eq!(kind(engine.describe("w", None).await), busy);
    assert_eq!(kind(engine.list(ListWorkflows::default()).await), busy);
    engine.cancel(end()).await.expect("the second time");
    engine.details("w", None).await.expect("the second time");
    let stats = engine.stats();
    assert_eq!((stats.cancels, stats.details), (2, 2));
    assert!(!engine.sent().cancels.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_hangs_goes_on_when_it_hangs_no_longer() {
    let engine = FakeEngine::new();
    engine.workflow("w");
    engine.hang(Call::Terminate);
    let waits = timeout(Duration::from_hours(1), engine.terminate(end()));
    assert!(waits.await.is_err());
    let (ended, ()) = join!(engine.terminate(end()), async {
        sleep(Duration::from_secs(1)).await;
        engine.unhang(Call::Terminate);
    });
    ended.expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn queries_are_answered_refused_or_time_out() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let ask = |name: &str| Query {
        workflow_id: workflow.id().clone(),
        run_id: None,
        name: name.to_owned(),
        args: Vec::new(),
        timeout: Duration::from_secs(3),
    };
    engine.answer("state", crate::json("1"));
    assert_eq!(
        engine.query(ask("state")).await.expect("an answer"),
        crate::json("1")
    );
    assert_eq!(
        kind(engine.query(ask("other")).await),
        EngineErrorKind::QueryFailed
    );
    engine.fail_query("state", crate::failure("no"));
    let refused = engine.query(ask("state")).await.expect_err("a refusal");
    assert_eq!(refused.failure, Some(Box::new(crate::failure("no"))));
    engine.hang(Call::Query);
    assert_eq!(
        kind(engine.query(ask("state")).await),
        EngineErrorKind::Timeout
    );
    assert_eq!(engine.sent().queries.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn while_it_is_away_nothing_is_done() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.go_away();
    assert_eq!(
        kind(engine.terminate(end()).await),
        EngineErrorKind::Unavailable
    );
    assert_eq!(kind(engine.check().await), EngineErrorKind::Unavailable);
    engine.come_back();
    engine.check().await.expect("it is back");
    assert_eq!(workflow.events().len(), 1);
}

//! The engine's requests.

mod closed;
mod details;
mod idempotent;
mod list;
mod option;
mod policy;
mod stream;
pub(crate) mod update;
pub(crate) mod with_update;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{Query, RunStatus, StartWorkflow},
};
use fast_temporal_protocol::{Failure as Shown, Json};
use fast_temporal_temporal::TemporalEngine;
use fast_temporal_testkit::dev_server::start;
use temporalio_common::protos::temporal::api::failure::v1::{
    ApplicationFailureInfo, Failure, failure::FailureInfo,
};
use tokio::time::Instant;

use crate::worker::{TASK_QUEUE, WORKFLOW_TYPE, Worker};

pub(crate) fn workflow(workflow_id: &str) -> StartWorkflow {
    StartWorkflow::new(workflow_id.into(), WORKFLOW_TYPE.into(), TASK_QUEUE.into())
}

fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).unwrap()
}

fn question(workflow_id: &str, timeout: Duration) -> Query {
    Query {
        workflow_id: workflow_id.into(),
        run_id: None,
        name: "how".into(),
        args: vec![json("[1]")],
        timeout,
    }
}

#[tokio::test]
async fn a_workflow_is_started_once_and_described() {
    let server = start().await;
    let engine = server.engine();
    for signal in [None, Some(("go".to_owned(), vec![json("{}")]))] {
        let id = if signal.is_some() {
            "with-signal"
        } else {
            "plain"
        };
        let start = StartWorkflow {
            signal,
            ..workflow(id)
        };
        let started = engine.start(start.clone()).await.unwrap();
        let again = engine.start(start.clone()).await.unwrap_err();
        assert_eq!(
            again.kind,
            EngineErrorKind::AlreadyStarted,
            "{id} runs: {again}"
        );

        let described = engine.describe(id, None).await.unwrap();
        assert_eq!(described.run_id, started.run_id);
        assert_eq!(described.first_run_id, started.run_id);
        assert_eq!(described.status, RunStatus::Running);
        assert_eq!(described.workflow_type, WORKFLOW_TYPE);
        assert_eq!(engine.predecessor(id, &started.run_id).await, Ok(None));

        Worker::new(&server).terminate(id).await;
        let described = engine.describe(id, Some(&started.run_id)).await.unwrap();
        assert_eq!(described.status, RunStatus::Closed);
        let again = engine.start(start).await.unwrap_err();
        assert_eq!(
            again.kind,
            EngineErrorKind::AlreadyStarted,
            "{id} is over: {again}"
        );
    }
}

#[tokio::test]
async fn arguments_arrive_digit_for_digit() {
    let server = start().await;
    let text = r#"{"n": 12345678901234567890.10, "n": 1e400, "é": null}"#;
    let start = StartWorkflow {
        args: vec![json(text)],
        ..workflow("digits")
    };
    server.engine().start(start).await.unwrap();
    assert_eq!(Worker::new(&server).input("digits").await, text.as_bytes());
}

#[tokio::test]
async fn a_query_is_answered_refused_or_given_up_in_time() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("asked")).await.unwrap();
    worker.take().await;

    let asked = engine.query(question("asked", Duration::from_secs(10)));
    let (answer, ()) = tokio::join!(asked, worker.answer_query(Ok("12345678901234567890.10")));
    assert_eq!(answer.unwrap().get(), "12345678901234567890.10");

    let asked = engine.query(question("asked", Duration::from_secs(10)));
    let (answer, ()) = tokio::join!(
        asked,
        worker.answer_query(Err("No query handler for 'how'"))
    );
    let error = answer.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::QueryFailed);
    assert_eq!(error.message, "No query handler for 'how'");
    assert_eq!(error.failure, None);

    let elsewhere = Query {
        run_id: Some("no-run-id".into()),
        ..question("asked", Duration::from_secs(10))
    };
    let error = engine.query(elsewhere).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Invalid, "{error}");

    let started = Instant::now();
    let error = engine
        .query(question("asked", Duration::from_millis(500)))
        .await
        .unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Timeout, "{error}");
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_query_that_fails_tells_the_type_of_its_error() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("asked")).await.unwrap();
    worker.take().await;
    let sold_out = Shown {
        message: "sold out".to_owned(),
        kind: "application".to_owned(),
        error_type: Some("SoldOut".to_owned()),
        non_retryable: true,
        ..Shown::default()
    };

    let info = ApplicationFailureInfo {
        r#type: "SoldOut".to_owned(),
        non_retryable: true,
        ..Default::default()
    };
    let failure = Failure {
        message: "sold out".to_owned(),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(info)),
        ..Default::default()
    };
    let asked = engine.query(question("asked", Duration::from_secs(10)));
    let (answer, ()) = tokio::join!(asked, worker.fail_query(failure));
    let error = answer.unwrap_err();
    assert_eq!(error.message, "sold out");
    assert_eq!(error.failure.as_deref(), Some(&sold_out));

    let text = sold_out.to_text();
    let asked = engine.query(question("asked", Duration::from_secs(10)));
    let (answer, ()) = tokio::join!(asked, worker.answer_query(Err(&text)));
    let error = answer.unwrap_err();
    assert_eq!(error.message, text);
    assert_eq!(error.failure.as_deref(), Some(&sold_out));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = start().await;
    let engine = server.engine();
    let run_id = "00000000-0000-4000-8000-000000000000";
    let kinds = [
        engine.describe("no-such", None).await.unwrap_err().kind,
        engine
            .predecessor("no-such", run_id)
            .await
            .unwrap_err()
            .kind,
        engine
            .query(question("no-such", Duration::from_secs(5)))
            .await
            .unwrap_err()
            .kind,
    ];
    assert_eq!(kinds, [EngineErrorKind::NotFound; 3]);
}

#[tokio::test]
async fn a_chain_is_walked_back_over_continue_as_new_and_resets() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let first = engine.start(workflow("chain")).await.unwrap().run_id;
    worker.continue_as_new().await;
    worker.take().await;
    let second = current_run(&engine).await;
    let third: Arc<str> = worker.reset("chain", &second).await.into();
    worker.take().await;
    let fourth: Arc<str> = worker.reset("chain", &third).await.into();

    for (run, before) in [(&fourth, &third), (&third, &second), (&second, &first)] {
        assert_eq!(
            engine.predecessor("chain", run).await,
            Ok(Some(before.clone()))
        );
        let described = engine.describe("chain", Some(run)).await.unwrap();
        assert_eq!(
            (described.first_run_id, described.run_id),
            (first.clone(), run.clone())
        );
    }
    assert_eq!(engine.predecessor("chain", &first).await, Ok(None));
    assert_eq!(current_run(&engine).await, fourth);
}

async fn current_run(engine: &TemporalEngine) -> Arc<str> {
    engine.describe("chain", None).await.unwrap().run_id
}

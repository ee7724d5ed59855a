//! Starts with an update.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{RunStatus, StartWorkflow, UpdateOutcome},
};
use fast_temporal_protocol::v1::{IdConflictPolicy, UpdateStage};
use fast_temporal_testkit::dev_server::{start, start_with};

use super::{
    update::{failure, outcome, start_update},
    workflow,
};
use crate::worker::Worker;

pub(crate) fn with_update(id: &str, request_id: Option<&str>) -> StartWorkflow {
    StartWorkflow {
        request_id: request_id.map(Into::into),
        update: Some(start_update("update")),
        ..workflow(id)
    }
}

fn told(updated: Option<UpdateOutcome>, run_id: &Arc<str>) -> UpdateOutcome {
    let updated = updated.expect("what the update came to");
    assert_eq!((&*updated.update_id, &updated.run_id), ("update", run_id));
    updated
}

#[tokio::test]
async fn a_workflow_is_started_with_an_update() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let sent = engine.start(with_update("new", None));
    let (started, ()) = tokio::join!(sent, worker.complete_update(Ok("1.0")));
    let started = started.unwrap();
    assert!(!started.existing);
    assert_eq!(
        outcome(&told(started.update, &started.run_id)),
        Some(Ok("1.0"))
    );

    let mut accepted = with_update("accepted", None);
    accepted.update.as_mut().unwrap().wait_for = UpdateStage::Accepted;
    let (started, _) = tokio::join!(engine.start(accepted), worker.accept_update());
    let started = started.unwrap();
    assert_eq!(outcome(&told(started.update, &started.run_id)), None);

    let sent = engine.start(with_update("refused", None));
    let (started, ()) = tokio::join!(sent, worker.reject_update("not so"));
    let started = started.unwrap();
    let updated = told(started.update, &started.run_id);
    assert_eq!(outcome(&updated), Some(Err(&failure("not so"))));
    let there = engine.describe("refused", None).await.unwrap();
    assert_eq!(there.status, RunStatus::Running, "the workflow is started");
}

#[tokio::test]
async fn an_update_with_a_start_is_waited_for_no_longer_than_its_limit() {
    let server = start_with(|config| {
        let limit = r#"history.longPollExpirationInterval="200ms""#;
        config.extra_args = vec!["--dynamic-config-value".into(), limit.into()];
    })
    .await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let mut start = with_update("slow", Some("request"));
    start.update.as_mut().unwrap().timeout = Duration::from_millis(900);
    let error = engine.start(start.clone()).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Timeout, "{error}");

    // The workflow is there, and a second attempt goes on with the same update.
    start.update.as_mut().unwrap().timeout = Duration::from_mins(1);
    let (started, ()) = tokio::join!(engine.start(start), worker.complete_update(Ok("1")));
    let started = started.unwrap();
    assert!(started.existing);
    assert_eq!(
        outcome(&told(started.update, &started.run_id)),
        Some(Ok("1"))
    );
}

#[tokio::test]
async fn a_second_start_of_a_request_answers_with_what_its_update_came_to() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    for conflict in [IdConflictPolicy::Fail, IdConflictPolicy::UseExisting] {
        let id = format!("{conflict:?}");
        let start = StartWorkflow {
            conflict,
            ..with_update(&id, Some("request"))
        };
        let sent = engine.start(start.clone());
        let (first, ()) = tokio::join!(sent, worker.complete_update(Ok("1")));
        let first = first.unwrap();
        assert!(!first.existing);
        for stands in ["running", "continued", "over"] {
            match stands {
                "continued" => {
                    worker.signal(&id, "on").await;
                    worker.continue_as_new().await;
                    worker.take().await;
                }
                "over" => worker.terminate(&id).await,
                _ => {}
            }
            let again = engine.start(start.clone()).await.unwrap();
            assert!(again.existing, "{id} {stands}");
            assert_eq!(
                (&again.run_id, &again.update),
                (&first.run_id, &first.update)
            );
        }
    }
}

#[tokio::test]
async fn a_second_start_sends_its_update_to_the_run_that_followed_if_it_never_arrived() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let start = with_update("chain", Some("request"));
    let alone = StartWorkflow {
        update: None,
        ..start.clone()
    };
    let first = engine.start(alone).await.unwrap().run_id;
    worker.continue_as_new().await;
    worker.take().await;
    let second = engine.describe("chain", None).await.unwrap().run_id;

    let sent = engine.start(start.clone());
    let (started, ()) = tokio::join!(sent, worker.complete_update(Ok("1")));
    let started = started.unwrap();
    assert!(started.existing);
    assert_eq!(started.run_id, first);
    assert_eq!(outcome(&told(started.update, &second)), Some(Ok("1")));
}

#[tokio::test]
async fn a_workflow_that_another_request_started_is_updated_only_where_it_may_be_used() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let run_id = engine.start(workflow("taken")).await.unwrap().run_id;
    worker.take().await;
    for request_id in [None, Some("request")] {
        let error = engine.start(with_update("taken", request_id)).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::AlreadyStarted, "{error}");
        assert!(error.message.contains("already running"), "{error}");
    }

    let start = StartWorkflow {
        conflict: IdConflictPolicy::UseExisting,
        ..with_update("taken", Some("request"))
    };
    let (started, ()) = tokio::join!(engine.start(start), worker.complete_update(Ok("1")));
    let started = started.unwrap();
    assert!(started.existing);
    assert_eq!(started.run_id, run_id);
    assert_eq!(outcome(&told(started.update, &run_id)), Some(Ok("1")));

    worker.terminate("taken").await;
    let mut other = with_update("taken", Some("request"));
    other.update.as_mut().unwrap().update_id = "other".into();
    let error = engine.start(other).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::AlreadyStarted, "{error}");
}

#[tokio::test]
async fn starts_with_an_update_at_the_same_moment_send_one_update_to_one_workflow() {
    let server = start().await;
    let nodes = [server.engine(), server.engine()];
    let mut worker = Worker::new(&server);
    let start = with_update("at-once", Some("request"));
    let starts = (0..6).map(|number| nodes[number % 2].start(start.clone()));
    let (started, ()) = tokio::join!(
        futures_util::future::join_all(starts),
        worker.complete_update(Ok("1"))
    );
    let started: Vec<_> = started.into_iter().map(Result::unwrap).collect();
    let new = started.iter().filter(|started| !started.existing).count();
    assert_eq!(new, 1, "{started:?}");
    for one in &started {
        assert_eq!(
            (&one.run_id, &one.update),
            (&started[0].run_id, &started[0].update)
        );
    }
}

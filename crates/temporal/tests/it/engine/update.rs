//! Updates: how far they come, and what they come to.

use std::time::Duration;

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{StartUpdate, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::{Failure, Json, v1::UpdateStage};
use fast_temporal_testkit::dev_server::{start, start_with};
use tokio::time::{Instant, timeout};

use super::{json, workflow};
use crate::worker::Worker;

/// Far more than any of these takes.
const LONG: Duration = Duration::from_mins(1);

pub(crate) fn update(workflow_id: &str, update_id: &str) -> UpdateWorkflow {
    UpdateWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        update: start_update(update_id),
    }
}

pub(crate) fn start_update(update_id: &str) -> StartUpdate {
    StartUpdate {
        update_id: update_id.into(),
        name: "change".into(),
        args: vec![json("[1]")],
        wait_for: UpdateStage::Completed,
        timeout: LONG,
    }
}

fn accepted(workflow_id: &str, update_id: &str) -> UpdateWorkflow {
    let mut update = update(workflow_id, update_id);
    update.update.wait_for = UpdateStage::Accepted;
    update
}

pub(crate) fn failure(message: &str) -> Failure {
    Failure {
        message: message.into(),
        kind: "application".into(),
        error_type: Some("Test".into()),
        details: vec![json(r#"{"why":"test"}"#)],
        ..Failure::default()
    }
}

pub(crate) fn outcome(updated: &UpdateOutcome) -> Option<Result<&str, &Failure>> {
    let outcome = updated.outcome.as_ref()?;
    Some(outcome.as_ref().map(Json::get))
}

#[tokio::test]
async fn an_update_is_waited_for_as_far_as_is_asked_for() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let run_id = engine.start(workflow("updated")).await.unwrap().run_id;
    worker.take().await;

    let sent = engine.update(accepted("updated", "1"));
    let (updated, pending) = tokio::join!(sent, worker.accept_update());
    let expected = UpdateOutcome {
        update_id: "1".into(),
        run_id,
        outcome: None,
    };
    assert_eq!(updated.unwrap(), expected);

    worker.signal("updated", "on").await;
    let sent = engine.update(update("updated", "1"));
    let (updated, ()) = tokio::join!(sent, worker.finish_update(pending, Ok("12.50")));
    assert_eq!(outcome(&updated.unwrap()), Some(Ok("12.50")));
}

#[tokio::test]
async fn the_same_update_again_is_answered_with_what_the_first_one_came_to() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("updated")).await.unwrap();
    worker.take().await;
    let sent = engine.update(update("updated", "1"));
    let (first, ()) = tokio::join!(sent, worker.complete_update(Ok("1")));
    let first = first.unwrap();
    assert_eq!(outcome(&first), Some(Ok("1")));

    for over in [false, true] {
        if over {
            worker.terminate("updated").await;
        }
        for sent in [update("updated", "1"), accepted("updated", "1")] {
            assert_eq!(engine.update(sent).await.unwrap(), first, "over: {over}");
        }
    }
}

#[tokio::test]
async fn an_update_that_is_refused_or_fails_is_an_outcome() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("updated")).await.unwrap();
    worker.take().await;

    let sent = engine.update(update("updated", "1"));
    let (updated, ()) = tokio::join!(sent, worker.reject_update("not so"));
    assert_eq!(outcome(&updated.unwrap()), Some(Err(&failure("not so"))));

    let sent = engine.update(accepted("updated", "2"));
    let (updated, ()) = tokio::join!(sent, worker.reject_update("nor so"));
    assert_eq!(outcome(&updated.unwrap()), Some(Err(&failure("nor so"))));

    let sent = engine.update(update("updated", "3"));
    let (updated, ()) = tokio::join!(sent, worker.complete_update(Err("broken")));
    assert_eq!(outcome(&updated.unwrap()), Some(Err(&failure("broken"))));
}

#[tokio::test]
async fn an_update_that_nobody_takes_is_given_up_in_time() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("updated")).await.unwrap();
    worker.take().await;
    let mut sent = update("updated", "1");
    sent.update.timeout = Duration::from_millis(700);

    let begun = Instant::now();
    let error = engine.update(sent.clone()).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Timeout, "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );

    // Accepted, and not completed either.
    let waiting = engine.update(accepted("updated", "1"));
    let (updated, _pending) = tokio::join!(waiting, worker.accept_update());
    assert_eq!(updated.unwrap().outcome, None);
    let error = engine.update(sent).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn an_update_is_waited_for_beyond_temporals_own_limit() {
    let server = start_with(|config| {
        let limit = r#"history.longPollExpirationInterval="200ms""#;
        config.extra_args = vec!["--dynamic-config-value".into(), limit.into()];
    })
    .await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("updated")).await.unwrap();
    worker.take().await;

    let mut sent = Box::pin(engine.update(update("updated", "1")));
    let early = timeout(Duration::from_millis(900), &mut sent).await;
    assert!(early.is_err(), "nobody has taken it: {early:?}");
    let waited = timeout(Duration::from_millis(900), &mut sent);
    let (early, pending) = tokio::join!(waited, worker.accept_update());
    assert!(early.is_err(), "it is not completed: {early:?}");
    worker.signal("updated", "on").await;
    let (updated, ()) = tokio::join!(sent, worker.finish_update(pending, Ok("1")));
    assert_eq!(outcome(&updated.unwrap()), Some(Ok("1")));
}

#[tokio::test]
async fn an_update_whose_workflow_ends_is_closed_or_fails() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("updated")).await.unwrap();
    worker.take().await;
    let (_, _pending) = tokio::join!(
        engine.update(accepted("updated", "accepted")),
        worker.accept_update()
    );
    let ends = async {
        worker.hold_update().await;
        worker.terminate("updated").await;
    };
    let (of_accepted, of_new, ()) = tokio::join!(
        engine.update(update("updated", "accepted")),
        engine.update(update("updated", "new")),
        ends,
    );
    assert_eq!(of_new.unwrap_err().kind, EngineErrorKind::Closed);
    let of_accepted = of_accepted.unwrap().outcome.unwrap().unwrap_err();
    assert_eq!(
        of_accepted.error_type.as_deref(),
        Some("AcceptedUpdateCompletedWorkflow")
    );
}

#[tokio::test]
async fn an_update_outlives_a_worker_that_fails_at_it() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("updated")).await.unwrap();
    worker.take().await;
    let sent = engine.update(update("updated", "1"));
    let (updated, ()) = tokio::join!(sent, async {
        worker.fail().await;
        worker.complete_update(Ok("1")).await;
    });
    assert_eq!(outcome(&updated.unwrap()), Some(Ok("1")));
}

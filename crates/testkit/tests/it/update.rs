//! Updates: refused, taken on, carried out, or left alone.

use std::time::Duration;

use fast_temporal_core::{
    Engine as _, EngineErrorKind,
    engine::{StartUpdate, UpdateWorkflow},
};
use fast_temporal_protocol::v1::UpdateStage;
use fast_temporal_testkit::fake::{Call, FakeEngine};
use tokio::{join, time::Instant};

use crate::{failure, json, kind, names};

fn update(update_id: &str, wait_for: UpdateStage) -> UpdateWorkflow {
    UpdateWorkflow {
        workflow_id: "w".into(),
        run_id: None,
        update: StartUpdate {
            update_id: update_id.to_owned(),
            name: "add".to_owned(),
            args: vec![json("2")],
            wait_for,
            timeout: Duration::from_secs(7),
        },
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_is_carried_out_once_per_id() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.answer_update("add", Ok(json("5")));
    for _ in 0..2 {
        let updated = engine.update(update("u", UpdateStage::Completed)).await;
        assert_eq!(updated.expect("an outcome").outcome, Some(Ok(json("5"))));
    }
    let expected = ["workflow.started", "update.accepted", "update.completed"];
    assert_eq!(names(&workflow.events()), expected);
    assert_eq!(engine.sent().updates.len(), 2);
    // What it came to can still be asked for.
    workflow.complete(json("1"));
    let late = engine.update(update("u", UpdateStage::Completed)).await;
    assert_eq!(late.expect("an outcome").outcome, Some(Ok(json("5"))));
    let new = engine.update(update("v", UpdateStage::Completed)).await;
    assert_eq!(kind(new), EngineErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_is_in_history_and_a_refused_one_is_not() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let outcome = async |id| {
        let updated = engine.update(update(id, UpdateStage::Completed)).await;
        updated.expect("an outcome").outcome.expect("an end")
    };
    let unknown = outcome("1").await.expect_err("a refusal");
    assert_eq!(unknown.message, "unknown update add");
    engine.reject_update("add", failure("no"));
    assert_eq!(outcome("2").await, Err(failure("no")));
    assert_eq!(names(&workflow.events()), ["workflow.started"]);
    engine.answer_update("add", Err(failure("broken")));
    assert_eq!(outcome("3").await, Err(failure("broken")));
    assert_eq!(workflow.events().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_taken_on_may_take_its_time() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.accept_update("add");
    let accepted = engine.update(update("u", UpdateStage::Accepted)).await;
    assert_eq!(accepted.expect("a stage").outcome, None);
    let late = engine.update(update("u", UpdateStage::Completed)).await;
    assert_eq!(kind(late), EngineErrorKind::Timeout);
    let (updated, ()) = join!(engine.update(update("u", UpdateStage::Completed)), async {
        workflow.complete_update("u", Ok(json("5")));
    });
    assert_eq!(updated.expect("an outcome").outcome, Some(Ok(json("5"))));
}

#[tokio::test(start_paused = true)]
async fn without_a_worker_an_update_times_out() {
    let engine = FakeEngine::new();
    engine.workflow("w");
    engine.answer_update("add", Ok(json("5")));
    engine.hang(Call::Update);
    let began = Instant::now();
    let updated = engine.update(update("u", UpdateStage::Completed)).await;
    assert_eq!(kind(updated), EngineErrorKind::Timeout);
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_workflow_that_ends_meanwhile_finds_it_closed() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    engine.accept_update("add");
    let (updated, ()) = join!(engine.update(update("u", UpdateStage::Completed)), async {
        workflow.complete(json("1"));
    });
    assert_eq!(kind(updated), EngineErrorKind::Closed);
}

//! Starts: which one begins a run, and which finds one.

use fast_temporal_core::{
    Engine as _, EngineErrorKind,
    engine::{StartUpdate, StartWorkflow},
};
use fast_temporal_protocol::{
    EventData,
    v1::{IdConflictPolicy as Conflict, IdReusePolicy as Reuse, UpdateStage, WorkflowStatus},
};
use fast_temporal_testkit::fake::FakeEngine;

use crate::{json, kind, names};

fn start() -> StartWorkflow {
    StartWorkflow::new("w".into(), "Order".to_owned(), "orders".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_start_writes_what_it_was_given() {
    let engine = FakeEngine::new();
    let start = StartWorkflow {
        args: vec![json("1")],
        signal: Some(("go".to_owned(), vec![json("2")])),
        ..start()
    };
    let started = engine.start(start.clone()).await.expect("a start");
    assert!(!started.existing);
    let workflow = engine.find("w");
    assert_eq!(*workflow.run_id(), started.run_id);
    let events = workflow.events();
    assert_eq!(names(&events), ["workflow.started", "signal.received"]);
    let EventData::WorkflowStarted(data) = &events[0].data else {
        panic!("{events:?}")
    };
    assert_eq!(
        (&*data.workflow_type, &*data.task_queue),
        ("Order", "orders")
    );
    assert_eq!(data.input, [json("1")]);
    assert_eq!(engine.sent().starts, [start]);
}

#[tokio::test(start_paused = true)]
async fn the_same_request_id_finds_the_first_run_also_when_it_is_over() {
    let engine = FakeEngine::new();
    let start = StartWorkflow {
        request_id: Some("r".to_owned()),
        ..start()
    };
    let first = engine.start(start.clone()).await.expect("a start");
    for _ in 0..2 {
        let again = engine.start(start.clone()).await.expect("the same start");
        assert!(again.existing);
        assert_eq!(again.run_id, first.run_id);
        engine.find("w").cancel();
    }
    assert_eq!(engine.started(1).await.len(), 1);
    let other = StartWorkflow {
        request_id: Some("other".to_owned()),
        ..start
    };
    assert_eq!(
        kind(engine.start(other).await),
        EngineErrorKind::AlreadyStarted
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_request_id_finds_the_first_run_of_a_chain_that_went_on() {
    let engine = FakeEngine::new();
    let start = StartWorkflow {
        request_id: Some("r".to_owned()),
        signal: Some(("go".to_owned(), Vec::new())),
        conflict: Conflict::UseExisting,
        ..start()
    };
    let first = engine.start(start.clone()).await.expect("a start");
    let next = engine.find("w").continue_as_new();
    let again = engine.start(start).await.expect("the same start");
    assert_eq!((again.run_id, again.existing), (first.run_id, true));
    assert_eq!(names(&next.events()), ["workflow.started"], "no signal");
}

#[tokio::test(start_paused = true)]
async fn a_running_workflow_is_met_as_the_conflict_policy_says() {
    let engine = FakeEngine::new();
    let first = engine.start(start()).await.expect("a start").run_id;
    let with = |conflict| StartWorkflow {
        conflict,
        ..start()
    };

    let refused = engine.start(with(Conflict::Fail)).await;
    assert_eq!(kind(refused), EngineErrorKind::AlreadyStarted);

    let found = engine.start(with(Conflict::UseExisting)).await.expect("it");
    assert_eq!((found.run_id, found.existing), (first.clone(), true));

    let other = engine.start(with(Conflict::TerminateExisting)).await;
    let other = other.expect("another");
    assert!(!other.existing && other.run_id != first);
    let details = engine.details("w", Some(&first)).await.expect("details");
    assert_eq!(details.status, WorkflowStatus::Terminated);
}

#[tokio::test(start_paused = true)]
async fn a_closed_workflow_is_met_as_the_reuse_policy_says() {
    for (reuse, returned, failed) in [
        (Reuse::RejectDuplicate, false, false),
        (Reuse::AllowDuplicateFailedOnly, false, true),
        (Reuse::AllowDuplicate, true, true),
    ] {
        for (fails, starts) in [(false, returned), (true, failed)] {
            let engine = FakeEngine::new();
            if fails {
                engine.workflow("w").fail("no");
            } else {
                engine.workflow("w").complete(json("1"));
            }
            let again = engine.start(StartWorkflow { reuse, ..start() }).await;
            assert_eq!(again.is_ok(), starts, "{reuse:?}, fails: {fails}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_goes_to_the_workflow_that_runs_once_per_request_id() {
    let engine = FakeEngine::new();
    let with = |request_id: &str| StartWorkflow {
        signal: Some(("go".to_owned(), Vec::new())),
        conflict: Conflict::UseExisting,
        request_id: Some(request_id.to_owned()),
        ..start()
    };
    for request_id in ["a", "a", "b", "a"] {
        engine.start(with(request_id)).await.expect("a start");
    }
    let expected = ["workflow.started", "signal.received", "signal.received"];
    assert_eq!(names(&engine.find("w").events()), expected);
}

#[tokio::test(start_paused = true)]
async fn an_update_is_sent_with_the_start() {
    let engine = FakeEngine::new();
    engine.answer_update("add", Ok(json("5")));
    let start = StartWorkflow {
        update: Some(StartUpdate {
            update_id: "u".to_owned(),
            name: "add".to_owned(),
            args: Vec::new(),
            wait_for: UpdateStage::Completed,
            timeout: std::time::Duration::from_secs(1),
        }),
        conflict: Conflict::UseExisting,
        ..start()
    };
    for _ in 0..2 {
        let started = engine.start(start.clone()).await.expect("a start");
        let update = started.update.expect("an update");
        assert_eq!(update.outcome, Some(Ok(json("5"))));
    }
    let expected = ["workflow.started", "update.accepted", "update.completed"];
    assert_eq!(names(&engine.find("w").events()), expected);
}

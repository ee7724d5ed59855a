//! Starts: which one starts a run, and which one finds a run that exists.

use std::sync::Arc;

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{StartOptions, StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::{
    EventData,
    v1::{IdConflictPolicy as Conflict, IdReusePolicy as Reuse, WorkflowStatus},
};
use futures_util::future::join_all;

use super::{
    TASK_QUEUE, WORKFLOW_TYPE, json,
    support::{
        close, current_run, events, kind, signals, start_update, types, with_signal, workflow,
    },
    world::World,
};

/// A start and the same with a signal, under ids that begin with this one.
fn with_and_without_signal(workflow_id: &str) -> [StartWorkflow; 2] {
    let with = workflow(&format!("{workflow_id}-signal"));
    [workflow(workflow_id), with_signal(with)]
}

fn request(request_id: &str, start: StartWorkflow) -> StartWorkflow {
    StartWorkflow {
        request_id: Some(request_id.to_owned()),
        ..start
    }
}

/// The outcome of a start that found this run.
fn existing(run_id: &Arc<str>) -> StartOutcome {
    StartOutcome {
        existing: true,
        ..StartOutcome::new(Arc::clone(run_id))
    }
}

async fn terminate(engine: &dyn Engine, workflow_id: &str) {
    let terminated = engine.terminate(close(workflow_id)).await;
    terminated.expect("a workflow that runs");
}

pub async fn first_event_carries_what_the_workflow_was_started_with(world: impl World) {
    let engine = world.engine();
    let text = r#"{"n": 12345678901234567890.10, "n": 1e400, "é": null}"#;
    let start = StartWorkflow {
        args: vec![json(text), json("2")],
        options: StartOptions {
            summary: Some("a label".to_owned()),
            ..StartOptions::default()
        },
        ..workflow("w")
    };
    let started = engine.start(start).await.expect("a start");
    assert_eq!(started, StartOutcome::new(Arc::clone(&started.run_id)));
    let events = events(&*engine, "w", &started.run_id).await;
    assert_eq!(types(&events), ["workflow.started"]);
    let EventData::WorkflowStarted(data) = &events[0].data else {
        panic!("{events:?}")
    };
    assert_eq!(data.workflow_type, WORKFLOW_TYPE);
    assert_eq!(data.task_queue, TASK_QUEUE);
    assert_eq!(data.input, [json(text), json("2")], "digit for digit");
    assert_eq!((data.attempt, &*data.first_run_id), (1, &*started.run_id));
    assert_eq!(data.continued_from_run_id, None);
    assert_eq!(data.summary.as_deref(), Some("a label"));
}

pub async fn signal_of_a_start_follows_its_first_event(world: impl World) {
    let engine = world.engine();
    let started = engine.start(with_signal(workflow("w"))).await;
    let events = events(&*engine, "w", &started.expect("a start").run_id).await;
    assert_eq!(types(&events), ["workflow.started", "signal.received"]);
    let EventData::SignalReceived(signal) = &events[1].data else {
        panic!("{events:?}")
    };
    assert_eq!((&*signal.name, &*signal.input), ("go", &[json("1")][..]));
}

pub async fn running_workflow_is_handled_by_the_conflict_policy(world: impl World) {
    let engine = world.engine();
    for start in with_and_without_signal("w") {
        let id = Arc::clone(&start.workflow_id);
        let with = |conflict| StartWorkflow {
            conflict,
            reuse: Reuse::AllowDuplicate,
            ..start.clone()
        };
        let sent = usize::from(start.signal.is_some());
        let first = engine.start(with(Conflict::Fail)).await.expect("a start");

        let rejected = engine.start(with(Conflict::Fail)).await;
        assert_eq!(kind(rejected), EngineErrorKind::AlreadyStarted, "{id}");
        let rejected = engine.start(start.clone()).await;
        assert_eq!(kind(rejected), EngineErrorKind::AlreadyStarted, "{id}");
        assert_eq!(signals(&*engine, &id, &first.run_id).await.len(), sent);

        let used = engine.start(with(Conflict::UseExisting)).await;
        assert_eq!(used.expect("the run"), existing(&first.run_id), "{id}");
        assert_eq!(signals(&*engine, &id, &first.run_id).await.len(), 2 * sent);

        let second = engine.start(with(Conflict::TerminateExisting)).await;
        let second = second.expect("a start");
        assert!(!second.existing && second.run_id != first.run_id, "{id}");
        assert_eq!(signals(&*engine, &id, &second.run_id).await.len(), sent);
        let details = engine.details(&id, Some(&first.run_id)).await;
        let status = details.expect("details").status;
        assert_eq!(status, WorkflowStatus::Terminated, "{id}");
    }
}

pub async fn closed_workflow_is_handled_by_the_reuse_policy(mut world: impl World) {
    let engine = world.engine();
    for (status, failed) in [
        (WorkflowStatus::Completed, false),
        (WorkflowStatus::Failed, true),
        (WorkflowStatus::Canceled, true),
        (WorkflowStatus::Terminated, true),
    ] {
        let start = workflow(status.visibility_name());
        let id = Arc::clone(&start.workflow_id);
        let with = |reuse| StartWorkflow {
            reuse,
            ..start.clone()
        };
        let first = engine.start(start.clone()).await.expect("a start").run_id;
        match status {
            WorkflowStatus::Completed => world.complete(&id, "1").await,
            WorkflowStatus::Failed => world.fail(&id, "broken").await,
            WorkflowStatus::Canceled => world.cancel(&id).await,
            _ => terminate(&*engine, &id).await,
        }
        let rejected = engine.start(with(Reuse::RejectDuplicate)).await;
        assert_eq!(kind(rejected), EngineErrorKind::AlreadyStarted, "{id}");

        let after_failure = engine.start(with(Reuse::AllowDuplicateFailedOnly)).await;
        if failed {
            let started = after_failure.expect("a start");
            assert!(!started.existing && started.run_id != first, "{id}");
            terminate(&*engine, &id).await;
        } else {
            let error = kind(after_failure);
            assert_eq!(error, EngineErrorKind::AlreadyStarted, "{id}");
        }

        let started = engine.start(with(Reuse::AllowDuplicate)).await;
        let started = started.expect("a start");
        assert!(!started.existing && started.run_id != first, "{id}");
        // The id's next chain has nothing to do with the one before.
        let described = engine.describe(&id, None).await.expect("a description");
        assert_eq!(described.first_run_id, started.run_id, "{id}");
        let before = engine.predecessor(&id, &started.run_id).await;
        assert_eq!(before, Ok(None), "{id}");
        terminate(&*engine, &id).await;
    }
}

pub async fn terminate_existing_with_reject_duplicate_is_invalid(world: impl World) {
    let engine = world.engine();
    for start in with_and_without_signal("w") {
        let start = StartWorkflow {
            conflict: Conflict::TerminateExisting,
            ..start
        };
        let rejected = engine.start(start).await;
        assert_eq!(kind(rejected), EngineErrorKind::Invalid);
    }
}

pub async fn signal_and_update_in_one_start_are_invalid(world: impl World) {
    let start = StartWorkflow {
        update: Some(start_update("u")),
        ..with_signal(workflow("w"))
    };
    let rejected = world.engine().start(start).await;
    assert_eq!(kind(rejected), EngineErrorKind::Invalid);
    let missing = world.engine().describe("w", None).await;
    assert_eq!(kind(missing), EngineErrorKind::NotFound);
}

pub async fn missing_and_oversized_names_are_invalid(world: impl World) {
    let engine = world.engine();
    let long = "x".repeat(1001);
    for start in [
        workflow(""),
        workflow(&long),
        StartWorkflow {
            workflow_type: String::new(),
            ..workflow("w")
        },
        StartWorkflow {
            task_queue: String::new(),
            ..workflow("w")
        },
    ] {
        let rejected = engine.start(start).await;
        assert_eq!(kind(rejected), EngineErrorKind::Invalid);
    }
}

pub async fn repeated_start_of_a_request_starts_and_signals_nothing(world: impl World) {
    let engine = world.engine();
    for (reuse, conflict) in [
        (Reuse::RejectDuplicate, Conflict::Fail),
        (Reuse::RejectDuplicate, Conflict::UseExisting),
        (Reuse::AllowDuplicate, Conflict::Fail),
        (Reuse::AllowDuplicate, Conflict::UseExisting),
        (Reuse::AllowDuplicate, Conflict::TerminateExisting),
        (Reuse::AllowDuplicateFailedOnly, Conflict::Fail),
    ] {
        for start in with_and_without_signal(&format!("{reuse:?}-{conflict:?}")) {
            let start = StartWorkflow {
                reuse,
                conflict,
                ..request("r", start)
            };
            let id = Arc::clone(&start.workflow_id);
            let first = engine.start(start.clone()).await.expect("a start");
            assert!(!first.existing, "{id}");
            for closed in [false, true] {
                if closed {
                    terminate(&*engine, &id).await;
                }
                let again = engine.start(start.clone()).await.expect("the same start");
                assert_eq!(again, existing(&first.run_id), "{id}, closed: {closed}");
            }
            assert_eq!(current_run(&*engine, &id).await, first.run_id, "{id}");
            let signals = signals(&*engine, &id, &first.run_id).await;
            assert_eq!(signals.len(), usize::from(start.signal.is_some()), "{id}");
        }
    }
}

pub async fn start_of_another_request_is_rejected_and_signals_nothing(world: impl World) {
    let engine = world.engine();
    for start in with_and_without_signal("w") {
        let id = Arc::clone(&start.workflow_id);
        let first = engine.start(request("request", start.clone())).await;
        let run_id = first.expect("a start").run_id;
        for closed in [false, true] {
            if closed {
                terminate(&*engine, &id).await;
            }
            let mut others = vec![start.clone()];
            for other in ["another", "reques", "request/", "request/2", ""] {
                others.push(request(other, start.clone()));
            }
            for other in others {
                let named = format!("{id}, {:?}, closed: {closed}", other.request_id);
                let error = kind(engine.start(other).await);
                assert_eq!(error, EngineErrorKind::AlreadyStarted, "{named}");
            }
        }
        let signals = signals(&*engine, &id, &run_id).await;
        assert_eq!(signals.len(), usize::from(start.signal.is_some()), "{id}");
    }
}

pub async fn repeated_start_returns_the_first_run_of_a_chain(mut world: impl World) {
    let engine = world.engine();
    for conflict in [Conflict::Fail, Conflict::UseExisting] {
        for start in with_and_without_signal(&format!("{conflict:?}")) {
            let start = StartWorkflow {
                conflict,
                ..request("r", start)
            };
            let id = Arc::clone(&start.workflow_id);
            let first = engine.start(start.clone()).await.expect("a start").run_id;
            world.continue_as_new(&id).await;
            world.complete_task(&id).await;
            let second = current_run(&*engine, &id).await;
            let third = world.reset(&id, &second).await;
            for closed in [false, true] {
                if closed {
                    terminate(&*engine, &id).await;
                }
                let again = engine.start(start.clone()).await.expect("the same start");
                assert_eq!(again, existing(&first), "{id}, closed: {closed}");
            }
            assert_eq!(current_run(&*engine, &id).await, third, "{id}");
            assert!(signals(&*engine, &id, &third).await.is_empty(), "{id}");
        }
    }
}

pub async fn concurrent_starts_of_a_request_start_one_workflow(world: impl World) {
    let engine = world.engine();
    for conflict in [Conflict::Fail, Conflict::UseExisting] {
        for start in with_and_without_signal(&format!("{conflict:?}")) {
            let start = StartWorkflow {
                conflict,
                ..request("r", start)
            };
            let id = Arc::clone(&start.workflow_id);
            let starts = (0..8).map(|_| engine.start(start.clone()));
            let started = join_all(starts).await.into_iter();
            let started: Vec<_> = started.map(|one| one.expect("a start")).collect();
            let run_id = &started[0].run_id;
            let new = started.iter().filter(|started| !started.existing).count();
            assert_eq!(new, 1, "{id}: {started:?}");
            assert!(started.iter().all(|one| one.run_id == *run_id), "{id}");
            let signals = signals(&*engine, &id, run_id).await;
            assert_eq!(signals.len(), usize::from(start.signal.is_some()), "{id}");
        }
    }
}

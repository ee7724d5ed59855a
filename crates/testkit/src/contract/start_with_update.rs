//! Starts with an update.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    EngineErrorKind,
    engine::{RunStatus, StartUpdate, StartWorkflow, UpdateOutcome},
};
use fast_temporal_protocol::v1::{IdConflictPolicy as Conflict, UpdateStage};
use futures_util::future::join_all;
use tokio::join;

use super::{
    failure,
    support::{close, current_run, idle, kind, outcome, signal, start_update, workflow},
    world::World,
};

fn with_update(workflow_id: &str, request_id: Option<&str>) -> StartWorkflow {
    StartWorkflow {
        request_id: request_id.map(Into::into),
        update: Some(start_update("u")),
        ..workflow(workflow_id)
    }
}

/// The update, which that run accepted or rejected.
fn update_of(update: Option<UpdateOutcome>, run_id: &Arc<str>) -> UpdateOutcome {
    let update = update.expect("the update's outcome");
    assert_eq!((&*update.update_id, &update.run_id), ("u", run_id));
    update
}

pub async fn start_waits_for_its_update(mut world: impl World) {
    let engine = world.engine();
    let ((), started) = join!(
        world.complete_update("completed", Ok("1.0")),
        engine.start(with_update("completed", None))
    );
    let started = started.expect("a start");
    assert!(!started.existing);
    let update = update_of(started.update, &started.run_id);
    assert_eq!(outcome(&update), Some(Ok("1.0")));

    let mut start = with_update("accepted", None);
    start.update = Some(StartUpdate {
        wait_for: UpdateStage::Accepted,
        ..start_update("u")
    });
    let ((), started) = join!(world.accept_update("accepted"), engine.start(start));
    let started = started.expect("a start");
    assert_eq!(outcome(&update_of(started.update, &started.run_id)), None);

    let ((), started) = join!(
        world.reject_update("rejected", "no"),
        engine.start(with_update("rejected", None))
    );
    let started = started.expect("a start");
    let update = update_of(started.update, &started.run_id);
    assert_eq!(outcome(&update), Some(Err(&failure("no"))));
    let described = engine.describe("rejected", None).await.expect("a run");
    assert_eq!(described.status, RunStatus::Running, "it is started anyway");
}

pub async fn repeated_start_of_a_request_returns_the_outcome_of_its_update(mut world: impl World) {
    let engine = world.engine();
    for conflict in [Conflict::Fail, Conflict::UseExisting] {
        let id = format!("{conflict:?}");
        let start = StartWorkflow {
            conflict,
            ..with_update(&id, Some("r"))
        };
        let ((), first) = join!(
            world.complete_update(&id, Ok("1")),
            engine.start(start.clone())
        );
        let first = first.expect("a start");
        assert!(!first.existing, "{id}");
        for state in ["running", "continued", "closed"] {
            match state {
                "continued" => {
                    engine.signal(signal(&id, "wake")).await.expect("a signal");
                    world.continue_as_new(&id).await;
                    world.complete_task(&id).await;
                }
                "closed" => engine.terminate(close(&id)).await.expect("a run"),
                _ => {}
            }
            let again = engine.start(start.clone()).await.expect("the same start");
            assert!(again.existing, "{id}, {state}");
            assert_eq!(again.run_id, first.run_id, "{id}, {state}");
            assert_eq!(again.update, first.update, "{id}, {state}");
        }
    }
}

pub async fn repeated_start_continues_an_update_that_timed_out(mut world: impl World) {
    let engine = world.engine();
    let mut start = with_update("w", Some("r"));
    start.update = Some(StartUpdate {
        timeout: Duration::from_millis(700),
        ..start_update("u")
    });
    let ((), late) = join!(world.accept_update("w"), engine.start(start));
    assert_eq!(kind(late), EngineErrorKind::Timeout);

    engine.signal(signal("w", "wake")).await.expect("a signal");
    let ((), started) = join!(
        world.finish_update("w", "u", "1"),
        engine.start(with_update("w", Some("r")))
    );
    let started = started.expect("the same start");
    assert!(started.existing);
    let update = update_of(started.update, &started.run_id);
    assert_eq!(outcome(&update), Some(Ok("1")));
}

pub async fn repeated_start_sends_an_undelivered_update_to_the_current_run(mut world: impl World) {
    let engine = world.engine();
    let start = with_update("w", Some("r"));
    let alone = StartWorkflow {
        update: None,
        ..start.clone()
    };
    let first = engine.start(alone).await.expect("a start").run_id;
    world.continue_as_new("w").await;
    world.complete_task("w").await;
    let second = current_run(&*engine, "w").await;
    let ((), started) = join!(world.complete_update("w", Ok("1")), engine.start(start));
    let started = started.expect("the same start");
    assert_eq!((started.existing, started.run_id), (true, first));
    let update = update_of(started.update, &second);
    assert_eq!(outcome(&update), Some(Ok("1")));
}

pub async fn running_workflow_is_updated_only_if_its_use_is_permitted(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    for request_id in [None, Some("r")] {
        let rejected = engine.start(with_update("w", request_id)).await;
        assert_eq!(kind(rejected), EngineErrorKind::AlreadyStarted);
    }

    let start = StartWorkflow {
        conflict: Conflict::UseExisting,
        ..with_update("w", Some("r"))
    };
    let ((), started) = join!(world.complete_update("w", Ok("1")), engine.start(start));
    let started = started.expect("the run");
    assert_eq!((started.existing, &started.run_id), (true, &run_id));
    assert_eq!(outcome(&update_of(started.update, &run_id)), Some(Ok("1")));

    engine.terminate(close("w")).await.expect("a run");
    let other = StartWorkflow {
        update: Some(start_update("other")),
        ..with_update("w", Some("r"))
    };
    let rejected = engine.start(other).await;
    assert_eq!(kind(rejected), EngineErrorKind::AlreadyStarted);
}

pub async fn concurrent_starts_of_a_request_send_one_update(mut world: impl World) {
    let engine = world.engine();
    let start = with_update("w", Some("r"));
    let starts = join_all((0..6).map(|_| engine.start(start.clone())));
    let ((), started) = join!(world.complete_update("w", Ok("1")), starts);
    let started: Vec<_> = started
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("starts");
    let new = started.iter().filter(|started| !started.existing).count();
    assert_eq!(new, 1, "{started:?}");
    for one in &started {
        assert_eq!(one.run_id, started[0].run_id);
        assert_eq!(one.update, started[0].update);
    }
}

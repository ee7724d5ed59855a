//! Updates.

use std::time::Duration;

use fast_temporal_core::{
    EngineErrorKind,
    engine::{StartUpdate, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::v1::UpdateStage;
use tokio::{join, time::Instant};

use super::{
    failure,
    support::{close, events, idle, kind, outcome, signal, start_update, types, update},
    world::World,
};

/// An update to wait for until it is accepted.
fn accepted(update_id: &str) -> UpdateWorkflow {
    UpdateWorkflow {
        update: StartUpdate {
            wait_for: UpdateStage::Accepted,
            ..start_update(update_id)
        },
        ..update("w", update_id)
    }
}

/// An update to wait for only briefly.
fn impatient(update_id: &str) -> UpdateWorkflow {
    UpdateWorkflow {
        update: StartUpdate {
            timeout: Duration::from_millis(700),
            ..start_update(update_id)
        },
        ..update("w", update_id)
    }
}

pub async fn update_is_awaited_up_to_the_requested_stage(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    let ((), sent) = join!(world.accept_update("w"), engine.update(accepted("u")));
    let expected = UpdateOutcome {
        update_id: "u".to_owned(),
        run_id: run_id.clone(),
        outcome: None,
    };
    assert_eq!(sent, Ok(expected));
    let late = engine.update(impatient("u")).await;
    assert_eq!(kind(late), EngineErrorKind::Timeout);

    engine.signal(signal("w", "wake")).await.expect("a signal");
    let ((), sent) = join!(
        world.finish_update("w", "u", "12.50"),
        engine.update(update("w", "u"))
    );
    assert_eq!(outcome(&sent.expect("an outcome")), Some(Ok("12.50")));
    let events = events(&*engine, "w", &run_id).await;
    let expected = [
        "workflow.started",
        "update.accepted",
        "signal.received",
        "update.completed",
    ];
    assert_eq!(types(&events), expected);
}

pub async fn repeated_update_returns_the_first_outcome(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    let ((), first) = join!(
        world.complete_update("w", Ok("1")),
        engine.update(update("w", "u"))
    );
    let first = first.expect("an outcome");
    assert_eq!(outcome(&first), Some(Ok("1")));
    for closed in [false, true] {
        if closed {
            engine.terminate(close("w")).await.expect("an open run");
        }
        for repeated in [update("w", "u"), accepted("u")] {
            let again = engine.update(repeated).await;
            assert_eq!(again.as_ref(), Ok(&first), "closed: {closed}");
        }
    }
    let new = engine.update(update("w", "other")).await;
    assert_eq!(kind(new), EngineErrorKind::Closed);
    let events = events(&*engine, "w", &run_id).await;
    assert_eq!(
        types(&events)[1..],
        ["update.accepted", "update.completed", "workflow.terminated"]
    );
}

pub async fn rejected_and_failed_updates_have_an_outcome(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    for rejected in [update("w", "1"), accepted("2")] {
        let ((), sent) = join!(world.reject_update("w", "no"), engine.update(rejected));
        let sent = sent.expect("an outcome");
        assert_eq!(sent.run_id, run_id);
        assert_eq!(outcome(&sent), Some(Err(&failure("no"))));
    }
    let recorded = events(&*engine, "w", &run_id).await;
    assert_eq!(types(&recorded), ["workflow.started"], "no rejection");

    let ((), sent) = join!(
        world.complete_update("w", Err("broken")),
        engine.update(update("w", "3"))
    );
    let sent = sent.expect("an outcome");
    assert_eq!(outcome(&sent), Some(Err(&failure("broken"))));
    let recorded = events(&*engine, "w", &run_id).await;
    let expected = ["update.accepted", "update.completed"];
    assert_eq!(types(&recorded)[1..], expected);
}

pub async fn update_without_a_worker_times_out(mut world: impl World) {
    let (engine, _) = idle(&mut world).await;
    world.stop_workers();
    let began = Instant::now();
    let late = engine.update(impatient("u")).await;
    assert_eq!(kind(late), EngineErrorKind::Timeout);
    assert!(began.elapsed() >= Duration::from_millis(700));
}

pub async fn update_of_a_workflow_that_closes_fails(mut world: impl World) {
    let (engine, _) = idle(&mut world).await;
    let ((), sent) = join!(world.accept_update("w"), engine.update(accepted("u")));
    assert_eq!(outcome(&sent.expect("an outcome")), None);
    world.stop_workers();
    let terminate = async {
        // Both updates have reached Temporal by then.
        tokio::time::sleep(Duration::from_millis(300)).await;
        engine.terminate(close("w")).await.expect("an open run");
    };
    let (of_accepted, of_new, ()) = join!(
        engine.update(update("w", "u")),
        engine.update(update("w", "new")),
        terminate,
    );
    assert_eq!(kind(of_new), EngineErrorKind::Closed);
    let of_accepted = of_accepted.expect("an outcome").outcome;
    let failed = of_accepted.expect("an outcome").expect_err("a failure");
    assert_eq!(
        failed.error_type.as_deref(),
        Some("AcceptedUpdateCompletedWorkflow")
    );
}
